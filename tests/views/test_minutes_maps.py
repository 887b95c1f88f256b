"""The small map of a decision shows what was looked at, and the board as it was then."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from gapmap.board.matters import MapView
from gapmap.views.minutes import minutes_paper
from gapmap.views.paper import Picture
from tests.views.minutes_boards import GEOIDS, STUDY, minutes, put, take


def decided(**given: object) -> Picture:
    """The map of one decision, taken with two partners on the board."""
    decision = {"do": "decide", "text": "So be it", **given}
    made = minutes(take("Harvest", 0, 1), take("Mosaic", 4), decision, with_need=False)
    (_, picture, *_) = (one for one in minutes_paper(made).blocks if isinstance(one, Picture))
    return picture


def corner_of(row: int) -> MapView:
    west, south, east, north = STUDY.areas.geometry.iloc[row].buffer(-1e-4).bounds
    corners = ((south, west), (north, east))
    return MapView(lat=south, lng=west, zoom=14, bounds=corners)


def test_the_map_of_a_decision_shows_what_was_looked_at_then() -> None:
    whole, part = decided(), decided(view=corner_of(0).as_json())
    assert {words for _, words in whole.key} == {"A Harvest", "B Mosaic"}
    assert {words for _, words in part.key} == {"A Harvest"}
    assert "The part that was looked at." in part.more
    assert "The part that was looked at." not in whole.more
    assert part.svg.count("<path") < whole.svg.count("<path")


@pytest.mark.parametrize("turns", [-1, 0, 1])
def test_a_map_that_went_around_the_world_shows_the_same(turns: int) -> None:
    view = corner_of(0)
    assert view.bounds is not None
    around = tuple((lat, lng + 360 * turns) for lat, lng in view.bounds)
    moved = view.model_copy(update={"bounds": around, "lng": view.lng + 360 * turns})
    assert decided(view=moved.as_json()) == decided(view=view.as_json())


@pytest.mark.parametrize(
    "bounds",
    [((-80.0, -179.0), (80.0, 179.0)), ((10.0, 10.0), (11.0, 11.0)), None],
    ids=["the whole board was in sight", "the map was elsewhere", "nobody knows"],
)
def test_without_a_part_in_sight_the_whole_board_is_shown(bounds: object) -> None:
    view = MapView(lat=0, lng=0, zoom=3, bounds=bounds)  # type: ignore[arg-type]
    assert decided(view=view.as_json()) == decided()


def test_what_was_pointed_at_is_outlined_where_the_decision_names_no_area() -> None:
    view = corner_of(0).model_copy(update={"selection": (GEOIDS[0],)})
    assert "Dashed: what it is about." in decided(view=view.as_json()).more


# ------------------------------------------------------------------------------ the map of it all


def overview(*changes: dict[str, object], **given: object) -> Picture:
    made = minutes(*changes, with_need=False, **given)
    return next(one for one in minutes_paper(made).blocks if isinstance(one, Picture))


def signs(picture: Picture) -> list[str]:
    found = ElementTree.fromstring(picture.svg).iter("{http://www.w3.org/2000/svg}text")
    return [one.text or "" for one in found]


def test_the_key_is_in_the_order_of_the_letters() -> None:
    picture = overview(take("Harvest", 0), take("Mosaic", 4), order=("Mosaic", "Harvest"))
    assert [words for _, words in picture.key] == ["A Mosaic", "B Harvest"]


def test_a_letter_stands_on_every_piece_of_a_territory_that_has_room_for_it() -> None:
    whole = overview(take("Harvest", 0, 1), take("Mosaic", 4))
    assert signs(whole).count("A") == 1
    pieces = overview(take("Harvest", 0, 2), take("Mosaic", 1, 4))
    assert signs(pieces).count("A") == 2
    assert signs(pieces).count("B") == 2


def test_proposed_sites_are_dots_on_the_map_of_it_all() -> None:
    at = STUDY.areas.geometry.iloc[4].centroid
    here = put("sites", name="Elm Hall", longitude=at.x, latitude=at.y)
    elsewhere = put("sites", name="Elm Hall", longitude=at.x + 1, latitude=at.y)
    for change, count in ((here, 1), (elsewhere, 0)):
        picture = overview(take("Harvest", 0), change)
        circles = ElementTree.fromstring(picture.svg).iter("{http://www.w3.org/2000/svg}circle")
        assert [one.get("fill") for one in circles].count("#ffffff") == count
        assert ("Dots: proposed sites." in picture.more) == bool(count)
