"""What one side brings against another, in sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from gapmap.views.numbers import SMALL, UNKNOWN, people, share
from gapmap.views.sentences import headline, reach_words, site_kinds
from gapmap.whatifs.values import AS_IT_IS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapmap.analysis.comparison import Comparison
    from gapmap.model import GapAssessment, Study

__all__ = ["NOTICEABLE", "difference_headline", "side_name", "signed"]

NOTICEABLE: Final = 0.5
"""People: less than that is nobody."""

_NAMED: Final = 3


def side_name(name: str) -> str:
    """Write the name of a side: what is as it is has no quotes."""
    return AS_IT_IS if name == AS_IT_IS else f"“{name}”"


def signed(number: float | None) -> str:
    """Write a difference of people with its sign; a small one as ``+<10``, none as ``0``."""
    if number is None or math.isnan(number):
        return UNKNOWN
    whole = round(number)
    if not whole:
        return "0"
    sign = "+" if whole > 0 else "−"
    return f"{sign}<{SMALL}" if abs(whole) < SMALL else f"{sign}{abs(whole):,}"


def difference_headline(comparison: Comparison, study: Study) -> tuple[str, ...]:
    """Say in a few sentences what the second side brings against the first.

    Parameters
    ----------
    comparison
        The two sides.
    study
        The study that both are about, as it is.
    """
    first, second = comparison.first, comparison.second
    names = [side_name(name) for name in comparison.names]
    if not comparison.are_comparable:
        sides = zip(names, (first, second), strict=True)
        said = [f"{name[:1].upper()}{name[1:]}: {headline(one, study)}" for name, one in sides]
        return (comparison.why_not, *said)
    unit = second.measure.unit
    where = _reached(first, second, study)
    change = comparison.difference
    now = [comparison.names[side] == AS_IT_IS for side in (0, 1)]
    begins = "Now" if now[1] else f"With {names[1]}"
    other = "now" if now[0] else f"with {names[0]}"
    if abs(change) < NOTICEABLE:
        main = f"{begins}, as many {unit} live {where} as {other}"
    else:
        more = "more" if change > 0 else "fewer"
        main = f"{begins}, {people(abs(change))} {more} {unit} live {where} than {other}"
    sentences = [
        f"{main}: {people(second.need_in_reach)} of {people(second.need_total)} "
        f"({share(second.need_in_reach_share)}), against {people(first.need_in_reach)}"
        f"{_of_other_need(first, second)} ({share(first.need_in_reach_share)})."
    ]
    if math.isfinite(comparison.difference_moe) and abs(change) >= NOTICEABLE:
        sentences.append(_sure(comparison))
    if min(comparison.gained, comparison.lost) >= NOTICEABLE:
        sentences.append(
            f"{people(comparison.gained)} are newly in reach, {people(comparison.lost)} no longer."
        )
    sentences += _where(comparison)
    sentences += _deserts(comparison, study)
    return tuple(sentences)


def _reached(first: GapAssessment, second: GapAssessment, study: Study) -> str:
    """Say what it is to be in reach, as far as both sides mean the same by it."""
    asked = (first.scenario, second.scenario)
    kinds = {site_kinds(one, study) for one in asked}
    kind = kinds.pop() if len(kinds) == 1 else f"{study.words.site} that counts"
    article = "an" if kind[:1].lower() in "aeiou" else "a"
    if asked[0].reach.metres != asked[1].reach.metres:
        return f"in reach of {article} {kind}"
    return f"within {reach_words(asked[1].reach)} of {article} {kind}"


def _of_other_need(first: GapAssessment, second: GapAssessment) -> str:
    # Two methods may share a straddling area out differently.
    same = abs(first.need_total - second.need_total) < NOTICEABLE
    return "" if same else f" of {people(first.need_total)}"


def _sure(comparison: Comparison) -> str:
    more = "more" if comparison.difference > 0 else "fewer"
    change, margin = abs(comparison.difference), comparison.difference_moe
    low, high = max(change - margin, 0.0), change + margin
    return f"Need is an estimate: 90 % sure, it is {people(low)} to {people(high)} {more}."


def _where(comparison: Comparison) -> list[str]:
    """Name the places that gain and lose most."""
    places = comparison.neighbourhoods
    found = []
    for word, sign in (("Most gained", 1), ("Most lost", -1)):
        change = sign * places["need_in_reach_difference"]
        ranked = places[change.round() >= 1].sort_values(
            "need_in_reach_difference", ascending=sign < 0, kind="stable"
        )
        named = [
            f"{name} ({signed(number)})"
            for name, number in zip(
                ranked["name"].head(_NAMED),
                ranked["need_in_reach_difference"].head(_NAMED),
                strict=True,
            )
        ]
        if named:
            found.append(f"{word}: {_list(named)}.")
    return found


def _deserts(comparison: Comparison, study: Study) -> list[str]:
    places = comparison.neighbourhoods
    before, after = (places[f"is_desert_{side}"].eq(True) for side in ("first", "second"))
    found = []
    for names, one, many in (
        (
            places["name"][before & ~after].tolist(),
            "is no longer a desert",
            "are no longer deserts",
        ),
        (places["name"][after & ~before].tolist(), "becomes a desert", "become deserts"),
    ):
        if 0 < len(names) <= _NAMED:
            found.append(f"{_list(names)} {one if len(names) == 1 else many}.")
        elif names:
            found.append(f"{len(names)} {study.words.neighbourhoods} {many}.")
    return found


def _list(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
