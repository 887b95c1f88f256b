"""Which sites may open where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gapmap.errors import RequestError

if TYPE_CHECKING:
    from gapmap.analysis.lawful import Standing
    from gapmap.model import Study
    from gapmap.rules import EligibilityAnswer, EligibilityRules

__all__ = ["determine_eligibility", "prepare_eligibility", "standing_if_any"]


def prepare_eligibility(
    study: Study,
    rules: EligibilityRules | None = None,
    previous: Standing | None = None,
) -> Standing:
    """Judge every area of a study once; keep it, and hand it to :func:`determine_eligibility`.

    Parameters
    ----------
    study
        The study.
    rules
        The thresholds; by default the study's own.
    previous
        The same study judged under other rules, to save finding who borders on whom again.
    """
    from gapmap.analysis.lawful import Standing

    return Standing(study, rules, previous)


def standing_if_any(study: Study) -> Standing | None:
    """Judge a study that has something to judge by; None for any other."""
    return prepare_eligibility(study) if study.eligibility or study.schools else None


def determine_eligibility(
    study: Study,
    *,
    geoid: str | None = None,
    at: tuple[float, float] | None = None,
    rules: EligibilityRules | None = None,
    standing: Standing | None = None,
) -> EligibilityAnswer:
    """Say which sites may open in an area or at a place, and why, with the working.

    Parameters
    ----------
    study
        The study.
    geoid
        GEOID of a block group or tract; or give ``at``.
    at
        Longitude and latitude, degrees.
    rules
        The thresholds; by default the study's own.
    standing
        Result of :func:`prepare_eligibility` for the same study and rules, to save time.

    Raises
    ------
    RequestError
        If neither or both of ``geoid`` and ``at`` are given, the place is outside the study, or
        the study has nothing to judge by.
    UnknownNameError
        If there is no such area.
    """
    if geoid is not None and at is None:
        return (standing or prepare_eligibility(study, rules)).of(geoid)
    if at is not None and geoid is None:
        return (standing or prepare_eligibility(study, rules)).at(*at)
    raise RequestError("Ask about one place: give either a GEOID or longitude and latitude.")
