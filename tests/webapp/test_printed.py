from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from gapmap import wiring
from gapmap.webapp import cached, printed, server
from tests.views.sheet_towns import division, town
from tests.webapp.conftest import FakeWorkspace
from tests.webapp.test_server import get

HALVES = ("Aid", "Aid", "Aid", "Bank", "Bank", None)
OTHER = ("Aid", "Aid", "Bank", "Bank", "Bank", None)


@pytest.fixture(scope="module")
def study():
    return town(name="Squaretown <b>")


@pytest.fixture
def served(study, monkeypatch):
    monkeypatch.setattr(wiring, "open_workspace", lambda: FakeWorkspace(study))
    cached.forget()
    yield study
    cached.forget()


@pytest.mark.parametrize("base", ["", "/maps/food"])
def test_sheets_are_written_when_they_are_opened(served, base):
    address = server.sheets_address(division(served, HALVES), served)
    status, headers, body = get(f"{base}{address}")
    assert status == 200
    assert headers["content-type"].startswith("text/html")
    assert "'self'" in headers["content-security-policy"]
    page = body.decode()
    assert page.count('<section class="sheet"') == 3
    assert "Squaretown &lt;b&gt;" in page
    assert "Squaretown <b>" not in page
    # The answer of the app says whom each site reaches.
    assert "By it alone" in page
    today = datetime.now().astimezone().date()
    assert f"{today.day} {today:%B %Y}" in page


def test_sheets_that_were_never_published_are_not_found():
    status, headers, body = get("/gapmap/sheets/0123456789.html")
    assert status == 404
    assert headers["content-type"].startswith("text/plain")
    assert b"Territory" in body


def test_the_address_names_the_division_and_nothing_else(study):
    first = server.sheets_address(division(study, HALVES), study)
    assert server.sheets_address(division(study, HALVES), study) == first
    assert server.sheets_address(division(study, OTHER), study) != first
    renamed = replace(study, data_version="other")
    assert server.sheets_address(division(renamed, HALVES), renamed) != first
    busy = division(study, HALVES, activities=(("transport", "Aid"),))
    assert server.sheets_address(busy, study) != first


def test_the_address_stays_below_the_base_path(study, monkeypatch):
    made = division(study, HALVES)
    monkeypatch.setattr("streamlit.config.get_option", lambda _name: "maps/food")
    assert server.sheets_address(made, study).startswith("/maps/food/gapmap/sheets/")


def test_sheets_are_written_once_a_day(served):
    printable = printed.Printable(division(served, HALVES), served)
    first = cached.sheets(printable, date(2025, 6, 1))
    assert "1 June 2025" in first
    assert cached.sheets(printable, date(2025, 6, 1)) is first
    assert "2 June 2025" in cached.sheets(printable, date(2025, 6, 2))


def test_only_so_many_are_held(study):
    made = division(study, HALVES)
    first = printed.publish(printed.Printable(made, study))
    assert printed.find(first) is not None
    for number in range(100):
        printed.publish(printed.Printable(replace(made, notes=(str(number),)), study))
    assert printed.find(first) is None
