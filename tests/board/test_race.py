"""However many want the same area at once, exactly one gets it and the others learn who."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from gapmap.board.claims import Take
from gapmap.board.store import OPERATOR, Store, open_store
from gapmap.board.values import Section
from gapmap.errors import ConflictError
from tests.board.builders import Table
from tests.board.writers import Writers, notes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRIES = 200
RACERS = ("Harvest", "Mosaic", "City Kitchen")


@pytest.fixture(scope="module")
def writers() -> Iterator[Writers]:
    with Writers() as started:
        yield started


@pytest.fixture
def wide(store: Store) -> Table:
    """A board of as many areas as there are tries."""
    areas = {f"area-{number:03d}": None for number in range(TRIES)}
    return Table(store, store.create_board("nyc", areas, board=f"r{uuid.uuid4().hex[:9]}").id)


def test_processes_race_for_one_area_two_hundred_times(
    wide: Table, url: str, writers: Writers, tmp_path: Path
) -> None:
    areas = sorted(wide.store.areas(wide.id))
    ready = tmp_path / "ready"
    ready.write_bytes(bytes(len(RACERS)))
    racing = [
        writers.start(
            do="race",
            url=url,
            board=wide.id,
            partner=partner,
            areas=areas,
            ready=str(ready),
            place=place,
            racers=len(RACERS),
            notes=str(tmp_path / partner),
        )
        for place, partner in enumerate(RACERS)
    ]
    ended = [writers.wait(one) for one in racing]
    assert ended == [0, 0, 0], [notes(tmp_path / partner)[-1:] for partner in RACERS]
    noted = {partner: notes(tmp_path / partner) for partner in RACERS}
    assert {partner: len(one) for partner, one in noted.items()} == dict.fromkeys(RACERS, TRIES)
    state = wide.store.state(wide.id)
    for turn, area in enumerate(areas):
        answers = {partner: noted[partner][turn] for partner in RACERS}
        winners = [partner for partner, answer in answers.items() if answer["won"]]
        assert len(winners) == 1, f"{area}: {winners}"
        told = {answer["holder"] for answer in answers.values() if not answer["won"]}
        assert told == set(winners)
        assert state.claims[area].partner == winners[0]
    # A race that one racer always wins is none.
    wins = Counter(claim.partner for claim in state.claims.values())
    assert len(wins) >= 2, wins
    assert wide.revision == 1 + TRIES


def test_threads_of_two_servers_race(wide: Table, other_store: Store) -> None:
    race_of_threads(wide, other_store)


def test_without_file_locks_the_databases_own_are_enough(
    wide: Table, other_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_lock", "_unlock"):
        monkeypatch.setattr(f"gapmap.board.database.{name}", lambda _: None)
    race_of_threads(wide, other_store)


def race_of_threads(wide: Table, other_store: Store) -> None:
    """Let four threads of two servers try for each of fifty areas at the same moment."""
    areas = sorted(wide.store.areas(wide.id))[:50]
    gate = threading.Barrier(4)
    won: list[tuple[str, str]] = []
    problems: list[BaseException] = []

    def race(store: Store, partner: str) -> None:
        try:
            for area in areas:
                gate.wait(timeout=60)
                try:
                    store.write(wide.id, Take(areas=(area,), partner=partner), by=OPERATOR)
                    won.append((area, partner))
                except ConflictError:
                    pass
        except BaseException as error:
            gate.abort()
            problems.append(error)

    stores = (wide.store, wide.store, other_store, other_store)
    threads = [
        threading.Thread(target=race, args=(store, f"partner {number}"))
        for number, store in enumerate(stores)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(area for area, _ in won) == areas
    held = {key: claim.partner for key, claim in wide.store.state(wide.id).claims.items()}
    assert held == dict(won)


def test_thirty_processes_write_at_once_without_an_error(
    wide: Table, url: str, writers: Writers, tmp_path: Path
) -> None:
    names = [f"w{number}" for number in range(30)]
    started = [
        writers.start(
            do="write", url=url, board=wide.id, name=name, count=5, notes=str(tmp_path / name)
        )
        for name in names
    ]
    ended = [writers.wait(one) for one in started]
    problems = [
        one["problem"] for name in names for one in notes(tmp_path / name) if "problem" in one
    ]
    assert problems == []
    assert ended == [0] * 30
    noted = [one for name in names for one in notes(tmp_path / name)]
    assert sorted(one["revision"] for one in noted) == list(range(2, 152))
    assert set(wide.store.state(wide.id).section(Section.COMMENTS)) == {one["key"] for one in noted}


def test_a_new_database_is_made_once_by_those_who_open_it_at_once(empty_url: str) -> None:
    problems: list[BaseException] = []
    made: list[str] = []
    gate = threading.Barrier(6)

    def work() -> None:
        try:
            gate.wait(timeout=60)
            with open_store(empty_url) as store:
                made.append(store.create_board("nyc", {"a": None}).id)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with open_store(empty_url) as store:
        assert {one.id for one in store.boards()} == set(made)
        assert len(made) == 6
