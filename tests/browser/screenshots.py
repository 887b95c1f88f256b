"""Take the screenshots that the README shows: ``python -m tests.browser.screenshots``.

Each page at the three widths that the app is judged by: a laptop, a projector, a phone.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Final

from PIL import Image
from playwright.sync_api import sync_playwright

from gapmap.whatifs import SiteAdded, WhatIf, to_link
from scripts.find_chromium import CURE, find_chromium
from tests.browser.conftest import CHROMIUM_OPTIONS, ROOT, RUNS, Visitor, running_server

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

FOLDER: Final = ROOT / "docs" / "screenshots"
SIZES: Final = {1280: 800, 1920: 1080, 390: 844}
COLOURS: Final = 256

# Made up, with one row of each kind that the gate leaves out.
SITES: Final = """site_id,name,partner,kind,meals,days,longitude,latitude,phone
1,Riverside School,Illustrative Schools Meals Office,open,lunch,mon;tue;wed;thu;fri,-73.9,40.84,1
2,Hilltop Library,Illustrative Public Library,open,lunch,mon;wed;fri,-73.88,40.85,2
3,Parkside Pantry,Illustrative Food Bank,open,supper,every other day,-73.86,40.82,3
4,Harbour Camp,Illustrative Faith Coalition,camp,lunch,mon;tue,-73.87,40.83,4
5,No Coordinates Hall,Illustrative Food Bank,open,lunch,mon,,,5
6,Zero Island,Illustrative Food Bank,open,lunch,mon,0,0,6
7,Elsewhere Hall,Illustrative Food Bank,open,lunch,mon,-80.1,33.2,7
"""

# Two places in the middle of what nobody reaches; made up as the demo's sites are.
WHAT_IF: Final = WhatIf(
    "Two more in the Bronx",
    "nyc",
    added=tuple(
        SiteAdded(f"new-{number}", name, x, y, partner="Illustrative Faith Coalition")
        for number, (name, x, y) in enumerate(
            [("Second Parish Hall", -73.878, 40.829), ("Gun Hill Community Room", -73.867, 40.872)],
            start=1,
        )
    ),
)


def take(browser: Browser, address: str, width: int, height: int) -> None:
    """Take the screenshots of the pages at one size."""
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.add_init_script(RUNS)
    visitor = Visitor(page, address).open("/?study=nyc")
    page.wait_for_timeout(1500)
    save_picture(page.screenshot(), FOLDER / f"gaps-{width}.png")
    visitor.open("/plan?study=nyc", has_map=False)
    page.get_by_role("button", name="Refuse").first.wait_for()
    visitor.wait_until_quiet()
    page.wait_for_timeout(2500)
    save_picture(page.screenshot(), FOLDER / f"plan-{width}.png")
    visitor.open("/territory?study=nyc", has_map=False)
    page.get_by_role("button", name="Propose a division").click()
    page.get_by_role("button", name="Rebalance").wait_for()
    visitor.wait_until_quiet()
    page.wait_for_timeout(2500)
    save_picture(page.screenshot(), FOLDER / f"territory-{width}.png")
    visitor.open(f"/compare?study=nyc&right={to_link(WHAT_IF)}", has_map=False)
    visitor.wait_until_quiet()
    page.wait_for_timeout(4000)
    save_picture(page.screenshot(), FOLDER / f"compare-{width}.png")
    visitor.open("/data?study=nyc", has_map=False)
    page.locator("input[type=file]").set_input_files(
        {"name": "summer-sites.csv", "mimeType": "text/csv", "buffer": SITES.encode()}
    )
    page.get_by_role("button", name="Use this list").wait_for()
    visitor.wait_until_quiet()
    page.wait_for_timeout(800)
    save_picture(page.screenshot(), FOLDER / f"data-{width}.png")
    page.context.close()


def save_picture(picture: bytes, path: Path) -> None:
    """Save a screenshot with few colours: they are flat, and the file is a third."""
    with Image.open(io.BytesIO(picture)) as full:
        few = full.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} kB")


def main() -> int:
    """Take them all."""
    chromium = find_chromium()
    if chromium is None:
        print(CURE, file=sys.stderr)
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running_server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=CHROMIUM_OPTIONS)
        for width, height in SIZES.items():
            take(browser, address, width, height)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
