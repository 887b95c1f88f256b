"""A roundtable in several browsers, for the tests: the server, the board, and a tab for each."""

from __future__ import annotations

import functools
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gapmap import usecases, wiring
from gapmap.board import joining
from gapmap.board.store import OPERATOR, open_store
from gapmap.board.values import Role
from tests import builders
from tests.browser import conftest

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

HARBOUR, MILL = "Harbour Aid", "Mill Friends"
PEOPLE = {
    "lead": (Role.FACILITATOR, "", "facilitator"),
    "harbour": (Role.PARTNER, HARBOUR, "partner"),
    "mill": (Role.PARTNER, MILL, "partner"),
    "projector": (Role.VIEWER, "", "projector"),
    "guest": (Role.VIEWER, "", "public"),
}
READY = ".leaflet-container[data-ready='1']"
API = "window.gapmapRoom"
NO_SOCKETS = f"""() => {{
  window.WebSocket = function () {{ throw new Error('blocked'); }};
  {API}.line.cut();
}}"""


@functools.cache
def bronx() -> dict[str, str | None]:
    """The areas of the Bronx, with their neighbourhoods."""
    return usecases.claimable_areas(wiring.open_workspace().load_study("nyc"), "Bronx")


class Server:
    """An app server that can be killed and started again at the same address."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.port = conftest.free_port()
        self.process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        command = [sys.executable, "-m", "gapmap.cli", "serve", "--port", str(self.port)]
        places = {
            "GAPMAP_LAYERS": str(self.folder / "layers"),
            "GAPMAP_DATA": str(self.folder / "data"),
            "GAPMAP_DATABASE_URL": self.url,
            "PYTHONPATH": str(conftest.ROOT),
        }
        self.process = subprocess.Popen(
            command,
            cwd=conftest.ROOT,
            env={**os.environ, **places},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        end = time.monotonic() + 90
        while time.monotonic() < end:
            assert self.process.poll() is None, "the server stopped"
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=20)


@dataclass
class Tab:
    """One person at a board."""

    page: Page

    def on(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)

    def until(self, script: str, argument: Any = None, timeout_s: float = 30.0) -> None:
        self.page.wait_for_function(script, arg=argument, timeout=1000 * timeout_s)

    def point(self, geoid: str) -> tuple[float, float]:
        # Lists that have just come may still take room from the map.
        self.until(conftest.STILL, "gapmapRoom.map")
        x, y = self.on(
            f"""geoid => {{
              const box = {API}.map.getContainer().getBoundingClientRect();
              const at = {API}.pixel(geoid);
              return [box.x + at[0], box.y + at[1]];
            }}""",
            geoid,
        )
        return x, y

    def mark(self, *geoids: str) -> None:
        for geoid in geoids:
            self.page.mouse.click(*self.point(geoid))

    def press(self, text: str) -> None:
        self.page.locator(f"button:visible:text-matches('^{text}')").first.click()

    def take(self, *geoids: str) -> None:
        self.mark(*geoids)
        self.press("Take")

    def holder(self, geoid: str) -> str | None:
        found = self.on(f"geoid => ({API}.board.state.claims[geoid] || {{}}).partner", geoid)
        return None if found is None else str(found)

    def sees(self, geoid: str, partner: str | None) -> None:
        self.until(
            f"([geoid, partner]) => (({API}.board.state.claims[geoid] || {{}}).partner || null)"
            " === partner",
            [geoid, partner],
        )

    def status(self) -> str:
        return str(self.page.locator(".gapmap-r-status").get_attribute("data-status"))

    def wait_for(self, status: str, timeout_s: float = 30.0) -> None:
        self.page.locator(f".gapmap-r-status[data-status='{status}']").wait_for(
            timeout=1000 * timeout_s
        )

    def refusal(self) -> str:
        return self.page.locator(".gapmap-r-wrong span").first.inner_text()

    @property
    def areas(self) -> list[str]:
        count = f"{API}.board.facts.rows.length"
        return list(self.on(f"[...Array({count}).keys()].map({API}.paint.geoid)"))


class Table:
    """A board of a study, and who sits at it."""

    def __init__(self, server: Server, browser: Any, study: str = "nyc") -> None:
        self.server, self.browser = server, browser
        self.contexts: list[Any] = []
        self.said: list[str] = []
        with open_store(server.url) as store:
            made = store.create_board(
                study,
                bronx() if study == "nyc" else dict.fromkeys(builders.areas([0] * 6)["geoid"]),
                title="Round table",
                scenario={"partners": [HARBOUR, MILL]},
            )
            self.board = made.id

    def code(self, who: str) -> str:
        role, partner, _ = PEOPLE[who]
        with open_store(self.server.url) as store:
            return joining.offer(store, self.board, role, partner=partner, by=OPERATOR).code

    def sit(
        self,
        who: str,
        *,
        width: int = 1280,
        view: str = "",
        name: str = "",
        between: Any = None,
        **options: Any,
    ) -> Tab:
        """Open a tab for somebody; ``between`` is given the tab's socket before it is connected."""
        context = self.browser.new_context(viewport={"width": width, "height": 800}, **options)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self.said.append(message.text))
        if between is not None:
            page.route_web_socket("**/live*", between)
        shown = view or PEOPLE[who][2]
        page.goto(f"{self.server.address}/gapmap/room/{self.board}?view={shown}#{self.code(who)}")
        if shown not in ("projector", "public"):
            page.locator("[name=name]").fill(name or who.title())
            page.locator("main button").click()
        page.locator(READY).wait_for(timeout=60_000)
        return Tab(page)

    def events(self) -> list[Any]:
        with open_store(self.server.url) as store:
            return list(store.events(self.board))

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        refused = [text for text in self.said if "Content Security Policy" in text]
        assert refused == [], "a page wanted to run or load what it may not"
