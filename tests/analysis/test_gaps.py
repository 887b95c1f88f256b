from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapmap import assess_gaps, default_scenario, prepare
from gapmap.errors import RequestError, UnknownNameError
from gapmap.model import Method, Reach, Who
from tests import builders

if TYPE_CHECKING:
    from typing import Any

    import numpy as np

    from gapmap.model import GapAssessment, Study

CIRCLE_SHARE = math.pi * 400**2 / 1000**2
"""Share of a square of 1,000 m that lies within 400 m of its middle."""


def ask(study: Study, **question: Any) -> GapAssessment:
    return assess_gaps(study, replace(default_scenario(study), **question))


class TestAreal:
    def test_a_circle_inside_a_square_is_its_share(self) -> None:
        answer = ask(builders.study())
        assert answer.areas["in_reach_share"].tolist() == pytest.approx([CIRCLE_SHARE, 0], abs=1e-6)
        assert answer.need_in_reach == pytest.approx(100 * CIRCLE_SHARE, abs=1e-3)
        assert answer.need_total == 400

    def test_the_nearest_site_is_measured_from_the_middle_of_the_area(self) -> None:
        answer = ask(builders.study())
        assert answer.areas["nearest_m"].tolist() == pytest.approx([0, 1000], abs=2)
        assert answer.areas["nearest_site_id"].tolist() == ["s0", "s0"]

    def test_overlap_is_need_in_reach_of_two_partners(self) -> None:
        same_place = builders.sites((500, 500), (500, 500), partner=["A", "B"])
        answer = ask(builders.study(town_sites=same_place))
        assert answer.overlap_need == pytest.approx(answer.need_in_reach)
        assert answer.partners["unique_need"].tolist() == pytest.approx([0, 0], abs=1e-6)

    def test_two_sites_of_one_partner_are_no_overlap(self) -> None:
        same_place = builders.sites((500, 500), (500, 500), partner=["A", "A"])
        answer = ask(builders.study(town_sites=same_place))
        assert answer.overlap_need == 0
        assert answer.partners["unique_need"].tolist() == pytest.approx([answer.need_in_reach])

    def test_an_area_across_a_border_is_shared_out_by_surface(self) -> None:
        # Neighbourhoods of 1,500 m: the second square lies half in each.
        town = builders.study(neighbourhoods=builders.neighbourhoods("West", "East", width_m=1500))
        by_name = ask(town).neighbourhoods.set_index("name")["need"]
        assert by_name["West"] == pytest.approx(100 + 150, rel=1e-4)
        assert by_name["East"] == pytest.approx(150, rel=1e-3)


class TestPoints:
    def town(self, **changes: Any) -> Study:
        points = builders.need_points(
            (500, 500, "48001000100", 1),
            (500, 950, "48001000100", 3),
            (1500, 500, "48001000101", 1),
        )
        return builders.study(need_points=points, **changes)

    def test_points_are_the_default_where_there_are_any(self) -> None:
        assert ask(self.town()).scenario.method is Method.POINTS

    def test_need_stands_at_points_by_weight(self) -> None:
        # 450 m to the second point, 400 m of reach: a quarter of the first area's 100.
        assert ask(self.town()).need_in_reach == pytest.approx(25)

    def test_a_point_exactly_at_the_reach_is_in_reach(self) -> None:
        assert ask(self.town(), reach=Reach(451.0)).need_in_reach == pytest.approx(100)

    def test_an_area_without_points_is_not_forgotten(self) -> None:
        points = builders.need_points((500, 500, "48001000100", 1))
        answer = ask(builders.study(need_points=points))
        assert answer.need_total == 400
        assert any("1 census tracts have no need point" in note for note in answer.notes)

    def test_areas_with_weights_of_zero_spread_their_need_evenly(self) -> None:
        points = builders.need_points(
            (500, 500, "48001000100", 0),
            (500, 950, "48001000100", 0),
            (1500, 500, "48001000101", 1),
        )
        assert ask(builders.study(need_points=points)).need_in_reach == pytest.approx(50)

    def test_a_straddling_area_is_shared_out_by_its_points(self) -> None:
        places = builders.neighbourhoods("West", "East", width_m=1500)
        points = builders.need_points(
            (500, 500, "48001000100", 1),
            (1100, 500, "48001000101", 1),
            (1900, 500, "48001000101", 2),
        )
        town = builders.study(need_points=points, neighbourhoods=places)
        for method in Method:
            by_name = ask(town, method=method).neighbourhoods.set_index("name")["need"]
            assert by_name["West"] == pytest.approx(200)
            assert by_name["East"] == pytest.approx(200)

    def test_asking_for_points_without_points_is_refused(self) -> None:
        with pytest.raises(RequestError, match="areal"):
            ask(builders.study(), method=Method.POINTS)


class TestWhoCounts:
    def test_closed_camp_and_migrant_sites_do_not_count_for_the_public(self) -> None:
        kinds = ["open", "restricted open", "closed", "camp", "migrant"]
        spots = [(200.0 + 400 * n, 500.0) for n in range(5)]
        town = builders.study(town_sites=builders.sites(*spots, kind=kinds))
        assert ask(town).sites_used == 2
        assert ask(town).sites_left_out == {"not open to the public": 3}
        assert ask(town, who=Who.ALL).sites_used == 5

    def test_a_site_of_unknown_kind_counts_and_is_named(self) -> None:
        answer = ask(builders.study(town_sites=builders.sites((500, 500), kind=[None])))
        assert answer.sites_used == 1
        assert any("do not say who may come" in note for note in answer.notes)

    def test_unknown_days_count_only_when_asked_and_are_counted(self) -> None:
        town = builders.study(
            town_sites=builders.sites((500, 500), (1500, 500), days=["mon", None])
        )
        strict = ask(town, day="mon")
        assert (strict.sites_used, strict.sites_unknown_schedule) == (1, 1)
        assert strict.sites_left_out == {"not known whether it serves then": 1}
        assert ask(town, day="mon", count_unknown=True).sites_used == 2

    def test_a_meal_nobody_serves_leaves_everybody_out_of_reach(self) -> None:
        answer = ask(builders.study(), meal="supper")
        assert answer.need_in_reach == 0
        assert answer.sites_left_out == {"no supper": 1}
        assert answer.areas["nearest_m"].isna().all()

    def test_twins_at_one_place_are_one_site_in_counts(self) -> None:
        twins = builders.sites(
            (500, 500), (500, 500), partner=["A", "A"], place_id=["s0", "s0"], days=["mon", "sat"]
        )
        town = builders.study(town_sites=twins)
        assert ask(town).areas["site_count"].tolist() == [1, 0]
        # Either row alone is enough to serve on its own day.
        assert ask(town, day="sat").sites_used == 1

    def test_a_partner_nobody_knows_is_refused_with_the_nearest_name(self) -> None:
        with pytest.raises(UnknownNameError, match="Partner A"):
            ask(builders.study(), partners=("Partner a",))


class TestUnknownNeed:
    def test_it_is_left_out_of_sums_and_shown_as_unknown(self) -> None:
        answer = ask(builders.study(builders.areas([100, math.nan])))
        assert answer.need_total == 100
        assert answer.areas_unknown == 1
        assert math.isnan(answer.areas["need"].iloc[1])
        assert math.isnan(answer.areas["gap"].iloc[1])

    def test_a_neighbourhood_of_unknown_need_says_so(self) -> None:
        town = builders.study(
            builders.areas([100, math.nan]), neighbourhoods=builders.neighbourhoods("West", "East")
        )
        readings = ask(town).neighbourhoods.set_index("name")["reading"]
        assert readings["East"] == "Need unknown."


class TestNeighbourhoods:
    def town(self, needs: list[float], **changes: Any) -> Study:
        names = [f"Place {row}" for row in range(len(needs))]
        return builders.study(
            builders.areas(needs),
            neighbourhoods=builders.neighbourhoods(*names, groups=["North", "South", "South"]),
            **changes,
        )

    def test_they_are_ranked_by_need_out_of_reach(self) -> None:
        table = ask(self.town([100, 300, 51])).neighbourhoods
        assert table["name"].tolist() == ["Place 1", "Place 2", "Place 0"]
        assert table["rank"].tolist() == [1, 2, 3]

    def test_a_desert_has_more_than_fifty_in_need_and_nobody_near(self) -> None:
        table = ask(self.town([100, 50, 51])).neighbourhoods.set_index("name")
        assert table["is_desert"].to_dict() == {"Place 0": False, "Place 1": False, "Place 2": True}
        assert table.loc["Place 2", "reading"].startswith("Desert")

    def test_a_sliver_out_of_reach_is_no_shortage(self) -> None:
        # 704 m cover all of the square but 0.4 % in its corners.
        table = ask(self.town([100, 300, 51]), reach=Reach(704.0)).neighbourhoods.set_index("name")
        assert 0 < table.loc["Place 0", "gap"] < 0.5
        assert table.loc["Place 0", "reading"] == "All children in reach."

    def test_a_sliver_in_reach_is_no_service(self) -> None:
        town = self.town([100, 300, 51], town_sites=builders.sites((980, 500)))
        table = ask(town, reach=Reach(30.0)).neighbourhoods.set_index("name")
        assert table.loc["Place 1", "need_in_reach"] > 0
        assert bool(table.loc["Place 1", "is_desert"])

    def test_within_a_group_only_its_need_is_counted(self) -> None:
        answer = ask(self.town([100, 300, 51]), within="South")
        assert answer.need_total == pytest.approx(351)
        assert set(answer.neighbourhoods["name"]) == {"Place 1", "Place 2"}
        assert answer.areas_count == 2

    def test_within_a_group_a_partner_has_the_sites_that_reach_somebody_there(self) -> None:
        sites = builders.sites((500, 500), (1500, 500), (2500, 500), partner=["A", "A", "B"])
        town = self.town([100, 300, 51], town_sites=sites)
        counts = ask(town, within="South").partners.set_index("partner")["site_count"]
        assert counts.to_dict() == {"A": 1, "B": 1}
        assert ask(town).partners.set_index("partner")["site_count"].to_dict() == {"A": 2, "B": 1}

    def test_a_group_nobody_knows_is_refused(self) -> None:
        with pytest.raises(UnknownNameError, match="North"):
            ask(self.town([100, 300, 51]), within="Nord")

    def test_groups_sum_their_neighbourhoods(self) -> None:
        groups = ask(self.town([100, 300, 51])).groups.set_index("group")
        assert groups["need"].to_dict() == pytest.approx({"North": 100, "South": 351})


class TestEmpty:
    def test_no_sites_leave_everybody_out_of_reach(self) -> None:
        answer = ask(builders.study(town_sites=builders.sites()))
        assert answer.need_out_of_reach == 400
        assert answer.areas_without_site == 2
        assert len(answer.partners) == 0


# Random small towns, for what must hold in every town.

spots = st.tuples(st.floats(-500, 4500), st.floats(-500, 1500))
needs = st.lists(st.floats(0, 1000), min_size=1, max_size=4)
reaches = st.floats(50, 1500)


@st.composite
def towns(draw: st.DrawFn) -> Study:
    counts = draw(needs)
    places = draw(st.lists(spots, min_size=0, max_size=5))
    partners = [draw(st.sampled_from("ABC")) for _ in places]
    points = None
    if draw(st.booleans()):
        rows = draw(
            st.lists(
                st.tuples(st.floats(0, 999), st.floats(0, 999), st.floats(0, 10)),
                min_size=1,
                max_size=8,
            )
        )
        points = builders.need_points(
            *(
                (1000 * (n % len(counts)) + x, y, f"480010001{n % len(counts):02d}", weight)
                for n, (x, y, weight) in enumerate(rows)
            )
        )
    return builders.study(
        builders.areas(counts),
        builders.sites(*places, partner=partners),
        need_points=points,
        neighbourhoods=builders.neighbourhoods("West", "Middle", "East", width_m=1400),
    )


def methods(study: Study) -> list[Method]:
    return [Method.AREAL] if study.need_points is None else list(Method)


@given(towns(), reaches)
@settings(max_examples=60)
def test_in_reach_and_gap_make_the_need(study: Study, reach_m: float) -> None:
    for method in methods(study):
        answer = ask(study, reach=Reach(reach_m), method=method)
        for table in (answer.areas, answer.neighbourhoods, answer.groups):
            total = table["need_in_reach"] + table["gap"]
            assert total.to_numpy() == pytest.approx(table["need"].to_numpy(), rel=1e-12)
            assert (table["gap"] >= 0).all()
            assert (table["overlap_need"] <= table["need_in_reach"] + 1e-9).all()
        assert answer.need_in_reach + answer.need_out_of_reach == pytest.approx(answer.need_total)
        assert answer.areas["need"].sum() == pytest.approx(answer.need_total)


@given(towns(), reaches, st.floats(1, 2))
@settings(max_examples=60)
def test_a_longer_reach_never_adds_gap(study: Study, reach_m: float, factor: float) -> None:
    for method in methods(study):
        short = ask(study, reach=Reach(reach_m), method=method).areas["gap"]
        longer = ask(study, reach=Reach(reach_m * factor), method=method).areas["gap"]
        assert (longer <= short + 1e-6).all()


@given(towns(), reaches, spots)
@settings(max_examples=60)
def test_one_more_site_never_adds_gap(
    study: Study, reach_m: float, spot: tuple[float, float]
) -> None:
    old = [*zip(*_metres(study), strict=True)]
    more = replace(study, sites=builders.sites(*old, spot))
    for method in methods(study):
        before = ask(study, reach=Reach(reach_m), method=method).areas["gap"]
        after = ask(more, reach=Reach(reach_m), method=method).areas["gap"]
        assert (after <= before + 1e-6).all()


@given(towns(), reaches, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_of_rows_does_not_matter(study: Study, reach_m: float, random: Any) -> None:
    def shuffled(table: Any) -> Any:
        order = list(range(len(table)))
        random.shuffle(order)
        return table.iloc[order].reset_index(drop=True)

    other = replace(
        study,
        areas=shuffled(study.areas),
        sites=shuffled(study.sites),
        need_points=None if study.need_points is None else shuffled(study.need_points),
    )
    for method in methods(study):
        one = ask(study, reach=Reach(reach_m), method=method)
        two = ask(other, reach=Reach(reach_m), method=method)
        columns = ["need", "need_in_reach", "overlap_need", "site_count", "partner_count"]
        left = one.areas.set_index("geoid")[columns]
        right = two.areas.set_index("geoid")[columns].reindex(left.index)
        assert right.to_numpy() == pytest.approx(left.to_numpy(), abs=1e-6)


@given(towns(), reaches)
@settings(max_examples=60)
def test_areal_shares_equal_a_plain_overlay_with_many_sided_circles(
    study: Study, reach_m: float
) -> None:
    answer = ask(study, reach=Reach(reach_m), method=Method.AREAL)
    plane = prepare(study).plane.crs
    squares = study.areas[["geoid", "geometry"]].to_crs(plane)
    # A side of 1,024 cuts up to 9e-6 of a square off each arc that crosses it, and several may;
    # one of 4,096 a sixteenth of that.
    circles = study.sites.to_crs(plane).buffer(reach_m, quad_segs=1024)
    covered = gpd.GeoDataFrame(geometry=[circles.union_all()], crs=plane)
    pieces = gpd.overlay(squares, covered, how="intersection", keep_geom_type=True)
    area = pieces.assign(m2=pieces.area).groupby("geoid")["m2"].sum()
    naive = area.reindex(squares["geoid"]).fillna(0).to_numpy() / squares.area.to_numpy()
    ours = answer.areas["in_reach_share"].to_numpy()
    known = study.areas["children"].to_numpy() > 0
    assert ours[known] == pytest.approx(naive[known], abs=1e-5)


def _metres(study: Study) -> tuple[np.ndarray, np.ndarray]:
    return builders.PLANE.project(
        study.sites.geometry.x.to_numpy(), study.sites.geometry.y.to_numpy()
    )
