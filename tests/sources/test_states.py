from __future__ import annotations

import pytest

from gapmap.errors import UnknownNameError
from gapmap.sources.states import STATES, find_state


def test_there_are_fifty_states_the_capital_and_puerto_rico() -> None:
    assert len(STATES) == 52
    postal_codes = [postal for postal, _ in STATES.values()]
    assert len(set(postal_codes)) == 52
    assert all(len(fips) == 2 and fips.isdigit() for fips in STATES)
    assert sorted(STATES) == list(STATES)


@pytest.mark.parametrize("fips", STATES)
def test_a_state_is_found_by_code_postal_code_and_name(fips: str) -> None:
    postal, name = STATES[fips]
    for text in (fips, postal, name, postal.lower(), f"  {name.upper()} ", fips.lstrip("0")):
        assert find_state(text) == fips


def test_dots_and_blanks_do_not_matter() -> None:
    assert find_state("D.C.") == "11"
    assert find_state("new   mexico") == "35"


@pytest.mark.parametrize("text", ["", "03", "99", "XX", "Atlantis", "٤٨", "4 8"])
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(UnknownNameError, match="There is no state called"):
        find_state(text)


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean Texas"):
        find_state("Texs")
