"""How much one may send, and what becomes of those who do not read."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest
from websockets.exceptions import ConnectionClosed

from gapmap.board.values import Member, Role
from gapmap.webapp.live import gathering, limits, seats
from gapmap.webapp.live.limits import Allowance, Buckets
from gapmap.webapp.live.protocol import Closing
from gapmap.webapp.live.seats import Seat, Sent
from tests.webapp.live.conftest import FIRST, SECOND, wait_until


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_so_many_at_once_and_fills_again():
    clock = Clock()
    buckets = Buckets(Allowance(3, 0.5), clock=clock)
    assert [buckets.take("ada") for _ in range(4)] == [True, True, True, False]
    assert buckets.take("bo")
    clock.now = 1.9
    assert not buckets.take("ada")
    clock.now = 2.0
    assert [buckets.take("ada") for _ in range(2)] == [True, False]
    clock.now = 1000.0
    assert [buckets.take("ada") for _ in range(4)] == [True, True, True, False]


def test_a_guesser_of_senders_does_not_fill_the_memory():
    buckets = Buckets(Allowance(1, 0))
    for number in range(limits._KEPT + 50):
        buckets.take(str(number))
    assert len(buckets._left) == limits._KEPT
    assert buckets.take("0")
    assert not buckets.take(str(limits._KEPT + 49))


def test_too_many_changes_are_put_off_and_none_is_lost(small_table):
    """Each is answered; who is told to come again does, under the same name."""
    harbour = small_table.join("harbour")
    wanted = {f"paint-{number}" for number in range(130)}
    left = set(wanted)
    busy = 0
    # Nothing comes back while they are sent, however slow this machine is.
    passed = [0.0]
    hub = small_table.server.hub
    hub._desk._writes = Buckets(limits.WRITES, clock=lambda: passed[0])
    while left:
        for name in sorted(left):
            kind = "comments"
            value = {"text": name, "partner": "Harbour Aid"}
            change = {"do": "put", "section": kind, "id": name, "value": value}
            harbour.send(kind="do", id=name, change=change)
        for _ in range(len(left)):
            answer = harbour.until(lambda found: found["kind"] in ("done", "refused"))
            if answer["kind"] == "done":
                left.discard(answer["id"])
            else:
                assert (answer["code"], answer["again"]) == ("busy", True)
                busy += 1
        passed[0] += 2
    assert busy == 30 + 10
    state = small_table.store.state(small_table.board)
    assert set(state.as_json()["comments"]) == wanted
    assert state.revision == 131


def test_who_floods_the_server_is_put_out(small_table):
    lead = small_table.join("lead")
    flood = small_table.join("looker")
    try:
        for _ in range(3000):
            flood.send(kind="ping")
    except ConnectionClosed:
        pass
    assert flood.closed() == 4429
    assert lead.take(FIRST, partner="Harbour Aid")["kind"] == "done"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("hello", 4400),
        ('{"kind":"do"}', 4400),
        ('{"kind":"do","id":"a b","change":{}}', 4400),
        ('{"kind":"do","id":"a","change":[]}', 4400),
        ('{"kind":"do","id":"a","seen":true,"change":{}}', 4400),
        ('{"kind":"do","id":"a","change":{"do":NaN}}', 4400),
        ('{"kind":"fly","id":"a"}', 4400),
        ("[" * 100_000, 4400),
        (b"\x00\x01", 4400),
        (json.dumps({"kind": "do", "id": "a", "change": {"note": "x" * 260_000}}), 4413),
        (
            json.dumps(
                {"kind": "do", "id": "a", "change": {"note": "ü" * 130_000}}, ensure_ascii=False
            ),
            4413,
        ),
    ],
)
def test_what_is_no_message_ends_the_socket_with_the_reason(small_table, message, code):
    client = small_table.join("lead")
    client.line.send(message)
    assert client.closed() == code


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({}, "do"),
        ({"do": "fly"}, "fly"),
        ({"do": "take", "partner": "P"}, "No area"),
        ({"do": "take", "partner": "P", "areas": ["nowhere"]}, "nowhere"),
        ({"do": "take", "partner": "\u202e", "areas": [FIRST]}, "partner"),
        ({"do": "take", "partner": "P", "areas": [FIRST], "extra": 1}, "extra"),
        ({"do": "expire"}, "expire"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words_and_the_socket_stays(small_table, change, word):
    lead = small_table.join("lead")
    answer = lead.do(change)
    assert (answer["kind"], answer["code"]) == ("refused", "request")
    assert word in answer["why"]
    assert lead.take(FIRST, partner="P")["kind"] == "done"


def test_somebody_with_too_many_tabs_gets_no_other(small_table, monkeypatch):
    monkeypatch.setattr(gathering, "SEATS_OF_A_MEMBER", 2)
    for _ in range(2):
        small_table.join("harbour")
    with small_table.open("harbour") as third:
        assert third.closed() == 4429
    assert small_table.join("mill").revision == 1
    for _ in range(4):  # many have the link to look on
        small_table.join("looker")
    monkeypatch.setattr(gathering, "SEATS_OF_A_BOARD", 8)
    monkeypatch.setattr(gathering, "SEATS_FOR_THE_TABLE", 1)
    with small_table.open("looker") as one_more:
        assert one_more.closed() == 4429
    # Who sits at the table is not kept out by those who look on.
    assert small_table.join("lead").revision == 1


def test_who_does_not_read_is_put_out_and_keeps_nobody_waiting(small_table, monkeypatch):
    monkeypatch.setattr(seats, "_CHARACTERS_AT_MOST", 2_000_000)
    # Little fits into the line itself, so that what waits soon waits in the server.
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    deaf.connect(("127.0.0.1", small_table.server.port))
    slow = small_table.open("looker", sock=deaf, max_queue=1)
    lead = small_table.join("lead")
    gathered = small_table.server.hub._gatherings[small_table.board]
    wait_until(lambda: len(gathered.seats) == 2)
    revision = 1
    while len(gathered.seats) == 2:
        assert revision < 500, "it was never put out"
        scenario = {"number": revision, "long": "n" * 60_000}
        revision = small_table.write(do="scenario", scenario=scenario)
        lead.at(revision)  # whoever reads is not kept waiting
    assert lead.state["about"]["scenario"]["number"] == revision - 1
    assert slow.closed(5) in (1006, Closing.TOO_SLOW)
    assert slow.revision < revision


def test_one_message_is_never_too_much_however_long(monkeypatch):
    monkeypatch.setattr(seats, "_CHARACTERS_AT_MOST", 10)

    async def wait_for_nobody():
        seat = Seat(Member("m", "b", Role.VIEWER), ends=None)
        seat.offer(Sent.alike("x" * 50))
        is_given_up = seat.closing.done()
        seat.offer(Sent.alike("x"))
        return is_given_up, seat.closing.done()

    assert asyncio.run(wait_for_nobody()) == (False, True)


def test_a_seat_is_given_up_when_too_much_waits_and_takes_nothing_more(monkeypatch):
    monkeypatch.setattr(seats, "_WAITING_AT_MOST", 3)
    member = Member("m", "b", Role.VIEWER)

    async def wait_for_nobody():
        seat = Seat(member, ends=None)
        for number in range(5):
            seat.offer(Sent.alike(str(number)))
        return await seat.closing, seat._waiting.qsize()

    assert asyncio.run(wait_for_nobody()) == (Closing.TOO_SLOW, 3)


def test_a_send_that_never_ends_gives_the_seat_up(monkeypatch):
    monkeypatch.setattr(seats, "_SEND_WITHIN_S", 0.05)

    async def never(_text):
        await asyncio.sleep(60)

    async def send():
        seat = Seat(Member("m", "b", Role.VIEWER), ends=None)
        seat.offer(Sent.alike("x"))
        await seat.pump(never)
        return await seat.closing

    assert asyncio.run(send()) == Closing.TOO_SLOW


def test_what_was_in_the_first_message_is_not_sent_again():
    sent = []

    async def take(text):
        sent.append(text)

    async def send():
        seat = Seat(Member("m", "b", Role.PARTNER), ends=None)
        for revision in (4, 5, 6):
            seat.offer(Sent(f"named {revision}", f"nameless {revision}", revision))
        seat.revision = 5
        pump = asyncio.create_task(seat.pump(take))
        await asyncio.sleep(0.01)
        pump.cancel()

    asyncio.run(send())
    assert sent == ["named 6"]


def test_several_areas_are_all_taken_or_none(small_table):
    harbour, mill = small_table.join("harbour"), small_table.join("mill")
    mill.take(SECOND, partner="Mill Friends")
    answer = harbour.take(FIRST, SECOND, partner="Harbour Aid")
    assert [one["key"] for one in answer["conflicts"]] == [SECOND]
    assert small_table.store.state(small_table.board).claim(FIRST) is None
