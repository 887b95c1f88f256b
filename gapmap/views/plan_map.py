"""The map of where to open next: numbered pins with their reach over the need that is unserved.

Shapes are fetched once; what is sent again is a colour for each area, a few pins and their words.
Names travel as JSON only, and the script puts them on the page as plain text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import folium
import numpy as np

from gapmap.analysis.siting.demand import neighbourhoods_within
from gapmap.views.bare_map import Message, MountedLayer, bare_map
from gapmap.views.plan_figures import pin_lines, plan_figures
from gapmap.views.sentences import map_notices

if TYPE_CHECKING:
    from collections.abc import Collection

    from gapmap.analysis.siting.values import SitingResult
    from gapmap.model import Study
    from gapmap.views.colours import Colouring
    from gapmap.views.maps import MapAddresses

__all__ = ["PLAN_SCRIPT", "plan_map", "plan_message", "plan_state"]

PLAN_SCRIPT: Final = "plan.js"
"""Its script, beside those of the gap map."""


def plan_map(study: Study, addresses: MapAddresses, *, tiles: str = "") -> folium.Map:
    """Make the folium map: the same text for every plan, so that it is drawn once.

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
    settings = {
        "areas": addresses.areas,
        "outlines": addresses.outlines,
        "sites": addresses.sites,
        "tiles": tiles or None,
        "notices": map_notices(study),
        "label": f"Map of suggested {study.words.sites} in {study.name}. The list beside it holds "
        "the same figures.",
        "words": {"lost": "Part of the map did not arrive. Reload the page."},
    }
    MountedLayer(
        "window.gapmapPlan.mount", settings, scripts=addresses.scripts, styles=addresses.styles
    ).add_to(drawn)
    return drawn


def plan_message(state: dict[str, Any]) -> folium.FeatureGroup:
    """Wrap a state in the only thing that is sent again."""
    group = folium.FeatureGroup(name="plan", control=False)
    Message("window.gapmapPlan.show", state).add_to(group)
    return group


def plan_state(
    result: SitingResult,
    study: Study,
    colouring: Colouring,
    *,
    accepted: Collection[str] = (),
    refused: Collection[str] = (),
    live: str = "",
) -> dict[str, Any]:
    """Return pins, reach and colours of one result.

    Parameters
    ----------
    result
        The suggestions.
    study
        The study they are for.
    colouring
        The class of every area: who is out of reach today.
    accepted, refused
        Identifiers of candidates that somebody has decided about.
    live
        Address that answers with the figures of a pin being moved; empty without.
    """
    unit, within = result.unit, result.request.scenario.within
    pins = [
        {
            "id": one.candidate_id,
            "rank": one.rank,
            "x": round(one.longitude, 6),
            "y": round(one.latitude, 6),
            "name": one.name[:1].upper() + one.name[1:],
            "lines": [
                *pin_lines(one.need_added, one.need_unique, unit),
                *(["Accepted"] if one.candidate_id in accepted else []),
            ],
            "accepted": one.candidate_id in accepted,
        }
        for one in result.suggestions
        # Where only a distance table knows a place, it is in the list alone.
        if np.isfinite(one.longitude) and np.isfinite(one.latitude)
    ]
    table = result.candidates
    turned_down = table[table["candidate_id"].isin(list(refused))]
    return {
        "classes": colouring.classes,
        "colours": list(colouring.colours),
        "legend": {
            "title": colouring.title,
            "per": f"per {study.words.area}, today",
            "steps": [{"c": step.colour, "t": step.text} for step in colouring.steps],
        },
        "reach": round(result.request.scenario.reach.metres, 1),
        "pins": pins,
        "figures": plan_figures(result, study),
        "live": live,
        "refused": [
            {"x": round(float(x), 6), "y": round(float(y), 6), "name": f"Refused: {name}"}
            for x, y, name in zip(
                turned_down["longitude"], turned_down["latitude"], turned_down["name"], strict=True
            )
            if np.isfinite(x) and np.isfinite(y)
        ],
        "keepsExisting": result.request.keep_existing,
        "view": {"token": within or "", "bounds": _bounds(study, within)},
    }


def _bounds(study: Study, within: str | None) -> list[list[float]]:
    rows = neighbourhoods_within(study, within)
    shapes = study.areas
    if rows is not None and study.neighbourhoods is not None:
        shapes = study.neighbourhoods.iloc[rows]
    west, south, east, north = (round(float(edge), 5) for edge in shapes.total_bounds)
    return [[south, west], [north, east]]
