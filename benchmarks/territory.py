"""Territories beside what one would do without gapmap: ``python -m benchmarks.territory``.

One run times the division and its peers on the same areas, loads and borders; reading files and
compiling are not timed. Compactness and pieces are measured alike for all: by the shapes put
together, and by borders that are lines.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from benchmarks.synthetic import SIZES, areas, seeds
from benchmarks.trial import Trial, best_of, report, run
from gapmap.analysis.adjacency import shared_borders
from gapmap.analysis.territory.graph import Graph, pieces_of
from gapmap.analysis.territory.problem import Problem
from gapmap.analysis.territory.search import proposals

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SEED: Final = 20
DEGREE_M: Final = 111_000.0
PARTNERS: Final = {"city": 8, "state": 20, "nation": 50}
TOLERANCE: Final = 0.02
PEER_TOLERANCE: Final = 0.05
TIMEOUT_S: Final = 240.0


def write(name: str, folder: Path) -> None:
    size = SIZES[name]
    random = np.random.default_rng(SEED)
    side_m = size.side_km * 1_000
    place = seeds(size.area_count, side_m, random)
    shapes = areas(place, side_m, random)
    np.save(folder / "shapes.npy", shapely.to_wkb(shapes), allow_pickle=True)
    # About as uneven as children by census tract.
    np.save(folder / "load.npy", np.maximum(random.gamma(2.0, 200.0, size.area_count), 1.0))


def read(folder: Path) -> tuple[NDArray[Any], Floats]:
    shapes = shapely.from_wkb(np.load(folder / "shapes.npy", allow_pickle=True))
    return shapes, np.load(folder / "load.npy")


def in_degrees(shapes: NDArray[Any]) -> NDArray[Any]:
    # Around the equator, where a degree is as long either way.
    degrees: NDArray[Any] = shapely.transform(shapes, lambda metres: metres / DEGREE_M)
    return degrees


def graph_of(shapes: NDArray[Any]) -> Graph:
    borders = shared_borders(in_degrees(shapes)).neighbours
    return Graph.of_shapes(shapes, borders)


def figures(
    graph: Graph, shapes: NDArray[Any], load: Floats, holder: NDArray[np.int64], count: int
) -> dict[str, float]:
    """Measure a division by anybody."""
    sums = np.bincount(holder, load, count)
    pieces, _ = pieces_of(graph.neighbours, holder)
    found = {
        "worst deviation": float(np.abs(sums / sums.mean() - 1).max()),
        "broken pieces": float(pieces - len(np.unique(holder))),
    }
    if len(shapes) <= 5_000:
        whole = [shapely.union_all(shapes[holder == one]) for one in range(count)]
        roundness = [4 * np.pi * shapely.area(one) / shapely.length(one) ** 2 for one in whole]
        found["mean Polsby-Popper"] = float(np.mean(roundness))
    return found


def gapmap_division(folder: Path, *, again: int, count: int) -> Trial:
    small = Problem.of(graph_of(shapely.box([0, 9, 18], 0, [9, 18, 27], 9)), np.ones(3), [0.5] * 2)
    compile_s = best_of(1, lambda: [*proposals(small)])
    shapes, load = read(folder)
    graph = graph_of(shapes)
    found: list[NDArray[np.int64]] = []

    def work() -> None:
        problem = Problem.of(graph, load, np.full(count, 1 / count), tolerance=TOLERANCE)
        *_, last = proposals(problem)
        found.append(last.holder)

    seconds = best_of(again, work)
    return Trial(
        seconds, {"first call": compile_s} | figures(graph, shapes, load, found[-1], count)
    )


def gerrychain_division(
    folder: Path, *, again: int, count: int, tolerance: float = PEER_TOLERANCE
) -> Trial:
    import random

    networkx = import_module("networkx")
    gerrychain = import_module("gerrychain")
    recursive_tree_part = import_module("gerrychain.partition").recursive_tree_part

    shapes, load = read(folder)
    graph = graph_of(shapes)
    plain = networkx.from_scipy_sparse_array(graph.neighbours)
    networkx.set_node_attributes(plain, dict(enumerate(load.tolist())), "load")
    given = gerrychain.Graph.from_networkx(plain)
    found: list[dict[int, int]] = []

    def work() -> None:
        random.seed(SEED)
        found.append(
            recursive_tree_part(given, range(count), load.sum() / count, "load", tolerance)
        )

    seconds = best_of(again, work)
    holder = np.empty(len(load), dtype=np.int64)
    for area, partner in found[-1].items():
        holder[area] = partner
    return Trial(seconds, figures(graph, shapes, load, holder, count))


def metis_division(folder: Path, *, again: int, count: int) -> Trial:
    pymetis = import_module("pymetis")

    shapes, load = read(folder)
    graph = graph_of(shapes)
    borders = graph.neighbours
    weight = np.maximum((borders.data / borders.data.max() * 1_000).astype(int), 1)
    adjacency = pymetis.CSRAdjacency(borders.indptr.tolist(), borders.indices.tolist())
    found: list[NDArray[np.int64]] = []

    def work() -> None:
        _, parts = pymetis.part_graph(
            count,
            adjacency,
            vweights=load.astype(int).tolist(),
            eweights=weight.tolist(),
            options=pymetis.Options(contig=True, seed=1, ufactor=10),
            recursive=False,
        )
        found.append(np.array(parts, dtype=np.int64))

    seconds = best_of(again, work)
    return Trial(seconds, figures(graph, shapes, load, found[-1], count))


def gapmap_borders(folder: Path, *, again: int, count: int) -> Trial:
    del count
    shapes = in_degrees(read(folder)[0])
    found: list[float] = []
    seconds = best_of(again, lambda: found.append(shared_borders(shapes).neighbours.nnz / 2))
    return Trial(seconds, {"pairs": found[-1]})


def libpysal_borders(folder: Path, *, again: int, count: int) -> Trial:
    import geopandas as gpd

    rook = import_module("libpysal.weights").Rook

    del count
    table = gpd.GeoDataFrame(geometry=in_degrees(read(folder)[0]))
    found: list[float] = []

    def work() -> None:
        weights = rook.from_dataframe(table, use_index=False, silence_warnings=True)
        found.append(weights.nonzero / 2)

    seconds = best_of(again, work)
    return Trial(seconds, {"pairs": found[-1]})


TRIALS: Final[dict[str, Callable[..., Trial]]] = {
    "gerrychain.recursive_tree_part, 5 %": gerrychain_division,
    "gerrychain.recursive_tree_part, 2 %": partial(gerrychain_division, tolerance=TOLERANCE),
    "pymetis, contiguous": metis_division,
    "gapmap, division": gapmap_division,
    "libpysal.Rook": libpysal_borders,
    "gapmap, borders": gapmap_borders,
}


def compare(title: str, names: list[tuple[str, int]], folder: Path, count: int) -> None:
    print(f"\n{title}\n| trial | s | times faster | peak MiB | |\n|---|---|---|---|---|")
    peer_s = None
    for name, again in names:
        trial = run(
            "benchmarks.territory",
            [
                *("--trial", name, "--folder", str(folder)),
                *("--again", str(again), "--count", str(count)),
            ],
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
    parser.add_argument("--sizes", default="city,state", help="of city, state and nation")
    parser.add_argument("--metis", action="store_true", help="time pymetis too")
    parser.add_argument("--trial", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--again", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, default=8, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.trial:
        report(TRIALS[asked.trial](asked.folder, again=asked.again, count=asked.count))
        return
    for name in asked.sizes.split(","):
        count = PARTNERS[name]
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            write(name, folder)
            show = partial(compare, folder=folder, count=count)
            total = SIZES[name].area_count
            few = 1 if name == "nation" else 3
            peers = []
            if name != "nation":
                peers = [(f"gerrychain.recursive_tree_part, {share} %", few) for share in (5, 2)]
            if asked.metis:
                peers.append(("pymetis, contiguous", few))
            show(f"{name}: {total:,} areas among {count}", [*peers, ("gapmap, division", few + 2)])
            show(
                f"{name}: who borders on whom, {total:,} areas",
                [("libpysal.Rook", few), ("gapmap, borders", few + 2)],
            )


if __name__ == "__main__":
    main()
