"""The store keeps every change, in order, once, and shows the present that they add up to."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from gapmap.board import tables
from gapmap.board.agenda import Put, SetTitle
from gapmap.board.claims import Release, Take
from gapmap.board.present import replayed
from gapmap.board.store import OPERATOR, open_store
from gapmap.board.values import Event, Role, Section
from gapmap.errors import (
    ConflictError,
    NotAllowedError,
    RequestError,
    StoreError,
    UnknownNameError,
)
from tests.board.builders import AREAS, A, B, C, Clock, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gapmap.board.store import Store


def present(store: Store, board: str) -> Any:
    """What the table of the present says, read past every copy in memory."""
    query = sa.select(tables.entry).where(tables.entry.c.board_id == board)
    with store.database.reading() as connection:
        return {
            (row.section, row.key): (row.value, row.revision) for row in connection.execute(query)
        }


def as_rows(state: Any) -> Any:
    return {
        (section, key): (entry.value, entry.revision)
        for section, entries in state.sections.items()
        for key, entry in entries.items()
    }


def test_a_new_board_has_one_event_and_every_area_open(table: Table) -> None:
    board = table.store.board(table.id)
    assert (board.study, board.title, board.revision) == ("nyc", "Bronx", 1)
    assert board.area_count == len(AREAS)
    assert table.store.areas(table.id) == AREAS
    state = table.store.state(table.id)
    assert (state.title, state.claims, state.is_claiming_open) == ("Bronx", {}, True)
    assert [event.kind for event in table.store.events(table.id)] == ["create"]


def test_a_scenario_comes_with_the_board(store: Store) -> None:
    scenario = {"reach": "0.5mi", "measure": "children"}
    board = store.create_board("nyc", AREAS, scenario=scenario)
    assert store.state(board.id).scenario == scenario
    assert board.title == "nyc"


def test_the_board_changed_last_comes_first(store: Store, clock: Clock) -> None:
    ids = []
    for _ in range(2):
        clock.turn(minutes=1)
        ids.append(store.create_board("nyc", AREAS).id)
    mine = [one.id for one in store.boards() if one.id in ids]
    assert mine == ids[::-1]
    clock.turn(minutes=1)
    store.write(ids[0], SetTitle(title="Plan"), by=OPERATOR)
    listed = [one for one in store.boards() if one.id in ids]
    assert [one.id for one in listed] == ids
    assert listed[0].title == "Plan"
    assert store.revisions()[ids[0]] == 2


def test_a_board_that_does_not_exist_is_refused_by_everything(store: Store) -> None:
    for ask in (store.board, store.state, store.events, store.areas, store.members, store.expire):
        with pytest.raises(UnknownNameError, match="board"):
            ask("nowhere")
    with pytest.raises(UnknownNameError):
        store.write("nowhere", Take(areas=(A,), partner="Harvest"), by=OPERATOR)


def test_who_is_not_at_the_board_changes_nothing(table: Table) -> None:
    with pytest.raises(NotAllowedError, match="not at this board"):
        table.store.write(table.id, Take(areas=(A,), partner="Harvest"), by="stranger")
    assert table.revision == 1


def test_the_store_asks_the_rules(table: Table) -> None:
    table.do(Take(areas=(A,), partner="Harvest"))
    mosaic = table.seat(Role.PARTNER, "Mosaic")
    with pytest.raises(NotAllowedError, match="belongs to Harvest"):
        mosaic.do(Release(areas=(A,)))
    assert (table.holder(A), table.revision) == ("Harvest", 2)


def test_every_change_is_an_event_with_its_inverse(table: Table, clock: Clock) -> None:
    written = table.do(Take(areas=(A,), partner="Harvest", note="near our kitchen"))
    event = written.event
    assert event is not None
    assert (event.revision, event.kind, event.member) == (2, "take", OPERATOR)
    assert (event.partner, event.note, event.at) == ("Harvest", "near our kitchen", clock.at)
    assert event.inverse == {"claims": {A: None}}
    assert table.store.events(table.id, after=1) == (event,)
    assert Event.from_json(table.id, event.as_json()) == event


def test_events_are_read_in_any_stretch(table: Table) -> None:
    for partner in ("Harvest", "Mosaic", "City Kitchen"):
        table.do(Take(areas=(A,), partner=partner))
        table.do(Release(areas=(A,)))

    def revisions(**asked: Any) -> list[int]:
        return [one.revision for one in table.store.events(table.id, **asked)]

    assert revisions() == [1, 2, 3, 4, 5, 6, 7]
    assert revisions(after=4) == [5, 6, 7]
    assert revisions(after=1, up_to=3) == [2, 3]
    assert revisions(limit=2, newest_first=True) == [7, 6]
    assert table.store.event(table.id, 3).kind == "release"


def test_any_past_state_can_be_shown(table: Table) -> None:
    table.do(Take(areas=(A,), partner="Harvest"))
    table.do(Release(areas=(A,)))
    table.do(Take(areas=(A, B), partner="Mosaic"))
    held = [
        {key: one.partner for key, one in table.store.state_at(table.id, at).claims.items()}
        for at in range(1, 5)
    ]
    assert held == [{}, {A: "Harvest"}, {}, {A: "Mosaic", B: "Mosaic"}]
    for beyond in (0, 5, -1):
        with pytest.raises(UnknownNameError, match="revision"):
            table.store.state_at(table.id, beyond)


def test_the_present_is_what_the_events_add_up_to(table: Table, other_store: Store) -> None:
    table.do(Take(neighbourhoods=("N1",), partner="Harvest"))
    other_store.write(table.id, Release(areas=tuple(AREAS)[10:13]), by=OPERATOR)
    table.do(Put(section=Section.COMMENTS, id="x", value={"text": "one"}))
    other_store.write(
        table.id, Put(section=Section.COMMENTS, id="x", value={"text": "two"}), by=OPERATOR
    )
    added_up = as_rows(replayed(table.id, "nyc", table.store.events(table.id)))
    assert present(table.store, table.id) == added_up
    assert as_rows(table.store.state(table.id)) == added_up
    assert as_rows(other_store.state(table.id)) == added_up


def test_two_servers_see_each_others_changes_at_once(table: Table, other_store: Store) -> None:
    for number in range(5):
        table.do(Put(section=Section.COMMENTS, id=f"a{number}", value={"text": "from one"}))
        other_store.write(
            table.id, Put(section=Section.COMMENTS, value={"text": "from two"}), by=OPERATOR
        )
        mine = table.store.state(table.id)
        assert as_rows(mine) == as_rows(other_store.state(table.id))
        assert len(mine.section(Section.COMMENTS)) == 2 * (number + 1)


def test_a_store_that_was_far_behind_reads_the_present_anew(
    table: Table, other_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gapmap.board.memory._CATCH_UP", 3)
    other_store.state(table.id)
    for geoid in list(AREAS)[:6]:
        table.do(Take(areas=(geoid,), partner="Harvest"))
    assert as_rows(other_store.state(table.id)) == present(table.store, table.id)
    assert set(other_store.state(table.id).claims) == set(list(AREAS)[:6])


def test_what_changed_since_one_looked_is_not_written_over(table: Table) -> None:
    table.do(Put(section=Section.COMMENTS, id="x", value={"text": "one"}))
    looked = table.revision
    table.do(Put(section=Section.COMMENTS, id="x", value={"text": "two"}))
    with pytest.raises(ConflictError, match=f"since revision {looked}") as refused:
        table.do(Put(section=Section.COMMENTS, id="x", value={"text": "three"}), seen=looked)
    assert refused.value.conflicts[0]["key"] == "x"
    table.do(Put(section=Section.COMMENTS, id="x", value={"text": "three"}), seen=table.revision)
    assert table.store.state(table.id).value("comments", "x") == {"text": "three"}


def test_a_release_by_somebody_who_did_not_see_the_new_claim_is_refused(table: Table) -> None:
    table.do(Take(areas=(A,), partner="Harvest"))
    looked = table.revision
    table.do(Release(areas=(A,)))
    table.do(Take(areas=(A,), partner="Mosaic"))
    with pytest.raises(ConflictError, match="held by Mosaic"):
        table.do(Release(areas=(A,)), seen=looked)
    assert table.holder(A) == "Mosaic"


def test_what_nobody_touched_since_goes_through(table: Table) -> None:
    looked = table.revision
    table.do(Take(areas=(A,), partner="Harvest"))
    table.do(Take(areas=(B,), partner="Mosaic"), seen=looked)
    assert table.holder(B) == "Mosaic"


def test_a_request_sent_twice_is_done_once(table: Table, other_store: Store) -> None:
    first = table.do(Take(areas=(A,), partner="Harvest"), request="r1")
    table.do(Release(areas=(A,)))
    again = other_store.write(
        table.id, Take(areas=(A,), partner="Harvest"), by=OPERATOR, request="r1"
    )
    assert again.is_repeat
    assert again.event == first.event
    assert table.holder(A) is None
    assert table.revision == 3


def test_a_refused_request_can_be_sent_again(table: Table) -> None:
    table.do(Take(areas=(A,), partner="Harvest"))
    with pytest.raises(ConflictError):
        table.do(Take(areas=(A,), partner="Mosaic"), request="r1")
    table.do(Release(areas=(A,)))
    assert not table.do(Take(areas=(A,), partner="Mosaic"), request="r1").is_repeat
    assert table.holder(A) == "Mosaic"


def test_boards_do_not_touch_each_other(table: Table) -> None:
    other = Table(table.store, table.store.create_board("nyc", {A: None, "x1": None}).id)
    table.do(Take(areas=(A,), partner="Harvest"), request="same")
    other.do(Take(areas=(A,), partner="Mosaic"), request="same")
    assert (table.holder(A), other.holder(A)) == ("Harvest", "Mosaic")
    with pytest.raises(UnknownNameError):
        other.do(Take(areas=(B,), partner="Mosaic"))


def test_time_never_runs_backwards_on_a_board(table: Table, clock: Clock) -> None:
    table.do(Take(areas=(A,), partner="Harvest"))
    clock.turn(hours=-3)  # the clock of another server
    table.do(Take(areas=(B,), partner="Harvest"))
    moments = [event.at for event in table.store.events(table.id)]
    assert moments == sorted(moments)


def test_listeners_hear_of_what_was_written_and_of_nothing_else(table: Table) -> None:
    heard: list[tuple[str, int]] = []
    end = table.store.on_change(lambda board, revision: heard.append((board, revision)))
    table.do(Take(areas=(A,), partner="Harvest"))
    with pytest.raises(ConflictError):
        table.do(Take(areas=(A,), partner="Mosaic"))
    table.do(Take(areas=(A,), partner="Harvest"))
    assert heard == [(table.id, 2)]
    end()
    table.do(Release(areas=(A,)))
    assert heard == [(table.id, 2)]


def test_what_was_not_kept_is_neither_remembered_nor_told(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, int]] = []
    table.store.on_change(lambda board, revision: heard.append((board, revision)))
    writing = table.store.database.writing

    @contextmanager
    def broken() -> Iterator[Any]:
        with writing() as connection:
            yield connection
            raise StoreError("The disk went away.")

    with monkeypatch.context() as patch:
        patch.setattr(table.store.database, "writing", broken)
        with pytest.raises(StoreError):
            table.do(Take(areas=(A,), partner="Harvest"))
    assert (table.holder(A), table.revision, heard) == (None, 1, [])
    table.do(Take(areas=(A,), partner="Mosaic"))
    assert present(table.store, table.id) == as_rows(table.store.state(table.id))
    assert heard == [(table.id, 2)]


def test_threads_of_one_store_lose_nothing(table: Table) -> None:
    problems: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(10):
                value = {"text": f"{number} {turn}"}
                table.do(Put(section=Section.COMMENTS, id=f"{number}-{turn}", value=value))
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(table.store.state(table.id).section(Section.COMMENTS)) == 80
    assert table.revision == 81
    assert present(table.store, table.id) == as_rows(table.store.state(table.id))


def test_a_store_opened_again_has_everything(table: Table, url: str) -> None:
    table.do(Take(areas=(A, C), partner="Zoë’s Kitchen & Söhne <b>", note="“quoted”\nline"))
    with open_store(url) as again:
        assert as_rows(again.state(table.id)) == as_rows(table.store.state(table.id))
        assert again.events(table.id) == table.store.events(table.id)


@pytest.mark.parametrize("text", ["nul\x00", "half \ud800", "turned \u202e", ""])
def test_what_is_no_text_is_refused_before_it_reaches_the_database(text: str) -> None:
    with pytest.raises(ValueError, match="partner"):
        Take(areas=(A,), partner=text)


def test_json_that_no_text_can_hold_is_refused(table: Table) -> None:
    with pytest.raises(RequestError, match="comment"):
        table.do(Put(section=Section.COMMENTS, value={"text": "nul\x00"}))
    assert table.revision == 1
