"""Boards for tests, on SQLite and on a real PostgreSQL server: the same tests run on both."""

from __future__ import annotations

import os
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gapmap.board.database import Database
from gapmap.board.store import Store, open_store
from tests.board.builders import AREAS, Clock, Table
from tests.board.postgres_server import PostgresServer, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server, started when the first test wants it."""
    with postgres_server(waits_for_disk=False) as server:
        yield server


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder for database files, in memory where there is such a place.

    A commit waits for the disk, and a hundred tests have a thousand commits. What is tested here
    does not depend on it: a process that is killed takes nothing with it that it has written.
    """
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="gapmap-boards-", dir=place) as made:
        yield Path(made)


@pytest.fixture(scope="session")
def shared_file(folder: Path) -> str:
    return f"sqlite:///{folder}/shared.db"


@pytest.fixture(scope="session")
def shared_database(postgres: PostgresServer) -> str:
    return postgres.new_database()


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest) -> str:
    """The address of a database; other tests have boards of their own in it."""
    name = "shared_file" if request.param == "sqlite" else "shared_database"
    return str(request.getfixturevalue(name))


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, folder: Path) -> str:
    """The address of a database with nothing in it, not even tables."""
    if request.param == "sqlite":
        return f"sqlite:///{folder}/{uuid.uuid4().hex}/boards.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def databases() -> Iterator[dict[str, Database]]:
    """Databases by address, opened once for all tests."""
    opened: dict[str, Database] = {}
    yield opened
    for one in opened.values():
        one.close()


@pytest.fixture
def store(url: str, databases: dict[str, Database], clock: Clock) -> Store:
    if url not in databases:
        databases[url] = Database(url)
    return Store(databases[url], clock=clock)


@pytest.fixture
def table(store: Store) -> Table:
    """A new board of forty areas, its facilitator acting."""
    return Table(store, store.create_board("nyc", AREAS, title="Bronx").id)


@pytest.fixture
def other_store(url: str, clock: Clock) -> Iterator[Store]:
    """The same database as another server sees it."""
    with open_store(url, clock=clock) as opened:
        yield opened
