"""Which published cells of the American Community Survey (ACS) make which measure.

Source of the cells: the Census Bureau's table shells of the five-year ACS. A figure here is
never more than a sum of published estimates of one table; its margin of error is that of the sum
(:func:`gapmap.margins.moe_of_sum`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gapmap.rules import Basis, Level

__all__ = [
    "ELIGIBILITY_METHOD",
    "FigureSpec",
    "Weight",
    "eligibility_figures",
    "figures_of",
    "needed_cells",
]


class Weight(StrEnum):
    """Whose places say where in an area the people of a measure live."""

    CHILDREN = "children"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class FigureSpec:
    """One count that is a sum of published cells.

    Parameters
    ----------
    id
        Column it is written to.
    label, unit
        How to speak of it.
    cells
        Codes of the cells without E or M.
    method
        One sentence on what is summed.
    weight
        Whose places say where in an area it stands.
    """

    id: str
    label: str
    unit: str
    cells: tuple[str, ...]
    method: str
    weight: Weight = Weight.CHILDREN

    @property
    def table(self) -> str:
        """Code of the table, for example B01001."""
        return self.cells[0].partition("_")[0]


def _cells(table: str, *numbers: int | range) -> tuple[str, ...]:
    flat = [n for one in numbers for n in (one if isinstance(one, range) else (one,))]
    return tuple(f"{table}_{number:03d}" for number in flat)


# B17024: from each age band's total on, twelve ratios of income to poverty; the first seven
# end at 1.84. The bands: under 6, 6 to 11, 12 to 17.
_BANDS: Final = (2, 15, 28)
_UNDER_185: Final = tuple(range(band + 1, band + 8) for band in _BANDS)

_PROXY: Final = "It is a proxy and no determination of who may eat free."

_CHILDREN: Final = FigureSpec(
    "children",
    "Children under 18",
    "children",
    _cells("B01001", range(3, 7), range(27, 31)),
    "Boys and girls of the four age bands under 18, summed (ACS table B01001).",
)
_LOW_INCOME_PEOPLE: Final = FigureSpec(
    "people_low_income",
    "People with income below 1.85 times the poverty level",
    "people",
    _cells("C17002", range(2, 7)),
    "People of all ages for whom poverty status is determined, with a ratio of income to poverty "
    "below 1.85, summed (ACS table C17002).",
    Weight.PEOPLE,
)

# B09001 below its total of households: under 3, 3 and 4, 5, 6 to 8, 9 to 11, 12 to 14, 15 to 17.
_BY_AGE: Final = tuple(
    FigureSpec(
        column,
        label,
        "children",
        _cells("B09001", cells),
        "Children of the age bands in households, summed; those in group quarters are in none "
        "(ACS table B09001).",
    )
    for column, label, cells in (
        ("children_under_6", "Children under 6", range(3, 6)),
        ("children_6_11", "Children 6 to 11", range(6, 8)),
        ("children_12_17", "Children 12 to 17", range(8, 10)),
    )
)
# B01001: boys from its third line on, girls from its twenty-seventh.
_BY_AGE_OF_BLOCK_GROUPS: Final = tuple(
    FigureSpec(
        column,
        label,
        "children",
        _cells("B01001", 3 + band, 27 + band),
        "Boys and girls of the age band, summed (ACS table B01001).",
    )
    for band, (column, label) in enumerate(
        (
            ("children_under_5", "Children under 5"),
            ("children_5_9", "Children 5 to 9"),
            ("children_10_14", "Children 10 to 14"),
            ("children_15_17", "Children 15 to 17"),
        )
    )
)

_OF_TRACTS: Final = (
    _CHILDREN,
    FigureSpec(
        "children_low_income",
        "Children under 18 with income below 1.85 times the poverty level",
        "children",
        _cells("B17024", *_UNDER_185),
        "Children under 18 for whom poverty status is determined, with a ratio of income to "
        f"poverty below 1.85, summed over three age bands (ACS table B17024). {_PROXY}",
    ),
    FigureSpec(
        "children_poverty",
        "Children under 18 in poverty",
        "children",
        _cells("B17001", range(4, 10), range(18, 24)),
        "Children under 18 with income in the past 12 months below the poverty level, summed over "
        "sex and age bands (ACS table B17001).",
    ),
    *_BY_AGE,
    _LOW_INCOME_PEOPLE,
    FigureSpec(
        "households_snap",
        "Households with food stamps (SNAP)",
        "households",
        _cells("B22003", 2),
        "Households that received food stamps (SNAP) in the past 12 months (ACS table B22003).",
        Weight.PEOPLE,
    ),
    FigureSpec(
        "households_without_vehicle",
        "Households without a vehicle",
        "households",
        _cells("B08201", 2),
        "Households without a vehicle (ACS table B08201).",
        Weight.PEOPLE,
    ),
)

_OF_BLOCK_GROUPS: Final = (
    _CHILDREN,
    *_BY_AGE_OF_BLOCK_GROUPS,
    FigureSpec(
        _LOW_INCOME_PEOPLE.id,
        _LOW_INCOME_PEOPLE.label,
        _LOW_INCOME_PEOPLE.unit,
        _LOW_INCOME_PEOPLE.cells,
        f"{_LOW_INCOME_PEOPLE.method} It stands in for poor children: their number is not "
        "published by block group.",
        Weight.PEOPLE,
    ),
    FigureSpec(
        "households_snap",
        "Households with food stamps (SNAP)",
        "households",
        _cells("B22010", 2),
        "Households that received food stamps (SNAP) in the past 12 months (ACS table B22010).",
        Weight.PEOPLE,
    ),
    FigureSpec(
        "households_without_vehicle",
        "Households without a vehicle",
        "households",
        _cells("B25044", 3, 10),
        "Households without a vehicle, owners and renters summed (ACS table B25044).",
        Weight.PEOPLE,
    ),
)

ELIGIBILITY_METHOD: Final = (
    "Proxy, not a determination: children for whom poverty status is determined, and those of them "
    "with a ratio of income to poverty below 1.85, summed from ACS table B17024. The rule asks for "
    "the special tabulation of the Food and Nutrition Service by block group. 0-18 is approximated "
    "by children under 18, 0-12 by children under 12."
)


def figures_of(level: Level) -> tuple[FigureSpec, ...]:
    """Return the measures that are published for a level, the default one first."""
    return _OF_TRACTS if level is Level.TRACT else _OF_BLOCK_GROUPS


def eligibility_figures() -> tuple[FigureSpec, ...]:
    """Return the columns of the eligibility proxy; they are published by tract only."""
    columns = []
    for basis, bands in ((Basis.TO_18, 3), (Basis.TO_12, 2)):
        for name, cells in (
            ("children", _cells("B17024", *_BANDS[:bands])),
            ("eligible", _cells("B17024", *_UNDER_185[:bands])),
        ):
            column = f"{name}_{basis.suffix}"
            columns.append(FigureSpec(column, column, "children", cells, ELIGIBILITY_METHOD))
    return tuple(columns)


def needed_cells(figures: tuple[FigureSpec, ...]) -> dict[str, tuple[str, ...]]:
    """Return the cells to ask for, by table, each once and in order."""
    wanted: dict[str, set[str]] = {}
    for figure in figures:
        wanted.setdefault(figure.table, set()).update(figure.cells)
    return {table: tuple(sorted(cells)) for table, cells in sorted(wanted.items())}
