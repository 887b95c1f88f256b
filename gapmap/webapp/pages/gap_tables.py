"""The tables, files and sources under the map."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from gapmap.views import tables
from gapmap.views.exports import FORMATS, export_bytes
from gapmap.views.sentences import plain
from gapmap.webapp import session
from gapmap.webapp.pages.sources_panel import draw_layers

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

    from gapmap.model import GapAssessment, Study
    from gapmap.webapp.address import View

__all__ = ["draw_downloads", "draw_partners", "draw_ranking", "draw_sources"]

_FORMAT_NAMES = {
    ".csv": "CSV",
    ".xlsx": "Excel",
    ".geojson": "GeoJSON",
    ".gpkg": "GeoPackage",
    ".parquet": "GeoParquet",
    ".html": "Map page",
}
_ROW_HEIGHT_PX = 34
_ROWS_SHOWN = 7
_NO_FIGURE = "–"


def draw_ranking(assessment: GapAssessment, study: Study, view: View) -> None:
    """Draw the ranked neighbourhoods, or areas; a click on a row marks it on the map."""
    words, unit = study.words, assessment.measure.unit
    shown = {"by_eligible": view.by_eligible, "margins": view.margins}
    if study.neighbourhoods is None:
        kind, one, many = "area", words.area, words.areas
        table = tables.ranked_areas(assessment, **shown)
        identifiers = table["geoid"].tolist()
        marked = view.choice.id if view.choice and view.choice.kind == kind else None
    else:
        kind, one, many = "neighbourhood", words.neighbourhood, words.neighbourhoods
        table = tables.ranked_neighbourhoods(assessment, **shown)
        identifiers = table.pop("neighbourhood_id").tolist()
        marked = session.neighbourhood_of(study, view.choice)
    if table.empty:
        st.caption(f"There are no {plain(many)} to rank here.")
        return
    name = session.key(study, "ranking")
    rows = [identifiers.index(marked)] if marked in identifiers else []
    # The order changes with the question: the mark follows the place, not the row.
    session.place(name, {"selection": {"rows": rows, "columns": [], "cells": []}})

    def chosen() -> None:
        now = session.touched_rows(name)
        if now:
            session.choose(study, kind, identifiers[now[0]])
        else:
            session.choose(study, "none", "")

    columns = st.column_config
    figures, people = _figures(table)
    first = "of those where an open site may be" if view.by_eligible else "out of reach"
    st.dataframe(
        figures,
        key=name,
        placeholder=_NO_FIGURE,
        on_select=chosen,
        selection_mode=["single-row", "single-cell"],
        hide_index=True,
        height=_ROW_HEIGHT_PX * (min(len(table), _ROWS_SHOWN) + 1) + 3,
        row_height=_ROW_HEIGHT_PX,
        alt=f"{many.capitalize()} ranked by {unit} {first}",
        column_config={
            "rank": columns.NumberColumn("#", width=38, help=f"Most {first} first"),
            "rank_interval": columns.TextColumn(
                "90%",
                width=56,
                help="Where the place would rank if the survey were made again, nine times of ten",
            ),
            # As wide as leaves the figures in sight on a small laptop.
            "name": columns.TextColumn(
                one.capitalize(), width=216 if "eligible_gap" in table else 252
            ),
            "gap": columns.NumberColumn("Out of reach", format=people, width=94),
            "eligible_gap": columns.NumberColumn(
                "Eligible",
                format=people,
                width=74,
                help=f"{unit.capitalize()} out of reach who live where an open site would be "
                f"lawful; {_NO_FIGURE} where that is not known",
            ),
            "in_reach_share": columns.ProgressColumn(
                "In reach", format="%.0f%%", min_value=0, max_value=100, width=100
            ),
            "need": columns.NumberColumn(unit.capitalize(), format=people, width=90),
            "interval": columns.TextColumn(f"{unit.capitalize()}, 90% interval", width=130),
            "need_in_reach": columns.NumberColumn(
                f"{unit.capitalize()} in reach", format=people, width=110
            ),
            "sites": columns.NumberColumn(words.sites.capitalize(), width=90),
            "group": columns.TextColumn(words.group.capitalize(), width=110),
            "geoid": columns.TextColumn("GEOID", width=120),
            "reading": columns.TextColumn("In words", width=320),
            "rank_reading": columns.TextColumn("How sure the rank is", width=320),
        },
    )


def _figures(table: pd.DataFrame) -> tuple[pd.DataFrame | Styler, str | None]:
    """Return a table with small counts of people hidden, and the format of its other counts."""
    shown = tables.small_counts(table, tables.PEOPLE_COLUMNS)
    # A format of the column would undo what is hidden; then the counts bring their own.
    return shown, "localized" if shown is table else None


def draw_partners(assessment: GapAssessment, study: Study) -> None:
    """Draw what each partner reaches, and the sites one by one."""
    words, unit = study.words, assessment.measure.unit.capitalize()
    columns = st.column_config
    st.subheader("Partners", anchor=False)
    table = tables.partners_table(assessment, study)
    if table.empty:
        st.caption(f"No {plain(words.sites)} count for this question, so no partner is listed.")
    else:
        figures, people = _figures(table)
        st.dataframe(
            figures,
            hide_index=True,
            row_height=_ROW_HEIGHT_PX,
            alt="What each partner reaches, alone and together with others",
            column_config={
                "letter": columns.TextColumn("On the map", width=90),
                "partner": columns.TextColumn("Partner", width=280),
                "site_count": columns.NumberColumn(words.sites.capitalize()),
                "need_in_reach": columns.NumberColumn(f"{unit} in reach", format=people),
                "unique_need": columns.NumberColumn("Reached by nobody else", format=people),
                "shared_need": columns.NumberColumn("Shared with others", format=people),
            },
        )
    drawer = st.expander(
        f"All {plain(words.sites)}, and why some do not count",
        key=session.key(study, "all sites"),
        on_change="rerun",
    )
    if not drawer.open:
        # Not made and not sent until somebody looks.
        return
    with drawer:
        left_out = tables.left_out_table(assessment)
        if not left_out.empty:
            st.dataframe(
                left_out,
                hide_index=True,
                alt="Why sites do not count",
                column_config={
                    "reason": columns.TextColumn("Does not count because", width=360),
                    "sites": columns.NumberColumn(words.sites.capitalize()),
                },
            )
        figures, people = _figures(tables.sites_table(assessment, study))
        st.dataframe(
            figures,
            hide_index=True,
            placeholder=_NO_FIGURE,
            alt=f"All {words.sites}",
            column_config={
                "name": columns.TextColumn("Name", width=260),
                "partner": columns.TextColumn("Partner"),
                "schedule": columns.TextColumn("Meals, days, hours", width=300),
                "counts": columns.TextColumn("Counts", width=70),
                "left_out_because": columns.TextColumn("Why not"),
                "need_in_reach": columns.NumberColumn(f"{unit} in reach", format=people),
                "unique_need": columns.NumberColumn("Nobody else's", format=people),
            },
        )


def draw_downloads(assessment: GapAssessment, study: Study) -> None:
    """Draw the buttons for files; a file is made when its button is pressed."""
    room = st.container(key="downloads")
    room.subheader("Take it with you", anchor=False)
    place = assessment.scenario.within or "all"
    stem = "-".join(
        "".join(sign if sign.isalnum() else "-" for sign in part.lower())
        for part in ("gaps", study.id, place, str(assessment.scenario.reach))
    )
    with room, st.container(horizontal=True, gap="small"):
        for suffix, media_type in FORMATS.items():
            st.download_button(
                _FORMAT_NAMES.get(suffix, suffix),
                data=partial(export_bytes, assessment, study, suffix),
                file_name=f"{stem}{suffix}",
                mime=media_type,
                key=session.key(study, f"download {suffix}"),
                on_click="ignore",
            )
    room.caption(
        "The map page opens in any browser without internet, prints, and can be sent by e-mail; "
        "the others are for spreadsheets and mapping software."
    )


def draw_sources(assessment: GapAssessment, study: Study) -> None:
    """Draw where the figures come from and what they do not know."""
    drawer = st.expander("Sources and method", key=session.key(study, "sources"), on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        if study.summary:
            st.markdown(plain(study.summary))
        for note in assessment.notes:
            st.markdown(f"- {plain(note)}")
        draw_layers(assessment.provenance)
        st.caption(f"Data version {assessment.data_version}")
