"""The feature service of summer meal sites: a service a year, in small pages."""

from __future__ import annotations

import math
import re
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tests.fake_sources.answers import Answer, Changes, Query, json_answer, page
from tests.fake_sources.site_list import sites_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_sources.region import Region

__all__ = ["PAGE_SIZE", "SiteService"]

SERVICES = {
    "Summer_Meal_Sites_2019": 2019,
    "Summer_Meal_Site_Finder_2025": 2025,
    "Summer_Meal_Site_Finder_2026": 2026,
}
OTHERS = ("SNAP_Retailer_Locations", "School_Breakfast_Survey_2031", "Summer_Meal_Site_Finder_View")
"""Services of the same organisation that hold no sites of a year."""

PAGE_SIZE = 15
OBJECT_IDS = ("FID", "OBJECTID")


class SiteService:
    """Answers below ``/arcgis``.

    Attributes
    ----------
    asked_fields
        Every field that any question named, with ``*`` for all: so a test can see that no
        contact was ever asked for.
    """

    def __init__(self, region: Region) -> None:
        self.region = region
        self.asked_fields: set[str] = set()
        self._lock = threading.Lock()

    def answer(self, path: str, query: Query, changes: Changes) -> Answer:
        """Answer one question; an error comes with status 200 and says so inside, as there."""
        if path in ("", "/"):
            return json_answer(_service_list())
        found = re.fullmatch(r"/(\w+)/FeatureServer(?:/(\d+)(/query)?)?", path)
        name, layer, is_query = found.groups() if found else ("", None, None)
        if name not in SERVICES:
            return page("404 Not Found", f"There is no service at {path}.", 404)
        sites = sites_of(self.region, SERVICES[name])
        gone = [old for old, new in changes.items() if new is None and old in sites]
        sites = sites.drop(columns=gone).rename(columns={o: n for o, n in changes.items() if n})
        if layer is None:
            return json_answer({"currentVersion": 11.5, "layers": [{"id": 0, "name": name}]})
        if layer != "0":
            return _refusal(404, f"Layer {layer} not found")
        return self._features(sites, query) if is_query else json_answer(_metadata(name, sites))

    def _features(self, sites: pd.DataFrame, query: Query) -> Answer:
        def one(name: str, usual: str = "") -> str:
            return (query.get(name) or [usual])[0]

        try:
            chosen = sites[_condition(one("where"), sites)]
        except ValueError as error:
            return _refusal(400, f"Invalid query parameters. {error}")
        fields = [name.strip() for name in one("outFields", _object_id(sites)).split(",")]
        with self._lock:
            self.asked_fields |= set(fields)
        fields = list(sites.columns) if fields == ["*"] else fields
        for name in fields:
            if name not in sites:
                return _refusal(400, f"'Invalid field: {name}' parameter is invalid")
        if one("returnCountOnly") == "true":
            return json_answer({"count": len(chosen)})
        for order in reversed([part for part in one("orderByFields").split(",") if part.strip()]):
            field, _, way = order.strip().partition(" ")
            if field not in sites:
                return _refusal(400, f"'Invalid field: {field}' parameter is invalid")
            rising = way.strip().upper() != "DESC"
            chosen = chosen.sort_values(field, ascending=rising, kind="stable")
        offset = int(one("resultOffset", "0"))
        count = min(int(one("resultRecordCount", str(PAGE_SIZE))), PAGE_SIZE)
        part = chosen.iloc[offset : offset + count]
        project = _projection(one("outSR"))
        answer: dict[str, Any] = {
            "objectIdFieldName": _object_id(sites),
            "geometryType": "esriGeometryPoint",
            "spatialReference": {"wkid": 4326 if one("outSR") == "4326" else 102100},
            "fields": [_field(name, sites) for name in fields],
            "features": [_feature(row, fields, project) for _, row in part.iterrows()],
        }
        if offset + count < len(chosen):
            answer["exceededTransferLimit"] = True
        return json_answer(answer)


def _object_id(sites: pd.DataFrame) -> str:
    return next((name for name in OBJECT_IDS if name in sites), "FID")


def _service_list() -> dict[str, Any]:
    names = sorted([*SERVICES, *OTHERS])
    services = [{"name": name, "type": "FeatureServer"} for name in names]
    return {"currentVersion": 11.5, "services": services}


def _field(name: str, sites: pd.DataFrame) -> dict[str, Any]:
    if name in OBJECT_IDS:
        kind = "esriFieldTypeOID"
    elif name in ("Start_date", "End_date"):
        kind = "esriFieldTypeDate"
    elif pd.api.types.is_numeric_dtype(sites[name]):
        kind = "esriFieldTypeDouble"
    else:
        kind = "esriFieldTypeString"
    return {"name": name, "type": kind, "alias": name.replace("_", " ")}


def _metadata(name: str, sites: pd.DataFrame) -> dict[str, Any]:
    return {
        "currentVersion": 11.5,
        "id": 0,
        "name": name,
        "type": "Feature Layer",
        "description": "Made-up sites of a local stand-in for tests.",
        "geometryType": "esriGeometryPoint",
        "objectIdField": _object_id(sites),
        "maxRecordCount": PAGE_SIZE,
        "capabilities": "Query",
        "advancedQueryCapabilities": {"supportsPagination": True, "supportsOrderBy": True},
        "fields": [_field(column, sites) for column in sites.columns],
    }


def _condition(where: str, sites: pd.DataFrame) -> pd.Series:
    """Read conditions like ``Site_State='TX' AND Season='Summer 2026'`` and ``1=1``."""
    kept = pd.Series(True, index=sites.index)
    if not where.strip():
        raise ValueError("'where' clause is missing.")
    for part in re.split(r"\s+AND\s+", where.strip(), flags=re.IGNORECASE):
        if re.fullmatch(r"1\s*=\s*1", part):
            continue
        found = re.fullmatch(r"(\w+)\s*(?:=\s*'([^']*)'|IN\s*\(([^)]*)\))", part, re.IGNORECASE)
        if found is None or found[1] not in sites:
            raise ValueError(f"'where' clause is invalid: {part}")
        values = [found[2]] if found[2] is not None else re.findall(r"'([^']*)'", found[3])
        kept &= sites[found[1]].isin(values)
    return kept


def _projection(wanted: str) -> Callable[[float, float], tuple[float, float]]:
    """Return degrees as they are when asked for, else metres on the web's map."""
    if wanted == "4326":
        return lambda x, y: (x, y)
    radius = 6_378_137.0
    return lambda x, y: (
        radius * math.radians(x),
        radius * math.log(math.tan(math.pi / 4 + math.radians(y) / 2)),
    )


def _feature(
    row: pd.Series, fields: list[str], project: Callable[[float, float], tuple[float, float]]
) -> dict[str, Any]:
    values = {name: _plain(row[name]) for name in fields}
    feature: dict[str, Any] = {"attributes": values}
    x, y = _plain(row["X"]) if "X" in row else None, _plain(row["Y"]) if "Y" in row else None
    if x is not None and y is not None:
        feature["geometry"] = dict(zip("xy", project(x, y), strict=True))
    return feature


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    # Whole numbers lie in columns that have gaps: dates in milliseconds.
    return int(value) if isinstance(value, float) and value > 1e9 else value


def _refusal(code: int, message: str) -> Answer:
    return json_answer({"error": {"code": code, "message": message, "details": []}})
