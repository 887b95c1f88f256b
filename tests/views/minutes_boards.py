"""A small town's board for the tests of what leaves the room."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gapmap import usecases
from gapmap.board.agenda import read_change
from gapmap.board.changes import Scene, event_of
from gapmap.board.present import BoardState, applied, difference, inverse_of
from gapmap.board.values import Event, Member, Role
from gapmap.views.minutes_facts import Minutes
from tests.views.sheet_towns import town

if TYPE_CHECKING:
    from collections.abc import Sequence

START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)
STUDY = town()
GEOIDS: list[str] = STUDY.areas["geoid"].tolist()
AREAS: dict[str, str | None] = dict(
    zip(GEOIDS, ("West", "West", "Middle", "Middle", "East", None), strict=True)
)


def events(
    changes: Sequence[dict[str, Any]], *, member: str = "m1", hours: float = 1.0
) -> tuple[Event, ...]:
    """Make changes one after the other, an hour apart, as a facilitator of no partner."""
    by = Member(member, "board", Role.FACILITATOR)
    state = BoardState("board", STUDY.id)
    made: list[Event] = []
    title = {"do": "title", "title": "Town table"}
    for number, given in enumerate([title, *changes]):
        at = START + timedelta(hours=hours * number)
        scene = Scene(state, AREAS, GEOIDS, at, by, lambda revision: made[revision - 1])
        change = read_change(given)
        patch = difference(state, change.plan(scene))
        made.append(event_of(change, scene, patch, inverse_of(state, patch)))
        state = applied(state, made[-1:])
    return tuple(made)


def minutes(*changes: dict[str, Any], with_need: bool = True, **given: Any) -> Minutes:
    """Return what the minutes say after some changes."""
    made = events(changes)
    return Minutes(
        state=applied(BoardState("board", STUDY.id), made),
        events=made,
        areas=AREAS,
        assessment=usecases.assess_gaps(STUDY) if with_need else None,
        **({"study": STUDY, "today": TODAY} | given),
    )


def take(partner: str, *places: int, **more: Any) -> dict[str, Any]:
    return {"do": "take", "partner": partner, "areas": [GEOIDS[at] for at in places], **more}


def commit(*places: int, due: str | None = None, to: str = "committed") -> dict[str, Any]:
    return {"do": "advance", "to": to, "areas": [GEOIDS[at] for at in places], "due": due}


def put(section: str, **value: Any) -> dict[str, Any]:
    return {"do": "put", "section": section, "id": "x1", "value": value}


def played() -> tuple[dict[str, Any], ...]:
    """A meeting: two partners, a decision with a later change, tasks, a request, a correction."""
    return (
        take("Harvest", 0, 1, note="near the kitchen"),
        take("Mosaic", 2, hours=48),
        commit(0, due="2026-12-01"),
        {
            "do": "decide",
            "id": "d1",
            "text": "Harvest takes the west.\nNobody objected.",
            "hands": {"for_count": 7, "against_count": 1},
            "due": "2027-01-10",
            "areas": GEOIDS[:2],
        },
        take("Mosaic", 3),
        put("activities", what="Transport", partner="Mosaic", due="2026-11-20"),
        put("comments", text="The bridge is closed.", subject=GEOIDS[2], partner="Mosaic"),
        put("corrections", subject=GEOIDS[3], field="children", found="10", should_be="12"),
        put("sites", name="Elm Hall", longitude=-73.99, latitude=40.001, partner="Harvest"),
        {"do": "ask", "partner": "Mosaic", "areas": [GEOIDS[1]], "note": "We have a van there"},
    )
