"""What else lies on a board besides claims: sites, corrections, comments, decisions, activities."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import Field

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
    "Owned",
    "ProposedSite",
    "Show",
]

ABOUT_TITLE: Final = "title"
ABOUT_SCENARIO: Final = "scenario"
ABOUT_CLAIMING: Final = "claiming"

_Count = Annotated[int, Field(ge=0, le=1_000_000)]


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
    """

    text: Annotated[Note, Field(min_length=1)]
    on_revision: Annotated[int, Field(ge=0)] = 0
    hands: Show | None = None
    due: date | None = None
    geoids: tuple[AreaId, ...] = ()


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
