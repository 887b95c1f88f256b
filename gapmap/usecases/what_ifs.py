"""What would be different: a study as somebody imagines it, and two of them side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gapmap.usecases.eligibility import standing_if_any
from gapmap.usecases.gaps import assess_gaps, default_scenario, prepare

if TYPE_CHECKING:
    from gapmap.analysis.comparison import Comparison
    from gapmap.analysis.lawful import Standing
    from gapmap.analysis.need import Ground
    from gapmap.model import Scenario, Study
    from gapmap.whatifs.values import WhatIf

__all__ = ["apply_what_if", "compare_what_ifs"]


def apply_what_if(study: Study, what_if: WhatIf | None) -> tuple[Study, Scenario]:
    """Return the study and its question as they would be; None is as they are.

    Parameters
    ----------
    study
        The study as it is.
    what_if
        What differs (see :mod:`gapmap.whatifs`).

    Raises
    ------
    UnknownNameError
        If it names something that the study does not have, with the file and the entry.
    RequestError
        If it is of another study, or asks for something that cannot be.
    """
    from gapmap.whatifs.applying import apply

    usual = default_scenario(study)
    if what_if is None:
        return study, usual
    changed, asked = apply(study, what_if, usual)
    if asked.partners is not None:
        from gapmap.analysis.supply import partner_names
        from gapmap.whatifs.fitting import unknown_name

        known = sorted(set(partner_names(changed.sites)))
        for name in asked.partners:
            if name not in known:
                raise unknown_name(what_if, "question, partners", "partner", name, known)
    return changed, asked


def compare_what_ifs(
    study: Study,
    first: WhatIf | None,
    second: WhatIf | None,
    *,
    within: str | None = None,
    ground: Ground | None = None,
    standing: Standing | None = None,
) -> Comparison:
    """Measure two what-ifs of one study and set them side by side.

    Parameters
    ----------
    study
        The study as it is.
    first, second
        What differs on either side; None is the study as it is.
    within
        The group of neighbourhoods that both sides are about; by default what each asks.
    ground
        Result of :func:`prepare` for the study, to save time.
    standing
        Result of :func:`prepare_eligibility` for the study, to save time.

    Raises
    ------
    UnknownNameError, RequestError
        As :func:`apply_what_if` does.
    """
    from gapmap.analysis.comparison import compare
    from gapmap.whatifs.sentences import differences
    from gapmap.whatifs.values import AS_IT_IS

    ground = ground or prepare(study)
    standing = standing or standing_if_any(study)
    sides = [apply_what_if(study, what_if) for what_if in (first, second)]
    if within is not None:
        sides = [(changed, replace(asked, within=within)) for changed, asked in sides]
    one, other = (assess_gaps(changed, asked, ground, standing) for changed, asked in sides)
    names = tuple(AS_IT_IS if what_if is None else what_if.name for what_if in (first, second))
    said = [() if what_if is None else differences(what_if, study) for what_if in (first, second)]
    return compare(
        sides[0][0],
        one,
        sides[1][0],
        other,
        names=(names[0], names[1]),
        differences=(said[0], said[1]),
    )
