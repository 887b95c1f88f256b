"""When a site serves what, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gapmap.model import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["day_name", "days_text", "meal_name", "schedule_text"]

_SHORT_DAYS: Final = dict(
    zip(WEEKDAYS, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True)
)
_LONG_DAYS: Final = dict(
    zip(
        WEEKDAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)
_MEALS: Final = {"am_snack": "morning snack", "pm_snack": "afternoon snack"}


def meal_name(code: str) -> str:
    """Write a meal's code for people."""
    return _MEALS.get(code, code.replace("_", " "))


def day_name(code: str) -> str:
    """Write a weekday's code in full."""
    return _LONG_DAYS[code]


def days_text(days: object) -> str:
    """Write joined weekday codes, runs of three or more as a span; empty if unknown.

    >>> days_text("mon;tue;wed;thu;sat")
    'Mon–Thu, Sat'
    """
    if not isinstance(days, str) or not days:
        return ""
    rows = sorted(WEEKDAYS.index(code) for code in days.split(";"))
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    parts = []
    for run in runs:
        names = [_SHORT_DAYS[WEEKDAYS[row]] for row in run]
        parts.append(f"{names[0]}–{names[-1]}" if len(run) > 2 else ", ".join(names))
    return ", ".join(parts)


def schedule_text(sites: pd.DataFrame, meals: Sequence[str]) -> list[str]:
    """Write each site's meals with their days and hours; empty where nothing is known.

    Parameters
    ----------
    sites
        Standard site table.
    meals
        Codes of the study's meals, in the order of the day.
    """
    columns = {name: sites[name].tolist() for name in sites.columns if name != "geometry"}
    return [_one_schedule(columns, row, meals) for row in range(len(sites))]


def _one_schedule(columns: dict[str, list[object]], row: int, meals: Sequence[str]) -> str:
    def cell(name: str) -> str:
        value = columns.get(name, [None] * (row + 1))[row]
        return value if isinstance(value, str) else ""

    served = cell("meals").split(";") if cell("meals") else []
    common = days_text(cell("days"))
    parts = []
    for meal in [*(code for code in meals if code in served)]:
        days = days_text(cell(f"{meal}_days"))
        hours = cell(f"{meal}_hours").replace("-", "–")
        shown = " ".join(part for part in (days if days != common else "", hours) if part)
        name = meal_name(meal)
        parts.append(f"{name} {shown}" if shown else name)
    text = ", ".join(parts)
    if text:
        text = text[0].upper() + text[1:]
    return " · ".join(part for part in (text, common) if part)
