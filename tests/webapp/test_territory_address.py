from __future__ import annotations

import base64
import zlib
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gapmap.analysis.territory.edits import Drawing
from gapmap.analysis.territory.values import Load
from gapmap.model import Reach
from gapmap.webapp.pages.territory_address import (
    LONGEST_DRAWING,
    PARTNERS_AT_MOST,
    default_territory,
    drawing_text,
    read_drawing,
    territory_of,
    territory_query,
)
from tests import builders
from tests.webapp.conftest import town

STUDY = town()
USUAL = default_territory(STUDY, ("Harbour Aid", "Mill Friends"))
GEOIDS = tuple(STUDY.areas["geoid"])

names = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=30
)


@st.composite
def drawings(draw, geoids=GEOIDS):
    partners = tuple(draw(st.lists(names, min_size=2, max_size=8, unique=True)))
    one = st.sampled_from([None, *partners])
    holders = tuple(draw(st.lists(one, min_size=len(geoids), max_size=len(geoids))))
    return Drawing(geoids, partners, holders, draw(st.frozensets(st.sampled_from(geoids))))


@st.composite
def views(draw):
    partners = tuple(draw(st.lists(names, min_size=2, max_size=8, unique=True)))
    sizes = draw(st.dictionaries(st.sampled_from(partners), st.sampled_from([0.5, 2.0, 3.25])))
    what = names.filter(lambda text: "=" not in text)
    does = draw(st.lists(st.tuples(what, names), max_size=4, unique=True))
    scenario = replace(
        USUAL.scenario,
        reach=Reach(draw(st.sampled_from([400.0, 800.0]))),
        within=draw(st.sampled_from([None, "Left bank", "Eastside"])),
        measure=draw(st.sampled_from(["children", "seniors"])),
    )
    return replace(
        USUAL,
        scenario=scenario,
        partners=partners,
        load=draw(st.sampled_from(Load)),
        tolerance_pct=draw(st.sampled_from([0.5, 5.0, 12.5, 100.0])),
        sizes=tuple(sizes.items()),
        activities=tuple(does),
        keeps_neighbourhoods=draw(st.booleans()),
        seed=draw(st.integers(1, 9_999)),
    )


def lists(query):
    """An address as a page is handed it."""
    return {name: [text] if isinstance(text, str) else text for name, text in query.items()}


@given(views())
def test_the_question_survives_its_address(view):
    query = territory_query(view, STUDY, USUAL)
    assert territory_of(lists(query), USUAL, STUDY) == view
    view.request(STUDY)


@given(drawings())
def test_a_drawing_survives_its_address(drawing):
    view = replace(USUAL, partners=drawing.partners)
    query = lists(territory_query(view, STUDY, USUAL, drawing))
    back = territory_of(query, USUAL, STUDY)
    is_blank = not drawing.locked and not any(drawing.holders)
    if is_blank:
        assert "areas" not in query
    else:
        assert back.partners == drawing.partners
        assert read_drawing(back.drawn, GEOIDS, back.partners) == drawing


@given(st.text(max_size=80))
@example("")
@example("AAAA")
@example("%%%%")
@example("é")
def test_no_text_of_a_stranger_breaks_anything(text):
    drawing = read_drawing(text, GEOIDS, USUAL.partners)
    assert drawing is None or drawing.geoids == GEOIDS


def test_a_drawing_of_other_areas_or_for_fewer_partners_is_not_read():
    drawing = Drawing(GEOIDS, ("A", "B", "C"), ("C", None, "A", "B"))
    text = drawing_text(drawing)
    assert read_drawing(text, GEOIDS, ("A", "B", "C")) == drawing
    assert read_drawing(text, GEOIDS, ("A", "B")) is None
    assert read_drawing(text, (*GEOIDS[1:], GEOIDS[0]), ("A", "B", "C")) is None
    assert read_drawing(text[:-6], GEOIDS, ("A", "B", "C")) is None


def test_a_link_that_unpacks_to_too_much_is_not_unpacked():
    bomb = zlib.crc32("\n".join(GEOIDS).encode()).to_bytes(4, "big") + zlib.compress(bytes(10**7))
    text = base64.urlsafe_b64encode(bomb).decode().rstrip("=")
    assert read_drawing(text, GEOIDS, USUAL.partners) is None


def test_a_division_of_a_borough_fits_into_a_link_and_one_of_a_state_is_left_out():
    def spread(count):
        geoids = tuple(f"{row:011d}" for row in range(count))
        partners = tuple(f"Partner {row}" for row in range(1, 21))
        # Runs of some areas, as neighbours are, in an order that does not repeat itself.
        holders = tuple(partners[(row // 7) ** 2 * 7919 % 9973 % 20] for row in range(count))
        return Drawing(geoids, partners, holders)

    for count, fits in ((700, True), (40_000, False)):
        drawing = spread(count)
        view = replace(USUAL, partners=drawing.partners)
        query = territory_query(view, STUDY, USUAL, drawing)
        assert (len(drawing_text(drawing)) <= LONGEST_DRAWING) is fits
        assert ("areas" in query) is fits
        assert query["partners"] == "20", "numbered partners take no room"


@pytest.mark.parametrize(
    ("query", "partners"),
    [
        ({"partners": ["3"]}, ("Partner 1", "Partner 2", "Partner 3")),
        ({"partners": ["1"]}, USUAL.partners),
        ({"partners": [str(PARTNERS_AT_MOST + 1)]}, USUAL.partners),
        ({"partner": ["A", "B", "A"]}, ("A", "B")),
        ({"partner": ["A"]}, USUAL.partners),
        ({"partner": ["A  B", "C"]}, ("A B", "C")),
    ],
)
def test_partners_are_read_as_names_or_as_a_number(query, partners):
    assert territory_of(query, USUAL, STUDY).partners == partners


def test_a_name_of_the_list_is_taken_as_it_is_written_there():
    study = town(town_sites=builders.sites((500, 500), partner=["Two  spaces"]))
    view = territory_of({"partner": ["Two  spaces", "B"]}, USUAL, study)
    assert view.partners == ("Two  spaces", "B")


def test_a_name_may_hold_the_sign_that_parts_what_from_whom():
    view = replace(USUAL, partners=("A=B", "C"), activities=(("transport", "A=B"),),
                   sizes=(("A=B", 2.0),))  # fmt: skip
    assert territory_of(lists(territory_query(view, STUDY, USUAL)), USUAL, STUDY) == view
    assert view.capacities == (2.0, 1.0)
