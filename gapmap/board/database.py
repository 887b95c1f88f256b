"""The database under the store: SQLite in one file, or PostgreSQL. Opened, migrated, locked.

A write on SQLite takes the lock at once (``BEGIN IMMEDIATE``): a transaction that begins as a
reader and writes later is refused as soon as two do so. SQLite's own waiting is a sleep that grows
to 100 ms while newcomers slip in, so writers queue for a turn first, threads for a lock and
processes for a file beside the database. On PostgreSQL the row of a board is the lock, with a
queue before it (see ``rows``). Reads see one moment on both, and wait for nobody.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import make_url

from gapmap.board.tables import SCHEMA_REVISION
from gapmap.errors import GapmapError, RequestError, StoreError

if sys.platform == "win32":

    def _lock(file: int) -> None:
        """Do without: SQLite's own lock has to do."""

    def _unlock(file: int) -> None:
        """Do without."""

else:
    import fcntl

    def _lock(file: int) -> None:
        """Wait for a file's lock."""
        fcntl.flock(file, fcntl.LOCK_EX)

    def _unlock(file: int) -> None:
        """Let go of a file's lock."""
        fcntl.flock(file, fcntl.LOCK_UN)


if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from sqlalchemy.engine import URL, Connection, Engine

__all__ = ["CHANNEL", "Database", "is_about_one"]

CHANNEL: Final = "gapmap_board"
"""Where PostgreSQL tells of changes: ``board revision``."""

_PATIENCE_S: Final = 30
_MIGRATION_LOCK: Final = 0x6741504D  # any number that nobody else locks

_DRIVERS: Final = {
    "sqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


class Database:
    """Connections to one database whose tables are there and of this version.

    Safe to use from several threads; not across a fork.

    Parameters
    ----------
    url
        ``sqlite:///path/to/file`` or ``postgresql+psycopg://user@host/name``.
    """

    def __init__(self, url: str) -> None:
        self._url = _checked(url)
        if self.is_sqlite:
            _make_folder(self._url)
        with self._in_words():
            self._engine = self._made()
        self._turn = _Turn(self.path) if self.is_sqlite else None
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self._url.get_backend_name() == "sqlite"

    @property
    def name(self) -> str:
        """Where it is, without any password."""
        return self._url.render_as_string(hide_password=True)

    @property
    def psycopg_address(self) -> str:
        """The address as psycopg itself takes it, for listening."""
        url = self._url.set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    @property
    def path(self) -> Path:
        """The file of an SQLite database."""
        return Path(self._url.database or "")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the database."""
        with self._in_words(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept together at the end, or not at all."""
        turn = self._turn or nullcontext()
        with self._in_words(), turn, self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()
        if self._turn is not None:
            self._turn.close()

    @cached_property
    def _reader(self) -> Engine:
        if self.is_sqlite:
            return self._engine.execution_options(gapmap_reads=True)
        return self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    def _made(self) -> Engine:
        if not self.is_sqlite:
            engine = sa.create_engine(
                self._url,
                pool_size=4,
                max_overflow=12,
                pool_pre_ping=True,  # the server may have been started anew meanwhile
                connect_args={"connect_timeout": 10, "application_name": "gapmap"},
            )
            event.listen(engine, "connect", _limit_waiting)
            return engine
        engine = sa.create_engine(
            self._url,
            pool_size=8,
            max_overflow=24,
            connect_args={"timeout": _PATIENCE_S, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def _migrate(self) -> None:
        """Bring the tables to this version; of several processes one does it, the others wait."""
        if self._schema() == SCHEMA_REVISION:
            return
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", "gapmap.board:migrations")
        with self.writing() as connection:
            if not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            found = _version(connection)
            known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
            if found is not None and found not in known:
                raise StoreError(
                    f"The boards in {self.name} were made by a newer gapmap (tables {found}, this "
                    f"one knows {SCHEMA_REVISION}). Install that one, or name another database."
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def _schema(self) -> str | None:
        with self.reading() as connection:
            return _version(connection)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (exc.DBAPIError, exc.TimeoutError) as error:
            raise StoreError(_words(self.name, error)) from error


class _Turn:
    """One writer of an SQLite file at a time, the others in a queue that the system keeps.

    Who is killed loses its turn. Where there are no file locks, SQLite's own have to do.

    Parameters
    ----------
    database
        The file to write.
    """

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}-turn")
        self._threads = threading.Lock()
        self._file: IO[bytes] | None = None

    def __enter__(self) -> None:
        self._threads.acquire()
        try:
            if self._file is None:
                self._file = self._path.open("ab")
            _lock(self._file.fileno())
        except OSError as error:
            self._threads.release()
            raise StoreError(
                f"{self._path} cannot be written: {error.strerror}. Check the folder's rights and "
                "disk."
            ) from None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            _unlock(self._file.fileno())
        self._threads.release()

    def close(self) -> None:
        """Let go of the file."""
        with self._threads:
            if self._file is not None:
                self._file.close()
                self._file = None


def _limit_waiting(connection: Any, _record: Any) -> None:
    """Let nobody wait for ever for a PostgreSQL lock that a stopped server holds."""
    connection.execute(f"SET lock_timeout = {_PATIENCE_S * 1000}")
    connection.commit()


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except exc.ArgumentError:
        parsed = None
    driver = None if parsed is None else _DRIVERS.get(parsed.drivername)
    if parsed is None or (driver is None and parsed.drivername != "sqlite+pysqlite"):
        raise RequestError(
            "The address of the boards' database cannot be used. Write sqlite:///PATH or "
            "postgresql+psycopg://USER@HOST/NAME."
        )
    parsed = parsed.set(drivername=driver or parsed.drivername)
    if parsed.get_backend_name() != "sqlite":
        return parsed
    if parsed.database in (None, "", ":memory:"):
        raise RequestError("Boards are kept in a file. Write sqlite:///PATH with a path.")
    return parsed.set(database=str(Path(parsed.database).expanduser()))


def _make_folder(url: URL) -> None:
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {folder} for the boards cannot be made: {error.strerror}. "
            "Name another with GAPMAP_DATABASE_URL."
        ) from None


def _prepare(connection: Any, _record: Any) -> None:
    """Set a new SQLite connection up."""
    # Python's own transactions begin late and as readers: they are ours to begin.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # What was acknowledged is on the disk, whatever happens to the machine.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_PATIENCE_S * 1000}")
    cursor.close()


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get("gapmap_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _version(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def is_about_one(error: Exception) -> bool:
    """Tell whether a change could not be written that another one need not share.

    It is then certain that nothing was kept: what makes a commit itself doubtful, a server that
    has gone or a lock that does not come, is about everybody.
    """
    if not isinstance(error, StoreError):
        return not isinstance(error, GapmapError)
    cause = error.__cause__
    if not isinstance(cause, exc.DBAPIError):
        return False
    is_about_all = isinstance(cause, (exc.OperationalError, exc.InterfaceError))
    return not is_about_all or _is_full(str(cause.orig))


def _is_full(said: str) -> bool:
    return "disk is full" in said or "No space left" in said


def _words(name: str, error: exc.SQLAlchemyError) -> str:
    said = str(getattr(error, "orig", None) or error).strip().partition(os.linesep)[0]
    if _is_full(said):
        return (
            f"The disk of {name} is full. Nothing of this change was written; everything before it "
            "is there. Make room and try again."
        )
    if "locked" in said or "lock timeout" in said:
        return (
            f"{name} has been busy for {_PATIENCE_S} seconds. Nothing of this change was written. "
            "Try again."
        )
    if "readonly" in said or "unable to open" in said:
        return f"{name} cannot be written: {said}. Check the folder's rights and disk."
    return f"{name} did not answer as it should: {said}. Check that it runs, and try again."
