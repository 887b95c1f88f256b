from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gapmap.errors import InputError, MissingFileError
from scripts.build_nyc import (
    modelled_neighbourhoods,
    spread_by_population,
    summed_by_tract,
    tax_blocks_of,
)
from scripts.nyc_archives import BOUNDARIES, checked_archive
from scripts.nyc_shapes import noded_coverage, simplified_coverage

if TYPE_CHECKING:
    from pathlib import Path


def survey(*, children: float, known: float, poor: float, near_poor: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "nta_code": ["BX0101"],
            "DP05_0019E": [children],
            "DP05_0019M": [10.0],
            "B06012_001E": [known],
            "B06012_002E": [poor],
            "B06012_003E": [near_poor],
        }
    )


def lots(*rows: tuple[str, str, float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["geoid", "tax_block", "longitude", "latitude", "population"])


# ------------------------------------------------------------------ people


def test_low_income_children_follow_the_share_of_poor_people() -> None:
    (row,) = modelled_neighbourhoods(
        survey(children=200, known=1000, poor=150, near_poor=100)
    ).to_dict("records")

    assert row["low_income_share"] == 0.25
    assert row["children_low_income"] == 50.0


def test_low_income_children_are_unknown_where_nobodys_poverty_is_known() -> None:
    table = modelled_neighbourhoods(survey(children=2, known=0, poor=0, near_poor=0))

    assert table["children_low_income"].isna().all()
    assert table["children"].tolist() == [2.0]


def test_no_children_means_no_low_income_children_even_if_the_share_is_unknown() -> None:
    table = modelled_neighbourhoods(survey(children=0, known=0, poor=0, near_poor=0))

    assert table["children_low_income"].tolist() == [0.0]


def test_a_total_is_shared_out_by_population() -> None:
    shares = spread_by_population(
        pd.Series({"a": 90.0, "b": 10.0}),
        group=pd.Series(["a", "b", "a"]),
        population=pd.Series([100.0, 5.0, 200.0]),
    )

    assert shares.tolist() == [30.0, 10.0, 60.0]


def test_an_unknown_total_stays_unknown_in_every_row() -> None:
    shares = spread_by_population(
        pd.Series({"a": np.nan, "b": 4.0}),
        group=pd.Series(["a", "b"]),
        population=pd.Series([3.0, 3.0]),
    )

    assert np.isnan(shares[0])
    assert shares[1] == 4.0


def test_children_with_nobody_to_live_with_are_refused_not_lost() -> None:
    with pytest.raises(InputError, match="no population to spread it over, b for one"):
        spread_by_population(
            pd.Series({"a": 1.0, "b": 7.0}),
            group=pd.Series(["a", "b"]),
            population=pd.Series([3.0, 0.0]),
        )


def test_people_of_a_neighbourhood_without_a_figure_are_refused() -> None:
    with pytest.raises(InputError, match="have people but no total, c for one"):
        spread_by_population(
            pd.Series({"a": 1.0}), group=pd.Series(["a", "c"]), population=pd.Series([3.0, 1.0])
        )


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.01, 1e5)), min_size=1, max_size=30),
    st.integers(0, 1_000_000),
)
def test_spreading_keeps_every_total(rows: list[tuple[str, float]], total: int) -> None:
    group = pd.Series([name for name, _ in rows])
    totals = pd.Series(float(total), index=sorted(set(group)))

    shares = spread_by_population(
        totals, group=group, population=pd.Series([people for _, people in rows])
    )

    np.testing.assert_allclose(shares.groupby(group).sum(), totals, rtol=1e-9)


# ------------------------------------------------------------------ tax blocks


SQUARE = pd.Series({"t": shapely.box(0, 0, 10, 10)})


def test_a_block_stands_at_the_weighted_mean_of_its_lots() -> None:
    (block,) = tax_blocks_of(
        lots(("t", "BX1", 1.0, 1.0, 30.0), ("t", "BX1", 5.0, 1.0, 10.0)), SQUARE
    ).to_dict("records")

    assert (block["longitude"], block["latitude"]) == (2.0, 1.0)
    assert block["population"] == 40.0
    assert not block["is_moved"]


def test_lots_without_people_do_not_pull_at_their_block() -> None:
    blocks = tax_blocks_of(
        lots(("t", "BX1", 1.0, 1.0, 3.0), ("t", "BX1", 9.0, 9.0, 0.0), ("t", "BX2", 2.0, 2.0, 0.0)),
        SQUARE,
    )

    assert blocks["tax_block"].tolist() == ["BX1"]
    assert blocks["longitude"].tolist() == [1.0]


def test_a_block_cut_by_a_tract_border_gives_one_row_in_each_tract() -> None:
    shapes = pd.Series({"t": shapely.box(0, 0, 5, 10), "u": shapely.box(5, 0, 10, 10)})

    blocks = tax_blocks_of(lots(("t", "BX1", 4.0, 1.0, 3.0), ("u", "BX1", 6.0, 1.0, 2.0)), shapes)

    assert blocks[["geoid", "population"]].to_numpy().tolist() == [["t", 3.0], ["u", 2.0]]


def test_a_bent_block_stands_at_the_lot_nearest_to_its_middle() -> None:
    bent = pd.Series({"t": shapely.box(0, 0, 10, 10) - shapely.box(1, 1, 10, 10)})

    (block,) = tax_blocks_of(
        lots(("t", "BX1", 0.5, 8.0, 1.0), ("t", "BX1", 6.0, 0.5, 1.0)), bent
    ).to_dict("records")

    assert block["is_moved"]
    assert (block["longitude"], block["latitude"]) in {(0.5, 8.0), (6.0, 0.5)}
    assert bent["t"].covers(shapely.Point(block["longitude"], block["latitude"]))


def test_a_bent_block_never_stands_at_a_lot_across_the_street_if_it_has_another() -> None:
    bent = pd.Series({"t": shapely.box(0, 0, 10, 10) - shapely.box(1, 1, 10, 10)})

    (block,) = tax_blocks_of(
        lots(("t", "BX1", 0.5, 8.0, 5.0), ("t", "BX1", 6.0, 0.5, 5.0), ("t", "BX1", 3.0, 4.0, 1.0)),
        bent,
    ).to_dict("records")

    assert (block["longitude"], block["latitude"]) in {(0.5, 8.0), (6.0, 0.5)}


def test_tracts_sum_their_blocks_and_keep_unknown_apart_from_none() -> None:
    blocks = pd.DataFrame(
        {
            "geoid": ["t", "t", "u"],
            "population": [1.0, 2.0, 3.0],
            "children": [0.5, 0.5, 2.0],
            "children_low_income": [0.25, 0.25, np.nan],
        }
    )

    sums = summed_by_tract(blocks, pd.DataFrame({"geoid": ["u", "t", "empty"]}))

    assert sums["geoid"].tolist() == ["u", "t", "empty"]
    assert sums["children"].tolist() == [2.0, 1.0, 0.0]
    assert np.isnan(sums["children_low_income"][0])
    assert sums["children_low_income"][1:].tolist() == [0.5, 0.0]


# ------------------------------------------------------------------ shapes


def test_neighbours_get_each_others_vertices() -> None:
    west = shapely.box(-74.0, 40.7, -73.9, 40.8)
    # Two neighbours to the east meet at a corner that the western one does not have.
    east = [shapely.box(-73.9, 40.7, -73.8, 40.75), shapely.box(-73.9, 40.75, -73.8, 40.8)]
    shapes = np.array([west, *east], dtype=object)
    assert not shapely.coverage_is_valid(shapes)

    rebuilt = noded_coverage(shapes)

    assert shapely.coverage_is_valid(rebuilt)
    np.testing.assert_allclose(shapely.area(rebuilt), shapely.area(shapes), rtol=1e-9)


def test_simplifying_takes_vertices_and_leaves_no_gap() -> None:
    across = np.linspace(40.7, 40.8, 2_000)
    wiggle = np.column_stack([-73.9 + 2e-6 * np.sin(across * 9_000), across])
    west = shapely.Polygon([(-74.0, 40.7), *wiggle, (-74.0, 40.8)])
    east = shapely.Polygon([(-73.8, 40.7), *wiggle, (-73.8, 40.8)])
    shapes = noded_coverage(np.array([west, east], dtype=object))

    simple = simplified_coverage(shapes, tolerance_m=5.0)

    before = shapely.get_num_coordinates(shapes).sum()
    assert shapely.get_num_coordinates(simple).sum() < before / 10
    assert shapely.coverage_is_valid(simple)
    assert shapely.union_all(simple).area == pytest.approx(0.02, rel=1e-6)


# ------------------------------------------------------------------ archives


def test_an_archive_with_other_bytes_is_refused(tmp_path: Path) -> None:
    (tmp_path / BOUNDARIES.file).write_bytes(b"something else")

    with pytest.raises(InputError, match="Delete it and fetch it again"):
        checked_archive(BOUNDARIES, tmp_path)


def test_an_archive_with_the_right_bytes_is_taken(tmp_path: Path) -> None:
    (tmp_path / BOUNDARIES.file).write_bytes(b"right")
    pinned = replace(BOUNDARIES, sha256=hashlib.sha256(b"right").hexdigest())

    assert checked_archive(pinned, tmp_path) == tmp_path / BOUNDARIES.file


def test_a_missing_archive_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="Leave --archives out"):
        checked_archive(BOUNDARIES, tmp_path)
