"""What the environment says: where studies and their files are looked up."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Settings", "bundle_folder"]


def bundle_folder() -> Path:
    """Return the folder that holds ``app.py``, ``data/`` and ``layers/``.

    In an installed wheel that is inside the package; in a checkout it is the repository root.
    """
    package = Path(__file__).resolve().parent
    bundled = package / "_bundle"
    return bundled if bundled.is_dir() else package.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between two installations.

    Parameters
    ----------
    layer_folders
        Folders of studies, searched in this order; the first study of a name wins.
    data_folders
        Folders in which a layer's ``file`` is looked up, in this order.
    tiles_url, tiles_attribution
        Optional base map tiles; the map works without.
    """

    layer_folders: tuple[Path, ...]
    data_folders: tuple[Path, ...]
    tiles_url: str = ""
    tiles_attribution: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read ``GAPMAP_LAYERS``, ``GAPMAP_DATA`` (path lists) and ``GAPMAP_TILES_*``."""
        home = bundle_folder()
        return cls(
            layer_folders=(*_folders(environment.get("GAPMAP_LAYERS", "")), home / "layers"),
            data_folders=(*_folders(environment.get("GAPMAP_DATA", "")), home / "data"),
            tiles_url=environment.get("GAPMAP_TILES_URL", ""),
            tiles_attribution=environment.get("GAPMAP_TILES_ATTRIBUTION", ""),
        )


def _folders(path_list: str) -> tuple[Path, ...]:
    return tuple(Path(part).expanduser() for part in path_list.split(os.pathsep) if part.strip())
