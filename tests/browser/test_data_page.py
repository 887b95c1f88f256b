"""The page Data in a real browser, against services on this machine: settle a tie, fetch."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import MAP_TITLE, running_server
from tests.fake_sources import FakeSources

if TYPE_CHECKING:
    from collections.abc import Iterator

# A house number that ends in 7 is a tie, one in 9 is not found.
LIST = """name,partner,kind,street,city,state,zip
Twin <img src=x onerror=window.top.__xss=1>,Illustrative Aid,open,307 Twin St,Austin,TX,78701
Lost Hall,Illustrative Aid,open,109 Lost Ln,Austin,TX,78701
Known Hall,Illustrative Aid,open,100 Known St,Austin,TX,78701
"""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeSources]:
    with FakeSources() as running:
        yield running


@pytest.fixture(scope="module")
def address(fake, tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("data-page")
    places = {
        "GAPMAP_CACHE": str(folder / "cache"),
        "GAPMAP_STUDIES": str(folder / "studies"),
    }
    with running_server(**fake.environment, **places) as started:
        yield started


@contextlib.contextmanager
def pace(fake, seconds):
    """Let every answer take its time for a while."""
    fake.pace_s = seconds
    try:
        yield
    finally:
        fake.pace_s = 0.0


def pick_frame(tab):
    tab.page.frame_locator(MAP_TITLE).locator("#map_div[data-ready='1'][data-row]").wait_for(
        timeout=60_000
    )
    tab.wait_until_quiet()
    tab.wait_until_still("gapmapPick.map")
    return tab.frame


def look_up(tab):
    tab.page.locator("input[type=file]").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    )
    tab.page.get_by_role("button", name="Look up 3 addresses").click()
    tab.page.get_by_text("2 to look at").wait_for(timeout=30_000)


def click_map(tab, x_share, y_share):
    """Click the map at a share of its width and height; return where that is."""
    frame = pick_frame(tab)
    tab.page.locator(MAP_TITLE).scroll_into_view_if_needed()
    box = tab.page.locator(MAP_TITLE).bounding_box()
    x, y = round(box["width"] * x_share), round(box["height"] * y_share)
    wanted = frame.evaluate(
        """([x, y]) => {
          const at = window.gapmapPick.map.containerPointToLatLng([x, y]);
          return [at.lat, at.lng];
        }""",
        [x, y],
    )
    tab.page.mouse.click(box["x"] + x, box["y"] + y)
    return wanted


def wait_for_latitude(tab, wanted):
    """Wait until the page has the place that was clicked."""
    tab.page.wait_for_function(
        """wanted => {
          const box = document.querySelector('.st-key-decision input');
          return box && Math.abs(parseFloat(box.value) - wanted) < 5e-3;
        }""",
        arg=wanted,
    )
    tab.wait_until_quiet()


def test_a_tie_is_settled_by_a_click_on_the_map(visit, address):
    tab = visit(address=address, height=1000).open("/data?study=nyc", has_map=False)
    look_up(tab)
    latitude, longitude = click_map(tab, 0.55, 0.5)
    place = tab.page.get_by_role("button", name="Place it here")
    wait_for_latitude(tab, latitude)
    box = tab.page.locator(".st-key-decision").get_by_label("Longitude, degrees")
    assert float(box.input_value()) == pytest.approx(longitude, abs=5e-3)
    tab.wait_on_map("document.querySelector('#map_div').dataset.pin !== undefined")
    place.click()
    tab.page.get_by_role("button", name="Undo: row 2, set by hand").wait_for()
    tab.wait_until_quiet()
    tab.page.locator("[data-testid=stMarkdown]", has_text="Lost Hall: 109 Lost Ln").wait_for()
    tab.wait_on_map("document.querySelector('#map_div').dataset.pin === undefined")
    tab.page.get_by_role("button", name="Use this list: 1 meal sites").wait_for()
    with tab.page.expect_download() as taken:
        tab.page.get_by_role("button", name="The list with its places").click()
    text = taken.value.path().read_text(encoding="utf-8-sig")
    assert "set by hand" in text
    assert f"{latitude:.1f}"[:4] in text
    assert not tab.was_attacked()
    tab.page.get_by_role("button", name="Undo: row 2").click()
    tab.page.get_by_text("2 to look at").wait_for()
    tab.page.get_by_text("Twin", exact=False).first.wait_for()


def test_the_map_needs_no_other_machine_and_stays_where_it_is(visit, address):
    problems: list[str] = []
    tab = visit(address=address, height=1000)
    tab.page.on("pageerror", lambda error: problems.append(str(error)))
    tab.open("/data?study=nyc", has_map=False)
    look_up(tab)
    frame = pick_frame(tab)
    # Without void the map itself would be sent over, which takes longer than all the rest.
    frame.evaluate("window.kept = window.gapmapPick.map; void window.kept.setZoom(12)")
    wait_for_latitude(tab, click_map(tab, 0.4, 0.4)[0])
    assert (
        tab.frame.evaluate("window.kept === window.gapmapPick.map && window.kept.getZoom()") == 12
    )
    tab.wait_on_map("document.querySelectorAll('path').length > 2_000")
    assert problems == []


def choose_county(tab):
    tab.page.get_by_text("Add a county").wait_for(timeout=30_000)
    tab.wait_until_quiet()
    state = tab.page.get_by_role("combobox", name="State")
    state.click()
    state.fill("Texas")
    tab.page.get_by_role("option", name="Texas").click()
    tab.wait_until_quiet()
    counties = tab.page.get_by_role("combobox", name="Counties")
    counties.click()
    counties.fill("Cooke")
    tab.page.get_by_role("option", name="Cooke County").click()
    tab.page.keyboard.press("Escape")
    tab.wait_until_quiet()
    return tab.page.get_by_role("button", name="Fetch", exact=True)


def test_a_county_is_fetched_stopped_found_again_after_a_reload_and_opened(visit, address, fake):
    tab = visit(address=address, height=1000).open("/data?study=nyc", has_map=False)
    fetch = choose_county(tab)
    with pace(fake, 0.6):
        fetch.click()
        cancel = tab.page.get_by_role("button", name="Cancel")
        cancel.wait_for()
        tab.page.locator("[data-testid=stProgress]", has_text=" of ").wait_for()
        tab.wait_for_address("job=")
        tab.page.reload()
        cancel.wait_for(timeout=30_000)
        tab.page.get_by_text("Cooke County, Texas").first.wait_for()
        cancel.click()
        tab.page.get_by_text("Stopped").first.wait_for(timeout=30_000)
    tab.page.get_by_role("button", name="Hide").click()
    choose_county(tab).click()
    opened = tab.page.get_by_role("button", name="Open Cooke County, Texas")
    opened.wait_for(timeout=60_000)
    other = visit(address=address).open("/data?study=nyc", has_map=False)
    other.page.get_by_role("combobox", name="Study").click()
    other.page.get_by_role("option", name="Cooke County, Texas").wait_for()
    opened.click()
    tab.wait_for_address("study=cooke-tx")
    tab.page.get_by_text("Where the figures come from").wait_for()
    tab.wait_until_quiet()
    shown = tab.page.locator(".st-key-sources").inner_text()
    assert "illustrative, not real" in shown
    tab.page.get_by_role("link", name="Gaps").click()
    tab.wait_for_map()
    assert "children" in tab.headline()
