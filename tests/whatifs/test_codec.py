from __future__ import annotations

import base64
import re
import tomllib
import zlib
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.errors import InputError, RequestError
from gapmap.model import Reach, Who
from gapmap.whatifs import (
    LONGEST_LINK,
    Question,
    SiteAdded,
    WhatIf,
    from_link,
    from_text,
    to_link,
    to_text,
)
from tests.what_ifs import what_ifs

HEAD = 'name = "Trial"\nstudy = "town"\n'
ADD = '[[add]]\nid = "n1"\nname = "Hall"\nlongitude = 1.0\nlatitude = 2.0\n'


@given(what_if=what_ifs())
def test_a_file_brings_back_the_very_same(what_if: WhatIf) -> None:
    text = to_text(what_if)
    assert from_text(text, source="trial.toml") == what_if
    assert to_text(from_text(text, source="")) == text


@given(what_if=what_ifs())
def test_a_link_brings_back_the_very_same(what_if: WhatIf) -> None:
    link = to_link(what_if)
    assert from_link(link) == what_if
    assert re.fullmatch(r"[A-Za-z0-9_-]+", link), "nothing that an address would have to escape"
    assert len(link) <= LONGEST_LINK


@given(metres=st.floats(1, 400_000), unit=st.sampled_from(["m", "km", "mi", "ft"]))
def test_any_reach_comes_back_as_it_is_kept(metres: float, unit: str) -> None:
    what_if = WhatIf("Far", "town").asking(reach=Reach(metres, unit))
    assert from_text(to_text(what_if), source="") == what_if
    assert from_link(to_link(what_if)) == what_if
    assert what_if.question.reach is not None
    assert what_if.question.reach.metres == pytest.approx(metres, rel=1e-3)


def test_a_file_says_only_what_differs_always_in_the_same_order() -> None:
    said = (
        WhatIf("Two schools", "nyc", note="For “Monday”")
        .closing("b")
        .closing("a")
        .moving("c", -73.5, 40.0)
        .retiming("d", days=["tue", "mon"], first_day=date(2026, 7, 6))
        .adding(SiteAdded("new-1", "PS 48", -73.886, 40.815, partner="School", meals=("lunch",)))
        .asking(reach=Reach.parse("0.5mi"), who=Who.ALL, count_unknown=True)
    )
    assert to_text(said) == (
        'name = "Two schools"\n'
        'study = "nyc"\n'
        'note = "For “Monday”"\n'
        'close = ["a", "b"]\n'
        "\n"
        "[question]\n"
        'reach = "0.5mi"\n'
        'who = "all"\n'
        "count_unknown = true\n"
        "\n"
        "[[add]]\n"
        'id = "new-1"\n'
        'name = "PS 48"\n'
        'partner = "School"\n'
        "longitude = -73.886\n"
        "latitude = 40.815\n"
        'meals = ["lunch"]\n'
        "\n"
        "[[move]]\n"
        'site = "c"\n'
        "longitude = -73.5\n"
        "latitude = 40.0\n"
        "\n"
        "[[retime]]\n"
        'site = "d"\n'
        'days = ["mon", "tue"]\n'
        "first_day = 2026-07-06\n"
    )


def test_a_file_of_nothing_is_two_lines() -> None:
    assert to_text(WhatIf("Nothing", "town")) == 'name = "Nothing"\nstudy = "town"\n'


@given(name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_any_identifier_of_a_list_can_be_written(name: str) -> None:
    said = WhatIf("Trial", "town", closed=(name,))
    assert tomllib.loads(to_text(said))["close"] == [name]
    assert from_text(to_text(said), source="") == said
    assert from_link(to_link(said)) == said


def test_hand_written_files_may_say_a_reach_in_metres_and_whole_degrees() -> None:
    text = f"{HEAD}[question]\nreach = 800\n[[move]]\nsite = 's0'\nlongitude = 1\nlatitude = 2\n"
    read = from_text(text, source="hand.toml")
    assert read.question.reach == Reach(800.0)
    assert read.moved[0].longitude == 1.0
    assert read.source == "hand.toml"
    assert read.label == "hand.toml"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = ", "trial.toml is not a what-if: it is not TOML (Invalid value"),
        ('study = "town"\n', "trial.toml, the what-if: “name” is missing"),
        (HEAD + "colour = 1\n", "the what-if: “colour” is not a word that gapmap knows here"),
        (HEAD + "[question]\nreech = '1mi'\n", "question: “reech” is not a word"),
        (HEAD + "[question]\nreach = 'far'\n", "question, reach is 'far': “far” is not a distance"),
        (HEAD + "[question]\nwho = 'some'\n", "question, who is 'some': Input should be"),
        (HEAD + "[question]\nday = 'someday'\n", "question: “someday” is no weekday"),
        (HEAD + "close = 's0'\n", "trial.toml, close is 's0'"),
        (HEAD + "close = ['s0', 3]\n", "trial.toml, close, 2 is 3"),
        (HEAD + "[[add]]\nid = 'n'\n", "[[add]] 1 (n): “name” is missing"),
        (
            HEAD + ADD + ADD.replace("1.0", "'east'"),
            "trial.toml, [[add]] 2 (Hall), longitude is 'east': a number of degrees is expected",
        ),
        (HEAD + ADD.replace("1.0", "true"), "[[add]] 1 (Hall), longitude is True"),
        (HEAD + ADD.replace("2.0", "99.0"), "[[add]] 1 (Hall): The site “Hall” cannot stand at"),
        (HEAD + ADD.replace("2.0", "nan"), "latitude nan"),
        (HEAD + ADD + "days = ['mon', 'fry']\n", "[[add]] 1 (Hall): The site “Hall” cannot be"),
        (
            HEAD + ADD + "first_day = 2026-07-01T10:00:00\n",
            "[[add]] 1 (Hall), first_day is 2026-07-01T10:00:00: a day is expected",
        ),
        (HEAD + ADD + "last_day = 'July'\n", "last_day is 'July': a day is expected"),
        (HEAD + "[[retime]]\nsite = 's0'\nmeals = []\n", "[[retime]] 1 (s0): The site s0 cannot"),
        (HEAD + "[[close]]\nsite = 's0'\n", "trial.toml, close, 1 is {'site': 's0'}"),
        (HEAD + "add = 3\n", "trial.toml, add is 3"),
        (HEAD + "add = [3]\n", "trial.toml, [[add]] 1 is 3"),
        (HEAD + ADD + ADD, "Two sites to be added are called n1"),
        ('name = ""\nstudy = "town"\n', "the what-if: A what-if needs a name"),
        ("x" * 1_000_001, "has 1,000,001 letters"),
    ],
)
def test_a_bad_file_is_refused_naming_file_and_entry(text: str, says: str) -> None:
    with pytest.raises(InputError) as refused:
        from_text(text, source="trial.toml")
    assert says in str(refused.value)
    assert "trial.toml" in str(refused.value)
    assert len(str(refused.value)) < 600


def test_how_much_more_is_wrong_is_said() -> None:
    with pytest.raises(InputError, match=r"\(1 more of it is wrong\.\)"):
        from_text(f"{HEAD}close = 1\nnote = 2\n", source="trial.toml")


@given(text=st.text(max_size=60) | st.binary(max_size=60).map(lambda b: "1" + _letters(b)))
def test_no_link_does_harm(text: str) -> None:
    # Refused in words, or a what-if; nothing else may come out of it.
    with suppress(InputError):
        found = from_link(text)
        assert from_link(to_link(found)) == found


@given(what_if=what_ifs(), cut=st.integers(1, 400))
def test_a_link_that_was_cut_off_is_refused(what_if: WhatIf, cut: int) -> None:
    link = to_link(what_if)
    with pytest.raises(InputError, match="The what-if in the link"):
        from_link(link[: max(len(link) - cut, 0)])


def test_a_link_that_would_unpack_to_too_much_is_refused() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(b'{"name":"' + b"a" * 100_000_000) + packer.flush()
    assert len(bomb) > 10_000
    with pytest.raises(InputError):
        from_link("1" + _letters(bomb))
    short = zlib.compressobj(9, zlib.DEFLATED, -15)
    less = short.compress(b"[" * 2_500_000) + short.flush()
    assert len(_letters(less)) < LONGEST_LINK
    with pytest.raises(InputError, match="cut off"):
        from_link("1" + _letters(less))


@pytest.mark.parametrize("content", [b"[]", b"3", b"\xff", b'{"name": 1}', b"[" * 5_000])
def test_a_link_of_something_else_is_refused(content: bytes) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    with pytest.raises(InputError):
        from_link("1" + _letters(packer.compress(content) + packer.flush()))


def _letters(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def test_what_says_too_much_for_a_link_is_told_to_be_a_file() -> None:
    long = WhatIf("Many", "town", note="".join(chr(200 + 7 * n % 4000) for n in range(1990)))
    for number in range(60):
        digits = f"{number * 7919 % 99991:05d}{number * 104729 % 99989:05d}"
        long = long.closing(f"{digits}-{number}")
    with pytest.raises(RequestError, match="too much for a link") as refused:
        to_link(long)
    assert "Save it as a file" in str(refused.value)
    assert from_text(to_text(long), source="") == long


def test_thirty_changes_fit_into_a_link() -> None:
    said = WhatIf("A whole summer", "nyc", question=Question(reach=Reach.parse("0.3mi")))
    for number in range(10):
        said = said.closing(f"site-{number * 7919}").moving(
            f"place-{number * 104729}", -73.9 + number * 0.0123, 40.8 + number * 0.00717
        )
        said = said.adding(
            SiteAdded(
                f"new-school-{number * 31}",
                f"Public School {number * 31}",
                -73.8 - number * 0.0091,
                40.7 + number * 0.0083,
                partner="Schools",
                meals=("breakfast", "lunch"),
                days=("mon", "tue", "wed", "thu", "fri"),
            )
        )
    assert len(to_link(said)) < 1_500
