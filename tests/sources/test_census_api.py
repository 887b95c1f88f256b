"""Counts by area, from the fake services and from answers made up here."""

from __future__ import annotations

import json
import math
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.errors import GapmapError, KeyNeededError, RequestError, SourceError
from gapmap.rules import Level
from gapmap.sources.census_api import CensusApi
from gapmap.sources.failures import StatusError
from gapmap.sources.http import Courier
from tests.fake_sources import (
    FakeSources,
    damaged,
    dropped,
    html,
    no_content,
    server_error,
    short,
    too_many,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

BASE = "https://census.example/data"
BANDS = [f"B01001_{number:03d}" for number in range(1, 50)]
SURVEY = r"/acs/acs5\?"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeSources]:
    with FakeSources() as fake:
        yield fake


@pytest.fixture
def fake(running: FakeSources) -> FakeSources:
    running.faults.clear()
    running.requests.clear()
    return running


@pytest.fixture
def api(fake: FakeSources, tmp_path: Path) -> CensusApi:
    return api_of(fake, tmp_path)


def api_of(fake: FakeSources, folder: Path, key: str | None = None, **options: Any) -> CensusApi:
    courier = Courier(folder, **{"sleep": lambda _: None, "today": date(2026, 7, 1), **options})
    settings = fake.environment
    chosen = settings["CENSUS_API_KEY"] if key is None else key
    return CensusApi(courier, settings["GAPMAP_CENSUS_URL"], chosen)


class Shelf:
    """A courier whose answers lie ready."""

    today = date(2031, 7, 1)

    def __init__(self, answer: Callable[[str, Mapping[str, str]], Any]) -> None:
        self._answer = answer
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    def get(self, url: str, params: Mapping[str, str], **options: Any) -> Any:
        self.asked.append((url, params))
        body = json.dumps(self._answer(url, params)).encode()
        options["check"](body)

        class Ready:
            def content(self) -> bytes:
                return body

        return Ready()


def api_on(answer: Callable[[str, Mapping[str, str]], Any]) -> tuple[CensusApi, Shelf]:
    shelf = Shelf(answer)
    return CensusApi(shelf, BASE, "key"), shelf


def table_of(
    cells: Mapping[str, tuple[Any, Any]], state: Any = "48", county: Any = "453"
) -> Callable[[str, Mapping[str, str]], Any]:
    """One table of tracts: tract code to estimate and margin, for whatever is asked."""

    def answer(_: str, params: Mapping[str, str]) -> Any:
        columns = params["get"].split(",")
        rows = [
            [
                "Somewhere" if column == "NAME" else values["EM".index(column[-1])]
                for column in columns
            ]
            + [state, county, tract]
            for tract, values in cells.items()
        ]
        return [[*columns, "state", "county", "tract"], *rows]

    return answer


def ask(api: CensusApi, year: int = 2024) -> pd.DataFrame:
    return api.estimates(year, Level.TRACT, "TX", ["453"], ["B01001_003"])


# -------------------------------------------------------------------------------- what comes back


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("counties", [None, ["453"], ["48209", "453"]])
def test_estimates_and_margins_are_those_published(
    level: Level, counties: list[str] | None, api: CensusApi, fake: FakeSources
) -> None:
    codes = [*BANDS, "B22010_002", "B17001_002"] if level is Level.TRACT else BANDS
    table = api.estimates(2024, level, "TX", counties, codes)
    short_codes = [code[-3:] for code in counties or ()]
    truth = fake.truth.estimates(level.value, counties=short_codes).sort_index()
    assert list(table["GEOID"]) == list(truth.index)
    assert table["GEOID"].is_unique
    figures = [f"{code}{kind}" for code in codes for kind in "EM"]
    assert list(table.columns) == ["GEOID", "NAME", *figures]
    assert all(table[figure].dtype == "float64" for figure in figures)
    for figure in figures:
        known = truth[figure].astype(float).to_numpy()
        pd.testing.assert_series_equal(
            table[figure], pd.Series(known), check_names=False, check_index=False
        )
    assert (table["NAME"].str.len() > 5).all()


def test_no_question_is_longer_than_the_service_answers_and_none_is_about_types(
    api: CensusApi, fake: FakeSources
) -> None:
    api.estimates(2024, Level.TRACT, "TX", ["453"], BANDS)
    asked = list(fake.requests)
    lengths = [len(parse_qs(one.query)["get"][0].split(",")) for one in asked]
    assert lengths
    assert max(lengths) <= 49
    assert len(asked) == 3
    assert {one.path for one in asked} == {"/census/2024/acs/acs5"}
    assert all(one.has_key for one in asked)


def test_the_same_question_is_asked_once(fake: FakeSources, tmp_path: Path) -> None:
    first = ask(api_of(fake, tmp_path))
    second = ask(api_of(fake, tmp_path))
    pd.testing.assert_frame_equal(first, second)
    assert len(fake.requests) == 1


def test_the_key_lies_in_no_kept_answer(fake: FakeSources, tmp_path: Path) -> None:
    ask(api_of(fake, tmp_path))
    key = fake.environment["CENSUS_API_KEY"]
    kept = [path.read_text() for path in tmp_path.iterdir()]
    assert kept
    assert not [text for text in kept if key in text]


def test_years_that_the_package_does_not_know_are_asked_for_all_the_same() -> None:
    api, shelf = api_on(table_of({"000100": ("12", "3")}))
    assert ask(api, 2031)["B01001_003E"].tolist() == [12.0]
    assert shelf.asked[0][0] == f"{BASE}/2031/acs/acs5"


def test_zeros_in_front_are_never_lost() -> None:
    api, _ = api_on(table_of({"100": ("1", "1"), "000200": ("2", "1")}, state=6, county=1))
    table = api.estimates(2024, Level.TRACT, "CA", ["001"], ["B01001_003"])
    assert table["GEOID"].tolist() == ["06001000100", "06001000200"]


@pytest.mark.parametrize(
    ("estimate", "margin", "known_estimate", "known_margin"),
    [
        ("12", "3", 12, 3),
        (12, 3.5, 12, 3.5),
        ("0", "13", 0, 13),
        ("-666666666", "-222222222", None, None),
        ("-999999999", "-333333333", None, None),
        ("-888888888", "-888888888", None, None),
        # Controlled: the count is not from the survey alone, and has no sampling error.
        ("1500", "-555555555", 1500, 0),
        ("-555555555", "-555555555", None, 0),
        ("-666666666.0", "-555555555.0", None, 0),
        (None, None, None, None),
    ],
)
def test_codes_for_unknown_are_unknown_and_controlled_margins_are_nought(
    estimate: Any, margin: Any, known_estimate: float | None, known_margin: float | None
) -> None:
    api, _ = api_on(table_of({"000100": (estimate, margin)}))
    (row,) = ask(api).itertuples()
    found = (row.B01001_003E, row.B01001_003M)
    known = [math.nan if one is None else one for one in (known_estimate, known_margin)]
    assert found == pytest.approx(known, nan_ok=True)


@pytest.mark.parametrize("cell", ["many", "", "-5", "-1", "N", "1,234", "nan", "1e999"])
def test_what_is_no_count_is_refused_with_its_place(cell: str) -> None:
    api, _ = api_on(table_of({"000100": ("1", "1"), "000200": (cell, "1")}))
    with pytest.raises(SourceError, match=r"B01001_003E of 48453000200"):
        ask(api)


cells = st.one_of(
    st.none(),
    st.integers(-(10**9), 10**7),
    st.sampled_from([-555555555, -666666666, -222222222]),
    st.text(max_size=4),
)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6))
def test_no_answer_makes_a_count_below_nought(pairs: list[tuple[Any, Any]]) -> None:
    api, _ = api_on(table_of({f"{number:06d}": pair for number, pair in enumerate(pairs)}))
    try:
        table = ask(api)
    except SourceError:
        return
    for column in ("B01001_003E", "B01001_003M"):
        known = table[column].dropna()
        assert (known >= 0).all()
        assert known.map(math.isfinite).all()
    assert len(table) == len(pairs)


# -------------------------------------------------------------------------------- what is refused


def test_an_area_that_comes_twice_is_refused() -> None:
    answer = table_of({"000100": ("1", "1")})

    def twice(url: str, params: Mapping[str, str]) -> Any:
        rows = answer(url, params)
        return [*rows, rows[-1]]

    api, _ = api_on(twice)
    with pytest.raises(SourceError, match="48453000100 came twice"):
        ask(api)


def test_parts_about_different_areas_are_not_put_together() -> None:
    def answer(url: str, params: Mapping[str, str]) -> Any:
        tract = "000100" if "B01001_001E" in params["get"] else "000200"
        return table_of({tract: ("1", "1")})(url, params)

    api, _ = api_on(answer)
    with pytest.raises(SourceError, match="not about the same areas"):
        api.estimates(2024, Level.TRACT, "TX", ["453"], BANDS)


def test_parts_may_come_in_any_order() -> None:
    def answer(url: str, params: Mapping[str, str]) -> Any:
        header, *rows = table_of({f"{n:06d}": (str(n), "1") for n in range(1, 9)})(url, params)
        return [header, *(rows if "B01001_001E" in params["get"] else rows[::-1])]

    api, _ = api_on(answer)
    table = api.estimates(2024, Level.TRACT, "TX", ["453"], BANDS)
    assert table["B01001_001E"].tolist() == table["B01001_049E"].tolist() == list(range(1, 9))


def test_an_unknown_variable_is_named_with_its_year(api: CensusApi, fake: FakeSources) -> None:
    with pytest.raises(StatusError, match=r"no variable B01001_999E in the tables of 2024"):
        api.estimates(2024, Level.TRACT, "TX", ["453"], ["B01001_999"])
    assert len(fake.requests) == 1


def test_a_column_that_is_missing_is_named(
    api: CensusApi, fake: FakeSources, tmp_path: Path
) -> None:
    fake.faults.add(SURVEY, without("B01001_003M"))
    with pytest.raises(SourceError, match=r"lacks B01001_003M.*name another year"):
        ask(api)
    assert len(fake.requests) == 1
    # What was wrong is not kept: the next time all is well.
    assert len(ask(api)) == len(ask(api_of(fake, tmp_path)))
    assert len(fake.requests) == 2


@pytest.mark.parametrize("column", ["tract", "state"])
def test_geography_that_is_missing_is_named(column: str, api: CensusApi, fake: FakeSources) -> None:
    fake.faults.add(SURVEY, without(column))
    with pytest.raises(SourceError, match=rf"lacks the column {column}"):
        ask(api)
    assert len(fake.requests) == 1
    assert not ask(api).empty  # it was not kept


def test_a_place_without_anything_says_so(api: CensusApi, fake: FakeSources) -> None:
    with pytest.raises(StatusError, match="nothing for that place and year") as refusal:
        api.estimates(2024, Level.TRACT, "TX", ["999"], ["B01001_003"])
    assert refusal.value.status == 204
    fake.faults.add(SURVEY, no_content())
    with pytest.raises(StatusError, match="planning regions"):
        ask(api)


def test_a_table_with_a_header_only_is_nothing_as_well() -> None:
    api, _ = api_on(table_of({}))
    with pytest.raises(StatusError, match="nothing for that place"):
        ask(api)


def test_a_year_without_a_survey_says_so(api: CensusApi) -> None:
    with pytest.raises(StatusError, match="no such survey of 1999") as refusal:
        ask(api, 1999)
    assert refusal.value.status == 404


@pytest.mark.parametrize(
    "fault",
    [html(), damaged(), short(), dropped(), server_error(), too_many()],
    ids=["page", "cut", "short", "dropped", "500", "429"],
)
def test_passing_troubles_leave_no_trace(fault: Any, api: CensusApi, fake: FakeSources) -> None:
    fake.faults.add(SURVEY, fault, fault)
    truth = fake.truth.estimates("tract", counties=["453"]).sort_index()
    assert ask(api)["B01001_003E"].tolist() == truth["B01001_003E"].astype(float).tolist()
    assert len(fake.requests) == 3


@pytest.mark.parametrize("body", [{}, [], "text", [1, 2], [["NAME"], ["a", "b"]]])
def test_json_that_is_no_table_is_refused(body: Any) -> None:
    api, _ = api_on(lambda *_: body)
    with pytest.raises(SourceError, match="no table"):
        ask(api)


@pytest.mark.parametrize(("key", "part"), [("", "only those who have a key"), ("no", "not know")])
def test_without_a_key_that_holds_one_sentence_says_how_to_get_one(
    key: str, part: str, fake: FakeSources, tmp_path: Path
) -> None:
    fake.faults.add(SURVEY, html("Invalid Key" if key else "Missing Key"))
    with pytest.raises(KeyNeededError, match=part) as refusal:
        ask(api_of(fake, tmp_path, key=key))
    text = str(refusal.value)
    assert "https://api.census.gov/data/key_signup.html" in text
    assert "demo" in text
    assert text.count(". ") == 0  # one sentence
    assert len(fake.requests) == 1
    assert [one.has_key for one in fake.requests] == [bool(key)]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("county", ["", "45", "4530", "abc", "06453", "Travis"])
def test_a_county_code_that_is_none_is_never_sent(
    county: str, api: CensusApi, fake: FakeSources
) -> None:
    with pytest.raises(RequestError, match="no code of a county in Texas"):
        api.estimates(2024, Level.TRACT, "TX", [county], ["B01001_003"])
    assert not len(fake.requests)


# ------------------------------------------------------------------------ years, counties, blocks


def test_the_newest_year_is_looked_for_downwards(api: CensusApi, fake: FakeSources) -> None:
    assert api.newest_year() == max(fake.truth.years)
    years = [int(one.path.split("/")[2]) for one in fake.requests]
    assert years == list(range(2026, max(fake.truth.years) - 1, -1))


def test_the_newest_year_is_looked_up_again_the_next_day(fake: FakeSources, tmp_path: Path) -> None:
    for day in (1, 1, 2):
        api_of(fake, tmp_path, today=date(2026, 7, day)).newest_year()
    found = fake.requests.matching(f"/{max(fake.truth.years)}/acs/acs5.json")
    assert len(found) == 2


def test_no_survey_at_all_is_no_year(fake: FakeSources, tmp_path: Path) -> None:
    api = api_of(fake, tmp_path, today=date(2050, 1, 1))
    with pytest.raises(SourceError, match="none from 2043 to 2050"):
        api.newest_year()


@pytest.mark.parametrize(("status", "part"), [(500, "failed"), (403, "does not let us in")])
def test_a_service_that_is_down_is_not_taken_for_a_year_that_is_missing(
    status: int, part: str, api: CensusApi, fake: FakeSources
) -> None:
    fake.faults.always("2025/acs/acs5.json", server_error(status))
    with pytest.raises(SourceError, match=part):
        api.newest_year()


def test_counties_have_codes_and_names(api: CensusApi, fake: FakeSources) -> None:
    table = api.counties("TX", 2024)
    assert table["GEOID"].tolist() == sorted(fake.truth.areas("county")["GEOID"])
    assert table.set_index("GEOID").loc["48453", "NAME"] == "Travis County, Texas"


def test_children_of_blocks_are_all_but_the_adults(api: CensusApi, fake: FakeSources) -> None:
    truth = fake.truth.blocks("453").sort_values("GEOID", ignore_index=True)
    for county in ("453", "48453"):
        table = api.block_children("48", county)
        assert list(table.columns) == ["GEOID", "total", "children"]
        assert table["GEOID"].tolist() == truth["GEOID"].tolist()
        assert table["total"].tolist() == truth["total"].tolist()
        assert table["children"].tolist() == truth["children"].tolist()
    assert {len(geoid) for geoid in table["GEOID"]} == {15}


def test_blocks_with_more_adults_than_people_are_refused() -> None:
    header = ["P1_001N", "P3_001N", "state", "county", "tract", "block"]
    rows = [["9", "7", "48", "453", "000100", "1000"], ["5", "7", "48", "453", "000100", "1001"]]
    api, _ = api_on(lambda *_: [header, *rows])
    with pytest.raises(SourceError, match="484530001001001 there are more adults"):
        api.block_children("48", "453")


def test_every_refusal_is_one_of_ours() -> None:
    """Whatever JSON comes back, a person reads a sentence."""

    @given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=12))
    def asked(body: Any) -> None:
        api, _ = api_on(lambda *_: body)
        with pytest.raises(GapmapError):
            ask(api)

    asked()
