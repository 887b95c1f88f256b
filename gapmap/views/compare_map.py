"""Two maps side by side, as things are and as they might be, and the map of the difference.

One frame holds both maps; its script makes the second and keeps them on the same ground. Shapes
are fetched once; what is sent again is a colour for each area and the few sites that differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import folium
import numpy as np

from gapmap.analysis.supply import UNKNOWN_SCHEDULE, partner_names
from gapmap.views import numbers
from gapmap.views.bare_map import Message, MountedLayer, bare_map
from gapmap.views.comparison import signed
from gapmap.views.difference_colours import colour_difference
from gapmap.views.maps import packed
from gapmap.views.partner_marks import listed_marks
from gapmap.views.schedules import schedule_text
from gapmap.views.sentences import map_notices

if TYPE_CHECKING:
    import pandas as pd

    from gapmap.analysis.comparison import Comparison
    from gapmap.model import GapAssessment, Study
    from gapmap.views.colours import Colouring
    from gapmap.whatifs import WhatIf

__all__ = [
    "COMPARE_SCRIPTS",
    "COMPARE_STYLES",
    "CompareAddresses",
    "ComparedSide",
    "Look",
    "compare_map",
    "compare_message",
    "compare_state",
]

COMPARE_SCRIPTS: Final = (
    *("compare_parts.js", "compare_halves.js", "compare_bar.js", "compare_areas.js"),
    *("compare_sites.js", "compare_hand.js", "compare_legend.js", "compare.js"),
)
COMPARE_STYLES: Final = ("compare.css",)
"""Its scripts and its look, in the order to load them, after those of the gap map."""


@dataclass(frozen=True, slots=True)
class CompareAddresses:
    """Where the browser finds what the maps need, relative to the frame's own page.

    Parameters
    ----------
    scripts, styles
        Leaflet's and our own, in the order to load them.
    areas, outlines
        Layer files, as the gap map has them; no outlines where the study has none.
    """

    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    areas: str
    outlines: str | None


@dataclass(frozen=True, eq=False, slots=True)
class ComparedSide:
    """One of the two maps.

    Parameters
    ----------
    name
        What people call it.
    what_if
        What is imagined; an empty one for the study as it is.
    study
        The study with that applied to it.
    assessment
        The answer of that study.
    colouring
        The class of every area.
    """

    name: str
    what_if: WhatIf
    study: Study
    assessment: GapAssessment
    colouring: Colouring


@dataclass(frozen=True, slots=True)
class Look:
    """Where the maps are to go.

    Parameters
    ----------
    token
        Changes with every wish; the maps go there once.
    bounds
        West, south, east and north, degrees.
    """

    token: str
    bounds: tuple[float, float, float, float]


def compare_map(study: Study, addresses: CompareAddresses, *, tiles: str = "") -> folium.Map:
    """Make the folium map: the same text for every comparison, so that it is drawn once.

    Parameters
    ----------
    study
        The study as it is.
    addresses
        Where the browser finds layers and scripts.
    tiles
        Address pattern of base map tiles; empty for none.
    """
    drawn, words = bare_map(study), study.words
    settings = {
        "areas": addresses.areas,
        "outlines": addresses.outlines,
        "tiles": tiles or None,
        "notices": map_notices(study),
        "small": numbers.SMALL,
        "words": {
            "labelFirst": f"Left map of {study.name}. The tables below hold the same figures.",
            "labelSecond": f"Right map of {study.name}, which can be changed. Every change can "
            "also be made with the controls below.",
            "ways": "What the maps show",
            "both": "Side by side",
            "left": "Left",
            "right": "Right",
            "difference": "Difference",
            "undo": "Undo",
            "redo": "Redo",
            "add": f"Add a {words.site}",
            "addHint": "Click where it should stand. Esc leaves it.",
            "addOther": "Click on the right map: that is the one that changes.",
            "hint": f"Click a {words.site} on the right to close it, move it or change its times.",
            "counting": "Counting anew …",
            "enter": "Enter puts it there, Esc leaves it where it was.",
            "handle": f"Move this {words.site}: arrow keys, then Enter",
            "drag": "Drag the ring to move it.",
            "close": "Close it",
            "reopen": "Keep it open",
            "remove": "Remove it",
            "times": "Change times",
            "describe": "Name and times",
            "back": "Move it back",
            "timesBack": "Times as today",
            "leave": "Leave it as it is",
            "closed": "Closed here",
            "added": "Added here",
            "moved": "Moved here",
            "retimed": "Other times here",
            "otherSide": "Changes are made on the right map",
            "noPartner": "Partner not stated",
            "notCounting": "Does not count here",
            "notKnown": "Not known whether it serves then",
            "outside": "outside the part in question",
            "unknown": "need unknown",
            "nobody": f"no {words.people} counted",
            "outOfReach": "out of reach",
            "lost": "Part of the map did not arrive. Reload the page.",
        },
    }
    MountedLayer(
        "window.gapmapCompare.mount", settings, scripts=addresses.scripts, styles=addresses.styles
    ).add_to(drawn)
    return drawn


def compare_message(state: dict[str, Any]) -> folium.FeatureGroup:
    """Wrap a state in the only thing that is sent again."""
    group = folium.FeatureGroup(name="compare", control=False)
    Message("window.gapmapCompare.show", state).add_to(group)
    return group


def compare_state(
    study: Study,
    comparison: Comparison,
    first: ComparedSide,
    second: ComparedSide,
    *,
    sites: str,
    look: Look | None = None,
    select: tuple[str, int] | None = None,
    may_undo: bool = False,
    may_redo: bool = False,
    turn: int = 0,
) -> dict[str, Any]:
    """Return colours, figures and changed sites of both maps.

    Parameters
    ----------
    study
        The study as it is.
    comparison
        What differs.
    first, second
        The left map and the right one.
    sites
        Address of the sites of the study itself, whatever is imagined.
    look
        Where to go, None to stay.
    select
        A site of the right map to offer for changing, and a number that goes up with every wish.
    may_undo, may_redo
        Whether there is a step back, and one forward again.
    turn
        Goes up with every answer, so that something new is sent even if nothing changes.
    """
    difference = None
    if comparison.are_comparable:
        colouring = colour_difference(
            comparison, second.colouring, need=study.areas[comparison.second.measure.id]
        )
        difference = {
            **_look(colouring, study),
            "name": f"From “{first.name}” to “{second.name}”",
            "line": f"{signed(comparison.difference)} {comparison.second.measure.unit} in reach",
        }
    within = second.assessment.scenario.within
    west, south, east, north = _bounds(study, within)
    return {
        "first": _side(study, first),
        "second": _side(study, second),
        "difference": difference,
        "whyNot": comparison.why_not,
        "sitesUrl": sites,
        "view": {"token": within or "", "bounds": [[south, west], [north, east]]},
        "look": None if look is None else _place(look),
        "select": None if select is None else {"id": select[0], "token": select[1]},
        "mayUndo": may_undo,
        "mayRedo": may_redo,
        "turn": turn,
    }


def _look(colouring: Colouring, study: Study) -> dict[str, Any]:
    steps = [{"c": step.colour, "t": step.text, "h": step.hatch} for step in colouring.steps]
    return {
        "classes": colouring.classes,
        "colours": list(colouring.colours),
        "hatches": list(colouring.hatches),
        "legend": {
            "title": colouring.title,
            "per": f"per {study.words.area}",
            "steps": steps,
        },
    }


def _side(study: Study, side: ComparedSide) -> dict[str, Any]:
    what_if, assessment = side.what_if, side.assessment
    flags = _flags(assessment.sites)
    # Only what differs is sent: the study's own sites are in their layer.
    differing = [one.site_id for one in what_if.retimed] + [one.site_id for one in what_if.added]
    theirs = side.study.sites[side.study.sites["site_id"].isin(differing)]
    times = dict(zip(theirs["site_id"], schedule_text(theirs, study.words.meals), strict=True))
    marks = listed_marks(partner_names(study.sites))
    added = []
    for site in what_if.added:
        mine = marks.get(site.partner or "")
        added.append(
            {
                "i": site.site_id,
                "n": site.name,
                "p": site.partner or "Partner not stated",
                "l": "+" if mine is None else mine.letter,
                "c": "#01665e" if mine is None else mine.colour,
                "k": "#ffffff" if mine is None else mine.ink,
                "t": times.get(site.site_id, ""),
                "x": round(site.longitude, 6),
                "y": round(site.latitude, 6),
                "f": flags.get(site.site_id, "0"),
            }
        )
    unit = assessment.measure.unit
    return {
        **_look(side.colouring, study),
        "name": side.name,
        "line": f"{numbers.people(assessment.need_out_of_reach)} {unit} out of reach",
        "unit": unit,
        "gaps": packed(assessment.areas["gap"]),
        "reach": round(assessment.scenario.reach.metres, 1),
        "flags": "".join(flags.get(site_id, "0") for site_id in study.sites["site_id"]),
        "closed": list(what_if.closed),
        "moved": {
            one.site_id: [round(one.longitude, 6), round(one.latitude, 6)] for one in what_if.moved
        },
        "retimed": {one.site_id: times.get(one.site_id, "") for one in what_if.retimed},
        "added": added,
    }


def _flags(sites: pd.DataFrame) -> dict[str, str]:
    """Return by site: ``1`` counts, ``0`` does not, ``?`` if that is not known."""
    flags = np.where(sites["counts"], "1", "0")
    flags = np.where(sites["left_out_because"] == UNKNOWN_SCHEDULE, "?", flags)
    return dict(zip(sites["site_id"], flags.tolist(), strict=True))


def _place(look: Look) -> dict[str, Any]:
    west, south, east, north = look.bounds
    return {"token": look.token, "bounds": [[south, west], [north, east]]}


def _bounds(study: Study, within: str | None) -> tuple[float, float, float, float]:
    shapes = study.areas
    if within is not None and study.neighbourhoods is not None:
        shapes = study.neighbourhoods[study.neighbourhoods["group"] == within]
    west, south, east, north = (round(float(edge), 5) for edge in shapes.total_bounds)
    return west, south, east, north
