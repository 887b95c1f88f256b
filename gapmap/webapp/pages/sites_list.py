"""The page Data: bring a site list, see what became of it, and where every layer is from."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import streamlit as st

from gapmap import usecases
from gapmap.errors import GapmapError
from gapmap.layers.gate.formats import recognise
from gapmap.sources.files import read_upload
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session
from gapmap.webapp.pages.gaps import open_study
from gapmap.webapp.pages.sites_columns import draw_columns
from gapmap.webapp.pages.sites_report import draw_layers, draw_report

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
    _draw_list_in_use(study)
    _draw_upload(study)
    st.subheader("Every layer and where it is from", anchor=False)
    draw_layers((session.brought(study) or study).provenance)
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
    st.subheader(f"The list of {plain(words.sites)} in use", anchor=False)
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
    words = study.words
    st.subheader(f"Bring a list of {plain(words.sites)}", anchor=False)
    file = st.file_uploader(
        "CSV, Excel, GeoJSON, GeoPackage or zipped Shapefile, up to 50 MB",
        type=_ENDINGS,
        key=session.key(study, "upload"),
        help="Lists of the USDA, Texas, Oklahoma, Pennsylvania, DC and HSDS are recognised; "
        "for others you say which column is which. Names, telephone numbers and mail addresses "
        "of people are dropped unread.",
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
            upload = _read(study, content, file.name, digest)
    if upload.problem:
        st.error(plain(upload.problem))
    if upload.columns:
        picked = draw_columns(study, upload)
        if picked is not None:
            with st.spinner("Checking the rows"):
                upload = _check(study, upload, picked)
            st.rerun()
    if upload.checked is not None:
        _draw_checked(study, upload)


def _read(study: Study, content: bytes, name: str, digest: str) -> Upload:
    try:
        raw = read_upload(content, name)
    except GapmapError as error:
        return session.remember(study, session.Upload(digest=digest, name=name, problem=str(error)))
    columns = tuple(str(column) for column in raw.table.columns if column != "geometry")
    has_shapes = "geometry" in raw.table.columns
    upload = session.Upload(
        digest=digest,
        name=name,
        raw=raw,
        columns=columns,
        has_shapes=has_shapes,
        is_recognised=recognise([str(c) for c in raw.table.columns], has_shapes=has_shapes)
        is not None,
    )
    return _check(study, upload, None) if upload.is_recognised else session.remember(study, upload)


def _check(study: Study, upload: Upload, columns: dict[str, str] | None) -> Upload:
    assert upload.raw is not None
    try:
        checked = usecases.check_sites(
            upload.raw,
            study=study,
            margin_m=cached.workspace().describe(study.id).margin_m,
            columns=columns,
        )
    except GapmapError as error:
        return session.remember(study, upload.with_answer(problem=str(error)))
    return session.remember(study, upload.with_answer(checked=checked))


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
