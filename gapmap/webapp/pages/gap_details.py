"""Find a place, and what is known about the one that is marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from gapmap.views import numbers, tables
from gapmap.views.schedules import schedule_text
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session
from gapmap.webapp.address import knows_eligibility, spot_of, spot_text
from gapmap.webapp.pages.lawful_here import draw_lawful

if TYPE_CHECKING:
    import pandas as pd

    from gapmap.model import GapAssessment, Study
    from gapmap.webapp.address import Choice, View

__all__ = ["draw_detail", "draw_find"]


def draw_find(study: Study) -> None:
    """Draw the box that jumps to a neighbourhood, an area or a site."""
    places = cached.finder(study)
    name = session.key(study, "find")

    def jump() -> None:
        target = places.get(str(session.known(name) or "").strip())
        if target is not None:
            session.choose(study, *target)
            session.place(name, None)

    words = study.words
    kinds = [words.area, words.site]
    if study.neighbourhoods is not None:
        kinds.insert(0, words.neighbourhood)
    label = f"Find a {', '.join(kinds[:-1])} or {kinds[-1]}"
    st.selectbox(
        label,
        options=list(places),
        index=None,
        placeholder=label,
        key=name,
        on_change=jump,
        label_visibility="collapsed",
    )


def draw_detail(assessment: GapAssessment, study: Study, view: View) -> None:
    """Draw what is known about the marked place, with the sites nearest to it."""
    choice = view.choice
    with st.container(key="detail"):
        row = None if choice is None else session.row_of(study, choice)
        spot = spot_of(choice.id) if choice is not None and choice.kind == "at" else None
        if choice is None or (row is None and spot is None):
            words = study.words
            st.caption(
                f"Click the map or a row of the table to see the nearest {plain(words.sites)}."
            )
            return
        title_room, close_room = st.columns([5, 1], vertical_alignment="top")
        close_room.button(
            "Close",
            key=session.key(study, "close"),
            on_click=session.choose,
            args=(study, "none", ""),
            type="tertiary",
        )
        if row is not None:
            draw = {"area": _area, "neighbourhood": _neighbourhood, "site": _site}[choice.kind]
            with title_room:
                longitude, latitude = draw(assessment, study, view, row)
            _offer_lawful(study, choice, longitude, latitude)
        elif spot is not None:
            latitude, longitude = spot
            draw_lawful(study, longitude, latitude, title_room)
        near = tables.nearest_sites(
            assessment,
            study,
            longitude,
            latitude,
            apart_from=choice.id if choice.kind == "site" else None,
        )
        _nearest(near, study)


def _offer_lawful(study: Study, choice: Choice, longitude: float, latitude: float) -> None:
    """Draw the question what may open here: where somebody clicked, else in the middle."""
    if not knows_eligibility(study) or choice.kind == "neighbourhood":
        return
    clicked = spot_of(choice.spot or "") if choice.kind == "area" else None
    st.button(
        "What may open here?",
        key=session.key(study, "lawful"),
        on_click=session.choose,
        args=(study, "at", spot_text(*(clicked or (latitude, longitude)))),
    )


def _area(assessment: GapAssessment, study: Study, view: View, row: int) -> tuple[float, float]:
    choice = view.choice
    assert choice is not None
    area = assessment.areas.iloc[row]
    st.subheader(plain(area["name"]), anchor=False)
    ranked = assessment.neighbourhoods
    mine = ranked[ranked["neighbourhood_id"] == session.neighbourhood_of(study, choice)]
    rank = _rank(mine.iloc[0], len(ranked), view) if len(mine) else None
    st.caption(plain(" · ".join(_known(area["neighbourhood"], rank, choice.id))))
    _figures(assessment, area, view)
    ground = cached.need_side(study.id).ground
    return float(ground.centres[0][row]), float(ground.centres[1][row])


def _neighbourhood(
    assessment: GapAssessment, study: Study, view: View, row: int
) -> tuple[float, float]:
    choice = view.choice
    assert choice is not None
    assert study.neighbourhoods is not None
    place = study.neighbourhoods.iloc[row]
    st.subheader(plain(place["name"]), anchor=False)
    found = assessment.neighbourhoods
    mine = found[found["neighbourhood_id"] == choice.id]
    group = place["group"]
    if mine.empty:
        st.caption(plain(f"{group} · not in the part in question"))
    else:
        figures = mine.iloc[0]
        rank = _rank(figures, len(found), view)
        st.caption(plain(f"{group} · {rank}" if isinstance(group, str) else rank))
        st.markdown(plain(figures["reading"]))
        _figures(assessment, figures, view)
        if view.margins and figures["rank_reading"]:
            st.markdown(plain(figures["rank_reading"]))
    inside = place.geometry.representative_point()
    return float(inside.x), float(inside.y)


def _rank(place: pd.Series, count: int, view: View) -> str:
    # The list may be in another order: then it is said which rank this is.
    by = " by all out of reach" if view.by_eligible else ""
    return f"rank {place['rank']} of {count}{by}"


def _site(assessment: GapAssessment, study: Study, _view: View, row: int) -> tuple[float, float]:
    site = study.sites.iloc[row]
    found = assessment.sites.iloc[row]
    st.subheader(plain(site["name"]), anchor=False)
    st.caption(plain(" · ".join(_known(found["partner"], found["kind"], site["address"]))))
    (timetable,) = schedule_text(study.sites.iloc[[row]], study.words.meals)
    st.markdown(plain(timetable or "Days and meals unknown."))
    if found["counts"]:
        unit = assessment.measure.unit
        st.markdown(
            plain(
                f"{numbers.people(found['need_in_reach'])} {unit} in reach, "
                f"{numbers.people(found['unique_need'])} of them of this {study.words.site} alone."
            )
        )
    else:
        st.markdown(plain(f"Does not count here: {found['left_out_because']}."))
    return float(site.geometry.x), float(site.geometry.y)


def _figures(assessment: GapAssessment, row: pd.Series, view: View) -> None:
    unit = assessment.measure.unit
    if row["need"] != row["need"]:
        st.markdown(
            "Need unknown." if row.get("is_within", True) else "Not in the part in question."
        )
        return
    st.markdown(
        f"**{plain(numbers.people(row['gap']))}** of {plain(numbers.people(row['need']))} "
        f"{plain(unit)} out of reach; {numbers.share(row['in_reach_share'])} in reach."
    )
    if view.margins:
        _margins(row, unit)
    if row["eligible_gap"] == row["eligible_gap"]:
        st.markdown(
            f"**{plain(numbers.people(row['eligible_gap']))}** out of reach live where an open "
            "site would be lawful."
        )


def _margins(row: pd.Series, unit: str) -> None:
    """Say how sure the figures of a place are."""
    said = [
        f"{numbers.interval(row[figure], row[moe])} {unit}{where}"
        for figure, moe, where in (("need", "need_moe", ""), ("gap", "gap_moe", " out of reach"))
        if moe in row.index and row[moe] == row[moe]
    ]
    grade = row.get("certainty")
    sure = f"; certainty {grade}" if isinstance(grade, str) else ""
    text = f"90% intervals: {', '.join(said)}{sure}." if said else "Margin of error unknown."
    st.caption(plain(text))


def _nearest(near: pd.DataFrame, study: Study) -> None:
    words = study.words
    if near.empty:
        st.caption(f"There are no {plain(words.sites)} in this study.")
        return
    st.caption(f"Nearest {plain(words.sites)}, those that count first")
    lines = []
    for site in near.to_dict("records"):
        detail = " · ".join(_known(site["partner"], site["schedule"] or "days and meals unknown"))
        aside = "" if site["counts"] else " (does not count here)"
        lines.append(
            f"- **{plain(site['distance'])}** {plain(site['name'])}{plain(aside)}  \n"
            f"  {plain(detail)}"
        )
    st.markdown("\n".join(lines))


def _known(*parts: object) -> list[str]:
    return [part for part in parts if isinstance(part, str) and part]
