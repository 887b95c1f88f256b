"""Colours of the map, and the class each area falls in.

Sequential palettes are from ColorBrewer (C. Brewer, Apache 2.0 style licence), chosen among
those marked safe for colour-blind readers; partner colours are those of M. Okabe and K. Ito.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from gapmap import margins
from gapmap.analysis.gaps import SLIVER_SHARE
from gapmap.rules import Level, Route
from gapmap.views import numbers

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from gapmap.model import GapAssessment, Study

__all__ = [
    "ROUTE_WORDS",
    "Colouring",
    "MapMode",
    "Step",
    "colour_areas",
    "colour_eligibility",
    "has_eligibility",
    "has_margins",
    "offered_modes",
    "rounded_breaks",
]


class MapMode(StrEnum):
    """What the colours of the map say."""

    GAP = "gap"
    """Need out of reach."""
    COVERAGE = "coverage"
    """Share of the need in reach."""
    NEED = "need"
    """Need, wherever the sites are."""
    ELIGIBILITY = "eligibility"
    """Where an open site would be lawful, and by which route."""
    CERTAINTY = "certainty"
    """How sure the count of need is, by the coefficient of variation."""


_NONE: Final = "#e9edf0"
_GAP_COLOURS: Final = ("#fef0d9", "#fdd49e", "#fdbb84", "#fc8d59", "#e34a33", "#b30000")
_NEED_COLOURS: Final = ("#edf8fb", "#bfd3e6", "#9ebcda", "#8c96c6", "#8856a7", "#810f7c")
_COVERAGE_COLOURS: Final = ("#f7efe2", "#d0ece2", "#99d8c9", "#66b2b2", "#2c7f92", "#0b4f6c")
_COVERAGE_EDGES: Final = (SLIVER_SHARE, 0.25, 0.5, 0.75, 1 - SLIVER_SHARE)

# Told apart by lightness as well, so that a copy in grey still reads.
_ROUTE_LOOKS: Final = {
    Route.CENSUS: ("#0b4a75", "Open by itself"),
    Route.AVERAGING: ("#4f9bd0", "Open by averaging"),
    Route.SCHOOL: ("#f2c14e", "Open by school"),
    Route.NONE: ("#efebe3", "Not eligible"),
}
ROUTE_WORDS: Final = (*(text for _, text in _ROUTE_LOOKS.values()), "Not known")
"""What each class of the eligibility map is called; the last one is the unknown."""

# The lines grow with the doubt: a map copied in grey still says where to be careful.
_CERTAINTY_COLOURS: Final = ("#cfe8e3", "#f3d38b", "#dd8452", "#f4f4f2")
_CERTAINTY_HATCHES: Final = ("", "lines", "cross", "dots")

_OUTSIDE: Final = "-"
_UNKNOWN: Final = "x"
_NOBODY: Final = "z"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the legend; a colour of None is the hatch of the unknown.

    ``hatch`` is the pattern over the colour: ``lines``, ``cross``, ``dots`` or none.
    """

    colour: str | None
    text: str
    hatch: str = ""


@dataclass(frozen=True, slots=True)
class Colouring:
    """The class of every area and what the classes mean.

    Parameters
    ----------
    classes
        One character an area, in the order of the areas: a digit is an index into ``colours``,
        ``x`` unknown, ``z`` nobody in need, ``-`` outside the question.
    colours
        Fill colours as ``#rrggbb``.
    title, steps
        The legend.
    hatches
        The pattern over each of the colours, as :class:`Step` has it; empty for none at all.
    """

    classes: str
    colours: tuple[str, ...]
    title: str
    steps: tuple[Step, ...]
    hatches: tuple[str, ...] = ()


def has_eligibility(study: Study) -> bool:
    """Say whether a study has areas of eligibility, of the children that its rules ask for."""
    return any(areas.has(study.rules.basis) for areas in study.eligibility)


def has_margins(study: Study, measure: str) -> bool:
    """Say whether a measure has margins of error, or the totals have that it is spread from."""
    column = f"{measure}_moe"
    tables = [study.areas, *([] if study.controls is None else [study.controls.table])]
    return any(column in table.columns and table[column].notna().any() for table in tables)


def offered_modes(study: Study, measure: str) -> tuple[MapMode, ...]:
    """Return what the map can show of a study: nothing that it knows nothing about."""
    absent = set()
    if not has_eligibility(study):
        absent.add(MapMode.ELIGIBILITY)
    if not has_margins(study, measure):
        absent.add(MapMode.CERTAINTY)
    return tuple(mode for mode in MapMode if mode not in absent)


def rounded_breaks(need: ArrayLike, count: int) -> tuple[float, ...]:
    """Choose round class breaks that depend on the need alone.

    They stay the same while reach, sites and filters change, so that colours can be compared.
    Breaks run down from the 95th percentile in the steps 1, 2, 5, 10.

    Parameters
    ----------
    need
        Need of the areas; NaN and 0 are left aside.
    count
        How many breaks.
    """
    known = np.asarray(need, dtype=np.float64)
    known = known[np.isfinite(known) & (known > 0)]
    top = float(np.quantile(known, 0.95)) if len(known) else 1.0
    # Whole numbers only: a class of part-persons would say nothing.
    powers = range(max(0, math.ceil(math.log10(max(top, 1)))) + 1)
    series = [float(step * 10**power) for power in powers for step in (1, 2, 5)]
    return tuple([number for number in series if number <= max(top, 1)][-count:])


def colour_areas(
    assessment: GapAssessment, mode: MapMode, *, need: ArrayLike | None = None
) -> Colouring:
    """Sort the areas of a result into classes for one map.

    Parameters
    ----------
    assessment
        The result.
    mode
        What the colours say. Under the map of eligibility, which has areas of its own, those of
        need are as in the gap map.
    need
        Need of every area of the study, whatever part of it the question is about: class breaks
        are made from it, so they hold still while the question changes.
    """
    areas = assessment.areas
    unit = assessment.measure.unit
    if mode is MapMode.CERTAINTY:
        return _colour_certainty(areas, unit)
    colours: tuple[str, ...]
    labels: tuple[str, ...]
    if mode is MapMode.COVERAGE:
        values = areas["in_reach_share"].to_numpy(dtype=np.float64)
        codes = np.digitize(values, _COVERAGE_EDGES)
        labels = ("None", "Under 25%", "25–49%", "50–74%", "75–99%", "All")
        colours = _COVERAGE_COLOURS
        title = f"Share of {unit} in reach"
    else:
        breaks = rounded_breaks(areas["need"] if need is None else need, 5)
        is_gap = mode is not MapMode.NEED
        values = areas["gap" if is_gap else "need"].to_numpy(dtype=np.float64)
        mine = areas["need"].to_numpy(dtype=np.float64)
        is_none = (values < 0.5) | (is_gap & (values < SLIVER_SHARE * mine))
        codes = np.where(is_none, 0, 1 + np.digitize(np.round(values), breaks))
        palette = _GAP_COLOURS if is_gap else _NEED_COLOURS
        colours = (_NONE, *palette[-(len(breaks) + 1) :])
        labels = ("None", *_ranges(breaks))
        title = f"{unit[:1].upper()}{unit[1:]} {'out of reach' if is_gap else 'in need'}"
    steps = [Step(colour, text) for colour, text in zip(colours, labels, strict=True)]
    if mode is not MapMode.COVERAGE:
        steps = [*reversed(steps[1:]), steps[0]]
    else:
        steps.reverse()
    classes = _characters(codes, areas)
    if _UNKNOWN in classes:
        steps.append(Step(None, "Unknown"))
    return Colouring(classes, colours, title, tuple(steps))


def _colour_certainty(areas: pd.DataFrame, unit: str) -> Colouring:
    order = [margins.Grade.HIGH, margins.Grade.MEDIUM, margins.Grade.LOW]
    grades = areas["certainty"].to_numpy()
    codes = np.full(len(areas), len(order))
    for code, grade in enumerate(order):
        codes[grades == grade] = code
    classes = _characters(codes, areas)
    cut_offs = (margins.LEAST_HIGH_CV, margins.LEAST_MEDIUM_CV)
    sure, doubtful = (round(100 * cv) for cv in cut_offs)
    # A 90 % margin of error is 1.645 standard errors: what a coefficient of variation comes to.
    near, far = (round(100 * margins.STANDARD_ERRORS * cv) for cv in cut_offs)
    texts = (
        f"High: within ±{near}% (CV up to {sure}%)",
        f"Medium: ±{near}–{far}% (CV {sure}–{doubtful}%)",
        f"Low: over ±{far}% (CV over {doubtful}%)",
        "Margin of error unknown",
    )
    looks = zip(_CERTAINTY_COLOURS, texts, _CERTAINTY_HATCHES, strict=True)
    steps = [Step(*look) for look in looks]
    if str(len(order)) not in classes:
        steps.pop()
    if _UNKNOWN in classes:
        steps.append(Step(None, "Need unknown"))
    title = f"How sure the count of {unit} is"
    return Colouring(classes, _CERTAINTY_COLOURS, title, tuple(steps), _CERTAINTY_HATCHES)


def colour_eligibility(areas: pd.DataFrame, level: Level, *, is_proxy: bool) -> Colouring:
    """Sort areas of eligibility by the route that opens them.

    Parameters
    ----------
    areas
        With the column ``route``: a :class:`gapmap.rules.Route`, or None where it is not known.
    level
        What the areas are.
    is_proxy
        Whether the figures only stand in for those of the rule; the legend then says so.
    """
    routes = list(_ROUTE_LOOKS)
    marks = [str(routes.index(route)) if route in routes else _UNKNOWN for route in areas["route"]]
    classes = "".join(marks)
    steps = [
        Step(colour, f"{text} · {marks.count(str(code)):,}")
        for code, (colour, text) in enumerate(_ROUTE_LOOKS.values())
        # Averaging is for block groups: where it cannot be, the legend does not speak of it.
        if str(code) in classes
        or routes[code] in (Route.CENSUS, Route.NONE)
        or (routes[code] is Route.AVERAGING and level is Level.BLOCK_GROUP)
    ]
    if _UNKNOWN in classes:
        steps.append(Step(None, f"{ROUTE_WORDS[-1]} · {marks.count(_UNKNOWN):,}"))
    title = "Where an open site may be" + (": proxy, not a determination" if is_proxy else "")
    colours = tuple(colour for colour, _ in _ROUTE_LOOKS.values())
    return Colouring(classes, colours, title, tuple(steps))


def _characters(codes: NDArray[np.int64], areas: pd.DataFrame) -> str:
    need = areas["need"].to_numpy(dtype=np.float64)
    marks = codes.astype("U1")
    marks = np.where(need <= 0, _NOBODY, marks)
    marks = np.where(np.isnan(need), _UNKNOWN, marks)
    if "is_within" in areas:
        marks = np.where(areas["is_within"].to_numpy(dtype=bool), marks, _OUTSIDE)
    return "".join(marks.tolist())


def _ranges(breaks: tuple[float, ...]) -> list[str]:
    edges = [numbers.count(number) for number in breaks]
    first = f"1–{numbers.count(breaks[0] - 1)}" if breaks and breaks[0] > 2 else "1"
    middle = [
        f"{low}–{numbers.count(high - 1)}"
        if round(high - 1) > round(float(low.replace(",", "")))
        else low
        for low, high in zip(edges, breaks[1:], strict=False)
    ]
    return [first, *middle, f"{edges[-1]} or more"] if breaks else ["1 or more"]
