from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.errors import RequestError
from gapmap.model import Reach
from gapmap.whatifs import (
    AS_IT_IS,
    Candidates,
    Question,
    SiteAdded,
    SiteMoved,
    SiteRetimed,
    WhatIf,
    as_it_is,
)
from tests.what_ifs import SITES, spots, what_ifs

NOTHING = WhatIf("Nothing", "town")
NEW = SiteAdded("new-1", "New hall", 0.01, 0.005)


def test_a_what_if_that_says_nothing_is_empty_whatever_it_is_called() -> None:
    assert NOTHING.is_empty
    assert WhatIf("Named", "town", note="For the meeting").is_empty
    assert as_it_is("town").is_empty
    assert as_it_is("town").name == AS_IT_IS


@pytest.mark.parametrize(
    "changed",
    [
        NOTHING.adding(NEW),
        NOTHING.moving("s0", 0.0, 0.0),
        NOTHING.closing("s0"),
        NOTHING.retiming("s0", meals=["supper"]),
        NOTHING.asking(reach=Reach(300.0)),
        NOTHING.asking(count_unknown=False),
        NOTHING.choosing(forced=["hall-1"]),
    ],
)
def test_one_change_makes_it_say_something(changed: WhatIf) -> None:
    assert not changed.is_empty
    assert NOTHING.is_empty, "what was edited stays as it was"


@given(what_if=what_ifs(), site=st.sampled_from(SITES))
def test_closing_and_then_reopening_changes_nothing(what_if: WhatIf, site: str) -> None:
    before = what_if.reopening(site)
    assert before.closing(site).reopening(site) == before
    assert site in before.closing(site).closed


@given(what_if=what_ifs(), site=st.sampled_from(SITES), spot=spots())
def test_moving_and_then_putting_back_changes_nothing(
    what_if: WhatIf, site: str, spot: tuple[float, float]
) -> None:
    before = what_if.putting_back(site)
    assert before.moving(site, *spot).putting_back(site) == before
    assert before.moving(site, 0.5, 0.5).moving(site, *spot) == before.moving(site, *spot)


@given(what_if=what_ifs(), site=st.sampled_from(SITES))
def test_retiming_and_then_keeping_times_changes_nothing(what_if: WhatIf, site: str) -> None:
    before = what_if.keeping_times(site)
    assert before.retiming(site, days=["sun"]).keeping_times(site) == before
    assert before.retiming(site) == before


@given(what_if=what_ifs())
def test_the_order_of_editing_does_not_matter(what_if: WhatIf) -> None:
    other = WhatIf(
        what_if.name,
        what_if.study,
        what_if.note,
        what_if.question,
        added=what_if.added[::-1],
        moved=what_if.moved[::-1],
        retimed=what_if.retimed[::-1],
        closed=what_if.closed[::-1],
        candidates=what_if.candidates,
        source="another file",
    )
    assert other == what_if
    assert hash(other) == hash(what_if)


def test_a_site_that_it_adds_is_moved_retimed_and_closed_where_it_is_added() -> None:
    added = NOTHING.adding(NEW)
    moved = added.moving("new-1", 0.02, 0.006)
    assert moved.moved == ()
    assert (moved.added[0].longitude, moved.added[0].latitude) == (0.02, 0.006)
    timed = added.retiming("new-1", meals=["lunch"], days=["tue", "mon"])
    assert timed.retimed == ()
    assert timed.added[0].days == ("mon", "tue")
    assert added.closing("new-1") == NOTHING


def test_retiming_again_keeps_what_was_said_before() -> None:
    once = NOTHING.retiming("s0", meals=["supper"])
    twice = once.retiming("s0", first_day=date(2026, 7, 1))
    assert twice.retimed == (SiteRetimed("s0", ("supper",), None, date(2026, 7, 1)),)


def test_a_closed_site_keeps_what_else_was_said_of_it() -> None:
    moved = NOTHING.moving("s0", 0.01, 0.01).retiming("s0", days=["sun"])
    assert moved.closing("s0").reopening("s0") == moved


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: SiteAdded("n", "Hall", 190.0, 0.0), "longitude 190"),
        (lambda: SiteAdded("n", "Hall", 0.0, 90.5), "latitude 90.5"),
        (lambda: SiteAdded("n", "Hall", float("nan"), 0.0), "longitude nan"),
        (lambda: SiteMoved("s0", 0.0, float("inf")), "latitude inf"),
        (lambda: SiteAdded("n", " ", 0.0, 0.0), "needs a name"),
        (lambda: SiteAdded("", "Hall", 0.0, 0.0), "needs an identifier"),
        (lambda: SiteRetimed("s0", days=("mon", "someday")), "someday"),
        (lambda: SiteRetimed("s0", days=()), "no day at all"),
        (lambda: SiteRetimed("s0", meals=()), "no meal at all"),
        (
            lambda: SiteRetimed("s0", first_day=date(2026, 8, 1), last_day=date(2026, 7, 1)),
            "2026-08-01",
        ),
        (lambda: Question(day="someday"), "someday"),
        (lambda: Candidates(("hall-1",), ("hall-1",)), "both excluded and forced"),
        (lambda: WhatIf("  ", "town"), "needs a name"),
        (lambda: WhatIf("x" * 121, "town"), "121 letters"),
        (lambda: WhatIf("x", "town", note="y" * 2001), "2,001 letters"),
        (lambda: WhatIf("x", "town", added=(NEW, NEW)), "new-1"),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_found(make: Any, says: str) -> None:
    with pytest.raises(RequestError, match=says):
        make()


def test_names_lose_what_a_terminal_would_obey() -> None:
    assert WhatIf("Two\x1b[31m \n schools\u202e", "town").name == "Two[31m schools"
