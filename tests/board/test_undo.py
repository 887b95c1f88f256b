"""What was done can be taken back, as long as nobody has built on it."""

from __future__ import annotations

import pytest

from gapmap.board.agenda import Put, Remove, SetTitle
from gapmap.board.claims import Advance, Release, Take
from gapmap.board.sharing import Split
from gapmap.board.undo import Undo
from gapmap.board.values import ClaimState, Section
from gapmap.errors import ConflictError, RequestError, UnknownNameError
from tests.board.builders import A, B, C, Table


def plain(table: Table) -> dict[str, dict[str, object]]:
    """Everything on the board but when it came there."""
    state = table.store.state(table.id)
    return {
        section: {key: entry.value for key, entry in entries.items()}
        for section, entries in state.sections.items()
        if entries
    }


def test_undo_puts_everything_back_and_says_what_it_undid(table: Table) -> None:
    table.do(Take(areas=(A, B), partner="Harvest"))
    before = plain(table)
    done = table.do(Release(areas=(A, B)))
    undone = table.do(Undo(revision=done.revision))
    assert plain(table) == before
    assert undone.event is not None
    assert (undone.event.kind, undone.event.undoes) == ("undo", done.revision)


def test_an_undo_is_undone_like_any_change(table: Table) -> None:
    done = table.do(Take(areas=(A,), partner="Harvest"))
    after = plain(table)
    undone = table.do(Undo(revision=done.revision))
    table.do(Undo(revision=undone.revision))
    assert plain(table) == after


@pytest.mark.parametrize(
    "change",
    [
        Advance(areas=(A,), to=ClaimState.COMMITTED),
        Split(area=A, parts=("north", "south")),
        Put(section=Section.COMMENTS, id="x", value={"text": "changed"}),
        Remove(section=Section.COMMENTS, id="x"),
        SetTitle(title="Another"),
    ],
    ids=lambda change: change.do,
)
def test_every_kind_of_change_can_be_undone(table: Table, change: object) -> None:
    table.do(Take(areas=(A,), partner="Harvest"))
    table.do(Put(section=Section.COMMENTS, id="x", value={"text": "one"}))
    before = plain(table)
    done = table.do(change)  # type: ignore[arg-type]
    assert plain(table) != before
    table.do(Undo(revision=done.revision))
    assert plain(table) == before


def test_an_earlier_change_is_undone_without_the_later_ones(table: Table) -> None:
    first = table.do(Take(areas=(A,), partner="Harvest"))
    table.do(Take(areas=(B,), partner="Mosaic"))
    table.do(Undo(revision=first.revision))
    assert (table.holder(A), table.holder(B)) == (None, "Mosaic")


def test_nothing_is_undone_over_somebodys_head(table: Table) -> None:
    released = table.do(Take(areas=(A, B), partner="Harvest"))
    released = table.do(Release(areas=(A, B)))
    table.do(Take(areas=(B,), partner="Mosaic"))
    with pytest.raises(ConflictError, match="cannot be undone any more") as refused:
        table.do(Undo(revision=released.revision))
    (conflict,) = refused.value.conflicts
    assert (conflict["key"], conflict["holder"]) == (B, "Mosaic")
    assert (table.holder(A), table.holder(B)) == (None, "Mosaic")


def test_what_was_advanced_since_is_not_untaken(table: Table) -> None:
    taken = table.do(Take(areas=(A, C), partner="Harvest"))
    table.do(Advance(areas=(A,), to=ClaimState.COMMITTED))
    with pytest.raises(ConflictError):
        table.do(Undo(revision=taken.revision))


def test_a_board_cannot_be_unmade_nor_the_future_undone(table: Table) -> None:
    with pytest.raises(RequestError, match="made the board"):
        table.do(Undo(revision=1))
    with pytest.raises(UnknownNameError, match="revision"):
        table.do(Undo(revision=99))


def test_undoing_twice_is_refused(table: Table) -> None:
    done = table.do(Take(areas=(A,), partner="Harvest"))
    table.do(Undo(revision=done.revision))
    with pytest.raises(ConflictError):
        table.do(Undo(revision=done.revision))
