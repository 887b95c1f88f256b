"""A room by itself: what is left over from a meeting long ago is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.board.values import Member, Role
from gapmap.errors import GapmapError
from gapmap.webapp.live.room_commands import Scene, check_member, read_command
from gapmap.webapp.live.room_state import RoomState, room_of

AT = datetime(2026, 5, 4, 14, 0, tzinfo=UTC)
VIEW = {"lat": 40.8, "lng": -73.9, "zoom": 12}

LEAD = Member("lead", "b", Role.FACILITATOR)
ADA = Member("ada", "b", Role.PARTNER, "Harbour Aid")


def after(*commands, member=LEAD, at=AT, room=None):
    room = room or RoomState()
    for command in commands:
        room = read_command(command).done(Scene(room=room, member=member, at=at))
    return room


@pytest.mark.parametrize(
    ("command", "part", "lasts"),
    [
        ({"do": "timer", "seconds": 600}, "timer", timedelta(hours=1, minutes=10)),
        ({"do": "lead", "view": VIEW}, "follow", timedelta(hours=12)),
        ({"do": "ask hands", "question": "Now?"}, "hands", timedelta(hours=12)),
    ],
)
def test_nobody_finds_the_last_meeting_in_the_next_one(command, part, lasts):
    room = after(command)
    moment = timedelta(seconds=1)
    for when, is_there in ((lasts - moment, True), (lasts, False), (timedelta(days=9), False)):
        assert (getattr(room.at(AT + when), part) is not None) is is_there
        assert (room_of(room, 1, {}, AT + when)[part] is not None) is is_there


def test_a_paused_timer_waits_for_the_afternoon_and_not_for_the_next_week():
    room = after({"do": "timer", "seconds": 60}, {"do": "pause"})
    assert room.at(AT + timedelta(hours=5)).timer.left_s == 60
    assert room.at(AT + timedelta(days=7)).timer is None


def test_who_leads_stays_the_leader_as_long_as_they_move():
    room = after({"do": "lead", "view": VIEW})
    late = AT + timedelta(hours=11)
    room = after({"do": "view", "view": VIEW | {"zoom": 9}}, at=late, room=room)
    assert room.at(AT + timedelta(hours=13)).follow.view.zoom == 9


def test_a_timer_that_was_paused_twice_and_resumed_once_runs_for_what_was_left():
    room = after({"do": "timer", "seconds": 100})
    for _ in range(2):
        room = after({"do": "pause"}, at=AT + timedelta(seconds=40), room=room)
    assert room.timer.left_s == 60
    room = after({"do": "resume"}, at=AT + timedelta(seconds=500), room=room)
    assert room.timer.ends == AT + timedelta(seconds=560)
    assert after({"do": "resume"}, at=AT + timedelta(seconds=510), room=room) == room


COMMANDS = st.one_of(
    st.builds(lambda s: {"do": "timer", "seconds": s}, st.integers(1, 600)),
    st.sampled_from(["pause", "resume", "stop", "let go", "end hands", "clear hands"]).map(
        lambda do: {"do": do}
    ),
    st.just({"do": "lead", "view": VIEW}),
    st.just({"do": "view", "view": VIEW}),
    st.just({"do": "ask hands", "question": "Now?"}),
    st.sampled_from(["for", "against", "abstained", None]).map(
        lambda answer: {"do": "hand", "answer": answer}
    ),
)


@given(st.lists(st.tuples(st.sampled_from([LEAD, ADA]), COMMANDS), max_size=25))
def test_whatever_is_asked_a_room_stays_a_room_and_each_has_one_hand(asked):
    room = RoomState()
    for second, (member, command) in enumerate(asked):
        at = AT + timedelta(seconds=second)
        if command["do"] == "hand":
            command = command | {"of": room.hands.id if room.hands else "none"}
        try:
            made = read_command(command)
            check_member(made, member, at)
            room = made.done(Scene(room=room, member=member, at=at))
        except GapmapError:
            continue
        assert RoomState.model_validate(room.model_dump(mode="json")) == room
        shown = room_of(room, second, {}, at)
        if shown["hands"]:
            voters = [one["member"] for one in shown["hands"]["answers"]]
            assert len(voters) == len(set(voters)) == sum(shown["hands"]["counts"].values())
        if shown["timer"]:
            assert shown["timer"]["left_s"] is None or shown["timer"]["left_s"] >= 0
