"""What a shared board's map knows of the ground: what each area weighs, and who serves there today.

Claiming changes nothing of it, so it is fetched once. Who holds what comes through the board's own
socket.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gapmap.analysis.supply import partner_names
from gapmap.views.layers import LayerFile
from gapmap.views.schedules import schedule_text
from gapmap.views.sentences import question

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import ArrayLike

    from gapmap.model import GapAssessment, Study

__all__ = ["room_facts"]

_AROUND: Final = 0.05
"""Of the longer side of a board: a site just outside it serves those inside too."""


def room_facts(study: Study, assessment: GapAssessment, claimable: Collection[str]) -> LayerFile:
    """Lay out what claiming does not change: which areas can be claimed and what they weigh.

    Parameters
    ----------
    study
        The study.
    assessment
        The answer to the board's question.
    claimable
        The areas of the board.

    Returns
    -------
    JSON: ``rows`` of the areas in the study, ``need`` and ``open`` (need out of reach), null where
    unknown, the ``unit`` and ``label`` of both, the ``question`` in words, ``bounds``, and the
    ``sites`` of today in and around them: ``id``, ``name``, ``partner``, ``kind``, ``times``,
    ``lat``, ``lng``, and ``because``, why it does not count for the question, empty if it does.
    """
    wanted = set(claimable)
    rows = [row for row, geoid in enumerate(study.areas["geoid"]) if str(geoid) in wanted]
    table, measure = assessment.areas, assessment.measure
    # Within a part of the study the answer has fewer areas than the study.
    place_of = {str(geoid): place for place, geoid in enumerate(table["geoid"])}
    places = [place_of.get(str(study.areas["geoid"].iloc[row]), -1) for row in rows]
    facts: dict[str, Any] = {
        "rows": rows,
        "need": _figures(table["need"], places),
        "open": _figures(table["gap"], places),
        "unit": measure.unit,
        "label": measure.label,
        "question": question(assessment, study),
        "bounds": (bounds := _bounds(study, rows)),
        "sites": _sites(study, assessment, bounds),
    }
    return LayerFile.of(json.dumps(facts, separators=(",", ":"), allow_nan=False))


def _figures(column: ArrayLike, places: Sequence[int]) -> list[float | None]:
    values = np.asarray(column, dtype=np.float64)
    return [
        None if place < 0 or np.isnan(values[place]) else round(float(values[place]), 3)
        for place in places
    ]


def _sites(
    study: Study, assessment: GapAssessment, bounds: Sequence[Sequence[float]]
) -> list[dict[str, Any]]:
    (south, west), (north, east) = bounds
    beside = _AROUND * max(north - south, east - west)
    left_out = dict(
        zip(assessment.sites["site_id"], assessment.sites["left_out_because"], strict=True)
    )
    near = study.sites.cx[west - beside : east + beside, south - beside : north + beside]
    columns = [near[name].tolist() for name in ("site_id", "name", "kind")]
    times = schedule_text(near, study.words.meals)
    places = zip(near.geometry.x.tolist(), near.geometry.y.tolist(), strict=True)
    return [
        {
            "id": str(site),
            "name": _text(name) or str(site),
            "partner": partner,
            "kind": _text(kind),
            "times": served,
            "lat": round(y, 5),
            "lng": round(x, 5),
            "because": _text(left_out.get(site)),
        }
        for site, name, kind, partner, served, (x, y) in zip(
            *columns, partner_names(near).tolist(), times, places, strict=True
        )
    ]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _bounds(study: Study, rows: Sequence[int]) -> list[list[float]]:
    shapes = study.areas.iloc[list(rows)] if rows else study.areas
    west, south, east, north = (round(float(edge), 5) for edge in shapes.total_bounds)
    return [[south, west], [north, east]]
