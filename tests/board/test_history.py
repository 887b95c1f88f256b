"""A board as it was, from any side: the same as replayed from the start, and quickly there."""

from __future__ import annotations

from typing import Any

import pytest

from gapmap.board import history, rows
from gapmap.board.agenda import Put
from gapmap.board.claims import Release, Take
from gapmap.board.expiry import open_expired
from gapmap.board.history import History
from gapmap.board.undo import Undo
from gapmap.board.values import Section
from gapmap.errors import UnknownNameError
from tests.board.builders import A, B, Clock, Table
from tests.board.test_store import as_rows


@pytest.fixture
def long(table: Table, monkeypatch: pytest.MonkeyPatch) -> Table:
    """A board of thirty changes, of which every seventh is remembered."""
    monkeypatch.setattr(history, "_APART", 7)
    for number in range(9):
        table.do(Take(areas=(A,), partner="Harvest"))
        table.do(Put(section=Section.COMMENTS, id=f"c{number % 4}", value={"text": f"{number}"}))
        table.do(Release(areas=(A,)))
    table.do(Take(areas=(B,), partner="Mosaic"))
    table.do(Undo(revision=table.revision))
    return table


def test_any_state_is_the_one_that_the_events_add_up_to(long: Table) -> None:
    walked = History(long.store)
    order = [*range(long.revision, 0, -1), 3, 17, 8, 7, 14]
    for revision in order:
        found, replayed = (one.state_at(long.id, revision) for one in (walked, long.store))
        assert as_rows(found) == as_rows(replayed)
        assert (found.revision, found.changed) == (revision, replayed.changed)


def test_what_is_remembered_of_one_board_is_not_taken_for_another_s(long: Table) -> None:
    other = Table(long.store, long.store.create_board("town", {A: None, B: None}).id)
    for number in range(10):
        other.do(Take(areas=(B,), partner=f"Partner {number}"))
        other.do(Release(areas=(B,)))
    walked = History(long.store)
    for one in (long, other, long):
        assert as_rows(walked.state_at(one.id, 16)) == as_rows(long.store.state_at(one.id, 16))


def test_a_state_is_reached_from_one_that_is_remembered(
    long: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked = History(long.store)
    walked.state_at(long.id, long.revision)
    read: list[tuple[int, int]] = []
    steps_of = rows.steps_of

    def counted(connection: Any, board: str, after: int, up_to: int) -> Any:
        read.append((after, up_to))
        return steps_of(connection, board, after, up_to)

    monkeypatch.setattr(history, "steps_of", counted)
    walked.state_at(long.id, 17)
    assert read == [(14, 17)]


def test_no_more_states_are_remembered_than_are_kept(
    long: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_KEPT", 2)
    walked = History(long.store)
    for revision in (long.revision, 5, 22):
        found = walked.state_at(long.id, revision)
        assert as_rows(found) == as_rows(long.store.state_at(long.id, revision))
    assert len(walked._kept) == 2


def test_what_was_done_is_told_piece_by_piece_with_what_took_it_back(long: Table) -> None:
    walked = History(long.store)
    found, head = walked.done(long.id, after=27, limit=5)
    told = [(one.event.revision, one.undone_by) for one in found]
    assert told == [(28, None), (29, 30), (30, None)]
    assert head == 30
    assert [one.event for one in walked.done(long.id, after=3, limit=4)[0]] == list(
        long.store.events(long.id, after=3, up_to=7)
    )
    assert walked.done(long.id, after=30, limit=4) == ((), 30)


@pytest.mark.parametrize("revision", [0, 99])
def test_a_revision_that_there_is_not_is_refused(table: Table, revision: int) -> None:
    with pytest.raises(UnknownNameError, match="revision"):
        History(table.store).state_at(table.id, revision)


def test_what_has_run_out_is_opened_on_every_board_and_nothing_else(
    table: Table, clock: Clock
) -> None:
    other = table.store.create_board("town", {A: None}).id
    table.do(Take(areas=(A,), partner="Harvest", hours=1))
    table.do(Take(areas=(B,), partner="Harvest", note='no "expires" here'))
    assert table.id not in open_expired(table.store)
    clock.turn(hours=2)
    opened = open_expired(table.store)
    assert table.id in opened
    assert other not in opened
    assert set(table.store.state(table.id).claims) == {B}
    assert table.store.events(table.id)[-1].kind == "expire"
    assert table.id not in open_expired(table.store)
