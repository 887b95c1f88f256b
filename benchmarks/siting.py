"""Siting beside PySAL spopt with its CBC: ``python -m benchmarks.siting``.

Both start from the same matrix of distances, model building included; the nation starts from
coordinates. Prints one line a trial: seconds, how many times the peer's time that is, peak memory,
the objective and what was proven of it. A peer that reaches its limit has no optimum: the ratio is
then "at least".
"""

from __future__ import annotations

import argparse
import os
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.parquet as pq
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist

from benchmarks.synthetic import SIZES, near, seeds
from benchmarks.trial import Trial, best_of, report, run
from gapmap.analysis.reach import pairs_in_reach
from gapmap.analysis.siting.covers import CoverTask
from gapmap.analysis.siting.exact import most_worth
from gapmap.analysis.siting.interchange import DistanceTask
from gapmap.analysis.siting.medians import shortest_ways
from gapmap.analysis.siting.smallest import least_cost
from gapmap.analysis.siting.values import Effort
from gapmap.analysis.siting.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gapmap.analysis.siting.exact import Choice

REACH_M: Final = 1_609.344
SEED: Final = 20
CANDIDATES: Final = {"city": 300, "state": 2_000}
COUNTS: Final = {"city": 10, "state": 50, "nation": 1_000}
NATION: Final = (242_335, 100_000)
LIMIT_S: Final = 60.0
TIMEOUT_S: Final = 400.0


def write_town(name: str, folder: Path) -> None:
    random = np.random.default_rng(SEED)
    size = SIZES[name]
    areas = seeds(size.area_count, size.side_km * 1_000, random)
    places = near(areas, CANDIDATES[name], 500.0, random)
    np.save(folder / "distance.npy", cdist(areas, places))
    np.save(folder / "weight.npy", random.poisson(300, len(areas)).astype(np.float64))


def write_nation(folder: Path) -> str:
    random = np.random.default_rng(SEED)
    shared = Path(os.environ.get("GAPMAP_SHARED_DATA") or "../shared/data")
    centres = shared / "national" / "cenpop2020_block_group2020.parquet"
    if centres.exists():
        table = pq.read_table(centres, columns=["longitude", "latitude", "population"])
        place = np.column_stack([table["longitude"].to_numpy(), table["latitude"].to_numpy()])
        weight = table["population"].to_numpy().astype(np.float64)
        source = "real block-group centres and people"
    else:
        place = seeds(NATION[0], 40.0, random) * [1.4, 0.6] + [-124.0, 25.0]
        weight = random.poisson(1_300, NATION[0]).astype(np.float64)
        source = "made-up centres and people"
    np.save(folder / "place.npy", place)
    np.save(folder / "weight.npy", weight)
    np.save(folder / "candidate.npy", near(place, NATION[1], 0.01, random))
    return source


def read_town(folder: Path) -> tuple[Any, Any]:
    return np.load(folder / "distance.npy"), np.load(folder / "weight.npy")


def cover_task(distance_m: Any, weight: Any, count: int | None) -> CoverTask:
    rows, width = distance_m.shape
    cover = csr_array(distance_m <= REACH_M)
    return CoverTask(cover, weight, np.zeros(rows), np.ones(width), count)


def timed(again: int, work: Callable[[], Choice]) -> Trial:
    found: list[Choice] = []
    first_s = best_of(1, lambda: found.append(work()))
    seconds = best_of(again, lambda: found.append(work())) if again > 1 else first_s
    best = found[-1]
    return Trial(seconds, {"first call": first_s, "objective": best.objective, "bound": best.bound})


def gapmap_mclp(folder: Path, *, count: int, again: int) -> Trial:
    distance_m, weight = read_town(folder)
    return timed(
        again,
        lambda: most_worth(cover_task(distance_m, weight, count), Effort.PROOF, Watch(LIMIT_S)),
    )


def gapmap_lscp(folder: Path, *, count: int, again: int) -> Trial:
    del count
    distance_m, weight = read_town(folder)

    def work() -> Choice:
        found = least_cost(cover_task(distance_m, weight, None), None, Watch(LIMIT_S))
        assert found is not None
        return found

    return timed(again, work)


def gapmap_median(folder: Path, *, count: int, again: int) -> Trial:
    return _median(folder, count, again, Effort.QUICK)


def gapmap_median_proof(folder: Path, *, count: int, again: int) -> Trial:
    return _median(folder, count, again, Effort.PROOF)


def _median(folder: Path, count: int, again: int, effort: Effort) -> Trial:
    distance_m, weight = read_town(folder)
    nowhere, cost = np.full(len(weight), np.inf), np.ones(distance_m.shape[1])
    return timed(
        again,
        lambda: shortest_ways(
            DistanceTask(distance_m, weight, nowhere, cost, count), effort, Watch(LIMIT_S)
        ),
    )


def gapmap_nation(folder: Path, *, count: int, again: int) -> Trial:
    place, weight = np.load(folder / "place.npy"), np.load(folder / "weight.npy")
    candidate = np.load(folder / "candidate.npy")

    def work() -> Choice:
        cover = pairs_in_reach(place[:, 0], place[:, 1], candidate[:, 0], candidate[:, 1], REACH_M)
        nothing, cost = np.zeros(len(weight)), np.ones(len(candidate))
        task = CoverTask(cover, weight, nothing, cost, count)
        return most_worth(task, Effort.QUICK, Watch(LIMIT_S))

    return timed(again, work)


def spopt_mclp(folder: Path, *, count: int, again: int) -> Trial:
    distance_m, weight = read_town(folder)
    return _spopt(
        again,
        lambda: peer("spopt.locate").MCLP.from_cost_matrix(
            distance_m, weight, service_radius=REACH_M, p_facilities=count
        ),
    )


def spopt_lscp(folder: Path, *, count: int, again: int) -> Trial:
    del count
    distance_m, _ = read_town(folder)
    # spopt calls the whole model infeasible where one row cannot be reached.
    reachable = distance_m[(distance_m <= REACH_M).any(axis=1)]
    return _spopt(again, lambda: peer("spopt.locate").LSCP.from_cost_matrix(reachable, REACH_M))


def spopt_median(folder: Path, *, count: int, again: int) -> Trial:
    distance_m, weight = read_town(folder)
    return _spopt(
        again,
        lambda: peer("spopt.locate").PMedian.from_cost_matrix(
            distance_m, weight, p_facilities=count
        ),
    )


def peer(module: str) -> Any:
    # The peer is published without types, and is not installed with gapmap.
    return import_module(module)


def _spopt(again: int, build: Callable[[], Any]) -> Trial:
    pulp = peer("pulp")
    built: list[Any] = []
    build_s = best_of(again, lambda: built.append(build()))
    problem = built[-1].problem
    solve_s = best_of(1, lambda: problem.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=LIMIT_S)))
    figures = {"building": build_s, "solving": solve_s}
    if problem.objective.value() is not None:
        figures["objective"] = float(problem.objective.value())
    # PuLP says "optimal" at the time limit as well: the clock says which it was.
    figures["at limit"] = float(solve_s >= LIMIT_S)
    return Trial(build_s + solve_s, figures)


TRIALS: Final[dict[str, Callable[..., Trial]]] = {
    "spopt, MCLP": spopt_mclp,
    "gapmap, MCLP": gapmap_mclp,
    "spopt, LSCP": spopt_lscp,
    "gapmap, LSCP": gapmap_lscp,
    "spopt, p-median": spopt_median,
    "gapmap, p-median": gapmap_median,
    "gapmap, p-median proven": gapmap_median_proof,
    "gapmap, nation": gapmap_nation,
}


def compare(title: str, names: list[str], folder: Path, count: int) -> None:
    print(f"\n{title}\n| trial | s | times faster | peak MiB | |\n|---|---|---|---|---|")
    peer_s = None
    for name in names:
        again = 3 if name.startswith("gapmap") and "proven" not in name else 1
        trial = run(
            "benchmarks.siting",
            ["--trial", name, "--folder", str(folder), "--again", str(again), "-p", str(count)],
            timeout_s=TIMEOUT_S,
        )
        if trial is None:
            print(f"| {name} | > {TIMEOUT_S:.0f} | | | stopped |", flush=True)
            continue
        if not name.startswith("gapmap"):
            peer_s = trial.seconds
        ratio = "" if peer_s is None else f"{peer_s / trial.seconds:,.1f}"
        more = ", ".join(f"{key} {value:.6g}" for key, value in trial.figures.items())
        print(
            f"| {name} | {trial.seconds:.3g} | {ratio} | {trial.peak_mib:,.0f} | {more} |",
            flush=True,
        )


CASES: Final = {
    "city-mclp": ("city", ["spopt, MCLP", "gapmap, MCLP"]),
    "city-lscp": ("city", ["spopt, LSCP", "gapmap, LSCP"]),
    "city-median": ("city", ["spopt, p-median", "gapmap, p-median", "gapmap, p-median proven"]),
    "state-mclp": ("state", ["spopt, MCLP", "gapmap, MCLP"]),
    "state-lscp": ("state", ["spopt, LSCP", "gapmap, LSCP"]),
    "nation": ("nation", ["gapmap, nation"]),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", default=",".join(CASES), help="which of them, with commas")
    parser.add_argument("--no-peer", action="store_true", help="gapmap alone")
    parser.add_argument("--trial", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--again", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("-p", "--count", type=int, default=10, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.trial:
        report(TRIALS[asked.trial](asked.folder, count=asked.count, again=asked.again))
        return
    for case in asked.cases.split(","):
        size, names = CASES[case]
        names = [name for name in names if name.startswith("gapmap") or not asked.no_peer]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if size == "nation":
                title = f"{NATION[0]:,} rows x {NATION[1]:,} candidates, {write_nation(folder)}"
            else:
                write_town(size, folder)
                title = f"{SIZES[size].area_count:,} rows x {CANDIDATES[size]:,} candidates"
            compare(f"{case}: {title}, p = {COUNTS[size]:,}", names, folder, COUNTS[size])


if __name__ == "__main__":
    main()
