"""Sites, corrections, comments, decisions and activities: checked at the door, kept as said."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gapmap.board.agenda import Decide, Put, Remove, SetScenario, read_change
from gapmap.board.claims import Take
from gapmap.board.matters import Decision, ProposedSite
from gapmap.board.values import Section
from gapmap.errors import GapmapError, RequestError, UnknownNameError
from tests.board.builders import A, Table

SITE = {"name": "Hall", "longitude": -73.9, "latitude": 40.8, "partner": "Harvest"}


@pytest.fixture
def url(shared_file: str) -> str:
    """One database is enough: nothing here asks which it is."""
    return shared_file


@pytest.mark.parametrize(
    ("section", "value"),
    [
        (Section.SITES, SITE | {"days": ["mon"], "first_day": "2026-07-01"}),
        (Section.CORRECTIONS, {"subject": A, "field": "children", "should_be": "410"}),
        (Section.COMMENTS, {"text": "two lines\nof text", "subject": A}),
        (Section.ACTIVITIES, {"what": "transport", "due": "2026-12-01", "is_done": True}),
    ],
)
def test_what_is_put_on_the_board_lies_there_as_it_was_said(
    table: Table, section: Section, value: dict[str, Any]
) -> None:
    table.do(Put(section=section, id="x", value=value))  # type: ignore[arg-type]
    assert table.store.state(table.id).value(section, "x") == value
    table.do(Remove(section=section, id="x"))  # type: ignore[arg-type]
    assert table.store.state(table.id).value(section, "x") is None
    with pytest.raises(UnknownNameError):
        table.do(Remove(section=section, id="x"))  # type: ignore[arg-type]


def test_what_nobody_said_stays_unknown(table: Table) -> None:
    table.do(Put(section=Section.SITES, id="x", value=SITE))
    site = ProposedSite.model_validate(table.store.state(table.id).value(Section.SITES, "x"))
    assert (site.days, site.meals, site.first_day) == (None, None, None)


@pytest.mark.parametrize(
    ("section", "value", "because"),
    [
        (Section.SITES, SITE | {"latitude": 140.0}, "latitude"),
        (Section.SITES, SITE | {"longitude": float("nan")}, "longitude"),
        (Section.SITES, {"name": "Hall"}, "longitude"),
        (Section.COMMENTS, {"text": ""}, "text"),
        (Section.COMMENTS, {"text": "x" * 4001}, "text"),
        (Section.COMMENTS, {"text": "x", "html": "<b>"}, "html"),
        (Section.ACTIVITIES, {"what": "x", "due": "soon"}, "due"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(
    table: Table, section: Section, value: dict[str, Any], because: str
) -> None:
    with pytest.raises(RequestError, match=because):
        table.do(Put(section=section, value=value))  # type: ignore[arg-type]
    assert table.revision == 1


def test_a_decision_keeps_the_state_on_which_it_was_made(table: Table) -> None:
    table.do(Take(areas=(A,), partner="Harvest"))
    looked_at = table.revision
    decide = Decide(
        id="d", text="Harvest opens A", areas=(A,), due=date(2026, 12, 1), hands={"for_count": 7}
    )
    table.do(decide)
    table.do(Take(areas=tuple(table.store.areas(table.id))[5:9], partner="Mosaic"))
    found = Decision.model_validate(table.store.state(table.id).value(Section.DECISIONS, "d"))
    assert (found.on_revision, found.geoids, found.due) == (looked_at, (A,), date(2026, 12, 1))
    assert found.hands is not None
    assert found.hands.for_count == 7
    assert set(table.store.state_at(table.id, found.on_revision).claims) == {A}
    with pytest.raises(RequestError, match="stays as it is"):
        table.do(decide.model_copy(update={"text": "another"}))


def test_a_decision_keeps_the_map_and_the_revision_that_were_looked_at(table: Table) -> None:
    looked_at = table.revision
    table.do(Take(areas=(A,), partner="Harvest"))
    seen = {"lat": 40.81, "lng": -73.9, "zoom": 12.5, "mode": "board 900 700", "selection": [A]}
    seen |= {"bounds": [[40.8, -74.0], [40.9, -73.8]]}
    sent = {"do": "decide", "id": "d", "text": "So be it", "view": seen, "on_revision": looked_at}
    table.do(read_change(sent))
    found = table.store.state(table.id).value(Section.DECISIONS, "d")
    assert found == {"text": "So be it", "on_revision": looked_at, "view": seen}


@pytest.mark.parametrize(
    ("asked", "because"),
    [
        ({"on_revision": 99}, "is at 1"),
        ({"view": {"lat": 91, "lng": 0, "zoom": 3}}, "lat"),
        ({"view": {"lat": 1, "lng": 0, "zoom": 3, "bounds": [[2, 0], [1, 1]]}}, "south-western"),
    ],
)
def test_a_decision_on_what_nobody_can_have_seen_is_refused(
    table: Table, asked: dict[str, Any], because: str
) -> None:
    with pytest.raises(RequestError, match=because):
        table.do(read_change({"do": "decide", "text": "So be it", **asked}))
    assert table.revision == 1


@pytest.mark.parametrize(
    "scenario",
    [{"x": float("nan")}, {"x": "a" * 70_000}, {"x": "\x00"}, {"x": "\ud800"}, {"x": {1}}],
)
def test_a_scenario_is_a_little_json(scenario: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="scenario"):
        SetScenario(scenario=scenario)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"do": "drop tables"},
        {"do": "expire"},
        {"do": "take", "areas": [A]},
        {"do": "take", "areas": "all", "partner": "Harvest"},
        {"do": "take", "areas": [A], "partner": "Harvest", "as": "facilitator"},
        {"do": "put", "section": "decisions", "value": {"text": "x"}},
        {"do": "put", "section": "claims", "value": {"partner": "x"}},
        {"do": "put", "section": "comments", "id": "../x", "value": {"text": "x"}},
        {"do": "undo", "revision": 0},
    ],
)
def test_json_from_outside_that_is_no_change_is_refused(sent: dict[str, Any]) -> None:
    with pytest.raises(GapmapError):
        read_change(sent)
