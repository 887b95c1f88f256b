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

from gapmap.analysis.gaps import SLIVER_SHARE
from gapmap.views import numbers

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from gapmap.model import GapAssessment

__all__ = [
    "Colouring",
    "MapMode",
    "PartnerLook",
    "Step",
    "colour_areas",
    "partner_looks",
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


_NONE: Final = "#e9edf0"
_GAP_COLOURS: Final = ("#fef0d9", "#fdd49e", "#fdbb84", "#fc8d59", "#e34a33", "#b30000")
_NEED_COLOURS: Final = ("#edf8fb", "#bfd3e6", "#9ebcda", "#8c96c6", "#8856a7", "#810f7c")
_COVERAGE_COLOURS: Final = ("#f7efe2", "#d0ece2", "#99d8c9", "#66b2b2", "#2c7f92", "#0b4f6c")
_COVERAGE_EDGES: Final = (SLIVER_SHARE, 0.25, 0.5, 0.75, 1 - SLIVER_SHARE)

_OUTSIDE: Final = "-"
_UNKNOWN: Final = "x"
_NOBODY: Final = "z"

_PARTNER_COLOURS: Final = (
    ("#0072b2", "#ffffff"),
    ("#009e73", "#ffffff"),
    ("#cc79a7", "#14202e"),
    ("#f0e442", "#14202e"),
    ("#56b4e9", "#14202e"),
    ("#14202e", "#ffffff"),
    ("#e69f00", "#14202e"),
    ("#d55e00", "#ffffff"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the legend; a colour of None is hatched."""

    colour: str | None
    text: str


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
    """

    classes: str
    colours: tuple[str, ...]
    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class PartnerLook:
    """How a partner's sites are told apart: a colour and a letter, never a colour alone."""

    partner: str
    letter: str
    colour: str
    text_colour: str


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
        What the colours say.
    need
        Need of every area of the study, whatever part of it the question is about: class breaks
        are made from it, so they hold still while the question changes.
    """
    areas = assessment.areas
    unit = assessment.measure.unit
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
        is_gap = mode is MapMode.GAP
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


def partner_looks(partners: list[str]) -> dict[str, PartnerLook]:
    """Give each partner a letter and a colour, by alphabet, the same in every view."""
    looks = {}
    for index, partner in enumerate(sorted(set(partners), key=str.casefold)):
        colour, text_colour = _PARTNER_COLOURS[index % len(_PARTNER_COLOURS)]
        looks[partner] = PartnerLook(partner, _letters(index), colour, text_colour)
    return looks


def _letters(index: int) -> str:
    """Count A, B … Z, AA, AB …."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text
