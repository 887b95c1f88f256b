"""Areas change hands one claim at a time, all or none, and whoever is refused learns by whom."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from gapmap.board.claims import Advance, Release, Take
from gapmap.board.values import ClaimState
from gapmap.errors import ConflictError, RequestError, UnknownNameError
from tests.board.builders import AREAS, A, B, C, Clock, Table


def test_an_area_goes_from_open_to_verified_one_step_at_a_time(table: Table) -> None:
    assert table.holder(A) is None
    table.do(Take(areas=(A,), partner="Harvest"))
    seen = [table.store.state(table.id).claims[A].state]
    for step in (ClaimState.COMMITTED, ClaimState.OPENED, ClaimState.VERIFIED):
        table.do(Advance(areas=(A,), to=step))
        seen.append(table.store.state(table.id).claims[A].state)
    assert seen == list(ClaimState)
    table.do(Release(areas=(A,)))
    assert table.holder(A) is None


@pytest.mark.parametrize("to", [ClaimState.OPENED, ClaimState.VERIFIED])
def test_no_step_is_left_out(table: Table, to: ClaimState) -> None:
    table.do(Take(areas=(A,), partner="Harvest"))
    with pytest.raises(ConflictError, match="is claimed, not"):
        table.do(Advance(areas=(A,), to=to))


def test_a_claim_is_made_by_taking_it(table: Table) -> None:
    with pytest.raises(RequestError, match="by taking it"):
        table.do(Advance(areas=(A,), to=ClaimState.CLAIMED))


def test_who_comes_second_learns_who_holds_it(table: Table) -> None:
    table.do(Take(areas=(A,), partner="Harvest", group="the block association"))
    with pytest.raises(ConflictError, match=r"is held by Harvest .*for the block") as refused:
        table.do(Take(areas=(A,), partner="City Kitchen"))
    (conflict,) = refused.value.conflicts
    assert conflict["key"] == A
    assert conflict["holder"] == "Harvest"
    assert conflict["state"] == "claimed"
    assert conflict["group"] == "the block association"


def test_several_areas_are_taken_all_or_none(table: Table) -> None:
    table.do(Take(areas=(B,), partner="Harvest"))
    before = table.revision
    with pytest.raises(ConflictError, match="1 of 3 areas") as refused:
        table.do(Take(areas=(A, B, C), partner="City Kitchen"))
    assert [one["key"] for one in refused.value.conflicts] == [B]
    assert (table.holder(A), table.holder(C)) == (None, None)
    assert table.revision == before


def test_a_neighbourhood_is_all_its_areas(table: Table) -> None:
    written = table.do(Take(neighbourhoods=("N1",), partner="Harvest"))
    held = {key for key, one in written.state.claims.items() if one.partner == "Harvest"}
    assert held == {geoid for geoid, place in AREAS.items() if place == "N1"}


def test_what_one_holds_already_is_no_change(table: Table) -> None:
    first = table.do(Take(areas=(A, B), partner="Harvest"))
    again = table.do(Take(areas=(A, B), partner="Harvest"))
    assert again.event is None
    assert again.revision == first.revision
    more = table.do(Take(areas=(A, C), partner="Harvest"))
    assert more.event is not None
    assert set(more.event.patch["claims"]) == {C}


def test_an_area_that_does_not_exist_is_refused_with_the_nearest_ones(table: Table) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean"):
        table.do(Take(areas=("3600599",), partner="Harvest"))
    with pytest.raises(UnknownNameError, match="N99"):
        table.do(Take(neighbourhoods=("N99",), partner="Harvest"))
    with pytest.raises(RequestError, match="No area was named"):
        table.do(Take(partner="Harvest"))


def test_releasing_another_partners_area_by_mistake_is_refused(table: Table) -> None:
    table.do(Take(areas=(A,), partner="Harvest"))
    with pytest.raises(ConflictError, match="held by Harvest"):
        table.do(Release(areas=(A,), partner="City Kitchen"))
    assert table.holder(A) == "Harvest"
    assert table.do(Release(areas=(B,), partner="City Kitchen")).event is None


def test_a_commitment_has_a_day_and_runs_out_no_more(table: Table, clock: Clock) -> None:
    table.do(Take(areas=(A,), partner="Harvest", hours=2))
    table.do(Advance(areas=(A,), to=ClaimState.COMMITTED, due=date(2026, 12, 1)))
    clock.turn(days=300)
    claim = table.store.expire(table.id).claims[A]
    assert (claim.state, claim.due, claim.expires) == ("committed", date(2026, 12, 1), None)
    table.do(Advance(areas=(A,), to=ClaimState.COMMITTED, due=date(2027, 1, 15)))
    assert table.store.state(table.id).claims[A].due == date(2027, 1, 15)


def test_a_claim_that_ran_out_is_open_to_the_next(table: Table, clock: Clock) -> None:
    table.do(Take(areas=(A, B), partner="Harvest", hours=2))
    table.do(Take(areas=(C,), partner="Harvest"))
    clock.turn(hours=2, seconds=-1)
    with pytest.raises(ConflictError):
        table.do(Take(areas=(A,), partner="City Kitchen"))
    clock.turn(seconds=1)
    table.do(Take(areas=(A,), partner="City Kitchen"))
    state = table.store.state(table.id)
    assert {key: one.partner for key, one in state.claims.items()} == {
        A: "City Kitchen",
        C: "Harvest",
    }
    ran_out, taken = table.store.events(table.id, after=table.revision - 2)
    assert (ran_out.kind, ran_out.member) == ("expire", "")
    assert taken.kind == "take"


def test_a_claim_is_held_for_longer_by_taking_it_again(table: Table, clock: Clock) -> None:
    table.do(Take(areas=(A,), partner="Harvest", hours=2))
    since = table.store.state(table.id).claims[A].since
    clock.turn(hours=1)
    table.do(Take(areas=(A,), partner="Harvest", hours=2))
    claim = table.store.state(table.id).claims[A]
    assert claim.since == since
    assert claim.expires == clock.at + timedelta(hours=2)


def test_a_claim_cannot_run_out_in_the_past(table: Table, clock: Clock) -> None:
    with pytest.raises(RequestError, match="cannot run out"):
        table.do(Take(areas=(A,), partner="Harvest", expires=clock.at))
    with pytest.raises(RequestError, match="time zone"):
        table.do(Take(areas=(A,), partner="Harvest", expires=clock.at.replace(tzinfo=None)))


def test_expiring_with_nothing_to_expire_writes_nothing(table: Table, clock: Clock) -> None:
    table.do(Take(areas=(A,), partner="Harvest", hours=2))
    before = table.revision
    assert table.store.expire(table.id).revision == before
    clock.turn(hours=3)
    assert table.store.expire(table.id).revision == before + 1
    assert table.store.expire(table.id).revision == before + 1
