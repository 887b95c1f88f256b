"""Coverage beside what one would do without gapmap: ``python -m benchmarks.coverage``.

Prints one line a trial: seconds, how many times the peer's time that is, peak memory, and what
else was found. Every trial reads the same files; reading and compiling are not timed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import Transformer

from benchmarks.synthetic import SIZES, areas, near, seeds
from benchmarks.trial import Trial, best_of, report, run
from gapmap.analysis.circles import Rings
from gapmap.analysis.coverage import areal_coverage, areal_share
from gapmap.analysis.reach import in_reach

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

REACH_M: Final = 1_609.344
SEED: Final = 20
PLANE: Final = "EPSG:5070"
PARTNERS: Final = 6
SITES: Final = 50_000
MANY_POINTS: Final = 8_000_000
SAMPLE: Final = 400
TIMEOUT_S: Final = 560.0
POINT_COUNTS: Final = {"national": 242_335, "8m": MANY_POINTS}


def write_areas(name: str, folder: Path) -> None:
    size = SIZES[name]
    random = np.random.default_rng(SEED)
    side_m = size.side_km * 1_000
    place = seeds(size.area_count, side_m, random)
    shapes = areas(place, side_m, random)
    pq.write_table(pa.table({"shape": shapely.to_wkb(shapes)}), folder / "areas.parquet")
    np.save(folder / "sites.npy", near(place, size.site_count, 500.0, random))


def read_areas(folder: Path) -> tuple[NDArray[Any], Floats]:
    table = pq.read_table(folder / "areas.parquet")
    shapes = shapely.from_wkb(table["shape"].to_numpy(zero_copy_only=False))
    return shapes, np.load(folder / "sites.npy")


def overlay(folder: Path, *, again: int) -> Trial:
    shapes, sites = read_areas(folder)
    tracts = gpd.GeoDataFrame({"area": np.arange(len(shapes))}, geometry=shapes, crs=PLANE)
    points = gpd.GeoSeries(gpd.points_from_xy(*sites.T), crs=PLANE)

    found: list[Floats] = []

    def work() -> None:
        reached = gpd.GeoDataFrame(geometry=[points.buffer(REACH_M).union_all()], crs=PLANE)
        pieces = gpd.overlay(tracts, reached, how="intersection")
        inside = np.bincount(pieces["area"], weights=pieces.area, minlength=len(tracts))
        found.append(inside / tracts.area.to_numpy())

    return Trial(best_of(again, work), {"mean share": float(found[-1].mean())})


def peel(folder: Path, *, again: int) -> Trial:
    # The fastest way found in shapely alone: take one circle after the other off every area.
    shapes, sites = read_areas(folder)
    found: list[Floats] = []

    def work() -> None:
        circles = shapely.buffer(shapely.points(sites), REACH_M, quad_segs=16)
        area, circle = shapely.STRtree(circles).query(shapes, predicate="intersects")
        turn = np.arange(len(area)) - np.searchsorted(area, area)
        rest = shapes.copy()
        for step in range(int(turn.max()) + 1):
            now = turn == step
            rest[area[now]] = shapely.difference(rest[area[now]], circles[circle[now]])
        found.append(1 - shapely.area(rest) / shapely.area(shapes))

    return Trial(best_of(again, work), {"mean share": float(found[-1].mean())})


def exact(folder: Path, *, again: int) -> Trial:
    compile_s = best_of(1, lambda: areal_share(Rings.of([shapely.box(0, 0, 1, 1)]), [0], [0], 1.0))
    shapes, sites = read_areas(folder)
    found: list[Floats] = []

    def work() -> None:
        found.append(areal_share(Rings.of(shapes), sites[:, 0], sites[:, 1], REACH_M))

    seconds = best_of(again, work)
    sample = np.random.default_rng(1).choice(len(shapes), min(SAMPLE, len(shapes)), replace=False)
    expected = many_sided_shares(shapes[sample], sites)
    difference = float(np.abs(found[-1][sample] - expected).max())
    return Trial(
        seconds,
        {
            "first call": compile_s,
            "mean share": float(found[-1].mean()),
            "worst difference": difference,
        },
    )


def exact_detail(folder: Path, *, again: int) -> Trial:
    square = Rings.of([shapely.box(0, 0, 1, 1)])
    compile_s = best_of(1, lambda: areal_coverage(square, [0], [0], [0], 1.0))
    shapes, sites = read_areas(folder)
    partner = np.random.default_rng(2).integers(0, PARTNERS, len(sites))
    rings = Rings.of(shapes)
    x, y = sites[:, 0], sites[:, 1]
    seconds = best_of(again, lambda: areal_coverage(rings, x, y, partner, REACH_M))
    return Trial(seconds, {"first call": compile_s})


def many_sided_shares(shapes: NDArray[Any], sites: Floats) -> Floats:
    points = shapely.points(sites)
    area, site = shapely.STRtree(points).query(shapes, predicate="dwithin", distance=REACH_M)
    share = np.zeros(len(shapes))
    for row in np.unique(area):
        circles = shapely.buffer(points[site[area == row]], REACH_M, quad_segs=256)
        inside = shapely.intersection(shapes[row], shapely.union_all(circles))
        share[row] = shapely.area(inside) / shapely.area(shapes[row])
    return share


def write_points(count: int, folder: Path) -> str:
    """Write points about real block-group centres if they are here, else about made-up ones."""
    random = np.random.default_rng(SEED)
    shared = Path(os.environ.get("GAPMAP_SHARED_DATA") or "../shared/data")
    centres = shared / "national" / "cenpop2020_block_group2020.parquet"
    if centres.exists():
        table = pq.read_table(centres, columns=["longitude", "latitude"])
        place = np.column_stack([table["longitude"].to_numpy(), table["latitude"].to_numpy()])
        # Where the peer's plane holds: the states from coast to coast.
        in_plane = (place[:, 0] > -125) & (place[:, 0] < -66) & (place[:, 1] > 24)
        source = "real block-group centres"
        spots = place[in_plane]
    else:
        place = spots = seeds(242_335, 40.0, random) * [1.4, 0.6] + [-124.0, 25.0]
        source = "made-up centres"
    sites = near(spots, SITES, 0.01, random)
    points = place if count == len(place) else near(spots, count, 0.01, random)
    # Blocks come by area, as in every Census file.
    area = np.sort(random.integers(0, len(place), len(points))).astype(np.int32)
    columns = {
        "area": area,
        "longitude": points[:, 0],
        "latitude": points[:, 1],
        "children": random.poisson(9, len(points)).astype(np.float32),
    }
    pq.write_table(pa.table(columns), folder / "points.parquet")
    np.save(folder / "sites.npy", sites)
    np.save(folder / "neighbourhood.npy", np.arange(len(place)) // 60)
    return source


def read_points(folder: Path) -> tuple[Floats, Floats, Floats]:
    table = pq.read_table(folder / "points.parquet", columns=["longitude", "latitude"])
    sites = np.load(folder / "sites.npy")
    return table["longitude"].to_numpy(), table["latitude"].to_numpy(), sites


def sjoin_nearest(folder: Path, *, again: int) -> Trial:
    longitude, latitude, sites = read_points(folder)
    # The peer is given its points on the plane; gapmap starts from degrees.
    to_plane = Transformer.from_crs("EPSG:4326", PLANE, always_xy=True)
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(*to_plane.transform(longitude, latitude)), crs=PLANE
    )
    targets = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(*to_plane.transform(*sites.T)), crs=PLANE
    )
    found: list[float] = []

    def work() -> None:
        joined = gpd.sjoin_nearest(points, targets, how="inner", max_distance=REACH_M)
        found.append(joined.index.nunique() / len(points))

    return Trial(best_of(again, work), {"in reach": found[-1]})


def earth_centred_grid(folder: Path, *, again: int) -> Trial:
    compile_s = best_of(1, lambda: in_reach([0.0], [0.0], [0.0], [0.0], 1.0))
    longitude, latitude, sites = read_points(folder)
    found: list[float] = []

    def work() -> None:
        reached = in_reach(longitude, latitude, sites[:, 0], sites[:, 1], REACH_M)
        found.append(float(reached.mean()))

    seconds = best_of(again, work)
    return Trial(seconds, {"first call": compile_s, "in reach": found[-1]})


def ranking(folder: Path, *, again: int) -> Trial:
    compile_s = best_of(1, lambda: in_reach([0.0], [0.0], [0.0], [0.0], 1.0))
    neighbourhood = np.load(folder / "neighbourhood.npy")
    sites = np.load(folder / "sites.npy")
    found: list[float] = []

    def work() -> None:
        need, gap = np.zeros((2, len(neighbourhood)))
        blocks = pq.ParquetFile(folder / "points.parquet")
        for batch in blocks.iter_batches(batch_size=2_000_000):
            area = batch["area"].to_numpy()
            children = batch["children"].to_numpy().astype(np.float64)
            longitude, latitude = batch["longitude"].to_numpy(), batch["latitude"].to_numpy()
            reached = in_reach(longitude, latitude, sites[:, 0], sites[:, 1], REACH_M)
            need += np.bincount(area, weights=children, minlength=len(need))
            gap += np.bincount(area, weights=children * ~reached, minlength=len(gap))
        by_neighbourhood = np.bincount(neighbourhood, weights=gap)
        worst = np.argsort(-by_neighbourhood, kind="stable")
        found.append(float(by_neighbourhood[worst[:10]].sum() / need.sum()))

    seconds = best_of(again, work)
    return Trial(seconds, {"first call": compile_s, "share of the worst ten": found[-1]})


TRIALS: Final[dict[str, Callable[..., Trial]]] = {
    "geopandas.overlay": overlay,
    "shapely, one circle after the other": peel,
    "gapmap, share": exact,
    "gapmap, all of it": exact_detail,
    "geopandas.sjoin_nearest": sjoin_nearest,
    "gapmap, points": earth_centred_grid,
    "gapmap, Parquet to ranking": ranking,
}


def write(what: str, folder: Path) -> str:
    if what in SIZES:
        write_areas(what, folder)
        return "made-up areas"
    return write_points(int(what), folder)


def written(what: str, folder: Path) -> str:
    # In a process of its own: one born of a large process is counted as large as that.
    module = [sys.executable, "-m", "benchmarks.coverage"]
    command = [*module, "--write", what, "--folder", str(folder)]
    return subprocess.check_output(command, text=True).strip()


def compare(title: str, names: list[tuple[str, int]], folder: Path) -> None:
    print(f"\n{title}\n| trial | s | times faster | peak MiB | |\n|---|---|---|---|---|")
    peer_s = None
    for name, again in names:
        trial = run(
            "benchmarks.coverage",
            ["--trial", name, "--folder", str(folder), "--again", str(again)],
            timeout_s=TIMEOUT_S,
        )
        if trial is None:
            print(f"| {name} | > {TIMEOUT_S:.0f} | | | stopped |", flush=True)
            continue
        peer_s = peer_s or trial.seconds
        more = ", ".join(f"{key} {value:.3g}" for key, value in trial.figures.items())
        print(
            f"| {name} | {trial.seconds:.3g} | {peer_s / trial.seconds:.1f} "
            f"| {trial.peak_mib:,.0f} | {more} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--areal", default="city,state,20k,nation", help="sizes, or none")
    parser.add_argument("--points", default="national,8m,ranking", help="cases, or none")
    parser.add_argument("--trial", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--again", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--write", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.write:
        print(write(asked.write, asked.folder))
        return
    if asked.trial:
        report(TRIALS[asked.trial](asked.folder, again=asked.again))
        return
    for name in (part for part in asked.areal.split(",") if part != "none"):
        size = SIZES[name]
        with tempfile.TemporaryDirectory() as folder:
            written(name, Path(folder))
            peers = [("geopandas.overlay", 1 if name == "20k" else 3)]
            if name == "nation":
                peers = []
            compare(
                f"{name}: {size.area_count:,} areas, {size.site_count:,} sites",
                [
                    *peers,
                    ("shapely, one circle after the other", 1 if name == "nation" else 3),
                    ("gapmap, share", 5),
                    ("gapmap, all of it", 5),
                ],
                Path(folder),
            )
    cases = [part for part in asked.points.split(",") if part != "none"]
    for count in sorted({POINT_COUNTS.get(case, MANY_POINTS) for case in cases}):
        with tempfile.TemporaryDirectory() as folder:
            source = written(str(count), Path(folder))
            title = f"{count:,} points, {SITES:,} sites near {source}"
            if count < MANY_POINTS or "8m" in cases:
                again = 1 if count == MANY_POINTS else 3
                compare(
                    title,
                    [("geopandas.sjoin_nearest", again), ("gapmap, points", 5)],
                    Path(folder),
                )
            if count == MANY_POINTS and "ranking" in cases:
                compare(title, [("gapmap, Parquet to ranking", 3)], Path(folder))


if __name__ == "__main__":
    main()
