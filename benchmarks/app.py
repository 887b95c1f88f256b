"""What a person waits for, and what it takes: the app in Chromium over the demo study.

Everything is counted from outside: bytes by a relay between browser and server, paint by the
map's own clock, memory by the operating system.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import TimeoutError, sync_playwright

from scripts.find_chromium import CURE, find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

ROOT = Path(__file__).parent.parent
CHROMIUM_OPTIONS = ["--no-sandbox", "--headless", "--disable-gpu", "--no-first-run"]
CHANGES = 12
DRAGS = 12
WAYS = ((30, 18), (-28, 16), (24, -26), (-30, -20), (34, 6))
PAINTED = "#map_div[data-painted][data-sites]"


class Relay:
    """Passes bytes between a browser and the server, and counts those to the browser."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.sent = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            browser, _ = self._listener.accept()
            server = socket.create_connection(("127.0.0.1", self._server_port))
            for source, sink, counts in ((browser, server, False), (server, browser, True)):
                threading.Thread(
                    target=self._pump, args=(source, sink, counts), daemon=True
                ).start()

    def _pump(self, source: socket.socket, sink: socket.socket, counts: bool) -> None:
        with suppress(OSError):
            while chunk := source.recv(65536):
                sink.sendall(chunk)
                if counts:
                    self.sent += len(chunk)
            sink.shutdown(socket.SHUT_WR)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(port: int) -> subprocess.Popen[bytes]:
    """Start ``gapmap serve`` and return at once."""
    return subprocess.Popen(
        [sys.executable, "-m", "gapmap.cli", "serve", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for(address: str) -> None:
    """Wait until a server answers."""
    while True:
        with suppress(OSError), urllib.request.urlopen(address, timeout=1):
            return
        time.sleep(0.02)


def resident_mib(process: int) -> float:
    """Return the resident memory of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def open_map(page: Page, address: str) -> Frame:
    """Open the page Gaps and wait until it is painted and quiet."""
    page.goto(f"{address}/?study=nyc")
    page.frame_locator('iframe[title*="st_folium"]').locator(PAINTED).wait_for(timeout=60_000)
    return next(frame for frame in page.frames if "streamlit_folium" in frame.url)


def move_reach(page: Page, frame: Frame, relay: Relay) -> list[dict[str, float]]:
    """Move the reach back and forth; return seconds to paint and bytes of each move."""
    slider = page.locator("[data-testid=stSlider] input").first
    slider.focus()
    found = []
    for move in range(CHANGES):
        # Each move goes on to a reach that nobody has asked for, then comes back over all of them.
        key = "ArrowRight" if move < CHANGES // 2 else "ArrowLeft"
        page.wait_for_timeout(1500)
        before_bytes = relay.sent
        painted, start = frame.evaluate(
            "[window.gapmap.api.painted, performance.timeOrigin + performance.now()]"
        )
        slider.press(key)
        frame.wait_for_function("n => window.gapmap.api.painted > n", arg=painted)
        end = frame.evaluate("window.gapmap.api.paintedAt")
        page.wait_for_timeout(1500)
        found.append({"ms": end - start, "kb": (relay.sent - before_bytes) / 1000})
    return found


WATCH_PINS = """() => {
  const map = document.querySelector('#map_div');
  window.let_go = {};
  document.addEventListener('mouseup', () => {
    window.let_go = { at: performance.now(), shown: 0, answered: 0 };
  }, true);
  new MutationObserver(changes => changes.forEach(change => {
    const now = performance.now();
    const since = window.let_go;
    if (change.attributeName === 'data-pins') {
      since.answered = now;
    } else if (!since.answered) {
      // Seen in the next frame, not before.
      requestAnimationFrame(() => { since.shown = performance.now(); });
    }
  })).observe(map, { attributes: true, attributeFilter: ['data-pins', 'data-moved'] });
}"""


def drag_pins(page: Page, address: str) -> list[dict[str, float]]:
    """Drag suggested sites; return milliseconds from letting go to the new figures on the map.

    ``figures`` is until the map shows those of where the pin was let go, 0 if it did already;
    ``page`` is until the page's own answer has arrived.
    """
    page.goto(f"{address}/plan?study=nyc")
    frame_of = page.frame_locator('iframe[title*="st_folium"]')
    frame_of.locator("#map_div[data-ready='1'][data-pins]").wait_for(timeout=60_000)
    frame = next(frame for frame in page.frames if "streamlit_folium" in frame.url)
    frame.evaluate(WATCH_PINS)
    found = []
    for drag in range(DRAGS):
        page.wait_for_timeout(1500)
        box = frame_of.locator(".gapmap-pin").nth(drag % 5).bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        east, south = WAYS[drag % len(WAYS)]
        page.mouse.move(x, y)
        page.mouse.down()
        # A jerk and a slow way in turn: the jerk leaves no time to ask before the pin is let go.
        page.mouse.move(x + east, y + south, steps=2 if drag % 2 else 12)
        page.mouse.up()
        with suppress(TimeoutError):
            frame.wait_for_function("() => window.let_go.answered > 0", timeout=10_000)
            let_go = frame.evaluate("window.let_go")
            found.append(
                {
                    "figures": max(let_go["shown"] - let_go["at"], 0.0),
                    "page": let_go["answered"] - let_go["at"],
                }
            )
    return found


def server_work() -> dict[str, float]:
    """Time what the server does for a reach that nobody has asked for yet."""
    from dataclasses import replace

    from gapmap import usecases
    from gapmap.model import Reach
    from gapmap.views.bare_map import script_json
    from gapmap.views.colours import MapMode, colour_areas
    from gapmap.views.maps import repaint_state
    from gapmap.webapp import cached

    study = cached.study("nyc")
    need = cached.need_side("nyc")
    scenario = replace(usecases.default_scenario(study), within=study.view_within)
    seconds: dict[str, list[float]] = {"assess": [], "repaint": []}
    for metres in range(400, 1600, 60):
        start = time.perf_counter()
        answer = cached.answer(study, replace(scenario, reach=Reach(float(metres))))
        middle = time.perf_counter()
        colouring = colour_areas(answer, MapMode.GAP, need=study.areas[scenario.measure])
        script_json(repaint_state(answer, study, colouring, sites=""))
        seconds["assess"].append(middle - start)
        seconds["repaint"].append(time.perf_counter() - middle)
    return {
        **{f"{name} ms": 1000 * statistics.median(times[2:]) for name, times in seconds.items()},
        "area layer, gzipped kB": len(need.areas.packed) / 1000,
    }


def measure() -> dict[str, Any]:
    """Run the app once and return every figure by name."""
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit(CURE)
    figures: dict[str, Any] = server_work()
    port = free_port()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=CHROMIUM_OPTIONS)
        start = time.perf_counter()
        server = start_server(port)
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            figures["start to answer s"] = time.perf_counter() - start
            relay = Relay(port)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            frame = open_map(page, f"http://127.0.0.1:{relay.port}")
            figures["start to painted map s"] = time.perf_counter() - start
            moves = move_reach(page, frame, relay)
            figures["slider to paint ms, median"] = statistics.median(m["ms"] for m in moves)
            figures["slider to paint ms, worst"] = max(m["ms"] for m in moves)
            figures["sent a move kB, median"] = statistics.median(m["kb"] for m in moves)
            figures["sent a move kB, most"] = max(m["kb"] for m in moves)
            drags = drag_pins(page, f"http://127.0.0.1:{relay.port}")
            for name in ("figures", "page"):
                times = [drag[name] for drag in drags]
                figures[f"pin let go to {name} ms, median"] = statistics.median(times)
                figures[f"pin let go to {name} ms, worst"] = max(times)
            figures["server MiB"] = resident_mib(server.pid)
        finally:
            server.terminate()
            server.wait(20)
        browser.close()
    return figures


TARGETS = {
    "assess ms": 50,
    "repaint ms": 50,
    "area layer, gzipped kB": 1000,
    "start to painted map s": 8,
    "slider to paint ms, median": 500,
    "slider to paint ms, worst": 500,
    "sent a move kB, most": 30,
    "pin let go to figures ms, median": 300,
    "pin let go to figures ms, worst": 300,
    "server MiB": 600,
}


def main() -> None:
    """Print the figures beside what they should stay under."""
    for name, figure in measure().items():
        target = f"  (under {TARGETS[name]:,})" if name in TARGETS else ""
        print(f"{name:<36}{figure:>10,.1f}{target}")


if __name__ == "__main__":
    main()
