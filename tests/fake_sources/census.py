"""The Census API: five-year ACS tables, and the block counts of 2020."""

from __future__ import annotations

import functools
import json
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tests.fake_sources.answers import Answer, Changes, Query, json_answer, page, text_answer
from tests.fake_sources.people import NULL, YEARS, block_people, figures_of
from tests.fake_sources.tables import TABLES

if TYPE_CHECKING:
    from tests.fake_sources.region import Region, StateOfRegion

__all__ = ["CensusService"]

MOST_VARIABLES = 50

LEVELS = {
    "state": ("state", 2, "0400000US"),
    "county": ("county", 5, "0500000US"),
    "tract": ("tract", 11, "1400000US"),
    "block group": ("block group", 12, "1500000US"),
    "block": ("block", 15, "1000000US"),
}
"""By the word after for=: level, digits of its GEOID, prefix of its GEO_ID."""

PARTS = {"state": (0, 2), "county": (2, 5), "tract": (5, 11), "block group": (11, 12)}
"""Where each part of a block group's GEOID stands."""

BLOCK_COUNTS = ("P1_001N", "P3_001N")

VARIABLE = re.compile(r"(?P<table>[BC]\d{5}[A-Z]?)_(?P<number>\d{3})(?P<kind>E|M|EA|MA)")


@dataclass(frozen=True)
class Asked:
    """Which areas were asked for, read from for= and in=."""

    level: str
    parts: dict[str, tuple[str, ...]]

    def state(self) -> str:
        return (self.parts.get("state") or ("*",))[0]


class CensusService:
    """Answers below ``/census``.

    Parameters
    ----------
    region
        The areas to speak of.
    """

    def __init__(self, region: Region) -> None:
        self.region = region

    def answer(self, path: str, query: Query, changes: Changes) -> Answer:
        """Answer one question; the path starts with the year."""
        parts = path.strip("/").split("/")
        year = int(parts[0]) if parts[0].isdigit() else 0
        dataset = "/".join(parts[1:])
        if year in YEARS and dataset.startswith("acs/acs5"):
            served, rest = "acs/acs5", dataset[len("acs/acs5") :]
        elif year == 2020 and dataset.startswith("dec/pl"):
            served, rest = "dec/pl", dataset[len("dec/pl") :]
        else:
            return page("404 Not Found", f"There is no data set at {path}.", 404)
        if rest == ".json":
            return _description(year, served)
        if rest:
            return _dictionary(rest, path, served)
        refused = _key_page(query)
        return refused or self._figures(year, served, query, changes)

    def _figures(self, year: int, served: str, query: Query, changes: Changes) -> Answer:
        names = [name for value in query.get("get", []) for name in value.split(",") if name]
        if not names:
            return text_answer("error: missing 'get' argument", 400)
        if len(names) > MOST_VARIABLES:
            return text_answer(
                f"error: exceeded the maximum of {MOST_VARIABLES} variables, {len(names)} asked",
                400,
            )
        names = [single for name in names for single in _ungrouped(name)]
        known = _is_acs if served == "acs/acs5" else _is_block_count
        for name in names:
            if not known(name):
                return text_answer(f"error: unknown variable '{name}'", 400)
        asked = _asked(query)
        if isinstance(asked, Answer):
            return asked
        if asked.level == "block" and served != "dec/pl":
            return text_answer("error: unknown/unsupported geography heirarchy", 400)
        header, rows = self._rows(year, served, names, asked)
        if not rows:
            return Answer(204)
        kept = [
            position for position, name in enumerate(header) if changes.get(name, "") is not None
        ]
        if changes:
            header = [changes.get(header[position]) or header[position] for position in kept]
            rows = [[row[position] for position in kept] for row in rows]
        # One line an area, as the Bureau writes it.
        lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in [header, *rows])
        return Answer(200, f"[{lines}]".encode(), "application/json;charset=utf-8")

    def _rows(
        self, year: int, served: str, names: list[str], asked: Asked
    ) -> tuple[list[str], list[list[str | None]]]:
        level, digits, prefix = LEVELS[asked.level]
        order = list(LEVELS)[: list(LEVELS).index(level) + 1]
        header, rows = [*names, *order], []
        fips = self.region.states if asked.state() == "*" else asked.parts["state"]
        for state in filter(None, (self.region.state(one) for one in fips)):
            geoids, values = _published(state, year, served, level, digits)
            chosen = np.flatnonzero(_is_asked(geoids, asked))
            columns: list[list[str | None]] = []
            for name in names:
                if name == "NAME":
                    columns.append([_name(state, geoids[row], served) for row in chosen])
                elif name == "GEO_ID":
                    columns.append([prefix + geoids[row] for row in chosen])
                elif name.endswith("A"):
                    columns.append([None] * len(chosen))
                else:
                    numbers = values[name][chosen].tolist()
                    columns.append([None if one == NULL else str(one) for one in numbers])
            for part in order:
                start, end = (11, 15) if part == "block" else PARTS[part]
                columns.append([geoids[row][start:end] for row in chosen])
            rows += [list(row) for row in zip(*columns, strict=True)]
        # The service promises no order, and two questions about the same areas differ in theirs.
        turn = zlib.crc32(",".join(names).encode()) % max(len(rows), 1)
        return header, rows[turn:] + rows[:turn]


def _published(
    state: StateOfRegion, year: int, served: str, level: str, digits: int
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    if served == "acs/acs5":
        figures = figures_of(state, year, level)
        values = {f"{code}E": numbers for code, numbers in figures.estimates.items()}
        return figures.geoids, values | {f"{c}M": m for c, m in figures.margins.items()}
    blocks = block_people(state)
    key = blocks["GEOID"].str[:digits]
    sums = blocks[["total", "adults"]].groupby(key.to_numpy(), sort=True).sum()
    counts = {"P1_001N": sums["total"].to_numpy(), "P3_001N": sums["adults"].to_numpy()}
    return sums.index.to_numpy(dtype=object), counts


def _is_asked(geoids: np.ndarray, asked: Asked) -> np.ndarray:
    wanted = np.ones(len(geoids), dtype=bool)
    for part, codes in asked.parts.items():
        if "*" in codes:
            continue
        start, end = (11, 15) if part == "block" else PARTS[part]
        wanted &= np.array([geoid[start:end] in codes for geoid in geoids], dtype=bool)
    return wanted


def _asked(query: Query) -> Asked | Answer:
    """Read for= and in=; several in= and several parts in one are the same."""
    wanted = query.get("for", [])
    if len(wanted) != 1 or ":" not in wanted[0]:
        return text_answer("error: missing 'for' argument", 400)
    level, _, codes = wanted[0].partition(":")
    parts = {level: tuple(codes.split(","))}
    for value in query.get("in", []):
        for part, some in re.findall(r"([a-z][a-z ]*?):([\d,*]+)", value):
            parts[part.strip()] = tuple(some.split(","))
    order = list(LEVELS)
    if level not in order or not set(parts) <= set(order[: order.index(level) + 1]):
        return text_answer("error: unknown/unsupported geography heirarchy", 400)
    needed = {"tract": ["state"], "block group": ["state", "county"], "block": ["state", "county"]}
    if any(part not in parts for part in needed.get(level, [])):
        return text_answer("error: unknown/unsupported geography heirarchy", 400)
    for part in {"tract": ["state"], "block group": ["state"]}.get(level, needed.get(level, [])):
        if parts[part] == ("*",):
            message = f"error: wildcard not allowed for '{part}' in geography heirarchy"
            return text_answer(message, 400)
    return Asked(level, parts)


def _name(state: StateOfRegion, geoid: str, served: str) -> str:
    """Speak an area as the Bureau does: the tables of the survey put semicolons since 2022."""
    if len(geoid) == 2:
        return state.name
    county = _county_names(state)[geoid[:5]]
    if len(geoid) == 5:
        return f"{county}, {state.name}"
    number = f"{int(geoid[5:9])}" + (f".{geoid[9:11]}" if geoid[9:11] != "00" else "")
    parts = [f"Census Tract {number}", county, state.name]
    if len(geoid) >= 12:
        parts.insert(0, f"Block Group {geoid[11]}")
    if len(geoid) == 15:
        parts.insert(0, f"Block {geoid[11:]}")
    return ("; " if served == "acs/acs5" else ", ").join(parts)


@functools.cache
def _county_names(state: StateOfRegion) -> dict[str, str]:
    return dict(zip(state.counties["GEOID"], state.counties["NAMELSAD"], strict=True))


def _is_acs(name: str) -> bool:
    found = VARIABLE.fullmatch(name)
    if found is None:
        return name in ("NAME", "GEO_ID")
    return 1 <= int(found["number"]) <= TABLES.get(found["table"], 0)


def _is_block_count(name: str) -> bool:
    return name in ("NAME", "GEO_ID", *BLOCK_COUNTS)


def _ungrouped(name: str) -> list[str]:
    found = re.fullmatch(r"group\((\w+)\)", name)
    if found is None or found[1] not in TABLES:
        return [name]
    numbers = range(1, TABLES[found[1]] + 1)
    kinds = ("E", "EA", "M", "MA")
    return [*(f"{found[1]}_{n:03d}{kind}" for n in numbers for kind in kinds), "GEO_ID", "NAME"]


def _key_page(query: Query) -> Answer | None:
    (key,) = query.get("key", [""])[:1] or [""]
    if not key:
        text = "A valid <em>key</em> must be included with each data API request."
        return page("Missing Key", text)
    if key == "invalid":
        return page("Invalid Key", "A valid <em>key</em> must be included with each request.")
    return None


def _description(year: int, served: str) -> Answer:
    titles = {
        "acs/acs5": "ACS 5-Year Detailed Tables (made up)",
        "dec/pl": "Decennial Census: Redistricting Data (PL 94-171) (made up)",
    }
    dataset = {
        "c_vintage": year,
        "c_dataset": served.split("/"),
        "c_isAggregate": True,
        "title": titles[served],
        "description": "Made-up figures of a local stand-in for tests.",
    }
    return json_answer(
        {"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": [dataset]}
    )


def _dictionary(rest: str, path: str, served: str) -> Answer:
    """Answer /variables.json, /variables/NAME.json and /groups.json."""
    known = _is_acs if served == "acs/acs5" else _is_block_count
    found = re.fullmatch(r"/variables/([\w ]+)\.json", rest)
    if found and known(found[1]):
        return json_answer(_variable(found[1]))
    if rest == "/variables.json" and served == "acs/acs5":
        names = [f"{t}_{n:03d}E" for t, count in TABLES.items() for n in range(1, count + 1)]
        return json_answer({"variables": {n: _variable(n) for n in ("NAME", "GEO_ID", *names)}})
    if rest == "/groups.json" and served == "acs/acs5":
        return json_answer(
            {"groups": [{"name": table, "description": "Made up"} for table in TABLES]}
        )
    return page("404 Not Found", f"There is nothing at {path}.", 404)


def _variable(name: str) -> dict[str, object]:
    is_number = bool(VARIABLE.fullmatch(name)) or name in BLOCK_COUNTS
    return {
        "name": name,
        "label": f"Made up: {name}",
        "concept": "Made-up figures",
        "predicateType": "int" if is_number and not name.endswith("A") else "string",
        "group": name.partition("_")[0] if is_number else "N/A",
        "limit": 0,
    }
