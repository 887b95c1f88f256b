from __future__ import annotations

import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.model import Role
from gapmap.sources.fetching.describe import Origin, layer_toml, to_toml

DAY = date(2026, 7, 1)


def origin(address: str) -> Origin:
    return Origin("Census Bureau, survey", address, DAY)


texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.one_of(
    texts.filter(bool),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.lists(texts.filter(bool), min_size=1),
)
keys = st.from_regex(r"\A[a-z][a-z_]{0,8}\Z")
contents = st.dictionaries(
    keys,
    values | st.dictionaries(keys, values | st.dictionaries(keys, values, min_size=1), min_size=1),
)


@given(contents)
def test_what_is_written_is_what_is_read(content) -> None:
    assert tomllib.loads(to_toml(content)) == content


def test_what_is_not_known_is_left_out() -> None:
    assert to_toml({"a": None, "b": "", "c": {}, "d": 0, "e": False}) == "d = 0\ne = false\n"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8099/census",
        "http://localhost:1/x",
        "http://[::1]:9/x",
        "http://127.1.2.3",
    ],
)
def test_figures_of_this_machine_are_illustrative_and_name_it(address: str) -> None:
    assert origin(address).is_local
    described = tomllib.loads(
        layer_toml(
            Role.NEED, title="t", file="f", vintage="v", origins=[origin(address)], method="m"
        )
    )
    assert described["illustrative"] is True
    assert address in described["source"]
    assert described["fetched"] == DAY


def test_one_local_part_makes_the_layer_illustrative() -> None:
    mixed = [origin("https://api.census.gov/data"), origin("http://127.0.0.1:1/geo")]
    described = tomllib.loads(
        layer_toml(Role.NEED, title="t", file="f", vintage="v", origins=mixed, method="m")
    )
    assert described["illustrative"] is True


def test_the_publishers_own_address_goes_without_saying_and_a_mirror_is_named() -> None:
    assert origin("https://api.census.gov/data").told == "Census Bureau, survey"
    assert not origin("https://api.census.gov/data").is_local
    assert origin("https://mirror.example/data").told.endswith("https://mirror.example/data")
    # Ends in the same letters, and is somebody else.
    assert "by way of" in origin("https://notcensus.gov/data").told
