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
from playwright.sync_api import Browser, Frame, Page, sync_playwright

from tests import builders
from tests.browser import studies

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
MAP_TITLE = 'iframe[title*="st_folium"]'
PAINTED = "#map_div[data-painted][data-sites]"

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

    def wait_until_quiet(self) -> None:
        """Wait until no run is under way, so that nothing moves under the mouse."""
        self.page.locator('[data-test-script-state="notRunning"]').wait_for(timeout=60_000)

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
        box = self.page.locator("[data-testid=stDataFrame]").first.bounding_box()
        assert box is not None
        self.page.mouse.click(box["x"] + 140, box["y"] + 34 * (row + 1) + 17)

    def wait_for_address(self, part: str) -> None:
        self.page.wait_for_function(
            "part => decodeURIComponent(location.search).includes(part)", arg=part
        )

    def was_attacked(self) -> bool:
        return any(frame.evaluate("window.__xss !== undefined") for frame in self.page.frames)


@pytest.fixture
def visit(browser: Browser, app_address: str) -> Iterator[Any]:
    """Open tabs by size; at the end no tab may have asked another machine for anything."""
    asked: list[str] = []
    contexts = []

    def open_tab(
        width: int = 1280, height: int = 800, address: str = app_address, **options: Any
    ) -> Visitor:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)

        def guard(route: Any) -> None:
            if urlsplit(route.request.url).hostname in ("127.0.0.1", "localhost"):
                route.continue_()
            else:
                asked.append(route.request.url)
                route.abort()

        context.route(lambda url: url.startswith("http"), guard)
        return Visitor(context.new_page(), address)

    yield open_tab
    for context in contexts:
        context.close()
    assert asked == []
