"""What comes in: studies layer by layer, and site lists that people bring.

Every table passes the door of its role, and a book is kept of where it came from, how many rows
came in and out, and what was noticed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from gapmap.errors import LayerError, RequestError
from gapmap.layers.census_layouts import census_table
from gapmap.layers.controls import standardise_controls
from gapmap.layers.distances import (
    standardise_areas_of_points,
    standardise_distances,
    standardise_hosts,
)
from gapmap.layers.eligibility import eligibility_areas, standardise_eligibility
from gapmap.layers.rural import rural_layer, standardise_rural
from gapmap.layers.schools import school_layer, standardise_schools
from gapmap.layers.standardise import (
    StandardTable,
    standardise_areas,
    standardise_context,
    standardise_need_points,
    standardise_neighbourhoods,
)
from gapmap.model import Provenance, Role, Study

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd

    from gapmap.layers.catalogue import LayerSpec, StudySpec
    from gapmap.layers.sites import CheckedSites
    from gapmap.model import Controls

__all__ = ["TableFile", "check_sites", "fill_places", "load_study", "with_sites"]


class TableFile(Protocol):
    """A table as read from a file, with the digest of the file's bytes."""

    @property
    def table(self) -> pd.DataFrame:
        """The rows as they stand in the file."""

    @property
    def file_name(self) -> str:
        """Name of the file."""

    @property
    def sha256(self) -> str:
        """Digest of the file's bytes."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was noticed while reading it."""


def load_study(spec: StudySpec, read: Callable[[str], TableFile]) -> Study:
    """Read, standardise and check every layer of a study.

    Parameters
    ----------
    spec
        The study's description.
    read
        Reads one file by the name that the description gives it.

    Raises
    ------
    MissingFileError
        If a file is nowhere to be found.
    TableError
        If a table breaks the contract of its role.
    """
    (need_spec,) = spec.of_role(Role.NEED)
    intake = _Intake(spec, read)
    areas = intake.admit(
        need_spec,
        partial(
            standardise_areas_of_points if need_spec.points else standardise_areas,
            attributes=intake.attributes(need_spec),
        ),
    )
    controls = intake.controls(need_spec, areas)
    need_points = neighbourhoods = None
    for layer in spec.of_role(Role.NEED_POINTS):
        need_points = intake.admit(layer, partial(standardise_need_points, areas=areas))
    for layer in spec.of_role(Role.NEIGHBOURHOODS):
        neighbourhoods = intake.admit(layer, standardise_neighbourhoods)
    candidates = {
        layer.id: intake.admit(layer, standardise_hosts) for layer in spec.of_role(Role.CANDIDATES)
    }
    context = {
        layer.id: intake.admit(layer, standardise_context) for layer in spec.of_role(Role.CONTEXT)
    }
    eligibility = tuple(
        eligibility_areas(
            intake.admit(
                layer, partial(standardise_eligibility, attributes=intake.attributes(layer))
            ),
            layer,
        )
        for layer in spec.of_role(Role.ELIGIBILITY)
    )
    schools = tuple(
        school_layer(intake.admit(layer, standardise_schools), layer)
        for layer in spec.of_role(Role.SCHOOLS)
    )
    rural = tuple(
        rural_layer(intake.admit(layer, standardise_rural), layer)
        for layer in spec.of_role(Role.RURAL)
    )
    checked = [intake.admit_sites(layer, areas) for layer in spec.of_role(Role.SITES)]
    sites = _all_sites(checked, spec, areas)
    distances = None
    for layer in spec.of_role(Role.DISTANCES):
        places = set(sites["site_id"])
        places.update(*(table["candidate_id"] for table in candidates.values()))
        distances = intake.admit(
            layer, partial(standardise_distances, geoids=set(areas["geoid"]), places=places)
        )
    return Study(
        id=spec.id,
        name=spec.name,
        summary=spec.summary,
        measures=spec.measures,
        words=spec.words,
        reach=spec.reach,
        areas=areas,
        sites=sites,
        data_version=intake.digest(),
        need_points=need_points,
        neighbourhoods=neighbourhoods,
        candidates=candidates,
        context=context,
        public_kinds=spec.public_kinds,
        desert_need=spec.desert_need,
        view_within=spec.view_within,
        time_zone=spec.time_zone,
        provenance=tuple(intake.provenance),
        sites_reports=tuple(one.report for one in checked),
        controls=controls,
        eligibility=eligibility,
        schools=schools,
        rural=rural,
        rules=spec.rules,
        distances=distances,
    )


def check_sites(
    raw: TableFile,
    *,
    study: Study | None = None,
    margin_m: float = 0.0,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    places: pd.DataFrame | None = None,
) -> CheckedSites:
    """Put a site list through the import gate.

    A list of addresses without coordinates passes too: ``unplaced`` has its rows, to be looked up
    and given back as ``places``.

    Parameters
    ----------
    raw
        The list as read.
    study
        The study whose area the sites must lie in; None to accept any place.
    margin_m
        How far outside the study a site may lie.
    columns
        Standard column to column of the file, for a layout that is not recognised.
    constants
        Value by standard column, where the list says nothing: ``{"city": "Austin"}``.
    places
        Where rows without coordinates were found to be (see
        :meth:`gapmap.layers.gate.settlement.Settling.places`).

    Raises
    ------
    InputError
        If the layout is not recognised and no columns are given.
    """
    from gapmap.layers.sites import standardise_sites

    checked = standardise_sites(
        raw.table,
        source=raw.file_name,
        columns=columns,
        constants=constants,
        may_lack_places=True,
        places=places,
        **(
            {} if study is None else _place_of(study.areas, study.name, study.words.meals, margin_m)
        ),
    )
    report = replace(checked.report, warnings=raw.warnings + checked.report.warnings)
    return replace(checked, report=report)


def fill_places(
    raw: TableFile,
    places: pd.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return a list as it came with the places of its addresses, and without personal columns.

    Parameters
    ----------
    raw, columns, constants
        As :func:`check_sites` was given them.
    places
        See :meth:`gapmap.layers.gate.settlement.Settling.places`.
    """
    from gapmap.layers.gate.settlement import settled_list

    return settled_list(
        raw.table, places, source=raw.file_name, columns=columns, constants=constants
    )


def with_sites(study: Study, checked: CheckedSites) -> Study:
    """Return the study with another site list in place of its own.

    Raises
    ------
    RequestError
        If the list has addresses only, and nobody has looked them up.
    """
    report = checked.report
    if checked.sites.empty and len(checked.unplaced):
        raise RequestError(
            f"{report.source} has no coordinates that can be used. Look its addresses up first: "
            "gapmap sites geocode FILE --out FILE, or the page Data."
        )
    digest = hashlib.sha256(
        pd.util.hash_pandas_object(checked.sites.drop(columns="geometry").astype(str))
        .to_numpy()
        .tobytes()
    )
    digest.update(b"".join(checked.sites.geometry.to_wkb()))
    own = [entry for entry in study.provenance if entry.role is not Role.SITES]
    uploaded = Provenance(
        layer="uploaded",
        role=Role.SITES,
        title=report.source,
        source="a site list brought in by hand",
        vintage="as stated by whoever brought it",
        licence="not stated",
        file=report.source,
        sha256=digest.hexdigest(),
        rows_in=report.rows_in,
        rows_out=report.rows_kept,
    )
    return replace(
        study,
        sites=checked.sites,
        sites_reports=(report,),
        provenance=(*own, uploaded),
        data_version=_short_digest(study.data_version, digest.hexdigest()),
    )


class _Intake:
    """Admits the layers of one study and keeps the book of what came in."""

    def __init__(self, spec: StudySpec, read: Callable[[str], TableFile]) -> None:
        self._spec = spec
        self._files: dict[str, TableFile] = {}
        self._read = read
        self._read_as: dict[str, tuple[str, ...]] = {}
        self.provenance: list[Provenance] = []

    def _file(self, name: str) -> TableFile:
        if name not in self._files:
            self._files[name] = self._read(name)
        return self._files[name]

    def attributes(self, layer: LayerSpec) -> pd.DataFrame | None:
        if layer.table is None:
            return None
        table, self._read_as[layer.table.file] = census_table(self._file(layer.table.file).table)
        return table

    def controls(self, layer: LayerSpec, areas: gpd.GeoDataFrame) -> Controls | None:
        if layer.controls is None:
            return None
        totals, _ = census_table(self._file(layer.controls.file).table)
        raw = self._file(layer.file).table
        return standardise_controls(raw, layer, areas, totals, self.attributes(layer))

    def admit(
        self, layer: LayerSpec, standardise: Callable[[pd.DataFrame, LayerSpec], StandardTable]
    ) -> Any:
        standard = standardise(self._file(layer.file).table, layer)
        self._enter(layer, standard.rows_in, len(standard.table), standard.notes)
        return standard.table

    def admit_sites(self, layer: LayerSpec, areas: gpd.GeoDataFrame) -> CheckedSites:
        from gapmap.layers.sites import standardise_sites

        spec = self._spec
        checked = standardise_sites(
            self._file(layer.file).table,
            source=layer.title,
            format=layer.format,
            columns=layer.columns or None,
            constants=layer.constants or None,
            values=layer.values or None,
            **_place_of(areas, spec.name, spec.words.meals, spec.margin_m),
        )
        report = checked.report
        notes = tuple(
            f"{count} left out: {reason}" for reason, count in report.left_out_counts.items()
        )
        self._enter(layer, report.rows_in, report.rows_kept, notes + report.warnings)
        return checked

    def _enter(self, layer: LayerSpec, rows_in: int, rows_out: int, notes: tuple[str, ...]) -> None:
        self.provenance.append(
            Provenance(
                layer=layer.id,
                role=layer.role,
                title=layer.title,
                source=layer.source,
                vintage=layer.vintage,
                licence=layer.licence,
                file=", ".join(layer.files),
                sha256=", ".join(self._file(name).sha256 for name in layer.files),
                rows_in=rows_in,
                rows_out=rows_out,
                method=layer.method,
                is_modelled=layer.modelled,
                is_illustrative=layer.illustrative,
                notes=(*self._read_as.get(layer.table.file if layer.table else "", ()), *notes),
                is_proxy=layer.proxy,
                fetched=layer.fetched,
                determined=layer.determined,
            )
        )

    def digest(self) -> str:
        """Digest of the description and of every file read."""
        return _short_digest(
            json.dumps(self._spec.model_dump(mode="json"), sort_keys=True),
            *(f"{name} {file.sha256}" for name, file in sorted(self._files.items())),
        )


def _place_of(
    areas: gpd.GeoDataFrame, name: str, meals: tuple[str, ...], margin_m: float
) -> dict[str, Any]:

    return {
        "study_area": areas.geometry.to_numpy(),
        "study_name": name,
        "meals": meals,
        "margin_m": margin_m,
    }


def _all_sites(
    checked: list[CheckedSites], spec: StudySpec, areas: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    import geopandas as gpd

    from gapmap.layers.sites import empty_sites

    if not checked:
        return empty_sites()
    if len(checked) == 1:
        return checked[0].sites
    # Two lists may use the same identifiers: the layer's name keeps them apart.
    parts = []
    for layer, one in zip(spec.of_role(Role.SITES), checked, strict=True):
        part = one.sites.copy()
        for column in ("site_id", "place_id"):
            part[column] = layer.id + ":" + part[column]
        parts.append(part)
    try:
        return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=areas.crs)
    except (TypeError, ValueError) as error:
        raise LayerError(
            f"The site layers of {spec.name} cannot be put together: {error}"
        ) from None


def _short_digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
