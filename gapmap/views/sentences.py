"""What a result says, in words.

These sentences are plain text. Where a page puts one into Markdown it passes through
:func:`plain` first, so that a name from a file is shown as it was written and nothing else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gapmap.views import numbers
from gapmap.views.schedules import day_name, meal_name

if TYPE_CHECKING:
    from gapmap.model import GapAssessment, Measure, Reach, Scenario, Study

__all__ = [
    "eligible_headline",
    "headline",
    "map_notices",
    "place_name",
    "plain",
    "question",
    "reach_words",
    "site_kinds",
    "sure_ranks",
    "what_figures_are",
]

_WORST = 10
_NAMED = 3

_HALVES = {0.25: "a quarter of a", 0.5: "half a", 0.75: "three quarters of a", 1.0: "one"}
_UNIT_WORDS = {"mi": ("mile", "miles"), "km": ("kilometre", "kilometres"), "m": ("metre", "metres")}
_ADDRESS = re.compile(r"https?:(?=//)|www(?=\.)|@", re.IGNORECASE)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&@/=\"'^])")


def plain(text: object) -> str:
    """Write text so that Markdown shows it letter by letter.

    Links, HTML, emphasis, formulas and Streamlit's own directives lose their meaning.
    """
    # What shows the page makes links of bare addresses after it has read the entities.
    one_line = _ADDRESS.sub("\\g<0>\u2060", " ".join(str(text).split()))
    return _MARKDOWN.sub(lambda sign: f"&#{ord(sign[0])};", one_line)


def reach_words(reach: Reach) -> str:
    """Write a reach as people say it: “half a mile”, “2 miles”, “800 m”."""
    one, many = _UNIT_WORDS.get(reach.unit, (reach.unit, reach.unit))
    if reach.unit in ("mi", "km") and reach.amount in _HALVES:
        return f"{_HALVES[reach.amount]} {one}"
    if reach.unit in ("mi", "km"):
        return f"{reach.amount:,.4g} {one if reach.amount < 1 else many}"
    return str(reach)


def site_kinds(scenario: Scenario, study: Study) -> str:
    """Name the sites that count: “public meal site”, “meal site of Harbor Pantry …”."""
    words = study.words
    parts = ["open " if scenario.who == "public" else "", words.site]
    if scenario.partners is not None:
        one = scenario.partners[0] if len(scenario.partners) == 1 else None
        parts.append(f" of {one}" if one else f" of {len(scenario.partners)} partners")
    served = []
    if scenario.meal is not None:
        served.append(f"serving {meal_name(scenario.meal)}")
    if scenario.day is not None:
        served.append(
            f"on {day_name(scenario.day)}" if served else f"serving on {day_name(scenario.day)}"
        )
    return "".join(parts) + (" " + " ".join(served) if served else "")


def place_name(study: Study, within: str | None) -> str:
    """Name the part of the study in question."""
    return study.name if within is None else f"{within}, {study.name}"


def headline(assessment: GapAssessment, study: Study) -> str:
    """Say the main figure in one sentence."""
    scenario = assessment.scenario
    unit = assessment.measure.unit
    kinds = site_kinds(scenario, study)
    far = reach_words(scenario.reach)
    if assessment.need_total < 0.5:
        return f"No {unit} are counted here."
    if not assessment.sites_used:
        return (
            f"No {kinds} counts here: all {numbers.people(assessment.need_total)} {unit} "
            "are out of reach."
        )
    if round(assessment.need_out_of_reach) == 0:
        return (
            f"All {numbers.people(assessment.need_total)} {unit} live within {far} of {_a(kinds)}."
        )
    return (
        f"{numbers.people(assessment.need_out_of_reach)} {unit} live farther than {far} "
        f"from any {kinds}."
    )


def question(assessment: GapAssessment, study: Study) -> str:
    """Say how the figure was made, in one line."""
    scenario = assessment.scenario
    how = (
        "counted at need points"
        if scenario.method == "points"
        else f"by share of each {study.words.area}"
    )
    parts = [place_name(study, scenario.within), assessment.measure.label, f"straight line, {how}"]
    if assessment.measure.is_modelled:
        parts.append("need is modelled")
    if study.has_illustrative_need:
        parts.append("every figure is illustrative, not real")
    elif study.has_illustrative_sites:
        parts.append(f"{study.words.sites} are illustrative")
    return " · ".join(parts)


def what_figures_are(measure: Measure, study: Study) -> str:
    """Say what of the figures is modelled and what is made up; empty where nothing is."""
    parts = []
    if measure.is_modelled:
        parts.append(f"Need is modelled: {measure.method}")
    made_up = [entry.title for entry in study.provenance if entry.is_illustrative]
    if made_up:
        parts.append(f"Illustrative, not real: {'; '.join(made_up)}.")
    return " ".join(parts)


def map_notices(study: Study) -> list[str]:
    """Say in a corner of a map what on it is made up or modelled."""
    notices = []
    if study.has_illustrative_sites and not study.has_illustrative_need:
        notices.append(f"Illustrative {study.words.sites}: not real")
    elif study.is_illustrative:
        notices.append("Illustrative: not real")
    if study.is_modelled:
        notices.append("Need is modelled")
    return notices


def eligible_headline(assessment: GapAssessment, study: Study) -> str:
    """Name the places with most people unserved where an open site would be lawful.

    Empty where eligibility is not known, or where nobody is unserved there.
    """
    if assessment.eligible_gap != assessment.eligible_gap:
        return ""
    unit, words = assessment.measure.unit, study.words
    ranked = assessment.neighbourhoods
    if ranked.empty:
        ranked = assessment.areas
    worst = ranked[ranked["eligible_gap"].round() >= 1].sort_values(
        "eligible_gap", ascending=False, kind="stable"
    )
    if worst.empty:
        return f"No {unit} out of reach are known to live where an open {words.site} may be."
    named = [
        f"{name} ({numbers.people(count)})"
        for name, count in zip(
            worst["name"].head(_NAMED), worst["eligible_gap"].head(_NAMED), strict=True
        )
    ]
    return f"Where most eligible {unit} are unserved: {_list(named)}."


def sure_ranks(assessment: GapAssessment) -> str:
    """Say which places are among the worst whatever the margins of error hide.

    Empty where there are no margins of error, or too few places for it to mean anything.
    """
    ranked = assessment.neighbourhoods
    if len(ranked) <= _WORST or (ranked["rank_low"] == ranked["rank_high"]).all():
        return ""
    surely = ranked["name"][ranked["rank_high"] <= _WORST].tolist()
    could = int((ranked["rank_low"] <= _WORST).sum()) - len(surely)
    if not could:
        return "The ten worst are surely the ten worst."
    if not surely:
        return f"None is surely among the ten worst: {could:,} could be, within the margins."
    if len(surely) > _NAMED:
        return f"{len(surely)} are surely among the ten worst; {could:,} more could be."
    return f"Surely among the ten worst: {_list(surely)}. {could:,} more could be."


def _list(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _a(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
