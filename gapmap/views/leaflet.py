"""Where Leaflet's own files lie on this machine: a package without code brings them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final

from gapmap.errors import MissingFileError

__all__ = ["leaflet_folder"]

_PACKAGE: Final = "js_lib_leaflet"


def leaflet_folder() -> Path:
    """Return the folder of ``leaflet.js`` and ``leaflet.css``, their package not imported.

    Raises
    ------
    MissingFileError
        If the package is not installed.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise MissingFileError(
            "Leaflet's files are not installed. Install the package django-js-lib-leaflet."
        )
    return Path(spec.submodule_search_locations[0]) / "static" / _PACKAGE
