"""Making a board: of which part, with which question, and begun from a division if there is one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from gapmap import usecases
from gapmap.board import joining
from gapmap.board.agenda import read_change
from gapmap.board.store import OPERATOR
from gapmap.board.values import Role
from gapmap.errors import NotAllowedError, RequestError
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session
from gapmap.webapp.board_question import BoardQuestion
from gapmap.webapp.pages import territory_work
from gapmap.webapp.pages.board_maker import draw_maker
from gapmap.webapp.pages.plan_address import parts

if TYPE_CHECKING:
    from gapmap.analysis.territory.edits import Drawing
    from gapmap.board.joining import Joined
    from gapmap.model import Study

__all__ = ["CODE_HOURS", "draw_making", "make_board"]

CODE_HOURS: Final = 24.0

_EVERYWHERE: Final = ""
_AS_ASKED: Final = ""
_PARTNERS_AT_MOST: Final = 60
_LONGEST_NAME: Final = 80


def draw_making(study: Study) -> Joined | None:
    """Draw the form; return who made a board, as its facilitator, if somebody just did."""

    def name(control: str) -> str:
        return session.key(study, f"board {control}")

    st.subheader("Make a board", anchor=False)
    asked = session.current_view(study).scenario
    maker = draw_maker(study, loses=_lost_by_signing_in(study))
    if maker is None:
        return None
    groups, places = parts(study)
    title = st.text_input("What to call it", key=name("title"), max_chars=80)
    within = None
    if groups or places:
        session.seed(name("within"), asked.within or _EVERYWHERE)
        within = (
            st.selectbox(
                "Part of the city",
                options=[_EVERYWHERE, *groups, *places],
                format_func=lambda part: (
                    f"{part}, whole {study.words.group}" if part in groups else part or "All"
                ),
                key=name("within"),
            )
            or None
        )
    what_ifs = [card.name for card in cached.workspace().what_ifs(study.id) if card.problem is None]
    chosen = st.selectbox(
        "Question",
        options=[_AS_ASKED, *what_ifs],
        format_func=lambda one: f"What-if: {one}" if one else "As asked on the page Gaps",
        key=name("question"),
    )
    history = territory_work.remembered(study, within)
    drawing = None if history is None else history.now
    is_divided = drawing is not None and any(one is not None for one in drawing.holders)
    usual = territory_work.usual_partners(study, within)
    if drawing is not None and is_divided:
        usual = drawing.partners
    known = sorted({*usual, *study.sites["partner"].dropna()}, key=str.casefold)
    partners = st.multiselect(
        "Partners, in the order of their letters",
        options=list(dict.fromkeys([*usual, *known])),
        default=list(usual),
        # Another part of the city has other partners: theirs are other controls.
        key=name(f"partners {within or ''} {', '.join(usual)}"),
        accept_new_options=True,
        max_selections=_PARTNERS_AT_MOST,
    )
    is_begun = is_divided and st.checkbox(
        "Begin with the territories that are drawn on the page Territory",
        value=True,
        key=name("begin"),
    )
    if maker.person is not None:
        session.seed(name("lead"), maker.person.name[:_LONGEST_NAME])
    lead = st.text_input("Your name, as facilitator", key=name("lead"), max_chars=_LONGEST_NAME)
    if not st.button("Make the board", type="primary", key=name("make")):
        return None
    if not lead.strip():
        st.error("Say under which name you lead the board.")
        return None
    try:
        maker.check()
    except NotAllowedError as refused:
        st.error(plain(refused))
        return None
    what_if = None
    if chosen:
        what_if = cached.workspace().load_what_if(study.id, chosen, may_be_path=False)
    question = BoardQuestion(replace(asked, within=within), tuple(partners), what_if)
    with st.spinner("Making the board"):
        return make_board(
            study,
            question,
            title=title.strip() or f"{within or study.name}, roundtable",
            lead=lead,
            begin=drawing if is_begun else None,
            person="" if maker.person is None else maker.person.id,
        )


def _lost_by_signing_in(study: Study) -> str:
    within = session.current_view(study).scenario.within
    history = territory_work.remembered(study, within)
    if history is None:
        return ""
    return "save the territories that you have drawn before."


def make_board(
    study: Study,
    question: BoardQuestion,
    *,
    title: str,
    lead: str,
    begin: Drawing | None = None,
    person: str = "",
) -> Joined:
    """Make a board, its codes, and its facilitator.

    Parameters
    ----------
    study, question
        Whose areas, and what everybody looks at.
    title
        What to call it.
    lead
        Display name of the facilitator.
    begin
        Who holds what at the beginning.
    person
        Who makes it, if they signed in: then they come back to it by that alone.

    Raises
    ------
    RequestError
        If nothing can be claimed there.
    """
    store = cached.boards()
    areas = usecases.claimable_areas(study, question.scenario.within)
    if not areas:
        raise RequestError("Nothing can be claimed there. Choose another part of the city.")
    board = store.create_board(study.id, areas, title=title, scenario=question.as_json(study)).id
    for partner, held in _held(begin, areas).items():
        taken: dict[str, Any] = {"do": "take", "partner": partner, "areas": held}
        store.write(board, read_change(taken), by=OPERATOR)
    offered: list[tuple[Role, str]] = [(Role.FACILITATOR, ""), (Role.VIEWER, "")]
    offered += [(Role.PARTNER, partner) for partner in question.partners]
    for role, partner in offered:
        joining.offer(store, board, role, partner=partner, by=OPERATOR, hours=CODE_HOURS)
    return joining.admit(store, board, Role.FACILITATOR, lead, by=OPERATOR, person=person)


def _held(drawing: Drawing | None, areas: dict[str, str | None]) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    if drawing is not None:
        for geoid, holder in zip(drawing.geoids, drawing.holders, strict=True):
            if holder is not None and geoid in areas:
                held.setdefault(holder, []).append(geoid)
    return held
