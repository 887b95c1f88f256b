from __future__ import annotations

import urllib.request

import pytest

from tests.browser.conftest import ATTACKS, MAP_TITLE, running_server

SITES = (
    "site_id,name,partner,kind,meals,days,longitude,latitude\n"
    + "\n".join(
        f'x{row},"{attack.replace(chr(34), chr(34) * 2)}","{attack.replace(chr(34), chr(34) * 2)}",'
        f"open,lunch,mon,{-73.9 + row / 100},40.85"
        for row, attack in enumerate(ATTACKS)
    )
    + "\n"
)


def headers_of(address):
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.headers, answer.read()


def test_names_of_a_study_are_text_wherever_they_are_shown(visit):
    tab = visit().open("/?study=attacked")
    page = tab.page
    assert tab.on_map("window.gapmap.api.areas.length") == len(ATTACKS)
    for row in range(len(ATTACKS)):
        tab.on_map(
            """row => {
              const api = window.gapmap.api, shape = api.areas[row];
              shape.fire('mousemove', { latlng: shape.getCenter() });
            }""",
            row,
        )
        assert ATTACKS[row].split("[")[0][:12] in tab.on_map(
            "document.querySelector('.gapmap-tip').textContent"
        )
    tab.frame.locator(".gapmap-legend").filter(has_text="Partners").locator("summary").click()
    for row in range(3):
        address = page.url
        tab.click_row(row)
        page.wait_for_function("address => location.href !== address", arg=address)
        tab.wait_until_quiet()
    for kind, identifier in (("site", "s0"), ("area", "48001000101"), ("site", "s4")):
        tab.open(f"/?study=attacked&{kind}={identifier}")
        page.locator(".st-key-detail", has_text="Nearest").wait_for()
        assert not tab.was_attacked()
    for fold in ("Sources and method", "and why some do not count"):
        page.get_by_text(fold).click()
        page.locator("details[open]", has_text=fold).wait_for()
    # A picture that is not there would fail, and attack, within a moment.
    page.wait_for_timeout(500)
    assert not tab.was_attacked()
    assert page.locator("[data-testid=stMain] img[src=x]").count() == 0


def test_names_of_eligible_areas_are_text_on_the_map_in_the_answer_and_on_paper(visit):
    tab = visit().open("/?study=attacked&map=eligibility&at=0.0045,0.0135")
    tab.frame.wait_for_function("window.gapmap.api.lawful.shapes().length === 6")
    for row in range(len(ATTACKS)):
        tab.on_map(
            """row => {
              const shape = window.gapmap.api.lawful.shapes()[row];
              shape.fire('mousemove', { latlng: shape.getBounds().getCenter() });
            }""",
            row,
        )
        assert ATTACKS[row].split("[")[0][:12] in tab.on_map(
            "document.querySelector('.gapmap-tip').textContent"
        )
    tab.page.get_by_text("Worksheet: the working").click()
    sheet = tab.page.locator(".st-key-detail table").first
    sheet.wait_for()
    assert ATTACKS[0] in sheet.inner_text()
    tab.wait_until_quiet()
    assert not tab.was_attacked()
    paper = visit()
    paper.page.goto(f"{tab.address}/gapmap/worksheet?study=attacked&at=0.0045,0.0135")
    assert ATTACKS[0] in paper.page.locator("body").inner_text()
    assert not paper.was_attacked()


def test_names_of_an_uploaded_list_are_text_wherever_they_are_shown(visit):
    tab = visit().open("/data?study=nyc", has_map=False)
    page = tab.page
    name = "<img src=x onerror=window.top.__xss=1>.csv"
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": SITES.encode()}
    )
    page.get_by_role("button", name="Use this list").click()
    page.get_by_text("Back to the study").wait_for()
    assert not tab.was_attacked()
    page.get_by_role("link", name="Gaps").click()
    tab.wait_for_map()
    tab.frame.wait_for_function("document.querySelector('#map_div').dataset.sites === '6'")
    tab.on_map(
        """() => window.gapmap.api.map.eachLayer(layer => {
          if (layer.options && layer.options.pane === 'gapmap-sites') { layer.fire('mouseover'); }
        }) && undefined"""
    )
    page.locator(".st-key-figures", has_text="6 of 6").wait_for()
    page.wait_for_timeout(500)
    assert not tab.was_attacked()


def test_an_upload_is_not_seen_by_anybody_else(visit):
    mine, other = visit().open("/data?study=nyc", has_map=False), visit()
    mine.page.locator("input[type=file]").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": SITES.encode()}
    )
    mine.page.get_by_role("button", name="Use this list").click()
    mine.page.get_by_text("Back to the study").wait_for()
    other.open()
    other.wait_on_map("window.gapmap.api.siteList().length === 118")


def test_every_answer_says_what_it_may_load(app_address):
    for path in ("/", "/_stcore/health", "/component/streamlit_folium.st_folium/index.html"):
        headers, _ = headers_of(app_address + path)
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'self'" in policy
        assert "default-src 'self'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/gapmap/assets/v/..%2f..%2fserver.py",
        "/gapmap/assets/v/images/..%2fleaflet.js",
        "/gapmap/assets/v/app.py",
        "/gapmap/layers/0000.json",
    ],
)
def test_only_what_is_on_the_list_is_served(app_address, path):
    with pytest.raises(urllib.error.HTTPError) as refused:
        headers_of(app_address + path)
    assert refused.value.code in (400, 404)
    refused.value.close()


def test_the_app_works_below_a_base_path(visit):
    with running_server("--base-path", "maps/food") as address:
        tab = visit(address=f"{address}/maps/food").open("/?study=nyc")
        assert tab.on_map("window.gapmap.api.areas.length") == 2325


def test_candidates_and_context_are_shown_when_switched_on_and_attack_nobody(visit):
    tab = visit().open("/?study=attacked")
    frame = tab.page.frame_locator(MAP_TITLE)
    if not frame.get_by_label("Halls").is_visible():
        frame.get_by_text("Partners and layers").click()
    frame.get_by_label("Halls").check()
    frame.get_by_label("Parks").check()
    marks = frame.locator(".gapmap-candidate")
    marks.first.wait_for()
    assert marks.count() == 6
    frame.locator(".leaflet-gapmap-context-pane path").first.wait_for(state="attached")
    marks.first.hover(force=True)
    tab.move_reach("ArrowRight")
    assert frame.get_by_label("Halls").is_checked()
    assert not tab.was_attacked()
    frame.get_by_label("Halls").uncheck()
    assert marks.count() == 0
