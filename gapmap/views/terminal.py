"""Results as lines on a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pathlib import Path

    from gapmap.layers.sites import CheckedSites
    from gapmap.model import GapAssessment, Study

__all__ = ["print_answer", "print_report", "report_facts"]


def print_answer(answer: GapAssessment, study: Study) -> None:
    """Print the main figure, the ten neighbourhoods worst off, and what was left out."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    unit, words, scenario = answer.measure.unit, study.words, answer.scenario
    console = Console()
    place = f"{study.name}, {scenario.within}" if scenario.within else study.name
    console.print(Text.assemble((place, "bold"), " · ", answer.measure.label))
    console.print(
        f"{answer.need_out_of_reach:,.0f} of {answer.need_total:,.0f} {unit} live farther than "
        f"{scenario.reach} from any {words.site} that counts "
        f"({answer.need_in_reach_share:.1%} in reach; method {scenario.method}, "
        f"{answer.sites_used:,} sites).",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    table = Table("rank", words.neighbourhood)
    for heading in (unit, "in reach", "out of reach"):
        table.add_column(heading, justify="right")
    table.add_column("reading")
    for row in answer.neighbourhoods.head(10).to_dict("records"):
        table.add_row(
            str(row["rank"]),
            Text(str(row["name"])),
            f"{row['need']:,.0f}",
            f"{row['need_in_reach']:,.0f}",
            f"{row['gap']:,.0f}",
            Text(str(row["reading"])),
        )
    if len(answer.neighbourhoods):
        console.print(table)
    for reason, count in answer.sites_left_out.items():
        console.print(f"Left out: {count} × {reason}", highlight=False, markup=False)
    for note in answer.notes:
        console.print(note, style="dim", highlight=False, markup=False, soft_wrap=True)
    if study.is_illustrative or answer.measure.is_modelled:
        console.print(
            _labels(answer, study), style="bold", highlight=False, markup=False, soft_wrap=True
        )


def _labels(answer: GapAssessment, study: Study) -> str:
    parts = []
    if answer.measure.is_modelled:
        parts.append(f"Need is modelled: {answer.measure.method}")
    made_up = [entry.title for entry in study.provenance if entry.is_illustrative]
    if made_up:
        parts.append(f"Illustrative, not real: {'; '.join(made_up)}.")
    return " ".join(parts)


def report_facts(checked: CheckedSites, written: Path | None) -> dict[str, Any]:
    """Return what the import gate did, ready for JSON."""
    report = checked.report

    def records(table: Any) -> Any:
        return json.loads(table.to_json(orient="records", date_format="iso"))

    return {
        "source": report.source,
        "format": report.format,
        "rows_in": report.rows_in,
        "rows_kept": report.rows_kept,
        "left_out": report.left_out_counts,
        "duplicates": records(report.duplicates),
        "unparsed": records(report.unparsed),
        "personal_columns_dropped": list(report.personal_columns),
        "warnings": list(report.warnings),
        "rejected_rows_file": None if written is None else str(written),
    }


def print_report(checked: CheckedSites, written: Path | None) -> None:
    """Print what the import gate did to a site list."""
    report = checked.report
    click.echo(f"{report.source}: read as {report.format}")
    click.echo(f"{report.rows_in:,} rows read, {report.rows_kept:,} kept")
    for reason, count in report.left_out_counts.items():
        click.echo(f"  left out: {count:,} × {reason}")
    for kind, count in report.duplicates["kind"].value_counts().items():
        click.echo(f"  kept, but at the place of another row: {count:,} × {kind}")
    for column, count in report.unparsed["column"].value_counts().items():
        click.echo(f"  not understood, kept as unknown: {count:,} × {column}")
    if report.personal_columns:
        click.echo(f"  personal data dropped unread: {', '.join(report.personal_columns)}")
    for warning in report.warnings:
        click.echo(f"  warning: {warning}")
    if written is not None:
        click.echo(f"Rows left out, with reasons: {written}")
