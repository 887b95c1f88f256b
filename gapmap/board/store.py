"""Boards kept in one database: every change an event, checked and numbered one after the other.

A write waits for its turn on the board, sees what everybody before it did, and is refused or
written whole: event and present state together. Every call is synchronous, takes milliseconds,
and may come from any thread.
"""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from gapmap.board import tables
from gapmap.board.changes import Scene
from gapmap.board.database import Database, is_about_one
from gapmap.board.memory import Ground, Memory
from gapmap.board.present import BoardState, inverse_of, replayed
from gapmap.board.rows import (
    as_board,
    board_row,
    events_of,
    events_of_requests,
    insert_areas,
    insert_board,
    insert_member,
    locked,
    member_of,
    members_of,
)
from gapmap.board.together import Outcome, Queue, Wanted, Written
from gapmap.board.turn import Turn
from gapmap.board.values import Board, Event, Member, Role, Section, new_id
from gapmap.errors import StoreError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from gapmap.board.changes import Change
    from gapmap.board.values import Patch

__all__ = ["OPERATOR", "Store", "Written", "open_store"]

_LOG: Final = logging.getLogger(__name__)

OPERATOR: Final = "operator"
"""The member whom whoever has the database acts as: the command line."""


class Store:
    """The boards of one database.

    Parameters
    ----------
    database
        Where they are.
    clock
        Tells the time.
    """

    def __init__(self, database: Database, *, clock: Callable[[], datetime] | None = None) -> None:
        self.database = database
        self._clock = clock or _now
        self._memory = Memory()
        self._queue = Queue()
        self._listeners: list[Callable[[str, int], None]] = []
        self._secret: bytes | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the database's connections back."""
        self.database.close()

    def now(self) -> datetime:
        """Return the time by the store's clock."""
        return self._clock()

    # ------------------------------------------------------------------------------- boards

    def create_board(
        self,
        study: str,
        areas: Mapping[str, str | None],
        *,
        title: str = "",
        scenario: Mapping[str, Any] | None = None,
        board: str | None = None,
    ) -> Board:
        """Make a board.

        Parameters
        ----------
        study
            The study's identifier.
        areas
            What can be claimed: neighbourhood by GEOID.
        title
            What to call it; the study's identifier otherwise.
        scenario
            The question that everybody looks at, as JSON.
        board
            Its identifier; a new one otherwise.
        """
        from gapmap.board.agenda import SetScenario, SetTitle

        board = board or new_id()
        at = self.now()
        about = dict(SetTitle(title=title or study).plan(_NO_SCENE)[Section.ABOUT])
        if scenario:
            about |= SetScenario(scenario=dict(scenario)).plan(_NO_SCENE)[Section.ABOUT]
        patch: Patch = {Section.ABOUT: about}
        empty = BoardState(board, study)
        first = Event(board, 1, "create", at, OPERATOR, "", patch, inverse_of(empty, patch))
        with self.database.writing() as connection:
            insert_board(connection, Board(board, study, title or study, 0, at, at, len(areas)))
            insert_areas(connection, board, areas)
            insert_member(connection, Member(OPERATOR, board, Role.FACILITATOR))
            turn = Turn(connection, Ground(study, areas, tuple(sorted(areas))), empty)
            turn.keep(first)
            turn.write()
        self._settled(turn, 0)
        return self.board(board)

    def boards(self) -> tuple[Board, ...]:
        """List the boards, the one changed last first."""
        query = sa.select(tables.board).order_by(tables.board.c.changed.desc(), tables.board.c.id)
        with self.database.reading() as connection:
            return tuple(as_board(row) for row in connection.execute(query))

    def board(self, board: str) -> Board:
        """Return one board.

        Raises
        ------
        UnknownNameError
            If there is none of that identifier.
        """
        with self.database.reading() as connection:
            return as_board(board_row(connection, board))

    def revisions(self) -> dict[str, int]:
        """Return the revision of every board."""
        with self.database.reading() as connection:
            found = connection.execute(sa.select(tables.board.c.id, tables.board.c.revision))
            return {str(row.id): int(row.revision) for row in found}

    def areas(self, board: str) -> Mapping[str, str | None]:
        """Return what can be claimed: neighbourhood by GEOID."""
        with self.database.reading() as connection:
            return self._memory.ground(connection, board).areas

    # ---------------------------------------------------------------------------- the present

    def state(self, board: str) -> BoardState:
        """Return the board as it is now."""
        with self.database.reading() as connection:
            head = int(board_row(connection, board).revision)
            state = self._memory.state(connection, board, head)
        self._memory.remember(state)
        return state

    def state_at(self, board: str, revision: int) -> BoardState:
        """Return the board as it was after one of its events."""
        self._check_revision(board, revision)
        events = self.events(board, up_to=revision)
        return replayed(board, self.board(board).study, events)

    def events(
        self,
        board: str,
        *,
        after: int = 0,
        up_to: int | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> tuple[Event, ...]:
        """Return events of a board in their order.

        Parameters
        ----------
        board
            Which board.
        after, up_to
            Only revisions after the one and up to the other.
        limit
            At most so many.
        newest_first
            In the opposite order.
        """
        with self.database.reading() as connection:
            board_row(connection, board)
            return events_of(connection, board, after, up_to, limit, newest_first=newest_first)

    def event(self, board: str, revision: int) -> Event:
        """Return the event that led to a revision."""
        self._check_revision(board, revision)
        (found,) = self.events(board, after=revision - 1, up_to=revision)
        return found

    def _check_revision(self, board: str, revision: int) -> None:
        head = self.board(board).revision
        if not 1 <= revision <= head:
            raise UnknownNameError("revision", str(revision), ["1", str(head)])

    # --------------------------------------------------------------------------------- writes

    def write(
        self,
        board: str,
        change: Change,
        *,
        by: str,
        seen: int | None = None,
        request: str | None = None,
    ) -> Written:
        """Make a change, or refuse it; nothing in between.

        Threads that write to a board at the same moment are written together.

        Parameters
        ----------
        board
            Which board.
        change
            What to do.
        by
            Identifier of the member who does it. Role and partner are looked up, never believed.
        seen
            The revision that the member looked at: what it touches and somebody changed since is
            a conflict. None where the change itself says what it expects.
        request
            The sender's own name for this change: sent again after a lost answer, it is not done
            again.

        Raises
        ------
        ConflictError
            If somebody else was faster, with who holds what.
        NotAllowedError
            If the member may not.
        RequestError
            If it makes no sense.
        StoreError
            If the database did not take it; it is then not written, or was and says so when the
            request is sent again.
        """
        wanted = Wanted(change, by, seen, request)
        return self._queue.write(board, wanted, lambda those: self.write_together(board, those))

    def write_together(self, board: str, wanted: Sequence[Wanted]) -> list[Outcome]:
        """Make several changes in one transaction, or refuse them, each for itself.

        Each finds what those before it did; what is wrong with one does not touch the others.

        Parameters
        ----------
        board
            Which board.
        wanted
            The changes, in their order.

        Returns
        -------
        list
            What :meth:`write` returns or raises, of each.
        """
        outcomes: list[Outcome] = []
        try:
            if not self._memory.knows(board):
                # Whatever takes long is read before the turn comes, not while others wait.
                self.state(board)
            with self.database.writing() as connection:
                row, members = locked(connection, board, {one.by for one in wanted})
                state = self._memory.state(connection, board, int(row.revision))
                requests = {one.request for one in wanted if one.request is not None}
                done = events_of_requests(connection, board, requests)
                turn = Turn(connection, self._memory.ground(connection, board), state)
                at = max(self.now(), row.changed)
                turn.expire(at)
                outcomes.extend(turn.outcome(one, members, done, at) for one in wanted)
                turn.write()
        except Exception as error:
            if len(wanted) == 1 or not is_about_one(error):
                return [error] * len(wanted)
            return self._one_by_one(board, wanted)
        self._settled(turn, int(row.revision))
        return outcomes

    def _one_by_one(self, board: str, wanted: Sequence[Wanted]) -> list[Outcome]:
        """Find out whose fault it was that nothing was written, and write the others."""
        outcomes: list[Outcome] = []
        for one in wanted:
            (outcome,) = self.write_together(board, [one])
            outcomes.append(outcome)
            if isinstance(outcome, StoreError) and not is_about_one(outcome):
                # The database has gone: who is left need not find that out one after the other.
                return outcomes + [outcome] * (len(wanted) - len(outcomes))
        return outcomes

    def expire(self, board: str) -> BoardState:
        """Open the claims that have run out; returns the board after it."""
        state = self.state(board)
        if not state.expired(self.now()):
            return state
        with self.database.writing() as connection:
            row = board_row(connection, board, lock=True)
            state = self._memory.state(connection, board, int(row.revision))
            turn = Turn(connection, self._memory.ground(connection, board), state)
            turn.expire(max(self.now(), row.changed))
            turn.write()
        self._settled(turn, int(row.revision))
        return turn.state

    def on_change(self, listener: Callable[[str, int], None]) -> Callable[[], None]:
        """Call somebody with board and newest revision whenever this store wrote something itself.

        It is called in the writer's thread, must not take long, and must not write to that board.
        Returns what ends it.
        """
        self._listeners.append(listener)

        def forget() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return forget

    # -------------------------------------------------------------------------------- members

    def members(self, board: str) -> tuple[Member, ...]:
        """Return everybody who ever joined a board."""
        with self.database.reading() as connection:
            board_row(connection, board)
            return members_of(connection, board)

    def member(self, board: str, member: str) -> Member:
        """Return one of them, as the store knows them now.

        Raises
        ------
        NotAllowedError
            If nobody of that identifier is at the board.
        """
        with self.database.reading() as connection:
            return member_of(connection, board, member)

    def secret(self) -> bytes:
        """Return the key that tokens are signed with: one for all servers of a database."""
        if self._secret is None:
            query = sa.select(tables.secret.c.value).where(tables.secret.c.name == "tokens")
            with self.database.reading() as connection:
                found = connection.execute(query).scalar()
            if found is None:
                insert = sqlite.insert if self.database.is_sqlite else postgresql.insert
                mine = insert(tables.secret).values(name="tokens", value=secrets.token_hex(32))
                with self.database.writing() as connection:
                    connection.execute(mine.on_conflict_do_nothing(index_elements=["name"]))
                    found = connection.execute(query).scalar_one()
            self._secret = bytes.fromhex(found)
        return self._secret

    # ------------------------------------------------------------------------------- within

    def _settled(self, turn: Turn, before: int) -> None:
        """Remember and tell what a turn wrote, now that it is kept."""
        state = turn.state
        if state.revision > before:
            self._memory.remember(state)
            self._tell(state.board, state.revision)

    def _tell(self, board: str, revision: int) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(board, revision)
            except Exception:
                # It is written, whatever a listener makes of it.
                _LOG.exception("A listener to board %s failed", board)


def open_store(url: str, *, clock: Callable[[], datetime] | None = None) -> Store:
    """Open the boards of a database, making its tables if they are not there.

    Parameters
    ----------
    url
        ``sqlite:///path/to/file`` or ``postgresql+psycopg://user@host/name``.
    clock
        Tells the time; the machine's clock otherwise.

    Raises
    ------
    StoreError
        If it cannot be reached, or was made by a newer version.
    """
    return Store(Database(url), clock=clock)


def _now() -> datetime:
    return datetime.now(UTC)


def _no_event(revision: int) -> Event:
    raise UnknownNameError("revision", str(revision), [])


_NO_SCENE: Final = Scene(
    BoardState("", ""),
    {},
    (),
    datetime.min.replace(tzinfo=UTC),
    Member("", "", Role.VIEWER),
    _no_event,
)
