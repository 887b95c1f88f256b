from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gapmap.sources.fetching.points import need_points
from tests import builders


def town():
    """Three squares of 1,000 m in county 48001."""
    return builders.areas([100, 300, 50])


def blocks(*rows: tuple[str, float, float, float, float]):
    """People and places of blocks: code, metres from the corner, people, children."""
    longitude, latitude = builders.to_degrees([row[1] for row in rows], [row[2] for row in rows])
    people = pd.DataFrame(
        {
            "GEOID": [row[0] for row in rows],
            "total": [row[3] for row in rows],
            "children": [row[4] for row in rows],
        }
    )
    places = pd.DataFrame({"GEOID": people["GEOID"], "longitude": longitude, "latitude": latitude})
    return people, places


def test_a_block_belongs_to_the_area_its_code_begins_with() -> None:
    # Drawn in the second square, coded in the first: borders are generalised, codes are not.
    made = need_points(
        [blocks(("480010001001000", 1500, 500, 10, 4))], None, town(), codes_match=True
    )
    assert made.table["geoid"].tolist() == ["48001000100"]
    assert made.table[["children", "people"]].to_numpy().tolist() == [[4.0, 10.0]]
    assert made.warnings == ()


def test_where_codes_were_changed_a_block_is_found_by_its_place() -> None:
    moved = blocks(("480990001001000", 1500, 500, 10, 4))
    made = need_points([moved], None, town(), codes_match=True)
    assert made.table["geoid"].tolist() == ["48001000101"]
    older = need_points(
        [blocks(("480010001001000", 1500, 500, 10, 4))], None, town(), codes_match=False
    )
    assert older.table["geoid"].tolist() == ["48001000101"]


def test_blocks_without_people_are_no_points_and_those_without_children_are() -> None:
    made = need_points(
        [
            blocks(
                ("480010001001000", 100, 500, 0, 0),
                ("480010001001001", 200, 500, 9, 0),
                ("480010001011000", 1500, 500, 8, 3),
            )
        ],
        None,
        town(),
        codes_match=True,
    )
    assert made.table["children"].tolist() == [0.0, 3.0]
    assert made.table["people"].tolist() == [9.0, 8.0]


def test_children_who_are_left_out_are_counted() -> None:
    people, places = blocks(
        ("480010001001000", 100, 500, 10, 4), ("480010009001000", 100, 90_000, 10, 7)
    )
    made = need_points([(people, places)], None, town(), codes_match=True)
    assert made.table["children"].sum() == 4
    assert made.warnings
    assert made.warnings[0].startswith("7 children")
    nowhere = places.assign(longitude=[np.nan, np.nan])
    assert (
        need_points([(people, nowhere)], None, town(), codes_match=True)
        .warnings[0]
        .startswith("11 children")
    )


def centres(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    longitude, latitude = builders.to_degrees([row[1] for row in rows], [row[2] for row in rows])
    return pd.DataFrame(
        {
            "GEOID": [row[0] for row in rows],
            "population": [row[3] for row in rows],
            "longitude": longitude,
            "latitude": latitude,
        }
    )


def test_centres_stand_in_for_blocks_and_say_that_they_count_everybody() -> None:
    made = need_points(
        [], centres(("480010001001", 100, 500, 20), ("480010001021", 2500, 500, 0)), town(),
        codes_match=True,
    )  # fmt: skip
    assert made.table["geoid"].tolist() == ["48001000100"]
    assert made.table[["children", "people"]].to_numpy().tolist() == [[20.0, 20.0]]
    assert "all people" in made.method


def test_centres_of_other_counties_are_no_part_of_the_study() -> None:
    # The second one lies inside a square, but its county is not ours.
    both = centres(("480010001001", 100, 500, 20), ("480030001001", 1500, 500, 30))
    made = need_points([], both, town(), codes_match=True)
    assert made.table["people"].tolist() == [20.0]
    assert made.warnings == ()


@pytest.mark.parametrize("seed", range(3))
def test_points_come_in_one_order_whatever_the_order_of_the_answers(seed: int) -> None:
    rows = [(f"48001000{10 + n % 3}1{n:03d}"[:15].ljust(15, "0"), 50.0 * n, 500.0, 5.0, 2.0)
            for n in range(20)]  # fmt: skip
    rows = [(f"4800100010{n % 3}1{n:03d}", 50.0 * n, 500.0, 5.0, 2.0) for n in range(20)]
    people, places = blocks(*rows)
    plain = need_points([(people, places)], None, town(), codes_match=True).table
    mixed = need_points(
        [(people.sample(frac=1, random_state=seed), places.sample(frac=1, random_state=seed + 9))],
        None,
        town(),
        codes_match=True,
    ).table
    pd.testing.assert_frame_equal(plain, mixed)
