"""Signing in at a real provider on this machine: who may make a board, and who comes back."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from gapmap.board.store import OPERATOR, open_store
from tests.browser.conftest import free_port, running_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

PEOPLE = {
    "u-4": {"name": "Desk four", "email": "four@foodbank.example", "email_verified": True},
}
LIST = "/board?study=attacked"


@contextmanager
def provider() -> Iterator[str]:
    """A server to sign in at; yields its address. It is no part of what warns in these tests."""
    port = free_port()
    told = [json.dumps({"sub": sub, **claims}) for sub, claims in PEOPLE.items()]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce"]
    process = subprocess.Popen(
        [*command, *(part for one in told for part in ("--user-claims", one))],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def signed(attacked_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An app where people sign in, and some may make boards: its address and its boards."""
    home = tmp_path_factory.mktemp("home")
    url = f"sqlite:///{home / 'boards.db'}"
    (home / ".streamlit").mkdir()
    with provider() as at:
        (home / ".streamlit" / "secrets.toml").write_text(
            '[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n'
            'cookie_secret = "a secret of the tests, and long enough"\n'
            'client_id = "gapmap"\nclient_secret = "hush"\n'
            f'server_metadata_url = "{at}/.well-known/openid-configuration"\n',
            encoding="utf-8",
        )
        with running_server(
            GAPMAP_LAYERS=str(attacked_study / "layers"),
            GAPMAP_DATA=str(attacked_study / "data"),
            GAPMAP_DATABASE_URL=url,
            GAPMAP_BOARD_MAKERS="@foodbank.example",
            HOME=str(home),
        ) as address:
            wait_for(at)
            yield address, url


def wait_for(address: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{address}/jwks", timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("there is nobody to sign in at")


def button(page: Page, text: str) -> Any:
    return page.get_by_role("button", name=text, exact=True)


def signed_in(browser: Browser, address: str, who: str, path: str = LIST) -> Page:
    """Somebody at a device of their own, who has signed in and is back where they were."""
    page = browser.new_context().new_page()
    page.goto(address + path)
    button(page, "Sign in").click()
    button(page, who).click()
    page.wait_for_url(address + path)
    return page


def test_who_signs_in_makes_a_board_and_comes_back_to_it_at_another_device_without_a_code(
    browser: Browser, signed: Any
) -> None:
    address, url = signed
    page = signed_in(browser, address, "u-4")
    button(page, "Make the board").click()
    page.get_by_text("Codes and links to hand out").wait_for()
    with open_store(url) as store:
        (board,) = store.boards()
        names = [one.name for one in store.members(board.id) if one.id != OPERATOR]
    assert names == ["Desk four"]
    elsewhere = signed_in(browser, address, "u-4", f"{LIST}&board={board.id}")
    elsewhere.get_by_text("Codes and links to hand out").wait_for()
    for one in (page, elsewhere):
        one.context.close()
