"""What worksheets say, in words and figures: plain text, for a terminal and for paper."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Final

from gapmap.analysis.workings import PROXY, asked_share, percentage, valid_until
from gapmap.rules import Route

if TYPE_CHECKING:
    from datetime import date

    from gapmap.rules import EligibilityAnswer, SiteTypeAnswer, Worksheet

__all__ = [
    "arithmetic",
    "capital",
    "clipped",
    "figure",
    "holds_until",
    "json_number",
    "place_words",
    "probability_words",
    "question_words",
    "rests_on",
    "rural_words",
    "share_words",
    "site_type_word",
    "spelled_day",
    "verdict",
    "wrapped",
]

_WIDTH: Final = 96
_LONGEST_NAME: Final = 60


def place_words(answer: EligibilityAnswer) -> str:
    """Name the place of an answer: its point, its area, its name."""
    parts = []
    if answer.latitude is not None and answer.longitude is not None:
        parts.append(f"{answer.latitude:.5f}, {answer.longitude:.5f}")
    if answer.geoid is not None:
        parts.append(f"{answer.level or 'area'} {answer.geoid}")
    if answer.name and answer.name != answer.geoid:
        parts.append(clipped(answer.name))
    return " · ".join(parts)


def verdict(answer: EligibilityAnswer) -> str:
    """Say in a few words whether an open site is lawful."""
    if answer.is_open_lawful is None:
        return "not known"
    if answer.is_proxy:
        word = "probably lawful" if answer.is_open_lawful else "probably not lawful"
        return f"{word}, by {PROXY}"
    return f"lawful, {answer.status}" if answer.is_open_lawful else "not lawful"


def site_type_word(one: SiteTypeAnswer, answer: EligibilityAnswer) -> str:
    """Say in a word whether a type of site is lawful; a proxy says “probably”."""
    if one.route is Route.ENROLLED:
        return "with applications"
    if one.is_lawful is None:
        return "not known"
    hangs_on_proxy = answer.is_proxy and (one.route is not Route.RURAL or one.is_lawful)
    if hangs_on_proxy:
        return "probably" if one.is_lawful else "probably not"
    return "yes" if one.is_lawful else "no"


def rural_words(answer: EligibilityAnswer) -> str:
    """Say whether a place is rural, and who says so."""
    word = {True: "yes", False: "no", None: "not known"}[answer.is_rural]
    return f"{word}: {answer.rural_because}."


def probability_words(answer: EligibilityAnswer) -> str:
    """Say how likely the area's own share reaches the threshold; the answer must have a chance."""
    assert answer.probability is not None
    share = asked_share(answer.worksheets[0].threshold)
    percent = 100 * answer.probability
    said = "under 1%" if percent < 1 else "over 99%" if percent > 99 else f"a {percent:.0f}%"
    return f"Given the margins of error, its own share is at least {share} with {said} chance."


def question_words(sheet: Worksheet) -> str:
    """Ask the question that a worksheet works out."""
    share = f"at least {asked_share(sheet.threshold)}"
    if sheet.route is Route.SCHOOL:
        return f"Are {share} of the children enrolled eligible for free or reduced-price meals?"
    where = f"this {sheet.level}"
    if len(sheet.rows) > 1:
        where = f"these {len(sheet.rows)} adjacent {sheet.level}s together"
    return (
        f"Are {share} of the children {sheet.basis} in {where} eligible for free or "
        "reduced-price meals?"
    )


def arithmetic(sheet: Worksheet) -> str:
    """Write out the arithmetic of a worksheet, and whether it reaches the threshold."""
    reached = {
        True: f"reaches {asked_share(sheet.threshold)}",
        False: f"is below {asked_share(sheet.threshold)}",
        None: "does not say",
    }[sheet.is_met]
    share = percentage(sheet.share, sheet.threshold)
    if sheet.is_met and not sheet.share >= sheet.threshold:
        reached = "counts as published"
    if math.isnan(sheet.eligible) or not sheet.children > 0:
        return f"{share}: {reached}"
    parts = ""
    if len(sheet.rows) > 1:
        above = " + ".join(figure(row.eligible) for row in sheet.rows)
        below = " + ".join(figure(row.children) for row in sheet.rows)
        parts = f"({above}) / ({below}) = "
    return f"{parts}{figure(sheet.eligible)} / {figure(sheet.children)} = {share}: {reached}"


def holds_until(sheet: Worksheet, today: date) -> str:
    """Say until when a worksheet's determination holds, or would."""
    if sheet.is_proxy:
        return f"nothing to hold: {PROXY}"
    made = "" if sheet.determined is None else f" (determined {spelled_day(sheet.determined)})"
    if not sheet.is_met:
        return f"nothing to hold: not eligible by this sheet{made}"
    if sheet.valid_until is None:
        end = valid_until(today)
        assert end is not None
        return (
            f"no determination is on record; one made on {spelled_day(today)} would hold until "
            f"{spelled_day(end)}"
        )
    if sheet.valid_until < today:
        return f"ran out on {spelled_day(sheet.valid_until)}{made}: determine it anew"
    return f"{spelled_day(sheet.valid_until)}{made}, five years"


def rests_on(sheet: Worksheet, today: date) -> list[tuple[str, str]]:
    """Return what a worksheet rests on, by name."""
    return [
        ("Source", sheet.source),
        ("Vintage", sheet.vintage),
        ("Valid until", holds_until(sheet, today)),
    ]


def share_words(sheet: Worksheet, share: float) -> str:
    """Write a share of a worksheet; a school's own where its enrolment is not known."""
    if sheet.route is Route.SCHOOL and math.isnan(share):
        share = sheet.share
    return percentage(share, sheet.threshold)


def figure(number: float) -> str:
    """Write a count: whole as such, a modelled fraction of a child with its decimals."""
    if math.isnan(number):
        return "unknown"
    text = f"{number:,.3f}"
    return text.rstrip("0").rstrip(".")


def json_number(value: float) -> float | None:
    """Return a number for JSON, None where it is unknown."""
    return None if math.isnan(value) else float(value)


def spelled_day(day: date) -> str:
    """Write a day as people do: 1 June 2025."""
    return f"{day.day} {day:%B %Y}"


def capital(text: str) -> str:
    """Begin a text with a capital."""
    return text[:1].upper() + text[1:]


def clipped(name: str) -> str:
    """Cut a name that is too long for its line."""
    one_line = " ".join(name.split())
    return one_line if len(one_line) <= _LONGEST_NAME else one_line[: _LONGEST_NAME - 1] + "…"


def wrapped(lead: str, text: str) -> list[str]:
    """Break a text into lines that are all set in as far as its lead."""
    return textwrap.wrap(
        " ".join(text.split()), _WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead)
    )
