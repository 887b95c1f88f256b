from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapmap.analysis.lawful import Standing
from gapmap.errors import RequestError, UnknownNameError
from gapmap.geo import STORED_CRS
from gapmap.model import Role
from gapmap.rules import (
    Adjacency,
    Basis,
    EligibilityAnswer,
    EligibilityAreas,
    EligibilityRules,
    Level,
    Route,
    RuralLayer,
    SchoolLayer,
)
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapmap.model import Study

NAN = float("nan")
DAY = date(2024, 7, 1)


def block_groups(*figures: tuple[float, float], **changes: Any) -> EligibilityAreas:
    """Squares in a row with (eligible children, children)."""
    return builders.eligibility(
        [children for _, children in figures], [eligible for eligible, _ in figures], **changes
    )


def tracts(*figures: tuple[float, float], **changes: Any) -> EligibilityAreas:
    """The same squares as tracts."""
    layer = block_groups(*figures, level=Level.TRACT, **{"title": "Eligible tracts", **changes})
    return replace(layer, table=layer.table.assign(geoid=layer.table["geoid"].str[:11]))


def proxy(*figures: tuple[float, float], **changes: Any) -> EligibilityAreas:
    return tracts(*figures, is_proxy=True, **{"title": "ACS B17024", **changes})


def schools(*given: tuple[Any, float], **changes: Any) -> SchoolLayer:
    """Schools as (shape in degrees, share)."""
    table = gpd.GeoDataFrame(
        {
            "school_id": [f"s{row}" for row in range(len(given))],
            "name": [f"School {row}" for row in range(len(given))],
            "frp_share": [share for _, share in given],
            "enrolled": [200.0] * len(given),
        },
        geometry=[shape for shape, _ in given],
        crs=STORED_CRS,
    )
    return SchoolLayer("schools", "School shares", "State file", "2024", table, **changes)


def school_at(x_m: float, y_m: float) -> Any:
    from shapely import Point

    return Point(*(float(axis) for axis in builders.to_degrees(x_m, y_m)))


def town(*layers: EligibilityAreas, **changes: Any) -> Study:
    count = max((len(layer.table) for layer in layers), default=2)
    return builders.study(builders.areas([100.0] * count), eligibility=layers, **changes)


def ask(study: Study, x_m: float, y_m: float = 500.0, **changes: Any) -> EligibilityAnswer:
    standing = Standing(study, replace(study.rules, **changes))
    longitude, latitude = builders.to_degrees(x_m, y_m)
    return standing.at(float(longitude), float(latitude))


def shares(standing: Standing, *x_m: float, y_m: float = 500.0) -> list[float]:
    longitude, latitude = builders.to_degrees(list(x_m), [y_m] * len(x_m))
    return standing.open_share_of_points(longitude, latitude).tolist()


def said(answer: EligibilityAnswer) -> dict[str, tuple[bool | None, str]]:
    return {one.site_type: (one.is_lawful, one.because) for one in answer.site_types}


# ------------------------------------------------------------------------------------- by census


class TestByCensus:
    study = town(block_groups((60, 100), (45, 100), (58, 100), (30, 100), (0, 0), determined=DAY))

    def test_an_area_at_half_is_open_by_itself(self) -> None:
        answer = ask(self.study, 500)
        assert (answer.status, answer.is_open_lawful) == (Route.CENSUS, True)
        assert answer.geoid == "480010001001"
        assert answer.level is Level.BLOCK_GROUP
        (sheet,) = answer.worksheets
        assert (sheet.children, sheet.eligible, sheet.share) == (100, 60, 0.6)
        assert sheet.is_met is True
        assert "60.0% of the children 0-18 (60 of 100)" in said(answer)["open"][1]

    def test_one_below_half_is_open_with_its_best_neighbours_and_says_which(self) -> None:
        answer = ask(self.study, 1500)
        assert answer.status is Route.AVERAGING
        deciding, alone = answer.worksheets
        assert [row.geoid for row in deciding.rows] == ["480010001011", "480010001001"]
        assert (deciding.children, deciding.eligible, deciding.share) == (200, 105, 0.525)
        assert (alone.is_met, deciding.is_met) == (False, True)
        open_because = said(answer)["open"][1]
        assert "480010001001" in open_because
        assert "State agency decides" in open_because

    def test_a_chain_is_an_option_and_the_sheet_says_which_rule_was_used(self) -> None:
        answer = ask(self.study, 1500, adjacency=Adjacency.CHAIN)
        assert len(answer.worksheets[0].rows) == 3
        assert answer.worksheets[0].adjacency is Adjacency.CHAIN
        assert any("chain" in note for note in answer.worksheets[0].notes)
        strict = ask(self.study, 1500).worksheets[0]
        assert any("strict" in note and "State agency" in note for note in strict.notes)

    def test_one_that_reaches_it_in_no_way_is_not_open(self) -> None:
        answer = ask(self.study, 3500)
        assert (answer.status, answer.is_open_lawful) == (Route.NONE, False)
        assert "below 40% it cannot be averaged" in said(answer)["open"][1]

    def test_one_without_children_is_unknown_and_not_a_no(self) -> None:
        answer = ask(self.study, 4500)
        assert answer.is_open_lawful is None
        assert answer.worksheets[0].is_met is None
        assert "no children are counted" in said(answer)["open"][1]

    def test_restricted_open_goes_with_open_and_closed_enrolled_hangs_on_applications(self) -> None:
        for x_m, is_open in ((500, True), (3500, False), (4500, None)):
            answers = said(ask(self.study, x_m))
            assert answers["restricted open"][0] is is_open
            assert answers["closed enrolled"][0] is None
            assert "applications" in answers["closed enrolled"][1]

    def test_a_determination_holds_for_five_years(self) -> None:
        assert ask(self.study, 500).worksheets[0].valid_until == date(2029, 7, 1)
        leap = town(block_groups((60, 100), (60, 100), determined=date(2024, 2, 29)))
        assert ask(leap, 500).worksheets[0].valid_until == date(2029, 2, 28)
        undated = town(block_groups((60, 100), (60, 100)))
        assert ask(undated, 500).worksheets[0].valid_until is None

    def test_many_points_at_once_get_the_answers_of_each(self) -> None:
        standing = Standing(self.study)
        assert shares(standing, 500, 1500, 2500, 3500) == [1, 1, 1, 0]
        assert np.isnan(shares(standing, 4500, -5000)).all()

    def test_the_table_of_areas_says_the_same(self) -> None:
        table = Standing(self.study).areas.set_index("geoid")
        assert table["route"].tolist()[:4] == [
            Route.CENSUS.value,
            Route.AVERAGING.value,
            Route.CENSUS.value,
            Route.NONE.value,
        ]
        assert table["route"].isna().tolist() == [False] * 4 + [True]
        assert table.loc["480010001011", "best_set"] == ("480010001011", "480010001001")
        assert table.loc["480010001041", "best_set"] == ()
        assert table["probability"].isna().all()

    def test_asking_by_geoid_and_by_a_point_inside_is_the_same(self) -> None:
        standing = Standing(self.study)
        by_point = ask(self.study, 1500)
        by_geoid = standing.of("480010001011")
        assert by_geoid.worksheets == by_point.worksheets
        assert by_geoid.status == by_point.status
        assert (by_geoid.longitude, by_point.longitude is None) == (None, False)

    def test_a_block_is_asked_as_its_block_group(self) -> None:
        assert Standing(self.study).of("480010001011004").geoid == "480010001011"


def test_sets_reach_across_the_county_line_and_beyond_the_study() -> None:
    layer = block_groups((45, 100), (70, 100))
    table = layer.table.assign(geoid=["480010001001", "220010001001"])
    study = builders.study(
        builders.areas([100.0, 100.0]).iloc[:1], eligibility=(replace(layer, table=table),)
    )
    answer = Standing(study).of("480010001001")
    assert answer.status is Route.AVERAGING
    assert answer.worksheets[0].rows[1].geoid == "220010001001"


def test_a_set_whose_borders_are_drawn_apart_says_so() -> None:
    layer = block_groups((45, 100), (70, 100))
    shapes = [builders.square(0, 0), builders.square(1008, 0)]
    study = town(replace(layer, table=layer.table.set_geometry(shapes, crs=STORED_CRS)))
    sheet = ask(study, 500).worksheets[0]
    assert sheet.route is Route.AVERAGING
    assert any("drawn apart" in note for note in sheet.notes)


def test_the_answer_does_not_hang_on_the_order_of_the_file() -> None:
    layer = block_groups((45, 100), (60, 100), (45, 100), (60, 100), (45, 100))
    turned = replace(layer, table=layer.table.iloc[::-1].reset_index(drop=True))
    straight, mixed = Standing(town(layer)).areas, Standing(town(turned)).areas
    assert straight.equals(mixed)
    assert straight["best_set"][2] == ("480010001021", "480010001011")


def test_a_place_on_a_border_is_in_the_first_area_each_time() -> None:
    study = town(block_groups((30, 100), (60, 100)))
    corner = builders.square(1000, 0).exterior.coords[0]
    standing = Standing(study)
    assert standing.at(*corner).geoid == "480010001001"
    assert standing.open_share_of_points(*corner).tolist() == [0]


def test_margins_give_the_probability_that_the_share_is_reached() -> None:
    layer = block_groups((55, 100), (55, 100))
    table = layer.table.assign(eligible_0_18_moe=[10.0, 0.0], children_0_18_moe=[0.0, 0.0])
    study = town(replace(layer, table=table))
    # 0.05 above the half, with a standard error of 0.1 / 1.645.
    assert ask(study, 500).probability == pytest.approx(0.7946, abs=1e-3)
    assert ask(study, 1500).probability == 1.0
    assert ask(town(layer), 500).probability is None


# ------------------------------------------------------------------------------- what is published


class TestPublished:
    def study(self, *answers: bool | None) -> Study:
        layer = block_groups(*[(45.0, 100.0)] * len(answers))
        table = layer.table.assign(published_0_18=np.array(answers, dtype=object))
        return town(replace(layer, table=table))

    def test_a_published_yes_counts_whatever_the_figures_say(self) -> None:
        answer = ask(self.study(True, False), 500)
        assert answer.status is Route.CENSUS
        assert "published" in said(answer)["open"][1]
        assert any("give 45.0%" in note for note in answer.notes)
        assert answer.worksheets[0].is_met is True

    def test_the_other_basis_is_named_where_it_explains_the_published_yes(self) -> None:
        study = self.study(True, None)
        layer = study.eligibility[0]
        table = layer.table.assign(children_0_12=50.0, eligible_0_12=30.0)
        study = replace(study, eligibility=(replace(layer, table=table),))
        assert any("those for 0-12 give 60.0%" in note for note in ask(study, 500).notes)

    def test_a_published_no_against_the_figures_is_noted(self) -> None:
        layer = block_groups((60, 100), (60, 100))
        table = layer.table.assign(published_0_18=np.array([False, None], dtype=object))
        study = town(replace(layer, table=table))
        assert any("Published as not eligible" in note for note in ask(study, 500).notes)
        assert ask(study, 1500).notes == ()

    def test_what_agrees_needs_no_note(self) -> None:
        assert ask(self.study(None, False), 1500).notes == ()


# ----------------------------------------------------------------------------- which layer decides


def test_any_determination_that_says_yes_opens_and_the_block_group_is_named_first() -> None:
    study = town(
        tracts((60, 100), (60, 100), (30, 100)), block_groups((30, 100), (60, 100), (30, 100))
    )
    by_tract, by_block_group, by_none = (ask(study, x_m) for x_m in (500, 1500, 2500))
    assert by_tract.worksheets[0].level is Level.TRACT
    assert by_tract.status is Route.CENSUS
    assert by_tract.geoid == "480010001001"
    assert by_block_group.worksheets[0].level is Level.BLOCK_GROUP
    assert by_none.is_open_lawful is False
    assert [sheet.level for sheet in by_none.worksheets] == [Level.BLOCK_GROUP, Level.TRACT]


def test_a_block_group_of_unknown_share_is_not_closed_by_its_tract() -> None:
    study = town(block_groups((0, 0), (30, 100)), tracts((30, 100), (30, 100)))
    assert ask(study, 500).is_open_lawful is None
    assert ask(study, 1500).is_open_lawful is False
    standing = Standing(study)
    np.testing.assert_array_equal(shares(standing, 500, 1500), [NAN, 0.0])


class TestProxy:
    def test_it_never_says_eligible(self) -> None:
        answer = ask(town(proxy((60, 100), (40, 100))), 500)
        assert answer.is_proxy
        assert answer.worksheets[0].is_proxy
        because = said(answer)["open"][1]
        assert because.startswith("Probably, by a proxy, not a determination:")
        no = ask(town(proxy((60, 100), (40, 100))), 1500)
        assert said(no)["open"][1].startswith("Probably not, by a proxy, not a determination:")
        assert "tracts are not averaged" in said(no)["open"][1]

    def test_it_is_not_asked_where_a_determination_knows(self) -> None:
        study = town(proxy((90, 100), (90, 100), (90, 100)), block_groups((30, 100), (0, 0)))
        firm, guess, beyond = (ask(study, x_m) for x_m in (500, 1500, 2500))
        assert (firm.is_open_lawful, firm.is_proxy) == (False, False)
        assert not any(sheet.is_proxy for sheet in firm.worksheets)
        assert (guess.is_open_lawful, guess.is_proxy) == (True, True)
        assert (beyond.is_open_lawful, beyond.is_proxy) == (True, True)
        assert shares(Standing(study), 500, 1500, 2500) == [0, 1, 1]

    def test_a_school_is_a_determination_and_comes_before_it(self) -> None:
        study = town(proxy((90, 100), (90, 100)), schools=(schools((builders.square(0, 0), 0.7)),))
        answer = ask(study, 500)
        assert (answer.status, answer.is_proxy) == (Route.SCHOOL, False)

    def test_it_is_labelled_for_the_whole_study(self) -> None:
        assert Standing(town(proxy((90, 100), (90, 100)))).is_proxy
        both = town(proxy((90, 100), (90, 100)), block_groups((30, 100), (30, 100)))
        assert not Standing(both).is_proxy


def test_made_up_figures_are_called_made_up_on_every_sheet() -> None:
    square = builders.square(0, 0)
    study = town(block_groups((45, 100), (60, 100)), schools=(schools((square, 0.7)),))
    assert not any("made up" in note for one in ask(study, 500).worksheets for note in one.notes)
    made_up = tuple(
        builders.provenance(layer, role, "Made up", is_illustrative=True)
        for layer, role in (("fns", Role.ELIGIBILITY), ("schools", Role.SCHOOLS))
    )
    sheets = ask(replace(study, provenance=made_up), 500).worksheets
    assert len(sheets) == 3
    assert all(any("made up" in note for note in one.notes) for one in sheets)


def test_bases_are_kept_apart() -> None:
    layer = block_groups((40, 100), (60, 100))
    table = layer.table.assign(children_0_12=[60.0, 60.0], eligible_0_12=[40.0, 10.0])
    study = town(replace(layer, table=table))
    assert ask(study, 500, largest_set=1).status is Route.NONE
    assert ask(study, 500, largest_set=1, basis=Basis.TO_12).status is Route.CENSUS
    assert ask(study, 1500, largest_set=1, basis=Basis.TO_12).status is Route.NONE
    assert ask(study, 500, basis=Basis.TO_12).worksheets[0].basis is Basis.TO_12


# --------------------------------------------------------------------------------------- by school


class TestBySchool:
    closed = ((10.0, 100.0), (10.0, 100.0))

    def test_the_attendance_area_of_a_school_at_half_opens(self) -> None:
        study = town(
            block_groups(*self.closed),
            schools=(schools((builders.square(0, 0, 600), 0.5), determined=DAY),),
        )
        answer = ask(study, 300, 300)
        assert (answer.status, answer.is_open_lawful) == (Route.SCHOOL, True)
        sheet = answer.worksheets[0]
        assert (sheet.level, sheet.share, sheet.valid_until) == (None, 0.5, date(2029, 7, 1))
        assert (sheet.rows[0].children, sheet.rows[0].eligible) == (200, 100)
        assert "attendance area of School 0" in said(answer)["open"][1]
        assert ask(study, 700, 300).is_open_lawful is False
        assert shares(Standing(study), 300, 700, y_m=300.0) == [1, 0]

    def test_one_below_half_does_not(self) -> None:
        study = town(
            block_groups(*self.closed), schools=(schools((builders.square(0, 0), 0.4999)),)
        )
        answer = ask(study, 500)
        assert answer.is_open_lawful is False
        assert [sheet.route for sheet in answer.worksheets] == [Route.CENSUS, Route.SCHOOL]
        assert answer.worksheets[1].is_met is False

    def test_a_stated_radius_stands_in_for_it_and_is_labelled(self) -> None:
        layer = schools((school_at(500, 500), 0.8))
        study = town(block_groups(*self.closed), schools=(replace(layer, radius_m=300.0),))
        answer = ask(study, 700)
        assert answer.status is Route.SCHOOL
        assert any("stated radius of 300 m" in note for note in answer.worksheets[0].notes)
        assert ask(study, 850).is_open_lawful is False
        # The radius of the rules where the layer has none.
        plain = town(block_groups(*self.closed), schools=(layer,))
        assert ask(plain, 700, school_radius_m=300.0).status is Route.SCHOOL

    def test_a_school_without_area_and_radius_decides_nothing_and_says_so(self) -> None:
        layer = schools((school_at(500, 500), 0.8))
        answer = ask(town(block_groups(*self.closed), schools=(layer,)), 500)
        assert answer.is_open_lawful is False
        assert any("no radius is stated" in note for note in answer.notes)

    def test_a_school_of_unknown_share_leaves_the_answer_open(self) -> None:
        layer = schools((builders.square(0, 0), NAN))
        study = town(block_groups((10, 100), (60, 100)), schools=(layer,))
        assert ask(study, 500).is_open_lawful is None
        assert ask(study, 1500).is_open_lawful is True
        np.testing.assert_array_equal(shares(Standing(study), 500, 1500), [NAN, 1.0])

    def test_the_best_of_several_schools_counts(self) -> None:
        square = builders.square(0, 0)
        layer = schools((square, 0.3), (square, 0.7), (square, NAN))
        answer = ask(town(block_groups(*self.closed), schools=(layer,)), 500)
        assert answer.worksheets[0].rows[0].name == "School 1"

    def test_schools_alone_answer_where_they_know(self) -> None:
        study = town(schools=(schools((builders.square(0, 0), 0.7)),))
        assert ask(study, 500).status is Route.SCHOOL
        assert ask(study, 1500).is_open_lawful is None


# ------------------------------------------------------------------------------------------- rural


class TestRural:
    def layer(self, title: str, **by_geoid: bool) -> RuralLayer:
        return RuralLayer(
            "r", title, "USDA", "2023", {name[1:]: value for name, value in by_geoid.items()}
        )

    def answer(self, layers: Sequence[RuralLayer], **rules: Any) -> EligibilityAnswer:
        study = town(block_groups((60, 100), (30, 100)), rural=tuple(layers))
        return ask(study, 500, **rules)

    def test_what_any_layer_calls_rural_is_rural(self) -> None:
        county = self.layer("Counties", g48001=False)
        tract = self.layer("Tracts", g48001000100=True)
        answer = self.answer([county, tract])
        assert answer.is_rural is True
        assert "Tracts (2023)" in answer.rural_because
        assert "tract 48001000100" in answer.rural_because
        assert self.answer([county]).is_rural is False

    def test_what_no_layer_knows_is_unknown(self) -> None:
        assert self.answer([]).is_rural is None
        other = self.layer("Counties", g48003=True)
        assert self.answer([other]).is_rural is None
        assert said(self.answer([other]))["non-congregate"][0] is None

    def test_a_decision_by_hand_wins_and_says_so(self) -> None:
        rural = self.layer("Counties", g48001=True)
        answer = self.answer([rural], not_rural=("48001",))
        assert answer.is_rural is False
        assert "by hand" in answer.rural_because
        assert self.answer([], rural=("48001000100",)).is_rural is True

    def test_the_narrowest_decision_by_hand_counts(self) -> None:
        rules = {"rural": ("480010001001",), "not_rural": ("48001",)}
        assert self.answer([], **rules).is_rural is True

    def test_one_decided_both_ways_is_refused(self) -> None:
        with pytest.raises(RequestError, match="both as rural and as not rural"):
            self.answer([], rural=("48001",), not_rural=("48001",))

    def test_ground_on_a_map_is_rural_and_the_rest_is_not(self) -> None:
        shapes = gpd.GeoDataFrame(geometry=[builders.square(0, 0, 600)], crs=STORED_CRS)
        layer = RuralLayer("r", "Map", "State", "2024", shapes=shapes)
        study = town(block_groups((60, 100), (30, 100)), rural=(layer,))
        assert ask(study, 300, 300).is_rural is True
        assert ask(study, 800, 800).is_rural is False

    def test_non_congregate_is_for_rural_places_and_leaves_the_proof_to_the_sponsor(self) -> None:
        rural = self.layer("Counties", g48001=True)
        study = town(block_groups((60, 100), (30, 100)), rural=(rural,))
        is_lawful, because = said(ask(study, 500))["non-congregate"]
        assert is_lawful is True
        assert "no congregate service" in because
        is_lawful, because = said(ask(study, 1500))["non-congregate"]
        assert is_lawful is None
        assert "conditional" in because
        urban = replace(study, rural=(self.layer("Counties", g48001=False),))
        assert said(ask(urban, 500))["non-congregate"][0] is False


# ---------------------------------------------------------------------------------- shares of areas


class TestSharesOfAreas:
    def test_block_groups_inside_a_tract_count_by_their_children(self) -> None:
        layer = block_groups((90, 100), (30, 300), (0, 0))
        table = layer.table.assign(geoid=["480010001001", "480010001002", "480010001003"])
        study = builders.study(
            builders.areas([400.0, 100.0]), eligibility=(replace(layer, table=table),)
        )
        found = Standing(study, EligibilityRules(largest_set=1)).open_share_of_areas()
        # The second area holds none by GEOID: by surface, the closed one lies in it.
        assert found.tolist() == pytest.approx([0.25, 0.0], abs=1e-6)

    def test_areas_that_are_the_judged_ones_are_open_or_not(self) -> None:
        study = town(tracts((60, 100), (30, 100), (0, 0)))
        np.testing.assert_array_equal(Standing(study).open_share_of_areas(), [1, 0, NAN])

    def test_areas_inside_a_judged_one_have_its_answer(self) -> None:
        areas = builders.areas([10.0, 10.0, 10.0])
        areas["geoid"] = ["480010001001", "480010001002", "480010001011"]
        study = builders.study(areas, eligibility=(tracts((60, 100), (30, 100)),))
        assert Standing(study).open_share_of_areas().tolist() == [1, 1, 0]

    def test_areas_without_census_geoids_count_by_surface(self) -> None:
        areas = builders.areas([10.0])
        areas["geoid"] = ["riverside"]
        areas = areas.set_geometry([builders.square(500, 0)], crs=STORED_CRS)
        study = builders.study(areas, eligibility=(block_groups((60, 100), (10, 100)),))
        assert Standing(study).open_share_of_areas() == pytest.approx([0.5], abs=1e-3)

    def test_attendance_areas_open_their_surface(self) -> None:
        layer = schools((builders.square(1000, 0, 500), 0.8))
        study = town(tracts((60, 100), (10, 100)), schools=(layer,))
        assert Standing(study).open_share_of_areas() == pytest.approx([1, 0.25], abs=1e-3)

    def test_the_circle_around_a_school_opens_its_surface(self) -> None:
        layer = schools((school_at(1500, 500), 0.8), radius_m=300.0)
        study = town(tracts((60, 100), (10, 100)), schools=(layer,))
        expected = np.pi * 0.3**2
        assert Standing(study).open_share_of_areas() == pytest.approx([1, expected], abs=2e-3)

    def test_ground_of_unknown_schools_is_left_out_of_the_share(self) -> None:
        layer = schools(
            (builders.square(1000, 0, 500), 0.8), (builders.square(1500, 500, 500), NAN)
        )
        study = town(tracts((60, 100), (10, 100)), schools=(layer,))
        found = Standing(study).open_share_of_areas()
        assert found == pytest.approx([1, 0.25 / 0.75], abs=1e-3)

    def test_without_anything_to_judge_by_nothing_is_known(self) -> None:
        assert np.isnan(Standing(town()).open_share_of_areas()).all()

    @settings(max_examples=25)
    @given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 90)), min_size=2, max_size=8))
    def test_points_and_areas_agree_and_shares_are_shares(
        self, drawn: list[tuple[int, int]]
    ) -> None:
        figures = [(float(min(a, b)), float(b)) for a, b in drawn]
        standing = Standing(town(block_groups(*figures)))
        found = standing.open_share_of_areas()
        inside = shares(standing, *[1000 * row + 500 for row in range(len(figures))])
        np.testing.assert_array_equal(found, inside)
        assert ((found == 0) | (found == 1)).all()


# ---------------------------------------------------------------------------- what cannot be asked


def test_a_place_outside_is_refused_with_the_likely_reason() -> None:
    with pytest.raises(RequestError, match=r"outside Squaretown.*latitude comes first"):
        ask(town(block_groups((60, 100), (30, 100))), 90_000)


def test_an_unknown_area_is_refused_with_the_nearest_ones() -> None:
    standing = Standing(town(block_groups((60, 100), (30, 100))))
    with pytest.raises(UnknownNameError, match="Did you mean 480010001001"):
        standing.of("480010001009")
    with pytest.raises(UnknownNameError):
        standing.of("")


def test_a_tract_of_which_only_block_groups_are_known_names_them() -> None:
    standing = Standing(town(block_groups((60, 100), (30, 100))))
    with pytest.raises(RequestError, match=r"1 block group .*480010001001"):
        standing.of("48001000100")


def test_a_study_without_eligibility_says_how_to_add_it() -> None:
    with pytest.raises(RequestError, match=r"no eligibility layer.*fetch"):
        ask(town(), 500)


def test_a_basis_that_nobody_counted_is_refused() -> None:
    with pytest.raises(RequestError, match="count children 0-18, not 0-12"):
        ask(town(block_groups((60, 100), (30, 100))), 500, basis=Basis.TO_12)


def test_other_rules_use_the_borders_found_before() -> None:
    study = town(block_groups((45, 100), (58, 100), (60, 100)))
    strict = Standing(study)
    chain = Standing(study, EligibilityRules(adjacency=Adjacency.CHAIN), strict)
    assert strict.deciding is not None
    assert chain.deciding is not None
    assert chain.deciding.borders is strict.deciding.borders
    assert len(chain.areas["best_set"][0]) == 3


def test_many_threads_may_ask_at_once() -> None:
    study = town(block_groups(*[(45.0, 100.0), (60.0, 100.0)] * 4))
    standing = Standing(study)
    longitude, latitude = builders.to_degrees([1000 * row + 500 for row in range(8)], [500] * 8)
    spots = list(zip(longitude.tolist(), latitude.tolist(), strict=True)) * 8
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda spot: standing.at(*spot).status, spots))
    assert answers == [standing.at(*spot).status for spot in spots]
