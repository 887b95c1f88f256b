"""Need and its interval, county by county, against plain Python on the published tables.

The age columns of these tables (``age17E`` and its like) are percentages: the four of them come
to 100 in every tract. Counts are ``snapE`` (households with SNAP) and ``totalpopE`` (people),
whose sums by county are the same from tracts and from block groups.
"""

from __future__ import annotations

import csv
import json
import math
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from click.testing import CliRunner

from gapmap.cli import main

pytestmark = pytest.mark.real

LAYERS = Path(__file__).parent / "layers"
STUDIES = {
    "charlottesville": ("tracts.geojson", "acs2019_tracts.csv"),
    "charlottesville-block-groups": ("block_groups.geojson", "acs2019_block_groups.csv"),
}
COLUMNS = {"snap": ("snapE", "snapM"), "people": ("totalpopE", "totalpopM")}


@pytest.fixture(params=STUDIES)
def study(
    request: pytest.FixtureRequest,
    shared_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    shapes = gpd.read_file(shared_data / "va_charlottesville" / STUDIES[request.param][0])
    counties = shapes.assign(county=shapes["GEOID"].str[:5]).dissolve("county").reset_index()
    counties[["county", "geometry"]].to_file(tmp_path / "counties.geojson")
    monkeypatch.setenv("GAPMAP_LAYERS", str(LAYERS))
    monkeypatch.setenv("GAPMAP_DATA", f"{shared_data}:{tmp_path}")
    return str(request.param)


def assess(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["assess", *arguments, "--json"])
    assert result.exit_code == 0, result.stderr
    facts: dict[str, Any] = json.loads(result.stdout)
    return facts


def by_county(table: Path, measure: str) -> dict[str, list[tuple[float, float]]]:
    """Estimate and margin of every area, by county; "" is everything."""
    estimate, margin = COLUMNS[measure]
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with table.open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            figures = float(row[estimate]), float(row[margin])
            found[row["GEOID"][:5]].append(figures)
            found[""].append(figures)
    return found


def need_and_moe(figures: list[tuple[float, float]]) -> tuple[float, float]:
    """A sum and its margin: root of the sum of squares, of zeros the widest alone."""
    need = squares = widest_zero = 0.0
    for estimate, margin in figures:
        need += estimate
        if estimate == 0:
            widest_zero = max(widest_zero, margin)
        else:
            squares += margin**2
    return need, math.sqrt(squares + widest_zero**2)


@pytest.mark.parametrize("measure", COLUMNS)
def test_need_and_its_interval_per_county(study: str, measure: str, shared_data: Path) -> None:
    published = by_county(shared_data / "va_charlottesville" / STUDIES[study][1], measure)
    facts = assess(study, "--need", measure)
    need, moe = need_and_moe(published.pop(""))
    assert facts["need_total"] == need
    assert facts["need_moe"] == pytest.approx(moe, abs=0.001)
    assert facts["need_moe_method"] == "formula"
    assert facts["need_low"] == pytest.approx(need - moe, abs=0.001)
    assert facts["need_high"] == pytest.approx(need + moe, abs=0.001)
    found = {row["name"]: row for row in facts["neighbourhoods"]}
    assert set(found) == set(published) == {"51003", "51065", "51079", "51109", "51125", "51540"}
    for county, figures in published.items():
        need, moe = need_and_moe(figures)
        assert found[county]["need"] == pytest.approx(need)
        assert found[county]["need_moe"] == pytest.approx(moe)


@pytest.mark.parametrize("county", ["51003", "51540"])
def test_one_county_alone(study: str, county: str, shared_data: Path) -> None:
    published = by_county(shared_data / "va_charlottesville" / STUDIES[study][1], "snap")
    facts = assess(study, "--within", county)
    need, moe = need_and_moe(published[county])
    assert facts["need_total"] == pytest.approx(need)
    assert facts["need_moe"] == pytest.approx(moe, abs=0.001)
    assert facts["need_moe_method"] == "formula"


def test_the_ranks_of_the_counties_are_as_unsure_as_plain_draws_say(
    study: str, shared_data: Path
) -> None:
    # Without a store in the study every household is out of reach: the gap is the need.
    rows = assess(study)["neighbourhoods"]
    published = by_county(shared_data / "va_charlottesville" / STUDIES[study][1], "snap")
    figures = {row["name"]: need_and_moe(published[row["name"]]) for row in rows}
    draw = random.Random(5)
    ranks: dict[str, list[int]] = {name: [] for name in figures}
    for _ in range(4000):
        drawn = {name: draw.gauss(need, moe / 1.645) for name, (need, moe) in figures.items()}
        for rank, name in enumerate(sorted(drawn, key=drawn.__getitem__, reverse=True), 1):
            ranks[name].append(rank)
    for row in rows:
        assert row["gap_moe"] == pytest.approx(row["need_moe"], rel=0.1)
        seen = ranks[row["name"]]

        def share(at_most: int, seen: list[int] = seen) -> float:
            return sum(rank <= at_most for rank in seen) / len(seen)

        # Two points of leeway, as neither side draws forever.
        assert share(row["rank_high"]) > 0.93
        assert share(row["rank_low"]) > 0.03
        if row["rank_high"] > row["rank"]:
            assert share(row["rank_high"] - 1) < 0.97
        if row["rank_low"] < row["rank"]:
            assert share(row["rank_low"] - 1) < 0.07
    assert any(row["rank_low"] < row["rank_high"] for row in rows)


def test_block_groups_and_tracts_come_to_the_same_counts_in_every_county(
    shared_data: Path,
) -> None:
    folder = shared_data / "va_charlottesville"
    for measure in COLUMNS:
        tracts, groups = (
            {county: sum(one for one, _ in figures) for county, figures in found.items()}
            for found in (by_county(folder / table, measure) for _, table in STUDIES.values())
        )
        assert tracts == groups
