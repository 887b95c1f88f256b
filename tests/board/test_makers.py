"""Who may make a board: read from one line of settings, and refused in a sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gapmap.board.makers import Makers, Person, check_phrase
from gapmap.errors import NotAllowedError, RequestError

if TYPE_CHECKING:
    from gapmap.board.store import Store
    from tests.board.builders import Clock, Table

FOUR = Person("https://id 4", "Desk four", "four@foodbank.example")
NAMELESS = Person("https://id 5")
LISTED = "four@foodbank.example, @meals.example,  Harbour.Example"
SECRET = "phrase: correct horse, battery"


@pytest.mark.parametrize(
    ("written", "person"),
    [
        ("", None),
        (" Everybody ", None),
        ("", NAMELESS),
        (SECRET, None),
        (LISTED, FOUR),
        (LISTED, Person("x", email="desk@meals.example")),
        (LISTED, Person("x", email="desk@harbour.example")),
    ],
)
def test_who_is_meant_may_make_a_board(written: str, person: Person | None) -> None:
    Makers.parse(written).check(person)


@pytest.mark.parametrize(
    ("written", "person", "because"),
    [
        ("nobody", FOUR, "not made here"),
        (LISTED, None, "not signed in"),
        (LISTED, NAMELESS, "nobody vouches"),
        (LISTED, Person("x", email="five@foodbank.example"), "five@foodbank.example is not among"),
        (LISTED, Person("x", email="desk@evil-meals.example"), "not among"),
        (LISTED, Person("x", email="desk@meals.example.evil.example"), "not among"),
        (LISTED, Person("x", email="desk@sub.meals.example"), "not among"),
        ("four@foodbank.example", Person("x", email="xfour@foodbank.example"), "not among"),
    ],
)
def test_others_are_refused_in_a_sentence(
    written: str, person: Person | None, because: str
) -> None:
    with pytest.raises(NotAllowedError, match=because):
        Makers.parse(written).check(person)


@pytest.mark.parametrize(
    "written",
    [
        "everyone",
        "four@",
        "a b@c.d",
        ",",
        "*.example, x@y.example",
        "phrase: short",
        "phrase horse",
    ],
)
def test_a_slip_of_the_pen_lets_nobody_in_and_is_not_repeated(written: str) -> None:
    with pytest.raises(RequestError, match="GAPMAP_BOARD_MAKERS") as refused:
        Makers.parse(written)
    assert not {"everyone", "four", "horse", "short"} & set(str(refused.value).split())


def test_the_phrase_is_in_no_message(table: Table) -> None:
    makers = Makers.parse(SECRET)
    assert "horse" not in repr(makers)
    with pytest.raises(NotAllowedError) as refused:
        check_phrase(table.store, makers, "correct", source="here")
    assert "horse" not in str(refused.value)


def test_who_guesses_the_phrase_is_stopped_on_all_servers_and_nobody_else_is(
    table: Table, other_store: Store, clock: Clock
) -> None:
    clock.at = datetime.now(UTC)
    makers, right = Makers.parse(SECRET), "correct horse, battery"
    for number in range(20):
        store = (table.store, other_store)[number % 2]
        with pytest.raises(NotAllowedError, match="not the pass phrase"):
            check_phrase(store, makers, f"horse {number}", source="203.0.113.77")
    with pytest.raises(NotAllowedError, match="Too many"):
        check_phrase(other_store, makers, right, source="203.0.113.77")
    check_phrase(other_store, makers, right, source="203.0.113.78")
    clock.turn(seconds=30)
    check_phrase(table.store, makers, f" {right} ", source="203.0.113.77")
