"""Where a site would be lawful, by which rule, and the working behind the answer.

A place is asked of every layer that knows it. Determinations come before proxies: a proxy is
looked at only where no determination knows the answer, and then the answer is "probably". Open
sites are lawful by any one route: by census, by averaging, or by a school. Where one route is
unknown and no other holds, the answer is unknown and not "no".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gapmap.analysis.grounds import GroundsOfSchools, RuralGrounds
from gapmap.analysis.judged import DIGITS, JudgedAreas, in_order_of_authority
from gapmap.analysis.workings import (
    by_census,
    by_school,
    site_types,
    strongest,
)
from gapmap.errors import RequestError, UnknownNameError
from gapmap.rules import Basis, EligibilityAnswer, Level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gapmap.model import Study
    from gapmap.rules import EligibilityRules

__all__ = ["Standing"]


class Standing:
    """A study judged by the rules, ready to be asked about any place.

    Everything is found when it is made; asking changes nothing, so threads may share one.

    Parameters
    ----------
    study
        The study.
    rules
        The thresholds; by default the study's own.
    previous
        The same study under other rules: who borders on whom is taken from there.

    Raises
    ------
    RequestError
        If a GEOID is listed both as rural and as not rural.
    """

    def __init__(
        self,
        study: Study,
        rules: EligibilityRules | None = None,
        previous: Standing | None = None,
    ) -> None:
        self.study = study
        self.rules = rules or study.rules
        known = {} if previous is None else {one.source: one.borders for one in previous.tables}
        made_up = {entry.layer for entry in study.provenance if entry.is_illustrative}
        self.tables: tuple[JudgedAreas, ...] = tuple(
            JudgedAreas(
                source,
                self.rules,
                known.get(source),
                is_illustrative=source.layer in made_up,
            )
            for source in in_order_of_authority(study.eligibility)
            if source.has(self.rules.basis)
        )
        self._schools = GroundsOfSchools(study.schools, self.rules, made_up)
        self._rural = RuralGrounds(study.rural, self.rules)

    @property
    def deciding(self) -> JudgedAreas | None:
        """The table of the highest authority; None without one for the basis."""
        return self.tables[0] if self.tables else None

    @property
    def is_proxy(self) -> bool:
        """Whether the deciding table is only a proxy."""
        return self.deciding is not None and self.deciding.source.is_proxy

    @property
    def is_illustrative(self) -> bool:
        """Whether the figures of the deciding table are made up for demonstration."""
        return self.deciding is not None and self.deciding.is_illustrative

    @property
    def can_answer(self) -> bool:
        """Whether there is anything to judge by: census figures of the basis, or schools."""
        return bool(self.tables) or self._schools.can_decide

    @property
    def areas(self) -> pd.DataFrame:
        """Every area of the deciding table.

        Columns ``geoid``, ``name``, ``route`` (a value of :class:`gapmap.rules.Route`, None where
        unknown), ``share``, ``best_set`` (GEOIDs, the area's own first), ``best_share``,
        ``probability``, ``children`` and ``eligible``. Whether the table is a proxy says
        :attr:`is_proxy`.
        """
        if self.deciding is None:
            columns = ["geoid", "name", "route", "share", "best_set", "best_share", "probability"]
            return pd.DataFrame({name: [] for name in [*columns, "children", "eligible"]})
        return self.deciding.as_table()

    # ------------------------------------------------------------------------- many places at once

    def open_share_of_points(
        self, longitude: ArrayLike, latitude: ArrayLike
    ) -> NDArray[np.float64]:
        """Say of each point whether an open site there is lawful.

        Parameters
        ----------
        longitude, latitude
            n points, degrees.

        Returns
        -------
        Array of n: 1 lawful, 0 not, NaN where it is not known. Proxies count where no
        determination knows.
        """
        east = np.atleast_1d(np.asarray(longitude, dtype=np.float64))
        north = np.atleast_1d(np.asarray(latitude, dtype=np.float64))
        rows = [table.rows_at(east, north) for table in self.tables]
        return _either(self._census(rows, len(east)), self._schools.open_at(east, north))

    def open_share_of_areas(self) -> NDArray[np.float64]:
        """Say of each area of the study what share of its children live where it is lawful.

        Areas of the deciding table inside an area of the study (by GEOID) count by their
        children, and without such by their surface. Inside one such area, schools count by the
        surface of their attendance areas. What is not known is left out of the share; it is NaN
        where nothing is known.
        """
        areas = self.study.areas
        geoid, shapes = areas["geoid"].astype(str), areas.geometry.to_numpy()
        owner, unit, weight, units = self._units(geoid, shapes)
        census = self._census([table.rows_of(units["geoid"]) for table in self.tables], len(units))
        opened, unknown = self._schools.surface_shares(
            units["shape"].to_numpy(), np.flatnonzero(~(census == 1))
        )
        open_part = np.where(census == 1, 1.0, opened)
        known_part = np.where(census == 1, 1.0, np.where(census == 0, 1.0 - unknown, opened))
        of_open = np.bincount(owner, weight * open_part[unit], len(areas))
        of_known = np.bincount(owner, weight * known_part[unit], len(areas))
        share = np.full(len(areas), np.nan)
        np.divide(of_open, of_known, out=share, where=of_known > 0)
        return share.clip(max=1.0)

    def _units(
        self, geoid: pd.Series, shapes: NDArray[Any]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], pd.DataFrame]:
        # Pieces of each area of the study: its row, the row of the unit, its weight; and the units.
        table = self.deciding
        itself = np.arange(len(geoid))
        whole = pd.DataFrame({"geoid": geoid.to_numpy(), "shape": shapes})
        if table is None:
            return itself, itself, np.ones(len(geoid)), whole
        digits = DIGITS[table.source.level]
        lengths = geoid.str.len()
        if (lengths >= digits).all() and (table.rows_of(geoid) >= 0).any():
            return itself, itself, np.ones(len(geoid)), whole
        units = pd.DataFrame({"geoid": table.geoids.to_numpy(), "shape": table.shapes})
        children = np.nan_to_num(table.children)
        owner = np.full(len(units), -1, dtype=np.int64)
        if lengths.nunique() == 1 and geoid.is_unique:
            outer = units["geoid"].str[: int(lengths.iloc[0])]
            owner = pd.Index(geoid).get_indexer(outer).astype(np.int64)
        nested = np.flatnonzero((owner >= 0) & (children > 0))
        # By surface where no GEOID says what lies inside.
        bare = np.setdiff1d(itself, owner[nested])
        area, unit = shapely.STRtree(table.shapes).query(shapes[bare], predicate="intersects")
        common = shapely.area(shapely.intersection(shapes[bare[area]], table.shapes[unit]))
        return (
            np.concatenate([owner[nested], bare[area]]),
            np.concatenate([nested, unit]),
            np.concatenate([children[nested], common]),
            units,
        )

    def _census(self, rows: list[NDArray[np.int64]], count: int) -> NDArray[np.float64]:
        # The census answer of each place by its row in every table: 1, 0 or NaN.
        found = np.full(count, np.nan)
        for is_proxy in (False, True):
            says_yes = np.zeros(count, dtype=bool)
            says_no, is_unknown = says_yes.copy(), says_yes.copy()
            for table, row in zip(self.tables, rows, strict=True):
                if table.source.is_proxy is is_proxy and len(table.geoids):
                    answer = table.is_open[row]
                    covered = row >= 0
                    says_yes |= covered & (answer == 1)
                    says_no |= covered & (answer == 0)
                    is_unknown |= covered & np.isnan(answer)
            open_now = np.isnan(found)
            found[open_now & says_yes] = 1.0
            found[open_now & says_no & ~says_yes & ~is_unknown] = 0.0
        return found

    # ----------------------------------------------------------------------------------- one place

    def at(self, longitude: float, latitude: float) -> EligibilityAnswer:
        """Say which sites may open at a point.

        Parameters
        ----------
        longitude, latitude
            Degrees.

        Raises
        ------
        RequestError
            If the study has nothing to judge by, or the point is outside of it.
        """
        self.must_answer()
        rows = [int(table.rows_at(longitude, latitude)[0]) for table in self.tables]
        own = self._study_area(longitude, latitude)
        if own is None and max(rows, default=-1) < 0:
            raise RequestError(
                f"{latitude:.5f} north, {longitude:.5f} east is outside {self.study.name} and "
                "every area its eligibility layers know. Check the order: latitude comes first."
            )
        return self._answer(rows, longitude, latitude, own, is_point=True)

    def of(self, geoid: str) -> EligibilityAnswer:
        """Say which sites may open in a block group or tract.

        Raises
        ------
        RequestError
            If the study has nothing to judge by, or knows only parts of the area.
        UnknownNameError
            If it knows no such area.
        """
        self.must_answer()
        asked = pd.Series([geoid.strip()])
        rows = [
            int(table.rows_of(asked)[0]) if len(asked[0]) >= DIGITS[table.source.level] else -1
            for table in self.tables
        ]
        own = self.study.areas.index[self.study.areas["geoid"] == asked[0]]
        shape: Any = None
        for table, row in zip(self.tables, rows, strict=True):
            if row >= 0 and shape is None:
                shape = table.shapes[row]
        if shape is None and len(own) and not self.tables:
            shape = self.study.areas.geometry.loc[own[0]]
        if shape is None:
            self._refuse(asked[0])
        place = shapely.point_on_surface(shape)
        return self._answer(rows, place.x, place.y, asked[0] if len(own) else None, is_point=False)

    def must_answer(self) -> None:
        """Refuse in words if there is nothing to judge by.

        Raises
        ------
        RequestError
            Saying what to add.
        """
        if self.can_answer:
            return
        counted = [
            str(basis) for basis in Basis if any(one.has(basis) for one in self.study.eligibility)
        ]
        if counted:
            raise RequestError(
                f"The eligibility layers of {self.study.name} count children "
                f"{' and '.join(counted)}, not {self.rules.basis}. Ask for the basis they have."
            )
        raise RequestError(
            f"{self.study.name} has no eligibility layer, so nobody can say where a site is "
            "lawful. Add the FNS eligibility file as a layer of role eligibility, or fetch the "
            "study again: gapmap fetch brings a proxy by tract."
        )

    def _refuse(self, geoid: str) -> None:
        for table in self.tables:
            inside = table.geoids[table.geoids.str.startswith(geoid)] if geoid else []
            if len(inside):
                some = ", ".join(inside[:4]) + (", …" if len(inside) > 4 else "")
                raise RequestError(
                    f"{geoid} holds {len(inside)} {table.source.level}{'s' * (len(inside) > 1)} "
                    f"in {table.source.title}, each with an answer of its own. Ask about {some}."
                )
        near = [
            name for table in self.tables for name in table.geoids if name.startswith(geoid[:5])
        ]
        raise UnknownNameError("block group or tract", geoid, near[:2000])

    def _study_area(self, longitude: float, latitude: float) -> str | None:
        point = shapely.Point(longitude, latitude)
        areas = self.study.areas
        rows = areas.sindex.query(point, predicate="intersects")
        return str(areas["geoid"].iloc[int(min(rows))]) if len(rows) else None

    def _answer(
        self,
        rows: list[int],
        longitude: float,
        latitude: float,
        own: str | None,
        *,
        is_point: bool,
    ) -> EligibilityAnswer:
        census = [
            by_census(table, row) for table, row in zip(self.tables, rows, strict=True) if row >= 0
        ]
        school = by_school(self._schools, longitude, latitude, self.rules)
        finding = strongest(census, school)
        named = next(((t, row) for t, row in zip(self.tables, rows, strict=True) if row >= 0), None)
        geoid = own if named is None else str(named[0].geoids[named[1]])
        geoids = [name for name in (geoid, own) if name]
        is_rural, because = self._rural.at(geoids, longitude, latitude)
        notes = list(finding.notes)
        if school is None and self._schools.are_silent:
            notes.append(
                "Schools are known as points only and no radius is stated, so none is counted: "
                "name their attendance areas, or state a radius."
            )
        if not is_point and self._schools.can_decide:
            notes.append(
                "Schools are judged at a point inside the area; ask about the site's own place."
            )
        return EligibilityAnswer(
            study=self.study.id,
            geoid=geoid,
            name=None if named is None else str(named[0].names[named[1]]),
            level=_level(geoid) if named is None else named[0].source.level,
            longitude=longitude if is_point else None,
            latitude=latitude if is_point else None,
            status=finding.route,
            is_open_lawful=finding.is_open,
            is_rural=is_rural,
            rural_because=because,
            site_types=site_types(finding, is_rural, because),
            worksheets=finding.worksheets,
            is_proxy=finding.is_proxy,
            probability=finding.probability,
            notes=tuple(notes),
        )


def _either(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    # 1 if either is, else NaN if either is, else 0.
    answer = np.where(np.isnan(one) | np.isnan(other), np.nan, 0.0)
    answer[(one == 1) | (other == 1)] = 1.0
    return answer


def _level(geoid: str | None) -> Level | None:
    by_digits = {digits: level for level, digits in DIGITS.items()}
    return None if geoid is None else by_digits.get(len(geoid))
