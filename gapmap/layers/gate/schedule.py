"""Which meals each site serves, on which days and at which hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gapmap.layers.gate.columns import each
from gapmap.layers.gate.timetable import (
    Dialect,
    parse_clock,
    parse_days,
    parse_hours,
    parse_opening,
    read_dialect,
)
from gapmap.layers.gate.values import read_meals
from gapmap.model import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from gapmap.layers.gate.columns import SiteColumns

    Report = Callable[[NDArray[np.bool_], str, NDArray[Any], str], None]
    """Told of rows whose text was not understood: which, field, texts, what was expected."""

__all__ = ["Schedule", "read_schedule"]

_DAYS_EXPECTED: Final = "weekdays with one reading, such as M,T,W,TH,F or Mon-Fri"
_HOURS_EXPECTED: Final = "one span of time with one reading, such as 11:30 AM - 1:00 PM"
_NOON: Final = "12:00"


@dataclass(frozen=True, eq=False)
class Schedule:
    """Standard texts of n rows, None for unknown; ``of_meal`` holds ``<meal>_days``, ``_hours``."""

    meals: NDArray[Any]
    days: NDArray[Any]
    of_meal: dict[str, NDArray[Any]]
    warnings: tuple[str, ...] = ()


def read_schedule(columns: SiteColumns, meals: Sequence[str], report: Report) -> Schedule:
    """Read meals, days and hours of every row; tell ``report`` what was not understood."""
    reader = _Reader(columns, meals, report)
    days = reader.days("days")
    opening_days, opening_hours = reader.opening()
    days = _first_known(days, opening_days)
    hours = _first_known(reader.hours("hours"), opening_hours, reader.clocks())
    meal_days = {meal: reader.days(f"{meal}_days") for meal in meals}
    meal_hours = {meal: reader.hours(f"{meal}_hours") for meal in meals}
    reader.second_hours(meal_hours)
    _take_snacks(reader.hours("snack_hours"), meal_hours)
    served = reader.served(meal_days, meal_hours)
    without_meal = 0
    for row, known in enumerate(served):
        if hours[row] is not None and not known:
            without_meal += 1
        for meal in known:
            if meal_hours[meal][row] is None:
                meal_hours[meal][row] = hours[row]
    _fill_days(days, meal_days, served)
    of_meal = {
        f"{meal}_{part}": values[meal]
        for meal in meals
        for part, values in (("days", meal_days), ("hours", meal_hours))
        if any(meal in known for known in served)
    }
    warnings: tuple[str, ...] = ()
    if without_meal:
        warnings = (
            f"{without_meal:,} rows give hours but not for which meal or service; "
            "the hours were not kept.",
        )
    joined = np.array(
        [";".join(meal for meal in meals if meal in known) or None for known in served],
        dtype=object,
    )
    return Schedule(joined, days, of_meal, warnings)


class _Reader:
    """Reads the schedule columns of one file in that file's own dialect."""

    def __init__(self, columns: SiteColumns, meals: Sequence[str], report: Report) -> None:
        self._columns = columns
        self._meals = meals
        self._report = report
        day_fields = ("days", *(f"{meal}_days" for meal in meals))
        hour_fields = ("hours", "snack_hours", *(f"{meal}_hours" for meal in meals))
        self._dialect = read_dialect(
            [text for field in (*day_fields, "opening") for text in self._texts(field)],
            [text for field in hour_fields for text in self._texts(field)],
        )

    def _texts(self, field: str) -> NDArray[Any]:
        if self._columns.has(field):
            return self._columns.texts(field)
        return np.full(len(self._columns.table), "", dtype=object)

    def _read(self, field: str, read: Callable[[str, Dialect], Any], expected: str) -> NDArray[Any]:
        texts = self._texts(field)
        answers = each(texts, lambda text: read(text, self._dialect) if text else None)
        missed = np.array([one is None for one in answers], dtype=bool) & (texts != "")
        self._report(missed, field, texts, expected)
        return answers

    def days(self, field: str) -> NDArray[Any]:
        def read(text: str, dialect: Dialect) -> str | None:
            return _joined(parse_days(text, dialect))

        return self._read(field, read, _DAYS_EXPECTED)

    def hours(self, field: str) -> NDArray[Any]:
        return self._read(field, parse_hours, _HOURS_EXPECTED)

    def opening(self) -> tuple[NDArray[Any], NDArray[Any]]:
        def read(text: str, dialect: Dialect) -> tuple[str | None, str | None] | None:
            days, hours = parse_opening(text, dialect)
            return None if days is None and hours is None else (_joined(days), hours)

        both = self._read("opening", read, "days and hours, such as M-F 11:30 AM - 1:00 PM")
        return each(both, lambda one: one and one[0]), each(both, lambda one: one and one[1])

    def clocks(self) -> NDArray[Any]:
        """Join the two columns that say from when to when."""
        opens, closes = self._texts("opens_at"), self._texts("closes_at")
        texts = np.array(
            [
                f"{one} - {two}" if one or two else ""
                for one, two in zip(opens, closes, strict=True)
            ],
            dtype=object,
        )

        def read(text: str) -> str | None:
            start, _, end = text.partition(" - ")
            first, last = parse_clock(start), parse_clock(end)
            return None if not (first and last) else parse_hours(f"{first} - {last}")

        answers = each(texts, lambda text: read(text) if text else None)
        missed = np.array([one is None for one in answers], dtype=bool) & (texts != "")
        self._report(missed, "opens_at", texts, "two local times, such as 11:30 and 13:00")
        return answers

    def second_hours(self, meal_hours: dict[str, NDArray[Any]]) -> None:
        """Take a meal's second service where there is no first; report it where there is."""
        for meal, first in meal_hours.items():
            field = f"{meal}_hours_2"
            if not self._columns.has(field):
                continue
            second = self.hours(field)
            both = np.array(
                [
                    one is not None and two not in (None, one)
                    for one, two in zip(first, second, strict=True)
                ],
                dtype=bool,
            )
            self._report(
                both, field, self._texts(field), "one service of a meal a day; the first is kept"
            )
            meal_hours[meal] = _first_known(first, second)

    def served(
        self, meal_days: dict[str, NDArray[Any]], meal_hours: dict[str, NDArray[Any]]
    ) -> list[set[str]]:
        """Return the meals that each row is known to serve."""
        texts = self._texts("meals")
        readings = each(texts, lambda text: read_meals(text, self._meals))
        partial = np.array([not whole for _, whole in readings], dtype=bool)
        self._report(partial & (texts != ""), "meals", texts, f"only {', '.join(self._meals)}")
        served = [set(known) for known, _ in readings]
        for meal in self._meals:
            says = ((self._texts(f"{meal}_days") != "") | (self._texts(f"{meal}_hours") != "")) & (
                texts == ""
            )
            for row in range(len(served)):
                known = meal_days[meal][row] is not None or meal_hours[meal][row] is not None
                if known or says[row]:
                    served[row].add(meal)
        return served


def _joined(days: tuple[str, ...] | None) -> str | None:
    return None if days is None else ";".join(days)


def _first_known(*answers: NDArray[Any]) -> NDArray[Any]:
    first = answers[0].copy()
    for later in answers[1:]:
        unknown = np.array([one is None for one in first], dtype=bool)
        first[unknown] = later[unknown]
    return first


def _take_snacks(hours: NDArray[Any], meal_hours: dict[str, NDArray[Any]]) -> None:
    """Give the hours of "a snack" to the snack of that half of the day."""
    for row, span in enumerate(hours):
        meal = None if span is None else ("am_snack" if span < _NOON else "pm_snack")
        if meal in meal_hours and meal_hours[meal][row] is None:
            meal_hours[meal][row] = span


def _fill_days(
    days: NDArray[Any], meal_days: dict[str, NDArray[Any]], served: list[set[str]]
) -> None:
    """Where only the meals say their days, the site is open on all of those."""
    for row, known in enumerate(served):
        if days[row] is None and known:
            texts = [meal_days[meal][row] for meal in known]
            if all(text is not None for text in texts):
                named = {day for text in texts for day in text.split(";")}
                days[row] = ";".join(day for day in WEEKDAYS if day in named)
