"""Cells of a raw table: GEOIDs with their zeros, counts with their unknowns, rows of totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gapmap.errors import TableError
from gapmap.schema import NUMBERS_FOR_UNKNOWN, TEXTS_FOR_UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.layers.catalogue import LayerSpec

__all__ = ["pad_geoids", "rows_of_totals", "to_counts", "to_margins"]

_GEOID_LENGTHS: Final = (2, 5, 11, 12, 15)
"""Digits of a state, county, tract, block group and block. Source: Census Bureau."""

_EXACT_NUMBER: Final = -555555555
_EXACT_TEXT: Final = "*****"
"""What stands for the margin of an estimate that is controlled, so that it has no sampling error.

Source: Census Bureau, "Notes on ACS Estimate and Annotation Values".
"""

_NAMES_OF_TOTALS: Final = r"^\s*(?:grand\s+)?totals?\b|^\s*all\s+(?:tracts|areas|block groups)\b"


def pad_geoids(raw: pd.Series) -> pd.Series:
    """Return GEOIDs as text with their leading zeros.

    Reads ``1400000US24510010100``, numbers that lost their zeros on the way through a
    spreadsheet (``6001400100``, ``6001400100.0``), and leaves other texts as they are.

    Examples
    --------
    >>> list(pad_geoids(pd.Series([1001020100, "06001400100", "1400000US24510010100"])))
    ['01001020100', '06001400100', '24510010100']
    """
    text = raw.astype("string").str.strip()
    text = text.str.replace(r"^\d{3,7}US(?=\d)", "", regex=True)
    text = text.str.replace(r"^(\d+)\.0$", r"\1", regex=True)
    digits = text[text.str.fullmatch(r"\d+").fillna(False).astype(bool)]
    if len(digits):
        longest = int(digits.str.len().max())
        width = next((n for n in _GEOID_LENGTHS if longest <= n <= longest + 1), longest)
        # Only a state code can lose a zero, so a row is at most one digit short.
        short = digits.index[digits.str.len() == width - 1]
        text.loc[short] = "0" + text.loc[short]
    return text.astype(object).where(text.notna(), None)


def to_counts(raw: pd.Series, spec: LayerSpec, what: str) -> pd.Series:
    """Read counts as floats; what stands for unknown becomes NaN.

    Raises
    ------
    TableError
        With examples, if a value is neither a number nor a known mark of "unknown".
    """
    numbers = [*NUMBERS_FOR_UNKNOWN, *spec.unknown.numbers]
    if pd.api.types.is_numeric_dtype(raw):
        counts = raw.astype("float64")
    else:
        texts = {text.casefold() for text in (*TEXTS_FOR_UNKNOWN, *spec.unknown.texts)}
        text = raw.astype("string").str.strip()
        unknown = text.isna() | text.str.casefold().isin(texts)
        counts = pd.to_numeric(
            text.mask(unknown).str.replace(r"(?<=\d),(?=\d{3}\b)", "", regex=True),
            errors="coerce",
        ).astype("float64")
        strange = counts.isna() & ~unknown
        if strange.any():
            examples = "; ".join(
                f"row {row + 2} has “{text.iloc[row]}”" for row in np.flatnonzero(strange)[:3]
            )
            raise TableError(
                f"{what}: {int(strange.sum())} value(s) of {raw.name} are no numbers ({examples}). "
                "If they mean “unknown”, list them under [unknown] texts."
            )
    return counts.mask(counts.isin(numbers))


def to_margins(raw: pd.Series, spec: LayerSpec, what: str) -> pd.Series:
    """Read margins of error as floats; what stands for unknown becomes NaN.

    The survey holds some totals to a count made elsewhere; these have no sampling error, and
    their margin is read as 0. A sign in front of a margin (``±12``, ``+/-12``) is left away.
    """
    exact = raw.isin([_EXACT_NUMBER])
    if not pd.api.types.is_numeric_dtype(raw):
        text = raw.astype("string").str.strip().str.replace(r"^(?:±|\+/-)\s*", "", regex=True)
        exact |= text.isin([_EXACT_TEXT, str(_EXACT_NUMBER)]).fillna(False)
        raw = text
    return to_counts(raw, spec, what).mask(exact.astype(bool), 0.0)


def rows_of_totals(table: pd.DataFrame, key: pd.Series) -> NDArray[np.bool_]:
    """Find rows that sum up others: no key, a shorter key that others start with, or a name."""
    keys = key.fillna("").astype(str)
    totals = (keys == "").to_numpy(copy=True)
    digits = keys[keys.str.fullmatch(r"\d+")]
    if len(digits):
        longest = digits.str.len().max()
        totals |= (keys.str.fullmatch(r"\d+") & (keys.str.len() < longest - 1)).to_numpy()
    for column in table.columns:
        if column != "geometry" and str(column).casefold() in ("name", "geography", "namelsad"):
            names = (
                table[column]
                .astype("string")
                .str.contains(_NAMES_OF_TOTALS, case=False, regex=True)
            )
            totals |= names.fillna(False).to_numpy(dtype=bool)
    return np.asarray(totals, dtype=bool)
