"""Take a division along and bring one: sheets to print, CSV, GeoPackage."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final

import streamlit as st

from gapmap.analysis.territory.edits import Drawing
from gapmap.errors import GapmapError
from gapmap.sources.files import read_upload
from gapmap.views.divisions import (
    DIVISION_FORMATS,
    division_bytes,
    holders_in_table,
    partners_in_table,
)
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session
from gapmap.webapp.pages import territory_work
from gapmap.webapp.pages.territory_address import (
    LONGEST_DRAWING,
    PARTNERS_AT_MOST,
    drawing_text,
)
from gapmap.webapp.printed import Printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study
    from gapmap.webapp.pages.territory_address import TerritoryView

__all__ = ["bring_waiting", "draw_files"]

_LONGEST_NUMBER: Final = 4
_UPLOADS: Final = "territory uploads"
_NAMES: Final = {".csv": "Table (CSV)", ".gpkg": "Map (GeoPackage)"}


def draw_files(
    study: Study, view: TerritoryView, division: Division, drawing: Drawing, *, sheets: str
) -> None:
    """Draw the ways out of the page and back in; ``sheets`` is the address of those to print."""
    st.subheader("Print, take along, bring back", anchor=False)
    stem = _stem(study, view)
    with st.container(horizontal=True, gap="small", key="downloads"):
        if sheets:
            st.link_button(
                "Print one sheet per partner",
                sheets,
                icon=":material/print:",
            )
            st.download_button(
                "The sheets as a file",
                data=partial(_sheets, division, study),
                file_name=f"{stem}-sheets.html",
                mime="text/html",
                key=session.key(study, "territory sheets"),
                on_click="ignore",
            )
            for suffix, media_type in DIVISION_FORMATS.items():
                st.download_button(
                    _NAMES[suffix],
                    data=partial(division_bytes, division, study, suffix),
                    file_name=f"{stem}{suffix}",
                    mime=media_type,
                    key=session.key(study, f"territory file {suffix}"),
                    on_click="ignore",
                )
    if len(drawing_text(drawing)) > LONGEST_DRAWING:
        st.caption(
            "The map is too large for a link: the link holds the question, the table (CSV) holds "
            "who has what. Bring it back below."
        )
    elif sheets:
        st.caption("The address of this page shows the same map: send it to anybody.")
    st.file_uploader(
        "Bring a division: a table with the columns GEOID and partner, or a GeoPackage",
        type=["csv", "tsv", "xlsx", "gpkg", "geojson"],
        key=_upload_key(study),
        help="What the buttons above wrote comes back as it was. Partners that the file names "
        "take the place of those there are; Undo goes back.",
    )
    if said := territory_work.news(study, about="file"):
        st.info(plain(said))


def _upload_key(study: Study) -> str:
    count = int(session.known(session.key(study, _UPLOADS), 0))
    return session.key(study, f"territory upload {count}")


def bring_waiting(study: Study, view: TerritoryView) -> None:
    """Draw a division out of the file that waits in its box, if there is one.

    To be called before the controls are drawn: the file may bring other partners.
    """
    file = session.known(_upload_key(study))
    if file is None:
        return
    with st.spinner("Reading the file"):
        _bring(study, view, file.getvalue(), file.name)
    # The box is empty again: what was brought is on the map and can change there.
    uploads = session.key(study, _UPLOADS)
    session.place(uploads, int(session.known(uploads, 0)) + 1)


def _sheets(division: Division, study: Study) -> bytes:
    return cached.sheets(Printable(division, study), date.today()).encode()


def _stem(study: Study, view: TerritoryView) -> str:
    words = ("territory", study.id, view.scenario.within or "all", f"{len(view.partners)}-partners")
    return "-".join(
        "".join(sign if sign.isalnum() else "-" for sign in part.lower()) for part in words
    )


def _bring(study: Study, view: TerritoryView, content: bytes, file_name: str) -> None:
    """Draw a division out of a file; partners that it names take the place of those there are."""
    try:
        table = read_upload(content, file_name, layer="division").table
        named = partners_in_table(table, source=file_name)
        partners = _brought_partners(named, view.partners)
        # As the controls will say in the next run.
        holders = holders_in_table(table, study, partners, source=file_name)
        drawing = territory_work.begun(study, view).now
    except GapmapError as error:
        territory_work.say(study, str(error), about="file")
        return
    mine = tuple(holders.get(geoid) for geoid in drawing.geoids)
    territory_work.change(
        study, view.scenario.within, lambda now: Drawing(now.geoids, partners, mine)
    )
    territory_work.place_partners(study, partners)
    outside = len(set(holders) - set(drawing.geoids))
    held = sum(holder is not None for holder in mine)
    words = study.words
    where = view.scenario.within or study.name
    aside = f" {outside:,} outside {where} were left aside." if outside else ""
    said = f"{file_name}: {held:,} {words.areas} of {len(partners)} partners.{aside}"
    territory_work.say(study, said, about="file")


def _brought_partners(named: Sequence[str], mine: tuple[str, ...]) -> tuple[str, ...]:
    numbers = [int(name) for name in named if _is_number(name)]
    are_known = all(name in mine or _is_number(name) for name in named)
    if are_known and max(numbers, default=0) <= len(mine):
        return mine
    if len(numbers) == len(named):
        count = min(max(*numbers, territory_work.LEAST_PARTNERS), PARTNERS_AT_MOST)
        return tuple(f"Partner {row}" for row in range(1, count + 1))
    if len(named) < territory_work.LEAST_PARTNERS:
        return tuple(dict.fromkeys([*named, *mine]))
    return tuple(named[:PARTNERS_AT_MOST])


def _is_number(name: str) -> bool:
    return name.isdecimal() and len(name) <= _LONGEST_NUMBER
