"""What the environment says: where studies and their files are looked up."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Settings", "bundle_folder"]


CENSUS_URL: Final = "https://api.census.gov/data"
BOUNDARIES_URL: Final = "https://www2.census.gov/geo"
GEOCODER_URL: Final = "https://geocoding.geo.census.gov/geocoder"
SITES_URL: Final = "https://services1.arcgis.com/RLQu0rK7h4kbsBq5/arcgis/rest/services"


_NO: Final = ("off", "no", "false", "0")


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
    studies_folder
        Where fetched studies are kept, searched like the layer folders and after them.
    cache_folder
        Where answers of the services are kept.
    census_key
        Key of the Census programming interface, empty without one.
    census_url, boundaries_url, geocoder_url, sites_url
        Base addresses of the services.
    allows_fetch
        Whether visitors of the app may fetch studies.
    what_ifs_folder
        Where saved what-ifs are kept, a folder a study.
    database_url
        Where shared boards are kept, as SQLAlchemy writes addresses. It may hold a password.
    board_makers
        Who may make a board in the app, as it is written; it may hold a pass phrase.
    """

    layer_folders: tuple[Path, ...]
    data_folders: tuple[Path, ...]
    tiles_url: str = ""
    tiles_attribution: str = ""
    studies_folder: Path | None = None
    cache_folder: Path = Path("~/.cache/gapmap")
    census_key: str = field(default="", repr=False)
    census_url: str = CENSUS_URL
    boundaries_url: str = BOUNDARIES_URL
    geocoder_url: str = GEOCODER_URL
    sites_url: str = SITES_URL
    allows_fetch: bool = True
    what_ifs_folder: Path = Path("~/.local/share/gapmap/what-ifs")
    database_url: str = field(default="sqlite:///boards.db", repr=False)
    board_makers: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read ``CENSUS_API_KEY`` and the ``GAPMAP_*`` variables that the README lists."""
        home = bundle_folder()

        def folder(name: str, xdg: str, usual: str, below: str = "") -> Path:
            base = environment.get(xdg) or usual
            return Path(environment.get(name) or Path(base) / "gapmap" / below).expanduser()

        return cls(
            layer_folders=(*_folders(environment.get("GAPMAP_LAYERS", "")), home / "layers"),
            data_folders=(*_folders(environment.get("GAPMAP_DATA", "")), home / "data"),
            studies_folder=folder("GAPMAP_STUDIES", "XDG_DATA_HOME", "~/.local/share"),
            cache_folder=folder("GAPMAP_CACHE", "XDG_CACHE_HOME", "~/.cache"),
            what_ifs_folder=folder(
                "GAPMAP_WHAT_IFS", "XDG_DATA_HOME", "~/.local/share", "what-ifs"
            ),
            database_url=environment.get("GAPMAP_DATABASE_URL", "").strip()
            or f"sqlite:///{folder('', 'XDG_DATA_HOME', '~/.local/share', 'boards.db')}",
            board_makers=environment.get("GAPMAP_BOARD_MAKERS", "").strip(),
            census_key=environment.get("CENSUS_API_KEY", "").strip(),
            census_url=environment.get("GAPMAP_CENSUS_URL") or CENSUS_URL,
            boundaries_url=environment.get("GAPMAP_BOUNDARIES_URL") or BOUNDARIES_URL,
            geocoder_url=environment.get("GAPMAP_GEOCODER_URL") or GEOCODER_URL,
            sites_url=environment.get("GAPMAP_SITES_URL") or SITES_URL,
            allows_fetch=environment.get("GAPMAP_FETCH", "").strip().lower() not in _NO,
            tiles_url=environment.get("GAPMAP_TILES_URL", ""),
            tiles_attribution=environment.get("GAPMAP_TILES_ATTRIBUTION", ""),
        )


def _folders(path_list: str) -> tuple[Path, ...]:
    return tuple(Path(part).expanduser() for part in path_list.split(os.pathsep) if part.strip())
