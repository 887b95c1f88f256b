"""The files of a study in the making: the same bytes from the same tables, every time."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from gapmap.layers.catalogue import parse_study
from gapmap.sources.fetching.describe import to_toml
from gapmap.sources.fetching.folder import marked

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

__all__ = ["Draft"]


class Draft:
    """Collects the files of one study folder.

    Parameters
    ----------
    study_id
        Its name.
    """

    def __init__(self, study_id: str) -> None:
        self._study_id = study_id
        self._files: dict[str, bytes] = {}
        self._contents: list[tuple[str, int]] = []
        self.warnings: list[str] = []

    def add_table(self, name: str, table: pd.DataFrame | gpd.GeoDataFrame) -> None:
        """Add a Parquet file; GeoParquet if the table has shapes."""
        written = io.BytesIO()
        table.to_parquet(written, index=False, compression="zstd")
        self._enter(name, written.getvalue(), len(table))

    def add_list(self, name: str, table: pd.DataFrame) -> None:
        """Add a CSV file."""
        text = table.to_csv(index=False, lineterminator="\n")
        self._enter(name, text.encode("utf-8"), len(table))

    def add_layer(self, name: str, description: str) -> None:
        """Add the description of a layer."""
        self._files[f"{name}.toml"] = description.encode("utf-8")

    def add_study(self, described: Mapping[str, Any]) -> None:
        """Add the description of the study."""
        self._files["study.toml"] = to_toml(described).encode("utf-8")

    def _enter(self, name: str, content: bytes, rows: int) -> None:
        self._files[name] = content
        self._contents.append((name, rows))

    @property
    def contents(self) -> tuple[tuple[str, int], ...]:
        """Name and rows of every table."""
        return tuple(self._contents)

    def finished(self, about: Mapping[str, Any]) -> dict[str, bytes]:
        """Return the files, once their descriptions have been read back without a fault.

        Parameters
        ----------
        about
            How the study was made.
        """
        texts = {
            name: content.decode("utf-8")
            for name, content in self._files.items()
            if name.endswith(".toml")
        }
        parse_study(self._study_id, texts)
        return marked(self._files, about)
