from __future__ import annotations

import html
import json
import re
from datetime import date
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from gapmap.analysis.lawful import Standing
from gapmap.analysis.workings import percentage, valid_until
from gapmap.rules import (
    Adjacency,
    Basis,
    EligibilityAnswer,
    EligibilityAreas,
    Level,
    Route,
    SiteTypeAnswer,
    Worksheet,
    WorksheetRow,
)
from gapmap.views.worksheets import answer_facts, answer_text, worksheet_page
from tests import builders

if TYPE_CHECKING:
    from gapmap.model import Study

TODAY = date(2025, 6, 1)


def town(*figures: tuple[float, float], **changes: Any) -> Study:
    layer = builders.eligibility([c for _, c in figures], [e for e, _ in figures], **changes)
    return builders.study(builders.areas([100.0] * len(figures)), eligibility=(layer,))


def asked(study: Study, row: int = 0) -> EligibilityAnswer:
    layer = study.eligibility[0]
    return Standing(study).of(str(layer.table["geoid"].iloc[row]))


def sheet(**changes: Any) -> Worksheet:
    known: dict[str, Any] = {
        "route": Route.CENSUS,
        "rows": (WorksheetRow("480010001001", "Block group 1", 100.0, 60.0),),
        "children": 100.0,
        "eligible": 60.0,
        "share": 0.6,
        "threshold": 0.5,
        "is_met": True,
        "basis": Basis.TO_18,
        "level": Level.BLOCK_GROUP,
        "adjacency": Adjacency.STRICT,
        "is_proxy": False,
        "source": "Drawn for tests",
        "vintage": "2025",
    }
    return Worksheet(**(known | changes))


def answer(*sheets: Worksheet, **changes: Any) -> EligibilityAnswer:
    known: dict[str, Any] = {
        "study": "town",
        "geoid": "480010001001",
        "name": "Block group 1",
        "level": Level.BLOCK_GROUP,
        "longitude": None,
        "latitude": None,
        "status": Route.CENSUS,
        "is_open_lawful": True,
        "is_rural": None,
        "rural_because": "the study has no layer of what is rural",
        "site_types": (SiteTypeAnswer("open", True, Route.CENSUS, "Because."),),
        "worksheets": sheets or (sheet(),),
        "is_proxy": False,
    }
    return EligibilityAnswer(**(known | changes))


def text(given: EligibilityAnswer, **changes: Any) -> str:
    return answer_text(given, "Squaretown", **({"today": TODAY} | changes))


def words(page: str) -> str:
    """What a page says, without its tags."""
    body = page.partition("<body>")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def page(given: EligibilityAnswer) -> str:
    return worksheet_page(given, "Squaretown", today=TODAY)


# ------------------------------------------------------------------------------------ what they say


def test_the_arithmetic_is_written_out_everywhere() -> None:
    study = town((45, 100), (130, 250))
    sum_ = "(45 + 130) / (100 + 250) = 175 / 350 = 50.0%: reaches 50%"
    given = asked(study)
    assert sum_ in text(given)
    assert sum_ in words(page(given))
    assert answer_facts(given)["worksheets"][0]["arithmetic"] == sum_


@pytest.mark.parametrize(
    "expected",
    [
        "Are at least 50% of the children 0-18 in these 2 adjacent block groups together",
        "480010001001",
        "Drawn for tests",
        "2025",
        "1 June 2030",
        "Adjacent (strict)",
        "The State agency decides",
        "Block group 1",
    ],
)
def test_everything_a_worksheet_needs_is_on_the_screen_and_on_paper(expected: str) -> None:
    given = asked(town((45, 100), (60, 100)))
    assert expected in " ".join(text(given).split())
    assert expected in words(page(given))


def test_a_determination_says_until_when_it_holds_and_when_it_has_run_out() -> None:
    made = date(2024, 7, 1)
    held = answer(sheet(determined=made, valid_until=valid_until(made)))
    assert "1 July 2029 (determined 1 July 2024), five years" in text(held)
    assert "ran out on 1 July 2029" in text(held, today=date(2029, 7, 2))
    assert "ran out" not in text(held, today=date(2029, 7, 1))


def test_without_one_it_says_how_long_one_made_today_would_hold() -> None:
    assert "one made on 1 June 2025 would hold until 1 June 2030" in " ".join(
        text(answer()).split()
    )


def test_what_is_not_eligible_has_nothing_to_hold() -> None:
    no = answer(sheet(is_met=False, share=0.4, eligible=40.0), is_open_lawful=False)
    assert "nothing to hold" in text(no)
    assert "would hold" not in text(no)


def test_a_proxy_is_called_one_wherever_it_stands() -> None:
    given = answer(sheet(is_proxy=True), is_proxy=True)
    for shown in (text(given), words(page(given))):
        assert shown.count("roxy, not a determination") >= 2
        assert "probably lawful" in shown
        assert "Open site: lawful" not in shown
    facts = answer_facts(given)
    assert facts["label"] == "a proxy, not a determination"
    assert facts["worksheets"][0]["is_proxy"] is True


def test_unknown_figures_are_called_unknown() -> None:
    nan = float("nan")
    row = WorksheetRow("480010001001", "x", nan, nan)
    given = answer(
        sheet(rows=(row,), children=nan, eligible=nan, share=nan, is_met=None), is_open_lawful=None
    )
    assert "unknown: does not say" in text(given)
    assert "nan" not in text(given)
    assert "nan" not in words(page(given))
    assert answer_facts(given)["worksheets"][0]["share"] is None
    json.dumps(answer_facts(given), allow_nan=False)


def test_parts_of_a_child_are_written_as_they_are() -> None:
    row = WorksheetRow("480010001001", "x", 100.25, 60.5)
    given = answer(sheet(rows=(row,), children=100.25, eligible=60.5, share=60.5 / 100.25))
    assert "60.5 / 100.25 = 60.3%" in text(given)


def test_a_school_whose_enrolment_is_unknown_still_shows_its_share() -> None:
    nan = float("nan")
    row = WorksheetRow("s1", "Lincoln", nan, nan)
    school = sheet(route=Route.SCHOOL, rows=(row,), children=nan, eligible=nan, share=0.7)
    assert "70.0%" in text(answer(school))
    assert "enrolled" in text(answer(school))


def test_the_probability_is_said_without_false_certainty() -> None:
    said = {
        0.999: "over 99%",
        0.001: "under 1%",
        0.732: "73%",
    }
    for probability, expected in said.items():
        assert expected in text(answer(probability=probability))
        assert expected in words(page(answer(probability=probability)))


# ---------------------------------------------------------------------------------- percentages


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.5, "50.0%"), (0.571, "57.1%"), (0.4999, "49.99%"), (0.49999999, "49.999999%"), (0, "0.0%")],
)
def test_a_percentage_never_looks_on_the_other_side_of_its_threshold(
    share: float, expected: str
) -> None:
    assert percentage(share, 0.5) == expected


def test_the_share_of_two_fifths_does_not_look_below_its_floor() -> None:
    assert percentage(2 / 5, 0.4) == "40.0%"
    assert percentage(0.39996, 0.4) == "39.996%"


# ------------------------------------------------------------------------------------------ safety


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [name for name, _ in attrs]


def test_text_from_files_is_shown_and_never_run() -> None:
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    row = WorksheetRow(evil, evil, 100.0, 60.0)
    given = answer(
        sheet(rows=(row, row), source=evil, vintage=evil, notes=(evil,)),
        name=evil,
        geoid=evil,
        notes=(evil,),
        rural_because=evil,
        site_types=(SiteTypeAnswer(evil, True, Route.CENSUS, evil),),
    )
    made = worksheet_page(given, evil, today=TODAY)
    tags = Tags()
    tags.feed(made)
    assert not {"script", "img", "iframe", "link", "object"} & set(tags.seen)
    assert not [name for name in tags.attributes if name.startswith("on") or name == "src"]
    assert "&lt;script&gt;" in made
    # Nothing is fetched from anywhere.
    assert not re.search(r"(?:https?:)?//", made)
    assert "default-src 'none'" in made


def test_the_same_answer_makes_the_same_page() -> None:
    assert page(asked(town((45, 100), (60, 100)))) == page(asked(town((45, 100), (60, 100))))


def test_the_builder_s_layer_is_what_the_tests_take_it_for() -> None:
    layer = town((45, 100)).eligibility[0]
    assert isinstance(layer, EligibilityAreas)
    assert layer.level is Level.BLOCK_GROUP
