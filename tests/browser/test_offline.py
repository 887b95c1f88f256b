"""The exported map page: opened from disk, with no server and no network."""

from __future__ import annotations

from gapmap import assess_gaps
from gapmap.views.offline import offline_page
from tests import builders
from tests.browser.conftest import ATTACKS


def test_the_map_page_opens_from_disk_and_asks_nobody(browser, tmp_path):
    names = ATTACKS[:2]
    town = builders.study(
        town_sites=builders.sites((500, 500), (1500, 500), name=names, partner=names),
        neighbourhoods=builders.neighbourhoods(*names),
    )
    path = tmp_path / "map.html"
    path.write_text(offline_page(assess_gaps(town), town), encoding="utf-8")
    page = browser.new_page()
    asked, problems = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text))
    page.goto(path.as_uri())
    page.locator("#map[data-areas='2'][data-sites='2']").wait_for()
    assert page.locator(".leaflet-gapmap-areas-pane path").count() == 2
    assert page.evaluate("window.__xss") is None
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert problems == []
    page.close()
