"""What else lies on a board besides claims: sites, corrections, comments, decisions, activities."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from gapmap.board.values import AreaId, Key, Line, Matter, Name, Note, Section

__all__ = [
    "ABOUT_CLAIMING",
    "ABOUT_SCENARIO",
    "ABOUT_TITLE",
    "MATTERS",
    "Activity",
    "Ask",
    "Comment",
    "Correction",
    "Decision",
    "MapView",
    "Owned",
    "ProposedSite",
    "Show",
]

ABOUT_TITLE: Final = "title"
ABOUT_SCENARIO: Final = "scenario"
ABOUT_CLAIMING: Final = "claiming"

_Count = Annotated[int, Field(ge=0, le=1_000_000)]
_Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
# A map may be turned around the world more than once.
_Longitude = Annotated[float, Field(ge=-540, le=540, allow_inf_nan=False)]


class Owned(Matter):
    """A matter that belongs to a partner; empty for the whole table's."""

    partner: Line = ""


class ProposedSite(Owned):
    """A site that somebody proposes to open.

    Unknown stays unknown: a proposal without days says nothing about days.
    """

    name: Name
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    kind: Line = ""
    meals: tuple[Line, ...] | None = None
    days: tuple[Line, ...] | None = None
    first_day: date | None = None
    last_day: date | None = None
    candidate: Line = ""
    note: Note = ""


class Correction(Owned):
    """What somebody knows better than the data: about a site, an area, or a figure of one."""

    subject: Line
    field: Line
    found: Line = ""
    should_be: Line
    note: Note = ""


class Comment(Owned):
    """Something said about an area, a site, a decision, or the board (no subject)."""

    text: Annotated[Note, Field(min_length=1)]
    subject: Line = ""


class Show(Matter):
    """A show of hands."""

    for_count: _Count = 0
    against_count: _Count = 0
    abstained_count: _Count = 0


class MapView(Matter):
    """What somebody saw of the map.

    Parameters
    ----------
    lat, lng, zoom
        Where the map was.
    mode
        How it was drawn, in the page's own word.
    selection
        The areas that were pointed at.
    bounds
        What lay in the frame: south and west, north and east. None where that is not known.
    """

    lat: _Latitude
    lng: _Longitude
    zoom: Annotated[float, Field(ge=0, le=24, allow_inf_nan=False)]
    mode: Annotated[Line, Field(max_length=40)] = ""
    selection: Annotated[tuple[AreaId, ...], Field(max_length=500)] = ()
    bounds: tuple[tuple[_Latitude, _Longitude], tuple[_Latitude, _Longitude]] | None = None

    @model_validator(mode="after")
    def _has_its_corners_in_order(self) -> Self:
        if self.bounds is not None:
            (south, west), (north, east) = self.bounds
            if south > north or west > east:
                raise ValueError("bounds are the south-western corner, then the north-eastern one")
        return self


class Decision(Owned):
    """What was decided, and the state of the board that it was decided on.

    Parameters
    ----------
    text
        The decision in words.
    on_revision
        The revision that everybody looked at; the store fills it in.
    hands
        A show of hands, if there was one.
    due
        The day by which it is to be done.
    geoids
        The areas that it is about.
    view
        The map as whoever wrote it down saw it; None where there was no map.
    """

    text: Annotated[Note, Field(min_length=1)]
    on_revision: Annotated[int, Field(ge=0)] = 0
    hands: Show | None = None
    due: date | None = None
    geoids: tuple[AreaId, ...] = ()
    view: MapView | None = None


class Activity(Owned):
    """Who does what: transport, outreach, vendor meals, measurement."""

    what: Name
    where: Line = ""
    due: date | None = None
    is_done: bool = False
    note: Note = ""


class Ask(Matter):
    """A request to the holder of areas to let go of them."""

    asker: Name
    holder: Name
    areas: Annotated[tuple[AreaId, ...], Field(min_length=1)]
    asked: datetime
    text: Note = ""
    answer: Key | None = None
    reply: Note = ""


MATTERS: Final[dict[Section, type[Any]]] = {
    Section.SITES: ProposedSite,
    Section.CORRECTIONS: Correction,
    Section.COMMENTS: Comment,
    Section.DECISIONS: Decision,
    Section.ACTIVITIES: Activity,
}
"""What a partner or facilitator may put on a board, by section."""
