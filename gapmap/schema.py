"""The contract of each role's standard table, checked once at the door.

After :func:`check_table` nobody downstream asks again whether a GEOID is text, an identifier is
unique, a count is negative or a shape is valid.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import shapely

from gapmap.errors import TableError
from gapmap.geo import STORED_CRS
from gapmap.model import WEEKDAYS, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandera.pandas as pa

__all__ = ["IDENTIFIER", "NUMBERS_FOR_UNKNOWN", "TEXTS_FOR_UNKNOWN", "check_table"]

IDENTIFIER: Final = {
    Role.NEED: "geoid",
    Role.SITES: "site_id",
    Role.CANDIDATES: "candidate_id",
    Role.NEIGHBOURHOODS: "neighbourhood_id",
    Role.ELIGIBILITY: "geoid",
    Role.SCHOOLS: "school_id",
}
"""The column that names a row, for the roles that have one."""

NUMBERS_FOR_UNKNOWN: Final = (
    -999999999,
    -888888888,
    -666666666,
    -555555555,
    -333333333,
    -222222222,
)
"""Numbers that Census answers hold where there is no estimate.

Source: Census Bureau, "Notes on ACS Estimate and Annotation Values".
"""

TEXTS_FOR_UNKNOWN: Final = ("", "-", "*", "**", "***", "*****", "(X)", "N", "NA", "N/A", "null")
"""Texts that published tables hold where there is no estimate."""

_DAYS_PATTERN: Final = rf"^({'|'.join(WEEKDAYS)})(;({'|'.join(WEEKDAYS)}))*$"
_HOURS_PATTERN: Final = r"^([01]\d|2[0-4]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$"
_TEXT_COLUMNS: Final = ("partner", "kind", "service_model", "meals", "address", "status")
_POLYGONS: Final = ("Polygon", "MultiPolygon")
_SHAPES: Final = {
    Role.NEED: _POLYGONS,
    Role.NEIGHBOURHOODS: _POLYGONS,
    Role.SITES: ("Point",),
    Role.CANDIDATES: ("Point",),
    Role.ELIGIBILITY: _POLYGONS,
    Role.SCHOOLS: ("Point", *_POLYGONS),
    Role.RURAL: _POLYGONS,
}


def check_table(
    table: pd.DataFrame, role: Role, *, what: str, measures: Sequence[str] = ()
) -> None:
    """Hold a standard table against the contract of its role.

    Parameters
    ----------
    table
        A standard table (see :class:`gapmap.model.Study` for the columns of each role).
    role
        What the table is.
    what
        The layer's name for messages.
    measures
        Measure columns, for ``need`` and ``need_points``.

    Raises
    ------
    TableError
        With up to three offending rows: column, value found, what was expected.
    """
    import pandera.errors
    import pandera.pandas as pa

    columns = _columns(role, tuple(measures))
    try:
        pa.DataFrameSchema(columns, strict=False).validate(table, lazy=True)
    except pandera.errors.SchemaErrors as error:
        raise TableError(_sentence(error.failure_cases, what)) from None
    _check_shapes(table, role, what)


def _columns(role: Role, measures: tuple[str, ...]) -> dict[str, pa.Column]:
    columns = dict(_fixed_columns(role))
    for measure in measures:
        columns[measure] = _count_column("a count of 0 or more, or unknown")
        columns[f"{measure}_moe"] = _count_column("a margin of 0 or more, or unknown", False)
    return columns


@cache
def _fixed_columns(role: Role) -> dict[str, pa.Column]:
    import pandera.pandas as pa

    def text(*, required: bool = True, nullable: bool = False, **extra: Any) -> pa.Column:
        is_text = pa.Check(
            lambda values: values.map(lambda value: isinstance(value, str) and value != ""),
            error="text",
        )
        return pa.Column(None, is_text, required=required, nullable=nullable, **extra)

    def pattern(form: str, expected: str) -> pa.Column:
        return pa.Column(
            None,
            pa.Check(lambda values: values.astype(str).str.match(form), error=expected),
            nullable=True,
            required=False,
        )

    def degrees(limit: float) -> pa.Column:
        return pa.Column(
            float, pa.Check.in_range(-limit, limit, error=f"degrees, -{limit:g} to {limit:g}")
        )

    match role:
        case Role.NEED:
            return {"geoid": text(unique=True), "name": text()}
        case Role.NEED_POINTS:
            return {"geoid": text(), "longitude": degrees(180.0), "latitude": degrees(90.0)}
        case Role.NEIGHBOURHOODS:
            return {
                "neighbourhood_id": text(unique=True),
                "name": text(),
                "group": text(nullable=True),
            }
        case Role.CANDIDATES:
            return {
                "candidate_id": text(unique=True),
                "name": text(),
                "kind": text(nullable=True, required=False),
            }
        case Role.ELIGIBILITY:
            figures = _count_column("a count of 0 or more, or unknown", False)
            return {
                "geoid": text(unique=True),
                "name": text(),
                r"^(children|eligible)_0_1[28](_moe)?$": _many(figures),
            }
        case Role.SCHOOLS:
            share = pa.Check.in_range(0, 1, error="a share of 0 to 1, or unknown")
            return {
                "school_id": text(unique=True),
                "name": text(),
                "frp_share": pa.Column(float, share, nullable=True),
                "enrolled": _count_column("a count of 0 or more, or unknown"),
            }
        case Role.SITES:
            optional = {name: text(nullable=True) for name in _TEXT_COLUMNS}
            return {
                "site_id": text(unique=True),
                "name": text(),
                "place_id": text(),
                **optional,
                "days": pattern(_DAYS_PATTERN, "weekday codes such as mon;tue"),
                "capacity": pa.Column(
                    None, pa.Check.ge(0, error="0 or more, or unknown"), nullable=True
                ),
                r"^.+_days$": _many(pattern(_DAYS_PATTERN, "weekday codes such as mon;tue")),
                r"^.+_hours$": _many(pattern(_HOURS_PATTERN, "hours such as 11:30-13:00")),
            }
        case _:
            return {}


def _many(column: pa.Column) -> pa.Column:
    column.regex = True
    return column


def _count_column(expected: str, required: bool = True) -> pa.Column:
    import pandera.pandas as pa

    return pa.Column(float, pa.Check.ge(0, error=expected), nullable=True, required=required)


def _sentence(failures: pd.DataFrame, what: str) -> str:
    found = []
    for failure in failures.head(3).to_dict("records"):
        column = failure["column"] or failure["failure_case"]
        check = str(failure["check"])
        if check == "column_in_dataframe":
            found.append(f"there is no column “{failure['failure_case']}”")
        elif "unique" in check:
            found.append(f"“{failure['failure_case']}” stands more than once in {column}")
        elif check == "not_nullable":
            found.append(f"{column} is empty in row {failure['index']}")
        else:
            found.append(
                f"row {failure['index']} has {failure['failure_case']!r} in {column}, "
                f"expected {check}"
            )
    more = f" ({len(failures) - 3} more)" if len(failures) > 3 else ""
    return f"{what} breaks the contract of its role: {'; '.join(found)}{more}."


def _check_shapes(table: pd.DataFrame, role: Role, what: str) -> None:
    wanted = _SHAPES.get(role)
    if "geometry" not in table.columns:
        if wanted:
            raise TableError(f"{what} has no shapes; it needs {' or '.join(wanted)}.")
        return
    crs = getattr(table, "crs", None)
    if crs != STORED_CRS:
        raise TableError(f"{what} is in {crs}, not in {STORED_CRS}.")
    shapes = table["geometry"].to_numpy()
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if missing.any():
        raise TableError(f"{what} has {int(missing.sum())} rows without a shape.")
    if wanted:
        kinds = pd.Series(table.geometry.geom_type)
        other = sorted(set(kinds) - set(wanted))
        if other:
            raise TableError(f"{what} has {', '.join(other)}; expected {' or '.join(wanted)}.")
    invalid = ~shapely.is_valid(shapes)
    if invalid.any():
        raise TableError(
            f"{what} has {int(invalid.sum())} invalid shapes: "
            f"{shapely.is_valid_reason(shapes[invalid][0])}."
        )
