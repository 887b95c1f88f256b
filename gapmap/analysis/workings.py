"""The working behind an answer, as worksheets and sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gapmap.rules import (
    YEARS_VALID,
    Adjacency,
    Basis,
    Level,
    Route,
    SiteTypeAnswer,
    Worksheet,
    WorksheetRow,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from gapmap.analysis.grounds import GroundsOfSchools, SchoolAt
    from gapmap.analysis.judged import JudgedAreas
    from gapmap.rules import EligibilityRules

__all__ = [
    "PROXY",
    "Finding",
    "asked_share",
    "by_census",
    "by_school",
    "percentage",
    "site_types",
    "strongest",
    "valid_until",
]

PROXY: Final = "a proxy, not a determination"
"""What figures are that only stand in for those of the rule."""

_WHAT_A_PROXY_IS: Final = (
    "Public tables that stand in for the figures of the rule, which are those of the FNS "
    "eligibility file. Ask the State agency for a determination."
)
_MADE_UP: Final = "Illustrative: these figures are made up for demonstration."
_AGENCY: Final = "The State agency decides."
_UNKNOWN: Final = float("nan")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one layer, or all of them together, say about open sites at a place.

    Parameters
    ----------
    route
        The rule by which an open site is lawful, or none.
    is_open
        Whether it is; None where unknown.
    because
        One sentence.
    worksheets
        The working, the deciding one first.
    is_proxy
        Whether it rests on a proxy.
    probability
        That the area's own share reaches the threshold; None without margins.
    notes
        Further sentences.
    """

    route: Route
    is_open: bool | None
    because: str
    worksheets: tuple[Worksheet, ...] = ()
    is_proxy: bool = False
    probability: float | None = None
    notes: tuple[str, ...] = ()


def valid_until(determined: date | None) -> date | None:
    """Return the day to which a determination holds: five years, 28 February after a 29th."""
    if determined is None:
        return None
    try:
        return determined.replace(year=determined.year + YEARS_VALID)
    except ValueError:
        return determined.replace(year=determined.year + YEARS_VALID, day=28)


def percentage(share: float, threshold: float) -> str:
    """Write a share as a percentage that never looks on the other side of its threshold.

    Examples
    --------
    >>> percentage(0.571, 0.5), percentage(0.4999, 0.5), percentage(0.5, 0.5)
    ('57.1%', '49.99%', '50.0%')
    """
    if share != share:
        return "unknown"
    for digits in range(1, 12):
        text = f"{100 * share:.{digits}f}"
        if (float(text) >= 100 * threshold) == (share >= threshold):
            return f"{text}%"
    return f"{100 * share!r}%"


def asked_share(threshold: float) -> str:
    """Write a threshold as a percentage: ``50%``."""
    return f"{100 * threshold:g}%"


def by_census(table: JudgedAreas, area: int) -> Finding:
    """Say what a table of census figures says of one of its areas."""
    found, source, rules = table.judgement, table.source, table.rules
    route = found.route(area)
    own = table.row(area)
    members = found.set_of(area)
    said = None if table.published is None else table.published[area]
    alone = _worksheet(
        table, (area,), Route.CENSUS, None if route is None else route is Route.CENSUS
    )
    notes = _notes_on_published(table, area, said)
    alone = replace(alone, notes=alone.notes + notes)
    sheets: tuple[Worksheet, ...] = (alone,)
    where = f"{source.level} {own.geoid}"
    counted = f"{_share_of(own, rules)} in {where}"
    if len(members) > 1:
        is_met = route is Route.AVERAGING
        averaged = _worksheet(table, members, Route.AVERAGING, is_met)
        sheets = (averaged, alone) if is_met else (alone, averaged)
    needed = f"{asked_share(rules.share)} are needed"
    if route is None:
        because = f"No share can be shown for {where}: {_why_unknown(own)}."
    elif route is Route.CENSUS and said is True and not own.share >= rules.share:
        because = f"The agency has published {where} as eligible ({source.title})."
    elif route is Route.CENSUS:
        because = f"{counted}; {needed}."
    elif route is Route.AVERAGING:
        sheet = sheets[0]
        others = " and ".join(str(row.geoid) for row in sheet.rows[1:])
        because = (
            f"{counted}, and {percentage(sheet.share, rules.share)} of those there and in adjacent "
            f"{others} together; {needed}. {_AGENCY}"
        )
    else:
        because = f"{counted}; {needed}{_no_set(table, area, members)}."
    probability = float(table.probability[area])
    return Finding(
        route=route or Route.NONE,
        is_open=None if route is None else route is not Route.NONE,
        because=because,
        worksheets=sheets,
        is_proxy=source.is_proxy,
        probability=None if probability != probability else probability,
        notes=notes,
    )


def by_school(
    schools: GroundsOfSchools, longitude: float, latitude: float, rules: EligibilityRules
) -> Finding | None:
    """Say what schools say of a place; None where it is on no school's ground."""
    found = schools.at(longitude, latitude)
    if not found:
        return None
    best = found[0]
    sheet = _school_sheet(best, rules)
    ground = "in the attendance area of" if best.radius_m == 0 else _radius_words(best)
    name = sheet.rows[0].name
    share = percentage(best.share, rules.share)
    if best.share >= rules.share:
        because = f"The place is {ground} {name}, where {share} of the enrolled are eligible."
    elif best.share != best.share or any(one.share != one.share for one in found):
        unknown = next(one for one in found if one.share != one.share)
        school = str(unknown.layer.table["name"].iloc[unknown.row])
        because = f"The place is {ground} {school}, whose share is not known."
        return Finding(Route.NONE, None, because, (_school_sheet(unknown, rules),))
    else:
        because = f"The place is {ground} {name}, where only {share} of the enrolled are eligible."
    is_open = best.share >= rules.share
    return Finding(Route.SCHOOL if is_open else Route.NONE, is_open, because, (sheet,))


def strongest(census: Sequence[Finding], school: Finding | None) -> Finding:
    """Put what every layer says of a place together.

    Parameters
    ----------
    census
        Findings of the tables of census figures that know the place, in order of authority.
    school
        What schools say, if anything.
    """
    firm = [one for one in census if not one.is_proxy]
    proxies = [one for one in census if one.is_proxy]
    said = [*firm, school] if school is not None else firm
    for one in said:
        if one.is_open:
            return _with_sheets(one, said)
    finding = _together(firm)
    if finding is None or finding.is_open is None:
        # No determination knows: a proxy may say what is probable.
        guess = _together(proxies)
        if guess is not None and (finding is None or guess.is_open is not None):
            finding = guess
    if finding is None:
        because = "No eligibility layer knows this place."
        finding = Finding(Route.NONE, None, f"{because} {school.because}" if school else because)
    elif finding.is_open is False and school is not None and school.is_open is None:
        finding = school
    shows_proxies = finding.is_proxy or finding.is_open is None
    return _with_sheets(finding, [*said, *proxies] if shows_proxies else said)


def _together(findings: Sequence[Finding]) -> Finding | None:
    # Yes if any says yes, unknown if any does not know, else no; None without findings.
    for wanted in (True, None, False):
        for one in findings:
            if one.is_open is wanted:
                return one
    return None


def site_types(
    finding: Finding, is_rural: bool | None, rural_because: str
) -> tuple[SiteTypeAnswer, ...]:
    """Say of each type of site whether it would be lawful."""
    because = finding.because
    if finding.is_proxy and finding.is_open is not None:
        probably = "Probably" if finding.is_open else "Probably not"
        because = f"{probably}, by {PROXY}: {because}"
    restricted = (
        "As for an open site; the sponsor may limit who comes for space, safety or security."
    )
    enrolled = (
        "Possible anywhere: at least 50% of the enrolled children need approved applications."
    )
    is_lawful: bool | None = None
    if is_rural is None:
        rural = f"Not known to be rural: {rural_because}."
    elif not is_rural:
        is_lawful = False
        rural = f"Only in rural areas: {rural_because}."
    elif finding.is_open:
        is_lawful = True
        word = f"probably open, by {PROXY}" if finding.is_proxy else "open to every child"
        rural = (
            f"Rural ({rural_because}) and {word}. The sponsor has to show that no congregate "
            "service reaches these children."
        )
    else:
        rural = (
            f"Rural ({rural_because}), but not known as an eligible area: only as a conditional "
            "non-congregate site, for children who are each shown to be eligible."
        )
    return (
        SiteTypeAnswer("open", finding.is_open, finding.route, because),
        SiteTypeAnswer("restricted open", finding.is_open, finding.route, restricted),
        SiteTypeAnswer("closed enrolled", None, Route.ENROLLED, enrolled),
        SiteTypeAnswer("non-congregate", is_lawful, Route.RURAL, rural),
    )


def _with_sheets(finding: Finding, others: Sequence[Finding]) -> Finding:
    # The finding's own worksheets first, then those of the others, each once.
    sheets = list(finding.worksheets)
    for one in others:
        sheets += [sheet for sheet in one.worksheets if sheet not in sheets]
    return replace(finding, worksheets=tuple(sheets))


def _worksheet(
    table: JudgedAreas, members: tuple[int, ...], route: Route, is_met: bool | None
) -> Worksheet:
    source, rules = table.source, table.rules
    rows = tuple(table.row(row) for row in members)
    children = sum(row.children for row in rows)
    eligible = sum(row.eligible for row in rows)
    notes: tuple[str, ...] = (_MADE_UP,) if table.is_illustrative else ()
    notes += (_WHAT_A_PROXY_IS,) if source.is_proxy else ()
    if route is Route.AVERAGING:
        how = (
            "each of them borders on each"
            if rules.adjacency is Adjacency.STRICT
            else "they are connected, though not each to each"
        )
        notes += (
            f"Adjacent ({rules.adjacency}): {how}. {_AGENCY}",
            f"Each area has at least {asked_share(rules.floor)}; the average is "
            "weighted by children.",
        )
        notes += tuple(
            f"The border of {rows[one].geoid} and {rows[other].geoid} is drawn apart in the file: "
            "they are taken as adjacent because their outlines run close together."
            for one, other in _positions(table, members)
        )
    return Worksheet(
        route=route,
        rows=rows,
        children=children,
        eligible=eligible,
        share=eligible / children if children > 0 else _UNKNOWN,
        threshold=rules.share,
        is_met=is_met,
        basis=rules.basis,
        level=source.level,
        adjacency=rules.adjacency,
        is_proxy=source.is_proxy,
        source=f"{source.title}: {source.source}",
        vintage=source.vintage,
        determined=source.determined,
        valid_until=valid_until(source.determined),
        notes=notes,
    )


def _positions(table: JudgedAreas, members: tuple[int, ...]) -> list[tuple[int, int]]:
    return [(members.index(one), members.index(other)) for one, other in table.near_pairs(members)]


def _school_sheet(at: SchoolAt, rules: EligibilityRules) -> Worksheet:
    school = at.layer.table.iloc[at.row]
    enrolled = float(school["enrolled"])
    row = WorksheetRow(str(school["school_id"]), str(school["name"]), enrolled, enrolled * at.share)
    if at.radius_m:
        note = (
            f"Its attendance area is not known: a stated radius of {at.radius_m:,.0f} m around the "
            f"school stands in for it. {_AGENCY}"
        )
    else:
        note = "The place is in the school's attendance area."
    return Worksheet(
        route=Route.SCHOOL,
        rows=(row,),
        children=row.children,
        eligible=row.eligible,
        share=at.share,
        threshold=rules.share,
        is_met=None if at.share != at.share else at.share >= rules.share,
        basis=rules.basis,
        level=None,
        adjacency=rules.adjacency,
        is_proxy=False,
        source=f"{at.layer.title}: {at.layer.source}",
        vintage=at.layer.vintage,
        determined=at.layer.determined,
        valid_until=valid_until(at.layer.determined),
        notes=(_MADE_UP, note) if at.is_illustrative else (note,),
    )


def _radius_words(at: SchoolAt) -> str:
    return f"within a stated radius of {at.radius_m:,.0f} m of"


def _share_of(row: WorksheetRow, rules: EligibilityRules) -> str:
    return (
        f"{percentage(row.share, rules.share)} of the children {rules.basis} "
        f"({row.eligible:,.0f} of {row.children:,.0f})"
    )


def _why_unknown(row: WorksheetRow) -> str:
    return "no children are counted there" if row.children == 0 else "its figures are not known"


def _no_set(table: JudgedAreas, area: int, members: tuple[int, ...]) -> str:
    if not table.may_average:
        return "" if table.source.level is Level.BLOCK_GROUP else ", and tracts are not averaged"
    if not members:
        return f", and below {asked_share(table.rules.floor)} it cannot be averaged"
    share = percentage(float(table.judgement.best_share[area]), table.rules.share)
    if len(members) == 1:
        return ", and no adjacent set has more"
    return f", and the best set of adjacent {table.source.level}s has {share}"


def _notes_on_published(table: JudgedAreas, area: int, said: object) -> tuple[str, ...]:
    rules = table.rules
    own = table.row(area)
    reaches = own.share >= rules.share
    if said is True and not reaches:
        figure = percentage(own.share, rules.share)
        note = f"Published as eligible, while the figures for {rules.basis} give {figure}"
        other = Basis.TO_12 if rules.basis is Basis.TO_18 else Basis.TO_18
        if table.share_by(other, area) >= rules.share:
            share = percentage(table.share_by(other, area), rules.share)
            note += f"; those for {other} give {share}, and either basis makes a site eligible"
        return (f"{note}. What is published counts.",)
    if said is False and reaches:
        return (
            f"Published as not eligible, while the file's own figures for {rules.basis} reach "
            f"{percentage(own.share, rules.share)}. Ask the State agency before relying on it.",
        )
    return ()
