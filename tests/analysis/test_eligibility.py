from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from gapmap.analysis.eligibility import UNKNOWN, Judgement, judge_areas
from gapmap.errors import RequestError
from gapmap.rules import Adjacency, EligibilityRules, Route

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Border = tuple[int, int]

RULES = EligibilityRules()
CHAIN = replace(RULES, adjacency=Adjacency.CHAIN)
NAN = float("nan")


def borders(count: int, pairs: Iterable[Border]) -> csr_array:
    """Who borders on whom, both ways, columns sorted."""
    beside = np.zeros((count, count))
    for one, other in pairs:
        beside[one, other] = beside[other, one] = 1.0
    return csr_array(beside)


def judge(
    areas: Sequence[tuple[float, float]],
    pairs: Iterable[Border] = (),
    rules: EligibilityRules = RULES,
    **options: Any,
) -> Judgement:
    """Judge areas given as (eligible children, children)."""
    return judge_areas(
        [children for _, children in areas],
        [eligible for eligible, _ in areas],
        borders(len(areas), pairs),
        rules,
        **{"may_average": True, **options},
    )


# --------------------------------------------------------------------------------- brute force


def is_set(members: tuple[int, ...], pairs: set[Border], adjacency: Adjacency) -> bool:
    """Whether areas are adjacent: each to each, or together connected."""
    touch = [pair for pair in combinations(sorted(members), 2) if pair in pairs]
    if adjacency is Adjacency.STRICT:
        return len(touch) == len(members) * (len(members) - 1) // 2
    reached = {members[0]}
    for _ in members:
        reached |= {area for pair in touch if reached & set(pair) for area in pair}
    return reached == set(members)


def exact(number: float) -> Fraction:
    return Fraction(round(number * 1000), 1000)


def by_brute_force(
    areas: Sequence[tuple[float, float]], pairs: Iterable[Border], rules: EligibilityRules
) -> list[tuple[Route | None, tuple[int, ...]]]:
    """Route and best set of each area: every set there is, in fractions."""
    sides = {(min(pair), max(pair)) for pair in pairs}
    threshold, floor = Fraction(str(rules.share)), Fraction(str(rules.floor))
    counts = {
        row: (exact(part), exact(whole))
        for row, (part, whole) in enumerate(areas)
        if part == part and whole == whole and round(whole * 1000) > 0
    }
    found: list[tuple[Route | None, tuple[int, ...]]] = []
    for area in range(len(areas)):
        if area not in counts:
            found.append((None, ()))
            continue
        part, whole = counts[area]
        if part / whole >= threshold:
            found.append((Route.CENSUS, (area,)))
            continue
        best: tuple[Any, ...] | None = None
        for size in range(1, rules.largest_set + 1):
            for others in combinations(sorted(set(counts) - {area}), size - 1):
                members = tuple(sorted((area, *others)))
                if any(counts[row][0] / counts[row][1] < floor for row in members):
                    continue
                if not is_set(members, sides, rules.adjacency):
                    continue
                share = sum(counts[row][0] for row in members) / sum(
                    counts[row][1] for row in members
                )
                rank = (-share, size, members)
                best = rank if best is None else min(best, rank)
        if best is None:
            found.append((Route.NONE, ()))
        else:
            route = Route.AVERAGING if -best[0] >= threshold else Route.NONE
            found.append((route, best[2]))
    return found


def answers(found: Judgement, count: int) -> list[tuple[Route | None, tuple[int, ...]]]:
    return [(found.route(area), tuple(sorted(found.set_of(area)))) for area in range(count)]


@st.composite
def maps(draw: st.DrawFn) -> tuple[list[tuple[float, float]], list[Border]]:
    """A few areas with counts near the thresholds, some unknown, and any borders."""
    count = draw(st.integers(1, 7))
    whole = st.one_of(st.integers(0, 30), st.integers(0, 12_000).map(lambda n: n / 8))

    def area() -> tuple[float, float]:
        children = float(draw(whole))
        share = draw(st.sampled_from([0.0, 0.3, 0.39, 0.4, 0.41, 0.45, 0.48, 0.5, 0.55, 0.7, 1.0]))
        eligible = float(round(children * share)) if draw(st.booleans()) else children * share
        if draw(st.integers(0, 9)) == 0:
            return draw(st.sampled_from([(NAN, children), (eligible, NAN), (NAN, NAN)]))
        return min(eligible, children), children

    areas = [area() for _ in range(count)]
    every = list(combinations(range(count), 2))
    return areas, [pair for pair in every if draw(st.integers(0, 9)) < 7]


@given(maps(), st.sampled_from([RULES, CHAIN]), st.integers(1, 3))
def test_the_engine_finds_what_a_search_through_every_set_finds(
    drawn: tuple[list[tuple[float, float]], list[Border]], rules: EligibilityRules, largest: int
) -> None:
    areas, pairs = drawn
    rules = replace(rules, largest_set=largest)
    found = judge(areas, pairs, rules)
    assert answers(found, len(areas)) == by_brute_force(areas, pairs, rules)


@pytest.mark.parametrize("adjacency", list(Adjacency))
def test_on_every_small_map_of_a_kind_engine_and_search_agree(adjacency: Adjacency) -> None:
    """All 64 ways four areas can border, under figures where every rule matters."""
    rules = replace(RULES, adjacency=adjacency)
    every = list(combinations(range(4), 2))
    for figures in (
        [(45, 100), (49, 100), (52, 100), (60, 100)],
        [(40, 100), (39, 100), (90, 100), (55, 100)],
        [(48, 100), (24, 50), (1, 2), (52, 100)],
        [(45, 100), (55, 100), (55, 100), (110, 200)],
    ):
        for kept in range(2 ** len(every)):
            pairs = [pair for bit, pair in enumerate(every) if kept >> bit & 1]
            found = judge([(float(a), float(b)) for a, b in figures], pairs, rules)
            expected = by_brute_force([(float(a), float(b)) for a, b in figures], pairs, rules)
            assert answers(found, 4) == expected


# ------------------------------------------------------------------------------------- by hand


def test_half_is_eligible_and_a_hair_less_is_not() -> None:
    found = judge([(1, 2), (499_999, 1_000_000), (0.5, 1.0), (0.499, 1.0)])
    assert [found.route(row) for row in range(4)] == [
        Route.CENSUS,
        Route.NONE,
        Route.CENSUS,
        Route.NONE,
    ]


def test_two_fifths_is_the_floor_to_the_last_bit() -> None:
    # In floats 0.4 * 1e6 children and their sums are not what they seem.
    at_floor = judge([(2, 5), (8, 10)], [(0, 1)])
    assert at_floor.route(0) is Route.AVERAGING
    below = judge([(1.999, 5), (8, 10)], [(0, 1)])
    assert below.route(0) is Route.NONE
    assert below.set_of(0) == ()


def test_exactly_half_by_averaging_is_eligible() -> None:
    assert judge([(45, 100), (55, 100)], [(0, 1)]).route(0) is Route.AVERAGING
    assert judge([(45, 100), (54.999, 100)], [(0, 1)]).route(0) is Route.NONE


def test_a_set_that_falls_short_is_kept_to_be_shown() -> None:
    found = judge([(42, 100), (48, 100)], [(0, 1)])
    assert found.route(0) is Route.NONE
    assert found.set_of(0) == (0, 1)
    assert found.best_share[0] == 0.45


def test_an_area_without_children_or_figures_is_unknown_and_joins_no_set() -> None:
    found = judge([(0, 0), (NAN, 100), (50, NAN), (45, 100)], [(0, 3), (1, 3), (2, 3), (0, 1)])
    assert found.code[:3].tolist() == [UNKNOWN] * 3
    assert [found.route(row) for row in range(3)] == [None, None, None]
    assert found.set_of(3) == (3,)
    assert np.isnan(found.share[:3]).all()


def test_in_a_chain_the_ends_need_not_touch_and_strictly_they_must() -> None:
    areas, chain = [(45.0, 100.0), (48.0, 100.0), (60.0, 100.0)], [(0, 1), (1, 2)]
    assert judge(areas, chain).route(0) is Route.NONE
    assert judge(areas, chain, CHAIN).set_of(0) == (0, 1, 2)
    assert judge(areas, chain, CHAIN).route(0) is Route.AVERAGING
    assert judge(areas, [*chain, (0, 2)]).set_of(0) == (0, 2)


def test_tracts_are_never_averaged() -> None:
    areas = [(45.0, 100.0), (60.0, 100.0)]
    assert judge(areas, [(0, 1)]).route(0) is Route.AVERAGING
    found = judge(areas, [(0, 1)], may_average=False)
    assert found.route(0) is Route.NONE
    assert found.set_of(0) == (0,)


def test_of_equal_sets_the_smaller_and_then_the_first_is_kept() -> None:
    # 0 with 1, with 2, or with both: always 55 of 100.
    areas = [(45.0, 100.0), (65.0, 100.0), (65.0, 100.0), (55.0, 100.0)]
    found = judge(areas, [(0, 1), (0, 2), (1, 3), (0, 3), (2, 3)])
    assert found.set_of(0) == (0, 1)


def test_what_the_agency_published_counts_whatever_the_figures_say() -> None:
    areas = [(30.0, 100.0), (NAN, NAN), (60.0, 100.0)]
    found = judge(areas, published=[True, True, False])
    assert [found.route(row) for row in range(3)] == [Route.CENSUS] * 3
    assert found.share[0] == 0.3
    assert np.isnan(found.share[1])


def test_the_order_of_the_areas_does_not_change_the_best_share() -> None:
    random = np.random.default_rng(4)
    count = 40
    whole = random.integers(50, 500, count).astype(float)
    part = np.rint(whole * random.uniform(0.35, 0.6, count))
    beside = np.triu(random.random((count, count)) < 0.12, 1)
    beside = csr_array((beside | beside.T).astype(float))
    turned = random.permutation(count)
    for rules in (RULES, CHAIN):
        straight = judge_areas(whole, part, beside, rules, may_average=True)
        mixed = judge_areas(
            whole[turned], part[turned], beside[turned][:, turned].tocsr(), rules, may_average=True
        )
        np.testing.assert_array_equal(mixed.code, straight.code[turned])
        np.testing.assert_array_equal(mixed.best_share, straight.best_share[turned])


def test_many_areas_in_chunks_are_judged_as_few_are() -> None:
    small = [(45.0, 100.0), (49.0, 100.0), (58.0, 100.0)]
    again = 20_000
    pairs = csr_array(
        (
            np.ones(6 * again),
            (
                (np.array([0, 0, 1, 1, 2, 2]) + 3 * np.arange(again)[:, None]).ravel(),
                (np.array([1, 2, 0, 2, 0, 1]) + 3 * np.arange(again)[:, None]).ravel(),
            ),
        )
    )
    pairs.sort_indices()
    part, whole = np.tile(np.array(small).T, again)
    found = judge_areas(whole, part, pairs, RULES, may_average=True)
    first = judge(small, [(0, 1), (0, 2), (1, 2)])
    np.testing.assert_array_equal(found.code.reshape(-1, 3), np.tile(first.code, (again, 1)))
    np.testing.assert_array_equal(found.best_set[-3:, 0], 3 * again - 3 + np.arange(3))


@pytest.mark.parametrize("areas", [[(-1.0, 10.0)], [(1.0, np.inf)], [(1.0, 2e9)]])
def test_counts_that_cannot_be_children_are_refused(areas: list[tuple[float, float]]) -> None:
    with pytest.raises(RequestError, match="eligibility layer"):
        judge(areas)


# ------------------------------------------------- the four mistakes that public code has made
#
# Each is written down here as it is made, and on its map gives another answer than the engine.


def test_a_set_with_an_area_below_the_floor_would_pass_without_the_floor() -> None:
    areas = [(45.0, 100.0), (30.0, 100.0), (80.0, 100.0)]
    pairs = [(0, 1), (1, 2)]
    no_floor = by_brute_force(areas, pairs, replace(CHAIN, floor=0.0))
    assert no_floor[0] == (Route.AVERAGING, (0, 1, 2))
    assert judge(areas, pairs, CHAIN).route(0) is Route.NONE
    # The area that asks is held to the floor as well.
    assert by_brute_force(areas, pairs, replace(CHAIN, floor=0.0))[1][0] is Route.AVERAGING
    assert judge(areas, pairs, CHAIN).route(1) is Route.NONE


def first_triple(
    _areas: Sequence[tuple[float, float]], pairs: Iterable[Border], area: int
) -> tuple[int, ...]:
    """The mistake: take the first triple that comes, and look no further."""
    beside = sorted({other for pair in pairs if area in pair for other in pair} - {area})
    return (area, *beside[:2])


def test_the_first_triple_falls_short_where_the_best_one_does_not() -> None:
    areas = [(44.0, 100.0), (45.0, 100.0), (46.0, 100.0), (60.0, 100.0)]
    pairs = list(combinations(range(4), 2))
    first = first_triple(areas, pairs, 0)
    assert sum(areas[row][0] for row in first) / sum(areas[row][1] for row in first) < 0.5
    found = judge(areas, pairs)
    assert found.set_of(0) == (0, 3)
    assert found.route(0) is Route.AVERAGING


def test_a_set_across_the_state_line_is_lost_where_the_search_stops_at_it() -> None:
    states = ["24", "24", "42"]
    areas = [(45.0, 100.0), (46.0, 100.0), (70.0, 100.0)]
    pairs = [(0, 1), (0, 2), (1, 2)]
    within = [(one, other) for one, other in pairs if states[one] == states[other]]
    assert by_brute_force(areas, within, RULES)[0][0] is Route.NONE
    assert judge(areas, pairs).route(0) is Route.AVERAGING


def test_an_unweighted_mean_passes_a_set_whose_children_are_too_few() -> None:
    areas = [(400.0, 1000.0), (90.0, 100.0)]
    unweighted = float(np.mean([part / whole for part, whole in areas]))
    assert unweighted >= 0.5
    found = judge(areas, [(0, 1)])
    assert found.best_share[0] == 490 / 1100
    assert found.route(0) is Route.NONE
