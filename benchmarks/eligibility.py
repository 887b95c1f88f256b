"""Eligibility of every block group of a nation: ``python -m benchmarks.eligibility``.

Prints one line a part: seconds, and what was found. The nation is made up (242,335 areas of six
neighbours each, as block groups have on average); the cities are real shapes where the shared
data lies beside the repository, with made-up counts. Each place is timed in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.trial import Trial, report, run
from gapmap.analysis.adjacency import shared_borders
from gapmap.analysis.eligibility import judge_areas
from gapmap.analysis.lawful import Standing
from gapmap.geo import STORED_CRS
from gapmap.model import Measure, Reach, Study, Words
from gapmap.rules import Adjacency, EligibilityAreas, EligibilityRules, Level

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BLOCK_GROUPS: Final = 242_335
SEED: Final = 20
TIMEOUT_S: Final = 560.0
CITIES: Final = {
    "Baltimore": "baltimore/block_groups_2020.geojson",
    "Charlottesville": "va_charlottesville/block_groups.geojson",
}
_SIDES: Final = 6
_CORNERS_A_SIDE: Final = 8


def honeycomb(count: int, random: np.random.Generator) -> NDArray[Any]:
    """Make areas of six neighbours with bent borders that both sides share to the last digit.

    Rows of bricks, each shifted by half a brick against the next, with every corner and every
    border moved about: 48 corners an area, in degrees, over the lower 48 states.
    """
    across = int(np.ceil(np.sqrt(count * 1.6)))
    down = int(np.ceil(count / across))
    width, height = 57.0 / across, 24.0 / down
    # Corners stand on lines between rows, two to a brick.
    stand = random.uniform(-0.18, 0.18, (down + 1, 2 * across + 3, 2)) * [width, height]
    column = np.arange(2 * across + 3)
    corner = (
        np.stack(
            np.broadcast_arrays(
                -124.0 + column[None, :] * width / 2, 25.0 + np.arange(down + 1)[:, None] * height
            ),
            axis=-1,
        )
        + stand
    )
    flat = _bent(corner[:, :-1], corner[:, 1:], random)
    upright = _bent(corner[:-1], corner[1:], random)
    row, place = np.divmod(np.arange(count), across)
    left = 2 * place + row % 2
    ring = [
        flat[row, left],
        flat[row, left + 1],
        upright[row, left + 2],
        flat[row + 1, left + 1, ::-1],
        flat[row + 1, left, ::-1],
        upright[row, left, ::-1],
    ]
    corners = np.concatenate([side[:, :-1] for side in ring], axis=1)
    rings = shapely.linearrings(
        np.round(corners, 6).reshape(-1, 2),
        indices=np.repeat(np.arange(count), _SIDES * _CORNERS_A_SIDE),
    )
    polygons: NDArray[Any] = shapely.polygons(rings)
    return polygons


def _bent(start: Floats, end: Floats, random: np.random.Generator) -> Floats:
    # Lines of nine corners from start to end that sway a little to either side.
    along = np.linspace(0.0, 1.0, _CORNERS_A_SIDE + 1)[:, None]
    way = (end - start)[..., None, :]
    beside = way[..., ::-1] * [-1.0, 1.0]
    sway = random.uniform(-0.06, 0.06, (*start.shape[:-1], _CORNERS_A_SIDE + 1, 1))
    sway[..., [0, -1], :] = 0.0
    line: Floats = start[..., None, :] + along * way + sway * beside
    return line


def counts(size: int, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Make up children and eligible children: like shares lie together, some areas are unknown."""
    children = np.rint(random.lognormal(5.4, 0.6, size))
    wave = np.sin(np.arange(size) / 97.0) * 0.12 + np.sin(np.arange(size) / 13.0) * 0.06
    share = np.clip(0.42 + wave + random.normal(0, 0.09, size), 0, 1)
    children[random.random(size) < 0.01] = 0
    return children, np.rint(children * share)


def shapes_of(place: str, shared: Path | None) -> NDArray[Any]:
    if place == "nation":
        return honeycomb(BLOCK_GROUPS, np.random.default_rng(SEED))
    assert shared is not None
    table = gpd.read_file(shared / CITIES[place]).to_crs(STORED_CRS)
    shapes: NDArray[Any] = table.geometry.to_numpy()
    return shapes


def measure(place: str, shared: Path | None) -> Trial:
    """Time the parts one after the other; compiling is not timed."""
    rules = EligibilityRules()
    shapes = shapes_of(place, shared)
    children, eligible = counts(len(shapes), np.random.default_rng(SEED))
    few = shared_borders(shapes[:3])
    judge_areas(children[:3], eligible[:3], few.neighbours, rules, may_average=True)
    before_mib = _peak_mib()
    figures: dict[str, float] = {"areas": len(shapes)}
    borders, figures["borders s"] = timed(lambda: shared_borders(shapes))
    figures["degree"] = borders.neighbours.nnz / len(shapes)
    figures["alone"] = borders.count_alone
    figures["borders peak MiB more"] = _peak_mib() - before_mib
    for adjacency in Adjacency:
        asked = replace(rules, adjacency=adjacency)
        judge = partial(judge_areas, rules=asked, may_average=True)
        found, figures[f"{adjacency} s"] = timed(
            partial(judge, children, eligible, borders.neighbours)
        )
        figures[f"{adjacency} by averaging"] = int((found.code == 2).sum())
    study = study_of(shapes, children, eligible)
    standing, figures["study laid out s"] = timed(lambda: Standing(study))
    _, figures["table of areas s"] = timed(lambda: standing.areas)
    inside = shapely.point_on_surface(shapes[:: max(len(shapes) // 26_000, 1)])
    longitude, latitude = shapely.get_x(inside), shapely.get_y(inside)
    _, figures[f"{len(inside):,} points s"] = timed(
        lambda: standing.open_share_of_points(longitude, latitude)
    )
    _, figures["one place s"] = timed(lambda: standing.at(longitude[0], latitude[0]))
    return Trial(figures["borders s"] + figures["strict s"], figures)


def study_of(shapes: NDArray[Any], children: Floats, eligible: Floats) -> Study:
    geoids = [f"{row:012d}" for row in range(len(shapes))]
    table = gpd.GeoDataFrame(
        {
            "geoid": geoids,
            "name": geoids,
            "children_0_18": children,
            "eligible_0_18": eligible,
        },
        geometry=shapes,
        crs=STORED_CRS,
    )
    nothing = gpd.GeoDataFrame({"geoid": [], "name": []}, geometry=[], crs=STORED_CRS)
    areas = EligibilityAreas("bg", "Made up", "benchmark", "none", Level.BLOCK_GROUP, table)
    return Study(
        id="benchmark",
        name="Benchmark",
        summary="",
        measures={"children": Measure("children", "Children", "children")},
        words=Words(),
        reach=Reach(800.0),
        areas=table[["geoid", "name", "geometry"]].iloc[:1],
        sites=nothing,
        data_version="",
        eligibility=(areas,),
    )


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def _peak_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts kibibytes, macOS bytes.
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", default="nation,Baltimore,Charlottesville")
    parser.add_argument("--trial", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    folder = Path(os.environ.get("GAPMAP_SHARED_DATA") or "../shared/data")
    shared = folder if folder.is_dir() else None
    if asked.trial:
        report(measure(asked.trial, shared))
        return
    for place in asked.places.split(","):
        if place != "nation" and shared is None:
            print(f"\n{place}: the shared data is not here")
            continue
        trial = run("benchmarks.eligibility", ["--trial", place], timeout_s=TIMEOUT_S)
        print(f"\n{place}\n| part | |\n|---|---|")
        if trial is None:
            print(f"| whole | stopped after {TIMEOUT_S:.0f} s |")
            continue
        print(f"| borders and averaging, s | {trial.seconds:.3g} |")
        for name, value in trial.figures.items():
            print(f"| {name} | {value:,.3g} |" if value < 1000 else f"| {name} | {value:,.0f} |")
        print(f"| peak MiB of the process | {trial.peak_mib:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
