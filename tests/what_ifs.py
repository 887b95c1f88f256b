"""What-ifs of a town of four squares, drawn by hypothesis."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from gapmap.model import MEALS, WEEKDAYS, Measure, Method, Reach, Who
from gapmap.whatifs import Candidates, Question, SiteAdded, SiteMoved, SiteRetimed, WhatIf
from tests import builders

if TYPE_CHECKING:
    from gapmap.model import Study

SITES = ("s0", "s1", "s2", "s3")
FAMILIES = Measure("families", "Families", "families")


def town(**changes: Any) -> Study:
    """Four squares, the last of unknown need, in two districts; four sites of three partners."""
    known: dict[str, Any] = {
        "measures": {"children": builders.CHILDREN, "families": FAMILIES},
        "neighbourhoods": builders.neighbourhoods(
            "Aldgate", "Bow", "Cheam", "Deptford", groups=["West", "West", "East", "East"]
        ),
    }
    squares = builders.areas([100, 300, 200, float("nan")], families=[40, 100, 90, 20])
    sites = builders.sites(
        (500, 500),
        (1500, 500),
        (1500, 700),
        (2600, 400),
        partner=["Pantry", "School", "Pantry", None],
        meals=["lunch", "lunch;supper", None, "supper"],
        days=["mon;tue;wed;thu;fri", "mon;wed", "sat", None],
        lunch_days=[None, "mon", None, None],
    )
    return builders.study(squares, sites, **(known | changes))


names = st.text(min_size=1, max_size=40).filter(
    lambda text: bool("".join(sign for sign in text.strip() if sign.isprintable()).strip())
)
days = st.dates(date(2026, 6, 1), date(2026, 9, 1))
_meals = st.none() | st.lists(st.sampled_from(MEALS), min_size=1, unique=True).map(tuple)
_weekdays = st.none() | st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True).map(tuple)


@st.composite
def spots(draw: st.DrawFn) -> tuple[float, float]:
    """Longitude and latitude somewhere in the town or a little outside."""
    # On the equator a degree is 111,320 m both ways, as near as it matters here.
    return draw(st.integers(-500, 4500)) / 111_320, draw(st.integers(-500, 1500)) / 111_320


@st.composite
def times(draw: st.DrawFn) -> dict[str, Any]:
    first, last = sorted([draw(days), draw(days)])
    return {
        "meals": draw(_meals),
        "days": draw(_weekdays),
        "first_day": draw(st.none() | st.just(first)),
        "last_day": draw(st.none() | st.just(last)),
    }


@st.composite
def added_sites(draw: st.DrawFn, site_id: str) -> SiteAdded:
    longitude, latitude = draw(spots())
    return SiteAdded(
        site_id,
        draw(names),
        longitude,
        latitude,
        partner=draw(st.none() | st.sampled_from(["Pantry", "Chapel"])),
        kind=draw(st.sampled_from(["open", "restricted open", "closed enrolled"])),
        from_candidate=draw(st.none() | st.just("hall-1")),
        **draw(times()),
    )


@st.composite
def questions(draw: st.DrawFn, *, same_need: bool = False) -> Question:
    """A question to the town; with ``same_need`` the need that is counted stays as it is."""
    amount, unit = draw(st.integers(1, 999)), draw(st.sampled_from(["m", "ft"]))
    return Question(
        reach=draw(st.none() | st.just(Reach.parse(f"{amount}{unit}"))),
        measure=None if same_need else draw(st.none() | st.sampled_from(["children", "families"])),
        method=draw(st.none() | st.just(Method.AREAL)),
        who=draw(st.none() | st.sampled_from(list(Who))),
        meal=draw(st.none() | st.sampled_from(["lunch", "supper"])),
        day=draw(st.none() | st.sampled_from(WEEKDAYS)),
        count_unknown=draw(st.none() | st.booleans()),
        within=None if same_need else draw(st.none() | st.sampled_from(["West", "East"])),
    )


@st.composite
def what_ifs(draw: st.DrawFn, *, same_need: bool = False) -> WhatIf:
    """A what-if of the town."""
    moved = draw(st.lists(st.sampled_from(SITES), unique=True))
    retimed = draw(st.lists(st.sampled_from(SITES), unique=True))
    added = draw(st.lists(st.sampled_from(["new-1", "new-2"]), unique=True))
    return WhatIf(
        name=draw(names),
        study="town",
        note=draw(st.text(max_size=60)),
        question=draw(questions(same_need=same_need)),
        added=tuple(draw(added_sites(name)) for name in added),
        moved=tuple(SiteMoved(name, *draw(spots())) for name in moved),
        retimed=tuple(SiteRetimed(name, **draw(times())) for name in retimed),
        closed=tuple(draw(st.lists(st.sampled_from(SITES), unique=True))),
        candidates=Candidates(
            forced=tuple(draw(st.lists(st.sampled_from(["hall-1", "hall-2"])))),
            excluded=tuple(draw(st.lists(st.sampled_from(["hall-3", "hall-4"])))),
        ),
    )


def sites_only(what_if: WhatIf) -> WhatIf:
    """The same changes of sites, and the study's own question."""
    return replace(what_if, question=Question(), candidates=Candidates())


def same_columns(one: Any, other: Any) -> bool:
    """Whether two tables say the same, unknown values included, shapes as they are written."""
    left, right = (
        pd.DataFrame(table.drop(columns="geometry")).assign(point=table.geometry.to_wkb())
        for table in (one, other)
    )
    return list(left) == list(right) and all(
        np.array_equal(left[name].isna(), right[name].isna())
        and list(left[name].dropna()) == list(right[name].dropna())
        for name in left
    )
