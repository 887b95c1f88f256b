"""Why here: each suggestion's figures, and what they mean in the study's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.spatial import cKDTree

from gapmap.analysis.siting.covers import CoverTask
from gapmap.analysis.siting.greedy import greedy_choice
from gapmap.analysis.siting.values import CurvePoint, Suggestion
from gapmap.errors import RequestError
from gapmap.geo import earth_centred, surface_m

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from gapmap.analysis.lawful import Standing
    from gapmap.analysis.siting.search import Question
    from gapmap.model import Study

__all__ = ["adding_order", "curve_of", "figures_of", "suggestions_of"]

_HOSTS_NAMED: Final = 3
_OVERLAPS_NAMED: Final = 3
_FEW: Final = 0.5
"""Fewer people than this are nobody in a sentence."""


@dataclass(frozen=True, eq=False)
class _Reached:
    """Rows that each host reaches, and how much of their need is still open."""

    by_host: csc_array
    need: NDArray[np.float64]
    open_need: NDArray[np.float64]

    def rows(self, host: int) -> NDArray[np.int64]:
        start, stop = self.by_host.indptr[host : host + 2]
        rows: NDArray[np.int64] = self.by_host.indices[start:stop]
        return rows


def _reached(question: Question) -> _Reached:
    need = question.demand.need
    return _Reached(question.layout.by_column, need, need * question.layout.open_share)


def adding_order(question: Question, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Order chosen hosts so that each adds the most need in reach to those before it."""
    reached = _reached(question)
    task = CoverTask(
        cover=csr_array(question.layout.by_column[:, chosen]),
        first=reached.open_need,
        second=np.zeros(len(reached.need)),
        cost=np.ones(len(chosen)),
        count=len(chosen),
    )
    adding = greedy_choice(task)
    # What adds nobody comes last, the one with the most people about it first.
    rest = np.setdiff1d(np.arange(len(chosen)), adding)
    about = [float(reached.need[reached.rows(int(chosen[place]))].sum()) for place in rest]
    last = rest[np.lexsort((rest, -np.array(about)))]
    order: NDArray[np.int64] = chosen[np.concatenate([adding, last])]
    return order


def curve_of(
    question: Question, order: NDArray[np.int64], beyond: NDArray[np.int64]
) -> tuple[CurvePoint, ...]:
    """Return what the first sites of an order reach, and then a few more."""
    reached = _reached(question)
    is_open = np.ones(len(reached.need), dtype=bool)
    total = float((reached.need - reached.open_need).sum())
    points = [CurvePoint(0, total, 0.0)]
    for turn, host in enumerate([*order.tolist(), *beyond.tolist()], start=1):
        rows = reached.rows(host)
        added = float(reached.open_need[rows][is_open[rows]].sum())
        is_open[rows] = False
        total += added
        points.append(CurvePoint(turn, total, added, is_beyond=turn > len(order)))
    return tuple(points)


def figures_of(question: Question, order: NDArray[np.int64], host: int) -> tuple[float, float]:
    """Return the need near one of the chosen hosts, and what of it no other site reaches."""
    reached = _reached(question)
    return _figures(reached, question.layout.levels_of(order), host)


def _figures(reached: _Reached, levels: NDArray[np.int64], host: int) -> tuple[float, float]:
    rows = reached.rows(host)
    alone = reached.open_need[rows][levels[rows] <= 1].sum()
    return float(reached.need[rows].sum()), float(alone)


def suggestions_of(
    study: Study, question: Question, order: NDArray[np.int64], lawful: Standing | None
) -> tuple[Suggestion, ...]:
    """Explain every chosen host, in the order of adding."""
    reached = _reached(question)
    hosts, standing = question.hosts, question.standing
    points = curve_of(question, order, np.empty(0, dtype=np.int64))
    by_standing = question.layout.by_standing
    levels = question.layout.levels_of(order)
    among = csr_array(question.layout.by_column[:, order])
    doors = _Doors(study, hosts)
    found = []
    for turn, host in enumerate(order.tolist()):
        rows = reached.rows(host)
        with_standing = reached.need[rows] @ by_standing[rows].astype(np.float64)
        with_others = reached.need[rows] @ among[rows].astype(np.float64)
        with_others[turn] = 0.0
        names = [*standing.name, *hosts["name"].to_numpy()[order]]
        shared = np.concatenate([with_standing, with_others])
        largest = [int(n) for n in np.argsort(-shared, kind="stable") if shared[n] >= _FEW]
        overlaps = tuple((str(names[n]), float(shared[n])) for n in largest[:_OVERLAPS_NAMED])
        is_lawful, because = _lawful_at(lawful, hosts.iloc[host])
        row = hosts.iloc[host]
        near, unique = _figures(reached, levels, host)
        figures: dict[str, Any] = {
            "rank": turn + 1,
            "candidate_id": str(row["candidate_id"]),
            "name": str(row["name"]),
            "kind": row["kind"] if isinstance(row["kind"], str) else None,
            "layer": str(row["layer"]),
            "longitude": float(row["longitude"]),
            "latitude": float(row["latitude"]),
            "is_host_known": bool(row["is_host_known"]),
            "need_added": points[turn + 1].need_added,
            "need_in_reach": near,
            "need_unique": unique,
            "overlaps": overlaps,
            "is_lawful": is_lawful,
            "lawful_because": because,
            "nearest_hosts": doors.near(host),
            "cost": float(row["cost"]) if np.isfinite(row["cost"]) else None,
            "capacity": float(row["capacity"]) if np.isfinite(row["capacity"]) else None,
        }
        sentences = _sentences(study, question, figures, lawful)
        found.append(Suggestion(**figures, sentences=sentences))
    return tuple(found)


def _lawful_at(lawful: Standing | None, host: pd.Series) -> tuple[bool | None, str]:
    if lawful is None or not lawful.can_answer:
        return None, ""
    if not np.isfinite(host["longitude"]):
        return None, "its place is not known"
    try:
        answer = lawful.at(float(host["longitude"]), float(host["latitude"]))
    except RequestError:
        return None, "it is outside every area that the eligibility layers know"
    named = [one for one in answer.site_types if one.site_type == "open"]
    because = named[0].because if named else ""
    if answer.is_proxy:
        because = f"{because.rstrip('.')} (proxy, not a determination)"
    return answer.is_open_lawful, because


class _Doors:
    """Where somebody could be asked: known candidates and schools.

    A study that knows neither has its own sites: whoever serves meals there knows the places
    around, and a site that is not open to everybody could be.
    """

    def __init__(self, study: Study, hosts: pd.DataFrame) -> None:
        # A place that no layer names is nobody's door.
        longitude, latitude = hosts["longitude"].to_numpy(), hosts["latitude"].to_numpy()
        is_door = hosts["is_host_known"].to_numpy(dtype=bool) & np.isfinite(longitude + latitude)
        known = np.flatnonzero(is_door)
        names = hosts["name"].iloc[known].tolist()
        places = [earth_centred(longitude[known], latitude[known])]
        for layer in study.schools:
            points = layer.table[layer.table.geometry.geom_type == "Point"]
            names += points["name"].tolist()
            places.append(earth_centred(points.geometry.x, points.geometry.y))
        if not names:
            # Twins at one place are one door.
            sites = study.sites.drop_duplicates("place_id")
            names += [f"{name} (serves already)" for name in sites["name"]]
            places.append(earth_centred(sites.geometry.x, sites.geometry.y))
        self._names = names
        self._host = np.concatenate([known, np.full(len(names) - len(known), -1)])
        self._place_m = earth_centred(longitude, latitude)
        self._tree = cKDTree(np.concatenate(places)) if names else None

    def near(self, host: int) -> tuple[tuple[str, float], ...]:
        """Name the nearest ones besides a host itself, with metres."""
        here = self._place_m[host]
        if self._tree is None or not np.isfinite(here).all():
            return ()
        wanted = min(_HOSTS_NAMED + 1, len(self._names))
        chord, door = self._tree.query(here, k=np.arange(1, wanted + 1))
        found = [
            (str(self._names[one]), float(metres))
            for one, metres in zip(door, surface_m(chord), strict=True)
            if self._host[one] != host
        ]
        return tuple(found[:_HOSTS_NAMED])


def _sentences(
    study: Study, question: Question, figures: dict[str, Any], lawful: Standing | None
) -> tuple[str, ...]:
    words, unit = study.words, question.demand.unit
    reach = question.request.scenario.reach
    added, within, unique = (
        figures["need_added"],
        figures["need_in_reach"],
        figures["need_unique"],
    )
    nobody_else = "alone reaches" if unique >= _FEW else "reaches nobody that no other reaches"
    sentences = [
        f"Brings {added:,.0f} {unit} in reach who are in reach of nobody before it."
        if added >= _FEW
        else f"Brings nobody in reach who is not in reach already; {within:,.0f} {unit} are near.",
        f"{within:,.0f} {unit} are within {reach}; it {nobody_else}"
        + (f" {unique:,.0f} of them." if unique >= _FEW else "."),
    ]
    if figures["overlaps"]:
        shared = "; ".join(f"{need:,.0f} with {name}" for name, need in figures["overlaps"])
        sentences.append(f"Shares {unit}: {shared}.")
    else:
        sentences.append(f"Shares {unit} with no other {words.site}.")
    if lawful is not None and lawful.can_answer:
        because = f": {figures['lawful_because'].rstrip('.')}" if figures["lawful_because"] else ""
        says = {True: "is lawful here", False: "is not lawful here", None: "may not be lawful"}
        sentence = f"An open {words.site} {says[figures['is_lawful']]}{because}."
        if figures["is_lawful"] is None:
            sentence = f"Whether an open {words.site} is lawful here is not known{because}."
        sentences.append(sentence)
    near = "; ".join(f"{name}, {metres:,.0f} m" for name, metres in figures["nearest_hosts"])
    if not figures["is_host_known"]:
        sentences.append(
            "No host is named here: look for one near this place" + (f" ({near})." if near else ".")
        )
    elif near:
        sentences.append(f"Should it not want to: {near}.")
    return tuple(sentences)
