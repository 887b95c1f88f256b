"""What a page may load: only what stands in it and lies beside it."""

from __future__ import annotations

import base64
import hashlib

import pytest

from gapmap.webapp.policies import app_headers, page_headers

PAGE = "<style>p{}</style><script src='a.js'></script><script>\n run() </script><p style='x'>é</p>"


def rules(headers):
    parts = (one.split(" ") for one in headers["Content-Security-Policy"].split("; "))
    return {name: set(allowed) for name, *allowed in parts}


def digest(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_only_the_scripts_and_styles_that_stand_in_a_page_run():
    found = rules(page_headers(PAGE))
    assert found["script-src"] == {"'self'", digest("\n run() ")}
    assert found["style-src"] == {"'self'", digest("p{}")}
    assert found["default-src"] == found["object-src"] == found["frame-ancestors"] == {"'none'"}
    assert found["connect-src"] == {"'self'"}


def test_a_page_sent_with_other_line_ends_is_the_same_script():
    assert page_headers(PAGE.replace("\n", "\r\n")) == page_headers(PAGE)


@pytest.mark.parametrize(
    "headers", [app_headers, lambda tiles: page_headers(PAGE, tiles_url=tiles)]
)
def test_tiles_come_from_where_they_are_said_to(headers):
    found = rules(headers("https://{s}.tiles.example/{z}/{x}/{y}.png"))
    assert "https://*.tiles.example" in found["img-src"]
    assert not any("tiles" in one for one in rules(headers(""))["img-src"])


def test_sockets_lead_to_this_server_alone_under_the_names_that_it_has():
    names = "maps.example:8501, [::1]:8501, maps.example:8501,evil *;script-src *,,x'y"
    assert rules(app_headers(hosts=names))["connect-src"] == {
        "'self'",
        *("ws://maps.example:8501", "wss://maps.example:8501"),
        *("ws://[::1]:8501", "wss://[::1]:8501"),
        *("data:", "blob:"),
    }
