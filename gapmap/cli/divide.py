"""``gapmap divide``."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gapmap.cli.common import progress_console, refusals_in_words, write_whole
from gapmap.cli.whatifs import print_what_if, what_if_facts, what_if_option, with_what_if
from gapmap.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gapmap.analysis.territory.values import Division, DivisionProgress, DivisionRequest
    from gapmap.model import Scenario, Study

__all__ = ["divide"]

# The values of gapmap.analysis.territory.values.Load: --help need not wait for scipy.
_LOADS: Final = ("gap", "need", "meals")
_TOLERANCE: Final = 0.05


@click.command()
@click.argument("study")
@click.option("--partners", help="How many, or their names with commas between them: 6, or A,B,C.")
@click.option("--partner", "named", multiple=True, help="A partner whose name has a comma; repeat.")
@click.option(
    "--load",
    type=click.Choice(_LOADS),
    default="gap",
    show_default=True,
    help="What is shared out: people out of reach, people in need, or meals still to serve.",
)
@click.option("--capacity", "capacities", help="Sizes in the order of the partners: 2,1,1.")
@click.option("--within", help="Only this neighbourhood or group of neighbourhoods.")
@click.option(
    "--tolerance",
    type=float,
    help="Share by which a load may differ from its target. 0.05 or, where that cannot be had, "
    "the least that was found; what is asked for is met or refused.",
)
@click.option(
    "--lock",
    "lock_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A table GEOID, partner of areas that are settled.",
)
@click.option(
    "--begin",
    "begin_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A division as --out wrote it, to balance again and change no more than that takes.",
)
@click.option("--not-here", multiple=True, help="PARTNER=GEOID that it cannot take; repeatable.")
@click.option("--leave-out", multiple=True, help="GEOID of an area that nobody shall hold; repeat.")
@click.option("--barrier", "barriers", multiple=True, help="Context layer not to cross; repeat.")
@click.option("--cut-neighbourhoods", is_flag=True, help="Neighbourhoods need not stay whole.")
@click.option(
    "--activity", "activities", multiple=True, help="WHAT=PARTNER done everywhere; repeatable."
)
@click.option("--need", "measure", help="Need measure; the study's own default otherwise.")
@click.option("--reach", help="How far is near enough: 0.5mi, 800m, 2640ft, 1.5km.")
@click.option("--seed", type=int, default=1, help="Another number gives another division.")
@what_if_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write a file: .csv (GEOID, partner) or .gpkg.",
)
@click.option(
    "--sheets",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write a page to print, .html: a cover and one sheet for each partner.",
)
@refusals_in_words
def divide(
    study: str,
    partners: str | None,
    named: tuple[str, ...],
    tolerance: float | None,
    begin_file: Path | None,
    what_if_name: str | None,
    as_json: bool,
    out: Path | None,
    sheets: Path | None,
    **wishes: Any,
) -> None:
    """Divide the areas of STUDY (a name, or a study folder) among partners, in one piece each."""
    from gapmap import usecases
    from gapmap.views.divisions import (
        DIVISION_FORMATS,
        division_bytes,
        division_facts,
        print_division,
    )
    from gapmap.views.partner_sheets import partner_sheets
    from gapmap.wiring import open_workspace

    if out is not None and out.suffix.lower() not in DIVISION_FORMATS:
        raise RequestError(
            f"{out} cannot be written: the ending must be one of {', '.join(DIVISION_FORMATS)}."
        )
    if sheets is not None and sheets.suffix.lower() not in (".html", ".htm"):
        raise RequestError(f"{sheets} cannot be written: sheets are a page, name it .html.")
    who = _partners(partners, named)
    workspace, study = open_workspace().at(study)
    console = progress_console()
    with console.status(f"Reading {study}"):
        opened = workspace.load_study(study)
    as_is = opened
    opened, usual, what_if = with_what_if(workspace, opened, what_if_name)
    request = _request(opened, usual, who, _TOLERANCE if tolerance is None else tolerance, wishes)
    begin = None if begin_file is None else _holders(begin_file, opened, request)
    with console.status("Measuring reach and borders") as shown:
        layout = usecases.prepare_territory(opened, request)
        division = usecases.divide_territory(
            opened, request, begin=begin, layout=layout, progress=_teller(shown)
        )
    if tolerance is not None:
        _refuse_if_missed(division)
    if out is not None:
        write_whole(out, division_bytes(division, opened, out.suffix))
    if sheets is not None:
        from gapmap.whatifs.sentences import differences

        today = datetime.now().astimezone().date()
        page = partner_sheets(
            division,
            opened,
            today=today,
            assessment=layout.assessment,
            what_if="" if what_if is None else what_if.name,
            differences=() if what_if is None else differences(what_if, as_is),
        )
        write_whole(sheets, page.encode())
    if as_json:
        facts = {"what_if": what_if_facts(what_if, as_is), **division_facts(division, opened)}
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        print_what_if(what_if, as_is)
        print_division(division, opened)
        for path in (out, sheets):
            if path is not None:
                click.echo(f"Written: {path}")


def _request(
    study: Study,
    scenario: Scenario,
    who: tuple[str, ...] | int,
    tolerance: float,
    wishes: dict[str, Any],
) -> DivisionRequest:
    from dataclasses import replace

    from gapmap.analysis.territory.values import DivisionRequest, Load
    from gapmap.model import Reach

    scenario = replace(
        scenario,
        measure=wishes["measure"] or scenario.measure,
        reach=scenario.reach if wishes["reach"] is None else Reach.parse(wishes["reach"]),
        within=wishes["within"] or scenario.within,
    )
    not_here: dict[str, tuple[str, ...]] = {}
    for text in wishes["not_here"]:
        partner, geoid = _pair(text, "--not-here PARTNER=GEOID")
        not_here[partner] = (*not_here.get(partner, ()), geoid)
    request = DivisionRequest(
        scenario=scenario,
        partners=who,
        load=Load(wishes["load"]),
        capacities=_sizes(wishes["capacities"]),
        tolerance=tolerance,
        not_here=tuple(not_here.items()),
        unassigned=wishes["leave_out"],
        keep_neighbourhoods=not wishes["cut_neighbourhoods"],
        barriers=wishes["barriers"],
        activities=tuple(_pair(text, "--activity WHAT=PARTNER") for text in wishes["activities"]),
        seed=wishes["seed"],
    )
    if wishes["lock_file"] is None:
        return request
    settled = _holders(wishes["lock_file"], study, request)
    locks = tuple((geoid, name) for geoid, name in settled.items() if name is not None)
    return replace(request, locks=locks)


def _holders(path: Path, study: Study, request: DivisionRequest) -> dict[str, str | None]:
    from gapmap.sources.files import read_table
    from gapmap.views.divisions import holders_in_table

    table = read_table(path, trusted=False, layer="division").table
    return holders_in_table(table, study, request.names, source=path.name)


def _partners(text: str | None, named: tuple[str, ...]) -> tuple[str, ...] | int:
    names = tuple(name.strip() for name in (text or "").split(",") if name.strip())
    if len(names) == 1 and names[0].isdecimal() and not named:
        return int(names[0])
    if not names and not named:
        raise RequestError(
            "Say who shares: --partners 6, or --partners with names and commas between them."
        )
    return (*names, *named)


def _sizes(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise RequestError(
            f"“{text}” are no capacities. Write a number for each partner: 2,1,1."
        ) from None


def _pair(text: str, form: str) -> tuple[str, str]:
    one, is_there, other = text.rpartition("=")
    if not is_there or not one.strip() or not other.strip():
        raise RequestError(f"“{text}” cannot be read. Write {form}.")
    return one.strip(), other.strip()


def _refuse_if_missed(division: Division) -> None:
    if division.meets_tolerance:
        return
    found = division.obstacles[-1]
    raise RequestError(f"{found.sentence} {found.relaxation}")


def _teller(shown: Any) -> Callable[[DivisionProgress], None]:
    def tell(at: DivisionProgress) -> None:
        shown.update(
            f"Dividing, {at.done} of {at.total}: at most {at.worst_deviation:.1%} off, "
            f"compactness {at.polsby_popper:.2f}"
        )

    return tell
