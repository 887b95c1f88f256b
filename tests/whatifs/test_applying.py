from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gapmap import usecases
from gapmap.errors import RequestError, UnknownNameError
from gapmap.geo import STORED_CRS
from gapmap.model import Reach, Role, Who
from gapmap.schema import check_table
from gapmap.whatifs import (
    SiteAdded,
    WhatIf,
    candidate_limits,
    free_site_id,
    without_strangers,
)
from tests import builders
from tests.what_ifs import SITES, same_columns, sites_only, town, what_ifs

TOWN = town()
GROUND = usecases.prepare(TOWN)
USUAL = usecases.default_scenario(TOWN)
NOTHING = WhatIf("Trial", "town")
NEW = SiteAdded("new-1", "New hall", 3500 / 111_320, 500 / 111_320, meals=("lunch", "breakfast"))


def at(x_m: float, y_m: float) -> tuple[float, float]:
    longitude, latitude = builders.to_degrees(x_m, y_m)
    return float(longitude), float(latitude)


def test_an_empty_what_if_gives_the_very_same_study_and_question() -> None:
    for nothing in (None, NOTHING, replace(NOTHING, note="Said, but nothing done")):
        study, scenario = usecases.apply_what_if(TOWN, nothing)
        assert study is TOWN
        assert scenario == USUAL


@given(site=st.sampled_from(SITES))
@settings(max_examples=10)
def test_saying_again_what_is_changes_neither_figures_nor_keys(site: str) -> None:
    row = TOWN.sites.set_index("site_id").loc[site]
    said = NOTHING.moving(site, row.geometry.x, row.geometry.y)
    if isinstance(row["meals"], str):
        said = said.retiming(site, meals=row["meals"].split(";"))
    study, scenario = usecases.apply_what_if(TOWN, said.asking(reach=Reach(400.0)))
    assert study is TOWN
    assert scenario == USUAL


@given(what_if=what_ifs())
@settings(max_examples=40)
def test_whatever_is_changed_the_sites_keep_to_their_contract(what_if: WhatIf) -> None:
    before = TOWN.sites.copy()
    try:
        study, _ = usecases.apply_what_if(TOWN, what_if)
    except RequestError:
        # A season that would end before it begins.
        return
    check_table(study.sites, Role.SITES, what="the sites of a what-if")
    assert study.sites.crs == STORED_CRS
    assert list(study.sites.columns) == list(TOWN.sites.columns)
    kept = set(SITES) - set(what_if.closed)
    assert set(study.sites["site_id"]) == kept | {one.site_id for one in what_if.added}
    assert same_columns(TOWN.sites, before), "the study itself is never changed"
    assert study.areas is TOWN.areas


@given(what_if=what_ifs(), other=what_ifs())
@settings(max_examples=40)
def test_two_studies_have_one_version_only_if_they_have_the_same_sites(
    what_if: WhatIf, other: WhatIf
) -> None:
    try:
        one, two = (usecases.apply_what_if(TOWN, said)[0] for said in (what_if, other))
    except RequestError:
        return
    if one.data_version == two.data_version:
        assert same_columns(one.sites, two.sites)
    again, _ = usecases.apply_what_if(TOWN, replace(what_if, name="Another", note="Other"))
    assert again.data_version == one.data_version


def test_every_change_of_a_site_makes_a_version_of_its_own() -> None:
    changes = [
        NOTHING,
        NOTHING.closing("s0"),
        NOTHING.closing("s1"),
        NOTHING.adding(NEW),
        NOTHING.adding(replace(NEW, days=("sat",))),
        NOTHING.adding(replace(NEW, from_candidate="hall-1")),
        NOTHING.moving("s0", *at(600, 500)),
        NOTHING.moving("s0", *at(601, 500)),
        NOTHING.retiming("s0", meals=["supper"]),
        NOTHING.retiming("s0", days=["sun"]),
        NOTHING.retiming("s0", first_day=date(2026, 7, 1)),
    ]
    versions = [usecases.apply_what_if(TOWN, said)[0].data_version for said in changes]
    assert len(set(versions)) == len(changes)
    elsewhere = replace(TOWN, data_version="another list")
    again = usecases.apply_what_if(elsewhere, NOTHING.closing("s0"))[0].data_version
    assert again not in versions


@given(what_if=what_ifs(), site=st.sampled_from(SITES))
@settings(max_examples=15)
def test_closing_a_site_never_helps(what_if: WhatIf, site: str) -> None:
    what_if = sites_only(what_if).reopening(site).keeping_times(site)
    try:
        open_study, scenario = usecases.apply_what_if(TOWN, what_if)
    except RequestError:
        return
    shut, _ = usecases.apply_what_if(TOWN, what_if.closing(site))
    before = usecases.assess_gaps(open_study, scenario, GROUND)
    after = usecases.assess_gaps(shut, scenario, GROUND)
    assert after.need_in_reach <= before.need_in_reach + 1e-9


def test_a_closed_site_reaches_nobody_and_is_not_in_the_list() -> None:
    study, scenario = usecases.apply_what_if(TOWN, NOTHING.closing("s0"))
    assert list(study.sites["site_id"]) == ["s1", "s2", "s3"]
    assert list(study.sites.index) == [0, 1, 2]
    answer = usecases.assess_gaps(study, scenario)
    assert answer.areas["need_in_reach"][0] == 0


def test_an_added_site_reaches_as_one_that_always_stood_there() -> None:
    study, scenario = usecases.apply_what_if(TOWN, NOTHING.adding(NEW))
    stood = replace(TOWN, sites=_with_a_site_at(3500, 500))
    ours = usecases.assess_gaps(study, scenario)
    theirs = usecases.assess_gaps(stood, scenario)
    assert ours.need_in_reach == pytest.approx(theirs.need_in_reach, abs=0.01)
    row = study.sites.set_index("site_id").loc["new-1"]
    assert row["meals"] == "breakfast;lunch", "in the order of the day"
    assert pd.isna(row["days"])
    assert pd.isna(row["partner"])
    assert pd.isna(row["source_row"]), "no file has a row for it"


def _with_a_site_at(x_m: float, y_m: float) -> object:
    more = builders.sites((x_m, y_m), site_id=["other"], lunch_days=[None])
    table = pd.concat([TOWN.sites, more], ignore_index=True)
    return type(TOWN.sites)(table, geometry="geometry", crs=STORED_CRS)


def test_a_site_whose_times_are_not_settled_is_unknown_and_not_open_or_shut() -> None:
    bare = SiteAdded("new-1", "New hall", *at(3500, 500))
    study, scenario = usecases.apply_what_if(TOWN, NOTHING.adding(bare).asking(meal="lunch"))
    sites = usecases.assess_gaps(study, scenario).sites.set_index("site_id")
    assert sites.loc["new-1", "left_out_because"] == "not known whether it serves then"


def test_a_moved_site_reaches_where_it_goes_and_no_longer_where_it_was() -> None:
    study, scenario = usecases.apply_what_if(TOWN, NOTHING.moving("s0", *at(2500, 500)))
    answer = usecases.assess_gaps(study, scenario)
    assert answer.areas["need_in_reach"][0] == 0
    assert answer.areas["site_count"][2] == 2


def test_a_twin_that_stays_keeps_the_place_and_one_that_moves_gets_its_own() -> None:
    sites = builders.sites((500, 500), (500, 500), place_id=["s0", "s0"])
    twins = replace(TOWN, sites=sites)
    moved, _ = usecases.apply_what_if(twins, NOTHING.moving("s0", *at(2500, 500)))
    places = moved.sites.set_index("site_id")["place_id"]
    assert places["s1"] == "s0"
    assert places["s0"] != "s0"
    answer = usecases.assess_gaps(moved)
    assert answer.areas["site_count"].tolist()[0] == 1
    assert answer.areas["site_count"].tolist()[2] == 1


def test_twins_that_move_together_stay_one_place() -> None:
    sites = builders.sites((500, 500), (500, 500), place_id=["s0", "s0"])
    twins = replace(TOWN, sites=sites)
    spot = at(2500, 500)
    moved, _ = usecases.apply_what_if(twins, NOTHING.moving("s0", *spot).moving("s1", *spot))
    assert moved.sites["place_id"].nunique() == 1
    assert usecases.assess_gaps(moved).areas["site_count"].tolist()[2] == 1


def test_a_moved_site_has_no_address_that_is_no_longer_true() -> None:
    sites = builders.sites((500, 500), address=["1 Main Street"])
    study, _ = usecases.apply_what_if(
        replace(TOWN, sites=sites), NOTHING.moving("s0", *at(600, 500))
    )
    assert pd.isna(study.sites["address"].iloc[0])


def test_retiming_days_retimes_the_days_of_each_meal_too() -> None:
    study, _ = usecases.apply_what_if(TOWN, NOTHING.retiming("s1", days=["sat", "sun"]))
    row = study.sites.set_index("site_id").loc["s1"]
    assert row["days"] == "sat;sun"
    assert row["lunch_days"] == "sat;sun", "lunch was on Mondays of its own"
    saturday = replace(USUAL, day="sat", meal="lunch")
    counts = usecases.assess_gaps(study, saturday).sites.set_index("site_id")["counts"]
    assert counts["s1"]


def test_a_meal_that_is_taken_away_takes_its_days_with_it() -> None:
    study, scenario = usecases.apply_what_if(
        TOWN, NOTHING.retiming("s1", meals=["supper"]).asking(meal="lunch")
    )
    row = study.sites.set_index("site_id").loc["s1"]
    assert row["meals"] == "supper"
    assert pd.isna(row["lunch_days"])
    sites = usecases.assess_gaps(study, scenario).sites.set_index("site_id")
    assert sites.loc["s1", "left_out_because"] == "no lunch"


def test_a_season_keeps_the_day_that_is_not_said() -> None:
    ends = pd.Series([pd.Timestamp("2026-08-01")], dtype="datetime64[us]")
    sites = builders.sites((500, 500), end_date=ends)
    study = replace(TOWN, sites=sites)
    said = NOTHING.retiming("s0", first_day=date(2026, 7, 1))
    row = usecases.apply_what_if(study, said)[0].sites.iloc[0]
    assert row["start_date"] == pd.Timestamp("2026-07-01")
    assert row["end_date"] == pd.Timestamp("2026-08-01")
    with pytest.raises(RequestError, match=r"retime s0: its first day would be 2026-09-01"):
        usecases.apply_what_if(study, NOTHING.retiming("s0", first_day=date(2026, 9, 1)))


def test_what_is_asked_otherwise_is_the_question() -> None:
    said = NOTHING.asking(
        reach=Reach.parse("0.25mi"), who=Who.ALL, day="wed", within="East", partners=("Pantry",)
    )
    study, scenario = usecases.apply_what_if(TOWN, said)
    assert study is TOWN
    assert scenario == replace(
        USUAL,
        reach=Reach.parse("0.25mi"),
        who=Who.ALL,
        day="wed",
        within="East",
        partners=("Pantry",),
    )


def test_the_book_says_what_was_changed_by_hand() -> None:
    study, _ = usecases.apply_what_if(TOWN, NOTHING.closing("s0").adding(NEW))
    entry = study.provenance[-1]
    assert (entry.role, entry.title) == (Role.SITES, "What-if “Trial”")
    assert entry.method == "Closes Site 0; Adds New hall, which serves lunch and breakfast"
    assert (entry.rows_in, entry.rows_out) == (4, 4)
    assert study.provenance[:-1] == TOWN.provenance


def test_distances_go_with_their_sites() -> None:
    known = pd.DataFrame(
        {
            "geoid": ["g1", "g1", "g1", "g1"],
            "to_id": ["s0", "s1", "s2", "hall-1"],
            "metres": [1.0, 2.0, 3.0, 4.0],
        }
    )
    study = replace(TOWN, distances=known)
    host = replace(NEW, from_candidate="hall-1")
    said = NOTHING.closing("s0").moving("s1", *at(600, 600)).adding(host)
    ways = usecases.apply_what_if(study, said)[0].distances
    assert ways is not None
    assert dict(zip(ways["to_id"], ways["metres"], strict=True)) == {
        "s2": 3.0,
        "hall-1": 4.0,
        "new-1": 4.0,
    }


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (NOTHING.closing("s9"), "plan.toml, close: there is no meal site called “s9”"),
        (NOTHING.moving("x", 0.0, 0.0), "plan.toml, move: there is no meal site called “x”"),
        (NOTHING.retiming("x", days=["mon"]), "plan.toml, retime: there is no meal site"),
        (NOTHING.retiming("s1", meals=["tea"]), "retime s1, meals: there is no meal called “tea”"),
        (
            NOTHING.adding(replace(NEW, meals=("lnch",))),
            "add new-1, meals: there is no meal called “lnch”. Did you mean lunch?",
        ),
        (NOTHING.asking(measure="adults"), "question, measure: there is no measure called"),
        (NOTHING.asking(meal="tea"), "question, meal: there is no meal called “tea”"),
        (NOTHING.asking(within="Wst"), "question, within: there is no district called “Wst”"),
        (
            NOTHING.asking(partners=("Chapel",)),
            "question, partners: there is no partner called “Chapel”",
        ),
        (
            NOTHING.asking(partners=("School",)).closing("s1"),
            "question, partners: there is no partner called “School”",
        ),
    ],
)
def test_an_unknown_name_is_refused_with_file_and_entry(said: WhatIf, message: str) -> None:
    with pytest.raises(UnknownNameError) as refused:
        usecases.apply_what_if(TOWN, replace(said, source="plan.toml"))
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (replace(NOTHING, study="village"), "is about the study “village”, not about “town”"),
        (NOTHING.adding(replace(NEW, site_id="s0")), "add: the study has a meal site s0 already"),
        (NOTHING.adding(replace(NEW, longitude=12.0)), "add new-1: longitude 12"),
        (NOTHING.moving("s0", 0.0, 51.0), "move s0: longitude 0, latitude 51 is far outside"),
    ],
)
def test_what_cannot_be_in_this_study_is_refused(said: WhatIf, message: str) -> None:
    with pytest.raises(RequestError) as refused:
        usecases.apply_what_if(TOWN, said)
    assert message in str(refused.value)


def test_a_candidate_that_the_study_does_not_have_is_refused() -> None:
    halls = builders.sites((500, 500)).rename(columns={"site_id": "candidate_id"})
    study = replace(TOWN, candidates={"halls": halls})
    with pytest.raises(UnknownNameError, match=r"candidates, forced: there is no candidate"):
        usecases.apply_what_if(study, NOTHING.choosing(forced=["hall-9"]))


def test_what_a_newer_list_no_longer_has_can_be_left_out() -> None:
    said = NOTHING.closing("s0").closing("gone").moving("also-gone", 0.0, 0.0).adding(NEW)
    fitting, strangers = without_strangers(TOWN, said)
    assert strangers == ("also-gone", "gone")
    assert fitting == NOTHING.closing("s0").adding(NEW)
    usecases.apply_what_if(TOWN, fitting)


def test_where_a_site_is_added_no_other_is_suggested() -> None:
    halls = builders.sites((500, 500), (900, 500), site_id=["hall-1", "hall-2"]).rename(
        columns={"site_id": "candidate_id"}
    )
    study = replace(TOWN, candidates={"halls": halls})
    said = NOTHING.adding(replace(NEW, from_candidate="hall-1")).choosing(forced=["hall-2"])
    limits = candidate_limits(study, said)
    assert (limits.forced, limits.excluded) == (("hall-2",), ("hall-1",))


@given(names=st.lists(st.text(max_size=30), min_size=2, max_size=6))
def test_every_added_site_gets_an_identifier_of_its_own(names: list[str]) -> None:
    said = NOTHING
    for name in names:
        site_id = free_site_id(TOWN, said, name)
        assert site_id not in set(TOWN.sites["site_id"])
        said = said.adding(SiteAdded(site_id, "Hall", 0.01, 0.005))
    assert len(said.added) == len(names)
