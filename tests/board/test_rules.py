"""A partner changes what is its own, a viewer nothing, a facilitator anything: in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gapmap.board import joining
from gapmap.board.agenda import Decide, Put, Remove, SetClaiming, SetScenario, SetTitle
from gapmap.board.claims import Advance, Release, Take
from gapmap.board.sharing import Answer, AskFor, HandOver, Rejoin, Split
from gapmap.board.store import OPERATOR
from gapmap.board.undo import Undo
from gapmap.board.values import ClaimState, Role, Section
from gapmap.errors import NotAllowedError, RequestError
from tests.board.builders import A, B, C, Clock, Table

if TYPE_CHECKING:
    from gapmap.board.changes import Change


@pytest.fixture
def url(shared_file: str) -> str:
    """One database is enough here: the rules never ask which it is."""
    return shared_file


@pytest.fixture
def harvest(table: Table) -> Table:
    """Somebody of Harvest, which holds the first area; Mosaic holds the second."""
    table.do(Take(areas=(A,), partner="Harvest"))
    table.do(Take(areas=(B,), partner="Mosaic"))
    table.do(Put(section=Section.COMMENTS, id="ours", value={"text": "x", "partner": "Harvest"}))
    table.do(Put(section=Section.COMMENTS, id="theirs", value={"text": "x", "partner": "Mosaic"}))
    table.do(Put(section=Section.COMMENTS, id="all", value={"text": "x"}))
    table.do(AskFor(id="to-us", areas=(A,), partner="Mosaic"))
    table.do(AskFor(id="by-us", areas=(B,), partner="Harvest"))
    return table.seat(Role.PARTNER, "Harvest", "Ana")


def comment(key: str, partner: str) -> Put:
    return Put(section=Section.COMMENTS, id=key, value={"text": "y", "partner": partner})


OURS: list[Change] = [
    Take(areas=(C,), partner="Harvest"),
    Release(areas=(A,)),
    Advance(areas=(A,), to=ClaimState.COMMITTED),
    AskFor(areas=(B,), partner="Harvest"),
    Answer(id="to-us", is_yes=True),
    Answer(id="to-us", is_yes=False),
    Split(area=A, parts=("north", "south")),
    comment("ours", "Harvest"),
    comment("new", "Harvest"),
    Remove(section=Section.COMMENTS, id="ours"),
    Undo(revision=2),
    Put(
        section=Section.SITES,
        value={"name": "Hall", "partner": "Harvest", "longitude": -73.9, "latitude": 40.8},
    ),
    Put(section=Section.ACTIVITIES, value={"what": "transport", "partner": "Harvest"}),
]

THEIRS: list[Change] = [
    Take(areas=(C,), partner="Mosaic"),
    Release(areas=(B,)),
    Release(areas=(A, B)),
    Advance(areas=(B,), to=ClaimState.COMMITTED),
    AskFor(areas=(A,), partner="Mosaic"),
    Answer(id="by-us", is_yes=True),
    Split(area=B, parts=("north", "south")),
    comment("theirs", "Mosaic"),
    comment("theirs", "Harvest"),
    comment("ours", "Mosaic"),
    comment("all", "Harvest"),
    Put(section=Section.COMMENTS, value={"text": "in everybody's name"}),
    Remove(section=Section.COMMENTS, id="theirs"),
    Undo(revision=3),
]

FACILITATORS: list[Change] = [
    Decide(text="so be it"),
    SetTitle(title="Ours"),
    SetScenario(scenario={"reach": "2mi"}),
    SetClaiming(is_open=False),
    HandOver(areas=(B,), to="Harvest"),
    HandOver(areas=(A,), to="Harvest"),
    Split(area=C, parts=("north", "south")),
]


def name(change: Change) -> str:
    return change.do


@pytest.mark.parametrize("change", OURS, ids=name)
def test_a_partner_changes_what_is_its_own(harvest: Table, change: Change) -> None:
    assert harvest.do(change).event is not None


@pytest.mark.parametrize("change", [*THEIRS, *FACILITATORS], ids=name)
def test_a_partner_changes_nothing_else(harvest: Table, change: Change) -> None:
    before = harvest.revision
    with pytest.raises(NotAllowedError):
        harvest.do(change)
    assert harvest.revision == before


@pytest.mark.parametrize("change", [*OURS, *THEIRS, *FACILITATORS], ids=name)
def test_a_viewer_changes_nothing(harvest: Table, change: Change) -> None:
    viewer = Table(harvest.store, harvest.id).seat(Role.VIEWER, "Harvest")
    before = harvest.revision
    with pytest.raises(NotAllowedError, match="look on"):
        viewer.do(change)
    assert harvest.revision == before


@pytest.mark.parametrize(
    "change", [one for one in (*OURS, *THEIRS, *FACILITATORS) if one.do != "hand over"], ids=name
)
def test_a_facilitator_changes_anything(harvest: Table, change: Change) -> None:
    leader = Table(harvest.store, harvest.id).seat(Role.FACILITATOR)
    assert leader.do(change).event is not None


def test_nobody_verifies_its_own_work(harvest: Table) -> None:
    harvest.do(Advance(areas=(A,), to=ClaimState.COMMITTED))
    harvest.do(Advance(areas=(A,), to=ClaimState.OPENED))
    with pytest.raises(NotAllowedError):
        harvest.do(Advance(areas=(A,), to=ClaimState.VERIFIED))
    leader = Table(harvest.store, harvest.id)
    assert leader.do(Advance(areas=(A,), to=ClaimState.VERIFIED)).event is not None


def test_the_refusal_names_whose_it_is(harvest: Table) -> None:
    with pytest.raises(NotAllowedError, match=r"belongs to Mosaic, and you act for Harvest"):
        harvest.do(Release(areas=(B,)))


CLAIMING: list[Change] = [
    Take(areas=(C,), partner="Harvest"),
    Release(areas=(A,)),
    Split(area=A, parts=("north", "south")),
    Answer(id="to-us", is_yes=True),
    Undo(revision=2),
]


@pytest.mark.parametrize("change", CLAIMING, ids=name)
def test_while_claiming_is_closed_partners_wait(harvest: Table, change: Change) -> None:
    leader = Table(harvest.store, harvest.id)
    leader.do(SetClaiming(is_open=False))
    with pytest.raises(NotAllowedError, match="Claiming is closed"):
        harvest.do(change)
    harvest.do(comment("meanwhile", "Harvest"))
    leader.do(SetClaiming(is_open=True))
    assert harvest.do(change).event is not None


def test_a_partner_rejoins_the_parts_of_its_own_area(harvest: Table) -> None:
    harvest.do(Split(area=A, parts=("north", "south")))
    assert harvest.do(Rejoin(area=A)).event is not None


def test_a_role_that_is_taken_away_counts_at_once(harvest: Table) -> None:
    harvest.do(Take(areas=(C,), partner="Harvest"))
    joining.set_role(harvest.store, harvest.id, harvest.by, Role.VIEWER, by=OPERATOR)
    with pytest.raises(NotAllowedError, match="look on"):
        harvest.do(Release(areas=(C,)))


def test_another_partner_counts_at_once(harvest: Table) -> None:
    joining.set_role(
        harvest.store, harvest.id, harvest.by, Role.PARTNER, by=OPERATOR, partner="Mosaic"
    )
    with pytest.raises(NotAllowedError, match="you act for Mosaic"):
        harvest.do(Release(areas=(A,)))
    assert harvest.do(Release(areas=(B,))).event is not None


def test_who_has_left_or_stayed_too_long_changes_nothing(harvest: Table, clock: Clock) -> None:
    clock.turn(days=31)
    with pytest.raises(NotAllowedError, match="time on this board is over"):
        harvest.do(Release(areas=(A,)))
    clock.turn(days=-31)
    joining.dismiss(harvest.store, harvest.id, harvest.by, by=OPERATOR)
    with pytest.raises(NotAllowedError, match="have left"):
        harvest.do(Release(areas=(A,)))


def test_a_member_of_one_board_is_nobody_on_another(harvest: Table) -> None:
    other = harvest.store.create_board("nyc", {A: None})
    with pytest.raises(NotAllowedError, match="not at this board"):
        harvest.store.write(other.id, Take(areas=(A,), partner="Harvest"), by=harvest.by)


def test_a_board_has_room_for_so_much_and_no_more(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gapmap.board.rules.LARGEST_SECTION", 2)
    harvest = table.seat(Role.PARTNER, "Harvest")

    def put(name: str, text: str) -> None:
        value = {"text": text, "partner": "Harvest"}
        harvest.do(Put(section=Section.COMMENTS, id=name, value=value))

    put("a", "x")
    put("b", "x")
    with pytest.raises(RequestError, match="2 comments"):
        put("c", "x")
    put("b", "another")
    harvest.do(Remove(section=Section.COMMENTS, id="a"))
    put("c", "x")
    harvest.do(Take(areas=(A, B, C), partner="Harvest"))
