"""Changes that are written together come to the same as one after the other, each for itself."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import exc

from gapmap.board.agenda import Put, Remove
from gapmap.board.changes import Change
from gapmap.board.claims import Release, Take
from gapmap.board.present import replayed
from gapmap.board.store import OPERATOR, open_store
from gapmap.board.together import AT_ONCE, Queue, Wanted, Written
from gapmap.board.undo import Undo
from gapmap.board.values import Role, Section
from gapmap.errors import ConflictError, NotAllowedError, StoreError, UnknownNameError
from tests.board.builders import A, B, C, Clock, Table
from tests.board.test_present import AREAS as FEW_AREAS
from tests.board.test_present import changes
from tests.board.test_store import as_rows, present

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gapmap.board.changes import Scene
    from gapmap.board.store import Store
    from gapmap.board.together import Outcome
    from gapmap.board.values import Patch


def say(key: str, text: str = "x") -> Put:
    return Put(section=Section.COMMENTS, id=key, value={"text": text})


def write(table: Table, *asked: Change | Wanted) -> list[Any]:
    """Write together what the table's facilitator, or somebody else, asks for."""
    wanted = [one if isinstance(one, Wanted) else Wanted(one, table.by) for one in asked]
    return table.store.write_together(table.id, wanted)


def check_whole(table: Table) -> None:
    """The tables, the copy in memory and the events say the same."""
    added_up = as_rows(replayed(table.id, "nyc", table.store.events(table.id)))
    assert present(table.store, table.id) == added_up
    assert as_rows(table.store.state(table.id)) == added_up


# --------------------------------------------------------------------------------- one transaction


def test_each_finds_what_those_before_it_did(table: Table) -> None:
    first, second, third, fourth = write(
        table,
        Take(areas=(A,), partner="Harvest"),
        Take(areas=(A, B), partner="Mosaic"),
        Release(areas=(A,)),
        Take(areas=(A, B), partner="Mosaic"),
    )
    assert [first.revision, third.revision, fourth.revision] == [2, 3, 4]
    assert [one.event.revision for one in (first, third, fourth)] == [2, 3, 4]
    assert isinstance(second, ConflictError)
    assert second.conflicts[0]["holder"] == "Harvest"
    assert first.state.claim(A).partner == "Harvest"  # and not what came after it
    assert (table.holder(A), table.holder(B), table.revision) == ("Mosaic", "Mosaic", 4)
    check_whole(table)


def test_everybody_is_judged_by_what_they_are(table: Table) -> None:
    harvest = table.seat(Role.PARTNER, "Harvest")
    looker = table.seat(Role.VIEWER)
    take = Take(areas=(A,), partner="Harvest")
    nobody, seen, mine, again = write(
        table, *(Wanted(take, by) for by in ("nobody", looker.by, harvest.by, harvest.by))
    )
    assert isinstance(nobody, NotAllowedError)
    assert "not at this board" in str(nobody)
    assert isinstance(seen, NotAllowedError)
    assert "look on" in str(seen)
    assert (mine.revision, mine.event.member, mine.event.partner) == (2, harvest.by, "Harvest")
    assert (again.revision, again.event) == (2, None)  # everything is as asked already


def test_a_request_that_comes_twice_at_once_is_done_once(table: Table) -> None:
    other = table.seat(Role.FACILITATOR)
    ask = Wanted(say("c"), table.by, request="r")
    first, at_once = write(table, ask, ask)
    assert (first.is_repeat, at_once.is_repeat) == (False, True)
    removed, again, stolen = write(
        table, Remove(section=Section.COMMENTS, id="c"), ask, replace(ask, by=other.by)
    )
    assert (removed.is_repeat, again.is_repeat) == (False, True)
    assert first.event == at_once.event == again.event
    assert isinstance(stolen, ConflictError)
    assert table.revision == 3
    (later,) = write(table, ask)
    assert (later.is_repeat, later.event) == (True, first.event)
    check_whole(table)


def test_what_was_done_a_moment_ago_can_be_undone(table: Table) -> None:
    write(table, Take(areas=(A,), partner="Harvest"), Undo(revision=2), Undo(revision=2))
    assert (table.holder(A), table.revision) == (None, 3)
    check_whole(table)


@pytest.mark.parametrize(
    "asked",
    [
        [say("c", "one"), say("c", "two")],
        [say("c"), Remove(section=Section.COMMENTS, id="c")],
        [Remove(section=Section.COMMENTS, id="old"), say("old", "anew")],
        [say("old", "anew"), Remove(section=Section.COMMENTS, id="old")],
        [Remove(section=Section.COMMENTS, id="old"), say("old"), say("c"), say("old", "once more")],
    ],
)
def test_what_is_changed_more_than_once_ends_as_the_last_one_left_it(
    table: Table, asked: list[Change]
) -> None:
    table.do(say("old"))
    assert all(isinstance(one, Written) for one in write(table, *asked))
    assert table.revision == 2 + len(asked)
    check_whole(table)


@pytest.fixture(scope="module")
def side_by_side(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    address = f"sqlite:///{tmp_path_factory.mktemp('boards') / 'boards.db'}"
    with open_store(address, clock=Clock()) as store:
        yield store


@settings(max_examples=25)
@given(st.lists(changes, min_size=2, max_size=12), st.integers(1, 12))
def test_together_comes_to_the_same_as_one_after_the_other(
    side_by_side: Store, asked: list[Change], size: int
) -> None:
    one, other = (Table(side_by_side, side_by_side.create_board("nyc", FEW_AREAS).id) for _ in "12")

    def told(outcomes: Sequence[Outcome]) -> list[Any]:
        return [
            (one.revision, one.event and one.event.as_json())
            if isinstance(one, Written)
            else (type(one), str(one))
            for one in outcomes
        ]

    alone = [told(write(one, change))[0] for change in asked]
    pieces = [asked[at : at + size] for at in range(0, len(asked), size)]
    assert [found for piece in pieces for found in told(write(other, *piece))] == alone
    assert present(side_by_side, other.id) == present(side_by_side, one.id)
    check_whole(other)


# ---------------------------------------------------------------------------- what goes wrong


class Unwritable(Change):
    """A change with a fault of ours in it: what it plans is no JSON."""

    def plan(self, scene: Scene) -> Patch:
        del scene
        return {Section.COMMENTS: {"bad": {"text": object()}}}


class Unplannable(Change):
    """Another one: it does not even come to a plan."""

    def plan(self, scene: Scene) -> Patch:
        del scene
        raise KeyError("something")


@pytest.mark.parametrize("fault", [Unwritable(do="fault"), Unplannable(do="fault")])
def test_a_fault_in_one_refuses_that_one_only(table: Table, fault: Change) -> None:
    heard: list[tuple[str, int]] = []
    table.store.on_change(lambda board, revision: heard.append((board, revision)))
    first, wrong, taken, last = write(
        table,
        Take(areas=(A,), partner="Harvest"),
        fault,
        Take(areas=(A,), partner="Mosaic"),
        Take(areas=(B,), partner="Mosaic"),
    )
    assert (first.revision, last.revision) == (2, 3)
    assert not isinstance(wrong, (Written, ConflictError))
    assert isinstance(taken, ConflictError)
    assert heard[-1] == (table.id, 3)
    check_whole(table)


def test_what_does_not_fit_on_the_disk_refuses_that_one_only(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/boards.db") as store:
        database = store.database
        table = Table(store, store.create_board("nyc", FEW_AREAS).id)
        with database.writing() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        # The limit is each connection's own: the pool gives this one again.
        with database.reading() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count={int(pages or 0) + 2}")
        first, large, last = write(table, say("a"), say("b", "x" * 4000), say("c"))
        assert isinstance(first, Written)
        assert isinstance(large, StoreError)
        assert "is full" in str(large)
        assert last.revision == 3
        check_whole(table)


def test_a_database_that_has_gone_is_asked_once_and_not_once_for_each(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    @contextmanager
    def gone() -> Iterator[Any]:
        asked.append(1)
        raise StoreError("It is gone.") from exc.OperationalError("BEGIN", {}, OSError("gone"))
        yield

    with monkeypatch.context() as patch:
        patch.setattr(table.store.database, "writing", gone)
        outcomes = write(table, say("a"), say("b"), say("c"))
    assert [type(one) for one in outcomes] == [StoreError] * 3
    assert len(asked) == 1
    assert table.revision == 1


def test_nobody_writes_on_a_board_that_is_not_there(store: Store) -> None:
    outcomes = store.write_together("none", [Wanted(say("a"), OPERATOR), Wanted(say("b"), "x")])
    assert [type(one) for one in outcomes] == [UnknownNameError] * 2


def test_a_listener_that_fails_takes_nothing_back(
    table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[int] = []

    def fail(board: str, revision: int) -> None:
        raise RuntimeError(f"no ear for {board} {revision}")

    table.store.on_change(fail)
    table.store.on_change(lambda _, revision: heard.append(revision))
    assert table.do(Take(areas=(C,), partner="Harvest")).revision == 2
    assert heard == [2]
    assert "listener" in caplog.text


# ------------------------------------------------------------------------------------ the line


class Slow:
    """Something that writes when it is let, and notes who was written together."""

    def __init__(self) -> None:
        self.together: list[list[str]] = []
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)

    def __call__(self, wanted: Sequence[Wanted]) -> list[Outcome]:
        self.together.append([one.by for one in wanted])
        self.begun.release()
        assert self.go_on.acquire(timeout=20)
        if any(one.by == "interrupt" for one in wanted):
            raise KeyboardInterrupt
        return [ConflictError(one.by) for one in wanted]


def in_threads(queue: Queue, slow: Slow, names: Sequence[str]) -> tuple[list[Any], dict[str, str]]:
    """Let each write from a thread of its own, the later ones while the first is being written."""
    told: dict[str, str] = {}

    def work(name: str) -> None:
        try:
            queue.write("b", Wanted(say("x"), name), slow)
        except BaseException as error:
            told[name] = f"{type(error).__name__} {error}"

    threads = []
    for number, name in enumerate(names):
        threads.append(threading.Thread(target=work, args=(name,), daemon=True))
        threads[-1].start()
        if number == 0:
            assert slow.begun.acquire(timeout=20)
            continue
        deadline = time.monotonic() + 20
        while len(queue._lines["b"]) < number:
            assert time.monotonic() < deadline
            time.sleep(0.001)
    return threads, told


def end(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


def test_who_waits_is_written_together_in_the_order_of_coming() -> None:
    queue, slow = Queue(), Slow()
    names = [f"w{number}" for number in range(AT_ONCE + 3)]
    threads, told = in_threads(queue, slow, names)
    for _ in range(3):
        slow.go_on.release()
    end(threads)
    assert slow.together == [names[:1], names[1 : AT_ONCE + 1], names[AT_ONCE + 1 :]]
    assert told == {name: f"ConflictError {name}" for name in names}
    assert queue._lines == {}


def test_who_is_interrupted_while_writing_for_others_leaves_nobody_waiting() -> None:
    queue, slow = Queue(), Slow()
    threads, told = in_threads(queue, slow, ["first", "interrupt", "third"])
    slow.go_on.release()
    assert slow.begun.acquire(timeout=20)
    slow.go_on.release()
    end(threads)
    assert told["first"] == "ConflictError first"
    assert told["interrupt"] == "KeyboardInterrupt "
    assert told["third"].startswith("StoreError The server was stopped while it wrote")
    assert queue._lines == {}
