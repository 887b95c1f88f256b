"""Servers that stop, are killed, or lose their database: nothing acknowledged is lost."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed, InvalidMessage

from gapmap.board.store import open_store
from gapmap.webapp.live import presence
from tests.board.postgres_server import free_port
from tests.webapp.live.conftest import (
    AREAS,
    FIRST,
    SECOND,
    THIRD,
    Address,
    Client,
    LiveServer,
    Table,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]

KILLS = int(os.environ.get("LIVE_TEST_KILLS", "12"))


@pytest.fixture
def other(table: Table) -> LiveServer:
    """A second app server on the same database."""
    return table.serve()


def test_two_servers_show_the_same_board_to_everybody(table, other):
    here, there = table.join("harbour"), table.join("mill", server=other)
    assert here.take(FIRST, partner="Harbour Aid")["kind"] == "done"
    assert there.at(2).state["claims"][FIRST]["partner"] == "Harbour Aid"
    refused = there.take(FIRST, SECOND, partner="Mill Friends")
    assert refused["conflicts"][0]["holder"] == "Harbour Aid"
    there.take(THIRD, partner="Mill Friends")
    assert here.at(3).sections() == there.at(3).sections()


def test_two_servers_count_everybody_and_show_one_room(table, other):
    here, there = table.join("lead"), table.join("harbour", server=other)
    for client in (here, there):
        client.wait(lambda one: one.presence["count"] == 2)
    here.in_room(do="timer", seconds=60)
    assert there.wait(lambda one: one.room["version"] == 1).room["timer"]["seconds"] == 60
    here.in_room(do="ask hands", question="Agreed?")
    hands = there.wait(lambda one: one.room["hands"]).room["hands"]
    there.in_room(do="hand", of=hands["id"], answer="for")
    here.wait(lambda one: one.room["hands"]["counts"]["for"] == 1)
    table.join("harbour")  # the same person on the other server too
    table.join("mill", server=other)
    here.wait(lambda one: one.presence["count"] == 3)
    assert [one["name"] for one in here.presence["people"]] == ["Lead", "Harbour", "Mill"]


def test_who_was_on_a_server_that_stops_is_told_and_not_counted_any_more(table, other):
    here, there = table.join("lead"), table.join("harbour", server=other)
    here.wait(lambda one: one.presence["count"] == 2)
    table.stop(other)
    assert there.closed() == 1012
    here.wait(lambda one: one.presence["count"] == 1)
    back = table.open("harbour", back=there)
    assert back.receive()["kind"] == "events"


def test_who_was_on_a_server_that_vanished_is_forgotten_after_a_while(table, monkeypatch):
    lead = table.join("lead")
    lead.wait(lambda one: one.presence["count"] == 1)
    presence.tell(table.store, table.board, "gone", {table.member("mill"): 1})
    lead.wait(lambda one: one.presence["count"] == 2)
    monkeypatch.setattr(presence, "GOOD_FOR", timedelta(seconds=1))
    lead.wait(lambda one: one.presence["count"] == 1)


# -------------------------------------------------------------------------------------- restarted


class Killable(Address):
    """An app server in a process of its own."""

    def __init__(self, url: str) -> None:
        super().__init__(free_port())
        program = (sys.executable, "-W", "error", "-m", "tests.webapp.live.app_server")
        self._orders = subprocess.Popen(
            [*program, url, str(self.port)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"
        self.start()

    def _answer(self) -> str:
        assert self._orders.stdout is not None
        return self._orders.stdout.readline().strip()

    def _say(self, order: str) -> int:
        assert self._orders.stdin is not None
        self._orders.stdin.write(f"{order}\n")
        self._orders.stdin.flush()
        return int(self._answer())

    def start(self) -> None:
        self._process = self._say("start")
        wait_until(self._answers, 60)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def kill(self) -> None:
        os.kill(self._process, signal.SIGKILL)
        assert self._say("wait") == -signal.SIGKILL

    def stop(self) -> None:
        self._orders.communicate(timeout=30)


@pytest.fixture
def killable(table: Table) -> Iterator[Killable]:
    server = Killable(table.url)
    yield server
    server.stop()


class Painter(threading.Thread):
    """A tab that paints without pause and keeps what was not answered until it is.

    It knows nothing of the server but the protocol: cut off, it connects again, asks for what it
    missed, and sends again under the same names what has no answer yet.
    """

    def __init__(self, table: Table, server: Address, who: str) -> None:
        super().__init__(daemon=True)
        self._table = table
        self._server = server
        self._who = who
        self._partner = table.person(who).member.partner
        self.acknowledged: dict[str, int] = {}
        self.repeats: set[str] = set()
        self.wanted: list[str] = []
        self.stopping = threading.Event()
        self.client: Client | None = None
        self.cuts = 0

    def run(self) -> None:
        waiting = ""
        while not (self.stopping.is_set() and not waiting):
            try:
                if self.client is None or self.client.line.protocol.state.name != "OPEN":
                    self.client = self._table.open(self._who, server=self._server, back=self.client)
                    self.client.receive()
                if not waiting:
                    waiting = f"{self._who}-{len(self.wanted)}"
                    self.wanted.append(waiting)
                text = {"text": waiting, "partner": self._partner}
                change = {"do": "put", "section": "comments", "id": waiting, "value": text}
                answer = self.client.do(change, waiting)
                if answer["kind"] == "done":
                    self.acknowledged[waiting] = answer["revision"]
                    if answer["is_repeat"]:
                        self.repeats.add(waiting)
                    waiting = ""
                else:
                    assert answer["again"], answer
                    time.sleep(0.1)
            except (ConnectionClosed, OSError, EOFError, InvalidMessage, TimeoutError):
                self.cuts += 1
                time.sleep(0.01)


def test_killed_in_the_middle_of_it_a_server_loses_nothing_and_doubles_nothing(table, killable):
    painters = [Painter(table, killable, who) for who in ("lead", "harbour", "mill")]
    for painter in painters:
        painter.start()
    looker = table.join("looker")  # on another server, that stays

    def painted() -> int:
        return min(len(painter.acknowledged) for painter in painters)

    chance = random.Random(5)
    for _ in range(KILLS):
        before = painted()
        wait_until(lambda before=before: painted() > before + 1, 60)
        time.sleep(chance.uniform(0, 0.006))  # to some moment within a write
        killable.kill()
        killable.start()
    before = painted()
    wait_until(lambda: painted() > before + 1, 60)
    for painter in painters:
        painter.stopping.set()
    for painter in painters:
        painter.join(60)
        assert not painter.is_alive()
        assert painter.cuts >= KILLS
    with open_store(table.url) as store:
        state = store.state(table.board)
        events = store.events(table.board, after=1)
    acknowledged = {name: at for one in painters for name, at in one.acknowledged.items()}
    written = {event.request: event.revision for event in events}
    assert written.keys() == acknowledged.keys()
    assert len(events) == len(acknowledged)
    # Who asks again what was done already is told how far the board is by now.
    again = set().union(*(painter.repeats for painter in painters))
    assert {name for name, at in acknowledged.items() if written[name] != at} <= again
    for painter in painters:
        mine = [event.request for event in events if event.member == table.member(painter._who)]
        assert mine == painter.wanted == list(painter.acknowledged)
    assert set(state.as_json()["comments"]) == set(acknowledged)
    looker.at(state.revision)
    for painter in painters:
        assert painter.client.at(state.revision).sections() == looker.sections()


def test_a_timer_outlives_the_server(table, killable):
    lead = table.join("lead", server=killable)
    lead.in_room(do="timer", seconds=600, label="Lunch")
    killable.kill()
    killable.start()
    assert table.join("lead", server=killable).room["timer"]["label"] == "Lunch"


def test_while_the_database_is_away_changes_are_put_off_and_made_when_it_is_back(postgres):
    table = Table(postgres.new_database())
    try:
        harbour, looker = table.join("harbour"), table.join("looker")
        postgres.stop(at_once=True)
        try:
            refused = harbour.take(FIRST, partner="Harbour Aid", name="paint-1")
            assert (refused["code"], refused["again"]) == ("store", True)
            with table.open("looker") as outside:
                assert outside.closed() == 1012  # not 4401: the token may well be good
        finally:
            postgres.start()
        wait_until(lambda: table.server.hub.is_live)
        again = harbour.take(FIRST, partner="Harbour Aid", name="paint-1")
        assert (again["kind"], again["is_repeat"]) == ("done", False)
        assert looker.at(2).state["claims"][FIRST]["partner"] == "Harbour Aid"
    finally:
        table.close()


def test_a_disk_that_is_full_refuses_the_change_and_says_so(tmp_path):
    table = Table(f"sqlite:///{tmp_path / 'boards.db'}")
    try:
        lead = table.join("lead")
        with contextlib.ExitStack() as full:
            _fill(table, full)
            note = {"text": "n" * 3000}
            refused = None
            for _ in range(400):
                answer = lead.do({"do": "put", "section": "comments", "value": note})
                if answer["kind"] == "refused":
                    refused = answer
                    if answer["code"] == "store":
                        break
                    time.sleep(0.1)
            assert refused is not None
            assert (refused["code"], refused["again"]) == ("store", True)
            assert "full" in refused["why"]
        revision = table.store.board(table.board).revision
        wanted = len(lead.at(revision).state["comments"])
        assert wanted == len(table.store.state(table.board).as_json()["comments"]) > 0
        assert lead.take(*AREAS, partner="Harbour Aid")["kind"] == "done"
    finally:
        table.close()


def _fill(table: Table, until: contextlib.ExitStack) -> None:
    """Let the database's file grow no further, as a full disk does, until the stack is left."""
    from sqlalchemy import event

    engine = table.store.database._engine
    engine.dispose()

    def limit(connection, _record, pages=None):
        connection.execute(f"PRAGMA max_page_count={pages or 90}")

    event.listen(engine, "connect", limit)

    def lift() -> None:
        event.remove(engine, "connect", limit)
        engine.dispose()

    until.callback(lift)
