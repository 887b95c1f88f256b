"""What the map draws, as files that a browser keeps: shapes, outlines and sites.

Each is JSON, packed and named by the digest of its content, so that it is fetched once and never
goes stale. Shapes are thinned for drawing only; nothing is ever measured on them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from gapmap.analysis.supply import partner_names
from gapmap.analysis.workings import percentage
from gapmap.views.partner_marks import listed_marks
from gapmap.views.schedules import schedule_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from gapmap.model import Role, Study

__all__ = [
    "ExtraLayer",
    "LayerFile",
    "area_layer",
    "eligibility_layer",
    "extra_layers",
    "outline_layer",
    "site_layer",
]

_DECIMALS: Final = 5
"""Of a degree: 1.1 m, finer than a line on any screen."""
_METRES_PER_DEGREE: Final = 111_320.0
_STEPS_ACROSS: Final = 3_500
"""Detail kept: about one step a pixel of a large screen that shows the whole study."""


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A layer as bytes to be served.

    Parameters
    ----------
    digest
        First 20 hexadecimal digits of the content's SHA-256: its name.
    packed
        The JSON, gzipped.
    """

    digest: str
    packed: bytes

    @classmethod
    def of(cls, text: str) -> LayerFile:
        """Pack a JSON text."""
        content = text.encode()
        return cls(hashlib.sha256(content).hexdigest()[:20], gzip.compress(content, 9, mtime=0))

    def text(self) -> str:
        """Return the JSON text."""
        return gzip.decompress(self.packed).decode()


@dataclass(frozen=True, slots=True)
class ExtraLayer:
    """A layer that is only looked at, drawn when somebody switches it on.

    Parameters
    ----------
    title
        Its name for people.
    role
        ``candidates`` or ``context``.
    file
        Its shapes, with the properties ``n`` name and ``k`` kind, either of them null.
    """

    title: str
    role: Role
    file: LayerFile


def area_layer(study: Study, neighbourhood_rows: NDArray[np.int64]) -> LayerFile:
    """Lay out the area shapes with what never changes about them.

    Parameters
    ----------
    study
        The study.
    neighbourhood_rows
        Row of the neighbourhood of each area, or -1.

    Returns
    -------
    GeoJSON, features in the order of the areas. Properties: ``n`` name, ``k`` row of the
    neighbourhood or null, ``w`` need by measure in the order of the measures, whole, null if
    unknown.
    """
    needs = np.column_stack([study.areas[measure].to_numpy() for measure in study.measures])
    properties = [
        {
            "n": name,
            "k": int(row) if row >= 0 else None,
            "w": [None if np.isnan(value) else round(float(value)) for value in values],
        }
        for name, row, values in zip(study.areas["name"], neighbourhood_rows, needs, strict=True)
    ]
    shapes = _thinned(study.areas)
    return _collection(study.areas["geoid"].tolist(), shapes, properties)


def outline_layer(study: Study) -> LayerFile | None:
    """Lay out the neighbourhood outlines; None if the study has none.

    Properties: ``n`` name, ``g`` group or null.
    """
    places = study.neighbourhoods
    if places is None or places.empty:
        return None
    properties = [
        {"n": name, "g": group if isinstance(group, str) else None}
        for name, group in zip(places["name"], places["group"], strict=True)
    ]
    return _collection(places["neighbourhood_id"].tolist(), _thinned(places), properties)


def site_layer(study: Study) -> LayerFile:
    """Lay out the sites in use and their partners."""
    sites = study.sites
    stated = partner_names(sites).tolist()
    marks = listed_marks(stated)
    order = {partner: index for index, partner in enumerate(marks)}
    rows = [
        {
            "i": site_id,
            "n": name,
            "p": order[partner],
            "t": timetable,
            "x": round(float(x), _DECIMALS),
            "y": round(float(y), _DECIMALS),
        }
        for site_id, name, partner, timetable, x, y in zip(
            sites["site_id"],
            sites["name"],
            stated,
            schedule_text(sites, study.words.meals),
            sites.geometry.x,
            sites.geometry.y,
            strict=True,
        )
    ]
    partners = [
        {"n": partner, "l": mark.letter, "c": mark.colour, "t": mark.ink}
        for partner, mark in marks.items()
    ]
    return LayerFile.of(_json({"partners": partners, "sites": rows}))


def extra_layers(study: Study) -> tuple[ExtraLayer, ...]:
    """Lay out the candidates and the context of a study, in the order of its sources."""
    tables = {**study.candidates, **study.context}
    return tuple(
        ExtraLayer(entry.title, entry.role, _extra_file(tables[entry.layer]))
        for entry in study.provenance
        if entry.layer in tables
    )


def eligibility_layer(table: gpd.GeoDataFrame, classes: str, threshold: float) -> LayerFile:
    """Lay out the areas of eligibility with what the rules say of them.

    Parameters
    ----------
    table
        Shapes with ``geoid``, ``name``, ``children``, ``share``, ``best_set`` (GEOIDs, empty where
        none opens the area) and ``best_share``.
    classes
        A character an area, as :class:`gapmap.views.colours.Colouring` has it.
    threshold
        The share that is asked: no percentage is written on the wrong side of it.

    Returns
    -------
    GeoJSON, features in the order of the areas. Properties: ``n`` name, ``c`` class, ``w`` children
    and ``s`` eligible share as a text, null if unknown, ``b`` rows of the averaged set that opens
    the area and ``a`` its share, both only where there is one.
    """
    rows = {geoid: row for row, geoid in enumerate(table["geoid"])}
    columns = [table[name] for name in ("name", "children", "share", "best_set", "best_share")]
    properties = []
    for mark, name, children, share, best_set, best_share in zip(classes, *columns, strict=True):
        about: dict[str, Any] = {
            "n": name,
            "c": mark,
            "w": None if np.isnan(children) else round(float(children)),
            "s": None if np.isnan(share) else percentage(float(share), threshold),
        }
        members = [rows[geoid] for geoid in best_set if geoid in rows]
        if len(members) > 1:
            about |= {"b": members, "a": percentage(float(best_share), threshold)}
        properties.append(about)
    return _collection(table["geoid"].tolist(), _thinned(table), properties)


def _extra_file(table: gpd.GeoDataFrame) -> LayerFile:
    def texts(column: str) -> list[str | None]:
        if column not in table.columns:
            return [None] * len(table)
        return [text if isinstance(text, str) else None for text in table[column]]

    properties = [
        {"n": name, "k": kind} for name, kind in zip(texts("name"), texts("kind"), strict=True)
    ]
    # Context may be lines, or polygons that overlap: no coverage to thin. It is rounded only.
    shapes = shapely.transform(
        shapely.force_2d(table.geometry.to_numpy()),
        lambda degrees: np.round(degrees, _DECIMALS),
    )
    return _collection([str(row) for row in range(len(table))], shapes, properties)


def _thinned(table: gpd.GeoDataFrame) -> NDArray[Any]:
    """Drop what no screen shows, borders shared by two shapes staying shared."""
    shapes = table.geometry.to_numpy()
    west, south, east, north = table.total_bounds
    # Metres near enough for a tolerance: one scale for each axis, that of the middle.
    scale = np.array(
        [_METRES_PER_DEGREE * np.cos(np.radians((south + north) / 2)), _METRES_PER_DEGREE]
    )
    across_m = float(max((east - west) * scale[0], (north - south) * scale[1]))
    tolerance_m = float(np.clip(across_m / _STEPS_ACROSS, 1.0, 2_000.0))
    plane = shapely.transform(shapes, lambda degrees: degrees * scale)
    thin = shapely.coverage_simplify(plane, tolerance_m)
    # A shape thinner than the tolerance would vanish: it keeps its own outline.
    lost = shapely.is_empty(thin) | shapely.is_missing(thin)
    thin = np.where(lost, plane, thin)
    drawn: NDArray[Any] = shapely.transform(
        thin, lambda metres: np.round(metres / scale, _DECIMALS)
    )
    return drawn


def _collection(
    identifiers: Sequence[str], shapes: NDArray[Any], properties: Sequence[dict[str, Any]]
) -> LayerFile:
    features = (
        f'{{"type":"Feature","id":{_json(identifier)},"properties":{_json(about)},'
        f'"geometry":{shape.replace(" ", "")}}}'
        for identifier, about, shape in zip(
            identifiers, properties, shapely.to_geojson(shapes), strict=True
        )
    )
    return LayerFile.of(f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}')


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
