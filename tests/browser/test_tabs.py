"""What every browser test stands on: no tab reaches another machine, and none remembers a test."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error

from tests.browser.conftest import Tabs


@pytest.fixture
def own_tabs(browser):
    return Tabs(browser)


def test_another_machine_is_not_reached_and_asking_it_is_noticed(own_tabs):
    page = own_tabs.take(400, 300, {})
    with pytest.raises(Error, match="ERR_PROXY_CONNECTION_FAILED"):
        page.goto("http://192.0.2.1/map.png")
    assert own_tabs.strangers == ["http://192.0.2.1/map.png"]
    page.context.close()


def test_a_tab_begins_with_nothing_of_the_test_before(own_tabs, app_address):
    page = own_tabs.take(400, 300, {})
    page.goto(f"{app_address}/_stcore/health")
    page.evaluate("() => { localStorage.kept = sessionStorage.kept = document.cookie = 'kept=1'; }")
    page.route("**/health", lambda route: route.abort())
    own_tabs.give_back(page, {})
    assert own_tabs.take(500, 300, {}) is page
    page.goto(f"{app_address}/_stcore/health")
    kept = "[localStorage.kept, sessionStorage.kept, /kept/.test(document.cookie), innerWidth]"
    assert page.evaluate(kept) == [None, None, False, 500]
    assert own_tabs.strangers == []
    page.context.close()
