"""Colours of what becomes different: who is newly in reach one way, who is lost the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from gapmap.views import numbers
from gapmap.views.colours import Colouring, Step, rounded_breaks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from gapmap.analysis.comparison import Comparison

__all__ = ["colour_difference"]

# ColorBrewer's BrBG, told apart by colour-blind readers; lines over what is lost, so that a copy
# in grey still says which way it goes.
_LOST_COLOURS: Final = ("#8c510a", "#cf9a48", "#f0dcb4")
_WON_COLOURS: Final = ("#c2e6e0", "#4fac9f", "#01665e")
_SAME: Final = "#eeeeec"
_LINES: Final = "lines"

_UNKNOWN: Final = "x"
_NO_CLASS: Final = f"-z{_UNKNOWN}"


def colour_difference(comparison: Comparison, second: Colouring, *, need: ArrayLike) -> Colouring:
    """Sort areas by how many more, or fewer, are in reach on the right than on the left.

    Parameters
    ----------
    comparison
        What differs, where that can be said.
    second
        The classes on the right: who has none there has none here.
    need
        Need of every area of the study: class breaks are made of it, so they hold still while
        somebody tries this and that.
    """
    unit = comparison.second.measure.unit
    breaks = rounded_breaks(need, 5)[1::2][:2]
    more = np.nan_to_num(comparison.areas["need_in_reach_difference"].to_numpy(dtype=np.float64))
    size = np.digitize(np.abs(np.round(more)), breaks)
    # Lost most, …, lost least, the same, won least, …, won most.
    steps_each_way = len(breaks) + 1
    codes = np.where(more < 0, steps_each_way - 1 - size, steps_each_way + 1 + size)
    codes = np.where(np.abs(more) < 0.5, steps_each_way, codes)
    lost, won = _LOST_COLOURS[-steps_each_way:], _WON_COLOURS[:steps_each_way]
    colours = (*lost, _SAME, *won)
    hatches = (*(_LINES for _ in lost), "", *("" for _ in won))
    ranges = _ranges(breaks)
    labels = (
        *(f"{text} lost" for text in reversed(ranges)),
        "The same",
        *(f"{text} newly in reach" for text in ranges),
    )
    steps = [Step(*each) for each in zip(colours, labels, hatches, strict=True)]
    # Unknown, nobody there, outside the question.
    classes = "".join(
        mark if mark in _NO_CLASS else str(code)
        for mark, code in zip(second.classes, codes, strict=True)
    )
    legend = [*reversed(steps)]
    if _UNKNOWN in classes:
        legend.append(Step(None, "Unknown"))
    title = f"{unit[:1].upper()}{unit[1:]} in reach: what changes"
    return Colouring(classes, colours, title, tuple(legend), hatches)


def _ranges(breaks: Sequence[float]) -> list[str]:
    edges = [1.0, *breaks]
    closed = [
        f"{numbers.count(low)}–{numbers.count(high - 1)}" if high - 1 > low else numbers.count(low)
        for low, high in zip(edges, breaks, strict=False)
    ]
    return [*closed, f"{numbers.count(edges[-1])} or more"]
