from __future__ import annotations

import pytest

from gapmap.errors import LayerError
from gapmap.layers.catalogue import parse_study
from gapmap.model import Role

STUDY = """
name = "Squaretown"
summary = "Squares in a row."
need = "children"
reach = "800m"
"""
TRACTS = """
role = "need"
title = "Squares"
file = "town/squares.parquet"
vintage = "2020"
source = "Drawn for tests"
licence = "MIT"

[measures.low_income]
column = "poor"
label = "Children with low income"
unit = "children"

[measures.children]
column = "kids"
label = "Children under 18"
unit = "children"
"""


def test_a_study_is_its_folder_of_toml_files() -> None:
    spec = parse_study("town", {"study.toml": STUDY, "tracts.toml": TRACTS})
    assert (spec.id, spec.name, spec.reach.metres) == ("town", "Squaretown", 800)
    assert [layer.id for layer in spec.of_role(Role.NEED)] == ["tracts"]


def test_the_default_measure_comes_first() -> None:
    spec = parse_study("town", {"study.toml": STUDY, "tracts.toml": TRACTS})
    assert list(spec.measures) == ["children", "low_income"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("study.toml", STUDY.replace("need =", "needs ="), r"town/study\.toml: need is missing"),
        ("study.toml", STUDY + "colour = 1", "colour is not a key that gapmap knows"),
        ("study.toml", STUDY.replace("children", "pupils"), "tracts.toml has low_income, children"),
        ("study.toml", STUDY + "[words]\nstie = 'clinic'", r"words\.stie is not a key"),
        ("study.toml", STUDY + "[words]\nsite = 5", r"words\.site is 5"),
        (
            "study.toml",
            STUDY + "time_zone = 'America/Neu York'",
            r"time_zone is 'America/Neu York': it is no time zone of the IANA list",
        ),
        ("study.toml", STUDY + "time_zone = '../../etc/passwd'", "it is no time zone"),
        ("study.toml", STUDY + "time_zone = 'America'", "it is no time zone"),
        ("study.toml", "name = ", r"town/study\.toml is not TOML"),
        ("tracts.toml", TRACTS.replace('"need"', '"wish"'), "role is 'wish'"),
        ("tracts.toml", TRACTS.split("[measures")[0], "needs at least one"),
        ("tracts.toml", "modelled = true\n" + TRACTS, "needs a method"),
        ("tracts.toml", TRACTS.replace('role = "need"', 'role = "context"'), r"cannot have \[meas"),
    ],
)
def test_a_wrong_description_says_file_key_and_cure(name: str, text: str, message: str) -> None:
    files = {"study.toml": STUDY, "tracts.toml": TRACTS, name: text}
    with pytest.raises(LayerError, match=message):
        parse_study("town", files)


def test_two_need_layers_are_refused_by_name() -> None:
    with pytest.raises(LayerError, match=r"blocks\.toml, tracts\.toml"):
        parse_study("town", {"study.toml": STUDY, "tracts.toml": TRACTS, "blocks.toml": TRACTS})


def test_a_study_without_need_has_nothing_to_measure() -> None:
    with pytest.raises(LayerError, match="nothing to measure"):
        parse_study("town", {"study.toml": STUDY})


def test_a_folder_without_a_study_file_is_no_study() -> None:
    with pytest.raises(LayerError, match=r"no study\.toml"):
        parse_study("town", {"tracts.toml": TRACTS})


def test_a_study_speaks_of_its_service_in_its_own_words() -> None:
    text = STUDY + '[words]\nsite = "clinic"\nmeals = ["dental"]\n'
    words = parse_study("town", {"study.toml": text, "tracts.toml": TRACTS}).words
    assert (words.site, words.meals, words.people) == ("clinic", ("dental",), "children")


def test_a_study_may_name_its_time_zone() -> None:
    files = {"study.toml": STUDY, "tracts.toml": TRACTS}
    assert parse_study("town", files).time_zone is None
    named = files | {"study.toml": STUDY + "time_zone = 'America/New_York'"}
    assert parse_study("town", named).time_zone == "America/New_York"
