"""The courier against a service on this machine that does whatever services do."""

from __future__ import annotations

import gzip
import json
import logging
import random
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.errors import CancelledError, KeyNeededError, SourceError
from gapmap.sources.failures import StatusError, failure_of, page_title, seconds_to_wait
from gapmap.sources.http import Courier, Reply, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEY = "s3cret+key/of mine"
DAY = date(2026, 7, 1)


class Service:
    """Answers each path by the behaviours put in line for it, the last one for ever."""

    def __init__(self) -> None:
        self.lines: dict[str, list[Callable[[Handler], None]]] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.under_way = self.most_under_way = 0
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.service = self  # type: ignore[attr-defined]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def does(self, path: str, *behaviours: Callable[[Handler], None]) -> str:
        self.lines[path] = list(behaviours)
        return f"{self.url}{path}"

    def next_for(self, path: str) -> Callable[[Handler], None]:
        with self.lock:
            line = self.lines[path]
            return line.pop(0) if len(line) > 1 else line[0]

    def stop(self) -> None:
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def service(self) -> Service:
        service: Service = self.server.service  # type: ignore[attr-defined]
        return service

    def do_GET(self) -> None:
        self.meet()

    def do_POST(self) -> None:
        self.service.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.meet()

    def meet(self) -> None:
        service = self.service
        with service.lock:
            service.asked.append(self.path)
            service.headers.append(dict(self.headers))
            service.under_way += 1
            service.most_under_way = max(service.most_under_way, service.under_way)
        try:
            service.next_for(urlsplit(self.path).path)(self)
        except OSError:
            self.close_connection = True  # the client has gone, as some tests want it to
        finally:
            with service.lock:
                service.under_way -= 1

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def begin(self, status: int, length: int | None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()


def says(body: bytes, status: int = 200, **headers: str) -> Callable[[Handler], None]:
    def behave(handler: Handler) -> None:
        handler.begin(status, None if status == 204 else len(body), **headers)
        if status != 204:
            handler.wfile.write(body)

    return behave


def breaks_off(body: bytes, promised: int) -> Callable[[Handler], None]:
    def behave(handler: Handler) -> None:
        handler.begin(200, promised)
        handler.wfile.write(body)
        handler.close_connection = True

    return behave


def breaks_off_in_a_chunk(handler: Handler) -> None:
    handler.begin(200, None, Transfer_Encoding="chunked")
    handler.wfile.write(b"ff\r\n[1,")
    handler.close_connection = True


def resets(handler: Handler) -> None:
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.close_connection = True
    handler.connection.close()


def stalls(handler: Handler) -> None:
    handler.service.stopped.wait(20)


def stalls_in_the_body(handler: Handler) -> None:
    handler.begin(200, 10_000)
    handler.wfile.write(b"x" * 1_000)
    handler.service.stopped.wait(20)


def never_ends(handler: Handler) -> None:
    handler.begin(200, None)
    while not handler.service.stopped.is_set():
        handler.wfile.write(b"x" * 65_536)


def drips(handler: Handler) -> None:
    handler.begin(200, 1_000_000)
    while not handler.service.stopped.wait(0.02):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def echoes_the_question(status: int) -> Callable[[Handler], None]:
    def behave(handler: Handler) -> None:
        key = parse_qs(urlsplit(handler.path).query).get("key", ["none"])[0]
        says(f"error: {handler.path} with the key {key} is wrong".encode(), status)(handler)

    return behave


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.stop()


def courier(folder: Path, **options: Any) -> Courier:
    return Courier(folder, **{"sleep": lambda _: None, "today": DAY, "read_s": 5.0, **options})


def refuse_pages(body: bytes) -> None:
    try:
        json.loads(body)
    except ValueError:
        if page_title(body) is not None:
            raise SourceError("a web page instead of JSON") from None


def test_an_answer_is_asked_for_once(service: Service, tmp_path: Path) -> None:
    url = service.does("/table", says(b"[1]"))
    first = courier(tmp_path).get(url, {"get": "NAME", "for": "tract:*"}, what="a table")
    second = courier(tmp_path).get(url, {"get": "NAME", "for": "tract:*"}, what="a table")
    assert (first.content(), first.from_cache, first.fetched) == (b"[1]", False, DAY)
    assert (second.content(), second.from_cache) == (b"[1]", True)
    assert first.sha256 == second.sha256
    assert service.asked == ["/table?get=NAME&for=tract%3A%2A"]


def test_another_question_has_another_answer(service: Service, tmp_path: Path) -> None:
    url = service.does("/table", says(b"1"), says(b"2"), says(b"3"))
    carrier = courier(tmp_path)
    assert carrier.get(url, {"in": "a"}, what="a table").content() == b"1"
    assert carrier.get(url, {"in": "b"}, what="a table").content() == b"2"
    assert carrier.get(url, what="a table").content() == b"3"


def test_the_answer_does_not_depend_on_whose_key_it_was(service: Service, tmp_path: Path) -> None:
    url = service.does("/table", says(b"1"))
    for key in (KEY, "another", None):
        secret = {"key": key} if key else None
        courier(tmp_path).get(url, {"in": "a"}, secret=secret, what="a table")
    assert len(service.asked) == 1
    assert parse_qs(urlsplit(service.asked[0]).query)["key"] == [KEY]


@pytest.mark.parametrize(
    ("later", "keep_days", "is_kept"),
    [
        (date(2026, 7, 1), 1, True),
        (date(2026, 7, 2), 1, False),
        (date(2026, 7, 7), 7, True),
        (date(2036, 7, 1), None, True),
        (date(2026, 7, 1), 0, False),
        (date(2026, 6, 30), 7, False),  # the clock was wrong, then or now
    ],
)
def test_an_answer_is_good_for_so_many_days(
    later: date, keep_days: int | None, is_kept: bool, service: Service, tmp_path: Path
) -> None:
    url = service.does("/list", says(b"old"), says(b"new"))
    courier(tmp_path).get(url, what="a list")
    reply = courier(tmp_path, today=later).get(url, keep_days=keep_days, what="a list")
    assert (reply.content() == b"old") is reply.from_cache is is_kept


def test_a_refresh_asks_again_and_keeps_what_came(service: Service, tmp_path: Path) -> None:
    url = service.does("/list", says(b"old"), says(b"new"))
    courier(tmp_path).get(url, what="a list")
    assert courier(tmp_path, refresh=True).get(url, what="a list").content() == b"new"
    assert courier(tmp_path).get(url, what="a list").content() == b"new"


def test_the_day_can_be_given_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert Courier(tmp_path).today == date(1970, 1, 2)


# ------------------------------------------------------------------------------- tries and pauses


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(says(b"oh", 500), id="500"),
        pytest.param(says(b"oh", 503), id="503"),
        pytest.param(says(b"oh", 429), id="429"),
        pytest.param(says(b"oh", 408), id="408"),
        pytest.param(resets, id="reset"),
        pytest.param(breaks_off(b"[1,", 100), id="truncated"),
        pytest.param(breaks_off_in_a_chunk, id="truncated-chunk"),
        pytest.param(says(b"no gzip", Content_Encoding="gzip"), id="bad-gzip"),
        pytest.param(says(b"<html><title>Closed</title>"), id="page"),
    ],
)
def test_what_passes_is_tried_again_and_nothing_bad_is_kept(
    trouble: Callable[[Handler], None], service: Service, tmp_path: Path
) -> None:
    url = service.does("/table", trouble, trouble, says(b"[1]"))
    reply = courier(tmp_path).get(url, check=refuse_pages, what="a table")
    assert reply.content() == b"[1]"
    assert len(service.asked) == 3
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".body", ".json"]


@pytest.mark.parametrize(("chance", "waited_s"), [(min, 4 + 8 + 15), (max, 8 + 16 + 30)])
def test_pauses_double_up_to_a_cap_and_half_of_each_is_chance(
    chance: Callable[..., float],
    waited_s: float,
    service: Service,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(random, "uniform", chance)
    url = service.does("/table", says(b"", 500))
    with pytest.raises(SourceError):
        courier(tmp_path, tries=4, pause_s=8.0, sleep=waits.append).get(url, what="a table")
    assert len(service.asked) == 4
    assert sum(waits) == pytest.approx(waited_s)
    assert max(waits) <= 0.1  # in small steps, to hear of a stop


@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_to_wait_is_given_the_time(status: int, service: Service, tmp_path: Path) -> None:
    waits: list[float] = []
    url = service.does("/table", says(b"", status, Retry_After="7"), says(b"[1]"))
    courier(tmp_path, sleep=waits.append).get(url, what="a table")
    assert sum(waits) == pytest.approx(7)


def test_who_asks_to_wait_for_an_hour_is_left_alone(service: Service, tmp_path: Path) -> None:
    url = service.does("/table", says(b"", 429, Retry_After="3600"))
    with pytest.raises(SourceError, match=r"wait 3,600 seconds"):
        courier(tmp_path).get(url, what="a table")
    assert len(service.asked) == 1


@given(st.one_of(st.none(), st.text(), st.integers().map(str), st.datetimes().map(str)))
def test_no_header_asks_for_less_than_nothing(header: str | None) -> None:
    assert seconds_to_wait(header) >= 0


def test_a_date_can_be_asked_for_as_well() -> None:
    assert seconds_to_wait("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert seconds_to_wait("Fri, 31 Dec 2999 23:59:59 GMT") > 3_600


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 410])
def test_a_refusal_is_taken_as_one(status: int, service: Service, tmp_path: Path) -> None:
    url = service.does("/table", says(b"<p>error: unknown variable 'X'</p>", status))
    with pytest.raises(StatusError) as refusal:
        courier(tmp_path).get(url, what="a table")
    assert len(service.asked) == 1
    assert refusal.value.status == status
    assert refusal.value.text == ("" if status == 204 else "error: unknown variable 'X'")
    assert str(status) in str(refusal.value)
    assert not list(tmp_path.glob("*"))


# ---------------------------------------------------------------------------------- what is said


def sentence(carrier: Courier, url: str, **options: Any) -> str:
    with pytest.raises(SourceError) as error:
        carrier.get(url, what="the tracts of Texas", **options)
    return str(error.value)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_every_trouble_has_a_sentence_of_its_own(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier = courier(tmp_path, tries=2, read_s=0.1)
    loop = service.does("/loop", says(b"", 302, Location="/loop"))
    said = {
        "stalled": sentence(carrier, service.does("/stall", stalls)),
        "closed port": sentence(carrier, f"http://127.0.0.1:{free_port()}/"),
        "reset": sentence(carrier, service.does("/reset", resets)),
        "loop": sentence(carrier, loop),
        "no address": sentence(carrier, "api.census.gov/data"),
        "large": sentence(carrier, service.does("/large", says(b"x" * 99)), largest_bytes=10),
        **{
            str(status): sentence(carrier, service.does("/s", says(b"", status)))
            for status in (204, 400, 401, 403, 404, 429, 500)
        },
    }

    def look_up(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    said["no name"] = sentence(carrier, "http://localhost/")
    found = [text.partition("the tracts of Texas: ")[2] for text in said.values()]
    assert all(found), said
    assert len(set(found)) == len(found), said
    assert "sent nothing for 0.1 seconds, 2 times" in said["stalled"]
    assert "nobody answers" in said["closed port"]
    assert "could not be looked up" in said["no name"]
    assert "broke off" in said["reset"]
    assert "no web address" in said["no address"]


def test_a_stall_in_the_middle_is_a_time_out(service: Service, tmp_path: Path) -> None:
    url = service.does("/table", stalls_in_the_body)
    assert "sent nothing for 0.1 s" in sentence(courier(tmp_path, tries=1, read_s=0.1), url)
    assert not list(tmp_path.glob("*"))


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("ConnectTimeout", "no connection within 3 seconds"),
        ("ProxyError", "HTTPS_PROXY"),
        ("SSLError", "certificate"),
    ],
)
def test_troubles_that_this_machine_cannot_make_have_sentences_too(kind: str, part: str) -> None:
    from requests import exceptions

    error = getattr(exceptions, kind)(f"https://x/?key={KEY}")
    failure = failure_of(error, host="x", what="a table", timeout=(3.0, 9.0), secrets=(KEY,))
    text = str(failure.error(2))
    assert part in text
    assert KEY not in text
    assert failure.is_passing is (kind != "SSLError")


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"<html><head><title>Invalid\n Key</title>", "Invalid Key"),
        (b"\xef\xbb\xbf \r\n<!DOCTYPE html><TITLE lang='en'>A &amp; B</TITLE>", "A & B"),
        (b"<html>", ""),
        (b'[["NAME"]]', None),
        (b"", None),
        (b"id,<b>", None),
    ],
)
def test_a_page_is_known_by_how_it_begins(body: bytes, title: str | None) -> None:
    assert page_title(body) == title


def test_a_fault_of_the_program_is_not_taken_for_one_of_the_service(
    service: Service, tmp_path: Path
) -> None:
    def check(_: bytes) -> None:
        raise ZeroDivisionError(f"about {KEY}")

    url = service.does("/table", says(b"[1]"))
    with pytest.raises(ZeroDivisionError) as fault:
        courier(tmp_path).get(url, secret={"key": KEY}, check=check, what="a table")
    assert KEY not in str(fault.value)
    assert len(service.asked) == 1


def test_a_folder_that_cannot_be_written_to_is_named(service: Service, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    url = service.does("/table", says(b"[1]"))
    said = sentence(courier(tmp_path / "file" / "cache", tries=2), url)
    assert "cache folder" in said
    assert "GAPMAP_CACHE" in said


def test_a_key_that_is_needed_is_asked_for_once(service: Service, tmp_path: Path) -> None:
    def check(_: bytes) -> None:
        raise KeyNeededError("a key is needed")

    url = service.does("/table", says(b"<title>Missing Key</title>"))
    with pytest.raises(KeyNeededError, match="a key is needed"):
        courier(tmp_path).get(url, check=check, what="a table")
    assert len(service.asked) == 1
    assert not list(tmp_path.glob("*"))


# ----------------------------------------------------------------------------------------- limits


@pytest.mark.parametrize("behaviour", [never_ends, says(b"x" * 200_001)])
def test_an_answer_that_is_too_large_is_not_taken(
    behaviour: Callable[[Handler], None], service: Service, tmp_path: Path
) -> None:
    arrived: list[int] = []
    url = service.does("/large", behaviour)
    with pytest.raises(StatusError, match="larger than") as refusal:
        courier(tmp_path, on_bytes=arrived.append).get(url, largest_bytes=200_000, what="a file")
    assert refusal.value.status == 200
    assert sum(arrived) <= 200_000
    assert len(service.asked) == 1
    assert not list(tmp_path.glob("*"))


def test_what_unpacks_to_too_much_is_not_taken_either(service: Service, tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    url = service.does("/bomb", says(bomb, Content_Encoding="gzip"))
    with pytest.raises(StatusError, match="larger than"):
        courier(tmp_path).get(url, largest_bytes=1_000_000, what="a file")


def test_an_answer_that_only_drips_is_given_up(service: Service, tmp_path: Path) -> None:
    url = service.does("/drips", drips)
    assert "not whole after 0" in sentence(courier(tmp_path, tries=1, whole_s=0.2), url)


def test_bytes_are_told_as_they_arrive(service: Service, tmp_path: Path) -> None:
    arrived: list[int] = []
    url = service.does("/file", says(b"x" * 300_000))
    courier(tmp_path, on_bytes=arrived.append).get(url, what="a file")
    assert sum(arrived) == 300_000
    assert len(arrived) > 3


def test_a_host_is_never_asked_too_much_at_once(service: Service, tmp_path: Path) -> None:
    def slowly(handler: Handler) -> None:
        time.sleep(0.03)
        says(b"[1]")(handler)

    url = service.does("/table", slowly)
    carrier = courier(tmp_path, at_once=2)
    ask = [
        threading.Thread(target=carrier.get, args=(url, {"in": number}), kwargs={"what": "a table"})
        for number in range(8)
    ]
    for thread in ask:
        thread.start()
    for thread in ask:
        thread.join()
    assert len(service.asked) == 8
    assert service.most_under_way == 2


def test_answers_do_not_depend_on_earlier_ones(service: Service, tmp_path: Path) -> None:
    url = service.does("/table", says(b"[1]", Set_Cookie="who=you"))
    carrier = courier(tmp_path)
    for number in range(2):
        carrier.get(url, {"in": number}, what="a table")
    assert [headers.get("Cookie") for headers in service.headers] == [None, None]
    assert all(headers["User-Agent"].startswith("gapmap/") for headers in service.headers)


# ------------------------------------------------------------------------------------------ stops


@pytest.mark.parametrize("behaviour", [stalls, stalls_in_the_body, never_ends, drips])
def test_a_download_can_be_stopped_at_any_moment(
    behaviour: Callable[[Handler], None], service: Service, tmp_path: Path
) -> None:
    stop = threading.Event()
    url = service.does("/file", behaviour)
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(CancelledError, match="Stopped as asked"):
        courier(tmp_path, is_cancelled=stop.is_set, read_s=30.0).get(url, what="a file")
    # Far below the time-out: the reason for the thread of its own.
    assert time.monotonic() - began < 10
    # What still arrives is hung up on; what does not has a time-out.
    if behaviour in (never_ends, drips):
        while service.under_way and time.monotonic() - began < 10:
            time.sleep(0.01)
        assert service.under_way == 0
    assert not list(tmp_path.glob("*.body"))
    assert not list(tmp_path.glob("*.json"))


def test_a_pause_can_be_stopped(service: Service, tmp_path: Path) -> None:
    asked: list[bool] = []

    def is_cancelled() -> bool:
        asked.append(True)
        return len(service.asked) == 1 and len(asked) > 20

    url = service.does("/table", says(b"", 429, Retry_After="100"))
    with pytest.raises(CancelledError):
        courier(tmp_path, is_cancelled=is_cancelled).get(url, what="a table")
    assert len(service.asked) == 1


def test_what_came_before_a_stop_is_kept(service: Service, tmp_path: Path) -> None:
    url = service.does("/table", says(b"[1]"))
    courier(tmp_path).get(url, {"in": 1}, what="a table")
    with pytest.raises(CancelledError):
        courier(tmp_path, is_cancelled=lambda: True).get(url, {"in": 2}, what="a table")
    assert courier(tmp_path).get(url, {"in": 1}, what="a table").from_cache


# ---------------------------------------------------------------------------------- what is kept


def only(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path


def overwrite_the_body(folder: Path) -> None:
    only(folder, "*.body").write_bytes(b"[2]")


def cut_the_body(folder: Path) -> None:
    only(folder, "*.body").write_bytes(b"")


def remove_the_body(folder: Path) -> None:
    only(folder, "*.body").unlink()


def cut_the_note(folder: Path) -> None:
    note = only(folder, "*.json")
    note.write_bytes(note.read_bytes()[:-5])


def write_another_note(folder: Path) -> None:
    only(folder, "*.json").write_text(json.dumps(["not", "a", "note"]))


def remove_the_note(folder: Path) -> None:
    only(folder, "*.json").unlink()


@pytest.mark.parametrize(
    "damage",
    [
        overwrite_the_body,
        cut_the_body,
        remove_the_body,
        cut_the_note,
        write_another_note,
        remove_the_note,
    ],
)
def test_a_damaged_answer_is_asked_for_again(
    damage: Callable[[Path], None], service: Service, tmp_path: Path
) -> None:
    url = service.does("/table", says(b"[1]"))
    courier(tmp_path).get(url, what="a table")
    damage(tmp_path)
    reply = courier(tmp_path).get(url, what="a table")
    assert (reply.content(), reply.from_cache) == (b"[1]", False)
    assert courier(tmp_path).get(url, what="a table").from_cache


def test_an_answer_that_was_removed_meanwhile_is_no_riddle(
    service: Service, tmp_path: Path
) -> None:
    reply = courier(tmp_path).get(service.does("/table", says(b"[1]")), what="a table")
    reply.path.unlink()
    with pytest.raises(SourceError, match="Run the same again"):
        reply.content()


def test_what_is_replaced_stays_a_day_for_those_who_read_it(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = service.does("/list", says(b"old"), says(b"new"))
    old = courier(tmp_path).get(url, what="a list")
    new = courier(tmp_path).get(url, keep_days=0, what="a list")
    left = tmp_path / "aside-1.part"
    left.write_bytes(b"half")
    courier(tmp_path)
    assert old.content() == b"old"
    assert left.exists()
    the_day_after_tomorrow = time.time() + 200_000
    monkeypatch.setattr(time, "time", lambda: the_day_after_tomorrow)
    courier(tmp_path)
    assert not left.exists()
    assert not old.path.exists()
    assert new.content() == b"new"
    assert courier(tmp_path).get(url, what="a list").from_cache


PROGRAM = """
import sys
from pathlib import Path
from gapmap.sources.http import Courier
carrier = Courier(Path(sys.argv[1]), refresh=True)
for round in range(15):
    reply = carrier.get(sys.argv[2], {"in": round % 3}, what="a table")
    body = reply.content()
    assert body == body[:1] * 50_000, body[:20]
"""


def test_two_programs_can_share_a_folder(service: Service, tmp_path: Path) -> None:
    count = iter(range(1_000))

    def differently(handler: Handler) -> None:
        says(bytes([65 + next(count) % 26]) * 50_000)(handler)

    url = service.does("/table", differently)
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path), url],
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    assert [program.communicate(timeout=60)[1] for program in programs] == ["", ""]
    assert len(service.asked) == 30
    for number in range(3):
        assert courier(tmp_path).get(url, {"in": number}, what="a table").from_cache
    assert not list(tmp_path.glob("*.part"))


# ------------------------------------------------------------------------------------------ forms


def test_a_form_is_sent_once_for_the_same_file(service: Service, tmp_path: Path) -> None:
    url = service.does("/form", says(b"answer"))

    def post(file: bytes, benchmark: str = "current") -> Reply:
        fields = {"benchmark": benchmark}
        return courier(tmp_path).post(url, fields=fields, file=file, what="addresses")

    post(b"1,12 Example St")
    assert post(b"1,12 Example St").from_cache
    assert not post(b"2,14 Example St").from_cache
    assert not post(b"1,12 Example St", "another").from_cache
    assert len(service.bodies) == 3
    assert b'name="addressFile"; filename=' in service.bodies[0]
    assert b"1,12 Example St" in service.bodies[0]
    assert b'name="benchmark"' in service.bodies[0]


def test_a_form_is_sent_again_after_a_failure(service: Service, tmp_path: Path) -> None:
    url = service.does("/form", says(b"", 500), resets, says(b"answer"))
    reply = courier(tmp_path).post(url, fields={}, file=b"1,x", what="addresses")
    assert reply.content() == b"answer"
    assert b"1,x" in service.bodies[2]


# ---------------------------------------------------------------------------------------- secrets


def troubles(service: Service) -> dict[str, str]:
    return {
        "echo 400": service.does("/echo", echoes_the_question(400)),
        "echo 500": service.does("/echo5", echoes_the_question(500)),
        "page": service.does("/page", says(b"<title>Closed</title>")),
        "stall": service.does("/stall", stalls),
        "reset": service.does("/reset", resets),
        "loop": service.does("/loop", echo_in_a_loop),
        "large": service.does("/large", says(b"x" * 10_000)),
        "closed port": f"http://127.0.0.1:{free_port()}/table",
        "no address": "nowhere/table",
    }


def echo_in_a_loop(handler: Handler) -> None:
    says(b"", 302, Location=handler.path)(handler)


def forms_of(secret: str) -> list[str]:
    return [secret, "s3cret%2Bkey%2Fof+mine", "s3cret%2Bkey%2Fof%20mine", "s3cret"]


def test_a_key_appears_nowhere(
    service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    carrier = courier(tmp_path, tries=2, read_s=0.1)
    told: list[str] = []
    secret = {"key": Secret(KEY)}
    for name, url in troubles(service).items():
        with pytest.raises(SourceError) as error:
            carrier.get(
                url,
                {"in": "a"},
                secret=secret,
                check=refuse_pages,
                largest_bytes=5_000,
                what=f"a table ({name})",
            )
        # With every variable of every frame, as some loggers write a traceback.
        told += traceback.TracebackException.from_exception(
            error.value, capture_locals=True
        ).format(chain=True)
        # Nor does it lead to objects that hold the request.
        assert error.value.__context__ is None
        assert error.value.__cause__ is None
        frames = traceback.extract_tb(error.value.__traceback__)
        assert not {frame.name for frame in frames} & {"work", "_exchange", "ask", "request"}
    url = service.does("/table", says(b"[1]"))
    good = carrier.get(url, {"in": "a"}, secret=secret, what="a table")
    told += [repr(good), caplog.text]
    told += [path.read_text() + path.name for path in tmp_path.iterdir()]
    assert any("key=s3cret" in line for line in service.asked)  # it was sent
    assert "urllib3" in caplog.text
    assert [form for form in forms_of(KEY) for text in told if form in text] == []


def test_a_password_in_an_address_is_not_shown(service: Service, tmp_path: Path) -> None:
    url = service.does("/table", says(b"[1]")).replace("http://", "http://me:hidden@")
    reply = courier(tmp_path).get(url, what="a table")
    told = [reply.url, *(path.read_text() for path in tmp_path.iterdir())]
    said = sentence(courier(tmp_path), url, keep_days=0, check=fail)
    assert not [text for text in [*told, said] if "hidden" in text]
    assert service.headers[0]["Authorization"].startswith("Basic ")


def fail(_: bytes) -> None:
    raise SourceError("not what it should be")
