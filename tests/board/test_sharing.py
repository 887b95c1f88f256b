"""Areas go from partner to partner by asking, and one area can be shared by its parts."""

from __future__ import annotations

import pytest

from gapmap.board.claims import Advance, Release, Take
from gapmap.board.sharing import Answer, AskFor, HandOver, Rejoin, Split
from gapmap.board.values import ClaimState, Section
from gapmap.errors import ConflictError, RequestError, UnknownNameError
from tests.board.builders import A, B, C, Table


@pytest.fixture
def held(table: Table) -> Table:
    table.do(Take(areas=(A, B), partner="Harvest"))
    return table


def asks(table: Table) -> dict[str, dict[str, object]]:
    found = table.store.state(table.id).section(Section.ASKS)
    return {key: dict(entry.value) for key, entry in found.items()}


def test_each_holder_gets_a_request_of_its_own(held: Table) -> None:
    held.do(Take(areas=(C,), partner="Mosaic"))
    held.do(AskFor(id="q", areas=(A, B, C), partner="City Kitchen", note="we cook there"))
    found = asks(held)
    assert {one["holder"]: tuple(one["areas"]) for one in found.values()} == {
        "Harvest": (A, B),
        "Mosaic": (C,),
    }
    assert {one["text"] for one in found.values()} == {"we cook there"}


def test_what_is_open_or_ones_own_is_not_asked_for(held: Table) -> None:
    with pytest.raises(ConflictError, match="is open: take it"):
        held.do(AskFor(areas=(A, C), partner="City Kitchen"))
    with pytest.raises(ConflictError, match="held by Harvest already"):
        held.do(AskFor(areas=(A,), partner="Harvest"))
    assert asks(held) == {}


def test_yes_hands_the_areas_over_in_one_step(held: Table) -> None:
    held.do(AskFor(id="q", areas=(A,), partner="City Kitchen"))
    held.do(Answer(id="q", is_yes=True, note="gladly"))
    assert (held.holder(A), held.holder(B)) == ("City Kitchen", "Harvest")
    assert asks(held)["q"]["answer"] == "yes"
    assert asks(held)["q"]["reply"] == "gladly"
    with pytest.raises(ConflictError, match="answered already"):
        held.do(Answer(id="q", is_yes=False))


def test_no_keeps_them(held: Table) -> None:
    held.do(AskFor(id="q", areas=(A,), partner="City Kitchen"))
    held.do(Answer(id="q", is_yes=False))
    assert held.holder(A) == "Harvest"


def test_only_what_is_still_held_is_handed_over(held: Table) -> None:
    held.do(AskFor(id="q", areas=(A, B), partner="City Kitchen"))
    held.do(Release(areas=(A,)))
    held.do(Take(areas=(A,), partner="Mosaic"))
    held.do(Answer(id="q", is_yes=True))
    assert (held.holder(A), held.holder(B)) == ("Mosaic", "City Kitchen")


def test_nothing_left_to_hand_over_is_said(held: Table) -> None:
    held.do(AskFor(id="q", areas=(A,), partner="City Kitchen"))
    held.do(Release(areas=(A,)))
    with pytest.raises(ConflictError, match="holds none of the areas"):
        held.do(Answer(id="q", is_yes=True))
    with pytest.raises(UnknownNameError):
        held.do(Answer(id="r", is_yes=True))


def test_handing_over_leaves_no_moment_in_which_it_is_open(held: Table) -> None:
    held.do(Advance(areas=(A,), to=ClaimState.COMMITTED))
    written = held.do(HandOver(areas=(A, C), to="Mosaic"))
    assert written.event is not None
    assert [one.partner for one in written.state.claims.values()] == ["Mosaic", "Harvest", "Mosaic"]
    assert written.state.claims[A].state is ClaimState.CLAIMED


def test_parts_of_an_area_are_claimed_by_themselves(held: Table) -> None:
    held.do(Split(area=A, parts=("north", "south")))
    assert (held.holder(f"{A}#north"), held.holder(f"{A}#south")) == ("Harvest", "Harvest")
    held.do(Release(areas=(f"{A}#south",)))
    held.do(Take(areas=(f"{A}#south",), partner="Mosaic"))
    assert (held.holder(f"{A}#north"), held.holder(f"{A}#south")) == ("Harvest", "Mosaic")
    with pytest.raises(ConflictError, match="1 of 2 areas"):
        held.do(Take(areas=(A,), partner="Mosaic"))


def test_the_whole_area_stands_for_its_parts(held: Table) -> None:
    held.do(Split(area=C, parts=("north", "south")))
    held.do(Take(areas=(C,), partner="Mosaic"))
    assert (held.holder(f"{C}#north"), held.holder(f"{C}#south")) == ("Mosaic", "Mosaic")
    assert held.holder(C) is None


def test_parts_of_one_partner_become_one_area_again(held: Table) -> None:
    held.do(Split(area=A, parts=("north", "south")))
    held.do(Advance(areas=(f"{A}#north",), to=ClaimState.COMMITTED))
    held.do(Rejoin(area=A))
    claims = held.store.state(held.id).claims
    assert set(claims) == {A, B}
    assert claims[A].state is ClaimState.CLAIMED
    assert held.store.state(held.id).parts(A) == ()


def test_parts_of_two_partners_stay_apart(held: Table) -> None:
    held.do(Split(area=A, parts=("north", "south")))
    held.do(Release(areas=(f"{A}#south",)))
    with pytest.raises(ConflictError, match="south is open"):
        held.do(Rejoin(area=A))


@pytest.mark.parametrize("parts", [("north", "north"), ("north", "a#b")])
def test_parts_need_names_of_their_own(held: Table, parts: tuple[str, ...]) -> None:
    with pytest.raises(RequestError, match="name of its own"):
        held.do(Split(area=A, parts=parts))


def test_an_area_is_split_once(held: Table) -> None:
    held.do(Split(area=A, parts=("north", "south")))
    for area in (A, f"{A}#north"):
        with pytest.raises(RequestError, match="split already"):
            held.do(Split(area=area, parts=("x", "y")))
    with pytest.raises(UnknownNameError):
        held.do(Take(areas=(f"{A}#east",), partner="Mosaic"))
    with pytest.raises(RequestError, match="not split"):
        held.do(Rejoin(area=B))
