"""Settle by hand what a geocoder could not: pick the place on a map, type it, or leave it out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from gapmap import usecases
from gapmap.errors import GapmapError
from gapmap.layers.gate.settlement import Decision, MatchQuality
from gapmap.model import Role
from gapmap.settings import Settings
from gapmap.views.lists import list_csv
from gapmap.views.pick_map import PICK_SCRIPT, PickAddresses, pick_map, pick_state
from gapmap.views.sentences import plain
from gapmap.webapp import cached, published, session
from gapmap.webapp.assets import LEAFLET_ASSETS, asset_version
from gapmap.webapp.pages.sites_check import settle_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gapmap.layers.gate.settlement import Settling
    from gapmap.model import Study
    from gapmap.webapp.session import Upload

__all__ = ["draw_settling"]

_TO_BASE = "../../"
_SHOWN_AT_MOST = 5


def draw_settling(study: Study, upload: Upload, settling: Settling) -> None:
    """Draw the rows to look at one by one, with a map, and the list to take away."""
    rows = settling.rows
    _draw_misplaced(upload, rows)
    if settling.open_count:
        st.caption(
            f"{settling.open_count:,} to look at. Ties and addresses that were not found have no "
            "place yet; inexact matches are used where the geocoder put them."
        )
    else:
        st.caption("Every row has been looked at.")
    shows_all = st.toggle(
        "All rows that were looked up", key=session.key(study, "settle all"), value=False
    )
    offered = rows if shows_all else rows[rows["is_open"]]
    if len(offered):
        # Rows without a place come first: the others are in use already.
        offered = offered.sort_values("longitude", key=pd.Series.notna, kind="stable")
        _draw_row(study, upload, {row["row"]: row for row in offered.to_dict("records")})
    undo_room, download_room, _ = st.columns([1.6, 2, 2])
    last = settling.decisions[-1] if settling.decisions else None
    undo_room.button(
        "Undo" if last is None else f"Undo: row {last.row}, {last.quality}",
        disabled=last is None,
        on_click=_undo,
        args=(study,),
        width="stretch",
        key=session.key(study, "settle undo"),
    )
    download_room.download_button(
        "The list with its places (CSV)",
        data=partial(_settled_csv, upload, settling),
        file_name=f"{upload.name.rpartition('.')[0] or upload.name}-placed.csv",
        mime="text/csv",
        on_click="ignore",
        width="stretch",
        help="Bring it again later and nothing needs to be settled twice. Personal columns are "
        "left out.",
        key=session.key(study, "settle download"),
    )
    with st.expander(f"All {len(rows):,} rows that were looked up"):
        st.dataframe(
            _overview(rows),
            hide_index=True,
            height="auto" if len(rows) <= 8 else 330,
            alt="Rows that were looked up",
        )


def _draw_misplaced(upload: Upload, rows: pd.DataFrame) -> None:
    """Name rows whose place the gate does not take: an address in another town, say."""
    assert upload.checked is not None
    left_out = upload.checked.report.left_out
    placed = rows.loc[rows["longitude"].notna(), "row"]
    outside = left_out[left_out["row"].isin(placed) & (left_out["reason"] == "outside the study")]
    if len(outside):
        names = [
            f"row {row} ({name})" if name else f"row {row}"
            for row, name in outside[["row", "name"]].head(_SHOWN_AT_MOST).itertuples(index=False)
        ]
        more = f" and {len(outside) - len(names)} more" if len(outside) > len(names) else ""
        st.warning(
            f"Placed outside the study, and therefore left out: {plain(', '.join(names))}{more}. "
            "Show all rows to place one anew."
        )


def _draw_row(study: Study, upload: Upload, rows: Mapping[int, Mapping[Any, Any]]) -> None:
    """Draw one of the rows by line, with its address, its map and what can be decided."""
    name = session.key(study, f"settle row {upload.digest[:12]}")
    options = list(rows)
    if session.known(name) not in options:
        session.place(name, options[0])
    row_room, about_room = st.columns([1, 1.35], gap="medium", vertical_alignment="bottom")
    chosen = row_room.selectbox(
        f"Row to settle, {len(options):,} in the list",
        options=options,
        format_func=lambda row: _label(row, rows[row]),
        key=name,
    )
    about = rows[chosen]
    if _is_placed(about):
        latitude_key, longitude_key = _place_keys(study, upload, chosen)
        session.seed(latitude_key, float(about["latitude"]))
        session.seed(longitude_key, float(about["longitude"]))
    with about_room:
        _draw_address(about)
    # The map comes first: on a phone the columns stand below each other.
    map_room, decision_room = st.columns([1.6, 1], gap="medium")
    with map_room, st.container(key="pick"):
        _draw_map(study, upload, chosen, about)
    with decision_room, st.container(key="decision"):
        _draw_decisions(study, upload, chosen, about, options)


def _draw_address(about: Mapping[Any, Any]) -> None:
    """Say what the list says, and what the geocoder made of it."""
    lines = [f"**{plain(_address(about) or 'No address')}**"]
    if about["name"]:
        lines[0] = f"{plain(about['name'])}: {lines[0]}"
    said = f"Taken for {about['matched_address']}" if about["matched_address"] else about["note"]
    lines.append(f"{plain(str(about['quality']).capitalize())}. {plain(said)}")
    st.markdown("  \n".join(lines))


def _draw_decisions(
    study: Study, upload: Upload, row: int, about: Mapping[Any, Any], options: list[int]
) -> None:
    latitude_key, longitude_key = _place_keys(study, upload, row)
    has_guess = _is_placed(about)
    west, south, east, north = study.areas.total_bounds
    latitude_room, longitude_room = st.columns(2)
    latitude = latitude_room.number_input(
        "Latitude, degrees", value=None, min_value=-90.0, max_value=90.0, step=0.001, format="%.6f",
        key=latitude_key, placeholder=f"{(south + north) / 2:.2f}",
    )  # fmt: skip
    longitude = longitude_room.number_input(
        "Longitude, degrees", value=None, min_value=-180.0, max_value=180.0, step=0.001,
        format="%.6f", key=longitude_key, placeholder=f"{(west + east) / 2:.2f}",
    )  # fmt: skip
    is_placed = latitude is not None and longitude is not None
    following = _following(row, options)
    decide = partial(_decide, study, upload, row, following)
    st.button(
        "Place it here",
        type="primary",
        disabled=not is_placed,
        on_click=decide,
        args=(MatchQuality.BY_HAND,),
        width="stretch",
        key=session.key(study, "settle here"),
        help=None if is_placed else "Click on the map first, or type latitude and longitude.",
    )
    left_room, right_room = st.columns(2)
    left_room.button(
        "It is right as it is",
        disabled=not has_guess or about["quality"] != MatchQuality.INEXACT,
        on_click=decide,
        args=(MatchQuality.CONFIRMED, (float(about["latitude"]), float(about["longitude"]))),
        width="stretch",
        key=session.key(study, "settle right"),
    )
    right_room.button(
        "Leave it out",
        on_click=decide,
        args=(MatchQuality.LEFT_OUT, (float("nan"), float("nan"))),
        width="stretch",
        key=session.key(study, "settle out"),
    )
    problem = session.take(session.key(study, "settle problem"))
    if problem:
        st.error(plain(problem))


def _draw_map(study: Study, upload: Upload, row: int, about: Mapping[Any, Any]) -> None:
    """Draw the map; a click on it fills in the row's latitude and longitude."""
    side, version = cached.need_side(study.id), asset_version()
    latitude_key, longitude_key = _place_keys(study, upload, row)

    def assets(*names: str) -> tuple[str, ...]:
        return tuple(f"{_TO_BASE}gapmap/assets/{version}/{name}" for name in names)

    scripts = [name for name in LEAFLET_ASSETS if name.endswith(".js")]
    styles = [name for name in LEAFLET_ASSETS if name.endswith(".css")]
    named = [extra.file for extra in side.extras if extra.role is Role.CONTEXT]
    if side.outlines is not None:
        named.append(side.outlines)
    addresses = PickAddresses(
        scripts=assets(*scripts, PICK_SCRIPT),
        styles=assets(*styles, "map.css"),
        areas=_TO_BASE + published.publish(side.areas),
        outlines=tuple(_TO_BASE + published.publish(file) for file in named),
        sites=_TO_BASE + published.publish(cached.site_file(study)),
    )
    name = f"pick-{study.id}-{side.areas.digest}"

    def clicked() -> None:
        point = session.map_point(name)
        if point is not None:
            session.place(latitude_key, round(point[0], 6))
            session.place(longitude_key, round(point[1], 6))

    latitude, longitude = session.known(latitude_key), session.known(longitude_key)
    st_folium(
        pick_map(study, addresses, tiles=Settings.from_environment().tiles_url),
        key=name,
        height=430,
        use_container_width=True,
        returned_objects=["last_clicked"],
        feature_group_to_add=pick_state(
            f"{upload.digest[:8]} {row}",
            pin=None if latitude is None or longitude is None else (latitude, longitude),
            guess=(float(about["latitude"]), float(about["longitude"]))
            if _is_placed(about)
            else None,
        ),
        on_change=clicked,
    )
    st.caption("Click where the address is. Dots are sites of the study; the dashed ring is where "
               "the geocoder put it.")  # fmt: skip


def _decide(
    study: Study,
    upload: Upload,
    row: int,
    following: int | None,
    quality: MatchQuality,
    place: tuple[float, float] | None = None,
) -> None:
    """Keep a decision and go on to the next row; without a place, take the one in the fields."""
    current = session.upload(study)
    if current is None or current.settling is None:
        return
    if place is None:
        # As the fields stand now: what they said when the button was drawn may be older.
        typed = [session.known(name) for name in _place_keys(study, upload, row)]
        if None in typed:
            return
        place = float(typed[0]), float(typed[1])
    latitude, longitude = place
    try:
        settled = current.settling.decide(
            Decision(row, quality, longitude=longitude, latitude=latitude)
        )
    except GapmapError as error:
        session.place(session.key(study, "settle problem"), str(error))
        return
    settle_list(study, settled)
    if following is not None:
        session.place(session.key(study, f"settle row {upload.digest[:12]}"), following)


def _undo(study: Study) -> None:
    """Take the last decision back, and show its row again."""
    upload = session.upload(study)
    if upload is None or upload.settling is None or not upload.settling.decisions:
        return
    last = upload.settling.decisions[-1]
    settle_list(study, upload.settling.undo())
    session.place(session.key(study, f"settle row {upload.digest[:12]}"), last.row)


def _settled_csv(upload: Upload, settling: Settling) -> bytes:
    assert upload.raw is not None
    return list_csv(
        usecases.fill_places(
            upload.raw, settling.places(), columns=upload.mapped, constants=upload.constants
        )
    )


def _overview(rows: pd.DataFrame) -> pd.DataFrame:
    shown = rows[["row", "name"]].copy()
    shown["address"] = [_address(row) for row in rows.to_dict("records")]
    shown["quality"] = rows["quality"].astype(str)
    return shown.join(rows[["matched_address", "latitude", "longitude", "note"]])


def _is_placed(about: Mapping[Any, Any]) -> bool:
    return bool(pd.notna(about["longitude"]))


def _place_keys(study: Study, upload: Upload, row: int) -> tuple[str, str]:
    return tuple(  # type: ignore[return-value]
        session.key(study, f"settle {part} {upload.digest[:12]} {row}")
        for part in ("latitude", "longitude")
    )


def _following(row: int, options: list[int]) -> int | None:
    place = options.index(row)
    others = options[place + 1 :] + options[:place]
    return others[0] if others else None


def _label(row: int, about: Mapping[Any, Any]) -> str:
    parts = [f"row {row}", str(about["quality"]), about["name"] or _address(about)]
    return " · ".join(part for part in parts if part)


def _address(about: Mapping[Any, Any]) -> str:
    town = f"{about['state']} {about['zip']}".strip()
    return ", ".join(part for part in (about["street"], about["city"], town) if part)
