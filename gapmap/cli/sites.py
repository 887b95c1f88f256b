"""``gapmap sites``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gapmap.cli.common import progress_console, refusals_in_words, write_whole
from gapmap.errors import RequestError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["sites"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(dir_okay=False, path_type=Path)
_SHOWN_AT_MOST = 20


@click.group()
def sites() -> None:
    """Work with site lists."""


@sites.command()
@click.argument("file", type=_FILE)
@click.option("--study", help="Also check that the sites lie in this study.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="STANDARD=COLUMN",
    help="For an unknown layout: name=Place, latitude=LAT …; repeatable.",
)
@click.option(
    "--rejected",
    type=_OUT,
    help="Where to write the rows left out, with reasons. [default: NAME-rejected.csv, here]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@refusals_in_words
def check(
    file: Path,
    study: str | None,
    columns: tuple[str, ...],
    rejected: Path | None,
    as_json: bool,
) -> None:
    """Put the site list FILE through the import gate and say what happened to every row."""
    from gapmap.views.lists import list_csv
    from gapmap.views.terminal import print_report, report_facts
    from gapmap.wiring import open_workspace

    workspace = open_workspace()
    console = progress_console()
    opened = None
    if study is not None:
        with console.status(f"Reading {study}"):
            opened = workspace.load_study(study)
    with console.status(f"Checking {file.name}"):
        checked = workspace.check_sites_file(file, columns=_pairs(columns) or None, study=opened)
    report = checked.report
    written: Path | None = None
    if len(report.left_out):
        # Here, not beside the list: that may be somebody else's folder.
        written = rejected or Path(f"{file.stem}-rejected.csv")
        write_whole(written, list_csv(report.left_out))
    if as_json:
        click.echo(json.dumps(report_facts(checked, written), ensure_ascii=False, indent=2))
    else:
        print_report(checked, written)
    addressed = int((checked.unplaced["missing"] == "").sum())
    if addressed:
        click.echo(
            f"{addressed:,} rows have an address and no coordinates. To look them up: "
            f"gapmap sites geocode {file} --out FILE",
            err=True,
        )


@sites.command()
@click.argument("file", type=_FILE)
@click.option("--out", type=_OUT, required=True, help="Where to write the list, as CSV.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="STANDARD=COLUMN",
    help="For an unknown layout: name=Place, street=Addr, zip=ZIP …; repeatable.",
)
@click.option("--city", help="City of every row that does not say.")
@click.option("--state", help="State of every row that does not say, as two letters.")
@click.option(
    "--missed",
    type=_OUT,
    help="Where to write the rows to settle. [default: OUT with -not-found in its name]",
)
@refusals_in_words
def geocode(
    file: Path,
    out: Path,
    columns: tuple[str, ...],
    city: str | None,
    state: str | None,
    missed: Path | None,
) -> None:
    """Look up the addresses of the site list FILE that have no coordinates.

    Street, city, state and ZIP code go to the Census geocoder, and nothing else. The list is
    written with its latitude, longitude and match quality, personal columns left out; rows that
    were not found stay in it without a place.
    """
    from gapmap.views.lists import list_csv
    from gapmap.wiring import open_workspace

    for path in (out, *([missed] if missed else [])):
        if path.suffix.lower() != ".csv":
            raise RequestError(f"{path} cannot be written: the ending must be .csv.")
    constants = {"city": city, "state": state}
    console = progress_console()
    with console.status(f"Reading {file.name}") as status:
        filled, settling = open_workspace().geocode_sites_file(
            file,
            columns=_pairs(columns) or None,
            constants={field: text for field, text in constants.items() if text},
            progress=lambda done, total: status.update(f"{done:,} of {total:,} addresses"),
        )
    write_whole(out, list_csv(filled))
    counts = {quality: count for quality, count in settling.counts.items() if count}
    click.echo(f"{len(filled):,} rows, {len(settling.answers):,} of them without coordinates")
    for quality, count in counts.items():
        click.echo(f"  {quality}: {count:,}")
    click.echo(f"Written: {out}")
    rows = settling.rows
    to_settle = rows[rows["is_open"]].drop(columns=["is_open", "missing"])
    if len(to_settle):
        missed = missed or out.with_name(f"{out.stem}-not-found.csv")
        write_whole(missed, list_csv(to_settle))
        _say_missed(to_settle, missed)


def _say_missed(rows: pd.DataFrame, written: Path) -> None:
    """Name the rows to settle on standard error."""
    for row in rows.head(_SHOWN_AT_MOST).to_dict("records"):
        address = ", ".join(str(row[part]) for part in ("street", "city", "state") if row[part])
        address = f"{address} {row['zip']}".strip() or "no address"
        found = f"; taken for {row['matched_address']}" if row["matched_address"] else ""
        name = f"{row['name']}, " if row["name"] else ""
        click.echo(f"  row {row['row']}: {row['quality']}: {name}{address}{found}", err=True)
    if len(rows) > _SHOWN_AT_MOST:
        click.echo(f"  and {len(rows) - _SHOWN_AT_MOST:,} more", err=True)
    click.echo(
        f"{len(rows):,} rows to look at: {written}. Settle them on the page Data, or by hand.",
        err=True,
    )


def _pairs(columns: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for column in columns:
        standard, equals, name = column.partition("=")
        if not (standard and equals and name):
            raise RequestError(f"--column {column} should read STANDARD=COLUMN, as in name=Place.")
        pairs[standard.strip()] = name.strip()
    return pairs
