"""Who is in reach of the sites that count, and who is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gapmap.model import GapAssessment, Scenario, Study
from gapmap.usecases.eligibility import prepare_eligibility

if TYPE_CHECKING:
    from gapmap.analysis.lawful import Standing
    from gapmap.analysis.need import Ground

__all__ = ["assess_gaps", "default_scenario", "prepare"]


def prepare(study: Study) -> Ground:
    """Lay out the need side of a study; keep it, and hand it to :func:`assess_gaps`."""
    from gapmap.analysis.need import Ground

    return Ground(study)


def default_scenario(study: Study) -> Scenario:
    """Return the question that a study asks before anybody has touched a control."""
    return Scenario(
        study=study.id,
        measure=next(iter(study.measures)),
        reach=study.reach,
        method=study.default_method,
    )


def assess_gaps(
    study: Study,
    scenario: Scenario | None = None,
    ground: Ground | None = None,
    standing: Standing | None = None,
) -> GapAssessment:
    """Measure who is in reach of the sites that count, and who is not.

    Parameters
    ----------
    study
        The study.
    scenario
        The question; by default the one of :func:`default_scenario`.
    ground
        Result of :func:`prepare` for a study with the same need side, to save time.
    standing
        Result of :func:`prepare_eligibility` for the same study, to save time.
    """
    from gapmap.analysis.gaps import assess

    if standing is None and (study.eligibility or study.schools):
        standing = prepare_eligibility(study)
    return assess(study, scenario or default_scenario(study), ground or prepare(study), standing)
