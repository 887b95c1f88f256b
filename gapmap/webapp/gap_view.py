"""The map in a page: published layers in, a choice out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit_folium import st_folium

from gapmap.settings import Settings
from gapmap.views.colours import MapMode, colour_areas
from gapmap.views.maps import MapAddresses, Selected, gap_map, repaint, repaint_state
from gapmap.webapp import cached, published, session
from gapmap.webapp.address import spot_of
from gapmap.webapp.assets import LEAFLET_ASSETS, MAP_ASSETS, asset_version

if TYPE_CHECKING:
    from gapmap.model import GapAssessment, Study
    from gapmap.webapp.address import View

__all__ = ["draw_map"]

_TO_BASE = "../../"
"""From the map's frame (component/<name>/index.html) to the app's base path."""


def draw_map(assessment: GapAssessment, study: Study, view: View) -> None:
    """Draw the map of a result; a click on it changes what is marked before the next run."""
    side = cached.need_side(study.id)
    version = asset_version()

    def assets(*names: str, ending: str) -> tuple[str, ...]:
        mine = [name for name in names if name.endswith(ending)]
        return tuple(f"{_TO_BASE}gapmap/assets/{version}/{name}" for name in mine)

    addresses = MapAddresses(
        scripts=assets(*LEAFLET_ASSETS, *MAP_ASSETS, ending=".js"),
        styles=assets(*LEAFLET_ASSETS, *MAP_ASSETS, ending=".css"),
        areas=_TO_BASE + published.publish(side.areas),
        outlines=None if side.outlines is None else _TO_BASE + published.publish(side.outlines),
        sites=_TO_BASE + published.publish(cached.site_file(study)),
        extras=tuple(
            (extra.title, extra.role.value, _TO_BASE + published.publish(extra.file))
            for extra in side.extras
        ),
    )
    lawful = cached.lawful(study) if view.mode is MapMode.ELIGIBILITY else None
    state = repaint_state(
        assessment,
        study,
        colour_areas(assessment, view.mode, need=study.areas[assessment.scenario.measure]),
        sites=addresses.sites,
        selected=_selected(study, view),
        lawful=lawful,
        lawful_address="" if lawful is None else _TO_BASE + published.publish(lawful.file),
    )
    name = f"map-{study.id}-{side.areas.digest}"

    def clicked() -> None:
        said = session.map_click(name)
        if said is None:
            return
        kind, identifier, spot = said
        if kind != "at" or spot_of(identifier) is not None:
            session.choose(study, kind, identifier, on_map=True, spot=spot)

    st_folium(
        gap_map(study, addresses, tiles=Settings.from_environment().tiles_url),
        key=name,
        height=560,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=repaint(state),
        on_change=clicked,
    )


def _selected(study: Study, view: View) -> Selected | None:
    choice = view.choice
    if choice is None:
        return None
    token, fly = f"{choice.token} {choice.id}", not choice.on_map
    if choice.kind == "at":
        spot = spot_of(choice.id)
        if spot is None:
            return None
        # Only the map of eligibility has the areas to outline; no other is to wait for them.
        around = cached.area_around(study, *spot) if view.mode is MapMode.ELIGIBILITY else ""
        return Selected(choice.kind, around, token, fly, spot)
    row = session.row_of(study, choice)
    return None if row is None else Selected(choice.kind, row, token, fly)
