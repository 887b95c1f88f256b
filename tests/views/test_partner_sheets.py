from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gapmap import usecases
from gapmap.analysis.territory.values import Load
from gapmap.model import Role
from gapmap.views.partner_sheets import partner_sheets
from tests import builders
from tests.views.sheet_towns import PARTNERS, division, sections, town, words

if TYPE_CHECKING:
    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study

TODAY = date(2025, 6, 1)
HALVES = ("Aid", "Aid", "Aid", "Bank", "Bank", None)


@pytest.fixture(scope="module")
def study() -> Study:
    return town()


@pytest.fixture(scope="module")
def halves(study: Study) -> Division:
    return division(study, HALVES, activities=(("transport", "Metro Vans"), ("outreach", "Bank")))


@pytest.fixture(scope="module")
def said_on(halves: Division, study: Study) -> list[str]:
    """What the cover and the sheets say, without their tags."""
    return [words(section) for section in sections(page(halves, study))]


def page(given_division: Division, given_study: Study, **changes: Any) -> str:
    return partner_sheets(given_division, given_study, **({"today": TODAY} | changes))


class Balance(HTMLParser):
    """Counts what is opened and never closed, and collects what would load or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "img", "iframe", "link", "object"}:
            self.wrong.append(tag)
        self.wrong += [
            name
            for name, value in attrs
            if name.startswith("on")
            or name == "src"
            or (name == "href" and not re.fullmatch(r"#sheet-\d+", value or ""))
        ]
        if tag not in {"meta", "col", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")


def is_sound(given_page: str) -> bool:
    parser = Balance()
    parser.feed(given_page)
    return parser.open == parser.wrong == []


def test_there_is_a_cover_and_a_sheet_for_each_partner(halves: Division, study: Study) -> None:
    made = page(halves, study)
    cover, *sheets = sections(made)
    assert [words(re.findall(r"<h1>.*?</h1>", sheet)[0]) for sheet in sheets] == [
        "A Aid",
        "B Bank",
        "C Cleo",
    ]
    assert "Squaretown: who takes what" in words(cover)
    assert is_sound(made)


def test_the_cover_leads_to_every_sheet(halves: Division, study: Study) -> None:
    made = page(halves, study)
    assert re.findall(r'href="#([^"]+)"', made) == re.findall(r'<section [^>]*id="([^"]+)"', made)
    assert len(set(re.findall(r'id="([^"]+)"', made))) == 3


@pytest.mark.parametrize(
    "said",
    [
        "3 partners",
        "1 June 2025",
        "1,050 children among 3 partners",
        "A Aid 171% 600",
        "transport Metro Vans all of Squaretown",
        "1 census tract held by nobody: 48001000105",
        "Middle: A, B",
        "farther than 400 m (straight line) from every open meal site that counts",
        "Squares 2020 Drawn for tests",
        "Areas are neighbours if they share a border line",
        "Hatched: nobody's",
        "data version 0123456789ab",
    ],
)
def test_the_cover_says(said_on: list[str], said: str) -> None:
    assert said in said_on[0]


@pytest.mark.parametrize(
    "said",
    [
        "600 children live here",
        "171% of its target of 350 children",
        "3 meal sites that count stand here, 2 of them its own",
        "3 census tracts, one piece",
        "300 1 B – Bank",
        "1 Elm School open Lunch · Mon–Fri until 15 Aug 2025",
        "2 Zion Hall 1 Elm St open Lunch · Mon–Fri 7 Jul–15 Aug 2025",
        "B: Bank's Kitchen (600 m)",
        "closer than 800 m, so that some children may have both within 400 m",
        "Bank's Kitchen Bank open Lunch · Mon–Fri from 7 Jul 2025",
        "On nobody's census tracts: Far Church.",
        "From Bank: 1 census tract, 300 children",
        "West: 48001000100, 48001000101",
        "What others do here transport: Metro Vans outreach: Bank",
    ],
)
def test_the_sheet_of_ann_says(said_on: list[str], said: str) -> None:
    assert said in said_on[1]


def test_the_sheet_of_bob_says_what_is_his(said_on: list[str]) -> None:
    bob = said_on[2]
    assert "None of its own meal sites is here." in bob
    assert "With A – Aid: Bank's Kitchen. Outside Squaretown: 1 meal site." in bob
    assert "What it does everywhere outreach What others do here transport: Metro Vans" in bob
    assert "To Aid: 1 census tract, 300 children" in bob
    assert "To nobody yet: 1 census tract, 0 children" in bob
    assert "East 50 50 1 nobody yet" in bob


def test_a_partner_without_areas_has_a_sheet_without_a_map(halves: Division, study: Study) -> None:
    cleo = sections(page(halves, study))[3]
    assert "<svg" not in cleo
    assert "0 children live here" in words(cleo)


def test_with_an_assessment_sites_say_whom_they_reach(halves: Division, study: Study) -> None:
    assert "In reach" not in words(sections(page(halves, study))[1])
    made = words(sections(page(halves, study, assessment=usecases.assess_gaps(study)))[1])
    assert "7 Jul–15 Aug 2025 50 50 nobody" in made


def test_few_people_are_not_counted_out() -> None:
    study = town([6, 1, 300, 400, 50, 0])
    ann = words(sections(page(division(study, HALVES), study))[1])
    assert "West <10 <10 2" in ann


def test_what_is_made_up_or_modelled_stands_on_every_sheet(halves: Division, study: Study) -> None:
    marked = replace(
        study,
        provenance=(
            builders.provenance("tracts", Role.NEED, "Squares", is_modelled=True),
            builders.provenance("sites", Role.SITES, "Sites", is_illustrative=True),
        ),
    )
    for section in sections(page(halves, marked)):
        assert "Illustrative meal sites: not real. Need is modelled." in words(section)
    assert "Illustrative" not in page(halves, study)


def test_a_what_if_says_so_on_every_sheet(halves: Division, study: Study) -> None:
    made = page(halves, study, what_if="Two <more>", differences=("Closes Elm School",))
    cover, *sheets = (words(section) for section in sections(made))
    assert "What differs from today Closes Elm School" in cover
    for said in (cover, *sheets):
        assert "What-if “Two <more>”, not as it is today." in said
    assert is_sound(made)
    assert "What-if" not in page(halves, study)


def test_another_load_is_named(study: Study) -> None:
    made = division(study, HALVES, load=Load.MEALS)
    ann = words(sections(page(made, study))[1])
    assert "meals a week still to serve" in ann
    assert "600 children live here" in ann


def test_a_study_without_neighbourhoods_lists_its_areas(study: Study) -> None:
    bare = replace(study, neighbourhoods=None)
    made = page(division(bare, HALVES), bare)
    assert is_sound(made)
    ann = words(sections(made)[1])
    assert "Its census tracts by number 48001000100, 48001000101, 48001000102" in ann
    assert "neighbourhoods" not in ann


def test_partners_without_names_get_every_site(study: Study) -> None:
    nameless = division(study, ["Partner 1"] * 3 + ["Partner 2"] * 3, 2)
    cover, first, second = sections(page(nameless, study))
    assert "Its own" not in words(cover)
    assert "Meal sites here No. Meal site" in words(first)
    assert "1 Bank's Kitchen Bank open" in words(first)
    assert "1 Far Church Aid closed; not counted: not open to the public Lunch · Mon–Fri" in words(
        second
    )
    assert "dates not stated" in words(second)


def test_a_study_without_sites_says_so(study: Study) -> None:
    empty = replace(study, sites=study.sites[:0])
    made = page(division(empty, HALVES, PARTNERS), empty)
    assert is_sound(made)
    assert "None of its own meal sites is here." in words(sections(made)[1])
    assert "against today" not in words(made)


def test_the_title_can_be_given(halves: Division, study: Study) -> None:
    made = page(halves, study, title="Round <two>")
    assert "<title>Round &lt;two&gt;</title>" in made
    assert "Round <two>" in words(sections(made)[0])


def test_the_classes_of_open_need_differ_without_colour(halves: Division, study: Study) -> None:
    ann = sections(page(halves, study))[1]
    fills = re.findall(r'<i style="background:#(\w\w)(\w\w)(\w\w)">', ann)
    greys = [
        0.299 * int(red, 16) + 0.587 * int(green, 16) + 0.114 * int(blue, 16)
        for red, green, blue in fills
    ]
    assert len(greys) == 5
    assert all(light - dark > 25 for light, dark in pairwise(greys))


ATTACKS = st.sampled_from(
    ["</style><script>x()</script>", '"><img src=x onerror=x()>', "';}@import url(x)", "\\", "a\nb"]
)


def renamed(made: Division, study: Study, names: list[str]) -> tuple[Division, Study]:
    """The same division with other names for everything that has one."""
    partner = dict(zip(PARTNERS, names, strict=True))
    place = dict(zip(("West", "Middle", "East"), names, strict=True))
    five = [*names, *names[:2]]
    assert study.neighbourhoods is not None
    return replace(
        made,
        request=replace(made.request, partners=tuple(names), activities=((names[0], names[1]),)),
        areas=made.areas.assign(
            partner=made.areas["partner"].map(partner),
            today=made.areas["today"].map(partner),
            neighbourhood=made.areas["neighbourhood"].map(place),
        ),
        territories=tuple(replace(one, partner=partner[one.partner]) for one in made.territories),
        cut_neighbourhoods=tuple(place[name] for name in made.cut_neighbourhoods),
    ), replace(
        study,
        name=names[0],
        neighbourhoods=study.neighbourhoods.assign(name=names),
        sites=study.sites.assign(name=five, partner=five, address=five),
    )


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(
        (ATTACKS | st.text(min_size=1)).map(str.strip).filter(bool),
        min_size=3,
        max_size=3,
        unique=True,
    )
)
def test_texts_of_files_stay_texts(halves: Division, study: Study, names: list[str]) -> None:
    attacked, place = renamed(halves, study, names)
    made = page(attacked, place, title=names[1])
    assert is_sound(made)
    style = made.partition("<style>")[2].partition("</style>")[0]
    assert style.count("@page p") == 3
    # Between the quotes of a name stands nothing that could end them.
    said = re.findall(r'@bottom-left \{ content: "([^"]*)"; font', style)
    assert len(said) == 3
    assert all(re.fullmatch(r"(?:[0-9A-Za-z]|\\[0-9a-f]+ )+", text) for text in said)
