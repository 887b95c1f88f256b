"""What a division is worth, in people and metres and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gapmap.analysis.territory import measures
from gapmap.analysis.territory.values import Bridge, Division, Territory

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gapmap.analysis.territory.layout import Layout
    from gapmap.analysis.territory.values import Obstacle

__all__ = ["accounted"]


def accounted(
    layout: Layout,
    holder: NDArray[np.int64],
    obstacles: tuple[Obstacle, ...],
    notes: tuple[str, ...],
) -> Division:
    """Say who holds what and how good that is.

    Parameters
    ----------
    layout
        The request, laid out.
    holder
        Row of the partner of each area of the problem, -1 for nobody.
    obstacles
        Wishes that are not met.
    notes
        Sentences to begin the notes with.
    """
    problem, request, study = layout.problem, layout.request, layout.study
    territories = _territories(layout, holder)
    graph = problem.graph
    geoids = layout.labels.geoids
    bridges = tuple(
        Bridge(
            geoids[graph.bridges[row, 0]],
            geoids[graph.bridges[row, 1]],
            float(graph.bridge_m[row]),
            bool(graph.is_across_barrier[row]),
        )
        for row in measures.bridges_within(graph, holder)
    )
    places = measures.cut_places(holder, layout.place[layout.rows])
    names = [] if study.neighbourhoods is None else study.neighbourhoods["name"].tolist()
    table = _table(layout, holder)
    held = problem.load * (holder >= 0)
    mean_m = np.array([one.mean_distance_m for one in territories])
    loads = np.array([one.load for one in territories])
    known = ~np.isnan(mean_m)
    return Division(
        request=request,
        data_version=study.data_version,
        measure=layout.assessment.measure,
        unit=layout.unit,
        areas=table,
        territories=territories,
        load_total=float(problem.load.sum()),
        worst_deviation=float(np.abs(problem.deviation(holder)).max()),
        balance_index=measures.balance_index(problem, holder),
        mean_polsby_popper=float(
            np.nanmean([one.polsby_popper for one in territories])
            if (holder >= 0).any()
            else np.nan
        ),
        mean_distance_m=(
            float((mean_m[known] * loads[known]).sum() / loads[known].sum())
            if held.sum() > 0
            else float("nan")
        ),
        unassigned=tuple(table["geoid"][table["partner"].isna()]),
        cut_neighbourhoods=tuple(str(names[row]) for row in places),
        bridges=bridges,
        obstacles=obstacles,
        notes=(*notes, *_notes(layout, bridges)),
    )


def _territories(layout: Layout, holder: NDArray[np.int64]) -> tuple[Territory, ...]:
    problem, count = layout.problem, layout.problem.partner_count
    facts = layout.assessment.areas.iloc[layout.rows]
    held = holder >= 0

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return measures.sums(holder, np.nan_to_num(values), count)

    load = total(problem.load)
    need = total(facts["need"].to_numpy(dtype=np.float64))
    gap = total(facts["gap"].to_numpy(dtype=np.float64))
    area_count = np.bincount(holder[held], minlength=count)
    pieces = measures.piece_counts(problem.graph, holder, count)
    roundness = measures.polsby_popper(problem.graph, holder, count)
    distance_m = measures.mean_distances_m(problem, holder)
    gains, gives_up = _against_today(layout, holder)
    standing = np.where(layout.site_area >= 0, holder[layout.site_area], -1)
    territories = []
    for row, name in enumerate(layout.request.names):
        mine = holder == row
        way_m = float("nan")
        if load[row] > 0 and not np.isnan(layout.site_m[:, row]).any():
            way_m = float((layout.site_m[mine, row] * problem.load[mine]).sum() / load[row])
        territories.append(
            Territory(
                partner=name,
                load=float(load[row]),
                target=float(problem.target[row]),
                share_of_target=float(load[row] / problem.target[row]),
                area_count=int(area_count[row]),
                need=float(need[row]),
                gap=float(gap[row]),
                is_contiguous=bool(pieces[row] == 1) if pieces[row] else None,
                piece_count=int(pieces[row]),
                polsby_popper=float(roundness[row]),
                mean_distance_m=float(distance_m[row]),
                mean_site_distance_m=way_m,
                site_count=int((standing == row).sum()),
                own_site_count=int(((standing == row) & (layout.site_partner == row)).sum()),
                gains=float(gains[row]),
                gives_up=float(gives_up[row]),
            )
        )
    return tuple(territories)


def _against_today(
    layout: Layout, holder: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    count, load = layout.problem.partner_count, layout.problem.load
    unknown = np.full(count, np.nan)
    if not (layout.today >= 0).any():
        return unknown, unknown
    changes = layout.today != holder
    gains = measures.sums(np.where(changes, holder, -1), load, count)
    gives_up = measures.sums(np.where(changes, np.maximum(layout.today, -1), -1), load, count)
    return gains, gives_up


def _table(layout: Layout, holder: NDArray[np.int64]) -> pd.DataFrame:
    rows = np.concatenate([layout.rows, layout.set_aside])
    order = np.argsort(rows, kind="stable")
    names = np.array([*layout.request.names, None], dtype=object)
    partner = np.concatenate([names[holder], np.full(len(layout.set_aside), None)])
    facts = layout.assessment.areas.iloc[rows]
    locked = np.zeros(len(rows), dtype=np.bool_)
    locked[: len(layout.rows)] = layout.problem.locked >= 0
    return (
        pd.DataFrame(
            {
                "geoid": facts["geoid"].astype(str).to_numpy(),
                "name": facts["name"].to_numpy(),
                "neighbourhood": pd.Series(_place_names(layout)[layout.place[rows]], dtype=object),
                "partner": pd.Series(partner, dtype=object),
                "load": layout.load[rows],
                "need": facts["need"].to_numpy(),
                "gap": facts["gap"].to_numpy(),
                "today": facts["nearest_partner"].to_numpy(dtype=object),
                "is_locked": locked,
            }
        )
        .iloc[order]
        .reset_index(drop=True)
    )


def _place_names(layout: Layout) -> NDArray[np.object_]:
    places = layout.study.neighbourhoods
    names = [] if places is None else places["name"].tolist()
    return np.array([*names, None], dtype=object)


def _notes(layout: Layout, bridges: tuple[Bridge, ...]) -> tuple[str, ...]:
    request, words = layout.request, layout.study.words
    notes = [
        "Areas are neighbours if they share a border line; a corner is not enough.",
    ]
    across = [one for one in bridges if not one.is_across_barrier]
    if across:
        farthest = max(one.metres for one in across)
        notes.append(
            f"{len(across)} territory parts with no land between them count as joined, by the "
            f"shortest crossing each; the longest is {farthest:,.0f} m."
        )
    back = len(bridges) - len(across)
    if back:
        notes.append(
            f"{back} times a territory crosses a barrier, as what it cuts off is too little for "
            "a territory."
        )
    unknown = int(np.isnan(layout.load[layout.rows]).sum())
    if unknown:
        notes.append(
            f"{unknown:,} {words.areas} have no known need; they are divided and weigh nothing."
        )
    if request.are_named:
        without = [
            name for row, name in enumerate(request.names) if np.isnan(layout.site_m[:, row]).any()
        ]
        if without:
            notes.append(
                f"No {words.site} that counts is listed for {', '.join(without)}: where they "
                "stand could not be heeded."
            )
    if (layout.today >= 0).any():
        notes.append(
            f"Gains and losses are against today, when each {words.area} is taken to be served "
            f"by the partner of its nearest {words.site}."
        )
    if request.scenario.within is not None:
        notes.append(
            f"Of {request.scenario.within} are all {words.areas} most of whose need is there, "
            "whole."
        )
    return tuple(notes)
