from __future__ import annotations

import asyncio
import gzip
import json
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from streamlit.web.server.app_discovery import discover_asgi_app

from gapmap import wiring
from gapmap.errors import RequestError
from gapmap.views.layers import LayerFile
from gapmap.webapp import cached, published, server
from gapmap.webapp.assets import asset_version
from tests import builders
from tests.webapp.conftest import FakeWorkspace, lawful_town

ROOT = Path(__file__).parents[2]


def get(path, *, encoding="gzip", query="", method="GET", headers=()):
    """Ask our routes for a path; returns status, headers and body as sent."""
    app = Starlette(routes=server.routes(), middleware=server.middleware())
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [
            (b"accept-encoding", encoding.encode()),
            *((name.lower().encode(), text.encode()) for name, text in dict(headers).items()),
        ],
    }

    async def ask():
        await app(scope, receive, send)

    # In a thread of its own: a browser test of the same session keeps a loop in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(ask())).result()
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], Headers(raw=sent[0]["headers"]), body


@pytest.mark.parametrize("base", ["", "/maps/food"])
@pytest.mark.parametrize("name", ["leaflet.js", "leaflet.css", "map.js", "map.css"])
def test_scripts_and_styles_come_from_this_server_at_any_base_path(base, name):
    status, headers, body = get(f"{base}/gapmap/assets/{asset_version()}/{name}")
    assert status == 200
    assert "immutable" in headers["cache-control"]
    assert headers["content-type"].startswith("text/")
    assert len(body) > 1000


def test_a_layer_is_served_packed_and_may_be_kept_for_ever():
    address = published.publish(LayerFile.of('{"sites":[]}'))
    _, headers, body = get(f"/{address}")
    assert json.loads(gzip.decompress(body)) == {"sites": []}
    assert headers["content-encoding"] == "gzip"
    assert "immutable" in headers["cache-control"]
    _, headers, body = get(f"/{address}", encoding="identity")
    assert body == b'{"sites":[]}'
    assert "content-encoding" not in headers


def test_a_layer_that_was_never_published_is_not_found():
    assert get("/gapmap/layers/0123456789.json")[0] == 404


@pytest.mark.parametrize("name", ["server.py", "../server.py", "images/../../x.png", "icon.svg"])
def test_a_file_off_the_list_is_not_found(name):
    assert get(f"/gapmap/assets/v/{name}")[0] == 404


ATTACK = "<img src=x onerror=alert(1)>"


@pytest.fixture
def lawful(monkeypatch):
    groups = builders.eligibility([100, 100, 0, 100], [60, 45, float("nan"), 10], is_proxy=True)
    groups.table["name"] = ATTACK
    monkeypatch.setattr(
        wiring, "open_workspace", lambda: FakeWorkspace(lawful_town(eligibility=(groups,)))
    )
    cached.forget()
    yield
    cached.forget()


@pytest.mark.usefixtures("lawful")
@pytest.mark.parametrize("base", ["", "/maps/food"])
def test_a_worksheet_is_a_page_made_when_it_is_asked_for(base):
    status, headers, body = get(f"{base}/gapmap/worksheet", query="study=town&at=0.0045,0.0135")
    assert status == 200
    assert headers["content-type"].startswith("text/html")
    page = body.decode()
    assert "480010001011" in page
    assert "not a determination" in page
    assert "&lt;img src=x" in page
    assert ATTACK not in page


@pytest.mark.usefixtures("lawful")
@pytest.mark.parametrize(
    "query", ["", "study=town", "study=town&at=here", "study=moon&at=0,0", "study=town&at=50,50"]
)
def test_a_worksheet_of_no_place_is_not_found(query):
    status, headers, body = get("/gapmap/worksheet", query=query)
    assert status == 404
    assert headers["content-type"].startswith("text/plain")
    assert body


def test_the_address_of_a_worksheet_stays_below_the_base_path(monkeypatch):
    assert server.worksheet_address("a&b", "1.00000,2.00000") == (
        "/gapmap/worksheet?study=a%26b&at=1.00000%2C2.00000"
    )
    monkeypatch.setattr("streamlit.config.get_option", lambda _name: "maps/food")
    assert server.worksheet_address("a", "0,0").startswith("/maps/food/gapmap/worksheet?")


def test_tiles_of_another_server_are_allowed_only_if_set_up(monkeypatch):
    monkeypatch.setenv("GAPMAP_TILES_URL", "https://{s}.tiles.example/{z}/{x}/{y}.png")
    assert "https://*.tiles.example" in get("/")[1]["content-security-policy"]
    monkeypatch.delenv("GAPMAP_TILES_URL")
    assert "https:" not in get("/")[1]["content-security-policy"]


def test_only_so_many_layers_are_held():
    first = published.publish(LayerFile.of('{"first":1}'))
    for number in range(300):
        published.publish(LayerFile.of(f'{{"number":{number}}}'))
    assert published.find(first.split("/")[-1].removesuffix(".json")) is None


def test_a_taken_port_is_refused_in_one_sentence_with_status_2():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "gapmap.cli", "serve", "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"port {port}" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_port_that_is_none_is_refused():
    with pytest.raises(RequestError, match="not a port"):
        server.serve(port=70_000)


def test_streamlit_finds_the_app_in_app_py():
    found = discover_asgi_app(ROOT / "app.py")
    assert found.is_asgi_app
    assert found.app_name == "app"
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 60
