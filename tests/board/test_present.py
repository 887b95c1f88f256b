"""The present is the sum of the events, whatever they are: told on paper, without a database."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.board.agenda import AnyChange, Decide, Put, Remove, SetClaiming, SetTitle, read_change
from gapmap.board.changes import Scene, event_of
from gapmap.board.claims import Advance, Expire, Release, Take
from gapmap.board.present import BoardState, applied, difference, inverse_of, replayed
from gapmap.board.sharing import Answer, AskFor, HandOver, Rejoin, Split
from gapmap.board.undo import Undo
from gapmap.board.values import ClaimState, Event, Member, Role, Section, area_of
from gapmap.board.words import sentence
from gapmap.errors import BoardError, GapmapError

AREAS = {f"g{number}": f"N{number // 2}" for number in range(6)}
START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LEADER = Member("leader", "b", Role.FACILITATOR)

areas = st.lists(st.sampled_from(sorted(AREAS)), min_size=1, max_size=3).map(tuple)
partners = st.sampled_from(["Harvest", "Mosaic", "City Kitchen"])
keys = st.sampled_from(["x", "y", "z"])

changes = st.one_of(
    st.builds(Take, areas=areas, partner=partners, hours=st.sampled_from([None, 1.0, 5.0])),
    st.builds(Take, neighbourhoods=st.just(("N1",)), partner=partners),
    st.builds(Release, areas=areas, partner=st.none() | partners),
    st.builds(Advance, areas=areas, to=st.sampled_from(list(ClaimState)[1:])),
    st.builds(HandOver, areas=areas, to=partners),
    st.builds(AskFor, areas=areas, partner=partners, id=keys),
    st.builds(Answer, id=keys, is_yes=st.booleans()),
    st.builds(Split, area=st.sampled_from(sorted(AREAS)), parts=st.just(("n", "s"))),
    st.builds(Rejoin, area=st.sampled_from(sorted(AREAS))),
    st.builds(
        Put,
        section=st.just(Section.COMMENTS),
        id=keys,
        value=st.fixed_dictionaries({"text": st.sampled_from(["a", "b"]), "partner": partners}),
    ),
    st.builds(Remove, section=st.just(Section.COMMENTS), id=keys),
    st.builds(Decide, id=keys, text=st.just("so be it")),
    st.builds(SetTitle, title=st.sampled_from(["One", "Two"])),
    st.builds(SetClaiming, is_open=st.booleans()),
    st.builds(Undo, revision=st.integers(1, 30)),
    st.builds(Expire),
)


def played(asked: list[Any]) -> tuple[BoardState, list[Event], list[BoardState]]:
    """Do what can be done of some changes, half an hour apart."""
    state = BoardState("b", "nyc")
    events: list[Event] = []
    states = [state]
    for number, change in enumerate(asked):
        at = START + timedelta(minutes=30 * number)
        scene = Scene(state, AREAS, tuple(AREAS), at, LEADER, lambda r: events[r - 1])
        with suppress(GapmapError, IndexError):
            patch = difference(state, change.plan(scene))
            if patch:
                event = event_of(change, scene, patch, inverse_of(state, patch))
                state = applied(state, [event])
                events.append(event)
                states.append(state)
    return state, events, states


def plain(state: BoardState) -> dict[str, dict[str, Any]]:
    return {
        section: {key: entry.value for key, entry in entries.items()}
        for section, entries in state.sections.items()
        if entries
    }


@given(st.lists(changes, max_size=25))
def test_replaying_the_events_gives_the_present(asked: list[Any]) -> None:
    state, events, states = played(asked)
    sent = [Event.from_json("b", json.loads(json.dumps(one.as_json()))) for one in events]
    assert sent == events
    assert replayed("b", "nyc", sent).sections == state.sections
    for revision, then in enumerate(states):
        assert replayed("b", "nyc", events[:revision]).sections == then.sections


@given(st.lists(changes, max_size=25))
def test_every_event_says_how_it_is_taken_back(asked: list[Any]) -> None:
    _, events, states = played(asked)
    for event, before, after in zip(events, states, states[1:], strict=False):
        back = Event("b", event.revision + 1, "undo", START, "", "", event.inverse, {})
        assert plain(applied(after, [back])) == plain(before)


@given(st.lists(changes, max_size=25))
def test_an_area_is_held_whole_or_in_parts_and_never_both(asked: list[Any]) -> None:
    _, _, states = played(asked)
    for state in states:
        for key in state.claims:
            parts = state.parts(area_of(key))
            assert (key in AREAS) == (not parts)
            assert key in AREAS or key.partition("#")[2] in parts


@given(st.lists(changes, max_size=25))
def test_a_partner_loses_an_area_only_by_what_may_take_it(asked: list[Any]) -> None:
    _, events, states = played(asked)
    taking = {"release", "hand over", "answer", "undo", "expire", "split", "rejoin"}
    for event, before, after in zip(events, states, states[1:], strict=False):
        for key, claim in before.claims.items():
            now = after.claims.get(key)
            assert event.kind in taking or (now is not None and now.partner == claim.partner)


@given(st.lists(changes, max_size=25))
def test_states_are_never_changed_after_they_were_made(asked: list[Any]) -> None:
    _, events, states = played(asked)
    frozen = [json.dumps(state.as_json(), default=str) for state in states]
    applied(states[0], events)
    assert [json.dumps(state.as_json(), default=str) for state in states] == frozen


@given(st.lists(changes, max_size=25))
def test_every_event_can_be_told_in_one_line(asked: list[Any]) -> None:
    for event in played(asked)[1]:
        told = sentence(event)
        assert told
        assert "\n" not in told
        assert "None" not in told


def test_what_was_set_is_told_in_words_and_not_as_a_value() -> None:
    partners = {"partners": ["Harvest"], "query": {}}
    asked = [SetClaiming(is_open=False), SetClaiming(is_open=True), SetTitle(title="Summer")]
    _, events, _ = played([*asked, read_change({"do": "scenario", "scenario": partners})])
    assert [sentence(event) for event in events] == [
        "claiming was closed",
        "claiming was opened",
        "the board is called “Summer”",
        "the question and who sits at the table (1 partner) were set",
    ]


@given(changes.filter(lambda one: not isinstance(one, Expire)))
def test_a_change_can_be_sent_as_json(change: AnyChange) -> None:
    assert read_change(json.loads(change.model_dump_json())) == change


def test_a_missing_event_is_noticed() -> None:
    event = Event("b", 2, "title", START, "", "", {}, {})
    with pytest.raises(BoardError, match="missing"):
        replayed("b", "nyc", [event])
