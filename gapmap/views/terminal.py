"""Results as lines on a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from gapmap.views.lawful_map import is_proxy
from gapmap.views.numbers import interval, people
from gapmap.views.sentences import what_figures_are

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from rich.table import Table

    from gapmap.layers.sites import CheckedSites
    from gapmap.model import GapAssessment, Study

__all__ = ["print_answer", "print_report", "report_facts"]


def print_answer(answer: GapAssessment, study: Study) -> None:
    """Print the main figure, the ten neighbourhoods worst off, and what was left out."""
    from rich.console import Console
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
    between = interval(answer.need_total, answer.need_moe)
    if between:
        console.print(
            f"The {people(answer.need_total)} {unit} are an estimate: 90 % sure, {between} "
            f"(by {answer.need_moe_method}).",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    if answer.eligible_gap == answer.eligible_gap:
        unknown = round(answer.eligible_gap_unknown)
        console.print(
            f"{people(answer.eligible_gap)} of them live where an open {words.site} would be "
            f"lawful{f'; of {people(unknown)} that is not known' if unknown else ''}"
            f"{' (by a proxy, not a determination)' if is_proxy(study) else ''}.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    ranked, place = answer.neighbourhoods, study.words.neighbourhood
    if ranked.empty and "rank" in answer.areas:
        ranked, place = answer.areas.dropna(subset="rank").sort_values("rank"), study.words.area
    if len(ranked):
        console.print(_worst_off(ranked, place, answer.measure.unit))
    for reason, count in answer.sites_left_out.items():
        console.print(f"Left out: {count} × {reason}", highlight=False, markup=False)
    for note in answer.notes:
        console.print(note, style="dim", highlight=False, markup=False, soft_wrap=True)
    if study.is_illustrative or answer.measure.is_modelled:
        console.print(
            what_figures_are(answer.measure, study),
            style="bold",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


def _worst_off(ranked: pd.DataFrame, place: str, unit: str) -> Table:
    """Return the ten places worst off, small counts not shown to the person."""
    from rich.table import Table
    from rich.text import Text

    has_margins = bool(ranked["need_moe"].notna().any())
    table = Table("rank")
    if has_margins:
        table.add_column("could be", no_wrap=True)
    table.add_column(place)
    for heading in (unit, "in reach", "out of reach"):
        table.add_column(heading, justify="right")
    table.add_column("reading")
    for row in ranked.head(10).to_dict("records"):
        table.add_row(
            f"{row['rank']:.0f}",
            *([_between(row["rank_low"], row["rank_high"])] if has_margins else []),
            Text(str(row["name"])),
            people(row["need"]),
            people(row["need_in_reach"]),
            people(row["gap"]),
            Text(str(row["reading"])),
        )
    return table


def _between(low: float, high: float) -> str:
    return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"


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
