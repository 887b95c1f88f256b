"""The list of summer meal sites, from the fake service and from answers made up here."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from gapmap.errors import SourceError
from gapmap.sources.http import Courier
from gapmap.sources.summer_sites import SummerSites
from tests.fake_sources import FakeSources, Fault, damaged, dropped, html, server_error, without
from tests.fake_sources.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import pandas as pd

ALL = r"/arcgis"
PAGES = r"/query"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeSources]:
    with FakeSources() as fake:
        yield fake


@pytest.fixture
def fake(running: FakeSources) -> FakeSources:
    running.faults.clear()
    running.requests.clear()
    return running


def service_of(fake: FakeSources, folder: Path, day: int = 1) -> SummerSites:
    courier = Courier(folder, sleep=lambda _: None, today=date(2026, 7, day))
    return SummerSites(courier, fake.environment["GAPMAP_SITES_URL"])


@pytest.fixture
def service(fake: FakeSources, tmp_path: Path) -> SummerSites:
    return service_of(fake, tmp_path)


class Shelf:
    """A courier whose answers are made up as they are asked for."""

    def __init__(self, answer: Callable[[str, Mapping[str, str]], Any]) -> None:
        self._answer = answer
        self.asked: list[tuple[str, Mapping[str, str], int]] = []

    def get(self, url: str, params: Mapping[str, str], **options: Any) -> Any:
        self.asked.append((url, params, options["keep_days"]))
        body = json.dumps(self._answer(url, params)).encode()
        options["check"](body)

        class Ready:
            def content(self) -> bytes:
                return body

        return Ready()


FIELDS = ["FID", "Site_Name", "Site_State"]


def layer(
    pages: Callable[[int], Any] | None = None,
    *,
    services: tuple[str, ...] = ("Summer_Meal_Site_Finder_2026",),
    fields: list[str] = FIELDS,
    **described: Any,
) -> tuple[SummerSites, Shelf]:
    def answer(url: str, params: Mapping[str, str]) -> Any:
        if url.endswith("/query"):
            assert pages is not None
            return pages(int(params["resultOffset"]))
        if url.endswith("/FeatureServer/0"):
            listed = [{"name": name, "type": "esriFieldTypeString"} for name in fields]
            return {"fields": listed, "objectIdField": "FID", "maxRecordCount": 2} | described
        listed = [{"name": name, "type": "FeatureServer"} for name in services]
        return {"services": [*listed, {"name": "Summer_Meals_2040", "type": "MapServer"}]}

    shelf = Shelf(answer)
    return SummerSites(shelf, "https://sites.example/services"), shelf


def features(*numbers: int, **more: Any) -> dict[str, Any]:
    return {
        "features": [
            {"attributes": {"FID": number, "Site_Name": f"Site {number}", "Site_State": "TX"}}
            for number in numbers
        ],
        **more,
    }


# ------------------------------------------------------------------------------------ what comes


@pytest.mark.parametrize("year", [None, 2026, 2025])
def test_sites_are_those_published(
    year: int | None, service: SummerSites, fake: FakeSources
) -> None:
    table, found = service.sites("TX", year)
    assert found == (year or max(fake.truth.site_years))
    truth = fake.truth.sites(found, postal="TX").sort_values("FID", ignore_index=True)
    assert len(table) == len(truth) > 15  # more than a page
    for column in set(table.columns) & set(truth.columns) - {"X", "Y"}:
        published = [None if value is None or value != value else value for value in truth[column]]
        assert table[column].tolist() == published, column
    for axis in ("X", "Y"):
        assert table[axis].astype(float).to_numpy() == pytest.approx(
            truth[axis].astype(float).to_numpy(), abs=1e-6, nan_ok=True
        )


def test_nothing_about_persons_is_ever_asked_for(service: SummerSites, fake: FakeSources) -> None:
    table, found = service.sites("TX")
    published = set(fake.truth.sites(found).columns)
    personal = {
        name
        for name in published
        if "contact" in name.lower() or "phone" in name.lower() or name.lower() == "ext"
    }
    assert personal
    assert not personal & fake.asked_site_fields
    assert set(table.columns) == published - personal
    # These end like ext and are dates.
    assert {"StartDateText", "EndDateText"} <= fake.asked_site_fields


@pytest.mark.parametrize(
    ("field", "is_asked"),
    [
        ("Ext", False),
        ("ext", False),
        ("Site_Phone_Ext", False),
        ("sitePhone", False),
        ("CONTACT_FIRST_NAME", False),
        ("contactPhone", False),
        ("sponsorEmailAddress", False),
        ("Fax", False),
        ("Creator", False),
        ("Editor", False),
        ("StartDateText", True),
        ("NextDay", True),
        ("EditDate", True),
        ("County", True),
    ],
)
def test_a_column_is_about_persons_by_its_name(field: str, is_asked: bool) -> None:
    sites, shelf = layer(lambda _: features(1), fields=[*FIELDS, field])
    table, _ = sites.sites("TX")
    asked = shelf.asked[-1][1]["outFields"].split(",")
    assert (field in asked) is (field in table.columns) is is_asked


def test_pages_follow_each_other_in_a_stable_order(service: SummerSites, fake: FakeSources) -> None:
    service.sites("TX")
    asked = [parse_qs(one.query) for one in fake.requests.matching(PAGES)]
    assert [one["resultOffset"] for one in asked] == [[str(15 * n)] for n in range(len(asked))]
    assert {one["resultRecordCount"][0] for one in asked} == {"15"}
    assert {one["orderByFields"][0] for one in asked} == {"FID"}
    assert {one["outSR"][0] for one in asked} == {"4326"}


def test_the_day_s_list_is_fetched_once(fake: FakeSources, tmp_path: Path) -> None:
    for _ in range(2):
        service_of(fake, tmp_path).sites("TX")
    assert fake.requests.repeated() == {}
    service_of(fake, tmp_path, day=2).sites("TX")
    assert set(fake.requests.repeated().values()) == {2}


def test_a_state_without_sites_has_none_and_all_columns() -> None:
    sites, _ = layer(lambda _: features())
    table, year = sites.sites("WY")
    assert (len(table), year) == (0, 2026)
    assert list(table.columns) == [*FIELDS, "X", "Y"]


def test_dates_stay_as_they_are() -> None:
    def page(_: int) -> Any:
        found = features(1)
        found["features"][0]["attributes"]["Start_date"] = 1780358400000
        return found

    sites, _ = layer(page, fields=[*FIELDS, "Start_date"])
    table, _ = sites.sites("TX")
    assert table["Start_date"].tolist() == [1780358400000]


@pytest.mark.parametrize(
    ("own", "drawn", "found"),
    [
        ((None, None), (-97.5, 30.5), (-97.5, 30.5)),
        ((-97.1, 30.1), (-97.5, 30.5), (-97.1, 30.1)),
        ((-10853000.0, 3563000.0), (-97.5, 30.5), (-97.5, 30.5)),
        ((-97.1, 30.1), None, (-97.1, 30.1)),
        ((None, None), None, (None, None)),
    ],
)
def test_places_come_from_the_shape_where_the_columns_lack_them(
    own: tuple[Any, Any], drawn: tuple[float, float] | None, found: tuple[Any, Any]
) -> None:
    def page(_: int) -> Any:
        answer = features(1)
        answer["features"][0]["attributes"] |= dict(zip(("X", "Y"), own, strict=True))
        if drawn:
            answer["features"][0]["geometry"] = dict(zip(("x", "y"), drawn, strict=True))
        return answer

    sites, _ = layer(page, fields=[*FIELDS, "X", "Y"])
    (row,) = sites.sites("TX")[0].itertuples()
    assert found == (row.X, row.Y)


# -------------------------------------------------------------------------------- which service


@pytest.mark.parametrize(
    ("services", "year", "found"),
    [
        (("Summer_Meal_Site_Finder_2025", "SummerMeals2026", "Roads_2031"), None, 2026),
        (("Summer_Meal_Site_Finder_2025", "SummerMeals2026"), 2025, 2025),
        (("summer meal sites 2024 (view)", "SUMMER_MEALS_2023"), None, 2024),
        (("Folder/Summer_Meal_Sites_2022",), None, 2022),
    ],
)
def test_the_service_is_known_by_its_name(
    services: tuple[str, ...], year: int | None, found: int
) -> None:
    sites, _ = layer(lambda _: features(1), services=services)
    assert sites.sites("TX", year)[1] == found


def test_of_several_of_one_year_the_list_itself_is_taken() -> None:
    sites, shelf = layer(
        lambda _: features(1),
        services=(
            "Summer_Meal_Sites_2026_View",
            "Summer_Meal_Sites_2026",
            "Copy_of_Summer_Meal_Sites_2026",
        ),
    )
    sites.sites("TX")
    assert "/Summer_Meal_Sites_2026/" in shelf.asked[-1][0]


def test_a_year_that_is_not_published_is_refused_with_those_that_are(
    service: SummerSites, fake: FakeSources
) -> None:
    with pytest.raises(SourceError, match=str(max(fake.truth.site_years))):
        service.sites("TX", 1999)


def test_an_empty_list_of_services_is_not_kept(service: SummerSites, fake: FakeSources) -> None:
    nothing = Answer(200, b'{"services": []}', "application/json")
    fake.faults.add(ALL, Fault(instead=nothing))
    with pytest.raises(SourceError, match="0 are listed"):
        service.sites("TX")
    assert not service.sites("TX")[0].empty


def test_no_such_service_at_all_says_what_to_do() -> None:
    sites, _ = layer(services=("Roads_2026",))
    with pytest.raises(SourceError, match="Upload the list of sites as a file"):
        sites.sites("TX")


@pytest.mark.parametrize("field", ["Site_State", "siteState", "SITESTATE", "State"])
def test_the_state_of_a_site_is_found_by_name(field: str) -> None:
    sites, shelf = layer(lambda _: features(1), fields=["FID", "Site_Name", field])
    sites.sites("48")
    assert shelf.asked[-1][1]["where"] == f"{field}='TX'"


def test_a_list_without_states_is_refused_with_its_columns() -> None:
    sites, _ = layer(fields=["FID", "Site_Name", "Region"])
    with pytest.raises(SourceError, match=r"state of a site \(FID, Site_Name, Region\)"):
        sites.sites("TX")


def test_a_list_without_numbers_of_rows_is_refused() -> None:
    sites, _ = layer(objectIdField=None)
    with pytest.raises(SourceError, match="tells its rows apart"):
        sites.sites("TX")


def test_a_page_is_never_larger_than_the_service_gives() -> None:
    for size, asked in ((2, "2"), (100_000, "2000"), (None, "2000"), (0, "2000")):
        sites, shelf = layer(lambda _: features(1), maxRecordCount=size)
        sites.sites("TX")
        assert shelf.asked[-1][1]["resultRecordCount"] == asked


# ------------------------------------------------------------------------------------- troubles


@pytest.mark.parametrize(
    "fault",
    [html(), damaged(), dropped(), server_error()],
    ids=["page", "cut", "dropped", "500"],
)
def test_passing_troubles_leave_no_trace(
    fault: Fault, service: SummerSites, fake: FakeSources
) -> None:
    fake.faults.add(ALL, fault, fault)
    fake.faults.add(PAGES, fault)
    assert len(service.sites("TX")[0]) == len(fake.truth.sites(postal="TX"))


def refuses(code: int, message: str = "Invalid query parameters.") -> Fault:
    body = json.dumps({"error": {"code": code, "message": message, "details": []}})
    return Fault(instead=Answer(200, body.encode(), "application/json"))


def test_a_failure_that_says_200_is_tried_again(service: SummerSites, fake: FakeSources) -> None:
    fake.faults.add(PAGES, refuses(504), refuses(429))
    assert len(service.sites("TX")[0]) == len(fake.truth.sites(postal="TX"))


def test_a_refusal_that_says_200_is_taken_as_one(fake: FakeSources, tmp_path: Path) -> None:
    fake.faults.add(PAGES, refuses(400))
    with pytest.raises(SourceError, match=r"failed \(400: “Invalid query parameters.”\)"):
        service_of(fake, tmp_path).sites("TX")
    assert len(fake.requests.matching(PAGES)) == 1
    assert len(service_of(fake, tmp_path).sites("TX")[0]) > 15  # and was not kept


def test_a_list_without_its_states_for_a_moment_is_not_kept(
    service: SummerSites, fake: FakeSources
) -> None:
    fake.faults.add("FeatureServer/0", without("Site_State"))
    with pytest.raises(SourceError, match="state of a site"):
        service.sites("TX")
    assert len(service.sites("TX")[0]) > 15


def test_a_column_that_has_gone_is_not_asked_for(service: SummerSites, fake: FakeSources) -> None:
    fake.faults.always(ALL, without("Comments"))
    table, _ = service.sites("TX")
    assert "Comments" not in table.columns


@pytest.mark.parametrize("body", [[], {}, {"services": "none"}, {"services": [1]}])
def test_an_answer_of_another_shape_is_refused(body: Any) -> None:
    sites = SummerSites(Shelf(lambda *_: body), "https://sites.example/services")
    with pytest.raises(SourceError, match="no list of services"):
        sites.sites("TX")


def rows(table: pd.DataFrame) -> list[int]:
    return table["FID"].tolist()


def test_a_list_that_changes_while_it_is_read_is_read_again() -> None:
    reads = iter([(1, 2), (2, 3), (1, 2), (3, 4)])

    def page(offset: int) -> Any:
        return features(*next(reads), exceededTransferLimit=offset == 0)

    sites, shelf = layer(page)
    assert rows(sites.sites("TX")[0]) == [1, 2, 3, 4]
    # The second time what was kept of the first must not be used.
    assert [keep_days for _, _, keep_days in shelf.asked[2:]] == [1, 1, 0, 0]


def test_a_list_that_never_holds_still_is_refused() -> None:
    sites, _ = layer(lambda offset: features(1, 2, exceededTransferLimit=offset == 0))
    with pytest.raises(SourceError, match="two pages"):
        sites.sites("TX")


def test_a_page_that_promises_more_and_sends_nothing_is_no_end() -> None:
    def page(offset: int) -> Any:
        numbers = (1, 2) if offset == 0 else ()
        return features(*numbers, exceededTransferLimit=True)

    sites, _ = layer(page)
    with pytest.raises(SourceError, match="more after 2 sites, and sends none"):
        sites.sites("TX")
