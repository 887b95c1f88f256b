"""Our own scripts and styles, and Leaflet's: which there are, and where browsers find them."""

from __future__ import annotations

import functools
import hashlib
import re
from typing import TYPE_CHECKING, Final

from gapmap.views.compare_map import COMPARE_SCRIPTS, COMPARE_STYLES
from gapmap.views.leaflet import leaflet_folder
from gapmap.views.maps import ASSETS_FOLDER, MAP_SCRIPTS, MAP_STYLES
from gapmap.views.pick_map import PICK_SCRIPT
from gapmap.views.plan_map import PLAN_SCRIPT
from gapmap.views.room_map import ROOM_SCRIPTS, ROOM_STYLES
from gapmap.views.territory_map import TERRITORY_SCRIPTS, TERRITORY_STYLES

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LEAFLET_ASSETS", "MAP_ASSETS", "asset_content", "asset_version"]

MAP_ASSETS: Final = (*MAP_SCRIPTS, *MAP_STYLES)
LEAFLET_ASSETS: Final = ("leaflet.js", "leaflet.css")
# Scripts and styles of the maps that are not the gap map.
_PAGE_ASSETS: Final = (
    *(PICK_SCRIPT, PLAN_SCRIPT),
    *(*COMPARE_SCRIPTS, *COMPARE_STYLES),
    *(*TERRITORY_SCRIPTS, *TERRITORY_STYLES),
    *(*ROOM_SCRIPTS, *ROOM_STYLES),
)


def asset_content(name: str) -> bytes | None:
    """Return what is in an asset, None if there is none of that name."""
    path = _file(name)
    return None if path is None else path.read_bytes()


def _file(name: str) -> Path | None:
    """Find an asset by its name; only names on a short list are ever looked up."""
    if name in (*MAP_ASSETS, *_PAGE_ASSETS):
        return ASSETS_FOLDER / name
    if name in LEAFLET_ASSETS or re.fullmatch(r"images/[a-z0-9-]+\.png", name):
        path = leaflet_folder() / name
        return path if path.is_file() else None
    return None


@functools.cache
def asset_version() -> str:
    """Return a name for the assets as they are, so that browsers may keep them for ever."""
    digest = hashlib.sha256()
    for name in (*MAP_ASSETS, *_PAGE_ASSETS, *LEAFLET_ASSETS):
        digest.update(asset_content(name) or b"")
    return digest.hexdigest()[:12]
