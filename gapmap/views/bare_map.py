"""A folium map that asks no other server for anything, and what can be hung on it.

folium's own map fetches six scripts from other people's servers; without a network it stays
blank. Everything here is told its addresses, and texts pass into scripts as JSON only.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import folium
from branca.element import MacroElement
from folium.elements import JSCSSMixin
from folium.template import Template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapmap.model import Study

__all__ = ["BareMap", "Message", "MountedLayer", "bare_map", "script_json"]


class BareMap(folium.Map):
    """A folium map without the scripts that folium fetches from other servers."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium's own form
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


class MountedLayer(JSCSSMixin, MacroElement):
    """Everything that stays on a map while figures change.

    Parameters
    ----------
    mount
        The function of ours that is called with the map and the settings.
    settings
        What it is told.
    scripts, styles
        Addresses of our files, Leaflet's own among them.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "{{ this.mount }}({{ this._parent.get_name() }}, {{ this.settings }});"
        "{% endmacro %}"
    )

    def __init__(
        self,
        mount: str,
        settings: dict[str, Any],
        *,
        scripts: Sequence[str],
        styles: Sequence[str],
    ) -> None:
        super().__init__()
        self._name = "MountedLayer"
        self.mount = mount
        self.settings = script_json(settings)
        # Leaflet's own addresses too: the map's defaults point to other people's servers.
        self.default_js = [(address, address) for address in scripts]
        self.default_css = [(address, address) for address in styles]


class Message(MacroElement):
    """A few figures for what is already drawn: the only thing that is sent again.

    Parameters
    ----------
    tell
        The function of ours that is called with the figures.
    state
        The figures.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}{{ this.tell }}({{ this.state }});{% endmacro %}"
    )

    def __init__(self, tell: str, state: dict[str, Any]) -> None:
        super().__init__()
        self._name = "Message"
        self.tell = tell
        self.state = script_json(state)


def bare_map(study: Study, *, max_zoom: int = 18) -> BareMap:
    """Return an empty map in the middle of a study, the same every time."""
    west, south, east, north = study.areas.total_bounds
    return BareMap(
        location=[round((south + north) / 2, 5), round((west + east) / 2, 5)],
        zoom_start=10,
        tiles=None,
        zoom_snap=0.25,
        zoom_delta=0.5,
        scroll_wheel_zoom=False,
        attribution_control=False,
        max_zoom=max_zoom,
        min_zoom=3,
    )


def script_json(value: object) -> str:
    """Write JSON that can stand inside a script, whatever texts it holds."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for sign in "<>&'`":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    # A template literal or a second pass through a template must find nothing to fill in.
    return text.replace("${", "\\u0024{").replace("{{", "{ {").replace("}}", "} }")
