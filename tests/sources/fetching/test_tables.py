from __future__ import annotations

import re

import pandas as pd
import pytest

from gapmap.rules import Level
from gapmap.sources.fetching.need import with_figures
from gapmap.sources.fetching.tables import eligibility_figures, figures_of, needed_cells

AGE_BANDS = ("Under 6 years", "6 to 11 years", "12 to 17 years")
RATIOS = (
    "Under .50", ".50 to .74", ".75 to .99", "1.00 to 1.24", "1.25 to 1.49", "1.50 to 1.74",
    "1.75 to 1.84", "1.85 to 1.99", "2.00 to 2.99", "3.00 to 3.99", "4.00 to 4.99", "5.00 and over",
)  # fmt: skip


def b17024() -> dict[str, tuple[str, str | None]]:
    """The lines of table B17024 for children, as its shell lists them: age, then ratios."""
    lines, number = {}, 2
    for band in AGE_BANDS:
        lines[f"B17024_{number:03d}"] = (band, None)
        for step, ratio in enumerate(RATIOS, 1):
            lines[f"B17024_{number + step:03d}"] = (band, ratio)
        number += 1 + len(RATIOS)
    return lines


def test_low_income_is_every_ratio_that_ends_below_1_85_and_no_other() -> None:
    below = set(RATIOS[: RATIOS.index("1.85 to 1.99")])
    wanted = {code for code, (_, ratio) in b17024().items() if ratio in below}
    (figure,) = (one for one in figures_of(Level.TRACT) if one.id == "children_low_income")
    assert set(figure.cells) == wanted
    assert len(figure.cells) == len(wanted) == 21


def test_the_proxy_counts_the_same_ages_above_and_below_the_line() -> None:
    lines = b17024()
    figures = {one.id: one for one in eligibility_figures()}
    for basis, bands in (("0_18", AGE_BANDS), ("0_12", AGE_BANDS[:2])):
        children = [lines[cell] for cell in figures[f"children_{basis}"].cells]
        assert children == [(band, None) for band in bands]
        assert {lines[cell][0] for cell in figures[f"eligible_{basis}"].cells} == set(bands)


@pytest.mark.parametrize("level", list(Level))
def test_a_measure_sums_cells_of_one_table_and_each_once(level: Level) -> None:
    for figure in figures_of(level):
        assert {cell.partition("_")[0] for cell in figure.cells} == {figure.table}
        assert len(set(figure.cells)) == len(figure.cells)
        assert figure.table in figure.method
        assert re.fullmatch(r"[a-z][a-z0-9_]+", figure.id)


def test_tables_that_are_not_published_by_block_group_are_not_asked_for_there() -> None:
    asked = needed_cells(figures_of(Level.BLOCK_GROUP))
    assert asked.keys().isdisjoint({"B17024", "B17001", "B22003", "B08201"})
    assert {"B01001", "C17002", "B22010", "B25044"} == set(asked)


def test_a_cell_that_two_figures_need_is_asked_for_once() -> None:
    asked = needed_cells(figures_of(Level.TRACT) + eligibility_figures())
    assert len(asked["B17024"]) == len(set(asked["B17024"])) == 24


def test_a_sum_has_the_margin_of_a_sum_and_is_unknown_where_a_part_is() -> None:
    (children, *_) = figures_of(Level.TRACT)
    rows = []
    for counts in ([3.0] * 8, [0.0] * 7 + [4.0], [float("nan")] + [1.0] * 7):
        row: dict[str, object] = {"GEOID": f"4845300000{len(rows)}"}
        for cell, count in zip(children.cells, counts, strict=True):
            row |= {f"{cell}E": count, f"{cell}M": 2.0}
        rows.append(row)
    made = with_figures(pd.DataFrame(rows), (children,))
    assert made["children"].tolist()[:2] == [24.0, 4.0]
    # Eight margins of 2: root of 32. Of seven zeros one margin counts: root of 4 + 4.
    assert made["children_moe"].tolist()[:2] == pytest.approx([32**0.5, 8**0.5])
    assert made["children"].isna().tolist() == [False, False, True]
    assert made["children_moe"].isna().tolist() == [False, False, True]
