from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gapmap.analysis.territory.infeasible import (
    Labels,
    begin_or_refuse,
    too_heavy,
    too_tight,
)
from gapmap.analysis.territory.problem import Problem
from gapmap.analysis.territory.search import proposals
from gapmap.analysis.territory.start import first_division
from gapmap.analysis.territory.values import ContradictoryWishesError, ObstacleKind
from gapmap.errors import RequestError
from tests.analysis.territory import towns


def labels(problem: Problem) -> Labels:
    return Labels(
        tuple(f"4800{row:02d}" for row in range(len(problem))),
        tuple(f"Tract {row}" for row in range(len(problem))),
        ("Aid", "Bank", "Club")[: problem.partner_count],
        area="tract",
        areas="tracts",
        unit="children",
    )


def row_of_seven(**changes: object) -> Problem:
    locked = np.array([0, -1, -1, 1, -1, -1, 0])
    return Problem.of(towns.lattice(7, 1), np.ones(7), [0.5, 0.5], **({"locked": locked} | changes))


def test_locks_on_both_sides_of_another_ones_lock_are_refused_with_one_release() -> None:
    problem = row_of_seven()
    with pytest.raises(ContradictoryWishesError) as refused:
        begin_or_refuse(problem, labels(problem))
    text, obstacle = str(refused.value), refused.value.obstacle
    assert isinstance(refused.value, RequestError)
    assert text.startswith("Aid cannot be one piece: Tract ")
    assert "open 1 tract to every partner" in text
    assert text == f"{obstacle.sentence} {obstacle.relaxation}"
    assert len(obstacle.geoids) == 1
    assert obstacle.partner == "Aid"


def test_the_release_that_is_named_does_work() -> None:
    problem = row_of_seven()
    for row in (0, 6):
        first_division(problem.relaxed(released=np.array([row])))
    both = Problem.of(towns.lattice(7, 1), np.ones(7), [0.5, 0.5], locked=[0, 0, 1, 1, -1, 0, 0])
    with pytest.raises(RequestError, match="open 2 tracts to every partner, now locked for"):
        begin_or_refuse(both, labels(both))


def test_a_release_that_would_leave_somebody_nothing_is_not_named() -> None:
    # Bank's one lock would be the least, but then there is no room for Bank.
    problem = Problem.of(towns.lattice(5, 1), np.ones(5), [0.5, 0.5], locked=[0, 0, 1, 0, 0])
    with pytest.raises(RequestError, match="open 2 tracts to every partner, now locked for Aid"):
        begin_or_refuse(problem, labels(problem))


def test_the_cheaper_of_two_releases_is_named() -> None:
    # Three of Aid's locks in the east, three of Bank's between, one of Aid's in the west.
    problem = Problem.of(
        towns.lattice(8, 1), np.ones(8), [0.5, 0.5], locked=[0, 1, 1, 1, 0, 0, 0, -1]
    )
    with pytest.raises(RequestError, match=r"open 1 tract .* now locked for Aid: Tract 0 "):
        begin_or_refuse(problem, labels(problem))


def test_two_partners_whose_locks_cross_are_refused() -> None:
    # On a square Aid wants west and east, Bank south and north: only one of them can.
    locked = np.full(9, -1)
    locked[[3, 5]] = 0
    locked[[1, 7]] = 1
    problem = Problem.of(towns.lattice(3, 3), np.ones(9), [0.5, 0.5], locked=locked)
    with pytest.raises(RequestError, match=r"cannot be one piece.*open 1 tract to every partner"):
        begin_or_refuse(problem, labels(problem))


def test_an_area_that_everybody_refuses_is_named() -> None:
    allowed = np.ones((7, 2), dtype=bool)
    allowed[4] = False
    problem = row_of_seven(locked=None, allowed=allowed)
    with pytest.raises(RequestError, match=r"Nobody may hold Tract 4 \(480004\).*unassigned"):
        begin_or_refuse(problem, labels(problem))


def test_a_partner_who_may_hold_nothing_is_named() -> None:
    allowed = np.ones((7, 2), dtype=bool)
    allowed[:, 1] = False
    problem = row_of_seven(locked=None, allowed=allowed)
    with pytest.raises(RequestError, match="Bank may hold nothing"):
        begin_or_refuse(problem, labels(problem))


def test_more_partners_than_areas_are_refused() -> None:
    problem = Problem.of(towns.lattice(2, 1), np.ones(2), [1 / 3] * 3)
    with pytest.raises(RequestError, match="2 tracts cannot be divided among 3 partners"):
        begin_or_refuse(problem, labels(problem))


def test_locks_that_weigh_too_much_are_named_with_the_fewest_to_release() -> None:
    load = np.array([5.0, 1, 4, 1, 1, 1, 1])
    problem = row_of_seven(locked=[0, 0, 0, -1, -1, -1, 1])
    problem = Problem.of(problem.graph, load, [0.5, 0.5], locked=problem.locked, tolerance=0.1)
    (obstacle,) = too_heavy(problem, labels(problem))
    assert obstacle.kind is ObstacleKind.LOAD
    assert obstacle.partner == "Aid"
    assert obstacle.geoids == ("480000",)
    # Ten of fourteen to one who should have seven.
    assert obstacle.tolerance == pytest.approx(0.4286, abs=1e-4)
    assert too_heavy(replace(problem, tolerance=0.4286), labels(problem)) == ()


def test_one_area_heavier_than_a_share_is_the_reason() -> None:
    load = np.array([10.0, 1, 1, 1, 1])
    problem = Problem.of(towns.lattice(5, 1), load, [0.5, 0.5], tolerance=0.05)
    *_, last = proposals(problem)
    obstacle = too_tight(problem, last.holder, labels(problem))
    assert obstacle is not None
    assert obstacle.kind is ObstacleKind.TOLERANCE
    assert "Tract 0 (480000) alone weighs 1.43 times a partner's share" in obstacle.sentence
    assert obstacle.tolerance == pytest.approx(0.4286, abs=1e-4)


def test_what_lies_behind_somebodys_locks_is_the_reason() -> None:
    # Aid's lock cuts two areas off that she has to take on top of her own.
    problem = Problem.of(
        towns.lattice(7, 1), np.ones(7), [0.2, 0.8], locked=[-1, -1, 0, -1, -1, -1, -1]
    )
    *_, last = proposals(problem)
    obstacle = too_tight(problem, last.holder, labels(problem))
    assert obstacle is not None
    assert "2 tracts with 2 children lie apart from the rest" in obstacle.sentence


def test_a_tolerance_that_is_met_is_no_obstacle() -> None:
    problem = Problem.of(towns.lattice(4, 2), np.ones(8), [0.5, 0.5])
    assert too_tight(problem, np.array([0, 0, 1, 1, 0, 0, 1, 1]), labels(problem)) is None
