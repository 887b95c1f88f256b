"""Lists of addresses without coordinates pass the gate, and every row says what it lacks."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.errors import InputError
from gapmap.layers.gate.addresses import UNPLACED_COLUMNS, AddressParts, split_address
from gapmap.layers.gate.columns import find_layout
from gapmap.layers.sites import standardise_sites


def listed(**columns):
    count = len(next(iter(columns.values())))
    return pd.DataFrame({"name": [f"Site {row}" for row in range(count)], **columns})


def checked(raw, **options):
    return standardise_sites(raw, source="sites.csv", **({"may_lack_places": True} | options))


ONE = {"street": ["1 Main St"], "city": ["Austin"], "state": ["TX"], "zip": ["78701"]}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1 Main St, Austin, TX 78701", ("1 Main St", "Austin", "TX", "78701")),
        ("1 Main St, Austin, TX, 78701-1234", ("1 Main St", "Austin", "TX", "78701-1234")),
        ("1 Main St, Austin TX 78701", ("1 Main St", "Austin", "TX", "78701")),
        ("1 Main St, Apt 4, Austin, TX 78701", ("1 Main St", "Austin", "TX", "78701")),
        ("1 Main St, Austin, TX 78701, USA", ("1 Main St", "Austin", "TX", "78701")),
        ("1 Main St, Austin, Texas 78701", ("1 Main St", "Austin", "Texas", "78701")),
        ("1 Main St, St. Louis, MO", ("1 Main St", "St. Louis", "MO", "")),
        ("1 Main St, 78701", ("1 Main St", "", "", "78701")),
        ("1 Main St, Austin", ("1 Main St", "Austin", "", "")),
        ("1 Main St", ("1 Main St", "", "", "")),
        ("", ("", "", "", "")),
        (" , ", ("", "", "", "")),
    ],
)
def test_an_address_in_one_text_is_split_at_its_commas(text, parts):
    assert tuple(split_address(text)) == parts


@given(st.text(max_size=60))
def test_any_text_can_be_split_and_its_street_comes_from_it(text):
    parts = split_address(text)
    assert parts.street in text


@pytest.mark.parametrize(
    ("parts", "missing"),
    [
        (AddressParts("1 Main St", "Austin", "TX"), ""),
        (AddressParts("1 Main St", zip="78701"), ""),
        (AddressParts("", "Austin", "TX", "78701"), "no street"),
        (AddressParts("1 Main St", "Austin"), "no ZIP code, and no city with its state"),
        (AddressParts("P.O. Box 12", zip="78701"), "a post office box, which is no place"),
        (AddressParts("PO BOX 12", zip="78701"), "a post office box, which is no place"),
        (AddressParts("12 Po Boxer Rd", zip="78701"), ""),
    ],
)
def test_what_an_address_lacks_is_said(parts, missing):
    assert parts.missing == missing


def test_a_list_of_addresses_passes_and_names_every_row():
    answer = checked(listed(**ONE))
    assert answer.report.left_out["reason"].tolist() == ["no coordinates"]
    (row,) = answer.unplaced.to_dict("records")
    assert tuple(answer.unplaced.columns) == UNPLACED_COLUMNS
    assert row == {"row": 2, "name": "Site 0", "missing": ""} | {k: v[0] for k, v in ONE.items()}


def test_a_study_of_its_own_is_still_refused_a_list_without_coordinates():
    with pytest.raises(InputError, match="longitude and latitude"):
        checked(listed(**ONE), may_lack_places=False)


@pytest.mark.parametrize(("longitude", "latitude"), [("", ""), ("0", "0"), ("0.0", "-0")])
def test_rows_without_coordinates_in_a_list_that_has_some_are_named(longitude, latitude):
    raw = listed(
        longitude=["-97.7", longitude], latitude=["30.2", latitude],
        **{field: texts * 2 for field, texts in ONE.items()},
    )  # fmt: skip
    answer = checked(raw)
    assert answer.report.rows_kept == 1
    assert answer.unplaced["row"].tolist() == [3]


def test_only_rows_that_lack_nothing_else_are_to_be_looked_up():
    raw = listed(**{field: texts * 4 for field, texts in ONE.items()}).assign(
        name=["A", "Test site", "B", "C"],
        status=["", "", "Terminated", ""],
        longitude=["", "", "", "190"],
        latitude=["", "", "", "95"],
    )
    assert checked(raw).unplaced["name"].tolist() == ["A"]


def test_coordinates_under_names_nobody_knows_are_asked_about_before_addresses_are_sent():
    names = ["name", "street", "zip", "LAT", "LNG"]
    assert find_layout(names, has_shapes=False, may_lack_places=True) is None
    assert find_layout(names[:3], has_shapes=False, may_lack_places=True) is not None
    assert find_layout(names[:3], has_shapes=False) is None
    with pytest.raises(InputError, match="LAT"):
        checked(listed(street=["1 Main St"], zip=["78701"], LAT=["30"], LNG=["-97"]))


def test_a_known_layout_is_recognised_without_its_coordinates():
    names = ["Site_Name", "Site_Type", "Site_Address1", "Site_City", "Site_State", "Site_Zip"]
    names += ["Sponsoring_Organization", "Days_of_operation", "Site_Program"]
    found = find_layout(names, has_shapes=False, may_lack_places=True)
    assert found is not None
    assert found.id == "usda_2023"


def test_a_list_without_addresses_either_is_refused_with_what_would_do():
    with pytest.raises(InputError, match="street, city, state and zip"):
        checked(listed(notes=["x"]))


def test_columns_chosen_by_hand_may_be_those_of_an_address():
    raw = pd.DataFrame({"Hall": ["A"], "Where": ["1 Main St, Austin, TX 78701"]})
    answer = checked(raw, columns={"name": "Hall", "address": "Where"})
    assert answer.unplaced["city"].tolist() == ["Austin"]


def test_columns_of_their_own_come_before_the_parts_of_one_text():
    raw = listed(address=["1 Main St, Austin, TX 78701"], city=["Round Rock"], zip=["78664"])
    (row,) = checked(raw).unplaced.to_dict("records")
    assert (row["street"], row["city"], row["zip"]) == ("1 Main St", "Round Rock", "78664")


def test_a_suite_after_the_street_is_no_city():
    raw = listed(street=["1 Main St, Suite B"], city=[""], state=["TX"], zip=["78701"])
    (row,) = checked(raw).unplaced.to_dict("records")
    assert (row["street"], row["city"]) == ("1 Main St", "")


def test_a_street_column_that_holds_whole_addresses_is_read_as_such():
    raw = listed(street=["1 Main St, Austin, TX 78701"])
    (row,) = checked(raw).unplaced.to_dict("records")
    assert row == {
        "row": 2, "name": "Site 0", "street": "1 Main St", "city": "Austin", "state": "TX",
        "zip": "78701", "missing": "",
    }  # fmt: skip


def test_a_city_for_all_stands_in_where_the_list_is_silent():
    raw = listed(street=["1 Main St", "2 Main St"], city=["", "Manor"])
    answer = checked(raw, constants={"city": "Austin", "state": "TX"})
    assert answer.unplaced["city"].tolist() == ["Austin", "Manor"]
    assert answer.unplaced["missing"].tolist() == ["", ""]


def test_the_zeros_of_a_zip_code_come_back():
    raw = listed(street=["1 Main St"], zip=["2139"])
    assert checked(raw).unplaced["zip"].tolist() == ["02139"]


def test_a_list_whose_every_row_has_a_place_has_nothing_to_look_up():
    raw = listed(longitude=["-97.7"], latitude=["30.2"], street=["1 Main St"])
    answer = checked(raw)
    assert answer.unplaced.empty
    assert tuple(answer.unplaced.columns) == UNPLACED_COLUMNS
