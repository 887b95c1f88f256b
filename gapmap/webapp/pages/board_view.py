"""The room of a board inside the page Board: the same map that phones and the projector open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamlit_folium import st_folium

from gapmap.settings import Settings
from gapmap.views.room_map import room_map, room_message
from gapmap.webapp import session
from gapmap.webapp.room_pages import room_addresses

if TYPE_CHECKING:
    from collections.abc import Callable

    from gapmap.model import Study

__all__ = ["draw_room"]

_ROOT: Final = "../../gapmap/"
"""From the map's frame (component/<name>/index.html) to our own addresses."""


def draw_room(
    study: Study, board: str, token: str, *, on_joined: Callable[[str], None], height: int = 700
) -> None:
    """Draw a board, live: what happens on it needs no run of the page.

    Parameters
    ----------
    study, board
        The study and the board.
    token
        Of who looks on; empty for whoever has to join first, in the frame itself.
    on_joined
        Told the token of who has joined in the frame, or was known to the browser.
    height
        Of the frame, pixels.
    """
    name = f"room-map-{study.id}-{board}"

    def said() -> None:
        word = session.map_click(name)
        if word is not None and word[0] == "token":
            on_joined(word[1])

    st_folium(
        room_map(
            study,
            board,
            room_addresses(study, root=_ROOT),
            tiles=Settings.from_environment().tiles_url,
            is_framed=True,
        ),
        key=name,
        height=height,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=room_message(token, ""),
        on_change=said,
    )
