from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.errors import RequestError, UnknownNameError
from gapmap.sources.fetching.counties import County, slug, territory_of

NAMES = (
    "Baltimore County",
    "Baltimore city",
    "Prince George's County",
    "St. Mary's County",
    "Doña Ana County",
    "Charles City County",
    "LaSalle Parish",
    "Carson City",
    "Juneau City and Borough",
    "Capitol Planning Region",
)
KNOWN = tuple(County(f"24{row:03d}", name) for row, name in enumerate(NAMES, 1))


def territory(*asked: str):
    return territory_of("24", "MD", "Maryland", KNOWN, asked)


def found(*asked: str) -> list[str]:
    return [county.name for county in territory(*asked).counties]


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("baltimore city", "Baltimore city"),
        ("Baltimore County, Maryland", "Baltimore County"),
        ("prince georges", "Prince George's County"),
        ("PRINCE GEORGE’S", "Prince George's County"),
        ("Saint Mary's", "St. Mary's County"),
        ("dona ana", "Doña Ana County"),
        ("Charles City", "Charles City County"),
        ("la salle county", "LaSalle Parish"),
        ("Carson", "Carson City"),
        ("Juneau", "Juneau City and Borough"),
        ("capitol", "Capitol Planning Region"),
        ("3", "Prince George's County"),
        ("24003", "Prince George's County"),
    ],
)
def test_a_county_is_known_by_whatever_people_call_it(asked: str, name: str) -> None:
    assert found(asked) == [name]


@given(st.sampled_from(KNOWN), st.sampled_from([str.upper, str.lower, str.title, " {} ".format]))
def test_every_county_is_found_by_its_whole_name_in_any_case(county: County, write) -> None:
    assert found(write(county.name)) == [county.name]


def test_a_name_that_could_be_two_counties_is_asked_about() -> None:
    with pytest.raises(RequestError, match=r"Baltimore County .24001. or Baltimore city .24002."):
        territory("Baltimore")


def test_an_unknown_county_is_answered_with_near_names() -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean .*Charles City County"):
        territory("Charls City County")
    with pytest.raises(UnknownNameError, match="no county called “24999”"):
        territory("24999")


def test_counties_come_once_and_in_the_order_of_their_codes() -> None:
    assert found("Doña Ana", "St. Mary's", "005") == ["St. Mary's County", "Doña Ana County"]


def test_without_a_county_it_is_the_whole_state() -> None:
    whole = territory()
    assert whole.is_whole_state
    assert whole.asked is None
    assert (whole.name, whole.id) == ("Maryland", "maryland")
    assert len(whole.counties) == len(KNOWN)


def test_a_study_is_named_after_its_counties() -> None:
    assert territory("3").id == "prince-georges-md"
    assert territory("3").name == "Prince George's County, Maryland"
    assert territory("3", "4").id == "prince-georges-st-marys-md"
    assert territory("3", "4").name == "Prince George's County and St. Mary's County, Maryland"
    # The two Baltimores must not end in one folder.
    assert territory("1").id == "baltimore-county-md"
    assert territory("2").id == "baltimore-city-md"


def test_long_lists_that_begin_alike_have_names_of_their_own() -> None:
    one, other = territory("3", "4", "5", "6"), territory("3", "4", "5", "7")
    assert one.name == "Prince George's County, St. Mary's County and 2 more counties, Maryland"
    assert one.id.startswith("prince-georges-and-3-more-")
    assert one.id != other.id


@given(st.text())
def test_a_slug_is_fit_for_a_folder(text: str) -> None:
    assert set(slug(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
