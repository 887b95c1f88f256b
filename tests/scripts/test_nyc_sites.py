from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from scripts.nyc_sites import SITES_BY_GROUP, draw, illustrative_sites, pick

FILES = Path(__file__).resolve().parents[2] / "data" / "nyc"


def test_the_same_key_draws_the_same_number() -> None:
    assert draw("place", 3) == draw("place", 3)
    assert draw("place", 3) != draw("place", 4)


def test_draws_spread_evenly_from_0_to_1() -> None:
    numbers = [draw("even", index) for index in range(4_000)]

    assert all(0 <= number < 1 for number in numbers)
    assert Counter(int(number * 4) for number in numbers) == pytest.approx(
        dict.fromkeys(range(4), 1_000), rel=0.1
    )


def test_what_weighs_nothing_is_never_picked() -> None:
    picked = Counter(pick([0.0, 1.0, 0.0, 3.0, 0.0], "pick", index) for index in range(2_000))

    assert set(picked) == {1, 3}
    assert picked[3] / picked[1] == pytest.approx(3, rel=0.15)


def test_there_must_be_something_to_pick() -> None:
    with pytest.raises(ValueError, match="nothing to pick"):
        pick([0.0, 0.0], "none")


def test_the_shipped_list_is_the_one_this_script_makes() -> None:
    tracts = pd.read_parquet(FILES / "tracts.parquet", columns=["geoid", "neighbourhood_id"])
    named = pd.read_parquet(
        FILES / "neighbourhoods.parquet", columns=["neighbourhood_id", "name", "group"]
    ).rename(columns={"name": "neighbourhood"})
    blocks = pd.read_parquet(FILES / "tax_blocks.parquet")

    made = illustrative_sites(
        blocks.merge(tracts, on="geoid", how="left").merge(named, on="neighbourhood_id")
    )

    assert len(made) == sum(SITES_BY_GROUP.values())
    shipped = (FILES / "sites.csv").read_text(encoding="utf-8")
    assert made.to_csv(index=False, lineterminator="\n") == shipped
