"""A what-if applied to its study: another study and another question, the first ones untouched."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from gapmap.errors import RequestError
from gapmap.geo import STORED_CRS
from gapmap.model import Provenance, Role
from gapmap.whatifs.fitting import check_fit, site_rows, unknown_name
from gapmap.whatifs.sentences import differences

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

    from gapmap.model import Scenario, Study
    from gapmap.whatifs.values import SiteAdded, SiteMoved, SiteRetimed, WhatIf

__all__ = ["apply", "asked"]

_DEGREE_DIGITS: Final = 6


def apply(study: Study, what_if: WhatIf, usual: Scenario) -> tuple[Study, Scenario]:
    """Return the study and the question as they would be.

    Parameters
    ----------
    study
        The study as it is.
    what_if
        What differs.
    usual
        The question to change, by default the study's own
        (:func:`gapmap.usecases.default_scenario`).

    Returns
    -------
    The study, the very same if no site of it changes, else with a ``data_version`` of its own,
    and the question.

    Raises
    ------
    UnknownNameError
        If it names a site, candidate, measure or meal that the study does not have, naming the
        file and the entry.
    RequestError
        If it is of another study, or asks for something that cannot be.
    """
    if what_if.study != study.id:
        raise RequestError(
            f"{what_if.label} is about the study “{what_if.study}”, not about “{study.id}”. "
            "Open that study, or change “study” in the what-if."
        )
    scenario = asked(study, what_if, usual)
    check_fit(study, what_if)
    effects = _Effects(study, what_if)
    return (effects.applied() if effects.are_any else study), scenario


def asked(study: Study, what_if: WhatIf, usual: Scenario) -> Scenario:
    """Return the question with what the what-if asks otherwise."""
    question = what_if.question
    given: dict[str, Any] = {
        name: value for name in question.__slots__ if (value := getattr(question, name)) is not None
    }
    known = {
        "measure": ("measure", list(study.measures)),
        "meal": (study.words.meal, list(study.words.meals)),
        "within": (study.words.group, _parts(study)),
    }
    for name, (kind, names) in known.items():
        if name in given and given[name] not in names:
            raise unknown_name(what_if, f"question, {name}", kind, given[name], names)
    return replace(usual, **given)


def _parts(study: Study) -> list[str]:
    """Return what a question can be about: groups first, as they are what most are about."""
    places = study.neighbourhoods
    if places is None:
        return []
    names = [places[column].dropna().tolist() for column in ("group", "name", "neighbourhood_id")]
    return list(dict.fromkeys(str(name) for part in names for name in part))


class _Effects:
    """What a what-if does to the sites of one study, without what changes nothing."""

    def __init__(self, study: Study, what_if: WhatIf) -> None:
        self._study, self._what_if = study, what_if
        self._row = site_rows(study, what_if)
        closed = set(what_if.closed)
        self.moved = [one for one in what_if.moved if one.site_id not in closed and self._goes(one)]
        self.retimed = [
            one for one in what_if.retimed if one.site_id not in closed and self._changes(one)
        ]

    @property
    def are_any(self) -> bool:
        return bool(self._what_if.added or self._what_if.closed or self.moved or self.retimed)

    def _goes(self, one: SiteMoved) -> bool:
        point = self._study.sites.geometry.iloc[self._row[one.site_id]]
        here = round(point.x, _DEGREE_DIGITS), round(point.y, _DEGREE_DIGITS)
        return here != (one.longitude, one.latitude)

    def _changes(self, one: SiteRetimed) -> bool:
        row = self._row[one.site_id]
        before = self._study.sites.iloc[[row]]
        after = before.copy()
        self._retime(after, 0, one)
        return not before.drop(columns="geometry").equals(after.drop(columns="geometry"))

    def applied(self) -> Study:
        study = self._study
        sites = study.sites.copy()
        if self.moved:
            self._move(sites)
        for one in self.retimed:
            self._retime(sites, self._row[one.site_id], one)
        gone = sites["site_id"].isin(self._what_if.closed).to_numpy()
        sites = sites[~gone].reset_index(drop=True)
        if self._what_if.added:
            sites = self._with_added(sites)
        version = self._digest()
        return replace(
            study,
            sites=sites,
            distances=self._distances(),
            provenance=(*study.provenance, self._provenance(version, len(sites))),
            data_version=version[:16],
        )

    def _move(self, sites: gpd.GeoDataFrame) -> None:
        rows = [self._row[one.site_id] for one in self.moved]
        points = sites.geometry.to_numpy().copy()
        points[rows] = _points(self.moved)
        sites["geometry"] = points
        # Rows that stood for one place still do where they moved together, and only there.
        places = sites["place_id"].astype(object).to_numpy(copy=True)
        stay = set(np.delete(places, rows))
        new: dict[tuple[str, float, float], str] = {}
        for row, one in zip(rows, self.moved, strict=True):
            place = (str(places[row]), one.longitude, one.latitude)
            new.setdefault(place, _free(one.site_id, stay | set(new.values())))
            places[row] = new[place]
        sites["place_id"] = pd.array(places, dtype=sites["place_id"].dtype)
        # Neither the address nor how well it was found is true of the new place.
        for column in ("address", "match_quality"):
            if column in sites:
                sites.loc[sites.index[rows], column] = None

    def _retime(self, sites: gpd.GeoDataFrame, row: int, one: SiteRetimed) -> None:
        label = sites.index[row]
        if one.meals is not None:
            sites.loc[label, "meals"] = ";".join(
                [meal for meal in self._study.words.meals if meal in one.meals]
            )
            # Days or hours of a meal say that it is served: they go with it.
            for column in _meal_columns(sites):
                if column.rpartition("_")[0] not in one.meals:
                    sites.loc[label, column] = None
        if one.days is not None:
            days = ";".join(one.days)
            sites.loc[label, "days"] = days
            for column in _meal_columns(sites):
                if column.endswith("_days") and not pd.isna(sites.loc[label, column]):
                    sites.loc[label, column] = days
        for column, day in (("start_date", one.first_day), ("end_date", one.last_day)):
            if day is not None:
                sites.loc[label, column] = pd.Timestamp(day)
        first, last = sites.loc[label, "start_date"], sites.loc[label, "end_date"]
        if not pd.isna(first) and not pd.isna(last) and first > last:
            raise RequestError(
                f"{self._what_if.label}, retime {one.site_id}: its first day would be "
                f"{first.date()} and its last {last.date()}. Change the other one too."
            )

    def _with_added(self, sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        import geopandas as gpd

        added = self._what_if.added
        said = [_row_of(one, self._study.words.meals) for one in added]
        columns: dict[str, Any] = {}
        taken = set(sites["place_id"])
        for row in said:
            row["place_id"] = _free(row["site_id"], taken)
            taken.add(row["place_id"])
        for column in sites.columns.drop("geometry"):
            before = sites[column]
            values = [row.get(column) for row in said]
            # No file has a row for them; integers have no word for that.
            dtype: Any = "Int64" if before.dtype.kind in "iu" else before.dtype
            new = pd.Series(values, dtype=object).astype(dtype)
            # Column by column: a table of mostly unknown values would lose its types.
            columns[column] = pd.concat([before.astype(dtype), new], ignore_index=True)
        points = np.concatenate([sites.geometry.to_numpy(), _points(added)])
        return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=points, crs=STORED_CRS)

    def _distances(self) -> pd.DataFrame | None:
        """Return the ways that are still known: none from where a site no longer stands."""
        table = self._study.distances
        if table is None:
            return None
        gone = {*self._what_if.closed, *(one.site_id for one in self.moved)}
        parts = [table[~table["to_id"].isin(gone)]]
        for one in self._what_if.added:
            if one.from_candidate is not None:
                ways = table[table["to_id"] == one.from_candidate]
                parts.append(ways.assign(to_id=pd.array([one.site_id] * len(ways), dtype="str")))
        return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)

    def _digest(self) -> str:
        told = {
            "study": self._study.data_version,
            "add": [asdict(one) for one in self._what_if.added],
            "move": [asdict(one) for one in self.moved],
            "retime": [asdict(one) for one in self.retimed],
            "close": self._what_if.closed,
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()

    def _provenance(self, sha256: str, rows_out: int) -> Provenance:
        what_if = self._what_if
        return Provenance(
            layer="what-if",
            role=Role.SITES,
            title=f"What-if “{what_if.name}”",
            source="changed by hand",
            vintage="as it would be",
            licence="not stated",
            file=what_if.source or "no file",
            sha256=sha256,
            rows_in=len(self._study.sites),
            rows_out=rows_out,
            method="; ".join(differences(what_if, self._study)),
            notes=(f"Not every {self._study.words.site} stands as it says.",),
        )


def _points(sites: Iterable[SiteAdded | SiteMoved]) -> Any:
    import shapely

    return shapely.points([(one.longitude, one.latitude) for one in sites])


def _free(name: str, taken: set[str]) -> str:
    free = name
    while free in taken:
        free += " (moved)"
    return free


def _meal_columns(sites: pd.DataFrame) -> list[str]:
    return [str(name) for name in sites.columns if str(name).endswith(("_days", "_hours"))]


def _row_of(one: SiteAdded, meals: tuple[str, ...]) -> dict[str, Any]:
    served = None if one.meals is None else [meal for meal in meals if meal in one.meals]
    return {
        "site_id": one.site_id,
        "name": one.name,
        "partner": one.partner,
        "kind": one.kind,
        "meals": None if served is None else ";".join(served),
        "days": None if one.days is None else ";".join(one.days),
        "start_date": pd.NaT if one.first_day is None else pd.Timestamp(one.first_day),
        "end_date": pd.NaT if one.last_day is None else pd.Timestamp(one.last_day),
        "status": "what-if",
    }
