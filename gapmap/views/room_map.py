"""The map of a shared board: who holds what, live, in a page of its own or inside another.

One folium map with the scripts of the room; what the browser needs of a board's areas is fetched
once, and all that happens afterwards comes through the board's own socket. Names travel as JSON
only, and the scripts put them on the page as plain text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from gapmap.model import WEEKDAYS
from gapmap.views import numbers
from gapmap.views.bare_map import Message, MountedLayer, bare_map
from gapmap.views.partner_marks import partner_marks
from gapmap.views.schedules import days_text, meal_name
from gapmap.views.sentences import map_notices

if TYPE_CHECKING:
    import folium

    from gapmap.model import Study

__all__ = [
    "ROOM_SCRIPTS",
    "ROOM_STYLES",
    "PublicLink",
    "RoomAddresses",
    "join_page",
    "room_map",
    "room_message",
    "room_page",
]

ROOM_SCRIPTS: Final = (
    *("territory_ground.js", "territory_looks.js", "territory_panel.js"),
    *("room_line.js", "room_board.js", "room_words.js", "room_hand.js", "room_map.js"),
    *("room_parts.js", "room_matters.js", "room_matters_map.js", "room_matters_forms.js"),
    *("room_sites.js", "room_matters_panel.js", "room_split.js", "room_panel.js"),
    *("room_history.js", "room_door.js", "room_lead.js", "room_papers.js", "room_join.js"),
    *("room_jump.js", "room_public.js", "room.js"),
)
ROOM_STYLES: Final = ("room.css",)
"""Its scripts and its look, in the order to load them, after those of the gap map."""

_JOIN_SCRIPTS: Final = ("territory_panel.js", "room_join.js")

_KINDS: Final = ("open", "restricted open", "closed enrolled", "camp", "mobile", "non-congregate")
"""What a proposed site may be, to choose from; anything else can be typed."""

_MARKS: Final = 120
"""More partners than ever sat at one table; later ones begin again."""


@dataclass(frozen=True, slots=True)
class RoomAddresses:
    """Where the browser finds what the map needs, relative to the map's own page.

    Parameters
    ----------
    scripts, styles
        Leaflet's and our own, in the order to load them.
    root
        Of the server's own addresses: what stands before ``board/...`` and ``room/...``.
    areas, outlines
        Layer files, as the gap map has them; no outlines where the study has none.
    """

    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    root: str
    areas: str
    outlines: str | None


@dataclass(frozen=True, slots=True)
class PublicLink:
    """By which public link a board is looked at, and what it gives to take away.

    Parameters
    ----------
    key
        What stands in its address.
    papers
        Name, title and a few words about each paper.
    """

    key: str
    papers: tuple[tuple[str, str, str], ...]


def room_map(
    study: Study,
    board: str,
    addresses: RoomAddresses,
    *,
    tiles: str = "",
    is_framed: bool = False,
    public: PublicLink | None = None,
) -> folium.Map:
    """Make the folium map of a board.

    Parameters
    ----------
    study
        The study whose areas the board is about.
    board
        Identifier of the board.
    addresses
        Where the browser finds layers, scripts and the board.
    tiles
        Address pattern of base map tiles; empty for none.
    is_framed
        Whether it stands inside another page, which hands it its token.
    public
        The public link that leads to it; None where a code does.
    """
    drawn = bare_map(study)
    words = study.words
    marks = partner_marks([str(place) for place in range(_MARKS)]).values()
    settings = {
        "board": board,
        "root": addresses.root,
        "areas": addresses.areas,
        "outlines": addresses.outlines,
        "tiles": tiles or None,
        "framed": is_framed,
        "public": None if public is None else public.key,
        "zone": study.time_zone,
        "papers": [
            {"name": name, "title": title, "about": about}
            for name, title, about in (() if public is None else public.papers)
        ],
        "notices": map_notices(study),
        "small": numbers.SMALL,
        "marks": [{"l": mark.letter, "c": mark.colour, "i": mark.ink} for mark in marks],
        "label": f"Map of who holds which {words.area}. With the map in focus, arrow keys go from "
        f"{words.area} to {words.area}, Space marks one, N its {words.neighbourhood}. The lists "
        "beside the map hold the same.",
        "words": {
            "study": study.name,
            "area": words.area,
            "areas": words.areas,
            "neighbourhood": words.neighbourhood,
        },
        "meals": [[code, meal_name(code)] for code in words.meals],
        "days": [[code, days_text(code)] for code in WEEKDAYS],
        "kinds": list(dict.fromkeys((*study.public_kinds, *_KINDS))),
    }
    MountedLayer(
        "window.gapmapRoom.mount", settings, scripts=addresses.scripts, styles=addresses.styles
    ).add_to(drawn)
    return drawn


def room_message(token: str, view: str) -> folium.FeatureGroup:
    """Wrap what a page tells the map inside it: who looks on, and in which view.

    Parameters
    ----------
    token
        The token to show at the board; empty for whoever has still to join.
    view
        Name of the view, empty for what goes with the role.
    """
    import folium

    group = folium.FeatureGroup(name="room", control=False)
    Message("window.gapmapRoom.enter", {"token": token, "view": view}).add_to(group)
    return group


def room_page(
    study: Study,
    board: str,
    addresses: RoomAddresses,
    *,
    title: str,
    tiles: str = "",
    public: PublicLink | None = None,
) -> str:
    """Write the page of a board: for phones, partners and the projector, without a session.

    Parameters
    ----------
    study, board, addresses, tiles, public
        As for :func:`room_map`.
    title
        Of the page; plain text.
    """
    drawn = room_map(study, board, addresses, tiles=tiles, public=public)
    root = drawn.get_root()
    page: str = root.render()
    # folium forbids to enlarge a page with two fingers; who reads badly must be able to.
    page = re.sub(r",\s*maximum-scale=1.0, user-scalable=no", "", page)
    return page.replace("<head>", f"<head>{_head(title)}{_followed(public)}", 1)


def join_page(*, root: str, assets: str) -> str:
    """Write the page on which somebody types a code to join a board.

    Parameters
    ----------
    root
        What stands before ``board/...`` and ``room/...``.
    assets
        What stands before the name of a script or style of ours.
    """
    scripts = "".join(f'<script src="{escape(assets + name)}"></script>' for name in _JOIN_SCRIPTS)
    style = f'<link rel="stylesheet" href="{escape(assets + ROOM_STYLES[0])}">'
    told = json.dumps({"root": root})
    return (
        f'<!DOCTYPE html><html lang="en"><head>{_head("Join a board")}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'{style}{scripts}</head><body class="gapmap-room-door">'
        f"<script>window.gapmapJoin.open(document.body, {told});</script></body></html>"
    )


def _followed(public: PublicLink | None) -> str:
    """Return what tells a feed reader that is given the page's address where the feed is."""
    if public is None:
        return ""
    feed = escape(f"{public.key}/changes.atom")
    kind = 'rel="alternate" type="application/atom+xml"'
    return f'<meta name="robots" content="noindex"><link {kind} href="{feed}">'


def _head(title: str) -> str:
    return f'<meta charset="utf-8"><title>{escape(title)}</title>'
