"""The page Data: where the figures come from, a list of one's own, and another county."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from gapmap import usecases
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session
from gapmap.webapp.pages.fetch_form import draw_fetch_form
from gapmap.webapp.pages.gaps import open_study
from gapmap.webapp.pages.geocode_lookup import draw_lookup
from gapmap.webapp.pages.sites_check import check_list, read_list
from gapmap.webapp.pages.sites_columns import draw_columns
from gapmap.webapp.pages.sites_report import draw_report
from gapmap.webapp.pages.sources_panel import draw_sources_panel

if TYPE_CHECKING:
    from gapmap.model import Study
    from gapmap.webapp.session import Upload

__all__ = ["draw"]

_ENDINGS = ["csv", "tsv", "xlsx", "geojson", "json", "gpkg", "zip"]


def draw() -> None:
    """Draw the page."""
    opened, heading = open_study()
    heading.title("Data", anchor=False)
    study = cached.study(opened.id)
    session.keep_study(study)
    st.subheader("Where the figures come from", anchor=False)
    draw_sources_panel(session.brought(study) or study, today=date.today())
    st.subheader(f"Bring a list of {plain(study.words.sites)}", anchor=False)
    _draw_upload(study)
    _draw_list_in_use(study)
    draw_fetch_form()
    _draw_broken_studies()


def _draw_broken_studies() -> None:
    """Say what is wrong with the studies that the choice leaves out."""
    broken = [card for card in cached.workspace().studies() if card.problem is not None]
    if broken:
        st.subheader("Studies that cannot be opened", anchor=False)
    for card in broken:
        st.warning(f"{plain(card.id)}: {plain(card.problem)}")


def _draw_list_in_use(study: Study) -> None:
    words = study.words
    own = session.brought(study)
    in_use = own or study
    st.markdown(f"**The list of {plain(words.sites)} in use**")
    if own is not None:
        text_room, button_room = st.columns([4, 1.4], vertical_alignment="center")
        text_room.info(
            f"Yours: {plain(own.sites_reports[0].source)}, {len(own.sites):,} "
            f"{plain(words.sites)}. "
            "It is used on the page Gaps in this browser session only and is stored nowhere."
        )
        button_room.button(
            "Back to the study's own list",
            on_click=session.discard,
            args=(study,),
            width="stretch",
        )
    for place, report in enumerate(in_use.sites_reports):
        with st.expander(
            f"{plain(report.source)}: {report.rows_kept:,} of {report.rows_in:,} rows kept"
        ):
            draw_report(report, words.sites, session.key(study, f"own {place}"))
    if not in_use.sites_reports:
        st.caption(f"This study has no {plain(words.sites)} of its own.")


def _draw_upload(study: Study) -> None:
    file = st.file_uploader(
        "CSV, Excel, GeoJSON, GeoPackage or zipped Shapefile, up to 50 MB",
        type=_ENDINGS,
        key=session.key(study, "upload"),
        help="Lists of the USDA, Texas, Oklahoma, Pennsylvania, DC and HSDS are recognised; "
        "for others you say which column is which. Without coordinates, addresses can be looked "
        "up. Names, telephone numbers and mail addresses of people are dropped unread.",
    )
    if file is None:
        session.forget_upload(study)
        st.caption("Nothing is stored: the list lives in this browser session only.")
        return
    content = file.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    upload = session.upload(study)
    if upload is None or upload.digest != digest or upload.name != file.name:
        with st.spinner("Reading the file"):
            upload = read_list(study, content, file.name, digest)
    if upload.problem:
        st.error(plain(upload.problem))
    if upload.columns:
        picked = draw_columns(study, upload)
        if picked is not None:
            with st.spinner("Checking the rows"):
                check_list(study, replace(upload, mapped=picked, settling=None, job=""))
            st.rerun()
    if upload.checked is not None:
        upload = draw_lookup(study, upload)
        _draw_checked(study, upload)


def _draw_checked(study: Study, upload: Upload) -> None:
    assert upload.checked is not None
    words, report = study.words, upload.checked.report
    use_room = st.container()
    draw_report(report, words.sites, session.key(study, "new"))
    if not report.rows_kept:
        use_room.warning(
            "No row can be used: see below why. "
            f"The study goes on with its own {plain(words.sites)}."
        )
        return

    def use() -> None:
        assert upload.checked is not None
        session.bring(study, usecases.with_sites(study, upload.checked))

    use_room.button(
        f"Use this list: {report.rows_kept:,} {plain(words.sites)}",
        type="primary",
        on_click=use,
        key=session.key(study, "use"),
    )
