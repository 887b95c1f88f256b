"""gapmap: where children in need live, which sites reach them, and where nobody does.

>>> import gapmap
>>> workspace = gapmap.open_workspace()
>>> study = workspace.load_study("nyc")
>>> answer = gapmap.assess_gaps(study)
>>> answer.neighbourhoods.head()  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gapmap.analysis.siting.values import SitingRequest, SitingResult
    from gapmap.errors import (
        CancelledError,
        GapmapError,
        InputError,
        KeyNeededError,
        LayerError,
        MissingFileError,
        RequestError,
        SourceError,
        TableError,
        UnknownNameError,
        UnsafeFileError,
    )
    from gapmap.model import (
        GapAssessment,
        Measure,
        Method,
        Provenance,
        Reach,
        Role,
        Scenario,
        SitesReport,
        Study,
        Who,
        Words,
    )
    from gapmap.rules import EligibilityAnswer, EligibilityRules
    from gapmap.usecases import (
        apply_what_if,
        assess_gaps,
        check_sites,
        compare_what_ifs,
        default_scenario,
        determine_eligibility,
        load_study,
        prepare,
        prepare_eligibility,
        propose_sites,
        with_sites,
    )
    from gapmap.whatifs.values import WhatIf
    from gapmap.wiring import StudyCard, Workspace, open_workspace

__version__ = "0.1.0"

__all__ = [
    "CancelledError",
    "EligibilityAnswer",
    "EligibilityRules",
    "GapAssessment",
    "GapmapError",
    "InputError",
    "KeyNeededError",
    "LayerError",
    "Measure",
    "Method",
    "MissingFileError",
    "Provenance",
    "Reach",
    "RequestError",
    "Role",
    "Scenario",
    "SitesReport",
    "SitingRequest",
    "SitingResult",
    "SourceError",
    "Study",
    "StudyCard",
    "TableError",
    "UnknownNameError",
    "UnsafeFileError",
    "WhatIf",
    "Who",
    "Words",
    "Workspace",
    "apply_what_if",
    "assess_gaps",
    "check_sites",
    "compare_what_ifs",
    "default_scenario",
    "determine_eligibility",
    "load_study",
    "open_workspace",
    "prepare",
    "prepare_eligibility",
    "propose_sites",
    "with_sites",
]

_HOME = {
    "CancelledError": "gapmap.errors",
    "KeyNeededError": "gapmap.errors",
    "SourceError": "gapmap.errors",
    "GapmapError": "gapmap.errors",
    "InputError": "gapmap.errors",
    "LayerError": "gapmap.errors",
    "MissingFileError": "gapmap.errors",
    "RequestError": "gapmap.errors",
    "TableError": "gapmap.errors",
    "UnknownNameError": "gapmap.errors",
    "UnsafeFileError": "gapmap.errors",
    "GapAssessment": "gapmap.model",
    "Measure": "gapmap.model",
    "Method": "gapmap.model",
    "Provenance": "gapmap.model",
    "Reach": "gapmap.model",
    "Role": "gapmap.model",
    "Scenario": "gapmap.model",
    "SitesReport": "gapmap.model",
    "Study": "gapmap.model",
    "Who": "gapmap.model",
    "Words": "gapmap.model",
    "EligibilityAnswer": "gapmap.rules",
    "EligibilityRules": "gapmap.rules",
    "apply_what_if": "gapmap.usecases",
    "assess_gaps": "gapmap.usecases",
    "check_sites": "gapmap.usecases",
    "compare_what_ifs": "gapmap.usecases",
    "default_scenario": "gapmap.usecases",
    "determine_eligibility": "gapmap.usecases",
    "load_study": "gapmap.usecases",
    "prepare": "gapmap.usecases",
    "prepare_eligibility": "gapmap.usecases",
    "propose_sites": "gapmap.usecases",
    "SitingRequest": "gapmap.analysis.siting.values",
    "SitingResult": "gapmap.analysis.siting.values",
    "with_sites": "gapmap.usecases",
    "WhatIf": "gapmap.whatifs.values",
    "StudyCard": "gapmap.wiring",
    "Workspace": "gapmap.wiring",
    "open_workspace": "gapmap.wiring",
}


def __getattr__(name: str) -> Any:
    # geopandas takes a second to import: `gapmap --help` should not wait for it.
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
