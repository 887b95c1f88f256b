"""What gapmap does for people: the app, the command line and scripts call these and nothing else.

Use cases take frozen values and return frozen values. They neither read files nor show anything:
a reader is handed in (see :mod:`gapmap.wiring`), the views take the results.
"""

from __future__ import annotations

from gapmap.intake import TableFile, check_sites, fill_places, load_study, with_sites
from gapmap.usecases.eligibility import determine_eligibility, prepare_eligibility
from gapmap.usecases.gaps import assess_gaps, default_scenario, prepare
from gapmap.usecases.kernels import compile_kernels
from gapmap.usecases.siting import plan_van, prepare_moving, propose_sites
from gapmap.usecases.territory import (
    claimable_areas,
    divide_territory,
    measure_territory,
    prepare_territory,
)
from gapmap.usecases.what_ifs import apply_what_if, compare_what_ifs

__all__ = [
    "TableFile",
    "apply_what_if",
    "assess_gaps",
    "check_sites",
    "claimable_areas",
    "compare_what_ifs",
    "compile_kernels",
    "default_scenario",
    "determine_eligibility",
    "divide_territory",
    "fill_places",
    "load_study",
    "measure_territory",
    "plan_van",
    "prepare",
    "prepare_eligibility",
    "prepare_moving",
    "prepare_territory",
    "propose_sites",
    "with_sites",
]
