"""Who was served longest ago, worked by hand from the dates of a few sites."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.analysis.siting.values import SINCE_SERVED, SitingModel, SitingRequest
from gapmap.analysis.siting.waiting import LastServed, last_service_days, waiting_days
from gapmap.errors import RequestError
from gapmap.model import WEEKDAYS, Reach
from gapmap.usecases import default_scenario, propose_sites
from tests import builders
from tests.analysis.siting.test_proposal import FIVE, town

# 2025-08-06 is a Wednesday.
ASKED = date(2025, 8, 6)
KNOWN, UNKNOWN, NOT_YET = LastServed.KNOWN, LastServed.UNKNOWN, LastServed.NOT_YET


def dated(*rows):
    """Sites in the middles of the first squares: first day, last day, weekdays."""
    sites = builders.sites(*FIVE[: len(rows)], days=[days for _, _, days in rows])
    sites["start_date"] = pd.to_datetime([first for first, _, _ in rows])
    sites["end_date"] = pd.to_datetime([last for _, last, _ in rows])
    return sites


@pytest.mark.parametrize(
    ("first", "last", "days", "known", "served"),
    [
        ("2025-07-01", "2025-08-01", "mon;fri", KNOWN, "2025-08-01"),
        ("2025-07-01", "2025-08-01", "mon;tue", KNOWN, "2025-07-29"),
        ("2025-07-01", "2025-08-01", None, KNOWN, "2025-08-01"),
        (None, "2025-08-01", "sun", KNOWN, "2025-07-27"),
        ("2025-07-01", "2025-09-01", "mon", KNOWN, "2025-08-04"),
        ("2025-07-01", "2025-09-01", "wed", KNOWN, "2025-07-30"),
        # Service on the day itself is yet to come.
        ("2025-07-01", "2025-08-06", "wed", KNOWN, "2025-07-30"),
        ("2025-07-01", "2025-08-06", None, UNKNOWN, None),
        ("2025-07-01", "2025-09-01", None, UNKNOWN, None),
        (None, "2025-09-01", "mon", UNKNOWN, None),
        ("2025-07-01", None, "mon", UNKNOWN, None),
        (None, None, "mon", UNKNOWN, None),
        ("2025-08-06", "2025-09-01", "mon", NOT_YET, None),
        ("2025-08-06", None, None, NOT_YET, None),
        ("2025-08-05", "2025-09-01", "mon", NOT_YET, None),
        ("2025-07-30", "2025-07-31", "mon", NOT_YET, None),
    ],
)
def test_the_last_service_day_follows_from_the_dates_and_the_weekdays(
    first, last, days, known, served
):
    day, state = last_service_days(dated((first, last, days)), ASKED)
    assert state.tolist() == [known]
    assert (None if np.isnat(day[0]) else str(day[0])) == served


@given(
    st.dates(date(2025, 6, 1), date(2025, 9, 30)),
    st.integers(0, 90),
    st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    st.dates(date(2025, 6, 1), date(2025, 10, 30)),
)
def test_it_is_the_day_that_somebody_with_a_calendar_finds(first, length, days, asked):
    last = first + timedelta(length)
    table = dated((str(first), str(last), ";".join(sorted(days))))
    day, state = last_service_days(table, asked)
    served = [
        one
        for one in (first + timedelta(step) for step in range(length + 1))
        if one < asked and WEEKDAYS[one.weekday()] in days
    ]
    assert (state[0] == KNOWN) == bool(served)
    assert served == [] or day[0].astype(object) == served[-1]


def waited(*rows, reach_m=300.0, **changes):
    study = town(town_sites=dated(*rows), **changes)
    scenario = replace(default_scenario(study), reach=Reach(reach_m))
    longitude, latitude = builders.to_degrees([x for x, _ in FIVE], [500] * 5)
    area = np.arange(5)
    return waiting_days(study, scenario, ASKED, longitude=longitude, latitude=latitude, area=area)


def test_people_wait_since_the_last_service_in_reach_or_at_least_since_the_list_begins():
    found = waited(
        ("2025-07-01", "2025-08-01", "fri"),
        ("2025-07-01", "2025-09-01", "tue"),
        ("2025-07-01", "2025-09-01", None),
        ("2025-08-20", "2025-09-01", "mon"),
    )
    # Since Friday, since Tuesday, not known, and twice 36 days since the first of July.
    np.testing.assert_array_equal(found.days, [5, 1, np.nan, 36, 36])
    assert found.is_at_least.tolist() == [False, False, False, True, True]
    assert found.begins == date(2025, 7, 1)


def test_of_several_sites_in_reach_the_last_service_counts_and_an_unknown_one_leaves_it_open():
    friday, tuesday = ("2025-07-01", "2025-08-01", "fri"), ("2025-07-01", "2025-09-01", "tue")
    unknown = ("2025-07-01", None, "mon")
    assert waited(friday, tuesday, reach_m=1100.0).days[0] == 1
    assert np.isnan(waited(friday, unknown, reach_m=1100.0).days[0])
    # Nobody can have been served later than yesterday.
    assert waited(tuesday, unknown, reach_m=1100.0).days[0] == 1


def test_a_list_without_a_single_day_before_is_no_ground_to_judge_by():
    with pytest.raises(RequestError, match="nobody knows who was served when"):
        waited(("2025-08-20", "2025-09-01", "mon"))
    with pytest.raises(RequestError, match="nobody knows"):
        waited((None, None, "mon"))


def asked(study, **changes):
    scenario = replace(default_scenario(study), reach=Reach(300.0))
    request = SitingRequest(
        scenario=scenario,
        model=SitingModel.MCLP,
        count=1,
        keep_existing=False,
        equity=SINCE_SERVED,
        **({"equity_on": ASKED} | changes),
    )
    return propose_sites(study, request)


def test_need_that_waited_longer_weighs_more_and_figures_of_reach_do_not():
    # 100 children, served five days ago, and 90 who never were: 36 days and so 30 in full.
    study = town([100, 90], FIVE[:2], town_sites=dated(("2025-07-01", "2025-08-01", "fri")))
    result = asked(study)
    assert result.order == ("c1",)
    assert result.objective == pytest.approx(90 * (1 + 1))
    assert result.need_in_reach == 90
    said = " ".join(result.notes)
    assert "90 children were never in reach" in said
    assert "2025-07-01" in said
    # 101.7 against 99, and 103.3 against 108.
    assert asked(study, equity_weight=0.1).order == ("c0",)
    assert asked(study, equity_weight=0.2).order == ("c1",)
    # Counted by the year, five days and 36 are nearly alike.
    assert asked(study, equity_days=365.0).order == ("c0",)


def test_whoever_was_served_nobody_knows_when_counts_once_and_that_is_said():
    study = town(
        [100, 60],
        FIVE[:2],
        town_sites=dated(("2025-07-01", None, "fri"), ("2025-07-01", "2025-07-02", None)),
    )
    result = asked(study)
    assert result.order == ("c1",)
    assert result.objective == pytest.approx(120)
    assert "Of 100 children it is not known when they were last served" in " ".join(result.notes)


def test_without_a_day_or_with_no_time_to_count_by_nothing_is_asked():
    study = town()
    with pytest.raises(RequestError, match="on which day"):
        asked(study, equity_on=None)
    with pytest.raises(RequestError, match="days without service"):
        asked(study, equity_days=0.0)
