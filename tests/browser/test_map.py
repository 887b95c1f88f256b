from __future__ import annotations

import pytest

from tests.browser.conftest import running_server


@pytest.fixture
def visitor(visit):
    return visit().open()


def test_the_map_paints_with_the_network_off(visit):
    problems = []
    tab = visit()
    tab.page.on("pageerror", lambda error: problems.append(str(error)))
    tab.open()
    facts = tab.on_map(
        """() => ({
          areas: window.gapmap.api.areas.length,
          paths: document.querySelectorAll('.leaflet-gapmap-areas-pane path').length,
          sites: document.querySelectorAll('.gapmap-site-box').length,
          colours: new Set(Array.from(
            document.querySelectorAll('.leaflet-gapmap-areas-pane path'),
            path => path.getAttribute('fill'))).size,
        })"""
    )
    assert facts["areas"] == facts["paths"] == 2325
    assert facts["sites"] == 118
    assert facts["colours"] > 4
    assert problems == []


def test_the_part_in_question_is_wholly_in_view_from_the_start(visitor):
    visitor.frame.wait_for_function(
        """() => {
          const api = window.gapmap.api, box = document.querySelector('#map_div');
          const bronx = api.outlines.filter(one => one.about.g === 'Bronx');
          return bronx.length === 50 && bronx.every(one =>
            api.map.getBounds().contains(one.getBounds()))
            && api.map.getSize().y === box.clientHeight;
        }"""
    )


def test_the_map_says_what_is_made_up_and_what_is_modelled(visitor):
    shown = visitor.page.frame_locator("iframe").first.locator(".gapmap-notices").inner_text()
    assert "not real" in shown
    assert "modelled" in shown


def test_the_legend_names_classes_and_partners(visitor):
    legends = visitor.page.frame_locator("iframe").first.locator(".gapmap-legend")
    assert "Children out of reach" in legends.first.inner_text() + legends.last.inner_text()
    legends.filter(has_text="Partners").locator("summary").click()
    assert "Illustrative Food Bank" in legends.filter(has_text="Partners").inner_text()


def test_a_new_reach_repaints_the_same_map_where_it_stands(visitor):
    visitor.on_map(
        """() => {
          const api = window.gapmap.api;
          window.kept = { api: api, path: document.querySelector('.leaflet-gapmap-areas-pane path'),
                          hidden: 0 };
          api.map.setView(api.map.getCenter(), 12.5, { animate: false });
          window.kept.view = JSON.stringify([api.map.getCenter(), api.map.getZoom()]);
          // A flash would be seen as shapes leaving the page, if only for a moment.
          const count = () => document.querySelectorAll('.leaflet-gapmap-areas-pane path').length;
          new MutationObserver(() => { if (count() < 2325) { window.kept.hidden += 1; } })
            .observe(document.body, { childList: true, subtree: true });
        }"""
    )
    visitor.page.evaluate("window.frameBefore = document.querySelector('iframe')")
    before = visitor.headline()
    visitor.move_reach("ArrowRight", 2)
    visitor.wait_for_other_headline(before)
    assert visitor.page.evaluate("window.frameBefore === document.querySelector('iframe')")
    assert visitor.on_map(
        """() => window.kept.api === window.gapmap.api
          && window.kept.path === document.querySelector('.leaflet-gapmap-areas-pane path')
          && window.kept.path.isConnected && window.kept.hidden === 0"""
    )
    now = visitor.on_map(
        "JSON.stringify([window.gapmap.api.map.getCenter(), window.gapmap.api.map.getZoom()])"
    )
    assert now == visitor.on_map("window.kept.view")


def test_moving_about_on_the_map_asks_the_server_nothing(visit):
    tab = visit().open()
    begun = tab.page.evaluate("window.__runs.begun")
    tab.on_map("void window.gapmap.api.map.panBy([120, 60], { animate: false })")
    tab.on_map("void window.gapmap.api.map.setZoom(13, { animate: false })")
    tab.wait_until_still("gapmap.api.map")
    # What must not happen has to be waited for: the frame says what it has to say within a moment.
    tab.page.wait_for_timeout(1000)
    runs = tab.page.evaluate("window.__runs")
    assert (runs["begun"], runs["asked"]) == (begun, False)
    # The same asked of a click, so that it is known to be seen here.
    tab.click_row(1)
    tab.page.wait_for_function("begun => window.__runs.begun > begun", arg=begun)


def test_a_click_on_an_area_shows_it_and_the_sites_nearest_to_it(visitor):
    visitor.click_area("36005023800")
    visitor.wait_for_address("area=36005023800")
    visitor.wait_for_detail("36005023800")
    visitor.wait_until_quiet()
    assert "Nearest meal sites" in visitor.detail()
    assert "Pelham Parkway" in visitor.detail()
    assert visitor.on_map("document.querySelector('#map_div').dataset.selected").startswith("area:")


def test_a_press_on_the_map_does_not_make_the_page_jump(visit):
    # A window too low for the whole map, which would be scrolled to as soon as it has the focus.
    tab = visit(1280, 640).open()
    box = tab.page.locator("iframe").first.bounding_box()
    tab.click_area("36005023800")
    tab.wait_for_address("area=36005023800")
    tab.wait_until_quiet()
    assert tab.page.locator("iframe").first.bounding_box() == box


def test_a_click_on_a_row_marks_the_neighbourhood_and_goes_there(visitor):
    before = visitor.on_map("JSON.stringify(window.gapmap.api.map.getCenter())")
    visitor.click_row(2)
    visitor.wait_for_address("neighbourhood=")
    visitor.wait_for_mark("neighbourhood")
    visitor.frame.wait_for_function(
        "before => JSON.stringify(window.gapmap.api.map.getCenter()) !== before", arg=before
    )
    visitor.wait_for_detail("rank 3 of")


def test_a_mark_stays_while_the_reach_changes(visitor):
    visitor.click_row(0)
    visitor.wait_for_address("neighbourhood=")
    visitor.wait_for_mark("neighbourhood")
    marked = visitor.on_map("document.querySelector('#map_div').dataset.selected")
    visitor.move_reach("ArrowRight", 3)
    assert visitor.on_map("document.querySelector('#map_div').dataset.selected") == marked


def test_a_copied_link_shows_the_same_view(visit, visitor):
    visitor.move_reach("ArrowRight", 2)
    visitor.wait_for_address("reach=")
    visitor.click_area("36005023800")
    visitor.wait_for_address("area=36005023800")
    visitor.wait_for_detail("36005023800")
    visitor.wait_until_quiet()
    link = visitor.page.url.removeprefix(visitor.address)
    other = visit().open(link)
    other.wait_for_detail("36005023800")
    assert other.headline() == visitor.headline()
    assert other.detail() == visitor.detail()
    other.wait_for_mark("area")


def test_another_borough_moves_the_map_and_the_figures(visitor):
    before = visitor.headline()
    visitor.page.get_by_role("combobox", name="Borough").click()
    visitor.page.get_by_role("option", name="Queens").click()
    visitor.wait_for_other_headline(before)
    visitor.frame.wait_for_function("window.gapmap.api.map.getCenter().lat < 40.78")
    visitor.wait_for_address("within=Queens")


def test_the_keyboard_alone_is_enough(visitor):
    page = visitor.page
    before = visitor.headline()
    visitor.move_reach("ArrowRight")
    visitor.wait_for_other_headline(before)
    visitor.click_row(0)
    visitor.wait_for_address("neighbourhood=")
    visitor.on_map("document.querySelector('#map_div').focus()")
    zoom = visitor.on_map("window.gapmap.api.map.getZoom()")
    page.keyboard.press("+")
    visitor.frame.wait_for_function("z => window.gapmap.api.map.getZoom() > z", arg=zoom)
    page.keyboard.press("Escape")
    page.wait_for_function("!location.search.includes('neighbourhood=')")


def test_a_phone_shows_the_page_without_scrolling_sideways(visit):
    tab = visit(390, 844, has_touch=True, is_mobile=True).open()
    width = tab.page.evaluate(
        "Math.max(document.documentElement.scrollWidth,"
        " document.querySelector('[data-testid=stMain]').scrollWidth)"
    )
    assert width <= 390
    box = tab.page.locator("iframe").first.bounding_box()
    assert box is not None
    assert box["y"] < 560
    assert box["x"] + box["width"] <= 390 - 24


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_no_control_is_without_a_name(visit, width):
    tab = visit(width, 900).open()
    nameless = tab.page.evaluate(
        """() => Array.from(document.querySelectorAll(
             '[data-testid=stMain] input, [data-testid=stMain] button'))
           .filter(one => one.offsetParent !== null)
           .filter(one => !(one.getAttribute('aria-label') || one.innerText || one.title
             || (one.labels && one.labels.length) || one.getAttribute('aria-labelledby')))
           .map(one => one.outerHTML.slice(0, 200))"""
    )
    assert nameless == []


def test_the_first_visitor_of_all_can_come_straight_to_any_page(visit):
    # A server of its own: what went wrong here went wrong in a server's first run only.
    with running_server() as address:
        tab = visit(address=address).open("/data?study=nyc", has_map=False)
        tab.page.get_by_role("heading", name="Data", exact=True).wait_for()
        tab.wait_until_quiet()
        assert tab.page.get_by_text("Page not found").count() == 0
