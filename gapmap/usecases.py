"""What gapmap does for people: the app, the command line and scripts call these and nothing else.

Use cases take frozen values and return frozen values. They neither read files nor show anything:
a reader is handed in (see :mod:`gapmap.wiring`), the views take the results.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from gapmap.errors import LayerError
from gapmap.layers.standardise import (
    StandardTable,
    standardise_areas,
    standardise_candidates,
    standardise_context,
    standardise_need_points,
    standardise_neighbourhoods,
)
from gapmap.model import GapAssessment, Provenance, Role, Scenario, Study

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd

    from gapmap.analysis.need import Ground
    from gapmap.layers.catalogue import LayerSpec, StudySpec
    from gapmap.layers.sites import CheckedSites

__all__ = [
    "TableFile",
    "assess_gaps",
    "check_sites",
    "compile_kernels",
    "default_scenario",
    "load_study",
    "prepare",
    "with_sites",
]


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
        partial(standardise_areas, attributes=intake.attributes(need_spec)),
    )
    need_points = neighbourhoods = None
    for layer in spec.of_role(Role.NEED_POINTS):
        need_points = intake.admit(layer, partial(standardise_need_points, areas=areas))
    for layer in spec.of_role(Role.NEIGHBOURHOODS):
        neighbourhoods = intake.admit(layer, standardise_neighbourhoods)
    candidates = {
        layer.id: intake.admit(layer, standardise_candidates)
        for layer in spec.of_role(Role.CANDIDATES)
    }
    context = {
        layer.id: intake.admit(layer, standardise_context) for layer in spec.of_role(Role.CONTEXT)
    }
    checked = [intake.admit_sites(layer, areas) for layer in spec.of_role(Role.SITES)]
    return Study(
        id=spec.id,
        name=spec.name,
        summary=spec.summary,
        measures=spec.measures,
        words=spec.words,
        reach=spec.reach,
        areas=areas,
        sites=_all_sites(checked, spec, areas),
        data_version=intake.digest(),
        need_points=need_points,
        neighbourhoods=neighbourhoods,
        candidates=candidates,
        context=context,
        public_kinds=spec.public_kinds,
        desert_need=spec.desert_need,
        view_within=spec.view_within,
        provenance=tuple(intake.provenance),
        sites_reports=tuple(one.report for one in checked),
    )


def prepare(study: Study) -> Ground:
    """Lay out the need side of a study; keep it, and hand it to :func:`assess_gaps`."""
    from gapmap.analysis.need import Ground

    return Ground(study)


def default_scenario(study: Study) -> Scenario:
    """Return the question that a study asks before anybody has touched a control."""
    return Scenario(
        study=study.id,
        measure=next(iter(study.measures)),
        reach=study.reach,
        method=study.default_method,
    )


def assess_gaps(
    study: Study, scenario: Scenario | None = None, ground: Ground | None = None
) -> GapAssessment:
    """Measure who is in reach of the sites that count, and who is not.

    Parameters
    ----------
    study
        The study.
    scenario
        The question; by default the one of :func:`default_scenario`.
    ground
        Result of :func:`prepare` for a study with the same need side, to save time.
    """
    from gapmap.analysis.gaps import assess

    return assess(study, scenario or default_scenario(study), ground or prepare(study))


def compile_kernels() -> None:
    """Have the compiled loops ready, so that nobody waits for them in the middle of a meeting.

    Takes about ten seconds on a machine that never ran them, and less than one afterwards.
    """
    import shapely

    from gapmap.analysis.circles import Rings
    from gapmap.analysis.coverage import areal_coverage, areal_share, points_coverage
    from gapmap.analysis.reach import nearest_site

    square = Rings.of([shapely.box(0, 0, 1, 1)])
    points_coverage([0.0], [0.0], [0.0], [0.0], [0], 1.0)
    nearest_site([0.0], [0.0], [0.0], [0.0])
    areal_coverage(square, [0.0], [0.0], [0], 1.0)
    areal_share(square, [0.0], [0.0], 1.0)


def check_sites(
    raw: TableFile,
    *,
    study: Study | None = None,
    margin_m: float = 0.0,
    columns: Mapping[str, str] | None = None,
) -> CheckedSites:
    """Put a site list through the import gate.

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
        **(
            {} if study is None else _place_of(study.areas, study.name, study.words.meals, margin_m)
        ),
    )
    report = replace(checked.report, warnings=raw.warnings + checked.report.warnings)
    return replace(checked, report=report)


def with_sites(study: Study, checked: CheckedSites) -> Study:
    """Return the study with another site list in place of its own."""
    report = checked.report
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
        self.provenance: list[Provenance] = []

    def _file(self, name: str) -> TableFile:
        if name not in self._files:
            self._files[name] = self._read(name)
        return self._files[name]

    def attributes(self, layer: LayerSpec) -> pd.DataFrame | None:
        return None if layer.table is None else self._file(layer.table.file).table

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
                notes=notes,
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
