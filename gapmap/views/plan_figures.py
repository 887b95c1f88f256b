"""The few figures on the map of a plan: what all suggestions do, and what one does elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gapmap.views import numbers

if TYPE_CHECKING:
    from gapmap.analysis.siting.moving import MovedPlan
    from gapmap.analysis.siting.values import SitingResult
    from gapmap.model import Study

__all__ = ["moved_state", "pin_lines", "plan_figures"]


def plan_figures(result: SitingResult, study: Study) -> list[dict[str, str]]:
    """Return what stands on the map while nothing is moved: rows of label, value and change."""
    rows = _together(result, result, len(result.order), study)
    return [row | {"change": ""} for row in rows]


def moved_state(moved: MovedPlan, result: SitingResult, old: str, study: Study) -> dict[str, Any]:
    """Return the figures with one suggestion elsewhere, each with its change, ready for JSON.

    Parameters
    ----------
    moved
        The figures there.
    result
        The suggestions as they are shown.
    old
        Identifier of the one that is moved.
    study
        The study.
    """
    before = next(one for one in result.suggestions if one.candidate_id == old)
    name, unit = moved.name[:1].upper() + moved.name[1:], moved.unit
    own = {
        "label": f"{before.rank} · {name}",
        "value": f"{_people(moved.need_added)} {unit} newly in reach",
        "change": _change(moved.need_added, before.need_added),
    }
    return {
        "id": moved.candidate_id,
        "x": round(moved.longitude, 6),
        "y": round(moved.latitude, 6),
        "name": name,
        "lines": pin_lines(moved.need_added, moved.need_unique, unit),
        "figures": [own, *_together(moved, result, moved.site_count, study)],
    }


def pin_lines(need_added: float, need_unique: float, unit: str) -> list[str]:
    """Return what a pin says of itself below its name."""
    return [
        f"{numbers.people(need_added)} {unit} newly in reach",
        f"{numbers.people(need_unique)} by it alone",
    ]


def _together(
    now: MovedPlan | SitingResult, shown: SitingResult, count: int, study: Study
) -> list[dict[str, str]]:
    words, total = study.words, now.need_total
    share = numbers.share(now.need_in_reach / total) if total else numbers.UNKNOWN
    rows = [
        {
            "label": f"{count:,} new {words.site if count == 1 else words.sites} together",
            "value": f"{_people(now.need_in_reach - now.need_before)} {now.unit} newly in reach",
            "change": _change(now.need_in_reach, shown.need_in_reach),
        },
        {
            "label": "In reach in all",
            "value": f"{numbers.people(now.need_in_reach)} of {numbers.people(total)} ({share})",
            "change": "",
        },
    ]
    if now.mean_m is not None and now.farthest_m is not None:
        unit = shown.request.scenario.reach.unit
        rows.append(
            {
                "label": "Way to the nearest",
                "value": f"{numbers.distance(now.mean_m, unit)} on average, "
                f"{numbers.distance(now.farthest_m, unit)} at most",
                "change": "",
            }
        )
    return rows


def _people(number: float) -> str:
    written = numbers.people(number)
    return written if written == "0" or written.startswith("<") else f"+{written}"


def _change(now: float, before: float) -> str:
    # Between counts as they are written, so that a reader who subtracts them gets the same.
    step = round(now) - round(before)
    if step == 0:
        return "as before"
    return f"{'+' if step > 0 else '−'}{numbers.people(abs(step))}"
