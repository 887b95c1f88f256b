"""A study described in TOML, with what decides where a site may open."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import gapmap
from gapmap import usecases
from gapmap.errors import LayerError, RequestError
from gapmap.model import Role
from gapmap.rules import Adjacency, EligibilityRules, Level, Route
from tests import builders
from tests.test_usecases import File, layer, load, spec

if TYPE_CHECKING:
    from gapmap.model import Study

RULES = '[eligibility]\nadjacency = "chain"\nschool_radius = "400m"\nrural = ["48001"]\n'


def figures(*shares: int) -> Any:
    squares = builders.areas([100.0] * len(shares))
    return squares.assign(
        GEOID=squares["geoid"] + "1",
        TotPovUniv=100,
        Num18BG=shares,
        ELIGFY24=["Yes" if share >= 50 else "No" for share in shares],
    ).drop(columns=["children", "geoid"])


def study(**tables: Any) -> Study:
    described = spec(
        fns=layer("eligibility", "fns") + "determined = 2024-07-01\n",
        schools=layer("schools", "schools"),
        rural=layer("rural", "rural"),
    )
    known = {
        "fns": figures(60, 45),
        "schools": pd.DataFrame(
            {"name": ["Lincoln"], "frp_share": ["80%"], "longitude": [0.1], "latitude": [0.1]}
        ),
        "rural": pd.DataFrame({"GEOID": ["48001"], "rural": ["no"]}),
    }
    return load(described, **(known | tables))


def test_the_three_roles_are_admitted_with_their_provenance() -> None:
    opened = study()
    (areas,), (school,), (rural,) = opened.eligibility, opened.schools, opened.rural
    assert areas.level is Level.BLOCK_GROUP
    assert school.table["frp_share"].tolist() == [0.8]
    assert rural.by_geoid == {"48001": False}
    entries = {entry.role: entry for entry in opened.provenance}
    assert entries[Role.ELIGIBILITY].determined == date(2024, 7, 1)
    assert not entries[Role.ELIGIBILITY].is_proxy
    assert (entries[Role.SCHOOLS].rows_out, entries[Role.RURAL].rows_out) == (1, 1)


def test_a_proxy_is_one_in_the_provenance_too() -> None:
    described = spec(acs=layer("eligibility", "acs") + "proxy = true\nfetched = 2025-06-01\n")
    opened = load(described, acs=figures(60, 45))
    (entry,) = [one for one in opened.provenance if one.role is Role.ELIGIBILITY]
    assert entry.is_proxy
    assert entry.fetched == date(2025, 6, 1)
    assert opened.eligibility[0].is_proxy


def test_figures_may_lie_in_a_table_of_their_own() -> None:
    table = figures(60, 45)
    described = spec(fns=layer("eligibility", "shapes") + '[table]\nfile = "fns"\nkey = "GEOID"\n')
    opened = load(
        described, shapes=table[["GEOID", "geometry"]], fns=pd.DataFrame(table.iloc[::-1, :-1])
    )
    assert opened.eligibility[0].table["eligible_0_18"].tolist() == [60, 45]


def test_the_rules_of_the_study_are_those_it_is_judged_by() -> None:
    from gapmap.layers.catalogue import parse_study
    from tests.test_usecases import STUDY, TRACTS

    described = parse_study("town", {"study.toml": STUDY + RULES, "tracts.toml": TRACTS})
    rules = load(described).rules
    assert rules.adjacency is Adjacency.CHAIN
    assert rules.school_radius_m == 400
    assert rules.rural == ("48001",)
    assert rules.share == 0.5


def test_the_answer_is_the_same_by_geoid_by_place_and_by_what_was_prepared() -> None:
    opened = study()
    standing = usecases.prepare_eligibility(opened)
    by_geoid = usecases.determine_eligibility(opened, geoid="480010001011")
    longitude, latitude = (float(axis) for axis in builders.to_degrees(1500, 500))
    by_place = usecases.determine_eligibility(opened, at=(longitude, latitude), standing=standing)
    assert by_geoid.status is by_place.status is Route.AVERAGING
    assert by_geoid.worksheets == by_place.worksheets


def test_other_rules_may_be_asked_about() -> None:
    opened = study()
    strict = EligibilityRules(share=0.7)
    answer = usecases.determine_eligibility(opened, geoid="480010001011", rules=strict)
    assert answer.status is Route.NONE


def test_one_place_is_asked_about_at_a_time() -> None:
    opened = study()
    for asked in ({}, {"geoid": "480010001011", "at": (0.0, 0.0)}):
        with pytest.raises(RequestError, match="one place"):
            usecases.determine_eligibility(opened, **asked)


def test_the_data_version_changes_with_the_figures() -> None:
    one = study().data_version
    assert study(fns=File(figures(60, 45), sha256="c" * 64)).data_version != one


def test_b17024_cannot_pass_for_a_determination() -> None:
    lines = {f"B17024_{line:03d}E": [1.0, 1.0] for line in range(1, 41)}
    table = figures(60, 45)[["GEOID", "geometry"]].assign(**lines)
    with pytest.raises(LayerError, match="proxy = true"):
        study(fns=table)


def test_the_names_are_promised_by_the_package() -> None:
    assert gapmap.determine_eligibility is usecases.determine_eligibility
    assert gapmap.EligibilityRules is EligibilityRules
