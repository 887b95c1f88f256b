from __future__ import annotations

import json

import numpy as np
import pytest

from gapmap import usecases
from gapmap.views.room_facts import room_facts
from tests.webapp.conftest import town


def facts(study, **changes):
    scenario = usecases.default_scenario(study)
    assessment = usecases.assess_gaps(study, scenario)
    claimable = changes.get("claimable", usecases.claimable_areas(study))
    return json.loads(room_facts(study, assessment, claimable).text()), assessment


def test_the_facts_hold_need_and_open_need_of_each_area_that_can_be_claimed():
    study = town()
    found, assessment = facts(study)
    assert found["rows"] == [0, 1, 2, 3]
    assert found["need"] == [100, 300, None, 200]
    gaps = assessment.areas["gap"].to_numpy()
    assert found["open"] == [
        None if np.isnan(gap) else pytest.approx(gap, abs=0.001) for gap in gaps
    ]
    assert found["unit"] == "children"


def test_the_facts_hold_the_sites_of_today_with_why_one_does_not_count():
    study = town()
    found, assessment = facts(study)
    counted = dict(zip(assessment.sites["site_id"], assessment.sites["counts"], strict=True))
    assert {one["id"]: not one["because"] for one in found["sites"]} == counted
    first, row = found["sites"][0], study.sites.iloc[0]
    assert (first["name"], first["partner"]) == (row["name"], row["partner"])
    assert (first["lng"], first["lat"]) == pytest.approx((row.geometry.x, row.geometry.y), abs=1e-5)


def test_a_site_far_from_the_board_s_areas_is_not_among_its_facts():
    study = town()
    found, _ = facts(study, claimable=usecases.claimable_areas(study, "Eastside"))
    assert [one["name"] for one in found["sites"]] == ["East Camp", "East Pantry"]


def test_areas_that_are_not_on_the_board_are_not_among_its_facts():
    study = town()
    found, _ = facts(study, claimable=usecases.claimable_areas(study, "Eastside"))
    assert found["rows"] == [2, 3]
    assert found["need"] == [None, 200]
    (south, west), (north, east) = found["bounds"]
    shapes = study.areas.iloc[[2, 3]].total_bounds
    assert (west, south, east, north) == pytest.approx(tuple(shapes), abs=1e-5)
