from __future__ import annotations

import pandas as pd

from gapmap.sources.fetching.site_list import cut_to_study
from tests import builders


def published(*rows: tuple[str, str, float | None, float | None], **more) -> pd.DataFrame:
    """Rows in the layout of the federal list: name, town, metres from the corner of the town."""
    places = [(None, None) if x is None else builders.to_degrees(x, y) for _, _, x, y in rows]
    return pd.DataFrame(
        {
            "FID": range(len(rows)),
            "Site_Name": [row[0] for row in rows],
            "Site_City": [row[1] for row in rows],
            "Sponsoring_Organization": "Somebody",
            "Site_Program": "SFSP",
            "Days_of_operation": "M,T,W,TH,F",
            "X": pd.Series([None if x is None else float(x) for x, _ in places], dtype=object),
            "Y": pd.Series([None if y is None else float(y) for _, y in places], dtype=object),
            **more,
        }
    )


def test_sites_in_the_study_and_near_it_are_kept_and_the_others_counted() -> None:
    raw = published(
        ("In", "Town", 500, 500),
        ("Near", "Town", 500, -1900),
        ("Beyond", "Elsewhere", 500, -2100),
        ("Far", "Elsewhere", 90_000, 0),
    )
    cut = cut_to_study(raw, builders.areas([100, 300]))
    assert sorted(cut.table["Site_Name"]) == ["In", "Near"]
    assert cut.format == "usda_2023"
    assert "Of 4 sites published for the state, 2 lie in the study" in cut.note
    assert "2 lie elsewhere" in cut.note


def test_a_site_without_a_place_is_kept_where_its_town_is_one_of_the_studys() -> None:
    raw = published(
        ("In", "Town", 500, 500),
        ("Lost", "TOWN", None, None),
        ("Lost elsewhere", "Elsewhere", None, None),
        ("Lost nowhere", "", None, None),
    )
    cut = cut_to_study(raw, builders.areas([100, 300]))
    assert sorted(cut.table["Site_Name"]) == ["In", "Lost"]
    assert "1 without coordinates in one of their towns" in cut.note
    assert "2 have no coordinates and are in other towns" in cut.note


def test_no_column_about_a_person_comes_through() -> None:
    raw = published(
        ("In", "Town", 500, 500),
        Contact_First_Name=["Ann"],
        contactPhone=["555-0100"],
        Site_Phone=["555-0101"],
        Ext=["7"],
        Email=["ann@example.org"],
    )
    table = cut_to_study(raw, builders.areas([100])).table
    assert not {"Contact_First_Name", "contactPhone", "Site_Phone", "Ext", "Email"} & set(table)
    assert "Ann" not in table.to_csv()


def test_rows_come_in_one_order_and_numbers_as_they_were() -> None:
    raw = published(("B", "Town", 500, 500), ("A", "Town", 510, 500), Start_date=[1.75e12, None])
    one = cut_to_study(raw, builders.areas([100])).table
    other = cut_to_study(raw.iloc[::-1], builders.areas([100])).table
    pd.testing.assert_frame_equal(one, other)
    assert set(one["Start_date"]) == {"1750000000000", ""}


def test_a_layout_nobody_knows_is_kept_whole_and_said_so() -> None:
    raw = pd.DataFrame({"Was": ["x"], "Wo": ["y"]})
    cut = cut_to_study(raw, builders.areas([100]))
    assert cut.format is None
    assert "none that gapmap knows" in cut.note
