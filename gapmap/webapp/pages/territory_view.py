"""The map of the page Territory: a division in, strokes of a hand out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from streamlit_folium import st_folium

from gapmap.settings import Settings
from gapmap.views.maps import MAP_STYLES, MapAddresses
from gapmap.views.territory_map import (
    TERRITORY_SCRIPTS,
    TERRITORY_STYLES,
    said_on_map,
    territory_map,
    territory_message,
    territory_state,
)
from gapmap.webapp import cached, published, session
from gapmap.webapp.assets import LEAFLET_ASSETS, asset_version

if TYPE_CHECKING:
    from collections.abc import Callable

    from gapmap.analysis.territory.edits import Drawing
    from gapmap.analysis.territory.layout import Layout
    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study

__all__ = ["Stroke", "draw_territory_map"]

_TO_BASE: Final = "../../"
"""From the map's frame (component/<name>/index.html) to the app's base path."""


@dataclass(frozen=True)
class Stroke:
    """What a hand did to areas, from touching the map to letting go.

    Parameters
    ----------
    kind
        What was done.
    geoids
        The areas it was done to; locked ones among them stay as they are.
    partner
        Who gets them; None for every kind but ``paint``.
    """

    kind: Literal["paint", "erase", "lock", "unlock"]
    geoids: tuple[str, ...]
    partner: str | None


def draw_territory_map(
    study: Study,
    layout: Layout,
    division: Division,
    drawing: Drawing,
    *,
    on_stroke: Callable[[Stroke], None],
    on_undo: Callable[[], None] | None = None,
    on_redo: Callable[[], None] | None = None,
    can_undo: bool = True,
    can_redo: bool = True,
    height: int = 620,
) -> None:
    """Draw the map of who holds what, to be painted on.

    Parameters
    ----------
    study, layout
        The study and the question, laid out.
    division
        What the drawing is worth: its targets stand beside the bars.
    drawing
        Who holds what, and what is settled; its areas are those that can be painted.
    on_stroke
        Told each stroke, once and in order, before the next run.
    on_undo, on_redo
        Told that somebody wants the last stroke back, or what was undone.
    can_undo, can_redo
        Whether there is something to undo, and something that was undone.
    height
        Of the frame, pixels.
    """
    side, version = cached.need_side(study.id), asset_version()

    def assets(*names: str) -> tuple[str, ...]:
        return tuple(f"{_TO_BASE}gapmap/assets/{version}/{name}" for name in names)

    scripts = [name for name in LEAFLET_ASSETS if name.endswith(".js")]
    styles = [name for name in LEAFLET_ASSETS if name.endswith(".css")]
    addresses = MapAddresses(
        scripts=assets(*scripts, *TERRITORY_SCRIPTS),
        styles=assets(*styles, *MAP_STYLES, *TERRITORY_STYLES),
        areas=_TO_BASE + published.publish(side.areas),
        outlines=None if side.outlines is None else _TO_BASE + published.publish(side.outlines),
        sites=_TO_BASE + published.publish(cached.site_file(study)),
    )
    facts = _TO_BASE + published.publish(cached.territory_file(study, layout, drawing.geoids))
    name = f"territory-map-{study.id}-{side.areas.digest}"
    heard = session.key(study, "territory map heard")
    turns = session.key(study, "territory map turns")

    def said() -> None:
        word = session.map_click(name)
        if word is None or word[0] != "strokes":
            return
        # Even what changes nothing is answered, so that the map knows that it was heard.
        session.place(turns, int(session.known(turns, 0)) + 1)
        for one in said_on_map(word[1], drawing, facts=facts):
            # Said again until it is answered: what has been heard is not done twice.
            if one.number <= int(session.known(heard, 0)):
                continue
            session.place(heard, one.number)
            if one.verb == "undo":
                if on_undo is not None:
                    on_undo()
            elif one.verb == "redo":
                if on_redo is not None:
                    on_redo()
            else:
                on_stroke(Stroke(one.verb, one.geoids, one.partner))

    state = territory_state(
        study,
        layout,
        division,
        drawing,
        facts=facts,
        seen=int(session.known(heard, 0)),
        can_undo=can_undo and on_undo is not None,
        can_redo=can_redo and on_redo is not None,
    )
    state["turn"] = int(session.known(turns, 0))
    st_folium(
        territory_map(study, addresses, tiles=Settings.from_environment().tiles_url),
        key=name,
        height=height,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=territory_message(state),
        on_change=said,
    )
