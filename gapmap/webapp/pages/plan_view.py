"""The map of the page Plan: suggestions in, a pin moved by hand out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streamlit_folium import st_folium

from gapmap.analysis.siting.moving import nearest_place
from gapmap.settings import Settings
from gapmap.views.colours import MapMode, colour_areas
from gapmap.views.maps import MapAddresses
from gapmap.views.plan_map import PLAN_SCRIPT, plan_map, plan_message, plan_state
from gapmap.webapp import cached, live_plans, published, session
from gapmap.webapp.address import spot_of
from gapmap.webapp.assets import LEAFLET_ASSETS, MAP_ASSETS, asset_version
from gapmap.webapp.pages.plan_address import parts

if TYPE_CHECKING:
    from gapmap.analysis.siting.values import SitingResult
    from gapmap.model import Study
    from gapmap.views.colours import Colouring
    from gapmap.webapp.pages.plan_address import PlanView

__all__ = ["draw_plan_map", "nearest_candidate"]

_TO_BASE = "../../"
"""From the map's frame (component/<name>/index.html) to the app's base path."""


def draw_plan_map(study: Study, plan: PlanView, result: SitingResult) -> None:
    """Draw the map of suggestions; a pin that is dragged goes to the nearest candidate."""
    side, version = cached.need_side(study.id), asset_version()

    def assets(*names: str, ending: str) -> tuple[str, ...]:
        mine = [name for name in names if name.endswith(ending)]
        return tuple(f"{_TO_BASE}gapmap/assets/{version}/{name}" for name in mine)

    addresses = MapAddresses(
        scripts=assets(*LEAFLET_ASSETS, PLAN_SCRIPT, ending=".js"),
        styles=assets(*LEAFLET_ASSETS, *MAP_ASSETS, ending=".css"),
        areas=_TO_BASE + published.publish(side.areas),
        outlines=None if side.outlines is None else _TO_BASE + published.publish(side.outlines),
        sites=_TO_BASE + published.publish(cached.site_file(study)),
    )
    state = plan_state(
        result,
        study,
        _colouring(study, plan),
        accepted=plan.accepted,
        refused=result.request.excluded,
        live=_TO_BASE + live_plans.publish(study, result),
    )
    turns = session.key(study, "plan turns")
    # A pin let go where it was goes back to its place: even then something new is sent.
    state["turn"] = session.known(turns, 0)
    name = f"plan-map-{study.id}-{side.areas.digest}"

    def moved() -> None:
        said = session.map_click(name)
        if said is None or said[0] != "move" or said[2] is None:
            return
        session.place(turns, int(session.known(turns, 0)) + 1)
        old, spot = said[1], spot_of(said[2])
        if spot is None or old not in result.order:
            return
        new = nearest_candidate(result, *spot, besides=[one for one in result.order if one != old])
        if new is not None and new != old:
            session.keep_page(study, "plan", plan.moving(old, new, result.order))

    st_folium(
        plan_map(study, addresses, tiles=Settings.from_environment().tiles_url),
        key=name,
        height=560,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=plan_message(state),
        on_change=moved,
    )


def _colouring(study: Study, plan: PlanView) -> Colouring:
    # Gaps are known for groups; around a single neighbourhood the whole town is coloured.
    groups, _ = parts(study)
    within = plan.scenario.within if plan.scenario.within in groups else None
    assessment = cached.answer(study, replace(plan.scenario, within=within))
    mode = MapMode.NEED if plan.ignores_existing else MapMode.GAP
    return colour_areas(assessment, mode, need=study.areas[plan.scenario.measure])


def nearest_candidate(
    result: SitingResult, latitude: float, longitude: float, *, besides: list[str]
) -> str | None:
    """Return the candidate that may be chosen and is nearest to a point, None if there is none.

    Parameters
    ----------
    result
        The suggestions, with every candidate that was looked at.
    latitude, longitude
        The point, degrees.
    besides
        Candidates that are taken.
    """
    table = result.candidates
    may_be = (table["left_out_because"] == "") & ~table["candidate_id"].isin(besides)
    row = nearest_place(
        table["longitude"], table["latitude"], may_be, latitude=latitude, longitude=longitude
    )
    return None if row is None else str(table["candidate_id"].iloc[row])
