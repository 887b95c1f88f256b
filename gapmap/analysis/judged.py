"""One table of census figures, judged and laid out so that places can be looked up in it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from gapmap.analysis.adjacency import shared_borders
from gapmap.analysis.eligibility import Judgement, judge_areas
from gapmap.margins import moe_of_proportion, probability_at_least
from gapmap.rules import Level, WorksheetRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from numpy.typing import ArrayLike, NDArray

    from gapmap.analysis.adjacency import Borders
    from gapmap.rules import Basis, EligibilityAreas, EligibilityRules

__all__ = ["DIGITS", "JudgedAreas", "in_order_of_authority"]

DIGITS: Final = {Level.BLOCK_GROUP: 12, Level.TRACT: 11}
"""Digits in the GEOID of an area of each level. Source: Census Bureau."""


def in_order_of_authority(tables: tuple[EligibilityAreas, ...]) -> list[EligibilityAreas]:
    """Sort tables: determinations before proxies, block groups before tracts."""
    return sorted(tables, key=lambda one: (one.is_proxy, one.level is not Level.BLOCK_GROUP))


class JudgedAreas:
    """A table of census figures under given rules.

    Parameters
    ----------
    source
        The table, with the figures of the rules' basis.
    rules
        The thresholds.
    borders
        Who borders on whom among the areas in the order of their GEOIDs, if that is known
        already.
    is_illustrative
        Whether the figures are made up for demonstration.
    """

    def __init__(
        self,
        source: EligibilityAreas,
        rules: EligibilityRules,
        borders: Borders | None = None,
        *,
        is_illustrative: bool = False,
    ) -> None:
        self.source = source
        self.rules = rules
        self.is_illustrative = is_illustrative
        # In the order of the GEOIDs, so that the last tie-break does not hang on the file.
        table = source.table.sort_values("geoid", ignore_index=True)
        self.geoids = pd.Index(table["geoid"])
        self.names: NDArray[Any] = table["name"].to_numpy(dtype=object)
        self.shapes: NDArray[Any] = table.geometry.to_numpy()
        self._table = table
        suffix = rules.basis.suffix
        self.children = table[f"children_{suffix}"].to_numpy(dtype=np.float64)
        self.eligible = table[f"eligible_{suffix}"].to_numpy(dtype=np.float64)
        self.may_average = source.level is Level.BLOCK_GROUP and rules.largest_set > 1
        self.borders = borders
        if self.may_average and borders is None:
            self.borders = shared_borders(self.shapes)
        self.judgement: Judgement = judge_areas(
            self.children,
            self.eligible,
            None if self.borders is None else self.borders.neighbours,
            rules,
            may_average=self.may_average,
            published=None if self.published is None else self.published == True,  # noqa: E712
        )

    @property
    def published(self) -> NDArray[Any] | None:
        """What the agency published of each area: True, False or None; None if nothing."""
        name = f"published_{self.rules.basis.suffix}"
        return self._table[name].to_numpy(dtype=object) if name in self._table.columns else None

    @cached_property
    def probability(self) -> NDArray[np.float64]:
        """Probability that each area's own share reaches the threshold; NaN without margins."""
        suffix = self.rules.basis.suffix
        names = [f"{what}_{suffix}_moe" for what in ("eligible", "children")]
        if not set(names) <= set(self._table.columns):
            return np.full(len(self.geoids), np.nan)
        eligible_moe, children_moe = (self._table[name].to_numpy(dtype=float) for name in names)
        moe = moe_of_proportion(self.eligible, eligible_moe, self.children, children_moe)
        return probability_at_least(self.judgement.share, moe, self.rules.share)

    @cached_property
    def is_open(self) -> NDArray[np.float64]:
        """1 where an open site is lawful by these figures, 0 where not, NaN where unknown."""
        code = self.judgement.code
        return np.where(code < 0, np.nan, (code > 0).astype(np.float64))

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.shapes)

    def rows_at(self, longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.int64]:
        """Return the row of the area each point lies in, the first on a border; -1 outside."""
        points = shapely.points(np.atleast_1d(longitude), np.atleast_1d(latitude))
        point, area = self._tree.query(points, predicate="intersects")
        found = np.full(len(points), -1, dtype=np.int64)
        order = np.lexsort((area, point))[::-1]
        found[point[order]] = area[order]
        return found

    def rows_of(self, geoids: pd.Series) -> NDArray[np.int64]:
        """Return the row of the area that is, or holds, each area by its GEOID; -1 for none."""
        digits = DIGITS[self.source.level]
        cut = geoids.astype(str).str[:digits]
        rows: NDArray[np.int64] = self.geoids.get_indexer(cut).astype(np.int64)
        return rows

    def row(self, area: int) -> WorksheetRow:
        """Return one area as a worksheet shows it."""
        return WorksheetRow(
            str(self.geoids[area]),
            str(self.names[area]),
            float(self.children[area]),
            float(self.eligible[area]),
        )

    def share_by(self, basis: Basis, area: int) -> float:
        """Return the share of an area by either basis, NaN where it is not known."""
        if not self.source.has(basis):
            return float("nan")
        children = float(self._table[f"children_{basis.suffix}"].iloc[area])
        eligible = float(self._table[f"eligible_{basis.suffix}"].iloc[area])
        return eligible / children if children > 0 else float("nan")

    def near_pairs(self, members: tuple[int, ...]) -> Iterator[tuple[int, int]]:
        """Name the pairs of a set whose borders are drawn apart."""
        if self.borders is None:
            return
        for position, one in enumerate(members):
            for other in members[position + 1 :]:
                if self.borders.are_near_only(one, other):
                    yield one, other

    def as_table(self) -> pd.DataFrame:
        """Return the answers for every area (see :attr:`gapmap.analysis.lawful.Standing.areas`)."""
        found = self.judgement
        codes = [found.route(area) for area in range(len(self.geoids))]
        names = np.array([*self.geoids, None], dtype=object)
        sets = names[found.best_set]
        return pd.DataFrame(
            {
                "geoid": self.geoids.to_numpy(dtype=object),
                "name": self.names,
                "route": np.array([None if code is None else code.value for code in codes], object),
                "share": found.share,
                "best_set": [tuple(name for name in row if name is not None) for row in sets],
                "best_share": found.best_share,
                "probability": self.probability,
                "children": self.children,
                "eligible": self.eligible,
            }
        )
