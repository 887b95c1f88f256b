"""The map on which a person picks the place of one address.

It draws the study's areas, the names of its neighbourhoods and its sites, so that somebody who
knows the town finds the street without a base map; what is sent again is two points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import folium
from branca.element import MacroElement
from folium.elements import JSCSSMixin
from folium.template import Template

from gapmap.views.maps import script_json

if TYPE_CHECKING:
    from gapmap.model import Study

__all__ = ["PICK_SCRIPT", "PickAddresses", "pick_map", "pick_state"]

PICK_SCRIPT: Final = "pick.js"
"""Its script, beside those of the gap map."""


@dataclass(frozen=True, slots=True)
class PickAddresses:
    """Where the browser finds what the map needs, relative to the map's own page.

    Parameters
    ----------
    scripts, styles
        Leaflet's and our own, in the order to load them.
    areas, outlines, sites
        Layer files, as the gap map has them. The outlines are those of whatever has a name:
        neighbourhoods, and what is shown for orientation.
    """

    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    areas: str
    outlines: tuple[str, ...]
    sites: str


class _PlainMap(folium.Map):
    """A folium map without the scripts that folium fetches from other servers."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium's own form
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


class _PickLayer(JSCSSMixin, MacroElement):
    """Everything that stays while points come and go."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "window.gapmapPick.mount({{ this._parent.get_name() }}, {{ this.settings }});"
        "{% endmacro %}"
    )

    def __init__(self, settings: str, addresses: PickAddresses) -> None:
        super().__init__()
        self._name = "PickLayer"
        self.settings = settings
        self.default_js = [(address, address) for address in addresses.scripts]
        self.default_css = [(address, address) for address in addresses.styles]


class _Points(MacroElement):
    """The pin and the geocoder's guess."""

    _template = Template(
        "{% macro script(this, kwargs) %}window.gapmapPick.show({{ this.state }});{% endmacro %}"
    )

    def __init__(self, state: dict[str, Any]) -> None:
        super().__init__()
        self._name = "Points"
        self.state = script_json(state)


def pick_map(study: Study, addresses: PickAddresses, *, tiles: str = "") -> folium.Map:
    """Make the folium map: the same text for every row, so that it is drawn once.

    Parameters
    ----------
    study
        The study.
    addresses
        Where the browser finds layers and scripts.
    tiles
        Address pattern of base map tiles; empty for none.
    """
    west, south, east, north = (round(float(edge), 5) for edge in study.areas.total_bounds)
    drawn = _PlainMap(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=10,
        tiles=None,
        zoom_snap=0.25,
        zoom_delta=0.5,
        scroll_wheel_zoom=False,
        attribution_control=False,
        max_zoom=19,
        min_zoom=3,
    )
    settings = {
        "areas": addresses.areas,
        "outlines": list(addresses.outlines),
        "sites": addresses.sites,
        "bounds": [[south, west], [north, east]],
        "tiles": tiles or None,
        "label": f"Map of {study.name}. Click where the address is, or type its latitude and "
        "longitude beside it.",
    }
    _PickLayer(script_json(settings), addresses).add_to(drawn)
    return drawn


def pick_state(
    token: str,
    *,
    pin: tuple[float, float] | None = None,
    guess: tuple[float, float] | None = None,
) -> folium.FeatureGroup:
    """Wrap two points in the only thing that is sent again.

    Parameters
    ----------
    token
        Changes with the row; the map goes to a row once.
    pin
        Latitude and longitude picked so far.
    guess
        Latitude and longitude where the geocoder takes the address to be.
    """
    group = folium.FeatureGroup(name="points", control=False)
    points = {"token": token, "pin": pin, "guess": guess}
    _Points({name: _rounded(value) for name, value in points.items()}).add_to(group)
    return group


def _rounded(value: object) -> object:
    return [round(part, 6) for part in value] if isinstance(value, tuple) else value
