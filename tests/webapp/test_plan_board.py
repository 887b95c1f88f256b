"""What is accepted on the page Plan goes to a board as proposed sites."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from gapmap import wiring
from gapmap.board import joining
from gapmap.board.store import OPERATOR, open_store
from gapmap.board.values import Role, Section
from gapmap.errors import NotAllowedError
from gapmap.webapp import cached
from gapmap.webapp.pages.plan_board import propose
from tests.webapp.conftest import FakeWorkspace, checked, town

HARBOUR, MILL = "Harbour Aid", "Mill Friends"


class Workspace(FakeWorkspace):
    def __init__(self, url, *studies):
        super().__init__(*studies)
        self._url = url

    def open_boards(self):
        return open_store(self._url)


@pytest.fixture
def store(monkeypatch, tmp_path):
    workspace = Workspace(f"sqlite:///{tmp_path / 'boards.db'}", town())
    monkeypatch.setattr(wiring, "open_workspace", lambda: workspace)
    cached.forget()
    yield cached.boards()
    cached.boards().close()
    cached.forget()


@pytest.fixture
def board(store):
    kept = {"partners": [HARBOUR, MILL]}
    return store.create_board(town().id, {"1": None}, title="Round table", scenario=kept).id


def sit(store, board, role, partner=""):
    code = joining.offer(store, board, role, partner=partner, by=OPERATOR).code
    return joining.join(store, code, "Desk four", source="here")


def suggestion(name, longitude=-73.9):
    return SimpleNamespace(
        candidate_id=f"halls:{name}",
        name=name,
        longitude=longitude,
        latitude=40.8,
        sentences=("Reaches 900 children.",),
    )


def test_suggestions_are_put_once_with_their_place_and_why(store, board):
    member = sit(store, board, Role.PARTNER, HARBOUR).member
    hall, yard = suggestion("Hall"), suggestion("Yard", -73.8)
    assert propose(store, member, [hall], HARBOUR) == 1
    assert propose(store, member, [hall, yard], HARBOUR) == 1
    sites = [entry.value for entry in store.state(board).section(Section.SITES).values()]
    assert {(one["name"], one["longitude"], one["partner"]) for one in sites} == {
        ("Hall", -73.9, HARBOUR),
        ("Yard", -73.8, HARBOUR),
    }
    # Nothing is said of meals and days: nobody has said anything of them.
    assert {"meals", "days"}.isdisjoint(sites[0])


def test_a_partner_proposes_nothing_in_the_name_of_another(store, board):
    member = sit(store, board, Role.PARTNER, HARBOUR).member
    with pytest.raises(NotAllowedError, match="belongs to Mill Friends"):
        propose(store, member, [suggestion("Hall")], MILL)
    assert not store.state(board).section(Section.SITES)


def _draw():
    import streamlit as st

    from gapmap.webapp import cached
    from gapmap.webapp.pages import plan_board

    study = cached.study("town")
    st.session_state[plan_board.token_key(study, st.session_state["at"])] = st.session_state["as"]
    plan_board.draw_proposing(study, st.session_state["result"], st.session_state["accepted"])


@pytest.mark.parametrize(
    ("role", "accepted", "buttons"),
    [
        (Role.FACILITATOR, ("halls:Hall",), ["Propose 1 meal site"]),
        (Role.FACILITATOR, (), []),
        (Role.VIEWER, ("halls:Hall",), []),
    ],
)
def test_the_page_offers_it_to_whoever_may_write_on_a_board(store, board, role, accepted, buttons):
    app = AppTest.from_function(_draw, default_timeout=60)
    app.session_state["at"], app.session_state["accepted"] = board, accepted
    app.session_state["as"] = sit(store, board, role).token
    app.session_state["result"] = SimpleNamespace(suggestions=(suggestion("Hall"),))
    checked(app.run())
    assert [one.label for one in app.button] == buttons
    if not buttons:
        return
    app.selectbox[1].select(MILL)
    checked(app.button[0].click().run())
    assert app.success[0].value == "1 put on the board “Round table”."
    (entry,) = store.state(board).section(Section.SITES).values()
    assert entry.value["partner"] == MILL
