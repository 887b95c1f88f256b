"""The import gate: every row is kept or named with its reason, and nothing is guessed."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gapmap.errors import InputError, TableError
from gapmap.geo import STORED_CRS
from gapmap.layers.sites import CheckedSites, empty_sites, standardise_sites
from gapmap.model import MEALS, WEEKDAYS, Role
from gapmap.schema import check_table

STUDY = shapely.box(-77, 39, -76, 40)
METRE = 1 / 111_320
"""A metre in degrees of latitude."""


def listed(**columns: Any) -> pd.DataFrame:
    """A list in our own columns; places and names are filled in where not given."""
    count = len(next(iter(columns.values())))
    usual = {
        "name": [f"Illustrative site {row}" for row in range(count)],
        "longitude": [-76.5 + 0.01 * row for row in range(count)],
        "latitude": [39.5] * count,
        "kind": ["open"] * count,
        "partner": ["Illustrative Food Bank"] * count,
    }
    return pd.DataFrame(usual | columns)


def checked(raw: pd.DataFrame, **options: Any) -> CheckedSites:
    answer = standardise_sites(raw, source="sites.csv", **({"study_area": STUDY} | options))
    check_table(answer.sites, Role.SITES, what="sites.csv")
    return answer


def reasons(raw: pd.DataFrame, **options: Any) -> list[str]:
    return checked(raw, **options).report.left_out["reason"].tolist()


# Rows left out


@pytest.mark.parametrize(
    ("longitude", "latitude", "reason"),
    [
        ("", "", "no coordinates"),
        ("-76.5", "", "no coordinates"),
        ("west", "north", "no coordinates"),
        ("inf", "39.5", "no coordinates"),
        ("0", "0", "coordinates 0,0"),
        ("0.000", "-0.0", "coordinates 0,0"),
        ("-200", "39.5", "coordinates off the earth"),
        ("-76.5", "390.5", "coordinates off the earth"),
        ("-75.5", "39.5", "outside the study"),
        ("76.5", "39.5", "outside the study"),
        ("39.5", "-76.5", "latitude and longitude look swapped"),
    ],
)
def test_a_place_that_cannot_be_used_is_left_out_with_its_reason(longitude, latitude, reason):
    report = checked(listed(longitude=[longitude], latitude=[latitude])).report
    (row,) = report.left_out.to_dict("records")
    assert row["reason"] == reason
    assert (row["row"], row["name"]) == (2, "Illustrative site 0")
    assert all(text in row["found"] for text in (longitude, latitude))


def test_exchanged_coordinates_are_noticed_without_a_study_where_they_must_be():
    raw = listed(longitude=[30.2, 39.5], latitude=[-97.7, -76.5])
    assert reasons(raw, study_area=None) == ["latitude and longitude look swapped"]


@pytest.mark.parametrize(
    "name",
    ["Test", "TEST SITE", "test site 2", "zz_test", "Testing", "Dummy", "DO NOT USE - old school"],
)
def test_test_rows_are_left_out(name):
    assert reasons(listed(name=[name])) == ["test row"]


@pytest.mark.parametrize(
    "name", ["New Testament Church", "Contest Hall", "Testa Elementary", "Demo Avenue Library"]
)
def test_sites_whose_names_only_look_like_tests_are_kept(name):
    assert reasons(listed(name=[name])) == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("Terminated", "terminated"),
        ("Self Cancelled", "terminated"),
        ("CANCELED", "terminated"),
        ("Dropped", "dropped"),
        ("Expired", "expired"),
        ("INACTIVE", "inactive"),
        ("Closed", "inactive"),
        ("Denied", "inactive"),
    ],
)
def test_sites_that_are_no_longer_run_are_left_out(status, reason):
    report = checked(listed(status=[status])).report
    assert report.left_out["reason"].tolist() == [reason]
    assert report.left_out["found"].tolist() == [f"status: {status}"]


def test_statuses_that_nobody_foresaw_are_kept_as_they_are():
    sites = checked(listed(status=["ACTIVE", "Approved", "Under Review", "", None])).sites
    assert sites["status"].tolist()[:3] == ["active", "active", "under review"]
    assert sites["status"].isna().tolist() == [False, False, False, True, True]


def test_the_most_telling_reason_is_given():
    raw = listed(name=["Test site", "A"], status=["Terminated"] * 2, longitude=["", ""])
    assert reasons(raw) == ["test row", "terminated"]


def test_a_site_within_the_margin_outside_the_study_is_kept():
    east = -76 + 100 * METRE / np.cos(np.radians(39.5))
    raw = listed(longitude=[east, east + 0.5])
    assert reasons(raw) == ["outside the study"] * 2
    assert reasons(raw, margin_m=95.0) == ["outside the study"] * 2
    assert reasons(raw, margin_m=105.0) == ["outside the study"]


def test_a_site_on_the_border_is_inside():
    assert reasons(listed(longitude=[-76.0], latitude=[39.5])) == []


def test_rejected_rows_keep_the_columns_of_the_file_but_no_personal_data():
    raw = listed(longitude=["", "-76.5"]).assign(
        reason=["new", "old"], **{"Contact Phone": "555", "Notes": "gate"}
    )
    report = checked(raw).report
    assert report.personal_columns == ("Contact Phone",)
    assert report.left_out.columns.tolist()[:5] == ["row", "site_id", "name", "reason", "found"]
    assert report.left_out["Notes"].tolist() == ["gate"]
    assert report.left_out["reason (file)"].tolist() == ["new"]
    assert "555" not in report.left_out.to_csv()
    assert "Contact Phone" not in report.left_out


def test_rows_are_named_as_the_file_numbers_them():
    raw = listed(longitude=["", "-76.5", ""]).set_axis(pd.Index([5, 9, 12], name="row"))
    answer = checked(raw)
    assert answer.report.left_out["row"].tolist() == [5, 12]
    assert answer.sites["source_row"].tolist() == [9]


cells = st.sampled_from(
    ["", "0", "-76.5", "39.5", "39.500001", "-97", "500", "NaN", "x", "Test", "NC_A", "A", "B",
     "Terminated", "Active", "M,T", "Lunch", "2025-06-02", "🍎", "1e400", "open", "Camp"]
)  # fmt: skip
COLUMNS = ["site_id", "name", "partner", "kind", "status", "meals", "days", "lunch_hours",
           "start_date", "capacity", "longitude", "latitude"]  # fmt: skip


@given(rows=st.lists(st.lists(cells, min_size=12, max_size=12), max_size=12))
def test_every_row_is_kept_or_left_out_with_a_reason(rows):
    answer = checked(pd.DataFrame(rows, columns=COLUMNS, dtype=str))
    report = answer.report
    assert report.rows_in == len(rows)
    assert report.rows_kept == len(answer.sites)
    numbers = [*answer.sites["source_row"], *report.left_out["row"]]
    assert sorted(numbers) == list(range(2, len(rows) + 2))
    assert report.left_out["reason"].str.len().gt(0).all()
    assert set(report.unparsed["row"]) <= set(answer.sites["source_row"])
    assert sum(report.left_out_counts.values()) == len(rows) - report.rows_kept


# Identifiers, names and places


def test_identifiers_that_repeat_are_made_unique_and_reported():
    answer = checked(listed(site_id=["7", "7", "7-2", "", "7"]))
    ids = answer.sites["site_id"].tolist()
    assert ids[0] == "7"
    assert ids[3] == "row-5"
    assert len(set(ids)) == 5
    assert any("identifiers" in warning for warning in answer.report.warnings)


def test_a_site_without_a_name_is_called_by_its_address_or_its_row():
    raw = listed(name=["", None], address=["1 Main St", ""])
    answer = checked(raw)
    assert answer.sites["name"].tolist() == ["1 Main St", "Site without a name (row 3)"]
    assert any("2 sites have no name" in warning for warning in answer.report.warnings)


def at(*metres: float, **columns: Any) -> pd.DataFrame:
    return listed(
        longitude=[-76.5] * len(metres),
        latitude=[39.5 + METRE * north for north in metres],
        **columns,
    )


def test_the_same_name_within_fifty_metres_is_one_place():
    raw = at(0, 49, 51, site_id=["a", "b", "c"], name=["Park", "PARK", "park."])
    answer = checked(raw)
    assert answer.sites["place_id"].tolist() == ["a", "a", "c"]
    (duplicate,) = answer.report.duplicates.to_dict("records")
    assert (duplicate["row"], duplicate["same_as_row"]) == (3, 2)
    assert duplicate["distance_m"] == pytest.approx(49, abs=0.3)
    assert duplicate["kind"] == "same place and name"
    assert len(answer.sites) == 3


def test_other_names_at_one_place_are_other_places():
    answer = checked(at(0, 0, site_id=["a", "b"], name=["Park", "Pool"]))
    assert answer.sites["place_id"].tolist() == ["a", "b"]
    assert answer.report.duplicates.empty


def test_the_non_congregate_twin_is_at_the_place_of_its_site():
    for names in (["Park", "NC_Park"], ["NC_Park", "Park"]):
        answer = checked(at(0, 10, site_id=["a", "b"], name=names))
        assert answer.sites["place_id"].tolist() == ["a", "a"]
        assert answer.report.duplicates["kind"].tolist() == ["non-congregate twin"]
        assert answer.sites["name"].tolist() == names


def test_two_partners_at_one_place_stay_two_and_are_pointed_out():
    answer = checked(at(0, 10, site_id=["a", "b"], name=["Park"] * 2, partner=["One", "Two"]))
    assert answer.sites["place_id"].tolist() == ["a", "b"]
    kinds = answer.report.duplicates["kind"].tolist()
    assert kinds == ["same place and name, another partner"]


def test_a_row_that_is_left_out_is_nobodys_first_place():
    raw = at(
        *(0, 0, 0),
        site_id=["a", "b", "c"],
        name=["Park"] * 3,
        partner=["One", "Two", "Two"],
        status=["Terminated", "Active", "Active"],
    )
    answer = checked(raw)
    assert answer.sites["place_id"].tolist() == ["b", "b"]
    (duplicate,) = answer.report.duplicates.to_dict("records")
    assert (duplicate["row"], duplicate["same_as_row"]) == (4, 3)


# What a site is


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Open", "open"),
        ("OPEN RESTRICTED", "restricted open"),
        ("Restricted Open", "restricted open"),
        ("Open - Restricted", "restricted open"),
        ("Closed Enrolled in Needy Area", "closed"),
        ("Closed - Enrolled", "closed"),
        ("Camp - Non-Residential", "camp"),
        ("Residential Camp", "camp"),
        ("Migrant", "migrant"),
    ],
)
def test_kinds_of_the_federal_programmes_are_read(text, kind):
    assert checked(listed(kind=[text])).sites["kind"].tolist() == [kind]


def test_other_services_have_kinds_of_their_own():
    raw = pd.DataFrame(
        {
            "Facility": ["A", "B", "C"],
            "Lon": [-76.5, -76.4, -76.3],
            "Lat": [39.5] * 3,
            "Type": ["Health centre", "Mobile Van", ""],
            "Services": ["Primary care; dental", "dental", "yoga"],
        }
    )
    answer = checked(
        raw,
        columns={
            "name": "Facility",
            "longitude": "Lon",
            "latitude": "Lat",
            "kind": "Type",
            "meals": "Services",
        },
        values={"kind": {"health CENTRE": "open"}},
        constants={"partner": "Illustrative Clinics"},
        meals=("primary care", "dental"),
    )
    assert answer.report.format == "column map"
    assert answer.sites["kind"].tolist()[:2] == ["open", "mobile van"]
    assert answer.sites["kind"].isna().tolist() == [False, False, True]
    assert answer.sites["meals"].tolist()[:2] == ["primary care;dental", "dental"]
    assert answer.sites["partner"].tolist() == ["Illustrative Clinics"] * 3
    assert answer.report.unparsed["found"].tolist() == ["yoga"]


def test_meals_are_those_listed_and_those_with_hours():
    raw = listed(
        meals=["Lunch", "", "Breakfast and Snack", "B L", "", "Breakfast Lunch"],
        lunch_hours=["", "11:00 AM - 1:00 PM", "", "", "by appointment", ""],
        supper_hours=["5:00 PM - 6:00 PM", "", "", "", "", ""],
    )
    answer = checked(raw)
    expected = ["lunch;supper", "lunch", "breakfast", "breakfast;lunch", "lunch", "breakfast;lunch"]
    assert answer.sites["meals"].tolist() == expected
    assert answer.report.unparsed["found"].tolist() == ["Breakfast and Snack", "by appointment"]


def test_hours_of_the_site_are_those_of_its_meals():
    raw = listed(meals=["Breakfast, Lunch", ""], hours=["10:00-14:00", "10:00-14:00"])
    answer = checked(raw)
    assert answer.sites["breakfast_hours"].tolist()[0] == "10:00-14:00"
    assert answer.sites["lunch_hours"].isna().tolist() == [False, True]
    assert any("1 rows give hours" in warning for warning in answer.report.warnings)


def test_a_site_is_open_on_the_days_of_its_meals_where_only_those_are_given():
    raw = listed(lunch_days=["M,W", "M,W"], supper_days=["F", ""], meals=["", "Lunch, Supper"])
    days = checked(raw).sites["days"]
    assert days.tolist()[0] == "mon;wed;fri"
    assert days.isna().tolist() == [False, True]


def test_days_are_read_in_the_dialect_of_the_whole_file():
    answer = checked(listed(days=["S,M", "SA", "F,S"]))
    assert answer.sites["days"].tolist() == ["mon;sun", "sat", "fri;sun"]
    answer = checked(listed(days=["S,M", "F,S"]))
    assert answer.sites["days"].isna().all()
    assert answer.report.unparsed["row"].tolist() == [2, 3]


def test_what_is_not_understood_is_unknown_and_named():
    raw = listed(
        days=["whenever"],
        lunch_hours=["11-1"],
        start_date=["soon"],
        end_date=["31/12/2025"],
        capacity=["many"],
        service_model=["Buffet"],
    )
    answer = checked(raw)
    row = answer.sites.iloc[0]
    for column in ("days", "lunch_hours", "start_date", "end_date", "capacity", "service_model"):
        assert pd.isna(row[column]), column
    named = dict(
        zip(answer.report.unparsed["column"], answer.report.unparsed["found"], strict=True)
    )
    assert named == {column: raw[column].iloc[0] for column in named}
    assert len(named) == 6


def test_what_says_nothing_is_not_reported():
    raw = listed(days=["N/A"], lunch_hours=["Not Available"], capacity=["-"], end_date=[None])
    assert checked(raw).report.unparsed.empty


@pytest.mark.parametrize(
    "text",
    ["2025-06-02", "2025-06-02T00:00:00.000", "06/02/25", "6/2/2025", "1748822400000",
     "1748822400000.0", "June 2, 2025", "6/2/2025 12:00:00 AM", "2025-06-02 00:00:00+00:00"],
)  # fmt: skip
def test_dates_are_read_in_every_form(text):
    assert checked(listed(start_date=[text])).sites["start_date"].tolist() == [
        pd.Timestamp("2025-06-02")
    ]


def test_dates_that_are_dates_already_are_kept():
    raw = listed(start_date=pd.to_datetime(["2025-06-02", None]))
    starts = checked(raw).sites["start_date"]
    assert starts.iloc[0] == pd.Timestamp("2025-06-02")
    assert starts.isna().tolist() == [False, True]


def test_an_end_before_the_start_makes_both_unknown():
    answer = checked(listed(start_date=["2025-08-01"], end_date=["2025-06-01"]))
    assert answer.sites[["start_date", "end_date"]].isna().all(axis=None)
    assert answer.report.unparsed["found"].tolist() == ["2025-06-01"]


def test_a_capacity_is_a_count_or_unknown():
    capacity = checked(listed(capacity=["100", "1,200", "", "-5", 40.0])).sites["capacity"]
    assert capacity.fillna(-1).tolist() == [100, 1200, -1, -1, 40]


def test_an_address_is_put_together_from_its_parts():
    raw = listed(street=["1 Main St", ""], city=["Boston", "Boston"], state="MA", zip=["2115", ""])
    assert checked(raw).sites["address"].tolist() == ["1 Main St, Boston, MA 02115", "Boston, MA"]


# The list as a whole


def test_our_own_table_comes_back_as_it_went_out():
    raw = listed(
        site_id=["a", "b"],
        service_model=["congregate", ""],
        meals=["breakfast;lunch", "lunch"],
        days=["mon;sat", "sun"],
        lunch_days=["mon", ""],
        lunch_hours=["11:00-13:00", ""],
        start_date=["2025-06-02", ""],
        capacity=["12", ""],
        address=["1 Main St", ""],
        status=["active", ""],
    )
    once = checked(raw).sites
    out = pd.DataFrame(once.drop(columns="geometry")).assign(
        longitude=once.geometry.x, latitude=once.geometry.y
    )
    again = checked(out.drop(columns=["source_row", "place_id"])).sites
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(once))
    by_shape = checked(once).sites
    pd.testing.assert_frame_equal(pd.DataFrame(by_shape), pd.DataFrame(once))


def test_shapes_in_another_crs_are_brought_home():
    raw = gpd.GeoDataFrame(
        {"name": ["A"]}, geometry=gpd.points_from_xy([-76.5], [39.5]), crs=STORED_CRS
    )
    point = checked(raw.to_crs("EPSG:26918")).sites.geometry.iloc[0]
    assert (point.x, point.y) == pytest.approx((-76.5, 39.5), abs=1e-9)
    with pytest.raises(TableError, match="coordinate reference system"):
        checked(raw.set_crs(None, allow_override=True))


def test_one_bad_shape_costs_its_row_and_not_the_file():
    shapes = [shapely.Point(-76.5, 39.5), shapely.Point(-765, 39.5), None, shapely.Point()]
    raw = gpd.GeoDataFrame({"name": list("ABCD")}, geometry=shapes, crs=STORED_CRS)
    expected = ["coordinates off the earth", "no coordinates", "no coordinates"]
    assert reasons(raw) == expected


def test_sites_drawn_as_surfaces_are_taken_at_a_point_inside():
    raw = gpd.GeoDataFrame(
        {"name": ["Park"]}, geometry=[shapely.box(-76.5, 39.5, -76.4, 39.6)], crs=STORED_CRS
    )
    answer = checked(raw)
    assert raw.geometry.iloc[0].contains(answer.sites.geometry.iloc[0])
    assert any("1 shapes are no points" in warning for warning in answer.report.warnings)


@pytest.mark.parametrize("count", [1_000, 2_000, 50_000])
def test_a_list_as_long_as_a_servers_page_may_be_cut_off(count):
    raw = listed(name=[""] * count)
    assert any("cut lists off" in warning for warning in checked(raw).report.warnings)
    assert not any("cut" in warning for warning in checked(raw.iloc[1:]).report.warnings)


def test_a_list_of_public_sites_says_that_its_kinds_are_assumed():
    raw = pd.DataFrame(
        {
            "NAME": ["A"],
            "WARD": ["1"],
            "DAYS_OPEN": ["M-F"],
            "LATITUDE": [39.5],
            "LONGITUDE": [-76.5],
        }
    )
    answer = checked(raw)
    assert answer.sites["kind"].tolist() == ["open"]
    assert any("does not say who may eat" in warning for warning in answer.report.warnings)


def test_a_list_that_keeps_no_row_says_so():
    answer = checked(listed(longitude=["", ""]), study_name="Illustrative Town")
    assert answer.sites.empty
    assert any("Illustrative Town" in warning for warning in answer.report.warnings)


def test_an_unknown_layout_is_answered_with_what_is_needed_and_a_guess():
    raw = pd.DataFrame({"Facility": ["A"], "Lat": [39.5], "Lng": [-76.5], "Phone": ["555"]})
    with pytest.raises(InputError, match="Facility, Lat, Lng") as caught:
        checked(raw)
    message = str(caught.value)
    assert "longitude = “Lng”" in message
    assert "Phone" not in message


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"columns": {"nmae": "name"}}, "Did you mean name"),
        ({"columns": {"name": "Facility", "longitude": "x", "latitude": "y"}}, "no column"),
        ({"columns": {"longitude": "longitude", "latitude": "latitude"}}, "the name of a site"),
        ({"columns": {"name": "name"}}, "longitude and latitude"),
        ({"columns": {"name": "Contact Name"}}, "personal data"),
        ({"format": "texas"}, "not in the format texas"),
        ({"format": "mars"}, "no site list format “mars”"),
        ({"constants": {"colour": "red"}}, "no “colour”"),
    ],
)
def test_a_column_map_that_does_not_fit_is_refused(options, match):
    raw = listed(name=["A"]).assign(**{"Contact Name": "X"})
    with pytest.raises(InputError, match=match):
        checked(raw, **options)


def test_a_column_map_comes_before_the_columns_of_a_format():
    raw = listed(name=["A"], other=["B"])
    answer = checked(raw, format="gapmap", columns={"name": "other"})
    assert answer.sites["name"].tolist() == ["B"]
    assert answer.sites["kind"].tolist() == ["open"]


def test_the_empty_table_keeps_the_contract():
    sites = empty_sites()
    assert sites.empty
    check_table(sites, Role.SITES, what="no list")
    full = checked(listed(name=["A"])).sites
    assert full.dtypes.to_dict() == sites.dtypes.to_dict()


def test_nothing_that_comes_in_is_changed():
    raw = listed(name=["A", ""], meals=["Lunch", ""])
    before = raw.copy(deep=True)
    checked(raw)
    pd.testing.assert_frame_equal(raw, before)


@given(
    meals=st.lists(st.sampled_from(MEALS), unique=True),
    days=st.lists(st.sampled_from(WEEKDAYS), unique=True),
)
def test_meals_and_days_come_out_in_the_order_of_the_day_and_the_week(meals, days):
    row = checked(listed(meals=[";".join(meals)], days=[";".join(days)])).sites.iloc[0]
    expected = [
        ";".join(m for m in MEALS if m in meals),
        ";".join(d for d in WEEKDAYS if d in days),
    ]
    assert ["" if pd.isna(text) else text for text in (row["meals"], row["days"])] == expected
