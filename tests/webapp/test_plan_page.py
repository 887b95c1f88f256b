from __future__ import annotations

import html
import io
import json
import re
import threading
import time
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from gapmap import usecases, wiring
from gapmap.analysis.siting.values import Ended, SitingModel
from gapmap.analysis.siting.watch import SearchProgress
from gapmap.geo import STORED_CRS
from gapmap.webapp import cached
from gapmap.webapp.jobs import answers, board
from gapmap.webapp.pages import plan_answer
from gapmap.webapp.pages.plan_address import COUNTS, PlanView, default_plan, plan_of, plan_query
from gapmap.webapp.pages.plan_view import nearest_candidate
from gapmap.webapp.pages.plan_words import plan_csv
from tests import builders
from tests.webapp.conftest import FakeWorkspace, checked, map_arguments
from tests.webapp.conftest import town as plain_town

HOSTS = ["Library", "School", "Church", "Gym"]


def town(**changes):
    """Four squares; a candidate in the middle of each, a site in the first."""
    x = [500, 1500, 2500, 3500]
    longitude, latitude = builders.to_degrees(x, [500] * 4)
    hosts = gpd.GeoDataFrame(
        {"candidate_id": ["c0", "c1", "c2", "c3"], "name": HOSTS, "kind": ["hall"] * 4},
        geometry=gpd.points_from_xy(longitude, latitude),
        crs=STORED_CRS,
    )
    known = {
        "town": builders.areas([100, 300, 250, 200], seniors=[10, 20, 30, 40]),
        "town_sites": builders.sites((500, 500)),
        "candidates": {"hosts": hosts},
        "data_version": "plan-1",
    }
    return plain_town(**(known | changes))


@pytest.fixture
def open_plan(monkeypatch):
    """Run the page over a study, by default the town with candidates."""

    def run(study=None, **query) -> AppTest:
        workspace = FakeWorkspace(study or town())
        monkeypatch.setattr(wiring, "open_workspace", lambda: workspace)
        cached.forget()
        app = AppTest.from_function(_draw, default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        return checked(app.run())

    yield run
    cached.forget()


def _draw() -> None:
    from gapmap.webapp.pages import plan

    plan.draw()


def press(app: AppTest, label: str, candidate: str) -> AppTest:
    return checked(app.button(key=f"town:plan {label} {candidate}").click().run())


def suggested(app: AppTest) -> list[str]:
    return [pin["id"] for pin in shown(app)["pins"]]


def shown(app: AppTest):
    group = map_arguments(app)["feature_group"]
    found = re.search(r"window\.gapmapPlan\.show\((.*?)\);", group)
    assert found is not None
    return json.loads(found[1])


def headline(app: AppTest) -> str:
    return str(app.title[0].value)


def words(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in [*app.markdown, *app.caption])


def test_a_person_who_touches_nothing_gets_suggestions_and_what_they_bring(open_plan):
    app = open_plan(p="2")
    assert headline(app).startswith("2 more meal sites bring 550 of 750 children out of reach")
    assert "from 12% to 76%" in headline(app)
    assert suggested(app) == ["c1", "c2"]
    assert "School" in words(app)


def test_a_refused_suggestion_is_replaced_and_can_be_taken_back(open_plan):
    app = open_plan(p="2")
    press(app, "refuse", "c1")
    assert suggested(app) == ["c2", "c3"]
    assert "Refused (1)" in words(app)
    assert app.query_params["refuse"] == "c1"
    press(app, "back", "c1")
    assert suggested(app) == ["c1", "c2"]
    assert "refuse" not in app.query_params


def test_an_accepted_suggestion_stays_when_fewer_are_asked_for(open_plan):
    app = open_plan(p="3")
    press(app, "accept", "c3")
    assert app.query_params["accept"] == "c3"
    checked(app.slider(key="town:plan count").set_value(1).run())
    assert suggested(app) == ["c3"]
    assert [pin["accepted"] for pin in shown(app)["pins"]] == [True]
    press(app, "accept", "c3")
    assert suggested(app) == ["c1"]


def test_each_goal_answers_under_a_name_that_needs_no_textbook(open_plan):
    app = open_plan(p="2")
    names = app.selectbox(key="town:plan model").options
    assert names[0] == "Reach the most children"
    assert not any("mclp" in name or "median" in name for name in names)
    for model in SitingModel:
        checked(app.selectbox(key="town:plan model").set_value(model).run())
        assert suggested(app), model


def test_the_fewest_sites_are_asked_for_by_a_share(open_plan):
    app = open_plan(model="lscp", share="100")
    assert sorted(suggested(app)) == ["c1", "c2", "c3"]
    checked(app.select_slider(key="town:plan share").set_value(60).run())
    assert len(suggested(app)) < 3
    assert "town:plan count" not in [one.key for one in app.slider]


def test_a_link_shows_the_same_plan(open_plan):
    query = {"p": "1", "within": "Right bank", "reach": "300m", "refuse": "c2"}
    app = open_plan(**query)
    assert suggested(app) == ["c3"]
    assert dict(app.query_params) == {"study": "town", **query}


def test_nonsense_in_a_link_is_left_aside(open_plan):
    app = open_plan(p="9999", model="magic", within="Nowhere", accept=["no such place"])
    assert app.slider(key="town:plan count").value == 5
    assert len(suggested(app)) == 3
    assert "rest here" in words(app)


def test_a_neighbourhood_can_be_asked_for(open_plan):
    app = open_plan(p="1", within="Eastside")
    assert suggested(app) == ["c2"]
    assert "Eastside" in app.caption[0].value


def test_what_stands_can_be_left_out_of_the_plan(open_plan):
    app = open_plan(p="4")
    assert "c0" not in suggested(app)
    checked(app.toggle(key="town:plan existing").set_value(True).run())
    assert "c0" in suggested(app)
    assert "alone bring" in headline(app)
    assert shown(app)["keepsExisting"] is False


def test_places_without_a_host_say_so(open_plan):
    app = open_plan(town(candidates={}), p="1")
    assert "Look for a host near here" in words(app)
    assert "No host is known" in words(app)


def test_whom_to_ask_near_a_place_without_a_host_is_who_serves_already(open_plan):
    app = open_plan(town(candidates={}), p="1")
    assert "starting with Site 0 (serves already), 1,000 m" in html.unescape(words(app))


def test_who_counts_more_changes_the_choice_and_is_said_above_it(open_plan):
    # 200 children, but 900 seniors counted on top: the last square wins over the second.
    crowd = builders.areas([100, 300, 250, 200], seniors=[10, 20, 30, 900])
    app = open_plan(town(town=crowd), p="1")
    assert suggested(app) == ["c1"]
    checked(app.selectbox(key="town:plan equity").set_value("seniors").run())
    assert suggested(app) == ["c3"]
    assert "chosen with People over 65 counting 1 times more" in app.caption[0].value
    assert app.query_params["equity"] == "seniors"
    checked(app.select_slider(key="town:plan weight").set_value(0.5).run())
    assert app.query_params["weight"] == "0.5"
    checked(app.selectbox(key="town:plan equity").set_value("").run())
    assert suggested(app) == ["c1"]
    assert "equity" not in app.query_params


def test_who_was_served_longest_ago_can_count_more_where_the_list_has_dates(open_plan):
    sites = builders.sites((1500, 500), days=["fri"])
    undated = open_plan().selectbox(key="town:plan equity").options
    assert "Who was served longest ago" not in undated
    sites["start_date"] = pd.to_datetime(["2025-07-01"])
    sites["end_date"] = pd.to_datetime(["2025-08-01"])
    app = open_plan(
        town(town_sites=sites, data_version="dated"),
        **{"p": "1", "equity": "time-since-served", "on": "2025-08-06", "existing": "ignored"},
    )
    # 300 children five days after their last lunch, 250 who wait since the first of July.
    assert suggested(app) == ["c2"]
    assert "not served for 30 days before 6 August 2025 counts 1 times more" in (
        app.caption[0].value
    )
    assert app.query_params["on"] == "2025-08-06"
    assert "Who was served longest ago" in app.selectbox(key="town:plan equity").options


def test_figures_that_are_modelled_or_made_up_say_so(open_plan, made_up):
    app = open_plan(town(provenance=(made_up,)), p="1")
    assert "are illustrative" in app.caption[0].value
    assert "Illustrative" in map_arguments(app)["script"]


def test_a_proof_is_looked_for_in_the_background_and_then_shown(open_plan):
    app = open_plan(p="2", model="p-median")
    assert "Proven" not in words(app)
    checked(app.button(key="town:plan prove").click().run())
    (job, *_) = board().all("plan")
    board().wait(job.id, 30)
    checked(app.run())
    assert "Proven" in words(app)


def test_a_question_without_an_answer_leaves_the_controls_and_the_way_back(open_plan):
    app = open_plan(refuse=["c0", "c1", "c2", "c3"])
    assert "No candidate may be chosen" in app.error[0].value
    assert app.slider(key="town:plan count")
    press(app, "back", "c1")
    assert suggested(app) == ["c1"]


class SlowSearch:
    """A search that goes on until it is stopped, and then leaves the best it has."""

    def __init__(self, monkeypatch):
        self.is_on = True
        self.was_stopped = threading.Event()
        quick = usecases.propose_sites

        def slow(study, request, *, progress=None, is_cancelled=None, **known):
            if not self.is_on or is_cancelled is None:
                return quick(study, request, **known)
            progress(SearchProgress("Searching", 0.0))
            until = time.monotonic() + 120
            while not is_cancelled() and time.monotonic() < until:
                time.sleep(0.01)
            self.was_stopped.set()
            return replace(quick(study, request, **known), ended=Ended.CANCELLED)

        monkeypatch.setattr(usecases, "propose_sites", slow)
        monkeypatch.setattr(plan_answer, "_AT_ONCE_S", 0.2)


@pytest.fixture
def slow_search(monkeypatch):
    return SlowSearch(monkeypatch)


def cancel(app: AppTest) -> AppTest:
    (button,) = [one for one in app.button if one.label == "Cancel"]
    return checked(button.click().run())


def wait_for_the_answer(app: AppTest) -> AppTest:
    for job in answers().all("plan"):
        answers().wait(job.id, 30)
    return checked(app.run())


def test_a_long_search_shows_how_far_it_is_and_leaves_the_controls(open_plan, slow_search):
    app = open_plan(model="lscp", share="100")
    assert headline(app) == "Where to open next"
    assert app.select_slider(key="town:plan share").value == 100
    assert "Looking for the best places" in app.get("progress")[0].proto.text
    assert "Searching" in app.get("progress")[0].proto.text
    cancel(app)
    assert slow_search.was_stopped.wait(30)


def test_a_search_that_is_stopped_shows_the_best_it_had(open_plan, slow_search):
    app = open_plan(model="lscp", share="100")
    cancel(app)
    wait_for_the_answer(app)
    assert sorted(suggested(app)) == ["c1", "c2", "c3"]
    assert "Proven" not in words(app)
    # Nobody else gets a search that somebody has stopped.
    slow_search.is_on = False
    assert "Proven" in words(open_plan(model="lscp", share="100"))


def test_another_question_stops_the_search_for_the_one_before(open_plan, slow_search):
    app = open_plan(model="lscp", share="100")
    slow_search.is_on = False
    checked(app.select_slider(key="town:plan share").set_value(60).run())
    assert slow_search.was_stopped.wait(30)
    assert suggested(app)


def test_a_proof_can_be_stopped_and_what_was_shown_stays(open_plan, slow_search):
    slow_search.is_on = False
    app = open_plan(p="2", model="p-median")
    before = suggested(app)
    slow_search.is_on = True
    checked(app.button(key="town:plan prove").click().run())
    assert suggested(app) == before
    assert app.button(key="town:plan prove").disabled
    cancel(app)
    (job, *_) = board().all("plan")
    board().wait(job.id, 30)
    checked(app.run())
    assert slow_search.was_stopped.is_set()
    assert suggested(app) == before
    assert "Proven" not in words(app)
    assert not app.button(key="town:plan prove").disabled
    assert "Cancel" not in [one.label for one in app.button]


def asked(**changes):
    study = town()
    plan = PlanView(usecases.default_scenario(study), count=2, **changes)
    return study, plan, usecases.propose_sites(study, plan.request(["c0", "c1", "c2", "c3"]))


def test_the_file_says_what_its_figures_are():
    study, plan, result = asked(accepted=("c2",))
    table = pd.read_csv(io.BytesIO(plan_csv(result, study, plan, accepted=plan.accepted)))
    assert table["candidate_id"].tolist() == ["c1", "c2"]
    assert table["newly_in_reach"].tolist() == [300, 250]
    assert table["decision"].tolist() == ["suggested", "accepted"]
    assert set(table["unit"]) == {"children"}
    assert set(table["data_version"]) == {"plan-1"}


def test_a_name_cannot_become_a_formula_in_the_file(monkeypatch):
    monkeypatch.setattr("tests.webapp.test_plan_page.HOSTS", ["a", "=1+1", "@x", "d"])
    study, plan, result = asked()
    text = plan_csv(result, study, plan, accepted=()).decode("utf-8-sig")
    assert ",'=1+1," in text
    assert ",=1+1" not in text


def test_a_pin_moved_by_hand_goes_to_the_nearest_candidate_that_is_free():
    _, plan, result = asked()
    longitude, latitude = builders.to_degrees([3300], [600])
    spot = float(latitude[0]), float(longitude[0])
    assert nearest_candidate(result, *spot, besides=["c1"]) == "c3"
    assert nearest_candidate(result, *spot, besides=["c1", "c3"]) == "c2"
    moved = plan.moving("c2", "c3", result.order)
    request = moved.request(["c0", "c1", "c2", "c3"])
    assert set(request.forced) == {"c1", "c3"}
    assert request.excluded == ()


_TOWN = town()
SQUARES = _TOWN, default_plan(_TOWN)


@given(
    st.lists(st.tuples(st.sampled_from(["accepting", "refusing", "undecided"]),
                       st.sampled_from("abcd")), max_size=8),
    st.sampled_from(COUNTS),
    st.sampled_from(list(SitingModel)),
)  # fmt: skip
def test_a_plan_survives_its_address_and_never_contradicts_itself(steps, count, model):
    study, usual = SQUARES
    plan = PlanView(usual.scenario, model=model, count=count)
    for step, candidate in steps:
        plan = getattr(plan, step)(candidate)
    assert not set(plan.accepted) & set(plan.refused)
    query = plan_query(plan, study)
    lists = {name: [text] if isinstance(text, str) else text for name, text in query.items()}
    assert plan_of(lists, usual, study) == plan
    request = plan.request(list("abcd"))
    assert set(request.forced) == set(plan.accepted)
    assert set(request.excluded) == set(plan.refused)
