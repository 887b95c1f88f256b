"""The two maps of the page Compare: what differs in, what a hand does out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit_folium import st_folium

from gapmap.settings import Settings
from gapmap.views.colours import MapMode, colour_areas
from gapmap.views.compare_map import (
    COMPARE_SCRIPTS,
    COMPARE_STYLES,
    CompareAddresses,
    ComparedSide,
    Look,
    compare_map,
    compare_message,
    compare_state,
)
from gapmap.webapp import cached, published, session
from gapmap.webapp.assets import LEAFLET_ASSETS, MAP_ASSETS, asset_version
from gapmap.webapp.pages import compare_edit
from gapmap.webapp.pages.compare_address import side_name

if TYPE_CHECKING:
    from gapmap.analysis.comparison import Comparison
    from gapmap.model import Study
    from gapmap.whatifs import WhatIf

__all__ = ["compared_side", "draw_compare_maps", "look_at"]

_TO_BASE = "../../"
"""From the maps' frame (component/<name>/index.html) to the app's base path."""


def compared_side(study: Study, what_if: WhatIf, within: str | None) -> ComparedSide:
    """Return one side: the study as imagined, and its answer.

    Raises
    ------
    GapmapError
        If the what-if does not fit the study.
    """
    imagined, scenario = cached.imagined(study, what_if, within)
    assessment = cached.answer(imagined, scenario)
    need = study.areas[scenario.measure]
    colouring = colour_areas(assessment, MapMode.GAP, need=need)
    return ComparedSide(side_name(what_if), what_if, imagined, assessment, colouring)


def look_at(study: Study, neighbourhood_id: str | None) -> None:
    """Have the maps go to a neighbourhood in the next run."""
    turn = int(session.known(_name(study, "looks"), 0)) + 1
    session.place(_name(study, "looks"), turn)
    session.place(_name(study, "look"), neighbourhood_id)


def draw_compare_maps(
    study: Study, comparison: Comparison, first: ComparedSide, second: ComparedSide
) -> None:
    """Draw both maps; what is done on the right one changes its what-if before the next run.

    Parameters
    ----------
    study
        The study as it is.
    comparison
        What differs.
    first, second
        What the maps show.
    """
    side, version = cached.need_side(study.id), asset_version()

    def assets(*names: str, ending: str) -> tuple[str, ...]:
        mine = [name for name in names if name.endswith(ending)]
        return tuple(f"{_TO_BASE}gapmap/assets/{version}/{name}" for name in mine)

    sites = _TO_BASE + published.publish(cached.site_file(study))
    addresses = CompareAddresses(
        scripts=assets(*LEAFLET_ASSETS, "hatch.js", *COMPARE_SCRIPTS, ending=".js"),
        styles=assets(*LEAFLET_ASSETS, *MAP_ASSETS, *COMPARE_STYLES, ending=".css"),
        areas=_TO_BASE + published.publish(side.areas),
        outlines=None if side.outlines is None else _TO_BASE + published.publish(side.outlines),
    )
    turns, name = _name(study, "turns"), f"compare-{study.id}-{side.areas.digest}"
    past, future = compare_edit.past_and_future(study)
    state = compare_state(
        study,
        comparison,
        first,
        second,
        sites=sites,
        look=_look(study),
        select=session.known(_name(study, "select")),
        may_undo=bool(past),
        may_redo=bool(future),
        turn=int(session.known(turns, 0)),
    )

    def done() -> None:
        # Even what cannot be done is answered: the maps wait for it.
        session.place(turns, int(session.known(turns, 0)) + 1)
        compare_edit.heed(study, session.map_click(name))

    st_folium(
        compare_map(study, addresses, tiles=Settings.from_environment().tiles_url),
        key=name,
        height=560,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=compare_message(state),
        on_change=done,
    )


def _look(study: Study) -> Look | None:
    places, wanted = study.neighbourhoods, session.known(_name(study, "look"))
    if places is None or wanted is None:
        return None
    rows = (places["neighbourhood_id"] == wanted).to_numpy().nonzero()[0]
    if not len(rows):
        return None
    west, south, east, north = places.geometry.iloc[int(rows[0])].bounds
    token = f"{session.known(_name(study, 'looks'), 0)} {wanted}"
    return Look(token, (west, south, east, north))


def _name(study: Study, what: str) -> str:
    return session.key(study, f"{compare_edit.PAGE} {what}")
