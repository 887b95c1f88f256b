"""Messages by themselves: what goes out adds up, and nothing that comes in does harm."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.board.present import BoardState, replayed
from gapmap.board.values import Event, Member, Role
from gapmap.errors import (
    ConflictError,
    NotAllowedError,
    RequestError,
    StoreError,
    UnknownNameError,
)
from gapmap.webapp.live.presence import presence_of
from gapmap.webapp.live.protocol import (
    Code,
    events_message,
    read_asked,
    refused_for,
    text_of,
    you_of,
)

AT = datetime(2026, 5, 4, 14, 0, tzinfo=UTC)

VALUES = st.none() | st.fixed_dictionaries(
    {"partner": st.sampled_from("PQ"), "state": st.just("claimed"), "text": st.text(max_size=3)}
)

# What the store writes is never empty.
PATCHES = st.dictionaries(
    st.sampled_from(["claims", "comments"]),
    st.dictionaries(st.sampled_from("abcd"), VALUES, min_size=1, max_size=4),
    min_size=1,
    max_size=2,
)


def events_of(patches, first=1):
    return [
        Event("b", number, "put", AT, "m", "P", patch, {}, note="said")
        for number, patch in enumerate(patches, first)
    ]


def applied(sections, patch):
    """Do what a browser does with a patch."""
    for section, values in patch.items():
        for key, value in values.items():
            if value is None:
                sections[section].pop(key, None)
            else:
                sections[section][key] = value


@given(st.lists(PATCHES, max_size=8), st.integers(0, 8))
def test_a_snapshot_and_the_sum_of_what_came_after_is_the_board_as_it_is(patches, cut):
    events = events_of(patches)
    before, after = events[:cut], events[cut:]
    shown = json.loads(text_of(replayed("b", "town", before).as_json()))
    message = json.loads(text_of(events_message(after, after=len(before), names={}, now=AT)))
    applied(shown, message["patch"])
    wanted = replayed("b", "town", events).as_json()
    assert shown["claims"] == wanted["claims"]
    assert shown["comments"] == wanted["comments"]
    assert message["revision"] == len(events)


@given(st.lists(PATCHES, max_size=8), st.integers(0, 8))
def test_a_patch_that_overlaps_what_somebody_has_does_no_harm(patches, cut):
    """Somebody comes while events are on their way: some of them are in the snapshot already."""
    events = events_of(patches)
    shown = json.loads(text_of(replayed("b", "town", events[:cut]).as_json()))
    applied(shown, events_message(events, after=0, names={}, now=AT)["patch"])
    assert shown["claims"] == replayed("b", "town", events).as_json()["claims"]


def test_only_who_has_a_name_is_named():
    events = events_of([{"claims": {"a": None}}] * 2)
    message = events_message(events, after=0, names={"m": "Desk four"}, now=AT)
    assert [one["author"] for one in message["events"]] == ["Desk four", "Desk four"]
    message = events_message(events, after=0, names={}, now=AT)
    assert [one["author"] for one in message["events"]] == ["", ""]


def test_nothing_new_is_a_message_too():
    message = events_message([], after=7, names={}, now=AT)
    assert (message["after"], message["revision"], message["patch"]) == (7, 7, {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


@given(
    st.text()
    | st.binary()
    | JSON.map(json.dumps)
    | st.fixed_dictionaries(
        {"kind": st.sampled_from(["do", "room", "ping"])},
        optional={"id": JSON, "seen": JSON, "change": JSON, "do": JSON},
    ).map(json.dumps)
)
def test_whatever_comes_in_is_a_message_or_is_refused(text):
    try:
        asked = read_asked(text)
    except RequestError:
        return
    assert asked.kind in ("ping", "do", "room")
    if asked.kind != "ping":
        assert 1 <= len(asked.id) <= 80
        assert isinstance(asked.what, dict)


def test_what_is_sent_is_json_that_every_browser_reads():
    with pytest.raises(ValueError, match="Out of range"):
        text_of({"x": float("nan")})


@pytest.mark.parametrize(
    ("error", "code", "again", "status"),
    [
        (ConflictError("x", [{"key": "a", "holder": "P"}]), Code.CONFLICT, False, 409),
        (NotAllowedError("x"), Code.FORBIDDEN, False, 403),
        (StoreError("x"), Code.STORE, True, 503),
        (RequestError("x"), Code.REQUEST, False, 400),
        (UnknownNameError("area", "x", []), Code.REQUEST, False, 400),
        (UnknownNameError("board", "x", []), Code.CLOSED, False, 401),
    ],
)
def test_a_refusal_says_whether_to_try_again(error, code, again, status):
    answer = refused_for("n", error)
    assert (answer["code"], answer["again"], code.status) == (code, again, status)
    assert answer["id"] == "n"
    assert len(answer["conflicts"]) == (1 if code is Code.CONFLICT else 0)


@pytest.mark.parametrize(
    ("role", "partner", "may_lead", "may_write"),
    [
        (Role.FACILITATOR, "", True, True),
        (Role.PARTNER, "P", False, True),
        (Role.PARTNER, "", False, False),
        (Role.VIEWER, "P", False, False),
    ],
)
def test_everybody_is_told_what_they_may(role, partner, may_lead, may_write):
    you = you_of(Member("m", "b", role, partner))
    assert (you["may_lead"], you["may_write"]) == (may_lead, may_write)


def test_somebody_nobody_knows_counts_and_has_no_name():
    shown = presence_of({"x": 1}, {})
    assert shown == {"count": 1, "people": [], "partners": []}


def test_an_empty_board_is_all_sections_and_nothing_in_them():
    shown = BoardState("b", "town").as_json()
    assert {len(value) for value in shown.values() if isinstance(value, dict)} == {0}
