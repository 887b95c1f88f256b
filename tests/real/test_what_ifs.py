"""What-ifs of two real counties, against an overlay by the plainest geopandas there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gapmap import usecases
from gapmap.model import Method, Reach
from gapmap.whatifs import (
    Question,
    SiteAdded,
    WhatIf,
    as_it_is,
    free_site_id,
    from_link,
    from_text,
    to_link,
    to_text,
)
from gapmap.wiring import open_workspace
from tests.real.test_studies import LAYERS

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from gapmap.analysis.comparison import Comparison
    from gapmap.model import GapAssessment, Study

pytestmark = pytest.mark.real

MILE_M = 1609.344
PLANES = {"baltimore": 26918, "travis": 26914}
"""UTM zones: another plane than gapmap's own."""


@dataclass(frozen=True, eq=False)
class Trial:
    study: Study
    what_if: WhatIf
    comparison: Comparison


@pytest.fixture(scope="module", params=["baltimore", "travis"])
def trial(request: pytest.FixtureRequest, shared_data: Path) -> Trial:
    """Three sites closed, two moved, two added, and another reach."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAPMAP_LAYERS", str(LAYERS))
        patch.setenv("GAPMAP_DATA", str(shared_data))
        study = open_workspace().load_study(request.param)
    counting = usecases.assess_gaps(study).sites.query("counts")["site_id"].tolist()
    today = as_it_is(study.id, Question(method=Method.AREAL))
    what_if = today.renamed("Trial").asking(reach=Reach.parse("0.6mi"))
    for site_id in counting[:3]:
        what_if = what_if.closing(site_id)
    middle = study.areas.geometry.representative_point()
    for row, site_id in zip((10, 40), counting[5:7], strict=True):
        what_if = what_if.moving(site_id, middle.iloc[row].x, middle.iloc[row].y)
    for row in (25, 60):
        site_id = free_site_id(study, what_if, "Church hall")
        spot = middle.iloc[row]
        what_if = what_if.adding(SiteAdded(site_id, "Church hall", spot.x, spot.y, partner="New"))
    return Trial(study, what_if, usecases.compare_what_ifs(study, today, what_if))


def overlaid(study: Study, points: gpd.GeoSeries, reach_m: float) -> pd.Series:
    """People in reach by area: shapes cut by circles, on another plane than gapmap's."""
    plane = PLANES[study.id]
    areas = study.areas[["geoid", "geometry"]].to_crs(plane)
    whole = areas.set_index("geoid").area
    circles = points.to_crs(plane).buffer(reach_m, quad_segs=128).union_all()
    cut = gpd.overlay(areas, gpd.GeoDataFrame(geometry=[circles], crs=plane))
    inside = cut.set_index("geoid").area.groupby(level=0).sum()
    share = (inside.reindex(whole.index).fillna(0.0) / whole).clip(upper=1)
    need = study.areas.set_index("geoid")[next(iter(study.measures))]
    in_reach: pd.Series = need * share
    return in_reach


def by_hand(trial: Trial, answer: GapAssessment) -> gpd.GeoSeries:
    """The sites that count, put down by hand after the what-if."""
    counts = answer.sites.query("counts")["site_id"]
    points = trial.study.sites.set_index("site_id").geometry.reindex(counts).to_dict()
    for site_id in trial.what_if.closed:
        del points[site_id]
    for moved in trial.what_if.moved:
        points[moved.site_id] = shapely.Point(moved.longitude, moved.latitude)
    for added in trial.what_if.added:
        points[added.site_id] = shapely.Point(added.longitude, added.latitude)
    return gpd.GeoSeries(list(points.values()), crs=4326)


def test_differences_are_those_of_a_plain_overlay(trial: Trial) -> None:
    comparison = trial.comparison
    counts = comparison.first.sites.query("counts")["site_id"]
    today = trial.study.sites.set_index("site_id").geometry.reindex(counts)
    before = overlaid(trial.study, today, trial.study.reach.metres)
    after = overlaid(trial.study, by_hand(trial, comparison.first), 0.6 * MILE_M)
    expected = after - before
    found = comparison.areas.set_index("geoid")["need_in_reach_difference"]
    assert found.isna().equals(expected.isna()), "unknown stays unknown"
    # The planes differ by up to 4 in 10,000 in length, and circles of 512 sides by 1 in 40,000.
    people = trial.study.areas.set_index("geoid")[comparison.first.measure.id]
    assert ((found - expected).abs().dropna() <= 0.002 * people.reindex(found.index) + 0.01).all()
    assert comparison.difference == pytest.approx(expected.sum(), rel=0.003)
    assert abs(comparison.difference) > 100, "or this shows nothing"


def test_differences_add_up(trial: Trial) -> None:
    comparison = trial.comparison
    total = comparison.difference
    assert comparison.areas["need_in_reach_difference"].sum() == pytest.approx(total)
    places = comparison.neighbourhoods["need_in_reach_difference"].sum()
    outside = comparison.outside_neighbourhoods.difference
    assert places + outside == pytest.approx(total)
    assert np.isclose(comparison.gained - comparison.lost, total)


def test_a_real_what_if_goes_through_a_file_and_a_link(trial: Trial) -> None:
    assert from_text(to_text(trial.what_if), source="trial.toml") == trial.what_if
    assert from_link(to_link(trial.what_if)) == trial.what_if
    again = usecases.apply_what_if(trial.study, from_link(to_link(trial.what_if)))
    assert again[0].data_version == trial.comparison.second.data_version
