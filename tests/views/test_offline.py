from __future__ import annotations

import re

from gapmap import assess_gaps
from gapmap.model import Role
from gapmap.views.offline import offline_page
from tests import builders

ATTACK = "<img src=x onerror=alert(1)>"


def page(**changes: object) -> str:
    town = builders.study(
        town_sites=builders.sites((500, 500), name=[ATTACK], partner=["</script><b>"]),
        neighbourhoods=builders.neighbourhoods("`${alert(1)}`", "East"),
        **changes,
    )
    return offline_page(assess_gaps(town), town)


def test_it_asks_nothing_of_any_server() -> None:
    # Leaflet names its own home in a link of its attribution, which the map does not show.
    addresses = set(re.findall(r"""(?:src|href)=["'](https?://[^"']+)""", page()))
    assert addresses <= {"https://leafletjs.com"}
    assert "default-src 'none'" in page()


def test_it_says_the_headline_the_ranking_and_the_sources() -> None:
    text = page()
    assert "350 children live farther than 400 m" in text
    assert "Ranked by children out of reach" in text
    assert "Drawn for tests" in text


def test_text_that_people_wrote_is_never_markup() -> None:
    text = page()
    assert ATTACK not in text
    assert "</script><b>" not in text
    assert text.count("</script>") == 3
    assert "`${alert" not in text.replace("<td>`${alert(1)}`</td>", "")


def test_a_study_without_neighbourhoods_still_has_a_page() -> None:
    town = builders.study()
    assert "<h2>Sources and method</h2>" in offline_page(assess_gaps(town), town)


def test_two_neighbourhoods_of_one_name_keep_their_own_areas() -> None:
    town = builders.study(neighbourhoods=builders.neighbourhoods("Hill", "Hill"))
    assert '"k":0' in (text := offline_page(assess_gaps(town), town))
    assert '"k":1' in text


def test_made_up_need_does_not_make_real_sites_illustrative() -> None:
    made_up = builders.provenance("tracts", Role.NEED, "Squares", is_illustrative=True)
    town = builders.study(provenance=(made_up,))
    text = offline_page(assess_gaps(town), town)
    assert "Illustrative: not real" in text
    assert "meal sites are illustrative" not in text
