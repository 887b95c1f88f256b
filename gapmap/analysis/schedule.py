"""Which sites serve a meal on a weekday, as far as anybody knows."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Serves", "serves"]


class Serves(IntEnum):
    """Whether a site serves what was asked for."""

    UNKNOWN = -1
    NO = 0
    YES = 1


def serves(sites: pd.DataFrame, *, meal: str | None, day: str | None) -> NDArray[np.int8]:
    """Say for each site whether it serves a meal, on a weekday.

    A meal's own days come before the site's days. What the list does not say stays unknown: a
    site without meals may or may not serve lunch.

    Parameters
    ----------
    sites
        n rows of the standard site table.
    meal
        Meal code, or None for any meal.
    day
        Weekday code, or None for any day.

    Returns
    -------
    n values of :class:`Serves`.
    """
    answer = np.full(len(sites), Serves.YES, dtype=np.int8)
    if meal is not None:
        answer = _both(answer, _has_meal(sites, meal))
    if day is not None:
        answer = _both(answer, _open_on(sites, meal, day))
    return answer


def _both(one: NDArray[np.int8], other: NDArray[np.int8]) -> NDArray[np.int8]:
    """Three-valued "and": a no settles it, otherwise an unknown leaves it open."""
    no = (one == Serves.NO) | (other == Serves.NO)
    unknown = (one == Serves.UNKNOWN) | (other == Serves.UNKNOWN)
    return np.select([no, unknown], [Serves.NO, Serves.UNKNOWN], Serves.YES).astype(np.int8)


def _has_meal(sites: pd.DataFrame, meal: str) -> NDArray[np.int8]:
    says = _says(sites, "meals", meal)
    # Days or hours of a meal are as good as its name in the list of meals.
    for column in (f"{meal}_days", f"{meal}_hours"):
        says = np.where(_known(sites, column), Serves.YES, says).astype(np.int8)
    return says


def _open_on(sites: pd.DataFrame, meal: str | None, day: str) -> NDArray[np.int8]:
    on_day = _says(sites, "days", day)
    if meal is not None:
        column = f"{meal}_days"
        return np.where(_known(sites, column), _says(sites, column, day), on_day).astype(np.int8)
    for column in sites.columns:
        if str(column).endswith("_days"):
            of_meal = _says(sites, str(column), day)
            yes = (on_day == Serves.YES) | (of_meal == Serves.YES)
            no = (on_day == Serves.UNKNOWN) & (of_meal == Serves.NO)
            on_day = np.select([yes, no], [Serves.YES, Serves.NO], on_day).astype(np.int8)
    return on_day


def _known(sites: pd.DataFrame, column: str) -> NDArray[np.bool_]:
    if column not in sites.columns:
        return np.zeros(len(sites), dtype=bool)
    return sites[column].notna().to_numpy(dtype=bool)


def _says(sites: pd.DataFrame, column: str, code: str) -> NDArray[np.int8]:
    if column not in sites.columns:
        return np.full(len(sites), Serves.UNKNOWN, dtype=np.int8)
    # Few texts occur many times: look at each once.
    codes, texts = pd.factorize(sites[column])
    named = np.array([code in str(text).split(";") for text in texts], dtype=np.int8)
    answer = np.full(len(sites), Serves.UNKNOWN, dtype=np.int8)
    answer[codes >= 0] = named[codes[codes >= 0]] if len(named) else answer[codes >= 0]
    return answer
