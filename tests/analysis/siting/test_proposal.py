"""Suggestions for a town that can be checked by hand."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapmap.analysis.siting.values import DemandKind, Ended, SitingModel, SitingRequest
from gapmap.errors import RequestError, UnknownNameError
from gapmap.geo import STORED_CRS
from gapmap.model import Measure, Reach
from gapmap.usecases import assess_gaps, default_scenario, propose_sites
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapmap.analysis.siting.values import SitingResult
    from gapmap.model import Study

FIVE = [(500 + 1000 * row, 500.0) for row in range(5)]
"""The middles of five squares."""


def candidates(*places: tuple[float, float], **columns: Sequence[Any]) -> gpd.GeoDataFrame:
    """Candidates c0, c1, ... at metres from the corner."""
    longitude, latitude = builders.to_degrees([x for x, _ in places], [y for _, y in places])
    names = [f"c{row}" for row in range(len(places))]
    return gpd.GeoDataFrame(
        {
            "candidate_id": names,
            "name": [f"Host {name}" for name in names],
            "kind": ["school"] * len(places),
            **{name: list(values) for name, values in columns.items()},
        },
        geometry=gpd.points_from_xy(longitude, latitude),
        crs=STORED_CRS,
    )


def town(
    needs: Sequence[float] = (100, 200, 300, 400, 500),
    places: Sequence[tuple[float, float]] = FIVE,
    *,
    sites: Sequence[tuple[float, float]] = (),
    hosts: dict[str, Sequence[Any]] | None = None,
    **changes: Any,
) -> Study:
    """Squares with their need in the middle, and a candidate at each of some places."""
    return builders.study(
        changes.pop("areas", builders.areas(list(needs))),
        changes.pop("town_sites", builders.sites(*sites)),
        candidates={"hosts": candidates(*places, **(hosts or {}))} if places else {},
        **changes,
    )


def ask(study: Study, model: str = "mclp", count: int | None = 2, **question: Any) -> SitingResult:
    scenario = default_scenario(study)
    of_scenario = {
        key: question.pop(key) for key in ("reach", "within", "count_unknown") if key in question
    }
    request = SitingRequest(
        scenario=replace(scenario, **of_scenario),
        model=SitingModel(model),
        count=count,
        **question,
    )
    return propose_sites(study, request)


class TestMostInReach:
    def test_the_largest_needs_come_first(self) -> None:
        answer = ask(town())
        assert answer.order == ("c4", "c3")
        assert answer.chosen == ("c3", "c4")
        assert (answer.need_in_reach, answer.need_before, answer.need_total) == (900, 0, 1500)
        assert (answer.objective, answer.bound, answer.gap) == (900, 900, 0)
        assert answer.ended is Ended.PROVEN

    def test_a_site_that_stands_is_not_doubled(self) -> None:
        answer = ask(town(sites=[FIVE[4]]))
        assert answer.order == ("c3", "c2")
        assert (answer.need_in_reach, answer.need_before) == (1200, 500)
        assert answer.objective == 1200

    def test_sites_that_stand_can_be_left_aside(self) -> None:
        answer = ask(town(sites=[FIVE[4]]), keep_existing=False)
        assert answer.order == ("c4", "c3")
        assert any("not looked at" in note for note in answer.notes)

    def test_a_closed_site_counts_for_nobody(self) -> None:
        closed = builders.sites(FIVE[4], kind=["closed"])
        assert ask(town(town_sites=closed)).order == ("c4", "c3")

    def test_one_place_between_two_reaches_both(self) -> None:
        places = [*FIVE, (4000.0, 500.0)]
        answer = ask(town(places=places), count=1, reach=Reach(600.0))
        assert answer.order == ("c5",)
        assert answer.need_in_reach == 900

    def test_what_adds_nobody_is_not_suggested(self) -> None:
        answer = ask(town(sites=FIVE[1:]), count=3)
        assert answer.order == ("c0",)
        assert any("1 of the 3 asked for" in note for note in answer.notes)

    def test_the_curve_goes_on_beyond_what_was_asked(self) -> None:
        curve = ask(town()).curve
        assert [point.need_added for point in curve] == [0, 500, 400, 300, 200, 100]
        assert [point.need_in_reach for point in curve] == [0, 500, 900, 1200, 1400, 1500]
        assert [point.is_beyond for point in curve] == [False] * 3 + [True] * 3

    def test_need_that_nobody_reaches_is_reported(self) -> None:
        answer = ask(town(places=FIVE[:3]))
        assert answer.need_unreachable == 900
        assert any("900 children are farther than 400 m" in note for note in answer.notes)

    def test_an_unknown_need_is_no_need(self) -> None:
        answer = ask(town([100, 200, 300, 400, float("nan")]))
        assert answer.order == ("c3", "c2")
        assert answer.need_total == 1000

    def test_nobody_in_need_is_a_refusal(self) -> None:
        with pytest.raises(RequestError, match="Nobody is in need"):
            ask(town([0, 0, 0, 0, 0]))


class TestRestrictions:
    def test_an_excluded_candidate_is_passed_by(self) -> None:
        answer = ask(town(), excluded=("c4",))
        assert answer.order == ("c3", "c2")
        assert answer.candidates_left_out == {"excluded by hand": 1}

    def test_a_forced_candidate_is_taken(self) -> None:
        answer = ask(town(), forced=("c0",))
        assert answer.order == ("c4", "c0")
        assert answer.objective == 600

    @pytest.mark.parametrize("model", [model.value for model in SitingModel])
    def test_every_model_honours_forced_and_excluded(self, model: str) -> None:
        answer = ask(
            town(), model, None if model == "lscp" else 3, forced=("c0",), excluded=("c4",)
        )
        assert "c0" in answer.chosen
        assert "c4" not in answer.chosen

    def test_both_at_once_is_a_refusal(self) -> None:
        with pytest.raises(RequestError, match="both excluded and forced"):
            ask(town(), forced=("c0",), excluded=("c0",))

    def test_more_forced_than_asked_for_is_a_refusal(self) -> None:
        with pytest.raises(RequestError, match="3 candidates are forced"):
            ask(town(), forced=("c0", "c1", "c2"))

    def test_a_candidate_that_does_not_exist_is_named(self) -> None:
        with pytest.raises(UnknownNameError, match="no candidate called “c44”"):
            ask(town(), excluded=("c44",))

    def test_a_budget_buys_what_is_worth_most(self) -> None:
        study = town(hosts={"cost": [1.0, 1.0, 1.0, 1.0, 3.0]})
        answer = ask(study, count=None, budget=3.0)
        assert answer.chosen == ("c1", "c2", "c3")
        assert answer.suggestions[0].cost == 1.0

    def test_a_cost_by_hand_goes_before_the_layer_s(self) -> None:
        study = town(hosts={"cost": [1.0, 1.0, 1.0, 1.0, 3.0]})
        answer = ask(study, count=None, budget=3.0, costs=(("c4", 1.0),))
        assert answer.chosen == ("c2", "c3", "c4")

    def test_within_a_neighbourhood_need_and_candidates_are_those_inside(self) -> None:
        places = builders.neighbourhoods("A", "B", "C", "D", "E", groups=["x", "x", "x", "y", "y"])
        answer = ask(town(neighbourhoods=places), within="x", count=1)
        assert answer.order == ("c2",)
        assert answer.need_total == 600
        assert answer.candidates_left_out == {"not in x": 2}
        assert ask(town(neighbourhoods=places), within="B", count=1).order == ("c1",)
        with pytest.raises(UnknownNameError, match="district or neighbourhood called “z”"):
            ask(town(neighbourhoods=places), within="z")

    def test_nothing_left_to_choose_from_is_a_refusal(self) -> None:
        with pytest.raises(RequestError, match="1 × excluded by hand"):
            ask(town(places=FIVE[:1]), excluded=("c0",))

    def test_equal_identifiers_of_two_layers_are_kept_apart(self) -> None:
        study = town()
        study = replace(study, candidates={"a": candidates(FIVE[0]), "b": candidates(FIVE[1])})
        assert ask(study).chosen == ("a:c0", "b:c0")
        assert ask(study, layers=("b",)).chosen == ("c0",)


class TestTheLaw:
    @pytest.fixture
    def study(self) -> Study:
        judged = builders.eligibility([100] * 5, [80, 80, 80, 10, 10])
        return town(eligibility=(judged,))

    def test_a_candidate_falls_out_where_an_open_site_is_unlawful(self, study: Study) -> None:
        answer = ask(study)
        assert answer.order == ("c2", "c1")
        assert answer.candidates_left_out == {"an open site would not be lawful there": 2}
        assert answer.suggestions[0].is_lawful is True
        assert "An open meal site is lawful here" in " ".join(answer.suggestions[0].sentences)
        assert any("2 of 5 candidates fell out" in note for note in answer.notes)

    def test_the_rule_can_be_taken_off(self, study: Study) -> None:
        answer = ask(study, lawful_only=False)
        assert answer.order == ("c4", "c3")
        assert answer.suggestions[0].is_lawful is False
        assert "is not lawful here" in " ".join(answer.suggestions[0].sentences)

    def test_what_is_not_known_stays_and_says_so(self) -> None:
        judged = builders.eligibility([100] * 5, [80, 80, 80, 80, float("nan")])
        answer = ask(town(eligibility=(judged,)), count=1)
        assert answer.order == ("c4",)
        assert answer.suggestions[0].is_lawful is None
        assert "is not known" in " ".join(answer.suggestions[0].sentences)

    def test_a_proxy_says_that_it_is_one(self) -> None:
        judged = builders.eligibility([100] * 5, [80] * 5, is_proxy=True)
        answer = ask(town(eligibility=(judged,)), count=1)
        assert "proxy, not a determination" in answer.suggestions[0].lawful_because


class TestModels:
    def test_the_fewest_sites_for_everybody(self) -> None:
        places = [(1000.0, 500.0), (3000.0, 500.0), *FIVE]
        answer = ask(town(places=places), "lscp", None, reach=Reach(600.0))
        assert answer.objective == answer.bound == 3
        assert answer.need_in_reach == answer.need_total

    def test_a_share_that_is_in_reach_already_takes_nothing(self) -> None:
        answer = ask(town(sites=[FIVE[3], FIVE[4]]), "lscp", None, share=0.6)
        assert answer.order == ()
        assert (answer.objective, answer.bound, answer.is_proven) == (0, 0, True)

    def test_stopped_it_still_says_how_few_could_do_at_the_least(self) -> None:
        random = np.random.default_rng(3)
        spots = [(float(x), float(y)) for x, y in random.uniform(0, [30_000, 1_000], (120, 2))]
        study = town(random.integers(1, 90, 30).tolist(), spots)
        proven = ask(study, "lscp", None, share=0.7, reach=Reach(900.0))
        steps: list[str] = []
        hasty = propose_sites(
            study,
            proven.request,
            progress=lambda at: steps.append(at.step),
            is_cancelled=lambda: "Proving" in steps,
        )
        assert "Bounding" in steps
        assert proven.is_proven
        assert 0.8 * proven.objective <= hasty.bound <= proven.objective <= hasty.objective

    def test_the_fewest_sites_for_a_share(self) -> None:
        answer = ask(town(), "lscp", None, share=0.6)
        assert answer.chosen == ("c3", "c4")

    def test_too_few_sites_for_everybody_is_a_refusal(self) -> None:
        with pytest.raises(RequestError, match="cannot be had with 2 sites"):
            ask(town(), "lscp", 2)

    def test_the_shortest_ways_on_average(self) -> None:
        answer = ask(town([100, 100, 100, 100, 1000]), "p-median", 1)
        assert answer.chosen == ("c4",)
        assert answer.objective == pytest.approx(100 * (4 + 3 + 2 + 1) * 1000, rel=1e-4)
        assert answer.mean_m == pytest.approx(1e6 / 1400, rel=1e-4)
        assert answer.farthest_m == pytest.approx(4000, rel=1e-4)

    def test_the_shortest_longest_way(self) -> None:
        answer = ask(town([100, 100, 100, 100, 1000]), "p-center", 1)
        assert answer.chosen == ("c2",)
        assert answer.objective == pytest.approx(2000, rel=1e-4)

    def test_ways_to_sites_that_stand_count(self) -> None:
        answer = ask(town(sites=[FIVE[0]]), "p-center", 1)
        assert answer.chosen == ("c3",)
        assert answer.farthest_m == pytest.approx(1000, rel=1e-4)

    def test_a_second_site_in_reach_is_worth_something(self) -> None:
        near = [(4400.0, 500.0), (4600.0, 500.0), FIVE[1]]
        once = ask(town(places=near), "backup", 2, second_weight=0.3)
        assert once.chosen == ("c0", "c2")
        twice = ask(town(places=near), "backup", 2, second_weight=0.5)
        assert twice.objective == 750
        assert twice.chosen == ("c0", "c1")

    def test_nobody_is_served_beyond_a_capacity(self) -> None:
        study = town(hosts={"capacity": [np.nan, np.nan, np.nan, np.nan, 150.0]})
        answer = ask(study, capacity=float("inf"))
        assert answer.chosen == ("c2", "c3")
        assert answer.need_in_reach == pytest.approx(700)
        limited = ask(study, capacity=50.0)
        assert limited.need_in_reach == pytest.approx(200)
        assert limited.suggestions[0].capacity in (50.0, 150.0)

    @pytest.mark.parametrize("model", [model.value for model in SitingModel])
    def test_every_model_takes_capacities(self, model: str) -> None:
        study = town(sites=[FIVE[0]])
        answer = ask(study, model, None if model == "lscp" else 3, capacity=800.0)
        assert answer.ended is Ended.PROVEN
        assert answer.need_in_reach <= 100 + 3 * 800 + 1e-6

    def test_a_measure_can_count_more(self) -> None:
        areas = builders.areas([300, 200], poor=[0, 150])
        measures = {"children": builders.CHILDREN, "poor": Measure("poor", "Poor", "children")}
        study = town(areas=areas, places=FIVE[:2], measures=measures)
        assert ask(study, count=1).order == ("c0",)
        weighted = ask(study, count=1, equity="poor")
        assert weighted.order == ("c1",)
        assert (weighted.objective, weighted.need_in_reach) == (350, 200)

    def test_a_meal_on_one_day_leaves_the_other_days_open(self) -> None:
        lunch = builders.sites(FIVE[4], days=["mon"], meals=["lunch"])
        answer = ask(town(town_sites=lunch), demand=DemandKind.MEAL_DAYS)
        assert answer.need_total == 1500 * 5
        assert answer.need_before == 500
        # 4 days of 500 and 5 days of 400 children.
        assert answer.need_in_reach == 500 + 2000 + 2000
        assert "children times meals a week" in answer.unit

    def test_a_site_that_does_not_say_its_days_counts_only_when_asked_to(self) -> None:
        silent = town(town_sites=builders.sites(FIVE[4], days=[None]))
        assert ask(silent, demand=DemandKind.MEAL_DAYS).need_before == 0
        counted = ask(silent, demand=DemandKind.MEAL_DAYS, count_unknown=True)
        assert counted.need_before == 2500

    def test_a_meal_that_nobody_asked_for_covers_nothing(self) -> None:
        supper = builders.sites(FIVE[4], meals=["supper"])
        answer = ask(town(town_sites=supper), demand=DemandKind.MEAL_DAYS, days=("mon",))
        assert (answer.need_before, answer.need_in_reach) == (0, 900)


class TestDemand:
    def test_without_candidates_places_of_need_are_named_as_such(self) -> None:
        answer = ask(town(places=()))
        first = answer.suggestions[0]
        assert first.need_in_reach == 500
        assert not first.is_host_known
        assert first.name == "look for a host near here (Tract 4)"
        assert "look for one near this place" in first.sentences[-1]
        again = ask(town(places=()), excluded=(first.candidate_id,))
        assert first.candidate_id not in again.chosen

    def test_need_points_say_where_people_live(self) -> None:
        points = builders.need_points(
            (100, 500, "48001000100", 1),
            (900, 500, "48001000100", 3),
            (1500, 500, "48001000101", 1),
        )
        study = town([400, 100], [(100, 500), (900, 500)], need_points=points)
        answer = ask(study, count=1)
        assert answer.order == ("c1",)
        assert answer.need_in_reach == 300
        assert ask(study, count=1, demand=DemandKind.AREAS).need_total == 500

    def test_points_are_refused_where_there_are_none(self) -> None:
        with pytest.raises(RequestError, match="no need points"):
            ask(town(), demand=DemandKind.POINTS)

    def test_a_distance_table_goes_before_the_straight_line(self) -> None:
        ways = [(f"480010001{row:02d}", "c0", 100.0) for row in range(5)]
        ways += [("48001000104", "c4", 5000.0)]
        table = pd.DataFrame(ways, columns=["geoid", "to_id", "metres"])
        answer = ask(town(distances=table), count=1)
        assert answer.order == ("c0",)
        assert answer.need_in_reach == 1500
        assert answer.candidates_left_out == {"not in the distance table": 3}


class TestReasons:
    def test_a_suggestion_says_what_it_adds_and_whom_it_overlaps(self) -> None:
        places = [(4200.0, 500.0), (3800.0, 500.0)]
        answer = ask(town(places=places, sites=[FIVE[3]]), reach=Reach(900.0), count=1)
        (only,) = answer.suggestions
        assert (only.need_added, only.need_in_reach, only.need_unique) == (500, 900, 500)
        assert only.overlaps == (("Site 0 (Partner A)", 400.0),)
        assert only.sentences[0].startswith("Brings 500 children in reach")
        assert "400 with Site 0 (Partner A)" in only.sentences[2]

    def test_the_nearest_other_hosts_are_named(self) -> None:
        only = ask(town(), count=1).suggestions[0]
        assert [name for name, _ in only.nearest_hosts] == ["Host c3", "Host c2", "Host c1"]
        assert only.nearest_hosts[0][1] == pytest.approx(1000, rel=1e-3)

    def test_where_no_host_is_known_those_who_serve_already_are_named(self) -> None:
        study = town(places=(), sites=[FIVE[0], FIVE[0], FIVE[2]])
        study.sites["place_id"] = ["here", "here", "there"]
        (only,) = ask(study, count=1).suggestions
        assert not only.is_host_known
        # Twins at one place are named once.
        assert [name for name, _ in only.nearest_hosts] == [
            "Site 2 (serves already)",
            "Site 0 (serves already)",
        ]
        assert "Site 2 (serves already)" in only.sentences[-1]


@st.composite
def towns(draw: st.DrawFn) -> Study:
    """Need at random points, with a few candidates and standing sites."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(2, 8))
    points = builders.need_points(
        *(
            (float(random.uniform(1000 * row, 1000 * row + 999)), 500.0, f"480010001{row:02d}", 1.0)
            for row in range(count)
        )
    )

    def places(number: int) -> list[tuple[float, float]]:
        return [(float(random.uniform(0, 1000 * count)), 500.0) for _ in range(number)]

    return town(
        random.integers(1, 50, count).astype(float).tolist(),
        places(draw(st.integers(1, 6))),
        sites=places(draw(st.integers(0, 2))),
        need_points=points,
    )


MODELS = st.sampled_from(["mclp", "backup", "p-median", "p-center"])


@given(towns(), MODELS, st.integers(1, 3))
@settings(max_examples=8)
def test_suggestions_reach_what_they_would_if_they_stood(
    study: Study, model: str, count: int
) -> None:
    answer = ask(study, model, count, reach=Reach(700.0))
    opened = study.candidates["hosts"].set_index("candidate_id").loc[list(answer.chosen)]
    new = builders.sites(*[(0.0, 0.0)] * len(opened))
    new["site_id"] = new["place_id"] = [f"new {row}" for row in range(len(opened))]
    new = new.set_geometry(opened.geometry.to_numpy(), crs=STORED_CRS)
    both = pd.concat([study.sites, new], ignore_index=True)
    then = replace(study, sites=gpd.GeoDataFrame(both, crs=STORED_CRS))
    scenario = replace(default_scenario(study), reach=Reach(700.0))
    assert answer.need_in_reach == pytest.approx(assess_gaps(then, scenario).need_in_reach)
    assert answer.need_before == pytest.approx(assess_gaps(study, scenario).need_in_reach)


@given(towns(), st.integers(1, 3))
@settings(max_examples=8)
def test_one_more_site_never_lowers_what_is_reached(study: Study, count: int) -> None:
    fewer, more = (ask(study, count=n, reach=Reach(700.0)) for n in (count, count + 1))
    assert fewer.need_in_reach <= more.need_in_reach + 1e-9
    added = [point.need_added for point in more.curve[1 : len(more.order) + 1]]
    assert all(one >= other - 1e-9 for one, other in itertools.pairwise(added))
    assert more.need_before + sum(added) == pytest.approx(more.need_in_reach)


@given(towns(), MODELS, st.data())
@settings(max_examples=8)
def test_forced_and_excluded_are_honoured(study: Study, model: str, data: st.DataObject) -> None:
    names = study.candidates["hosts"]["candidate_id"].tolist()
    forced = data.draw(st.sets(st.sampled_from(names), max_size=2))
    rest = sorted(set(names) - forced)
    excluded = data.draw(st.sets(st.sampled_from(rest), max_size=1)) if len(rest) > 1 else set()
    answer = ask(study, model, 3, forced=tuple(sorted(forced)), excluded=tuple(excluded))
    assert forced <= set(answer.chosen)
    assert not excluded & set(answer.chosen)


def test_a_request_is_a_key() -> None:
    scenario = default_scenario(town())
    one, same = (SitingRequest(scenario, count=3, forced=("a",)) for _ in range(2))
    assert len({one, same}) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"count": None}, "needs a number of sites"),
        ({"count": 0}, "0 sites cannot be suggested"),
        ({"count": 1, "share": 1.5}, "share of 1.5"),
        ({"count": 1, "budget": -1.0}, "budget of -1"),
        ({"count": 1, "capacity": -1.0}, "capacity of -1"),
        ({"count": 1, "second_weight": 2.0}, "cannot count 2 times"),
        ({"count": 1, "time_limit_s": 0.0}, "more than 0 seconds"),
    ],
)
def test_a_request_without_meaning_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        SitingRequest(default_scenario(town()), **changes)
