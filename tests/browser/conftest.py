"""The real server and a real browser, with every network but this machine's switched off."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Frame, Page, expect, sync_playwright

from tests import builders
from tests.browser import studies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.round_table import Server, Table

# As long as everything else is waited for: five seconds pass while a machine has much to do.
expect.set_options(timeout=30_000)

ROOT = Path(__file__).parents[2]
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nobody listens there, and this machine itself is asked without it.
    "--proxy-server=http://127.0.0.1:9",
    "--no-first-run",
]
MAP_TITLE = 'iframe[title*="st_folium"]'
PAINTED = "#map_div[data-painted][data-sites]"

# Whether a run of the page is asked for and not over: said by what goes over Streamlit's socket,
# for what is asked for by a click shows nowhere on the page until the server has answered. The
# first byte of a message out and the first field after number 2 of a message in are its kind.
RUNS = """
(() => {
  if (window.top !== window) { return; }
  const ASKS = (11 << 3) | 2, BEGINS = 4, ENDS = 6, ENDS_FOR_ANOTHER = 2;
  const runs = window.__runs = { asked: false, going: false, begun: 0 };
  const read = bytes => {
    let at = 0;
    const number = () => {
      let sum = 0, place = 1, byte;
      do { byte = bytes[at++]; sum += (byte & 127) * place; place *= 128; } while (byte & 128);
      return sum;
    };
    while (at < bytes.length) {
      const tag = number(), value = number();
      if (tag >> 3 > 2) { return [tag >> 3, value]; }
      at += value;
    }
    return [0, 0];
  };
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(url, protocols) {
      super(url, protocols);
      if (!String(url).includes('_stcore/stream')) { return; }
      this.isPage = true;
      this.addEventListener('message', event => {
        const [kind, value] = read(new Uint8Array(event.data));
        if (kind === BEGINS) { runs.asked = false; runs.going = true; runs.begun += 1; }
        if (kind === ENDS && value === ENDS_FOR_ANOTHER) { runs.asked = true; }
        // What has come is on the page two frames later at most.
        if (kind === ENDS) {
          const over = runs.begun;
          requestAnimationFrame(() => requestAnimationFrame(() => {
            if (runs.begun === over) { runs.going = false; }
          }));
        }
      });
    }
    send(message) {
      if (this.isPage && message[0] === ASKS) { runs.asked = true; }
      super.send(message);
    }
  };
})();
"""
QUIET = """() => !window.__runs.asked && !window.__runs.going
  && document.querySelector('[data-test-script-state="notRunning"]') !== null"""

# A map whose frame has its height, that has taken note of it, and that nothing moves any more.
STILL = """name => {
  const map = name.split('.').reduce((at, key) => at && at[key], window);
  if (!map) { return false; }
  const box = map.getContainer(), size = map.getSize(), pane = map.getPane('mapPane').classList;
  const isFitted = size.x === box.clientWidth && size.y === box.clientHeight && size.y > 100;
  const isMoving = pane.contains('leaflet-zoom-anim') || pane.contains('leaflet-pan-anim');
  const seen = isFitted && !isMoving
    && [map.getCenter(), map.getZoom(), size, innerWidth, innerHeight].join();
  const before = window.__still || { seen: null, frames: 0 };
  window.__still = { seen, frames: seen && seen === before.seen ? before.frames + 1 : 0 };
  return window.__still.frames > 2;
}"""

# Each of these would leave its tag in window.__xss of some page if it were ever run.
ATTACKS = [
    '<img src=x onerror="window.top.__xss=1;window.__xss=1">',
    "${(window.__xss=1)}",
    "`+(window.__xss=1)+`",
    "</script><script>window.__xss=1</script>",
    "{{'x'}}[a](javascript:window.__xss=1)",
    "<svg onload=window.__xss=1>",
]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(*options: str, **environment: str) -> Iterator[str]:
    """Run ``gapmap serve``; yields its address without a slash at the end."""
    port = free_port()
    command = [sys.executable, "-m", "gapmap.cli", "serve", "--port", str(port), *options]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/_stcore/health", process)
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _wait_for(address: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"The server stopped: {process.communicate()[0]}")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except urllib.error.HTTPError as answer:
            # Under a base path the health page is elsewhere; that somebody answers is enough.
            answer.close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("The server did not start within 90 seconds.")


@pytest.fixture(scope="session")
def attacked_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study on disk whose every name is an attack; the studies of ``studies.py`` beside it."""
    folder = tmp_path_factory.mktemp("attacked")
    study = folder / "layers" / "attacked"
    study.mkdir(parents=True)
    files = folder / "data"
    files.mkdir()
    areas = builders.areas([100, 200, 300, float("nan"), 500, 600])
    areas["name"] = ATTACKS
    areas.to_parquet(files / "areas.parquet")
    places = builders.neighbourhoods(*ATTACKS, groups=ATTACKS)
    places.to_parquet(files / "places.parquet")
    sites = builders.sites(*((500 + 1000 * row, 500) for row in range(6)))
    table = sites.drop(columns=["geometry", "place_id", "source_row", "start_date", "end_date"])
    table["name"] = ATTACKS
    table["partner"] = ATTACKS
    table["address"] = ATTACKS
    table["longitude"], table["latitude"] = sites.geometry.x, sites.geometry.y
    table.to_csv(files / "sites.csv", index=False)
    (study / "study.toml").write_text(
        'name = "Attacked"\nsummary = "Every name is an attack."\nreach = "400m"\n'
        'need = "children"\n',
        encoding="utf-8",
    )
    common = 'source = "Tests"\nvintage = "2025"\nlicence = "MIT"\n'
    (study / "areas.toml").write_text(
        f'role = "need"\ntitle = "Areas"\nfile = "areas.parquet"\n{common}'
        '[columns]\ngeoid = "geoid"\nname = "name"\n'
        '[measures.children]\ncolumn = "children"\nlabel = "Children"\nunit = "children"\n',
        encoding="utf-8",
    )
    (study / "places.toml").write_text(
        f'role = "neighbourhoods"\ntitle = "Places"\nfile = "places.parquet"\n{common}'
        '[columns]\nneighbourhood_id = "neighbourhood_id"\nname = "name"\ngroup = "group"\n',
        encoding="utf-8",
    )
    (study / "sites.toml").write_text(
        f'role = "sites"\ntitle = "Sites"\nfile = "sites.csv"\n{common}crs = "EPSG:4326"\n',
        encoding="utf-8",
    )
    table[["name", "longitude", "latitude"]].to_csv(files / "halls.csv", index=False)
    places[["name", "geometry"]].to_parquet(files / "parks.parquet")
    (study / "halls.toml").write_text(
        f'role = "candidates"\ntitle = "Halls"\nfile = "halls.csv"\n{common}crs = "EPSG:4326"\n',
        encoding="utf-8",
    )
    (study / "parks.toml").write_text(
        f'role = "context"\ntitle = "Parks"\nfile = "parks.parquet"\n{common}', encoding="utf-8"
    )
    studies.add_eligibility(study, files, ATTACKS)
    studies.write_lawful(study.parent, files)
    studies.write_wide(study.parent, files)
    return folder


@pytest.fixture(scope="session")
def app_address(attacked_study: Path) -> Iterator[str]:
    """The app with the demo study and the attacked one."""
    with running_server(
        GAPMAP_LAYERS=str(attacked_study / "layers"), GAPMAP_DATA=str(attacked_study / "data")
    ) as address:
        yield address


@pytest.fixture(scope="session")
def server(attacked_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with shared boards, for whoever sits at one; it can be killed and started again."""
    from tests.browser.round_table import Server

    made = Server(f"sqlite:///{tmp_path_factory.mktemp('boards') / 'boards.db'}", attacked_study)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def table(server: Server, browser: Browser) -> Iterator[Table]:
    """A board of the demo study that nobody sits at yet."""
    from tests.browser.round_table import Table

    if not server.is_running:
        server.start()
    made = Table(server, browser)
    yield made
    made.close()


@pytest.fixture(scope="session")
def browser(chromium_path: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(chromium_path), args=CHROMIUM_OPTIONS
        )
        yield started
        started.close()


class Visitor:
    """One person at one browser tab."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def open(self, path: str = "/?study=nyc", *, has_map: bool = True) -> Visitor:
        """Open a page and wait until its map is painted."""
        self.page.goto(self.address + path)
        if has_map:
            self.wait_for_map()
        return self

    def wait_for_map(self) -> None:
        self.page.frame_locator(MAP_TITLE).locator(PAINTED).wait_for(timeout=60_000)
        self.page.locator("[data-testid=stDataFrame]").first.wait_for()
        self.wait_until_quiet()
        self.wait_until_still("gapmap.api.map")

    def wait_until_quiet(self) -> None:
        """Wait until no run is asked for or under way, so that nothing moves under the mouse."""
        self.page.wait_for_function(QUIET, timeout=60_000)

    def wait_until_still(self, name: str) -> None:
        """Wait until a map, by its name in the frame, has its size and has come to rest."""
        self.frame.wait_for_function(STILL, arg=name, timeout=60_000)

    def wait_on_map(self, condition: str, argument: Any = None) -> None:
        """Wait until something is so in the frame of the map, which follows the page."""
        self.frame.wait_for_function(condition, arg=argument)

    def wait_for_mark(self, kind: str) -> None:
        """Wait until the map marks something of a kind."""
        mark = f"#map_div[data-selected^='{kind}:']"
        self.page.frame_locator(MAP_TITLE).locator(mark).wait_for()

    def wait_for_other_headline(self, said: str) -> None:
        """Wait until the page says something else, and no more is to come."""
        expect(self.page.locator("h1").first).not_to_have_text(said)
        self.wait_until_quiet()

    def wait_for_detail(self, text: str) -> None:
        """Wait until what is said of a place has a text in it."""
        self.page.locator(".st-key-detail", has_text=text).wait_for()

    @property
    def frame(self) -> Frame:
        return next(frame for frame in self.page.frames if "streamlit_folium" in frame.url)

    def on_map(self, script: str, argument: Any = None) -> Any:
        return self.frame.evaluate(script, argument)

    def headline(self) -> str:
        return self.page.locator("h1").first.inner_text()

    def detail(self) -> str:
        return self.page.locator(".st-key-detail").inner_text()

    def move_reach(self, key: str, times: int = 1) -> None:
        """Press a key on the reach slider and wait for the new paint."""
        slider = self.page.locator("[data-testid=stSlider] input").first
        slider.focus()
        for _ in range(times):
            painted = self.on_map("window.gapmap.api.painted")
            slider.press(key)
            self.frame.wait_for_function("n => window.gapmap.api.painted > n", arg=painted)

    def click_area(self, geoid: str) -> None:
        """Click in the middle of an area, as a person with a mouse does."""
        x, y = self.on_map(
            """geoid => {
              const api = window.gapmap.api;
              const shape = api.areas.find(area => area.geoid === geoid);
              const at = api.map.latLngToContainerPoint(shape.getCenter());
              return [at.x, at.y];
            }""",
            geoid,
        )
        box = self.page.locator(MAP_TITLE).bounding_box()
        assert box is not None
        self.page.mouse.click(box["x"] + x, box["y"] + y)

    def click_row(self, row: int) -> None:
        """Click the name in a row of the ranking."""
        # The table's own list for those who do not see it: it is there when the table is drawn.
        self.page.get_by_test_id(f"glide-cell-1-{row}").first.wait_for(state="attached")
        box = self.page.locator("[data-testid=stDataFrame]").first.bounding_box()
        assert box is not None
        self.page.mouse.click(box["x"] + 140, box["y"] + 34 * (row + 1) + 17)

    def wait_for_address(self, part: str) -> None:
        self.page.wait_for_function(
            "part => decodeURIComponent(location.search).includes(part)", arg=part
        )

    def was_attacked(self) -> bool:
        return any(frame.evaluate("window.__xss !== undefined") for frame in self.page.frames)


class Tabs:
    """Tabs that are used one test after another: a page opens in half the time where one was open.

    Each is the only one of a browser profile of its own, and begins every test with nothing kept.

    Attributes
    ----------
    strangers
        What was asked of any machine but this one.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[Any, list[Page]] = {}
        self.strangers: list[str] = []

    def take(self, width: int, height: int, options: dict[str, Any]) -> Page:
        """A tab of a size, with options of a browser profile."""
        free = self._free.setdefault(_key(options), [])
        if free:
            page = free.pop()
            page.set_viewport_size({"width": width, "height": height})
            return page
        size: Any = {"width": width, "height": height}
        context = self._browser.new_context(viewport=size, **options)
        context.on("request", lambda request: self._note(request.url))
        page = context.new_page()
        page.on("websocket", lambda socket: self._note(socket.url))
        page.add_init_script(RUNS)
        return page

    def give_back(self, page: Page, options: dict[str, Any]) -> None:
        """Leave a tab as it was found."""
        context = page.context
        for other in context.pages:
            if other is not page:
                other.close()
        context.unroute_all()
        page.unroute_all()
        page.mouse.up()
        if not page.url.startswith("about:"):
            page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        page.goto("about:blank")
        context.clear_cookies()
        self._free[_key(options)].append(page)

    def _note(self, url: str) -> None:
        asked = urlsplit(url)
        is_near = asked.hostname in ("127.0.0.1", "localhost")
        if asked.scheme in ("http", "https", "ws", "wss") and not is_near:
            self.strangers.append(url)


def _key(options: dict[str, Any]) -> Any:
    return tuple(sorted(options.items()))


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


@pytest.fixture
def visit(tabs: Tabs, app_address: str) -> Iterator[Any]:
    """Open tabs by size; at the end no tab may have asked another machine for anything."""
    taken: list[tuple[Page, dict[str, Any]]] = []
    tabs.strangers.clear()

    def open_tab(
        width: int = 1280, height: int = 800, address: str = app_address, **options: Any
    ) -> Visitor:
        page = tabs.take(width, height, options)
        taken.append((page, options))
        return Visitor(page, address)

    yield open_tab
    for page, options in taken:
        tabs.give_back(page, options)
    assert tabs.strangers == []
