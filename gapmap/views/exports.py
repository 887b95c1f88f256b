"""An assessment as a file: tables for spreadsheets, layers for GIS, one page for everybody.

Every file carries what its figures are: measure, reach, method, whose sites count, sources, and
whether anything in it is modelled or illustrative. Text that a spreadsheet would run as a
formula is written so that it cannot.
"""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd

from gapmap.errors import RequestError
from gapmap.geo import STORED_CRS
from gapmap.margins import interval
from gapmap.views.lawful_map import is_proxy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from gapmap.model import GapAssessment, Study

__all__ = [
    "FORMATS",
    "areas_table",
    "csv_bytes",
    "export_bytes",
    "geopackage_bytes",
    "safe_text",
    "sources_table",
    "summary",
    "workbook_bytes",
]

FORMATS: Final = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".parquet": "application/vnd.apache.parquet",
    ".html": "text/html",
}
"""File endings that can be written, with their media types."""

_MOST_RANKED: Final = 100
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def export_bytes(assessment: GapAssessment, study: Study, suffix: str) -> bytes:
    """Return an assessment as the bytes of a file.

    Parameters
    ----------
    assessment
        The answer to export.
    study
        The study it was asked of, with the same site list.
    suffix
        One of :data:`FORMATS`.

    Raises
    ------
    RequestError
        If the ending is none of them.
    """
    match suffix.lower():
        case ".csv":
            return csv_bytes(areas_table(assessment, study))
        case ".xlsx":
            return _workbook(assessment, study)
        case ".geojson":
            return _geojson(assessment, study)
        case ".gpkg":
            return _geopackage(assessment, study)
        case ".parquet":
            buffer = io.BytesIO()
            _areas_layer(assessment, study).to_parquet(buffer, index=False)
            return buffer.getvalue()
        case ".html":
            from gapmap.views.offline import offline_page

            return offline_page(assessment, study).encode("utf-8")
    raise RequestError(f"gapmap cannot write “{suffix}” files. It can write {', '.join(FORMATS)}.")


def summary(assessment: GapAssessment, study: Study) -> dict[str, Any]:
    """Return what an assessment says and how it was made, ready for JSON."""
    scenario = assessment.scenario
    low, high = interval(assessment.need_total, assessment.need_moe)
    return {
        "study": study.id,
        "name": study.name,
        "measure": assessment.measure.id,
        "measure_label": assessment.measure.label,
        "unit": assessment.measure.unit,
        "is_modelled": assessment.measure.is_modelled,
        "has_illustrative_layers": study.is_illustrative,
        "method": scenario.method.value,
        "reach": str(scenario.reach),
        "reach_m": round(scenario.reach.metres, 3),
        "who": scenario.who.value,
        "meal": scenario.meal,
        "day": scenario.day,
        "count_unknown": scenario.count_unknown,
        "partners_asked": None if scenario.partners is None else list(scenario.partners),
        "within": scenario.within,
        "need_total": _number(assessment.need_total),
        "need_moe": _number(assessment.need_moe),
        "need_low": _number(float(low)),
        "need_high": _number(float(high)),
        "need_moe_method": assessment.need_moe_method or None,
        "areas_without_moe": assessment.areas_without_moe,
        "need_in_reach": _number(assessment.need_in_reach),
        "need_in_reach_share": _number(assessment.need_in_reach_share, 6),
        "need_out_of_reach": _number(assessment.need_out_of_reach),
        "need_in_reach_of_two_partners": _number(assessment.overlap_need),
        "eligible_and_out_of_reach": _number(assessment.eligible_gap),
        "out_of_reach_eligibility_unknown": _number(assessment.eligible_gap_unknown),
        "eligibility_is_proxy": is_proxy(study),
        "areas": assessment.areas_count,
        "areas_with_unknown_need": assessment.areas_unknown,
        "areas_without_site": assessment.areas_without_site,
        "sites_used": assessment.sites_used,
        "sites_with_unknown_schedule": assessment.sites_unknown_schedule,
        "sites_left_out": dict(assessment.sites_left_out),
        "neighbourhoods": _records(assessment.neighbourhoods),
        # Where nothing has a name to rank by, the areas themselves are ranked.
        "ranked_areas": _ranked_areas(assessment),
        "groups": _records(assessment.groups),
        "partners": _records(assessment.partners),
        "notes": list(assessment.notes),
        "provenance": [
            {
                "layer": entry.layer,
                "role": entry.role.value,
                "title": entry.title,
                "source": entry.source,
                "vintage": entry.vintage,
                "licence": entry.licence,
                "file": entry.file,
                "sha256": entry.sha256,
                "rows_in": entry.rows_in,
                "rows_out": entry.rows_out,
                "method": entry.method,
                "is_modelled": entry.is_modelled,
                "is_illustrative": entry.is_illustrative,
                "is_proxy": entry.is_proxy,
                "fetched": _day(entry.fetched),
                "determined": _day(entry.determined),
                "notes": list(entry.notes),
            }
            for entry in assessment.provenance
        ],
        "data_version": assessment.data_version,
    }


def areas_table(assessment: GapAssessment, study: Study) -> pd.DataFrame:
    """Return one row an area in question, with what its figures are."""
    scenario = assessment.scenario
    table = assessment.areas[assessment.areas["is_within"]].drop(columns="is_within")
    return table.assign(
        measure=assessment.measure.label,
        need_is="modelled" if assessment.measure.is_modelled else "as published",
        sites_are="illustrative" if study.has_illustrative_sites else "as listed",
        reach=str(scenario.reach),
        method=scenario.method.value,
        who=scenario.who.value,
    )


def safe_text(text: str) -> str:
    """Return text that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _safe(table: pd.DataFrame) -> pd.DataFrame:
    texts = table.select_dtypes(exclude="number").columns
    return table.assign(
        **{
            column: table[column].map(
                lambda cell: safe_text(cell) if isinstance(cell, str) else cell
            )
            for column in texts
        }
    )


def csv_bytes(table: pd.DataFrame) -> bytes:
    """Return a table as the bytes of a CSV file that no spreadsheet runs."""
    text: str = _safe(table).to_csv(index=False)
    return text.encode("utf-8-sig")


def _areas_layer(assessment: GapAssessment, study: Study) -> gpd.GeoDataFrame:
    table = areas_table(assessment, study)
    shapes = study.areas.geometry.iloc[table.index]
    return gpd.GeoDataFrame(
        table.reset_index(drop=True), geometry=shapes.to_numpy(), crs=STORED_CRS
    )


def _neighbourhoods_layer(assessment: GapAssessment, study: Study) -> gpd.GeoDataFrame | None:
    if study.neighbourhoods is None:
        return None
    shapes = study.neighbourhoods.set_index("neighbourhood_id").geometry
    table = assessment.neighbourhoods
    return gpd.GeoDataFrame(
        table, geometry=shapes.reindex(table["neighbourhood_id"]).to_numpy(), crs=STORED_CRS
    )


def _sites_layer(assessment: GapAssessment, study: Study) -> gpd.GeoDataFrame:
    sites = study.sites.drop(columns=["name", "partner", "kind"])
    layer = sites.merge(assessment.sites, on="site_id", how="left")
    return gpd.GeoDataFrame(layer, crs=STORED_CRS).assign(
        sites_are="illustrative" if study.has_illustrative_sites else "as listed"
    )


def sources_table(assessment: GapAssessment) -> pd.DataFrame:
    """Return one row a source, with what its figures are."""
    return pd.DataFrame(
        [
            {
                "layer": entry.layer,
                "role": entry.role.value,
                "title": entry.title,
                "what it is": entry.figures_are,
                "is a proxy": entry.is_proxy,
                "fetched": _day(entry.fetched),
                "determined": _day(entry.determined),
                "source": entry.source,
                "vintage": entry.vintage,
                "licence": entry.licence,
                "method": entry.method,
                "rows in": entry.rows_in,
                "rows out": entry.rows_out,
                "notes": "; ".join(entry.notes),
                "file": entry.file,
                "sha256": entry.sha256,
            }
            for entry in assessment.provenance
        ]
    )


def _summary_table(assessment: GapAssessment, study: Study) -> pd.DataFrame:
    facts = summary(assessment, study)
    rows = [
        (key.replace("_", " "), value)
        for key, value in facts.items()
        if not isinstance(value, list | dict)
    ]
    rows += [
        (f"sites left out: {reason}", count) for reason, count in facts["sites_left_out"].items()
    ]
    rows += [("note", note) for note in facts["notes"]]
    return pd.DataFrame(rows, columns=["what", "figure"])


def _workbook(assessment: GapAssessment, study: Study) -> bytes:
    sheets = {
        "Summary": _summary_table(assessment, study),
        study.words.neighbourhoods.capitalize()[:31]: assessment.neighbourhoods,
        study.words.areas.capitalize()[:31]: areas_table(assessment, study),
        "Partners": assessment.partners,
        "Sites": pd.DataFrame(_sites_layer(assessment, study)).drop(columns="geometry"),
        "Sources": sources_table(assessment),
    }
    return workbook_bytes(sheets)


def workbook_bytes(sheets: Mapping[str, pd.DataFrame]) -> bytes:
    """Return tables as the bytes of a workbook, a sheet each, that no spreadsheet runs."""
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    with pd.ExcelWriter(
        buffer, engine="xlsxwriter", engine_kwargs={"options": options}
    ) as workbook:
        for name, table in sheets.items():
            table.to_excel(workbook, sheet_name=name, index=False, freeze_panes=(1, 0))
            sheet = workbook.sheets[name]
            for position, column in enumerate(table.columns):
                longest = table[column].astype(str).str.len().max() if len(table) else 0
                sheet.set_column(position, position, min(max(len(str(column)), longest) + 2, 60))
            if len(table):
                sheet.autofilter(0, 0, len(table), len(table.columns) - 1)
    return buffer.getvalue()


def _geojson(assessment: GapAssessment, study: Study) -> bytes:
    collection = json.loads(_areas_layer(assessment, study).to_json(drop_id=True))
    collection["gapmap"] = summary(assessment, study)
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()


def _geopackage(assessment: GapAssessment, study: Study) -> bytes:
    return geopackage_bytes(
        {
            "areas": _areas_layer(assessment, study),
            "neighbourhoods": _neighbourhoods_layer(assessment, study),
            "sites": _sites_layer(assessment, study),
            "sources": sources_table(assessment),
        }
    )


def geopackage_bytes(layers: Mapping[str, pd.DataFrame | None]) -> bytes:
    """Return layers as the bytes of one GeoPackage, in their order; empty ones are left out."""
    with tempfile.TemporaryDirectory(prefix="gapmap-") as folder:
        path = Path(folder) / "gapmap.gpkg"
        for name, layer in layers.items():
            if layer is not None and len(layer):
                _write_layer(layer, path, name)
        return path.read_bytes()


def _write_layer(layer: pd.DataFrame, path: Path, name: str) -> None:
    import pyogrio

    texts = {
        column: layer[column].astype(object).where(layer[column].notna(), None)
        for column in layer.columns
        if column != "geometry" and layer[column].dtype == object
    }
    pyogrio.write_dataframe(
        layer.assign(**texts), path, layer=name, driver="GPKG", append=path.exists()
    )


def _number(value: float, digits: int = 3) -> float | None:
    return None if value != value else round(float(value), digits)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _ranked_areas(assessment: GapAssessment) -> list[dict[str, Any]]:
    areas = assessment.areas
    if "rank" not in areas:
        return []
    ranked = areas.dropna(subset="rank").sort_values("rank").head(_MOST_RANKED)
    columns = ["rank", "geoid", "name", "need", "need_in_reach", "gap", "in_reach_share"]
    errors = ["need_moe", "gap_moe", "rank_low", "rank_high", "rank_reading", "eligible_gap"]
    return _records(ranked[[*columns, *errors]])


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=6))
    return records
