"""A calendar has what is due and not done, once, under a name that stays."""

from __future__ import annotations

from datetime import date, timedelta

from icalendar import Calendar

from gapmap.views.due_dates import due_calendar
from tests.views.minutes_boards import commit, minutes, played, put, take


def entries(content: bytes) -> list[dict[str, object]]:
    calendar = Calendar.from_ical(content)
    assert calendar["version"] == "2.0"
    return [
        {
            "uid": str(one["uid"]),
            "day": one.decoded("dtstart"),
            "end": one.decoded("dtend"),
            "summary": str(one["summary"]),
            "said": str(one["description"]),
        }
        for one in calendar.walk("VEVENT")
    ]


def test_everything_due_is_an_entry_of_a_whole_day() -> None:
    found = entries(due_calendar(minutes(*played())))
    assert [(one["day"], one["summary"]) for one in found] == [
        (date(2026, 11, 20), "Mosaic: Transport"),
        (date(2026, 12, 1), "Harvest: 1 census tract to be open"),
        (date(2027, 1, 10), "Decided: Harvest takes the west."),
    ]
    assert all(one["end"] == one["day"] + timedelta(days=1) for one in found)


def test_what_is_done_is_due_no_more() -> None:
    made = minutes(
        *(take("Harvest", 0), commit(0, due="2026-12-01"), commit(0, to="opened")),
        put("activities", what="Transport", due="2026-12-05", is_done=True),
    )
    assert entries(due_calendar(made)) == []


def test_what_one_partner_opens_on_one_day_is_one_entry() -> None:
    made = minutes(take("Harvest", 0, 1, 2), commit(0, 1, 2, due="2026-12-01"))
    (one,) = entries(due_calendar(made))
    assert one["summary"] == "Harvest: 3 census tracts to be open"


def test_an_entry_keeps_its_name_while_the_board_goes_on() -> None:
    first = entries(due_calendar(minutes(*played())))
    later = entries(due_calendar(minutes(*played(), take("Late", 5))))
    assert [one["uid"] for one in first] == [one["uid"] for one in later]
    assert len({one["uid"] for one in first}) == 3


def test_no_text_makes_a_line_of_its_own() -> None:
    attack = "x\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:forged; a, b\\n"
    made = minutes(
        put("activities", what="Transport", due="2026-12-05", note=attack, partner="A;B,C"),
        {"do": "decide", "text": attack, "due": "2026-12-06"},
    )
    content = due_calendar(made)
    task, decision = entries(content)
    assert attack in str(task["said"])
    assert task["summary"] == "A;B,C: Transport"
    assert decision["summary"] == "Decided: x"
    assert max(len(line) for line in content.split(b"\r\n")) <= 75


def test_who_follows_the_calendar_is_told_its_name_and_when_to_look_again() -> None:
    written = due_calendar(minutes(*played())).decode()
    assert "\r\nNAME:Town table\r\n" in written
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in written
