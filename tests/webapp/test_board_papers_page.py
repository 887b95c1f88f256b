"""On the page Board: what can be taken away, and the public link."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from gapmap.board.publishing import publication_of
from gapmap.webapp.papers import Paper
from tests.webapp.board_tables import DESK, HARBOUR, Table, opened_boards
from tests.webapp.conftest import checked
from tests.webapp.test_server import get


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with opened_boards(tmp_path_factory.mktemp("papers")) as opened:
        yield opened


@pytest.fixture
def table(store):
    return Table(store)


def _draw(board, who):
    from gapmap.webapp import cached
    from gapmap.webapp.pages.board_papers import draw_papers
    from gapmap.webapp.pages.board_publish import draw_publishing

    study, card = cached.study("town"), cached.boards().board(board)
    member = cached.boards().member(board, who) if who else None
    draw_papers(study, card, member)
    draw_publishing(study, card, member)


def opened(table, who):
    """What somebody sees below the board when they have opened what there is to take away."""
    app = AppTest.from_function(_draw, default_timeout=60, args=(table.id, who and who.member.id))
    if who:
        app.session_state[f"town:board {table.id} papers fold"] = True
    return checked(app.run())


def links(app):
    return {one.proto.label: urlsplit(one.proto.url) for one in app.get("link_button")}


def content(link):
    status, _, body = get(link.path, query=link.query)
    assert status == 200, body
    return body.decode("utf-8", "replace")


def test_each_link_opens_its_paper_as_it_is_wanted(table):
    app = opened(table, table.lead)
    found = links(app)
    assert set(found) == {one.label for one in Paper if one is not Paper.FEED}
    assert DESK in content(found["Minutes to read and print"])
    assert "3 changes" in content(found["What changed"])
    app.checkbox[0].uncheck()
    app.date_input[0].set_value(app.date_input[0].max)
    checked(app.run())
    nameless = content(links(app)["Minutes to read and print"])
    assert HARBOUR in nameless
    assert DESK not in nameless
    assert f"since={app.date_input[0].value}" in links(app)["What changed"].query


@pytest.mark.parametrize(("who", "count"), [("desk", 6), ("guest", 6), (None, 0)])
def test_who_may_not_have_a_paper_is_shown_no_way_to_it(table, who, count):
    app = opened(table, who and getattr(table, who))
    assert len(links(app)) == count
    assert "The whole board" not in links(app)
    # Nor is anything published by whoever does not lead.
    assert [one for one in app.button if "ublic" in one.label] == []


def test_a_facilitator_makes_the_public_link_hands_it_on_and_withdraws_it(table):
    app = opened(table, table.lead)
    checked(app.button(key=f"town:board {table.id} publish").click().run())
    link = publication_of(table.store, table.id)
    shown = [one.value for one in app.code]
    assert any(one.endswith(f"/gapmap/public/{link.key}") for one in shown)
    for address in shown:
        path = urlsplit(address).path
        assert get(path)[0] == 200
    checked(app.button(key=f"town:board {table.id} unpublish").click().run())
    assert publication_of(table.store, table.id) is None
    assert app.code == []
