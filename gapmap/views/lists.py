"""Site lists and their rows as files for people's own spreadsheets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from gapmap.views.exports import safe_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["list_csv"]

_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")


def list_csv(table: pd.DataFrame) -> bytes:
    """Write rows as CSV in which no spreadsheet finds a formula.

    Numbers written as text stay numbers: a longitude begins with a minus as a formula may.
    """
    safe = table.map(_safe)
    text: str = safe.to_csv(index=False)
    return text.encode("utf-8-sig")


def _safe(cell: Any) -> Any:
    if not isinstance(cell, str) or _NUMBER.fullmatch(cell):
        return cell
    return safe_text(cell)
