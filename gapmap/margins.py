"""Margins of error of figures made from published estimates.

Every margin here is a 90 % margin of error, as the American Community Survey publishes it: 1.645
standard errors. The formulas are the Census Bureau's: "Understanding and Using American Community
Survey Data: What All Data Users Need to Know" (2020), chapter 8. They take estimates to be
independent of each other, which estimates of one survey never quite are; the Bureau offers them
as approximations.

An estimate or a margin that is unknown (NaN) makes what is computed from it unknown. All
functions take numbers or arrays that broadcast, and return arrays of floats.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "LEAST_HIGH_CV",
    "LEAST_MEDIUM_CV",
    "STANDARD_ERRORS",
    "Grade",
    "coefficient_of_variation",
    "grade",
    "interval",
    "moe_of_difference",
    "moe_of_product",
    "moe_of_proportion",
    "moe_of_ratio",
    "moe_of_sum",
    "moe_of_sums",
    "probability_at_least",
]

STANDARD_ERRORS: Final = 1.645
"""Standard errors in a margin of error of 90 %. Source: the handbook, chapter 7."""

LEAST_HIGH_CV: Final = 0.12
LEAST_MEDIUM_CV: Final = 0.40
"""Largest coefficients of variation of high and of medium reliability.

Source: Esri, "Esri Reliability Symbols Improve ACS Reports". Common practice, and a convention:
the Census Bureau sets no such limits for its users.
"""


class Grade(StrEnum):
    """How far an estimate can be relied on, by its coefficient of variation."""

    HIGH = "high"
    """At most 12 %."""
    MEDIUM = "medium"
    """More than 12 % and at most 40 %: use with caution."""
    LOW = "low"
    """More than 40 %."""


def moe_of_sum(estimates: ArrayLike, margins: ArrayLike, *, axis: int = -1) -> Floats:
    """Return the margin of error of a sum: the root of the sum of squares.

    Of several estimates of zero only the largest margin counts, and it counts once: their margins
    come from one model and are too large to be added up. Source: the handbook, chapter 8.

    Parameters
    ----------
    estimates, margins
        The estimates that are added up, and their margins of error.
    axis
        The axis to add up along.
    """
    estimate, margin = _floats(estimates, margins)
    zero = estimate == 0
    counted = np.where(zero, 0.0, np.square(margin)).sum(axis=axis)
    largest = np.where(zero, np.square(margin), 0.0).max(axis=axis, initial=0.0)
    unknown = np.isnan(estimate).any(axis=axis)
    root: Floats = np.sqrt(np.where(unknown, np.nan, counted + largest))
    return root


def moe_of_sums(
    estimates: ArrayLike, margins: ArrayLike, group: NDArray[np.integer[Any]], count: int
) -> Floats:
    """Return the margin of error of the sum of each group, as :func:`moe_of_sum` does.

    Parameters
    ----------
    estimates, margins
        The estimates that are added up, and their margins of error; n numbers each.
    group
        The group of each, 0 to ``count - 1``, or -1 for none; n integers.
    count
        How many groups there are. A group of none has a margin of 0.
    """
    estimate, margin = _floats(estimates, margins)
    mine = np.asarray(group) >= 0
    code, estimate, margin = np.asarray(group)[mine], estimate[mine], margin[mine]
    zero = estimate == 0
    square = np.where(np.isnan(estimate), np.nan, np.square(margin))
    total = np.bincount(code, np.where(zero, 0.0, square), count).astype(np.float64)
    largest = np.zeros(count)
    # maximum passes an unknown margin on, as a sum does, but warns of it.
    with np.errstate(invalid="ignore"):
        np.maximum.at(largest, code[zero], square[zero])
    root: Floats = np.sqrt(total + largest)
    return root


def moe_of_difference(margin: ArrayLike, other_margin: ArrayLike) -> Floats:
    """Return the margin of error of the difference of two estimates."""
    one, other = _floats(margin, other_margin)
    difference: Floats = np.hypot(one, other)
    return difference


def moe_of_proportion(
    part: ArrayLike, part_moe: ArrayLike, whole: ArrayLike, whole_moe: ArrayLike
) -> Floats:
    """Return the margin of error of a share of a whole, on the scale of 0 to 1.

    Where the number under the root would be negative, the formula for ratios takes its place, as
    the handbook advises. The margin of a share of nothing is unknown.
    """
    part, part_moe, whole, whole_moe = _floats(part, part_moe, whole, whole_moe)
    share = _divided(part, whole)
    under_root = np.square(part_moe) - np.square(share * whole_moe)
    ratio = np.square(part_moe) + np.square(share * whole_moe)
    return _divided(np.sqrt(np.where(under_root < 0, ratio, under_root)), whole)


def moe_of_ratio(
    number: ArrayLike, number_moe: ArrayLike, base: ArrayLike, base_moe: ArrayLike
) -> Floats:
    """Return the margin of error of a ratio whose number is no part of its base."""
    number, number_moe, base, base_moe = _floats(number, number_moe, base, base_moe)
    ratio = _divided(number, base)
    return _divided(np.hypot(number_moe, ratio * base_moe), base)


def moe_of_product(
    one: ArrayLike, one_moe: ArrayLike, other: ArrayLike, other_moe: ArrayLike
) -> Floats:
    """Return the margin of error of the product of two estimates."""
    one, one_moe, other, other_moe = _floats(one, one_moe, other, other_moe)
    product: Floats = np.hypot(one * other_moe, other * one_moe)
    return product


def coefficient_of_variation(estimates: ArrayLike, margins: ArrayLike) -> Floats:
    """Return the standard error as a share of its estimate; NaN where the estimate is 0."""
    estimate, margin = _floats(estimates, margins)
    return _divided(margin / STANDARD_ERRORS, np.abs(estimate))


def grade(variation: ArrayLike) -> NDArray[np.object_]:
    """Return the grade of each coefficient of variation, None where that is unknown."""
    known = np.asarray(variation, dtype=np.float64)
    grades = np.full(known.shape, None, dtype=object)
    grades[known <= LEAST_HIGH_CV] = Grade.HIGH
    grades[(known > LEAST_HIGH_CV) & (known <= LEAST_MEDIUM_CV)] = Grade.MEDIUM
    grades[known > LEAST_MEDIUM_CV] = Grade.LOW
    return grades


def probability_at_least(share: ArrayLike, moe: ArrayLike, threshold: float) -> Floats:
    """Return the probability that what was estimated is at least the threshold.

    The error is taken to be normal. Without error (a margin of 0) the answer is 0 or 1.
    """
    known, margin = _floats(share, moe)
    error = margin / STANDARD_ERRORS
    above = known - threshold
    certain = np.where(above >= 0, 1.0, 0.0)
    # A share of 0.6 must not miss a threshold of 0.6 by the last bit, 0.6 = 3 / 5 being no double.
    certain = np.where(np.isclose(above, 0.0, rtol=0.0, atol=1e-12), 1.0, certain)
    with np.errstate(invalid="ignore", divide="ignore"):
        normal = ndtr(above / error)
    probability: Floats = np.where(error == 0, certain, normal)
    return np.where(np.isnan(known), np.nan, probability)


def interval(
    estimates: ArrayLike, margins: ArrayLike, *, least: float = 0.0
) -> tuple[Floats, Floats]:
    """Return the lower and upper bound of the 90 % interval; counts do not go below ``least``."""
    estimate, margin = _floats(estimates, margins)
    return np.maximum(estimate - margin, least), estimate + margin


def _floats(*numbers: ArrayLike) -> tuple[Floats, ...]:
    return tuple(np.broadcast_arrays(*(np.asarray(number, dtype=np.float64) for number in numbers)))


def _divided(number: Floats, by: Floats) -> Floats:
    """Divide, and leave unknown what is divided by nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        quotient: Floats = np.asarray(number, dtype=np.float64) / np.where(by == 0, np.nan, by)
    return quotient
