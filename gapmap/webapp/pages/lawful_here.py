"""What may open at a point, why, and the working to print."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import streamlit as st

from gapmap.errors import RequestError
from gapmap.views import lawful_map, worksheet_words
from gapmap.views.sentences import plain
from gapmap.webapp import cached, server, session
from gapmap.webapp.address import spot_text

if TYPE_CHECKING:
    from datetime import date

    from streamlit.delta_generator import DeltaGenerator

    from gapmap.model import Study
    from gapmap.rules import EligibilityAnswer, Worksheet

__all__ = ["draw_lawful"]

_ICONS: Final = {
    True: ":material/check_circle:",
    False: ":material/cancel:",
    None: ":material/help:",
}


def draw_lawful(study: Study, longitude: float, latitude: float, heading: DeltaGenerator) -> None:
    """Draw what may open at a point.

    Parameters
    ----------
    study
        The study.
    longitude, latitude
        The point, degrees.
    heading
        Room for the title.
    """
    with heading:
        st.subheader("What may open here?", anchor=False)
        try:
            answer = cached.standing(study).at(longitude, latitude)
        except RequestError as error:
            # Outside: an answer like any other, the page goes on.
            st.caption(plain(error))
            return
        st.caption(plain(worksheet_words.place_words(answer)))
    if answer.is_proxy:
        st.caption(f"**{lawful_map.PROXY}.** The State agency decides.")
    _draw_types(answer)
    if answer.probability is not None and answer.worksheets:
        st.caption(plain(worksheet_words.probability_words(answer)))
    st.caption(plain(f"Rural: {worksheet_words.rural_words(answer)}"))
    for note in answer.notes:
        st.caption(plain(note))
    if not answer.worksheets:
        return
    with st.expander("Worksheet: the working behind this"):
        today = datetime.now().astimezone().date()
        for sheet in answer.worksheets:
            _draw_sheet(sheet, today)
    st.link_button(
        "Print the worksheet",
        server.worksheet_address(study.id, spot_text(latitude, longitude)),
        key=session.key(study, "worksheet"),
    )


def _draw_types(answer: EligibilityAnswer) -> None:
    """Draw each type of site in the words of the printed worksheet."""
    lines = []
    for one in answer.site_types:
        word = worksheet_words.capital(worksheet_words.site_type_word(one, answer))
        kind = worksheet_words.capital(one.site_type)
        icon = _ICONS[one.is_lawful]
        lines.append(f"{icon} **{plain(kind)}: {plain(word)}.** {plain(one.because)}")
    st.markdown("\n\n".join(lines))


def _draw_sheet(sheet: Worksheet, today: date) -> None:
    """Draw one worksheet: what is added up, and what it comes to."""
    st.markdown(
        f"**{plain(worksheet_words.capital(sheet.route))}.** "
        f"{plain(worksheet_words.question_words(sheet))}"
    )
    rows = "".join(
        f"\n| {plain(' '.join(dict.fromkeys([row.name, row.geoid])))} "
        f"| {worksheet_words.figure(row.children)} | {worksheet_words.figure(row.eligible)} "
        f"| {plain(worksheet_words.share_words(sheet, row.share))} |"
        for row in sheet.rows
    )
    st.markdown(f"| | Children | Eligible | Share |\n|:--|--:|--:|--:|{rows}")
    st.markdown(f"**{plain(worksheet_words.capital(worksheet_words.arithmetic(sheet)))}**")
    about = ". ".join(f"{name}: {text}" for name, text in worksheet_words.rests_on(sheet, today))
    st.caption(plain(" ".join([f"{about}.", *sheet.notes])))
