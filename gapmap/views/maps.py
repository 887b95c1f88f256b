"""The gap map: a folium map that fetches its shapes once and is then only repainted.

What travels on a change is one message: a character an area for its colour and a few
digits for its tooltip. Text that people wrote (names of places, sites, partners) never travels
in a script: it is in the layer files, and the script puts it on the page as plain text.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import folium
import numpy as np

from gapmap.analysis.supply import UNKNOWN_SCHEDULE
from gapmap.views import numbers
from gapmap.views.bare_map import Message, MountedLayer, bare_map
from gapmap.views.colours import ROUTE_WORDS
from gapmap.views.sentences import map_notices

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike

    from gapmap.model import GapAssessment, Study
    from gapmap.views.colours import Colouring
    from gapmap.views.lawful_map import LawfulMap

__all__ = [
    "ASSETS_FOLDER",
    "CANVAS_FROM",
    "MAP_SCRIPTS",
    "MAP_STYLES",
    "MapAddresses",
    "Selected",
    "gap_map",
    "map_settings",
    "packed",
    "repaint",
    "repaint_state",
]

ASSETS_FOLDER: Final = Path(__file__).parent / "assets"
"""Our own scripts and style of the map."""

MAP_SCRIPTS: Final = ("hatch.js", "eligibility.js", "map.js")
MAP_STYLES: Final = ("map.css",)
"""Their names, in the order to load them."""

CANVAS_FROM: Final = 4_000
"""From this many shapes on, one canvas is faster than a page element for each."""

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class MapAddresses:
    """Where the browser finds what the map needs, relative to the map's own page.

    Parameters
    ----------
    scripts, styles
        Leaflet's and our own, in the order to load them.
    areas, outlines, sites
        Layer files; None where the study has none.
    extras
        Title, role and layer file of each layer that is only looked at.
    """

    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    areas: str
    outlines: str | None
    sites: str
    extras: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Selected:
    """What is marked on the map.

    Parameters
    ----------
    kind
        ``area``, ``neighbourhood``, ``site``, or ``at`` for a point.
    row
        Its row in its table; of a point, the GEOID of the area of eligibility around it, if any.
    token
        Changes with every choice; the map moves to a choice once.
    fly
        Whether the map should go there: not for what was clicked on the map itself.
    spot
        Latitude and longitude of a point.
    """

    kind: str
    row: int | str
    token: str
    fly: bool
    spot: tuple[float, float] | None = None


def gap_map(study: Study, addresses: MapAddresses, *, tiles: str = "") -> folium.Map:
    """Make the folium map of a study: the same text every time, so that it is drawn once.

    Parameters
    ----------
    study
        The study.
    addresses
        Where the browser finds layers and scripts.
    tiles
        Address pattern of base map tiles; empty for none.
    """
    drawn = bare_map(study)
    MountedLayer(
        "window.gapmap.mount",
        map_settings(study, addresses, tiles=tiles),
        scripts=addresses.scripts,
        styles=addresses.styles,
    ).add_to(drawn)
    return drawn


def map_settings(study: Study, addresses: MapAddresses, *, tiles: str = "") -> dict[str, Any]:
    """Return what the map's script needs to know for as long as the map stands."""
    words = study.words
    return {
        "geometry": addresses.areas,
        "outlines": addresses.outlines,
        "extras": [
            {"title": title, "role": role, "url": address}
            for title, role, address in addresses.extras
        ],
        "renderer": "svg" if len(study.areas) < CANVAS_FROM else "canvas",
        "canvasFrom": CANVAS_FROM,
        "small": numbers.SMALL,
        "tiles": {"url": tiles} if tiles else None,
        "label": f"Map of {study.name}. The table beside it holds the same figures.",
        "notices": map_notices(study),
        "sources": "; ".join(
            f"{entry.title} ({entry.vintage})"
            for entry in study.provenance
            if entry.role in ("need", "sites")
        ),
        "words": {
            "outOfReach": "out of reach",
            "allInReach": "All in reach",
            "inReach": "in reach",
            "site": words.site,
            "sites": words.sites,
            "noSite": f"No {words.site} in reach",
            "unknown": "Need unknown",
            "nobody": f"No {words.people} counted here",
            "outside": "Outside the part in question",
            "noPartner": "Partner not stated",
            "notCounting": "Does not count here",
            "notKnown": "Not known whether it serves then",
            "key": "Partners and layers",
            "circles": "Reach circles",
            "sitesToggle": words.sites[:1].upper() + words.sites[1:],
            "baseMap": "Base map",
            "people": words.people,
            "routes": list(ROUTE_WORDS),
            "eligible": "eligible",
            "together": "together with {} more",
            "lost": "Part of the map did not arrive. Reload the page.",
        },
    }


def repaint(state: dict[str, Any]) -> folium.FeatureGroup:
    """Wrap a state in the only thing that is sent again."""
    group = folium.FeatureGroup(name="repaint", control=False)
    Message("window.gapmap.apply", state).add_to(group)
    return group


def repaint_state(
    assessment: GapAssessment,
    study: Study,
    colouring: Colouring,
    *,
    sites: object,
    selected: Selected | None = None,
    lawful: LawfulMap | None = None,
    lawful_address: str = "",
) -> dict[str, Any]:
    """Return colours and figures of one result, small enough to send on every change.

    Parameters
    ----------
    assessment
        The result.
    study
        The study it was asked of.
    colouring
        The class of every area.
    sites
        The site layer: its address, or its content for a page that stands alone.
    selected
        What is marked.
    lawful, lawful_address
        The map of eligibility and the address of its layer, where that is what is shown.
    """
    areas = assessment.areas
    scenario = assessment.scenario
    measure = list(study.measures).index(scenario.measure)
    token = f"{scenario.within or ''}"
    shown = colouring if lawful is None else lawful.colouring
    return {
        "rev": f"{assessment.data_version} {hash(scenario) & 0xFFFFFFFF:x}",
        "classes": colouring.classes,
        "colours": list(colouring.colours),
        "hatches": list(colouring.hatches),
        "legend": {
            "title": shown.title,
            "per": f"per {study.words.area}" if lawful is None else lawful.per,
            "steps": [{"c": step.colour, "t": step.text, "h": step.hatch} for step in shown.steps],
        },
        "lawful": None
        if lawful is None
        else {
            "url": lawful_address,
            "colours": list(lawful.colouring.colours),
            "notices": list(lawful.notices),
        },
        "gaps": packed(areas["gap"]),
        # Two thousand of them weigh more than all else: only where they are what is looked at.
        "moes": packed(areas["need_moe"]) if colouring.hatches else "",
        "near": packed(areas["site_count"]),
        "needs": _changed_needs(areas, study, scenario.measure),
        "measure": measure,
        "unit": assessment.measure.unit,
        "reach": round(scenario.reach.metres, 1),
        "sitesUrl": sites,
        "siteFlags": _site_flags(assessment.sites),
        "view": {"token": token, "bounds": _bounds(study, scenario.within)},
        "selected": {"kind": "", "token": ""}
        if selected is None
        else {
            "kind": selected.kind,
            "index": selected.row,
            "spot": None if selected.spot is None else list(selected.spot),
            "token": selected.token,
            "fly": selected.fly,
        },
    }


def packed(numbers: ArrayLike) -> str:
    """Write whole numbers in base 36, one blank between; nothing for 0 and for unknown.

    >>> packed([0, 35, 36, float("nan"), 1296])
    ' z 10  100'
    """
    values = np.nan_to_num(np.asarray(numbers, dtype=np.float64)).round().astype(np.int64)
    return " ".join(_base36(value) for value in values.tolist())


def _base36(number: int) -> str:
    text = ""
    while number > 0:
        number, rest = divmod(number, 36)
        text = _DIGITS[rest] + text
    return text


def _changed_needs(areas: pd.DataFrame, study: Study, measure: str) -> dict[int, int]:
    """Need of the areas that lie only partly inside the question; the others are in the layer."""
    asked = areas["need"].to_numpy(dtype=np.float64)
    whole = study.areas[measure].to_numpy(dtype=np.float64)
    changed = np.flatnonzero(np.isfinite(asked) & (np.round(asked) != np.round(whole)))
    return {int(row): round(float(asked[row])) for row in changed}


def _site_flags(sites: pd.DataFrame) -> str:
    """Write a character a site: ``1`` counts, ``0`` does not, ``?`` if that is not known."""
    flags = np.where(sites["counts"], "1", "0")
    return "".join(np.where(sites["left_out_because"] == UNKNOWN_SCHEDULE, "?", flags))


def _bounds(study: Study, within: str | None) -> Sequence[Sequence[float]]:
    shapes = study.areas
    if within is not None and study.neighbourhoods is not None:
        shapes = study.neighbourhoods[study.neighbourhoods["group"] == within]
    west, south, east, north = (round(float(edge), 5) for edge in shapes.total_bounds)
    return [[south, west], [north, east]]
