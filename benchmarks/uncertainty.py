"""Ranks over a thousand draws, beside a plain loop: ``python -m benchmarks.uncertainty``.

Both trials start from the same estimates and margins of made-up areas, draw them a thousand
times, add them up by neighbourhood and find the interval of every neighbourhood's rank. The peer
is what one would write first: a pandas table a draw. Reading is not timed.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from benchmarks.trial import Trial, best_of, report, run
from gapmap.analysis.ranks import half_width, rank_interval
from gapmap.analysis.uncertainty import DRAWS, Draws, SumErrors
from gapmap.margins import STANDARD_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SEED: Final = 20
TIMEOUT_S: Final = 560.0
SIZES: Final = {"city": (2_325, 262), "state": (5_200, 600), "nation": (85_000, 3_100)}
"""Areas and neighbourhoods."""


def write_areas(name: str, folder: Path) -> None:
    area_count, place_count = SIZES[name]
    random = np.random.default_rng(SEED)
    need = np.round(random.gamma(2.0, 400.0, area_count))
    need[random.random(area_count) < 0.02] = 0.0
    # As in the survey: a margin grows with the root of what it belongs to, and 12 for nobody.
    moe = np.round(12 + 9 * np.sqrt(need))
    place = np.sort(random.integers(0, place_count, area_count))
    missing = np.where(random.random(area_count) < 0.3, 0.0, random.random(area_count))
    table = pd.DataFrame({"need": need, "moe": moe, "place": place, "missing": missing})
    table.to_parquet(folder / "areas.parquet")


def read_areas(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "areas.parquet")


def loop(folder: Path, *, again: int) -> Trial:
    areas = read_areas(folder)
    found: list[pd.DataFrame] = []

    def work() -> None:
        random = np.random.default_rng(1)
        ranks = []
        for _ in range(DRAWS):
            drawn = random.normal(areas["need"], areas["moe"] / STANDARD_ERRORS)
            gaps = (drawn * areas["missing"]).groupby(areas["place"]).sum()
            ranks.append(gaps.rank(ascending=False, method="first"))
        found.append(pd.concat(ranks, axis=1).quantile([0.05, 0.95], axis=1))

    seconds = best_of(again, work)
    low, high = found[-1].to_numpy()
    return Trial(seconds, {"mean width of a rank": float((high - low).mean())})


def first_question(areas: pd.DataFrame) -> tuple[SumErrors, Floats, Floats]:
    """Draw, and return what the next question of the same study starts from."""
    study: Any = SimpleNamespace(
        areas=pd.DataFrame({"children": areas["need"], "children_moe": areas["moe"]}),
        controls=None,
    )
    place = areas["place"].to_numpy()
    place_count = int(place.max()) + 1
    draws = Draws(study, "children")
    errors = SumErrors(draws, np.arange(len(areas)), place, np.ones(len(areas)), place_count)
    missing = areas["missing"].to_numpy()
    gap = np.bincount(place, areas["need"] * missing, place_count).astype(np.float64)
    return errors, gap, missing


def answer(errors: SumErrors, gap: Floats, missing: Floats) -> float:
    order = np.argsort(-gap, kind="stable")
    drawn = errors.gaps(gap, missing)[order]
    low, high = rank_interval(drawn)
    half_width(drawn)
    return float((high - low).mean())


def first(folder: Path, *, again: int) -> Trial:
    areas = read_areas(folder)
    found: list[float] = []

    def work() -> None:
        question = first_question(areas)
        _ = question[0].need_moe, question[0].need_moe_of_places
        found.append(answer(*question))

    return Trial(best_of(again, work), {"mean width of a rank": found[-1]})


def next_one(folder: Path, *, again: int) -> Trial:
    question = first_question(read_areas(folder))
    found = [answer(*question)]
    return Trial(
        best_of(again, lambda: found.append(answer(*question))),
        {"mean width of a rank": found[-1]},
    )


TRIALS: Final[dict[str, Callable[..., Trial]]] = {
    "pandas, a table a draw": loop,
    "gapmap, first question": first,
    "gapmap, another reach": next_one,
}


def compare(name: str, folder: Path) -> None:
    area_count, place_count = SIZES[name]
    print(
        f"\n{name}: {area_count:,} areas in {place_count:,} neighbourhoods, {DRAWS:,} draws\n"
        "| trial | s | times faster | peak MiB | |\n|---|---|---|---|---|"
    )
    peer_s = None
    for title, again in (
        ("pandas, a table a draw", 1),
        ("gapmap, first question", 3),
        ("gapmap, another reach", 5),
    ):
        trial = run(
            "benchmarks.uncertainty",
            ["--trial", title, "--folder", str(folder), "--again", str(again)],
            timeout_s=TIMEOUT_S,
        )
        if trial is None:
            print(f"| {title} | > {TIMEOUT_S:.0f} | | | stopped |", flush=True)
            continue
        peer_s = peer_s or trial.seconds
        more = ", ".join(f"{key} {value:.3g}" for key, value in trial.figures.items())
        print(
            f"| {title} | {trial.seconds:.3g} | {peer_s / trial.seconds:.1f} "
            f"| {trial.peak_mib:,.0f} | {more} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="city,state,nation", help="any of these")
    parser.add_argument("--trial", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--again", type=int, default=1, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.trial:
        report(TRIALS[asked.trial](asked.folder, again=asked.again))
        return
    for name in asked.sizes.split(","):
        with tempfile.TemporaryDirectory() as folder:
            write_areas(name, Path(folder))
            compare(name, Path(folder))


if __name__ == "__main__":
    main()
