"""Times are the study's own, named by their zone, and a day begins when it begins there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from gapmap.views.clock import Clock, clock_of
from gapmap.views.digest import digest_feed, digest_text
from gapmap.views.minutes import minutes_page
from gapmap.views.minutes_tables import minutes_tables
from tests.views.minutes_boards import STUDY, minutes, played, take
from tests.views.sheet_towns import words

NEW_YORK = replace(STUDY, time_zone="America/New_York")
LATE = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)


def test_a_moment_is_written_by_the_place_s_own_clock_in_winter_and_in_summer() -> None:
    clock = clock_of(NEW_YORK)
    assert clock.moment(LATE) == "22 Nov 2026 22:30 EST"
    assert clock.moment(datetime(2026, 7, 1, 16, 0, tzinfo=UTC)) == "1 Jul 2026 12:00 EDT"
    assert clock.listed(LATE) == "2026-11-22 22:30 EST"
    assert clock.day(LATE) == date(2026, 11, 22)
    assert clock.moment(None) == ""


def test_a_day_begins_with_its_own_midnight() -> None:
    clock = clock_of(NEW_YORK)
    assert clock.begin(date(2026, 11, 22)) == datetime(2026, 11, 22, 5, tzinfo=UTC)
    # The day on which the clocks go back has 25 hours.
    first, second = clock.begin(date(2026, 11, 1)), clock.begin(date(2026, 11, 2))
    assert (second - first).total_seconds() == 25 * 3600


def test_a_zone_without_a_name_of_its_own_is_told_by_its_distance() -> None:
    assert clock_of(replace(STUDY, time_zone="America/Sao_Paulo")).hour(LATE) == "00:30 UTC-03"


def test_a_study_that_names_no_zone_is_told_in_utc_and_says_so() -> None:
    clock = clock_of(STUDY)
    assert clock == Clock()
    assert clock.moment(LATE) == "23 Nov 2026 03:30 UTC"
    assert "the study names no time zone" in words(minutes_page(minutes()))


def test_every_paper_is_by_the_clock_of_the_study() -> None:
    made = minutes(*played(), study=NEW_YORK)
    page = words(minutes_page(made))
    assert "Times are those of America/New_York." in page
    assert "Decided 22 Nov 2026 08:30 EST" in page
    assert "UTC" not in page
    digest = digest_text(made, since=date(2026, 11, 22))
    assert "08:30 EST" in digest
    assert "UTC" not in digest
    assert "22 Nov 2026 08:30 EST" in digest_feed(made, since=date(2026, 11, 22)).decode()
    tables = minutes_tables(made)
    assert tables["Decisions"]["decided"].tolist() == ["2026-11-22 08:30 EST"]
    assert "UTC" not in " ".join(table.to_csv() for table in tables.values())


def test_a_digest_begins_when_the_day_begins_there() -> None:
    # 09:30 and 10:30 UTC are late on one day in Auckland; 11:30 is the next one.
    made = minutes(take("Harvest", 0), take("Harvest", 1), study=replace(STUDY, time_zone="NZ"))
    assert "1 change by 1 partner" in digest_text(made, since=date(2026, 11, 23))
    assert "3 changes" in digest_text(made, since=date(2026, 11, 22))
