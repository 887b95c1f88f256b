"""Which blocks say where people live, also where counties have been drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from gapmap.errors import SourceError
from gapmap.sources.failures import StatusError
from gapmap.sources.fetching.blocks import block_errands, blocks_and_centres
from gapmap.sources.fetching.counties import County, Territory
from gapmap.sources.fetching.desk import Desk
from gapmap.sources.fetching.errands import Line, run
from gapmap.sources.fetching.points import need_points
from tests import builders

if TYPE_CHECKING:
    import geopandas as gpd

REGION = County("09110", "Capitol Planning Region")


def territory(*counties: County, is_whole_state: bool = False) -> Territory:
    return Territory("09", "CT", "Connecticut", counties, is_whole_state, "x")


def squares(*geoids: str) -> gpd.GeoDataFrame:
    """Squares of 1,000 m in a row, called by their codes."""
    table = builders.areas([10.0] * len(geoids)).assign(geoid=list(geoids))
    return table.assign(GEOID=list(geoids), NAME="", NAMELSAD=[f"County {g}" for g in geoids])


class Services:
    """Blocks of some counties, boundaries and centres; the rest is not there."""

    def __init__(self, *with_blocks: str, then: gpd.GeoDataFrame | None = None) -> None:
        self.with_blocks = with_blocks
        self.then = then
        self.asked: list[str] = []

    def block_children(self, state: str, county: str) -> pd.DataFrame:
        self.asked.append(county)
        if county not in self.with_blocks:
            raise StatusError("Nothing.", status=204)
        return pd.DataFrame({"GEOID": [f"{state}{county}0001001000"], "total": 9, "children": 4})

    def block_points(self, state: str, county: str) -> pd.DataFrame:
        x_m = 500 + 1000 * self.with_blocks.index(county)
        longitude, latitude = builders.to_degrees([x_m], [500])
        geoid = [f"{state}{county}0001001000"]
        return pd.DataFrame({"GEOID": geoid, "longitude": longitude, "latitude": latitude})

    def areas(self, year: int, level: str, state: str) -> gpd.GeoDataFrame:  # noqa: ARG002
        assert (year, level) == (2020, "county")
        if self.then is None:
            raise StatusError("None.", status=404)
        return self.then

    def centres(self, level: str, state: str) -> pd.DataFrame:  # noqa: ARG002
        longitude, latitude = builders.to_degrees([500, 1500], [500, 500])
        return pd.DataFrame(
            {
                "GEOID": ["090030001001", "090130001001"],
                "population": [20, 30],
                "longitude": longitude,
                "latitude": latitude,
            }
        )


def asked_of(services: Services, ground: Territory, shapes: gpd.GeoDataFrame) -> Any:
    desk = Desk(services, services, services, {})  # type: ignore[arg-type]
    line = Line(lambda _: None, lambda: False)
    found = run(block_errands(desk, ground), line)
    blocks, centres = blocks_and_centres(desk, ground, shapes, found, line)
    return blocks, centres, desk


def test_blocks_of_a_county_that_is_as_it_was_are_simply_asked_for() -> None:
    services = Services("003")
    shapes = squares("09003000100")
    ground = territory(County("09003", "Hartford"))
    blocks, centres, desk = asked_of(services, ground, shapes)
    assert len(blocks) == 1
    assert centres is None
    assert services.asked == ["003"]
    assert desk.notes_on_points == []


def test_a_county_drawn_anew_takes_the_blocks_of_those_in_its_place() -> None:
    # The region lies on two counties of 2020; a third one is elsewhere.
    then = squares("09003", "09013", "09015").iloc[[0, 1, 2]]
    services = Services("003", "013", "015", then=then)
    shapes = squares("09110000100", "09110000200").iloc[:2]
    shapes["geometry"] = [builders.square(10, 10, 980), builders.square(1010, 10, 980)]
    blocks, centres, _ = asked_of(services, territory(REGION), shapes)
    assert services.asked[0] == "110"
    assert sorted(services.asked[1:]) == ["003", "013"]
    assert centres is None
    made = need_points(blocks, centres, shapes, codes_match=True)
    # Their codes are those of before: they are found by their place.
    assert made.table["geoid"].tolist() == ["09110000100", "09110000200"]


@pytest.mark.parametrize("then", [None, "known"])
def test_where_nobody_knows_the_counties_of_before_centres_are_found_by_their_place(
    then: str | None,
) -> None:
    # Either there is no file of 2020, or the counties in it have no blocks to offer.
    services = Services(then=None if then is None else squares("09003", "09013"))
    shapes = squares("09110000100", "09110000200")
    blocks, centres, desk = asked_of(services, territory(REGION), shapes)
    assert blocks == ()
    made = need_points(blocks, centres, shapes, codes_match=True)
    assert made.table["people"].tolist() == [20.0, 30.0]
    assert desk.notes_on_points


def test_many_counties_and_whole_states_use_centres_and_ask_for_no_block() -> None:
    shapes = squares("09003000100", "09013000100")
    many = tuple(County(f"09{n:03d}", f"C{n}") for n in range(11))
    for ground in (territory(*many), territory(REGION, is_whole_state=True)):
        services = Services("003")
        blocks, centres, _ = asked_of(services, ground, shapes)
        assert blocks == ()
        assert len(centres) == 2
        assert services.asked == []


def test_a_service_that_is_merely_down_is_no_reason_for_centres() -> None:
    class Down(Services):
        def block_children(self, state: str, county: str) -> pd.DataFrame:  # noqa: ARG002
            raise SourceError("Try again later.")

    with pytest.raises(SourceError, match="Try again later"):
        asked_of(Down(), territory(REGION), squares("09110000100"))
