"""How sure a need, a gap and a rank are: published margins of error, carried through by draws.

What was published is drawn again and again, as the survey might have found it: each published
estimate from a normal distribution of its own, with its margin of error / 1.645 as the standard
deviation. The draws of one estimate are the quantiles of its distribution in random order (Latin
hypercube sampling: McKay, Beckman and Conover, 1979), so that each estimate has exactly the
margin that was published, and only how estimates come together is left to chance. Sums, gaps and
ranks are then worked out for every draw.

A published estimate is the figure of an area or, where a model spread published totals over
smaller areas, the total: all areas below one total rise and fall with it, in proportion to what
the model gave them. That the model may have spread a total wrongly has no published error and is
not in here.

Draws are never cut off at zero, which would shift every sum upwards. Of several estimates of zero
in one sum only the one with the largest margin is drawn, as in the Census Bureau's formula for
sums (see :mod:`gapmap.margins`).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse
from scipy.special import ndtri

from gapmap.analysis.ranks import half_width
from gapmap.margins import STANDARD_ERRORS, moe_of_sum, moe_of_sums

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gapmap.model import Study

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "DRAWS",
    "FORMULA",
    "SIMULATION",
    "Draws",
    "SumErrors",
]

DRAWS: Final = 1000
FORMULA: Final = "formula"
SIMULATION: Final = "simulation"

_SEED: Final = 1946  # the year of the National School Lunch Act
_BLOCK: Final = 4096
"""Estimates drawn at once, each block from a stream of its own."""
_MOST_KEPT: Final = 16_000_000
"""Numbers kept in memory; beyond that they are drawn anew each time, and come out the same."""
_WHOLE: Final = 1e-6
"""How far the parts of a whole may be from it, by rounding."""


class Draws:
    """The need of every area, drawn from what was published, again and again.

    The same seed gives the same draws, in any thread, in any order, on one machine and the next.

    Parameters
    ----------
    study
        The study.
    measure
        The need measure. If the study's controls have it, their totals are drawn.
    count
        How many draws, 2 to 65,536.
    seed
        Where the draws start.
    """

    def __init__(
        self, study: Study, measure: str, *, count: int = DRAWS, seed: int = _SEED
    ) -> None:
        self.count = count
        self._seed = seed
        self.need: Floats = study.areas[measure].to_numpy(dtype=np.float64)
        controls = study.controls
        self.is_spread = controls is not None and measure in controls.table.columns
        """Whether a model spread published totals over the areas."""
        if self.is_spread:
            assert controls is not None
            row = {name: place for place, name in enumerate(controls.table["control_id"])}
            self.estimate_of_area = np.array(
                [row.get(name, -1) for name in controls.of_area], dtype=np.int64
            )
            """Row of the published estimate that an area's need hangs on; -1 for none."""
            self.estimates = controls.table[measure].to_numpy(dtype=np.float64)
            margins = controls.table[f"{measure}_moe"].to_numpy(dtype=np.float64)
        else:
            self.estimate_of_area = np.arange(len(self.need))
            self.estimates = self.need
            published = study.areas.get(f"{measure}_moe")
            margins = np.full(len(self.need), np.nan)
            if published is not None:
                margins = published.to_numpy(dtype=np.float64)
        self.moe = self._moe_of_areas(margins)
        """90 % margin of error of each area's need, NaN where none was published."""

    def _moe_of_areas(self, margins: Floats) -> Floats:
        if not self.is_spread:
            return np.where(np.isnan(self.need), np.nan, margins)
        total = np.append(self.estimates, np.nan)[self.estimate_of_area]
        # A total of nobody was spread by no weights: its margin belongs to no area in particular.
        share: Floats = np.full(len(total), np.nan)
        np.divide(self.need, total, out=share, where=total > 0)
        moe: Floats = share * np.append(margins, np.nan)[self.estimate_of_area]
        return moe

    @property
    def areas_without_moe(self) -> NDArray[np.bool_]:
        """Areas with a known need and no margin of error: they are taken as exact."""
        return np.isnan(self.moe) & ~np.isnan(self.need)

    @property
    def of_areas(self) -> NDArray[np.float32]:
        """Need of every area (rows) in every draw (columns); NaN where it is unknown.

        Takes 4 bytes a number: 340 MB for 85,000 areas and 1,000 draws.
        """
        drawn = np.empty((len(self.need), self.count), dtype=np.float32)
        drawn[:] = self.need[:, None]
        error = np.nan_to_num(self.moe / STANDARD_ERRORS).astype(np.float32)
        for rows, deviates in self.deviates():
            inside = np.flatnonzero(
                (self.estimate_of_area >= rows.start) & (self.estimate_of_area < rows.stop)
            )
            deviate = deviates[self.estimate_of_area[inside] - rows.start]
            drawn[inside] += error[inside, None] * deviate
        return drawn

    def deviates(self) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """Yield standard normal numbers, a row a published estimate, block by block."""
        if len(self.estimates) * self.count <= _MOST_KEPT:
            yield from self._kept_deviates
            return
        for start in range(0, len(self.estimates), _BLOCK):
            yield self._drawn(start)

    @cached_property
    def _kept_deviates(self) -> list[tuple[slice, NDArray[np.float32]]]:
        return [self._drawn(start) for start in range(0, len(self.estimates), _BLOCK)]

    def _drawn(self, start: int) -> tuple[slice, NDArray[np.float32]]:
        rows = slice(start, min(start + _BLOCK, len(self.estimates)))
        stream = np.random.Generator(np.random.PCG64([self._seed, start]))
        shape = (rows.stop - rows.start, self.count)
        # A random order of the quantiles: random numbers above, the place below, sorted.
        bits = (self.count - 1).bit_length()
        keys = stream.integers(0, 1 << (32 - bits), shape, dtype=np.uint32)
        keys <<= np.uint32(bits)
        keys |= np.arange(self.count, dtype=np.uint32)
        keys.sort(axis=1)
        keys &= np.uint32((1 << bits) - 1)
        quantiles = ndtri((np.arange(self.count) + 0.5) / self.count).astype(np.float32)
        return rows, quantiles[keys]

    def deviations(self, weights: sparse.csr_array) -> NDArray[np.float32]:
        """Return how far each weighted sum lies from its estimate, in every draw.

        Parameters
        ----------
        weights
            What one standard deviate of each published estimate (columns) adds to each sum (rows).
        """
        drawn = np.zeros((weights.shape[0], self.count), dtype=np.float32)
        blocks = weights if len(self.estimates) <= _BLOCK else weights.tocsc()
        for rows, deviates in self.deviates():
            mine = blocks if len(deviates) == weights.shape[1] else blocks[:, rows]
            drawn += mine @ deviates
        return drawn


class SumErrors:
    """Margins of error of the need, and of the gap, summed over pieces of areas.

    Parameters
    ----------
    draws
        The draws of one measure.
    area, place, share
        Row of the area, row of the place (or -1) and share of the area's need of every piece.
    place_count
        How many places there are.
    """

    def __init__(
        self, draws: Draws, area: Integers, place: Integers, share: Floats, place_count: int
    ) -> None:
        self._draws = draws
        self._area, self._place, self._share = area, place, share
        self._place_count = place_count
        error = np.nan_to_num(draws.moe / STANDARD_ERRORS)[area] * share
        # Only what can move is drawn: an exact area adds nothing.
        self._moving = np.flatnonzero((error > 0) & (place >= 0))
        self._error = error
        width = max(len(draws.estimates), 1)
        estimate = draws.estimate_of_area[area]
        keys, self._entry = np.unique(
            place[self._moving] * width + estimate[self._moving], return_inverse=True
        )
        self._row, self._column = keys // width, keys % width
        self._is_zero = draws.estimates[self._column] == 0

    @property
    def is_spread(self) -> bool:
        """Whether a model spread published totals over the areas."""
        return self._draws.is_spread

    @property
    def has_margins(self) -> bool:
        """Whether any area in question has a margin of error."""
        return bool((~np.isnan(self._draws.moe[self._area])).any())

    @cached_property
    def areas_without_moe(self) -> int:
        """Areas in question with a known need and no margin of error."""
        inside = np.unique(self._area)
        return int(self._draws.areas_without_moe[inside].sum())

    @cached_property
    def need_moe_of_areas(self) -> Floats:
        """Margin of error of the need of each area, as far as it is in question."""
        share = np.bincount(self._area, self._share, len(self._draws.need))
        return self._draws.moe * np.where(share > 0, share, np.nan)

    @cached_property
    def need_moe_method(self) -> str:
        """``formula``, ``simulation``, or empty where there are no margins."""
        if not self.has_margins:
            return ""
        share = np.bincount(self._area, self._share, len(self._draws.need))
        whole = (share < _WHOLE) | (share > 1 - _WHOLE)
        return FORMULA if whole.all() and not self._draws.is_spread else SIMULATION

    @cached_property
    def need_moe(self) -> float:
        """Margin of error of the need in question, NaN without any margin."""
        if not self.has_margins:
            return float("nan")
        if self.need_moe_method == FORMULA:
            inside = np.unique(self._area)
            need = np.nan_to_num(self._draws.need[inside])
            return float(moe_of_sum(need, np.nan_to_num(self._draws.moe[inside])))
        weight = np.bincount(
            np.maximum(self._draws.estimate_of_area[self._area], 0),
            self._error,
            len(self._draws.estimates),
        ).astype(np.float64)
        column = np.flatnonzero(weight)
        row = np.zeros(len(column), dtype=np.int64)
        zero = self._draws.estimates[column] == 0
        sums = self._sums(row, column, weight[column], zero, 1)
        return float(half_width(self._draws.deviations(sums))[0])

    @cached_property
    def need_moe_of_places(self) -> Floats:
        """Margin of error of the need of each place; NaN where none of its areas has one."""
        mine = self._place >= 0
        area, place, share = self._area[mine], self._place[mine], self._share[mine]
        width = len(self._draws.need)
        keys, entry = np.unique(place * width + area, return_inverse=True)
        part = np.bincount(entry, share)
        row, area = keys // width, keys % width
        has_margin = ~np.isnan(self._draws.moe[area])
        known = np.bincount(row[has_margin], minlength=self._place_count) > 0
        split = row[part < 1 - _WHOLE]
        simulated = np.bincount(split, minlength=self._place_count) > 0
        if self._draws.is_spread:
            simulated[:] = True
        margins = moe_of_sums(
            np.nan_to_num(self._draws.need[area]),
            np.nan_to_num(self._draws.moe[area]),
            row,
            self._place_count,
        )
        if (simulated & known).any():
            margins = np.where(simulated, half_width(self._deviations(self._error)), margins)
        return np.where(known, margins, np.nan)

    def gaps(self, gap: Floats, missing_share: Floats) -> NDArray[np.float32]:
        """Return the gap of each place (rows) in every draw (columns), below zero included.

        Parameters
        ----------
        gap
            The gap of each place as estimated.
        missing_share
            The share out of reach of every piece.
        """
        drawn: NDArray[np.float32] = self._deviations(self._error * missing_share)
        drawn += gap.astype(np.float32)[:, None]
        return drawn

    def _deviations(self, error: Floats) -> NDArray[np.float32]:
        error = error[self._moving]
        weight = np.bincount(self._entry, error, len(self._column)).astype(np.float64)
        sums = self._sums(self._row, self._column, weight, self._is_zero, self._place_count)
        return self._draws.deviations(sums)

    def _sums(
        self,
        row: Integers,
        column: Integers,
        weight: Floats,
        is_zero: NDArray[np.bool_],
        row_count: int,
    ) -> sparse.csr_array:
        """Return weights of the sums; of the estimates of zero in a row only the largest stays."""
        zero = np.flatnonzero(is_zero)
        if len(zero) > 1:
            order = zero[np.lexsort((-weight[zero], row[zero]))]
            again = np.append(False, row[order[1:]] == row[order[:-1]])
            weight = weight.copy()
            weight[order[again]] = 0.0
        start = np.searchsorted(row, np.arange(row_count + 1))
        return sparse.csr_array(
            (weight.astype(np.float32), column, start),
            shape=(row_count, len(self._draws.estimates)),
        )
