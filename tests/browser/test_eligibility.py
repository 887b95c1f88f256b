"""The maps of eligibility and of certainty, what may open at a point, and the printed worksheet."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import MAP_TITLE
from tests.browser.studies import MANY

AVERAGED = "480010001011"
BY_ITSELF = "480010001001"


@pytest.fixture
def visitor(visit):
    return visit().open("/?study=lawful&map=eligibility")


def wait_for_areas(visitor, count=6):
    visitor.frame.wait_for_function(
        "n => document.querySelector('#map_div').dataset.eligibility === n", arg=str(count)
    )


def middle_of(visitor, geoid):
    """Where on the page the middle of an area of eligibility is."""
    x, y = visitor.on_map(
        """geoid => {
          const api = window.gapmap.api;
          const shape = api.lawful.shapes().find(one => one.geoid === geoid);
          const at = api.map.latLngToContainerPoint(shape.getBounds().getCenter());
          return [at.x, at.y];
        }""",
        geoid,
    )
    box = visitor.page.locator(MAP_TITLE).bounding_box()
    assert box is not None
    return box["x"] + x, box["y"] + y


def click_block_group(visitor, geoid, aside=12):
    # Off the middle: sites stand there.
    x, y = middle_of(visitor, geoid)
    visitor.page.mouse.click(x + aside, y + aside)
    visitor.wait_for_address("at=")


def choose_map(visitor, label):
    visitor.page.get_by_role("radio", name=label, exact=True).click()


def legend(visitor):
    frame = visitor.page.frame_locator(MAP_TITLE)
    return frame.locator(".gapmap-legend:not(.gapmap-key)").inner_text()


def test_the_map_of_eligibility_paints_each_route_and_hatches_the_unknown(visitor):
    wait_for_areas(visitor)
    fills = visitor.on_map(
        """() => window.gapmap.api.lawful.shapes().map(one => one._path.getAttribute('fill'))"""
    )
    assert fills[0] == fills[5]
    assert len({fills[0], fills[1], fills[2], fills[3]}) == 4
    assert fills[3].startswith("url(#gapmap-unknown")
    text = legend(visitor)
    assert "proxy, not a determination" in text.lower()
    assert re.search(r"Open by itself · 2\s+Open by averaging · 1\s+Not eligible · 2", text)
    notices = visitor.page.frame_locator(MAP_TITLE).locator(".gapmap-notices").first.inner_text()
    assert "Proxy, not a determination" in notices
    pane = "getComputedStyle(window.gapmap.api.map.getPane('gapmap-areas'))"
    assert visitor.on_map(f"{pane}.display") == "none"


def test_the_areas_of_eligibility_are_fetched_only_when_they_are_asked_for(visit):
    asked = []
    tab = visit()
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.open("/?study=lawful")
    before = [url for url in asked if "/gapmap/layers/" in url]
    choose_map(tab, "Eligibility")
    wait_for_areas(tab)
    after = [url for url in asked if "/gapmap/layers/" in url]
    assert len(before) == 3
    assert len(after) == 4
    choose_map(tab, "Out of reach")
    tab.frame.wait_for_function(
        "getComputedStyle(window.gapmap.api.map.getPane('gapmap-areas')).display !== 'none'"
    )
    choose_map(tab, "Eligibility")
    tab.frame.wait_for_function("window.gapmap.api.lawful.isShown()")
    assert len([url for url in asked if "/gapmap/layers/" in url]) == 4


def test_a_click_says_what_may_open_there_and_outlines_the_averaged_set(visitor):
    wait_for_areas(visitor)
    click_block_group(visitor, AVERAGED)
    visitor.page.get_by_role("heading", name="What may open here?").wait_for()
    visitor.wait_until_quiet()
    visitor.wait_on_map("document.querySelector('#map_div').dataset.set === '2'")
    text = visitor.detail()
    assert "Open: Probably." in text
    assert AVERAGED in text
    visitor.page.get_by_text("Worksheet: the working").click()
    sheet = visitor.page.locator(".st-key-detail table").first
    sheet.wait_for()
    assert "Block group 0" in sheet.inner_text()
    assert "105 / 200 = 52.5%: reaches 50%" in visitor.detail()


def test_an_area_open_by_itself_is_outlined_alone(visitor):
    wait_for_areas(visitor)
    click_block_group(visitor, BY_ITSELF)
    visitor.page.locator(".st-key-detail", has_text=BY_ITSELF).wait_for()
    visitor.wait_on_map("document.querySelector('#map_div').dataset.set === '1'")


def test_a_link_to_a_point_shows_the_same_answer(visit, visitor):
    wait_for_areas(visitor)
    click_block_group(visitor, AVERAGED)
    visitor.page.locator(".st-key-detail", has_text=AVERAGED).wait_for()
    visitor.wait_until_quiet()
    link = visitor.page.url.removeprefix(visitor.address)
    other = visit().open(link)
    other.page.locator(".st-key-detail", has_text=AVERAGED).wait_for()
    assert other.detail() == visitor.detail()
    other.frame.wait_for_function("document.querySelector('#map_div').dataset.set === '2'")


def test_what_may_open_at_an_area_is_asked_from_any_map_and_by_the_keyboard_alone(visit):
    tab = visit().open("/?study=lawful&area=48001000101")
    button = tab.page.get_by_role("button", name="What may open here?")
    button.focus()
    button.press("Enter")
    tab.wait_for_address("at=")
    tab.page.locator(".st-key-detail", has_text=AVERAGED).wait_for()
    tab.wait_on_map("document.querySelector('#map_div').dataset.selected === 'at:'")


def test_a_worksheet_prints_on_one_page(visit, visitor):
    wait_for_areas(visitor)
    click_block_group(visitor, AVERAGED)
    link = visitor.page.get_by_role("link", name="Print the worksheet")
    link.wait_for()
    address = link.get_attribute("href")
    sheet = visit().page
    sheet.goto(visitor.address + address.removeprefix(visitor.address))
    text = sheet.locator("body").inner_text()
    assert AVERAGED in text
    assert "not a determination" in text
    for paper in ("Letter", "A4"):
        printed = sheet.pdf(format=paper)
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1


def test_the_map_of_certainty_hatches_by_grade(visit):
    tab = visit().open("/?study=lawful&map=certainty")
    tab.frame.wait_for_function("window.gapmap.api.areas.length === 6")
    fills = tab.on_map("window.gapmap.api.areas.map(one => one._path.getAttribute('fill'))")
    grades = [re.sub(r"url\(#gapmap-([a-z]+)-.*", r"\1", fill) for fill in fills]
    assert grades[0].startswith("#")
    assert grades[1:] == ["lines", "cross", "dots", grades[0], "cross"]
    patterns = tab.on_map(
        "Array.from(document.querySelectorAll('#map_div pattern'), one => one.id).sort()"
    )
    assert {fill[5:-1] for fill in fills if fill.startswith("url")} <= set(patterns)
    text = legend(tab)
    assert "CV up to 12%" in text
    assert "Margin of error unknown" in text


def test_a_tooltip_has_its_margin_on_the_map_of_certainty(visit):
    tab = visit().open("/?study=lawful&map=certainty")
    tab.on_map(
        """() => { const shape = window.gapmap.api.areas[1];
                   shape.fire('mousemove', { latlng: shape.getCenter() }); }"""
    )
    assert "300 ± 120 children" in tab.on_map("document.querySelector('.gapmap-tip').textContent")


def test_the_switch_hides_margins_everywhere(visit):
    tab = visit().open("/?study=lawful")
    tab.page.get_by_text("90%:").wait_for()
    tab.page.get_by_text("± Margins").click()
    tab.wait_for_address("margins=off")
    tab.page.get_by_text("90%:").wait_for(state="detached")


# ------------------------------------------------------------------------------- many areas


def test_many_areas_are_painted_on_a_canvas_and_can_be_clicked(visit):
    tab = visit().open("/?study=wide")
    tab.frame.wait_for_function("n => window.gapmap.api.areas.length === n", arg=MANY)
    facts = tab.frame.wait_for_function(
        """() => {
          const canvas = document.querySelector('.leaflet-gapmap-areas-pane canvas');
          const pen = canvas.getContext('2d');
          const picture = pen.getImageData(0, 0, canvas.width, canvas.height).data;
          const colours = new Set();
          for (let at = 0; at < picture.length; at += 4 * 97) {
            if (picture[at + 3] > 200) {
              colours.add([picture[at] >> 4, picture[at + 1] >> 4, picture[at + 2] >> 4].join());
            }
          }
          // A canvas is painted with the next frame.
          return colours.size > 3 &&
            { paths: document.querySelectorAll('.leaflet-gapmap-areas-pane path').length };
        }"""
    ).json_value()
    assert facts["paths"] == 0
    tab.click_area("48001002080")
    tab.wait_for_address("area=48001002080")


def test_many_areas_of_eligibility_share_the_place_of_those_of_need(visit):
    tab = visit().open("/?study=wide&map=eligibility")
    wait_for_areas(tab, MANY)
    tab.wait_on_map(
        """() => Array.from(document.querySelectorAll('#map_div canvas'))
                  .filter(one => one.offsetParent !== null).length === 1"""
    )
    click_block_group(tab, "48001002080", aside=0)
    tab.page.locator(".st-key-detail", has_text="48001002080").wait_for()
    choose_map(tab, "Out of reach")
    tab.frame.wait_for_function("!window.gapmap.api.lawful.isShown()")
    tab.wait_until_quiet()
    tab.click_area("48001002090")
    tab.wait_for_address("area=48001002090")


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_nothing_is_wider_than_the_window(visit, width):
    tab = visit(width, 900).open("/?study=lawful&map=eligibility&at=0.0045,0.0135")
    tab.page.get_by_role("heading", name="What may open here?").wait_for()
    wide = tab.page.evaluate(
        "Math.max(document.documentElement.scrollWidth,"
        " document.querySelector('[data-testid=stMain]').scrollWidth)"
    )
    assert wide <= width
