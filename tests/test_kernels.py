"""Nobody waits for a compiler in the middle of a meeting."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

# In a process of its own: in this one other tests have compiled what they needed.
SCRIPT = """
import gc, json, sys
from dataclasses import replace
import numpy as np
from gapmap import usecases
from gapmap.analysis.compiled import CompiledLoop
from gapmap.analysis.siting.values import DemandKind, Effort, SitingModel, SitingRequest
from gapmap.analysis.territory.values import DivisionRequest
from gapmap.model import Reach
from tests import builders

usecases.compile_kernels()

def kinds():
    loops = [one for one in gc.get_objects() if isinstance(one, CompiledLoop)]
    return {
        f"{one.__module__}.{one.__name__}": len(one._machine_code.signatures) for one in loops
    }

ready = kinds()
random = np.random.default_rng(1)
needs = random.integers(50, 500, 24).astype(float)
spots = [(float(x), float(y)) for x, y in zip(random.uniform(0, 24_000, 9), [500.0] * 9)]
study = builders.study(
    builders.areas(list(needs)),
    builders.sites(*spots[:4], partner=["A", "B", "A", "B"]),
    eligibility=(builders.eligibility([100] * 24, [60] * 24),),
    neighbourhoods=builders.neighbourhoods(
        *[f"Place {n}" for n in range(12)], width_m=2000, groups=["West"] * 8 + ["East"] * 4
    ),
)
scenario = replace(usecases.default_scenario(study), reach=Reach(900.0))
usecases.assess_gaps(study, scenario)
for model in SitingModel:
    for effort in Effort:
        count = None if model is SitingModel.LSCP else 3
        request = SitingRequest(scenario=scenario, model=model, count=count, effort=effort)
        usecases.propose_sites(study, request)
for within in (None, "West"):
    asked = DivisionRequest(
        scenario=replace(scenario, within=within), partners=("A", "B"), tolerance=0.3
    )
    division = usecases.divide_territory(study, asked)
    begun = dict(division.holders)
    usecases.divide_territory(study, asked, begin=division.holders)
later = kinds()
json.dump({name: [ready[name], later[name]] for name in later}, sys.stdout)
"""


def test_once_the_loops_are_compiled_no_page_compiles_any_more():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kinds = json.loads(done.stdout)
    assert len(kinds) > 15
    assert {name: both for name, both in kinds.items() if both[0] != both[1]} == {}
    assert [name for name, (ready, _) in kinds.items() if ready == 0] == []
