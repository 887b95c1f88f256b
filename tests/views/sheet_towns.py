"""Divisions of a small town for the tests of partners' sheets."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from gapmap import usecases
from gapmap.analysis.territory.values import DivisionRequest, Load
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gapmap.analysis.territory.values import Division
    from gapmap.model import Study

PARTNERS = ("Aid", "Bank", "Cleo")


def town(needs: Sequence[float] = (100, 200, 300, 400, 50, 0), **changes: Any) -> Study:
    """Six squares in a row, two a neighbourhood; Aid has two sites in the west, Bank one inside."""
    sites = builders.sites(
        (500, 500),
        (1700, 500),
        (2300, 500),
        (5500, 500),
        (9500, 500),
        name=["Zion Hall", "Elm School", "Bank's Kitchen", "Far Church", "Outside"],
        partner=["Aid", "Aid", "Bank", "Aid", "Bank"],
        kind=["open", "open", "open", "closed", "open"],
        address=["1 Elm St", None, None, None, None],
        start_date=pd.to_datetime(["2025-07-07", None, "2025-07-07", None, None]),
        end_date=pd.to_datetime(["2025-08-15", "2025-08-15", None, None, None]),
    )
    known: dict[str, Any] = {
        "neighbourhoods": builders.neighbourhoods("West", "Middle", "East", width_m=2000)
    }
    return builders.study(builders.areas(needs), sites, **(known | changes))


def division(
    study: Study, holders: Sequence[str | None], partners: Any = PARTNERS, **changes: Any
) -> Division:
    """Return the division in which each square has the holder of its place in the list."""
    request = DivisionRequest(
        usecases.default_scenario(study), partners, **({"load": Load.NEED} | changes)
    )
    layout = usecases.prepare_territory(study, request)
    geoids = study.areas["geoid"].tolist()
    return usecases.measure_territory(layout, dict(zip(geoids, holders, strict=True)))


def words(markup: str) -> str:
    """What markup says, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def sections(page: str) -> list[str]:
    """The cover and the sheets of a page."""
    return re.findall(r"<section.*?</section>", page, flags=re.DOTALL)
