"""The map on which territory is painted: who holds which area, by colour and letter.

Shapes are fetched once and what a division weighs once for each question; what is sent again is
a character or two for each area. The browser paints by itself and says what was painted: places
in the drawing, never a shape. Names travel as JSON only, and the script puts them on the page as
plain text.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import folium
import numpy as np
from scipy.sparse import triu

from gapmap.analysis.siting.demand import neighbourhoods_within
from gapmap.analysis.supply import partner_names
from gapmap.views import numbers
from gapmap.views.bare_map import Message, MountedLayer, bare_map
from gapmap.views.layers import LayerFile
from gapmap.views.partner_marks import partner_marks
from gapmap.views.sentences import map_notices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapmap.analysis.territory.edits import Drawing
    from gapmap.analysis.territory.layout import Layout
    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study
    from gapmap.views.maps import MapAddresses

__all__ = [
    "TERRITORY_SCRIPTS",
    "TERRITORY_STYLES",
    "Said",
    "said_on_map",
    "territory_file",
    "territory_map",
    "territory_message",
    "territory_state",
]

TERRITORY_SCRIPTS: Final = (
    *("territory_ground.js", "territory_looks.js", "territory_post.js", "territory_panel.js"),
    *("territory_drawing.js", "territory_figure.js", "territory_words.js", "territory_sites.js"),
    *("territory_tip.js", "territory_hand.js", "territory_tools.js", "territory_keys.js"),
    "territory.js",
)
TERRITORY_STYLES: Final = ("territory.css",)
"""Its scripts and its look, in the order to load them, after those of the gap map."""

_CODES: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NOBODY: Final = "."

_AT_MOST: Final = 500
"""Strokes that can wait for an answer."""

Verb = Literal["paint", "erase", "lock", "unlock", "undo", "redo"]
_VERBS: Final[dict[str, Verb]] = {
    "p": "paint",
    "e": "erase",
    "l": "lock",
    "u": "unlock",
    "z": "undo",
    "y": "redo",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a hand did on the map.

    Parameters
    ----------
    number
        Counts up; what has been heard already is said again until it is answered.
    verb
        What was done.
    partner
        Who is painted with, None where the verb needs nobody.
    geoids
        What it was done to, in the order of the drawing.
    """

    number: int
    verb: Verb
    partner: str | None
    geoids: tuple[str, ...]


def territory_map(study: Study, addresses: MapAddresses, *, tiles: str = "") -> folium.Map:
    """Make the folium map: the same text for every division, so that it is drawn once.

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
    words = study.words
    settings = {
        "areas": addresses.areas,
        "outlines": addresses.outlines,
        "sites": addresses.sites,
        "tiles": tiles or None,
        "notices": map_notices(study),
        "small": numbers.SMALL,
        "label": f"Map of who holds which {words.area} of {study.name}. Press Tab for the tools; "
        f"with a tool chosen, arrow keys go from {words.area} to {words.area} and Enter paints. "
        "The tables below hold the same figures.",
        "words": {
            "area": words.area,
            "areas": words.areas,
            "neighbourhood": words.neighbourhood,
            "site": words.site,
            "lost": "Part of the map did not arrive. Reload the page.",
            "unsaved": "Not saved yet: the server does not answer. Trying again.",
        },
    }
    MountedLayer(
        "window.gapmapTerritory.mount",
        settings,
        scripts=addresses.scripts,
        styles=addresses.styles,
    ).add_to(drawn)
    return drawn


def territory_message(state: dict[str, Any]) -> folium.FeatureGroup:
    """Wrap a state in the only thing that is sent again."""
    group = folium.FeatureGroup(name="territory", control=False)
    Message("window.gapmapTerritory.show", state).add_to(group)
    return group


def territory_file(study: Study, layout: Layout, geoids: Sequence[str]) -> LayerFile:
    """Lay out what painting does not change: what each area weighs and what lies beside it.

    Parameters
    ----------
    study, layout
        The study and the question.
    geoids
        The areas of the drawing, in its order.

    Returns
    -------
    JSON: ``rows`` of the areas in the study, ``loads`` (null where unknown), ``links`` the places
    in the drawing of areas that lie side by side or are joined by a bridge, two for each pair.
    """
    row_of = {str(geoid): row for row, geoid in enumerate(study.areas["geoid"])}
    rows = np.array([row_of[geoid] for geoid in geoids], dtype=np.int64)
    place_of = np.full(len(study.areas), -1, dtype=np.int64)
    place_of[rows] = np.arange(len(rows))
    pairs = triu(layout.problem.graph.neighbours, k=1).tocoo()
    links = place_of[layout.rows[np.column_stack([pairs.row, pairs.col])]]
    links = links[(links >= 0).all(axis=1)]
    loads = [None if np.isnan(load) else round(float(load), 6) for load in layout.load[rows]]
    facts = {"rows": rows.tolist(), "loads": loads, "links": links.ravel().tolist()}
    return LayerFile.of(json.dumps(facts, separators=(",", ":"), allow_nan=False))


def territory_state(
    study: Study,
    layout: Layout,
    division: Division,
    drawing: Drawing,
    *,
    facts: str,
    seen: int = 0,
    can_undo: bool = True,
    can_redo: bool = True,
) -> dict[str, Any]:
    """Return who holds what, and what each should hold.

    Parameters
    ----------
    study, layout
        The study and the question.
    division
        What the drawing is worth.
    drawing
        Who holds what, and what is settled.
    facts
        Address of :func:`territory_file`.
    seen
        Number of the last thing said on the map that the drawing holds.
    can_undo, can_redo
        Whether there is something to undo, and something that was undone.
    """
    marks = partner_marks(drawing.partners, partner_names(study.sites))
    target = {one.partner: one.target for one in division.territories}
    width = 1 if len(drawing.partners) <= len(_CODES) else 2
    code = {name: _code(place, width) for place, name in enumerate(drawing.partners)}
    within = layout.request.scenario.within
    return {
        "facts": facts,
        "token": _token(drawing, facts),
        "seen": seen,
        "width": width,
        "holders": "".join(
            _NOBODY * width if holder is None else code[holder] for holder in drawing.holders
        ),
        "locks": "".join("1" if geoid in drawing.locked else "0" for geoid in drawing.geoids),
        "partners": [
            {
                "n": name,
                "l": mark.letter,
                "c": mark.colour,
                "i": mark.ink,
                "t": round(target.get(name, 0.0), 6),
            }
            for name, mark in marks.items()
        ],
        "tolerance": layout.request.tolerance,
        "unit": layout.unit,
        "undo": can_undo,
        "redo": can_redo,
        "view": {"token": within or "", "bounds": _bounds(study, within)},
    }


def said_on_map(text: str, drawing: Drawing, *, facts: str) -> tuple[Said, ...]:
    """Read what the map says; what cannot be meant is left out.

    Parameters
    ----------
    text
        JSON from a browser, which may hold anything.
    drawing
        The drawing that it is about.
    facts
        Address of the file that the map should have. What was painted on another one, or for
        other partners, says nothing about this drawing.
    """
    try:
        told = json.loads(text)
        if told["t"] != _token(drawing, facts):
            return ()
        return tuple(
            one for given in told["s"][-_AT_MOST:] if (one := _said(given, drawing)) is not None
        )
    except (KeyError, RecursionError, TypeError, ValueError):
        return ()


def _said(given: Any, drawing: Drawing) -> Said | None:
    number, letter, partner, areas = given
    verb = _VERBS.get(letter)
    if verb is None or not isinstance(number, int):
        return None
    places = _places(str(areas), len(drawing.geoids))
    geoids = tuple(drawing.geoids[place] for place in places)
    if verb != "paint":
        return Said(number, verb, None, geoids)
    if not isinstance(partner, int) or not 0 <= partner < len(drawing.partners):
        return None
    return Said(number, verb, drawing.partners[partner], geoids)


def _places(text: str, count: int) -> list[int]:
    """Read places written as runs in base 36: ``0-a,f`` is 0 to 10 and 15."""
    places: list[int] = []
    for run in filter(None, text.split(",")):
        first, _, last = run.partition("-")
        begin = int(first, 36)
        end = int(last, 36) if last else begin
        if not 0 <= begin <= end < count:
            raise ValueError(run)
        places.extend(range(begin, end + 1))
        if len(places) > count:
            raise ValueError(text)
    return places


def _token(drawing: Drawing, facts: str) -> str:
    """Name what places in a stroke mean: these areas, these partners."""
    meaning = "\n".join([facts, *drawing.partners])
    return hashlib.sha256(meaning.encode()).hexdigest()[:12]


def _code(place: int, width: int) -> str:
    if width == 1:
        return _CODES[place]
    first, second = divmod(place, len(_CODES))
    return _CODES[first] + _CODES[second]


def _bounds(study: Study, within: str | None) -> list[list[float]]:
    rows = neighbourhoods_within(study, within)
    shapes = study.areas
    if rows is not None and study.neighbourhoods is not None:
        shapes = study.neighbourhoods.iloc[rows]
    west, south, east, north = (round(float(edge), 5) for edge in shapes.total_bounds)
    return [[south, west], [north, east]]
