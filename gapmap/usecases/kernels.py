"""Compiled code made ready before anybody waits for it."""

from __future__ import annotations

__all__ = ["compile_kernels"]


def compile_kernels() -> None:
    """Have the compiled loops ready, so that nobody waits for them in the middle of a meeting.

    Takes some twenty seconds on a machine that never ran them, and less than one afterwards.
    """
    import shapely

    from gapmap.analysis.adjacency import shared_borders
    from gapmap.analysis.circles import Rings
    from gapmap.analysis.coverage import areal_coverage, areal_share, points_coverage
    from gapmap.analysis.eligibility import judge_areas
    from gapmap.analysis.reach import in_reach, nearest_site
    from gapmap.analysis.siting import search as siting
    from gapmap.analysis.territory import search as territory
    from gapmap.rules import EligibilityRules

    siting.compile_loops()
    territory.compile_loops()
    pair = shared_borders([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    judge_areas([100, 100], [45, 60], pair.neighbours, EligibilityRules(), may_average=True)
    square = Rings.of([shapely.box(0, 0, 1, 1)])
    points_coverage([0.0], [0.0], [0.0], [0.0], [0], 1.0)
    nearest_site([0.0], [0.0], [0.0], [0.0])
    in_reach([0.0], [0.0], [0.0], [0.0], 1.0)
    areal_coverage(square, [0.0], [0.0], [0], 1.0)
    areal_share(square, [0.0], [0.0], 1.0)
