"""Days and hours as people write them: read where there is one reading, unknown otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.layers.gate.timetable import (
    Dialect,
    is_blank,
    parse_clock,
    parse_days,
    parse_hours,
    parse_opening,
    read_dialect,
)
from gapmap.model import WEEKDAYS

WORKING_WEEK = WEEKDAYS[:5]
SIGNS = ("M", "T", "W", "TH", "F", "SA", "S")
"""How the federal site finder writes the week, Monday first."""


@pytest.mark.parametrize(
    "text",
    [
        "M,T,W,TH,F",
        "M, T, W, TH, F",
        "M-F",
        "M - F",
        "Mon - Fri",
        "Mon.-Fri.",
        "Mon–Fri",
        "Monday through Friday",
        "monday thru friday",
        "Monday to Friday",
        "MTWTHF",
        "MTWRF",
        "MTWTF",
        "M/T/W/Th/F",
        "Weekdays",
        "weekdays only",
        "MO,TU,WE,TH,FR",
        "mon;tue;wed;thu;fri",
        "Mondays, Tuesdays, Wednesdays, Thursdays and Fridays",
        "F,TH,W,T,M",
    ],
)
def test_the_working_week_is_read_in_every_spelling(text):
    assert parse_days(text) == WORKING_WEEK


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Daily", WEEKDAYS),
        ("Every day", WEEKDAYS),
        ("7 days a week", WEEKDAYS),
        ("S,M,T,W,TH,F,SA", WEEKDAYS),
        ("S M T W TH F S", WEEKDAYS),
        ("SMTWTFS", WEEKDAYS),
        ("Weekends", ("sat", "sun")),
        ("Sat - Mon", ("mon", "sat", "sun")),
        ("M,W,F", ("mon", "wed", "fri")),
        ("M-W-F", ("mon", "wed", "fri")),
        ("Tu/Th", ("tue", "thu")),
        ("T,TH", ("tue", "thu")),
        ("M-TH, SA", ("mon", "tue", "wed", "thu", "sat")),
        ("Wednesday", ("wed",)),
        ("Tues & Thurs only", ("tue", "thu")),
    ],
)
def test_other_weeks_are_read(text, days):
    assert parse_days(text) == days


@pytest.mark.parametrize(
    "text",
    [
        "",
        "S",
        "S,S",
        "S-S",
        "T",
        "M,T",
        "M,T,T",
        "M-T",
        "T-F",
        "Closed Fridays",
        "first Monday",
        "1MO",
        "every other Tuesday",
        "Mon -",
        "- Fri",
        "HRS",
        "WTF",
        "FM",
        "call",
        "M-F 9am",
        "M" * 500,
    ],
)
def test_days_with_two_readings_or_none_are_unknown(text):
    assert parse_days(text) is None


def test_a_lone_s_is_sunday_where_the_file_writes_sa_for_saturday():
    dialect = read_dialect(["M,T,W,TH,F", "SA", "S,M"])
    assert parse_days("S,M", dialect) == ("mon", "sun")
    assert parse_days("S", dialect) == ("sun",)


def test_a_lone_s_is_saturday_where_the_file_writes_su_for_sunday():
    assert parse_days("F,S", read_dialect(["SU,M", "F,S"])) == ("fri", "sat")


def test_a_lone_s_stays_unknown_where_the_file_writes_both_or_neither():
    assert parse_days("F,S", read_dialect(["SA,SU", "F,S"])) is None
    assert parse_days("F,S", read_dialect(["M", "F,S"])) is None


def test_a_lone_t_is_tuesday_where_the_file_has_a_sign_for_thursday():
    assert parse_days("M,T", read_dialect(["M,T", "TH"])) == ("mon", "tue")
    assert parse_days("T", Dialect()) is None


@given(days=st.sets(st.sampled_from(range(7)), min_size=1))
def test_whatever_the_site_finder_writes_is_read_back(days):
    dialect = read_dialect(["S,M,T,W,TH,F,SA"])
    text = ",".join(SIGNS[day] for day in sorted(days))
    assert parse_days(text, dialect) == tuple(WEEKDAYS[day] for day in sorted(days))


@given(text=st.text(max_size=40))
def test_no_text_at_all_breaks_the_readers(text):
    days = parse_days(text)
    assert days is None or (days and set(days) <= set(WEEKDAYS))
    for hours in (parse_hours(text), parse_opening(text)[1]):
        assert hours is None or hours[:5] < hours[6:]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("11:00 AM - 1:00 PM", "11:00-13:00"),
        ("11:30 AM–12:30 PM", "11:30-12:30"),
        ("11:30am-12:30pm", "11:30-12:30"),
        ("11:30 a.m. - 12:30 p.m.", "11:30-12:30"),
        ("From 9 am to 10 am", "09:00-10:00"),
        ("12:00 - 13:00", "12:00-13:00"),
        ("11:30 to 12:30", "11:30-12:30"),
        ("11:00 - 1:00", "11:00-13:00"),
        ("12:00 - 1:00", "12:00-13:00"),
        ("08:00 - 09:00", "08:00-09:00"),
        ("0800-0900", "08:00-09:00"),
        ("11:30:00 - 12:30:00", "11:30-12:30"),
        ("9-11 am", "09:00-11:00"),
        ("11-1 pm", "11:00-13:00"),
        ("1-2 p.m.", "13:00-14:00"),
        ("11 am - 1", "11:00-13:00"),
        ("noon - 1 pm", "12:00-13:00"),
        ("12 noon to 1pm", "12:00-13:00"),
        ("11am - noon", "11:00-12:00"),
        ("12:00 AM - 1:00 PM", "00:00-13:00"),
        ("8:00 PM - 12:00 AM", "20:00-24:00"),
        ("8:00 PM - midnight", "20:00-24:00"),
        ("00:00-24:00", "00:00-24:00"),
    ],
)
def test_hours_with_one_reading_are_read(text, hours):
    assert parse_hours(text) == hours


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Not Available",
        "11-1",
        "8:00 - 9:00",
        "5:00-6:00",
        "8 am - 9",
        "1:00 PM - 11:00 AM",
        "11:30 AM",
        "25:00 - 26:00",
        "11:75 - 12:30",
        "14:00 AM - 15:00 AM",
        "8:00-9:00 and 11:00-12:00",
        "call 555-1234",
        "2025-06-02",
        "varies",
    ],
)
def test_hours_with_two_readings_or_none_are_unknown(text):
    assert parse_hours(text) is None


def test_bare_times_are_on_the_24_hour_clock_where_the_file_is():
    dialect = read_dialect(hours=["11:00 - 13:00", "8:00 - 9:00"])
    assert parse_hours("8:00 - 9:00", dialect) == "08:00-09:00"
    # In such a file this is a slip of the pen, not lunch after midnight.
    assert parse_hours("1:00 - 2:00", dialect) is None
    assert parse_hours("8:00 - 9:00", read_dialect(hours=["1:00 PM - 2:00 PM"])) is None


@given(
    start=st.integers(0, 24 * 60 - 2),
    length=st.integers(1, 24 * 60),
    separator=st.sampled_from(["-", " - ", " to ", "–"]),
)
def test_any_span_written_with_am_and_pm_is_read_back(start, length, separator):
    end = min(start + length, 24 * 60 - 1)

    def written(minutes: int) -> str:
        half = "AM" if minutes < 720 else "PM"
        return f"{(minutes // 60 - 1) % 12 + 1}:{minutes % 60:02d} {half}"

    expected = f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"
    assert parse_hours(written(start) + separator + written(end)) == expected


@pytest.mark.parametrize(
    ("text", "days", "hours"),
    [
        ("Mon-Fri 11:30 am - 12:30 pm", WORKING_WEEK, "11:30-12:30"),
        ("M-F: 11am-1pm", WORKING_WEEK, "11:00-13:00"),
        ("12:00 - 1:00 PM, Monday - Friday", WORKING_WEEK, "12:00-13:00"),
        ("Monday and Wednesday", ("mon", "wed"), None),
        ("11:30 am - 12:30 pm", None, "11:30-12:30"),
        ("M-F 11-12 am and Sat 9-10 am", None, None),
        ("Mon-Fri except holidays 11am-1pm", None, None),
        ("by appointment", None, None),
    ],
)
def test_days_and_hours_in_one_text_are_told_apart(text, days, hours):
    assert parse_opening(text) == (days, hours)


@pytest.mark.parametrize(
    ("text", "clock"),
    [("09:00", "09:00"), ("9:00", "09:00"), ("13:30:00", "13:30"), ("09:00-05:00", "09:00"),
     ("2 PM", "14:00"), ("14:00Z", None), ("", None), ("morning", None)],
)  # fmt: skip
def test_single_times_are_local_times(text, clock):
    assert parse_clock(text) == clock


def test_what_says_nothing_is_told_from_what_is_not_understood():
    assert all(is_blank(text) for text in ("", "  ", "N/A", "Not Available", "None", "-", "TBD"))
    assert not any(is_blank(text) for text in ("Varies", "0", "closed", "No"))
