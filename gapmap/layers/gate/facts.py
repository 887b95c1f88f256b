"""What a site list says about its sites beside place and schedule, and what nobody could read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from gapmap.layers.gate.addresses import full_zip
from gapmap.layers.gate.columns import SiteColumns, each
from gapmap.layers.gate.values import (
    read_date,
    read_kind,
    read_number,
    read_service_model,
    read_status,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Book", "read_facts"]

_KINDS_EXPECTED: Final = "open, restricted open, closed, camp or migrant"


class Book:
    """Keeps the texts that were not understood, of rows that are kept."""

    def __init__(
        self, columns: SiteColumns, names: NDArray[Any], lines: NDArray[Any], kept: NDArray[Any]
    ) -> None:
        self._columns = columns
        self._names = names
        self._lines = lines
        self._kept = kept
        self._entries: list[tuple[int, str, str, str, str]] = []

    def note(
        self, missed: NDArray[np.bool_], field: str, texts: NDArray[Any], expected: str
    ) -> None:
        """Note the rows whose text was not understood."""
        label = self._columns.label(field)
        for row in np.flatnonzero(missed & self._kept):
            entry = (int(self._lines[row]), self._names[row], label, texts[row], expected)
            self._entries.append(entry)

    def read(self, field: str, read: Callable[[str], Any], expected: str) -> NDArray[Any]:
        """Read a field; what is not understood is None and noted."""
        texts = self._columns.texts(field)
        answers = each(texts, lambda text: read(text) if text else None)
        missed = np.array([one is None for one in answers], dtype=bool) & (texts != "")
        self.note(missed, field, texts, expected)
        return answers

    def table(self) -> pd.DataFrame:
        """Return the notes in the order of the file."""
        names = ["row", "name", "column", "found", "expected"]
        table = pd.DataFrame(self._entries, columns=names).sort_values("row", kind="stable")
        table = table.astype({"row": "int64"} | dict.fromkeys(names[1:], "str"))
        return table.reset_index(drop=True)


def read_facts(columns: SiteColumns, book: Book) -> dict[str, NDArray[Any]]:
    """Read everything about a site but its place and its schedule."""
    start = book.read("start_date", read_date, "a date such as 2025-06-02 or 06/02/2025")
    end = book.read("end_date", read_date, "a date such as 2025-08-08 or 08/08/2025")
    backwards = np.array(
        [bool(one and two and two < one) for one, two in zip(start, end, strict=True)], dtype=bool
    )
    book.note(backwards, "end_date", columns.texts("end_date"), "a date not before the start")
    start[backwards] = end[backwards] = None
    model = book.read("service_model", read_service_model, "congregate or non-congregate")
    names = columns.texts("name")
    is_twin = np.array([name[:3].upper() == "NC_" for name in names], dtype=bool)
    model[np.array([one is None for one in model], dtype=bool) & is_twin] = "non-congregate"
    kinds, is_assumed = _kinds(columns, book)
    return {
        "partner": columns.texts("partner"),
        "kind": kinds,
        "kind_is_assumed": is_assumed,
        "service_model": model,
        "start_date": start,
        "end_date": end,
        "capacity": book.read("capacity", _read_capacity, "a number of people, 0 or more"),
        "address": _addresses(columns),
        "status": each(columns.texts("status"), lambda text: text and read_status(text)[0]),
    }


def _kinds(columns: SiteColumns, book: Book) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the kinds, and which of them the list does not say but is known for."""
    layout = columns.layout
    chosen = set(columns.values.get("kind", {}).values())

    def read(text: str) -> str | None:
        if text in chosen:
            return text.lower()
        known = read_kind(text)
        return known if known or layout.is_federal else text.lower()

    kinds = book.read("kind", lambda text: read(text) or _no_kind(text), _KINDS_EXPECTED)
    unsaid = (kinds == "") | (columns.texts("kind") == "")
    kinds[unsaid] = None
    if layout.is_federal:
        # Some lists write the kind where others write the status.
        statuses = each(columns.texts("status"), lambda text: read_kind(text) if text else None)
        kinds[unsaid] = statuses[unsaid]
        unsaid &= np.array([one is None for one in statuses], dtype=bool)
    if layout.assumed_kind is None:
        return kinds, np.zeros(len(kinds), dtype=bool)
    kinds[unsaid] = layout.assumed_kind
    return kinds, unsaid


def _no_kind(text: str) -> str | None:
    """Return "" for what some lists say in place of a kind: whether the site moves."""
    return "" if text.lower() in ("fixed", "mobile") else None


def _read_capacity(text: str) -> float | None:
    number = read_number(text)
    return number if number is not None and number >= 0 else None


def _addresses(columns: SiteColumns) -> NDArray[Any]:
    zips = each(columns.texts("zip"), full_zip)
    parts = [columns.texts(field) for field in ("address", "street", "street2", "city", "state")]
    addresses = [
        ", ".join(
            part for part in (address or street, street2, city, f"{state} {code}".strip()) if part
        )
        for address, street, street2, city, state, code in zip(*parts, zips, strict=True)
    ]
    return np.array(addresses, dtype=object)
