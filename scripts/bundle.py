"""Build hook: put the app, the layers and the demo data into a wheel, under ``gapmap/_bundle``.

An editable install needs no copy: there ``gapmap`` finds them at the root of the repository.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLED = ("app.py", "data", "layers")


class Bundle(BuildHookInterface):  # type: ignore[type-arg]  # its parameter is private to hatchling
    """Add the bundled files to a standard wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name what goes where; refuse a wheel that would start without its demo."""
        if version != "standard":
            return
        for name in BUNDLED:
            path = Path(self.root) / name
            if not path.exists():
                raise FileNotFoundError(f"A wheel needs {name}, which is not in {self.root}.")
            build_data["force_include"][str(path)] = f"gapmap/_bundle/{name}"
