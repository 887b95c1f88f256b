"""The map on which a person picks the place of one address.

It draws the study's areas, the names of its neighbourhoods and its sites, so that somebody who
knows the town finds the street without a base map; what is sent again is two points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import folium

from gapmap.views.bare_map import Message, MountedLayer, bare_map

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
    drawn = bare_map(study, max_zoom=19)
    settings = {
        "areas": addresses.areas,
        "outlines": list(addresses.outlines),
        "sites": addresses.sites,
        "bounds": [[south, west], [north, east]],
        "tiles": tiles or None,
        "label": f"Map of {study.name}. Click where the address is, or type its latitude and "
        "longitude beside it.",
    }
    MountedLayer(
        "window.gapmapPick.mount", settings, scripts=addresses.scripts, styles=addresses.styles
    ).add_to(drawn)
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
    rounded = {name: _rounded(value) for name, value in points.items()}
    Message("window.gapmapPick.show", rounded).add_to(group)
    return group


def _rounded(value: object) -> object:
    return [round(part, 6) for part in value] if isinstance(value, tuple) else value
