"""The tables of the page Compare: who gains and who loses, by place, partner and site."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from gapmap.analysis.supply import partner_names
from gapmap.views import numbers
from gapmap.views.comparison import COMPARISON_FORMATS, comparison_bytes, signed
from gapmap.views.partner_marks import listed_marks
from gapmap.views.sentences import plain
from gapmap.webapp import session
from gapmap.webapp.pages.compare_view import look_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from gapmap.analysis.comparison import Comparison
    from gapmap.model import Study

__all__ = ["draw_tables", "partner_rows", "place_rows", "site_rows"]

_ROW_HEIGHT_PX: Final = 34
_ROWS_SHOWN: Final = 9
_NO_FIGURE: Final = "–"
_NOTICEABLE: Final = 0.5
"""People: less than that is nobody."""
_FORMAT_NAMES: Final = {".csv": "Areas (CSV)", ".xlsx": "All tables (Excel)"}


def draw_tables(study: Study, comparison: Comparison) -> None:
    """Draw the tables, one at a time."""
    words = study.words
    has_places = study.neighbourhoods is not None
    labels: dict[str, str] = {
        **({"places": words.neighbourhoods.capitalize()} if has_places else {}),
        "partners": "Partners",
        "sites": words.sites.capitalize(),
    }
    draw: dict[str, Callable[[Study, Comparison], None]] = {
        "places": _draw_places,
        "partners": _draw_partners,
        "sites": _draw_sites,
    }
    chosen = st.segmented_control(
        "What changes, by",
        options=list(labels),
        format_func=labels.__getitem__,
        default=next(iter(labels)),
        required=True,
        key=session.key(study, "compare table"),
        width="stretch",
    )
    draw[str(chosen or next(iter(labels)))](study, comparison)
    _draw_downloads(study, comparison)


def place_rows(comparison: Comparison) -> pd.DataFrame:
    """Return neighbourhoods, the largest difference first.

    Columns: ``neighbourhood_id``, ``name``, ``group`` where there are several, ``difference``,
    ``gap_first``, ``gap_second``, ``share_first``, ``share_second`` (0 to 100), ``need``.
    """
    table = comparison.neighbourhoods
    rows = pd.DataFrame(
        {
            "neighbourhood_id": table["neighbourhood_id"],
            "name": table["name"],
            "group": table["group"],
            "difference": table["need_in_reach_difference"],
            "gap_first": table["gap_first"],
            "gap_second": table["gap_second"],
            "share_first": 100 * table["in_reach_share_first"],
            "share_second": 100 * table["in_reach_share_second"],
            "need": table["need_second"],
        }
    )
    several = rows["group"].nunique(dropna=True) > 1
    return _comparable(comparison, rows if several else rows.drop(columns="group"))


def partner_rows(study: Study, comparison: Comparison) -> pd.DataFrame:
    """Return partners, the largest difference first.

    Columns: ``letter``, ``partner``, ``sites_first``, ``sites_second``, ``difference``,
    ``reach_first``, ``reach_second``, ``alone_second``.
    """
    table = comparison.partners
    marks = listed_marks(partner_names(study.sites))
    return _comparable(
        comparison,
        pd.DataFrame(
            {
                # A partner that only a what-if has is marked by its plus.
                "letter": [marks[one].letter if one in marks else "+" for one in table["partner"]],
                "partner": table["partner"],
                "sites_first": table["site_count_first"],
                "sites_second": table["site_count_second"],
                "difference": table["need_in_reach_difference"],
                "reach_first": table["need_in_reach_first"],
                "reach_second": table["need_in_reach_second"],
                "alone_second": table["unique_need_second"],
            }
        ),
    )


def site_rows(comparison: Comparison) -> pd.DataFrame:
    """Return sites, what is changed first, then the largest difference.

    Columns: ``name``, ``change``, ``difference``, ``reach_first``, ``reach_second``,
    ``alone_second``, ``partner``.
    """
    table = comparison.sites
    rows = pd.DataFrame(
        {
            "name": table["name"],
            "change": table["change"].map(str),
            "difference": table["need_in_reach_difference"],
            "reach_first": table["need_in_reach_first"],
            "reach_second": table["need_in_reach_second"],
            "alone_second": table["unique_need_second"],
            "partner": table["partner"],
        }
    )
    order = pd.DataFrame(
        {"unchanged": rows["change"] == "", "size": -rows["difference"].abs().fillna(0)}
    ).sort_values(["unchanged", "size"], kind="stable")
    return _comparable(comparison, rows.loc[order.index].reset_index(drop=True))


def _comparable(comparison: Comparison, rows: pd.DataFrame) -> pd.DataFrame:
    return rows if comparison.are_comparable else rows.drop(columns="difference")


def _draw_places(study: Study, comparison: Comparison) -> None:
    words, columns = study.words, st.column_config
    table = _changed(study, comparison, place_rows(comparison))
    identifiers = table.pop("neighbourhood_id").tolist()
    name = session.key(study, "compare places")

    def chosen() -> None:
        now = session.touched_rows(name)
        look_at(study, str(identifiers[now[0]]) if now else None)

    left, right = (plain(one) for one in comparison.names)
    _draw(
        table,
        people=["gap_first", "gap_second", "need"],
        empty=f"There are no {plain(words.neighbourhoods)} here.",
        key=name,
        on_select=chosen,
        selection_mode=["single-row", "single-cell"],
        alt=f"{words.neighbourhoods.capitalize()} with what changes, most first",
        column_config={
            "name": columns.TextColumn(words.neighbourhood.capitalize(), width=196),
            "group": columns.TextColumn(words.group.capitalize(), width=90),
            "difference": columns.NumberColumn(
                "Change in reach", width=112, help=f"From {left} to {right}"
            ),
            "gap_first": columns.NumberColumn("Out, left", width=78, help=f"Out of reach: {left}"),
            "gap_second": columns.NumberColumn(
                "Out, right", width=82, help=f"Out of reach: {right}"
            ),
            "share_first": columns.NumberColumn("In reach, left", format="%.0f%%", width=98),
            "share_second": columns.NumberColumn("In reach, right", format="%.0f%%", width=104),
            "need": columns.NumberColumn(
                comparison.second.measure.unit.capitalize(), width=76, help="On the right"
            ),
        },
    )
    if len(table):
        st.caption("Click a row: both maps go there.")


def _changed(study: Study, comparison: Comparison, table: pd.DataFrame) -> pd.DataFrame:
    """Leave out what stays the same, unless somebody wants to see it or nothing changes."""
    if not comparison.are_comparable:
        return table
    is_changed = table["difference"].abs() >= _NOTICEABLE
    if not is_changed.any() or is_changed.all():
        return table
    shows_all = st.toggle(
        f"Also the {int((~is_changed).sum()):,} that stay the same",
        key=session.key(study, "compare all places"),
    )
    return table if shows_all else table[is_changed].reset_index(drop=True)


def _draw_partners(study: Study, comparison: Comparison) -> None:
    words, columns = study.words, st.column_config
    sites = words.sites.capitalize()
    _draw(
        partner_rows(study, comparison),
        people=["reach_first", "reach_second", "alone_second"],
        empty=f"No {plain(words.sites)} count on either side.",
        alt="Partners with what changes, most first",
        column_config={
            "letter": columns.TextColumn("On the map", width=84),
            "partner": columns.TextColumn("Partner", width=230),
            "sites_first": columns.NumberColumn(f"{sites}, left", format="%d", width=110),
            "sites_second": columns.NumberColumn(f"{sites}, right", format="%d", width=116),
            "difference": columns.NumberColumn("Change in reach", width=110),
            "reach_first": columns.NumberColumn("In reach, left", width=100),
            "reach_second": columns.NumberColumn("In reach, right", width=106),
            "alone_second": columns.NumberColumn("By nobody else, right", width=140),
        },
    )


def _draw_sites(study: Study, comparison: Comparison) -> None:
    words, columns = study.words, st.column_config
    _draw(
        site_rows(comparison),
        people=["reach_first", "reach_second", "alone_second"],
        empty=f"There are no {plain(words.sites)} on either side.",
        alt=f"{words.sites.capitalize()} with what changes, changed ones first",
        column_config={
            "name": columns.TextColumn(words.site.capitalize(), width=210),
            "partner": columns.TextColumn("Partner", width=180),
            "change": columns.TextColumn("On the right", width=100),
            "difference": columns.NumberColumn("Change in reach", width=110),
            "reach_first": columns.NumberColumn("In reach, left", width=100),
            "reach_second": columns.NumberColumn("In reach, right", width=106),
            "alone_second": columns.NumberColumn("By nobody else, right", width=140),
        },
    )


def _draw_downloads(study: Study, comparison: Comparison) -> None:
    stem = "-".join(
        "".join(sign if sign.isalnum() else "-" for sign in part.lower())
        for part in ("compare", study.id, *comparison.names)
    )
    with st.container(horizontal=True, gap="small", key="downloads"):
        for suffix, media_type in COMPARISON_FORMATS.items():
            st.download_button(
                _FORMAT_NAMES.get(suffix, suffix),
                data=partial(comparison_bytes, comparison, study, suffix),
                file_name=f"{stem}{suffix}",
                mime=media_type,
                key=session.key(study, f"compare download {suffix}"),
                on_click="ignore",
            )


def _draw(table: pd.DataFrame, *, people: list[str], empty: str, **how: Any) -> None:
    """Draw a table of people, small counts hidden and differences with their sign."""
    if table.empty:
        st.caption(empty)
        return
    formats: dict[Any, Any] = dict.fromkeys(people, numbers.people)
    if "difference" in table:
        formats["difference"] = signed
    st.dataframe(
        table.style.format(formats, na_rep=""),
        hide_index=True,
        placeholder=_NO_FIGURE,
        row_height=_ROW_HEIGHT_PX,
        height=_ROW_HEIGHT_PX * (min(len(table), _ROWS_SHOWN) + 1) + 3,
        **how,
    )
