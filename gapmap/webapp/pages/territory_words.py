"""What a division says, in words and as tables: plain text, as a page's sentences are."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gapmap.analysis.supply import counting_sites, partner_names
from gapmap.analysis.territory.values import Load, ObstacleKind
from gapmap.views import numbers
from gapmap.views.schedules import schedule_text
from gapmap.views.sentences import place_name, reach_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gapmap.analysis.territory.layout import Layout
    from gapmap.analysis.territory.values import Division, Obstacle, Territory
    from gapmap.model import Study
    from gapmap.views.partner_marks import Mark

__all__ = [
    "area_table",
    "balance_table",
    "cut_table",
    "facts",
    "headline",
    "held_places",
    "held_sites",
    "is_about_locks",
    "left_over",
    "offered_percent",
    "question",
    "release_label",
    "what_it_means",
]


def headline(division: Division, study: Study) -> str:
    """Say in one sentence who shares what, and how evenly."""
    partners, words = len(division.territories), study.words
    total = f"{numbers.people(division.load_total)} {division.unit}"
    holding = [one for one in division.territories if one.area_count]
    if not holding:
        each = numbers.people(division.load_total / partners)
        if division.request.capacities is None:
            return f"{total} to share among {partners} partners: about {each} each."
        return f"{total} to share among {partners} partners."
    idle = [one.partner for one in division.territories if not one.area_count]
    if idle:
        who = idle[0] if len(idle) == 1 else f"{len(idle)} of {partners} partners"
        return f"{who} {'holds' if len(idle) == 1 else 'hold'} nothing yet of {total}."
    off = f"{division.worst_deviation:.1%}"
    says = f"{partners} partners share {total}: each within {off} of a fair share"
    if not division.meets_tolerance:
        worst = max(division.territories, key=lambda one: abs(one.share_of_target - 1))
        side = "more" if worst.share_of_target > 1 else "less"
        says = f"{partners} partners share {total}: {worst.partner} has {off} {side} than its share"
    if not division.is_contiguous:
        broken = [one.partner for one in division.territories if one.is_contiguous is False]
        which = broken[0] if len(broken) == 1 else f"{len(broken)} territories"
        return f"{says}; {which} {'is' if len(broken) == 1 else 'are'} in pieces."
    left = len(division.unassigned)
    if left:
        what = f"{words.area} is" if left == 1 else f"{words.areas} are"
        return f"{says}; {left:,} {what} nobody's."
    return f"{says}, each in one piece."


def question(division: Division, study: Study) -> str:
    """Say what was asked and what the figures are, in one line."""
    scenario, request = division.request.scenario, division.request
    parts = [place_name(study, scenario.within), division.measure.label]
    if request.load is not Load.NEED:
        parts.append(f"within {reach_words(scenario.reach)}, straight line")
    if request.load is Load.MEALS:
        parts.append(f"{' and '.join(request.meals)}, Monday to Friday")
    if division.measure.is_modelled:
        parts.append("need is modelled")
    if study.has_illustrative_need:
        parts.append("every figure is illustrative, not real")
    elif study.has_illustrative_sites:
        parts.append(f"{study.words.sites} are illustrative")
    return " · ".join(parts)


def what_it_means(division: Division) -> str:
    """Say what the bars beside the partners are."""
    if division.request.capacities is not None:
        return f"Bars: {division.unit} against each partner's share"
    each = numbers.people(division.load_total / len(division.territories))
    return f"Bars: {division.unit} against a fair share of {each}"


def left_over(division: Division, study: Study) -> str:
    """Say how much nobody holds; empty if everything is held."""
    count = len(division.unassigned)
    if not count:
        return ""
    rows = division.areas["partner"].isna()
    load = float(division.areas["load"][rows].sum())
    what = study.words.area if count == 1 else study.words.areas
    verb = "is" if count == 1 else "are"
    return f"{count:,} {what} {verb} nobody's: {numbers.people(load)} {division.unit}."


def release_label(count: int, study: Study) -> str:
    """Name the giving up of some locks, short enough for a button."""
    return f"Release {count:,} locked {study.words.area if count == 1 else study.words.areas}"


def offered_percent(tolerance: float) -> float:
    """Return a tolerance in per cent, rounded up to a tenth: what is offered does work."""
    return math.ceil(1000 * tolerance - 1e-9) / 10


def is_about_locks(obstacle: Obstacle) -> bool:
    """Say whether giving up locks is a way out."""
    kinds = (ObstacleKind.APART, ObstacleKind.LOAD, ObstacleKind.NOBODY)
    return obstacle.kind in kinds and bool(obstacle.geoids)


def facts(one: Territory, division: Division, study: Study) -> tuple[str, ...]:
    """Say what a partner holds, in a few lines."""
    words, unit = study.words, division.measure.unit
    if not one.area_count:
        return ("Holds nothing yet: paint it, or have a division proposed.",)
    areas = words.area if one.area_count == 1 else words.areas
    says = [
        f"{one.area_count:,} {areas}: {numbers.people(one.need)} {unit}, "
        f"{numbers.people(one.gap)} of them out of reach."
    ]
    sites = words.site if one.site_count == 1 else words.sites
    own = "none its own" if not one.own_site_count else f"{one.own_site_count:,} its own"
    says.append(
        f"{one.site_count:,} {sites} that count stand there, {own}."
        if one.site_count
        else f"No {words.site} that counts stands there."
    )
    if one.is_contiguous is False:
        says.append(f"In {one.piece_count} pieces.")
    if not math.isnan(one.gains):
        says.append(
            f"Against today it gains {numbers.people(one.gains)} {division.unit} and gives up "
            f"{numbers.people(one.gives_up)}."
        )
    return tuple(says)


def balance_table(division: Division, study: Study, marks: dict[str, Mark]) -> pd.DataFrame:
    """Return one row a partner with everything that is known about its territory."""
    words, unit = study.words, division.measure.unit
    rows = [
        {
            "": marks[one.partner].letter,
            "Partner": one.partner,
            division.unit.capitalize(): numbers.people(one.load),
            "Of its share": f"{one.share_of_target:.1%}" if one.area_count else "–",
            unit.capitalize(): numbers.people(one.need),
            "Out of reach": numbers.people(one.gap),
            words.areas.capitalize(): one.area_count,
            words.sites.capitalize(): one.site_count,
            "Its own": one.own_site_count,
            "Pieces": one.piece_count,
            "Compactness": None if math.isnan(one.polsby_popper) else round(one.polsby_popper, 2),
            "Way to its middle": _way(one.mean_distance_m, division),
            "Gains": _unless_unknown(one.gains),
            "Gives up": _unless_unknown(one.gives_up),
        }
        for one in division.territories
    ]
    table = pd.DataFrame(rows)
    # The load may be one of the counts beside it: once is enough.
    table = table.loc[:, ~table.columns.duplicated()]
    if division.request.load is Load.GAP:
        table = table.drop(columns="Out of reach")
    if all(math.isnan(one.gains) for one in division.territories):
        table = table.drop(columns=["Gains", "Gives up"])
    return table


def _way(metres: float, division: Division) -> str:
    if math.isnan(metres):
        return "–"
    return numbers.distance(metres, division.request.scenario.reach.unit)


def _unless_unknown(number: float) -> str:
    return "–" if math.isnan(number) else numbers.people(number)


def held_places(division: Division, study: Study, partner: str) -> pd.DataFrame:
    """Return a partner's neighbourhoods, those with most open need first.

    Returns
    -------
    Columns ``name``, ``gap``, ``need``, ``areas`` (how many of it are the partner's), all texts.
    In a study without neighbourhoods, the partner's areas.
    """
    words, areas = study.words, division.areas
    mine = areas[areas["partner"] == partner]
    if study.neighbourhoods is None:
        sums = mine.set_index("name")[["need", "gap"]].assign(count=1)
        in_all: Mapping[Any, int] = {}
    else:
        place = mine["neighbourhood"].fillna(f"outside any {words.neighbourhood}")
        grouped = mine.groupby(place, sort=True)
        sums = grouped.agg(need=("need", _sum), gap=("gap", _sum), count=("geoid", "size"))
        in_all = areas.groupby("neighbourhood")["geoid"].size().to_dict()
    ranked = sums.sort_values("gap", ascending=False, kind="stable")
    return pd.DataFrame(
        {
            "name": ranked.index.tolist(),
            "gap": [numbers.people(gap) for gap in ranked["gap"]],
            "need": [numbers.people(need) for need in ranked["need"]],
            "areas": [
                f", {held:,} of {in_all[name]:,} {words.areas}"
                if in_all.get(name, held) != held
                else ""
                for name, held in zip(ranked.index, ranked["count"], strict=True)
            ],
        }
    )


def _sum(values: pd.Series) -> float:
    # Unknown stays unknown: a sum of nothing known is not zero.
    return float(values.sum(min_count=1))


def held_sites(layout: Layout, division: Division, study: Study, partner: str) -> pd.DataFrame:
    """Return the sites of a partner and those in its territory, when they serve and whose they are.

    Returns
    -------
    Columns ``name``, ``whose``, ``where``, ``serves``, ``dates``: first the partner's own in its
    territory, then others there, then its own elsewhere.
    """
    scenario = replace(division.request.scenario, within=None)
    supply = counting_sites(study, scenario)
    sites = study.sites.iloc[supply.place]
    owner = partner_names(study.sites).to_numpy(dtype=object)[supply.place]
    held_by = division.holders
    geoids = np.array([*layout.labels.geoids, ""], dtype=object)
    holder = np.array([held_by.get(geoid) for geoid in geoids[layout.site_area]], dtype=object)
    is_own, is_here = owner == partner, holder == partner
    order = np.flatnonzero(is_own | is_here)
    order = order[
        np.lexsort((order, np.where(is_own & is_here, 0, np.where(is_here, 1, 2))[order]))
    ]
    if not len(order):
        return pd.DataFrame()
    shown = sites.iloc[order]
    serves = schedule_text(shown, study.words.meals)
    return pd.DataFrame(
        {
            "name": shown["name"].tolist(),
            "whose": ["its own" if is_own[row] else str(owner[row]) for row in order],
            "where": [
                "in its territory"
                if is_here[row]
                else (f"with {holder[row]}" if holder[row] else "outside")
                for row in order
            ],
            "serves": [text or "meals and days unknown" for text in serves],
            "dates": _dates(shown),
        }
    )


def _dates(sites: Any) -> list[str]:
    said = []
    for first, last in zip(sites["start_date"].tolist(), sites["end_date"].tolist(), strict=True):
        ends = [
            numbers.UNKNOWN
            if pd.isna(day)
            else f"{pd.Timestamp(day).day} {pd.Timestamp(day):%b %Y}"
            for day in (first, last)
        ]
        is_unknown = ends[0] == ends[1] == numbers.UNKNOWN
        said.append("dates unknown" if is_unknown else " – ".join(ends))
    return said


def cut_table(division: Division, study: Study) -> pd.DataFrame:
    """Return the neighbourhoods that several partners hold, with what each holds of them."""
    areas = division.areas[division.areas["neighbourhood"].isin(division.cut_neighbourhoods)]
    held = areas[areas["partner"].notna()]
    rows = []
    for place, inside in held.groupby("neighbourhood", sort=True):
        counts = inside["partner"].value_counts()
        rows.append(
            {
                study.words.neighbourhood.capitalize(): place,
                "Who": ", ".join(f"{name} {count:,}" for name, count in counts.items()),
                study.words.areas.capitalize(): len(inside),
            }
        )
    return pd.DataFrame(rows)


def area_table(areas: pd.DataFrame, division: Division, study: Study) -> pd.DataFrame:
    """Return areas by name, with what they weigh."""
    words = study.words
    return pd.DataFrame(
        {
            words.area.capitalize(): areas["name"].tolist(),
            "GEOID": areas["geoid"].tolist(),
            words.neighbourhood.capitalize(): areas["neighbourhood"].fillna("–").tolist(),
            division.unit.capitalize(): [numbers.people(load) for load in areas["load"]],
        }
    )
