"""Figures as people read them: one way for each kind of number."""

from __future__ import annotations

import math
from typing import Final

from gapmap.model import METRES_PER_UNIT

__all__ = ["SMALL", "UNKNOWN", "count", "counted", "distance", "interval", "people", "share"]

UNKNOWN: Final = "unknown"

SMALL: Final = 10
"""Counts of people below this are shown as “<10”: no survey is that exact, and a few people in a
small place could be recognised. Sums are made of the counts as they are."""


def count(number: float | None) -> str:
    """Write a count in whole numbers with thousands separators, or ``unknown``."""
    if number is None or math.isnan(number):
        return UNKNOWN
    return f"{round(number):,}"


def people(number: float | None) -> str:
    """Write a count of people as :func:`count` does, a small one as ``<10``."""
    if number is not None and 1 <= round(0.0 if math.isnan(number) else number) < SMALL:
        return f"<{SMALL}"
    return count(number)


def interval(number: float, margin: float) -> str:
    """Write the 90 % interval of a count of people: ``1,020–1,260``; empty without a margin."""
    if math.isnan(number) or math.isnan(margin):
        return ""
    # Nobody is counted below zero.
    low, high = max(number - margin, 0.0), number + margin
    return f"{people(low)}–{people(high)}" if round(low) != round(high) else people(high)


def counted(number: float | None, one: str, many: str) -> str:
    """Write a count with the noun it counts, in the right number."""
    return f"{count(number)} {one if number is not None and _is_one(number) else many}"


def _is_one(number: float) -> bool:
    """Say whether a number is written as 1."""
    return not math.isnan(number) and round(number) == 1


def share(number: float | None) -> str:
    """Write a share of 0 to 1 as a whole percentage.

    Nothing is rounded to all or to none: 0.3 % is “under 1%”, 99.7 % is “over 99%”.
    """
    if number is None or math.isnan(number):
        return UNKNOWN
    if 0 < number < 0.005:
        return "under 1%"
    if 0.995 < number < 1:
        return "over 99%"
    return f"{round(100 * number)}%"


def distance(metres: float | None, unit: str) -> str:
    """Write a distance in a unit of :class:`gapmap.model.Reach`, short enough for a table."""
    if metres is None or math.isnan(metres):
        return UNKNOWN
    amount = metres / METRES_PER_UNIT[unit]
    if unit in ("m", "ft"):
        return f"{round(amount, -1):,.0f} {unit}"
    return f"{amount:,.1f} {unit}" if amount >= 0.95 else f"{amount:.2f} {unit}"
