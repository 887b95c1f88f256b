"""The page Board without a browser: the list, making a board, codes, and who may see them."""

from __future__ import annotations

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from gapmap import wiring
from gapmap.analysis.territory.edits import Drawing
from gapmap.board import joining
from gapmap.board.makers import Person
from gapmap.board.store import OPERATOR, open_store
from gapmap.board.values import Role
from gapmap.webapp import cached, sign_in
from gapmap.webapp.board_question import BoardQuestion, partners_of
from gapmap.webapp.pages.board_make import make_board
from gapmap.webapp.pages.board_people import link_of
from tests.webapp.conftest import FakeWorkspace, checked, town

HARBOUR, MILL = "Harbour Aid", "Mill Friends"


class Workspace(FakeWorkspace):
    """Studies out of the hand, boards in a file."""

    def __init__(self, url, *studies):
        super().__init__(*studies)
        self._url = url

    def open_boards(self):
        return open_store(self._url)

    def what_ifs(self, _study):
        return ()


@pytest.fixture
def store(monkeypatch, tmp_path):
    """The boards that the page opens."""
    workspace = Workspace(f"sqlite:///{tmp_path / 'boards.db'}", town())
    monkeypatch.setattr(wiring, "open_workspace", lambda: workspace)
    # A developer's own way of signing in must not change what the tests see.
    monkeypatch.setattr(sign_in, "providers", lambda: ())
    monkeypatch.delenv("GAPMAP_BOARD_MAKERS", raising=False)
    cached.forget()
    yield cached.boards()
    cached.boards().close()
    cached.forget()


@pytest.fixture
def open_board(store):  # noqa: ARG001 - the boards have to be there
    def run(**query):
        app = AppTest.from_function(_draw, default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        return checked(app.run())

    return run


def _draw():
    from gapmap.webapp.pages import board

    board.draw()


def texts(app):
    return " ".join(
        str(one.value)
        for kind in ("title", "subheader", "caption", "markdown", "error", "warning", "code")
        for one in getattr(app, kind)
    )


def told(app):
    """What the frame of the map is told."""
    arguments = json.loads(app.get("component_instance")[0].proto.json_args)
    found = re.search(r"gapmapRoom\.enter\((.*?)\);", arguments["feature_group"])
    assert found is not None
    return json.loads(found[1])


def make(app, *, lead="Ana", **values):
    app.text_input(key="town:board lead").set_value(lead)
    for name, value in values.items():
        app.text_input(key=f"town:board {name}").set_value(value)
    return checked(app.button(key="town:board make").click().run())


def question(study):
    from gapmap import usecases

    return BoardQuestion(usecases.default_scenario(study), (HARBOUR, MILL))


def test_who_makes_a_board_is_at_it_as_facilitator_with_codes_for_everybody(open_board, store):
    app = make(open_board(), title="Summer table")
    (card,) = store.boards()
    assert (card.title, card.study, card.area_count) == ("Summer table", "town", 4)
    assert app.title[0].value == "Summer table"
    member = joining.member_of_token(store, told(app)["token"], card.id)
    assert (member.role, member.name) == (Role.FACILITATOR, "Ana")
    codes = joining.codes(store, card.id, by=OPERATOR)
    assert {(one.role, one.partner) for one in codes} == {
        (Role.FACILITATOR, ""),
        (Role.VIEWER, ""),
        (Role.PARTNER, HARBOUR),
        (Role.PARTNER, MILL),
    }
    shown = texts(app)
    assert all(one.code in shown for one in codes)
    assert card.id in app.query_params["board"]


def test_a_board_without_a_facilitator_s_name_is_not_made(open_board, store):
    app = make(open_board(), lead=" ")
    assert store.boards() == ()
    assert "name" in app.error[0].value


def test_the_partners_of_a_board_are_kept_in_their_order(open_board, store):
    app = open_board()
    chooser = next(one for one in app.multiselect if one.label.startswith("Partners"))
    chooser.set_value([MILL, HARBOUR])
    make(app)
    (card,) = store.boards()
    assert partners_of(store.state(card.id).scenario) == (MILL, HARBOUR)


def test_only_a_part_of_the_study_can_be_put_on_a_board(open_board, store):
    app = open_board()
    app.selectbox(key="town:board within").set_value("Right bank").run()
    make(app)
    (card,) = store.boards()
    assert set(store.areas(card.id).values()) == {"Eastside"}


def test_a_board_begins_with_a_division_that_was_drawn(store):
    study = town()
    geoids = tuple(study.areas["geoid"])
    drawing = Drawing.blank(geoids, (HARBOUR, MILL)).paint(geoids[:2], HARBOUR)
    drawing = drawing.paint(geoids[2:3], MILL)
    joined = make_board(study, question(study), title="x", lead="Ana", begin=drawing)
    claims = store.state(joined.member.board).claims
    assert {key: one.partner for key, one in claims.items()} == {
        geoids[0]: HARBOUR,
        geoids[1]: HARBOUR,
        geoids[2]: MILL,
    }


def test_who_opens_a_link_to_a_board_without_having_joined_sees_no_codes(open_board, store):
    study = town()
    joined = make_board(study, question(study), title="Summer table", lead="Ana")
    app = open_board(board=joined.member.board)
    assert told(app) == {"token": "", "view": ""}
    assert app.title[0].value == "Summer table"
    codes = joining.codes(store, joined.member.board, by=OPERATOR)
    assert not any(one.code in texts(app) for one in codes)


def test_a_partner_who_joins_with_a_code_sees_the_board_and_no_codes(open_board, store):
    study = town()
    board = make_board(study, question(study), title="Summer table", lead="Ana").member.board
    codes = joining.codes(store, board, by=OPERATOR)
    mine = next(one for one in codes if one.partner == MILL)
    app = open_board()
    code, name, _ = (one for one in app.text_input if "board" not in str(one.key))
    code.set_value(mine.code.lower())
    name.set_value("Desk six")
    app = checked(next(one for one in app.button if one.label == "Join").click().run())
    member = joining.member_of_token(store, told(app)["token"], board)
    assert (member.role, member.partner, member.name) == (Role.PARTNER, MILL, "Desk six")
    assert not any(one.code in texts(app) for one in codes)


def test_a_board_of_another_study_or_none_is_said_to_be_missing(open_board, store):
    store.create_board("elsewhere", {"1": None}, board="bbbb2222cc")
    for name in ("bbbb2222cc", "nothing"):
        app = open_board(board=name)
        assert "not there" in app.warning[0].value
        assert app.title[0].value == "Boards of the roundtable"


def test_a_code_that_is_withdrawn_is_gone(open_board, store):
    app = make(open_board())
    (card,) = store.boards()
    first = joining.codes(store, card.id, by=OPERATOR)[0]
    app = checked(app.button(key=f"town:board withdraw {first.code}").click().run())
    assert first.code not in texts(app)
    assert first not in joining.codes(store, card.id, by=OPERATOR)


def test_a_facilitator_makes_a_code_for_whoever_comes_late(open_board, store):
    app = make(open_board())
    (card,) = store.boards()
    before = joining.codes(store, card.id, by=OPERATOR)
    app.selectbox(key=f"town:board {card.id} partner").set_value(HARBOUR)
    app = checked(app.button(key=f"town:board {card.id} offer").click().run())
    (new,) = set(joining.codes(store, card.id, by=OPERATOR)) - set(before)
    assert (new.role, new.partner) == (Role.PARTNER, HARBOUR)
    assert new.code in texts(app)


def test_a_link_has_its_code_where_no_server_logs_it():
    link = link_of("bqzt7mnk2p", "BDKX-27MQ", "projector")
    address, _, code = link.partition("#")
    assert code == "BDKX-27MQ"
    assert address.endswith("/gapmap/room/bqzt7mnk2p?view=projector")


# ------------------------------------------------------------------------------ who may make one

FOUR = Person("https://id 4", "Desk four", "four@foodbank.example")


@pytest.fixture
def people_sign_in(monkeypatch):
    """Let the server be one where people sign in; give it who is."""

    def given(person):
        monkeypatch.setattr(sign_in, "providers", lambda: ("default", "city"))
        monkeypatch.setattr(sign_in, "person", lambda: person)

    return given


def makes(app):
    """Whether the page offers to make a board."""
    return any(one.label == "Make the board" for one in app.button)


def test_where_people_sign_in_nobody_else_makes_a_board_but_everybody_joins(
    open_board, people_sign_in, monkeypatch
):
    people_sign_in(None)
    app = open_board()
    assert not makes(app)
    assert {"Sign in", "Sign in with City", "Join"} <= {one.label for one in app.button}
    sent = []
    monkeypatch.setattr(sign_in, "sign_in", sent.append)
    checked(app.button(key="town:board sign in city").click().run())
    assert sent == ["city"]


def test_who_signed_in_makes_a_board_in_their_name_and_is_known_at_it_ever_after(
    open_board, people_sign_in, store
):
    people_sign_in(FOUR)
    app = open_board()
    assert app.text_input(key="town:board lead").value == "Desk four"
    checked(app.button(key="town:board make").click().run())
    (card,) = store.boards()
    codes = joining.codes(store, card.id, by=OPERATOR)
    assert codes[0].code in texts(open_board(board=card.id))
    people_sign_in(Person("https://id 5", "Desk five"))
    stranger = open_board(board=card.id)
    assert told(stranger)["token"] == ""
    assert codes[0].code not in texts(stranger)


def test_who_may_not_make_a_board_is_told_why(open_board, people_sign_in, monkeypatch):
    monkeypatch.setenv("GAPMAP_BOARD_MAKERS", "@harbour.example")
    people_sign_in(FOUR)
    app = open_board()
    assert not makes(app)
    assert "not among them" in app.info[0].value


def test_a_slip_in_the_settings_lets_nobody_make_a_board(open_board, monkeypatch):
    monkeypatch.setenv("GAPMAP_BOARD_MAKERS", "everyone")
    app = open_board()
    assert not makes(app)
    assert "cannot be read" in app.error[0].value


def test_a_pass_phrase_is_asked_for_and_checked_when_the_board_is_made(
    open_board, store, monkeypatch
):
    monkeypatch.setenv("GAPMAP_BOARD_MAKERS", "phrase: correct horse")
    app = open_board()
    app.text_input(key="town:board phrase").set_value("wrong horse")
    app = make(app)
    assert "not the pass phrase" in app.error[0].value
    assert store.boards() == ()
    app.text_input(key="town:board phrase").set_value("correct horse")
    make(app)
    assert len(store.boards()) == 1


def test_a_wrong_code_is_said_beside_the_form(open_board, store):
    del store
    app = open_board()
    code, name, _ = (one for one in app.text_input if "board" not in str(one.key))
    code.set_value("BBBB-BBBB")
    name.set_value("Desk six")
    app = checked(next(one for one in app.button if one.label == "Join").click().run())
    assert "lets nobody in" in app.error[0].value
    assert makes(app)


def test_a_link_carries_more_than_the_code_that_is_read_out(open_board, store):
    app = make(open_board())
    (card,) = store.boards()
    links = [one.value for one in app.code if "/gapmap/room/" in one.value]
    codes = {one.code: one.in_link for one in joining.codes(store, card.id, by=OPERATOR)}
    assert {link.partition("#")[2] for link in links} == set(codes.values())
    assert all(len(long) > len(short) for short, long in codes.items())
