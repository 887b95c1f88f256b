"""Two answers side by side: in sentences, on a terminal, as facts for JSON, and as tables."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from gapmap.errors import RequestError
from gapmap.views.comparison_words import NOTICEABLE, difference_headline, side_name, signed
from gapmap.views.exports import csv_bytes, sources_table, summary, workbook_bytes
from gapmap.views.numbers import people
from gapmap.views.sentences import what_figures_are

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gapmap.analysis.comparison import Comparison
    from gapmap.model import GapAssessment, Study

__all__ = [
    "COMPARISON_FORMATS",
    "comparison_bytes",
    "comparison_facts",
    "comparison_tables",
    "difference_headline",
    "print_comparison",
    "side_name",
    "signed",
]

COMPARISON_FORMATS: Final = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""File endings that a comparison can be written as, with their media types."""

_PRINTED: Final = 12
_LONGEST_SHEET_NAME: Final = 31


def comparison_tables(comparison: Comparison, study: Study) -> dict[str, pd.DataFrame]:
    """Return the differences as tables with headings for people, by what their rows are.

    Parameters
    ----------
    comparison
        The two sides.
    study
        The study that both are about, as it is.

    Returns
    -------
    The totals, neighbourhoods, groups, partners, sites and areas; tables that would be empty are
    left out. Figures are as they are, unrounded; NaN is unknown.
    """
    words = study.words
    names = _headings(comparison)
    unit = comparison.second.measure.unit
    figures = {
        "need": f"{unit}",
        "need_in_reach": f"{unit} in reach",
        "gap": f"{unit} out of reach",
        "in_reach_share": "share in reach",
        "overlap_need": f"{unit} in reach of two partners",
        "eligible_gap": f"{unit} out of reach where an open {words.site} would be lawful",
        "unique_need": f"{unit} in reach of nobody else",
        "site_count": f"{words.sites} in reach",
        "partner_count": "partners in reach",
        "nearest_m": f"metres to the nearest {words.site}",
        "rank": "rank",
        "deserts": "deserts",
    }
    places = {"neighbourhood_id": "id", "name": words.neighbourhood, "group": words.group}
    site_figures = ("need_in_reach", "unique_need")
    tables = {
        "Totals": _totals(comparison, study, names, figures),
        words.neighbourhoods.capitalize(): _labelled(
            comparison.neighbourhoods, places, ("need_in_reach", "gap", "rank"), figures, names
        ).assign(
            **{
                f"reading ({name})": comparison.neighbourhoods[f"reading_{side}"]
                for name, side in zip(names, ("first", "second"), strict=True)
            }
        ),
        words.groups.capitalize(): _labelled(
            comparison.groups,
            {"group": words.group},
            ("need_in_reach", "gap", "in_reach_share", "deserts"),
            figures,
            names,
        ),
        "Partners": _labelled(
            comparison.partners,
            {"partner": "partner"},
            ("site_count", *site_figures),
            figures | {"site_count": f"{words.sites} that count"},
            names,
        ),
        words.sites.capitalize(): _labelled(
            comparison.sites,
            {"site_id": "id", "name": words.site, "partner": "partner", "change": "change"},
            site_figures,
            figures,
            names,
        ),
        words.areas.capitalize(): _labelled(
            comparison.areas[comparison.areas["is_within"]],
            {"geoid": "GEOID", "name": words.area, "neighbourhood": words.neighbourhood},
            ("need", "need_in_reach", "gap", "nearest_m"),
            figures,
            names,
        ),
    }
    return {name: table for name, table in tables.items() if len(table)}


def _headings(comparison: Comparison) -> list[str]:
    first, second = (side_name(name) for name in comparison.names)
    # Two sides of one name are two columns all the same.
    return [first, second if second != first else f"{second} (2)"]


def _labelled(
    table: pd.DataFrame,
    about: Mapping[str, str],
    chosen: Sequence[str],
    figures: Mapping[str, str],
    names: Sequence[str],
) -> pd.DataFrame:
    columns = {label: table[column] for column, label in about.items()}
    for figure in chosen:
        for side, name in zip(("first", "second"), names, strict=True):
            columns[f"{figures[figure]} ({name})"] = table[f"{figure}_{side}"]
        columns[f"{figures[figure]}, difference"] = table[f"{figure}_difference"]
    labelled = pd.DataFrame(columns)
    return labelled.reset_index(drop=True)


def _totals(
    comparison: Comparison, study: Study, names: Sequence[str], figures: Mapping[str, str]
) -> pd.DataFrame:
    words = study.words
    labels = dict(figures) | {
        "sites_used": f"{words.sites} that count",
        "areas_without_site": f"{words.areas} without a {words.site} in reach",
    }
    totals = comparison.totals
    return pd.DataFrame(
        {
            "figure": [labels[name] for name in totals.index],
            names[0]: totals["first"].to_numpy(),
            names[1]: totals["second"].to_numpy(),
            "difference": totals["difference"].to_numpy(),
        }
    )


def comparison_facts(comparison: Comparison, study: Study) -> dict[str, Any]:
    """Return both sides and what differs between them, ready for JSON.

    Of areas and sites only those that differ are listed.
    """
    first, second = comparison.first, comparison.second
    areas, sites = comparison.areas, comparison.sites
    changed = areas[_differs(areas, "need_in_reach") | _differs(areas, "need")]
    touched = sites[(sites["change"] != "") | _differs(sites, "need_in_reach")]
    return {
        "study": study.id,
        "name": study.name,
        "first": _side(comparison, 0, first, study),
        "second": _side(comparison, 1, second, study),
        "are_comparable": comparison.are_comparable,
        "why_not": comparison.why_not or None,
        "need_in_reach_difference": _number(comparison.difference),
        "need_in_reach_difference_moe": _number(comparison.difference_moe),
        "newly_in_reach": _number(comparison.gained),
        "no_longer_in_reach": _number(comparison.lost),
        "totals": {
            str(figure): {side: _number(value, 6) for side, value in row.items()}
            for figure, row in comparison.totals.to_dict("index").items()
        },
        "outside_neighbourhoods": _number(comparison.outside_neighbourhoods.difference),
        "neighbourhoods": _records(comparison.neighbourhoods),
        "groups": _records(comparison.groups),
        "partners": _records(comparison.partners),
        "sites": _records(touched),
        "areas": _records(changed.drop(columns="is_within")),
        "headline": " ".join(difference_headline(comparison, study)),
        "notes": list(comparison.notes),
    }


def _side(comparison: Comparison, side: int, answer: GapAssessment, study: Study) -> dict[str, Any]:
    facts = summary(answer, study)
    left = {"study", "name", *(key for key, value in facts.items() if isinstance(value, list))}
    return {
        "name": comparison.names[side],
        "differs": list(comparison.differences[side]),
        **{key: value for key, value in facts.items() if key not in left},
        "provenance": facts["provenance"],
    }


def _differs(table: pd.DataFrame, figure: str) -> pd.Series:
    return table[f"{figure}_difference"].abs() >= NOTICEABLE


def _number(value: float, digits: int = 3) -> float | None:
    return round(float(value), digits) if math.isfinite(value) else None


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=6))
    return records


def comparison_bytes(comparison: Comparison, study: Study, suffix: str) -> bytes:
    """Return a comparison as the bytes of a file.

    Parameters
    ----------
    comparison
        The two sides.
    study
        The study that both are about, as it is.
    suffix
        One of :data:`COMPARISON_FORMATS`: ``.csv`` has the areas, ``.xlsx`` every table, what
        differs, and the sources.

    Raises
    ------
    RequestError
        If the ending is none of them.
    """
    tables = comparison_tables(comparison, study)
    match suffix.lower():
        case ".csv":
            return csv_bytes(
                _said_of_figures(tables[study.words.areas.capitalize()], comparison, study)
            )
        case ".xlsx":
            sheets = {"What differs": _what_differs(comparison, study), **tables}
            for number, answer in enumerate((comparison.first, comparison.second)):
                sheets[f"Sources {number + 1}"] = sources_table(answer)
            return workbook_bytes({_sheet(name): table for name, table in sheets.items()})
    raise RequestError(
        f"A comparison cannot be written as “{suffix}”. It can be {', '.join(COMPARISON_FORMATS)}."
    )


def _sheet(name: str) -> str:
    # What no spreadsheet takes in the name of a sheet.
    plain = "".join(" " if sign in "[]:*?/\\" else sign for sign in name)
    return plain[:_LONGEST_SHEET_NAME]


def _said_of_figures(table: pd.DataFrame, comparison: Comparison, study: Study) -> pd.DataFrame:
    """Add to every row what its figures are."""
    first, second = comparison.first, comparison.second
    return table.assign(
        measure=second.measure.label
        if first.measure == second.measure
        else f"{first.measure.label}; {second.measure.label}",
        need_is="modelled" if second.measure.is_modelled else "as published",
        sites_are="illustrative"
        if study.has_illustrative_sites
        else "as listed, with the what-ifs",
    )


def _what_differs(comparison: Comparison, study: Study) -> pd.DataFrame:
    rows: list[tuple[str, str]] = [("study", study.name)]
    rows += [("in short", sentence) for sentence in difference_headline(comparison, study)]
    for name, said in zip(_headings(comparison), comparison.differences, strict=True):
        rows += [(name, sentence) for sentence in said or ("Nothing differs from the study",)]
    rows += [("note", note) for note in comparison.notes]
    figures_are = what_figures_are(comparison.second.measure, study)
    rows += [("note", figures_are)] if figures_are else []
    return pd.DataFrame(rows, columns=["what", "is"])


def print_comparison(comparison: Comparison, study: Study) -> None:
    """Print what differs, in sentences and in tables of the places and partners it is about."""
    from rich.console import Console
    from rich.text import Text

    console = Console()

    def say(text: str, style: str = "") -> None:
        console.print(Text(text, style), soft_wrap=True)

    within = comparison.second.scenario.within
    place = f"{study.name}, {within}" if within else study.name
    console.print(Text.assemble((place, "bold"), f" · {comparison.second.measure.label}"))
    for sentence in difference_headline(comparison, study):
        say(sentence)
    both = set(comparison.differences[0]) & set(comparison.differences[1])
    for name, said in zip(comparison.names, comparison.differences, strict=True):
        for sentence in said:
            if sentence not in both:
                say(f"{side_name(name)}: {sentence}")
    words = study.words
    if comparison.are_comparable:
        _print_table(console, comparison, comparison.neighbourhoods, "name", words.neighbourhood)
        if comparison.neighbourhoods.empty:
            _print_table(console, comparison, comparison.areas, "name", words.area)
        _print_table(console, comparison, comparison.partners, "partner", "partner")
    for note in comparison.notes:
        say(note, "dim")
    label = what_figures_are(comparison.second.measure, study)
    if label:
        say(label, "bold")


def _print_table(
    console: Any, comparison: Comparison, table: pd.DataFrame, column: str, heading: str
) -> None:
    """Print the rows that differ most, if any does."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    changed = table[_differs(table, "need_in_reach")]
    if changed.empty:
        return
    shown = changed.reindex(
        changed["need_in_reach_difference"].abs().sort_values(ascending=False, kind="stable").index
    )
    unit = comparison.second.measure.unit
    printed = Table(heading, title=f"{unit} in reach", box=box.SIMPLE_HEAD, title_justify="left")
    for name in (*_headings(comparison), "difference"):
        printed.add_column(Text(name), justify="right")
    for row in shown.head(_PRINTED).to_dict("records"):
        printed.add_row(
            Text(str(row[column])),
            people(row["need_in_reach_first"]),
            people(row["need_in_reach_second"]),
            signed(row["need_in_reach_difference"]),
        )
    console.print(printed)
    if len(shown) > _PRINTED:
        console.print(Text(f"{len(shown) - _PRINTED:,} more differ."), soft_wrap=True)
