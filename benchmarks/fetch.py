"""A whole state fetched, beside a bare download of its answers: ``python -m benchmarks.fetch``.

The services are the made-up ones of the tests, with a pace of their own: every answer takes at
least so long. They and each trial run in processes of their own, so that its peak of memory is
its own. The bare download asks for the same answers in the same order, four at once, and throws
them away: nobody who may only ask four times at once can be faster. What a fetch takes beyond it
is ours: reading, checking, putting together, writing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Final

from benchmarks.trial import Trial, report, run

TIMEOUT_S: Final = 900.0
AT_ONCE: Final = 4
STATE: Final = "06"


def serve(tracts: int) -> None:
    """Serve a state; every line read is a pace to take up, answered with what was asked so far."""
    from tests.fake_sources import FakeSources

    with FakeSources(states={STATE: tracts}) as fake:
        print(json.dumps(fake.environment), flush=True)
        for line in sys.stdin:
            asked = [f"{fake.url}{one.path}?{one.query}" for one in fake.requests]
            fake.requests.clear()
            fake.pace_s = float(line)
            print(json.dumps(asked), flush=True)


def bare(questions: Path) -> Trial:
    """Put the questions of a fetch again, in its order, and throw the answers away."""
    import requests

    key = {"key": os.environ["CENSUS_API_KEY"]}
    session = requests.Session()

    def ask(addresses: list[str]) -> int:
        return sum(len(session.get(one, params=key, timeout=120).content) for one in addresses)

    asked = json.loads(questions.read_text(encoding="utf-8"))
    # First the year and the counties; then all the rest at once, but the sites page by page.
    first = [one for one in asked if "acs5.json" in one or "county:*&get=NAME&" in one]
    pages = [one for one in asked if "/arcgis" in one]
    rest = [[one] for one in asked if one not in first and one not in pages]
    start = time.perf_counter()
    size = ask(first)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        size += sum(pool.map(ask, [pages, *rest]))
    return Trial(time.perf_counter() - start, {"answers": len(asked), "MB": size / 1e6})


def fetched(root: Path, level: str) -> Trial:
    """Fetch a whole state; what a fetch imports on its way is not timed."""
    os.environ |= {"GAPMAP_CACHE": str(root / "cache"), "GAPMAP_STUDIES": str(root / "studies")}
    import pandera.pandas  # noqa: F401

    from gapmap.layers.sites import standardise_sites  # noqa: F401
    from gapmap.rules import Level
    from gapmap.sources.fetching import FetchRequest
    from gapmap.wiring import open_workspace

    workspace = open_workspace()
    start = time.perf_counter()
    made = workspace.fetch(FetchRequest(STATE, sites=True, level=Level(level)))
    seconds = time.perf_counter() - start
    return Trial(seconds, {f"rows of {Path(file).stem}": rows for file, rows in made.contents})


def compare(level: str, tracts: int, pace_s: float) -> None:
    """Print the trials of one level as a table."""
    command = [sys.executable, "-m", "benchmarks.fetch", "--trial", "serve", f"--tracts={tracts}"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as services,
    ):
        assert services.stdin is not None
        assert services.stdout is not None
        os.environ |= json.loads(services.stdout.readline())

        def pace(seconds: float, told: IO[str], heard: IO[str]) -> list[str]:
            told.write(f"{seconds}\n")
            told.flush()
            asked: list[str] = json.loads(heard.readline())
            return asked

        def trial(name: str, *arguments: str) -> Trial | None:
            return run("benchmarks.fetch", ["--trial", name, *arguments], timeout_s=TIMEOUT_S)

        # Once at full speed, so that the services have made what they answer.
        trial("fetch", f"{folder}/warm", level)
        questions = Path(folder) / "questions.json"
        asked = pace(pace_s, services.stdin, services.stdout)
        questions.write_text(json.dumps(asked), encoding="utf-8")
        rows = {
            "bare download": trial("bare", str(questions)),
            "gapmap fetch": trial("fetch", f"{folder}/cold", level),
        }
        pace(0.0, services.stdin, services.stdout)
        rows["gapmap fetch, everything kept"] = trial("fetch", f"{folder}/cold", level)
        services.stdin.close()
        print(f"\n{tracts:,} tracts, by {level}, at least {pace_s:g} s an answer\n")
        print("| trial | seconds | beyond the bare download | peak MiB | |")
        print("|---|---|---|---|---|")
        base = rows["bare download"]
        for name, made in rows.items():
            if made is None or base is None:
                print(f"| {name} | over {TIMEOUT_S:.0f} | | | |")
                continue
            beyond = f"{made.seconds - base.seconds:+.1f}" if name == "gapmap fetch" else ""
            figures = ", ".join(f"{value:,.0f} {what}" for what, value in made.figures.items())
            peak = f"{made.peak_mib:,.0f}"
            print(f"| {name} | {made.seconds:.1f} | {beyond} | {peak} | {figures} |")


def main() -> None:
    """Run one trial, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tracts", type=int, default=9_000, help="tracts of the state")
    parser.add_argument("--pace", type=float, default=1.0, help="seconds an answer takes at least")
    parser.add_argument("--trial", choices=["bare", "fetch", "serve"], help=argparse.SUPPRESS)
    parser.add_argument("more", nargs="*", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    match asked.trial:
        case "bare":
            report(bare(Path(asked.more[0])))
        case "fetch":
            report(fetched(Path(asked.more[0]), asked.more[1]))
        case "serve":
            serve(asked.tracts)
        case _:
            for level in ("tract", "block group"):
                compare(level, asked.tracts, asked.pace)


if __name__ == "__main__":
    main()
