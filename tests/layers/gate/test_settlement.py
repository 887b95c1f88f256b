"""What was found and decided about addresses: kept with the row, and never lost by undoing."""

from __future__ import annotations

import functools
import math

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gapmap.errors import RequestError
from gapmap.layers.gate.settlement import Decision, MatchQuality, Settling, settled_list
from gapmap.layers.sites import standardise_sites
from gapmap.model import Role
from gapmap.schema import check_table

NAN = math.nan
OUTCOMES = ("match exact", "match inexact", "tie", "no match", "failed", "no address")
LEFT = Decision(4, MatchQuality.LEFT_OUT)


def raw_list(count=6, **columns):
    table = pd.DataFrame(
        {
            "name": [f"Site {row}" for row in range(count)],
            "street": [f"{row} Main St" for row in range(count)],
            "zip": "78701",
            "phone": "555-0100",
            **columns,
        }
    )
    return table.set_axis(pd.RangeIndex(2, count + 2, name="row"))


@functools.cache
def start():
    """Every outcome once; it is a value, and made once."""
    return settling()


def settling(raw=None, outcomes=OUTCOMES):
    raw = raw_list(len(outcomes)) if raw is None else raw
    unplaced = checked(raw).unplaced
    found = []
    for row, said in zip(unplaced["row"], outcomes, strict=True):
        outcome, _, quality = said.partition(" ") if said.startswith("match") else (said, "", "")
        is_match = outcome == "match"
        found.append(
            {
                "id": row,
                "outcome": outcome,
                "quality": quality,
                "matched_address": "1 MAIN ST" if is_match else "",
                "longitude": -97.0 - row / 100 if is_match else NAN,
                "latitude": 30.0 if is_match else NAN,
                "note": "" if is_match else f"{outcome}!",
            }
        )
    return Settling.of(unplaced, pd.DataFrame(found))


def checked(raw, **options):
    answer = standardise_sites(raw, source="list.csv", may_lack_places=True, **options)
    check_table(answer.sites, Role.SITES, what="list.csv")
    return answer


def by_hand(row, longitude=-97.5, latitude=30.5):
    return Decision(row, MatchQuality.BY_HAND, longitude, latitude)


def test_answers_are_kept_apart_by_quality():
    counts = start().counts
    one_each = (
        *(MatchQuality.EXACT, MatchQuality.INEXACT, MatchQuality.TIE),
        *(MatchQuality.NO_MATCH, MatchQuality.FAILED, MatchQuality.NO_ADDRESS),
    )
    assert [counts[quality] for quality in one_each] == [1] * 6
    assert sum(counts.values()) == 6


def test_all_but_exact_matches_are_to_be_looked_at():
    rows = start().rows
    assert rows.loc[rows["is_open"], "row"].tolist() == [3, 4, 5, 6, 7]
    assert start().open_count == 5


def test_an_answer_that_never_came_is_a_failed_one():
    unplaced = checked(raw_list(1)).unplaced
    nothing = pd.DataFrame(
        columns=["id", "outcome", "quality", "matched_address", "longitude", "latitude", "note"]
    )
    assert Settling.of(unplaced, nothing).counts[MatchQuality.FAILED] == 1


def test_places_pass_the_gate_and_stay_with_their_rows():
    answer = checked(raw_list(), places=start().places())
    sites = answer.sites.set_index("source_row")
    assert sites["match_quality"].to_dict() == {2: "exact match", 3: "inexact match"}
    assert sites.geometry[2].x == pytest.approx(-97.02)
    found = answer.report.left_out.set_index("row")["found"]
    assert found[4] == "tie!"


def test_a_row_with_coordinates_of_its_own_keeps_them():
    raw = raw_list(2, longitude=["-90", ""], latitude=["40", ""])
    found = settling(raw, OUTCOMES[:1])
    moved = found.places().rename(index={3: 2})
    sites = checked(raw, places=pd.concat([found.places(), moved])).sites
    assert sites.geometry.x.tolist() == pytest.approx([-90, -97.03])
    assert sites["match_quality"].isna().tolist() == [True, False]


def test_a_place_picked_by_hand_is_the_row_s_place():
    decided = start().decide(by_hand(4))
    sites = checked(raw_list(), places=decided.places()).sites.set_index("source_row")
    assert sites.loc[4, "match_quality"] == "set by hand"
    assert (sites.geometry[4].x, sites.geometry[4].y) == (-97.5, 30.5)


def test_a_place_by_hand_is_judged_like_any_other():
    area = shapely.box(-98, 30, -97, 31)
    decided = start().decide(by_hand(4, -80.0, 40.0))
    report = checked(raw_list(), places=decided.places(), study_area=area).report
    assert report.left_out.set_index("row")["reason"][4] == "outside the study"


def test_a_row_left_out_by_hand_says_so_and_is_not_asked_about_again():
    decided = start().decide(LEFT)
    answer = checked(raw_list(), places=decided.places())
    assert answer.report.left_out.set_index("row")["reason"][4] == "left out by hand"
    assert 4 not in answer.unplaced["row"].tolist()
    assert decided.open_count == start().open_count - 1


def test_the_last_decision_about_a_row_counts_and_can_be_taken_back():
    decided = start().decide(by_hand(4)).decide(LEFT)
    assert decided.counts[MatchQuality.LEFT_OUT] == 1
    assert decided.undo().counts[MatchQuality.BY_HAND] == 1
    assert decided.undo().undo().counts == start().counts


def test_decisions_outlast_another_round_of_answers():
    again = start().decide(by_hand(4)).answered_again(settling(outcomes=("match exact",) * 6))
    assert again.counts[MatchQuality.EXACT] == 5
    assert again.counts[MatchQuality.BY_HAND] == 1


@pytest.mark.parametrize(
    ("longitude", "latitude"), [(0, 0), (181, 30), (-97, 91), (NAN, 30), (-97, math.inf)]
)
def test_no_place_on_earth_is_refused(longitude, latitude):
    with pytest.raises(RequestError, match="no place on earth"):
        start().decide(by_hand(4, longitude, latitude))


def test_a_row_that_is_not_to_be_settled_is_refused():
    with pytest.raises(RequestError, match="Row 99"):
        start().decide(by_hand(99))


@given(
    st.lists(
        st.one_of(
            st.builds(by_hand, st.integers(2, 7), st.floats(-179, -1), st.floats(1, 89)),
            st.builds(Decision, st.integers(2, 7), st.just(MatchQuality.LEFT_OUT)),
            st.just("undo"),
        ),
        max_size=12,
    )
)
def test_whatever_is_decided_no_row_is_lost_and_undoing_all_leads_back(steps):
    now, made = start(), 0
    for step in steps:
        now = now.undo() if step == "undo" else now.decide(step)
        made = max(made - 1, 0) if step == "undo" else made + 1
        assert sum(now.counts.values()) == 6
        placed = now.rows["longitude"].notna()
        assert now.places()["longitude"].notna().sum() == placed.sum()
    assert len(now.decisions) == made
    for _ in range(made):
        now = now.undo()
    assert now.rows.equals(start().rows)


# The list to take away


def taken(raw, found, **options):
    return settled_list(raw, found.places(), source="list.csv", **options)


def test_the_list_comes_back_with_places_and_without_personal_columns():
    filled = taken(raw_list(), start().decide(by_hand(4)).decide(Decision(5, LEFT.quality)))
    assert filled.columns.tolist() == [
        "name", "street", "zip", "longitude", "latitude", "match_quality",
    ]  # fmt: skip
    assert filled["longitude"].tolist() == ["-97.02", "-97.03", "-97.5", "", "", ""]
    assert filled["match_quality"].tolist() == [
        "exact match", "inexact match", "set by hand", "left out by hand", "not answered",
        "no address",
    ]  # fmt: skip


def test_a_list_taken_away_is_read_again_as_it_was_settled():
    found = start().decide(by_hand(4)).decide(Decision(5, MatchQuality.LEFT_OUT))
    before = checked(raw_list(), places=found.places())
    again = checked(taken(raw_list(), found))
    columns = ["name", "match_quality", "source_row"]
    assert again.sites[columns].equals(before.sites[columns])
    assert again.sites.geometry.geom_equals_exact(before.sites.geometry, 1e-6).all()
    reasons = ["row", "reason"]
    assert again.report.left_out[reasons].equals(before.report.left_out[reasons])


def test_columns_of_coordinates_are_filled_where_they_are_blank_and_nowhere_else():
    raw = raw_list(3, longitude=["-90.10", "", "0"], latitude=["40.00", "", "0"])
    filled = taken(raw, settling(raw, OUTCOMES[:2]))
    assert filled["longitude"].tolist() == ["-90.10", "-97.03", "-97.04"]
    assert filled["latitude"].tolist() == ["40.00", "30", "30"]
    assert "match_quality" in filled.columns


def test_columns_chosen_by_hand_are_filled_under_their_own_names():
    raw = raw_list(1).rename(columns={"name": "Hall", "street": "Where"})
    raw = raw.assign(East=[""], North=[""])
    columns = {"name": "Hall", "street": "Where", "zip": "zip"}
    columns |= {"longitude": "East", "latitude": "North"}
    unplaced = checked(raw, columns=columns).unplaced
    found = settling(outcomes=OUTCOMES[:1])
    assert unplaced["row"].tolist() == [2]
    filled = taken(raw, found, columns=columns)
    assert (filled["East"].tolist(), filled["North"].tolist()) == (["-97.02"], ["30"])


def test_a_list_with_shapes_gets_columns_for_every_row():
    raw = raw_list(2)
    shapes = gpd.GeoDataFrame(raw, geometry=[shapely.Point(-90, 40), None], crs="EPSG:4326")
    found = settling(shapes, OUTCOMES[:1])
    filled = taken(shapes, found)
    assert filled["longitude"].tolist() == ["-90", "-97.03"]
    assert "geometry" not in filled.columns
