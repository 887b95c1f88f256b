from __future__ import annotations

import json

import pytest

from gapmap import usecases, wiring
from gapmap.analysis.siting.values import SitingRequest
from gapmap.webapp import cached, live_plans
from tests import builders
from tests.webapp.conftest import FakeWorkspace
from tests.webapp.test_plan_page import town
from tests.webapp.test_server import get


@pytest.fixture
def study(monkeypatch):
    study = town()
    monkeypatch.setattr(wiring, "open_workspace", lambda: FakeWorkspace(study))
    cached.forget()
    yield study
    cached.forget()


def published(study, count=2):
    request = SitingRequest(scenario=usecases.default_scenario(study), count=count)
    return live_plans.publish(study, cached.proposal(study, request))


def spot(x_m):
    longitude, latitude = builders.to_degrees([x_m], [500])
    return f"{latitude[0]:.6f},{longitude[0]:.6f}"


@pytest.mark.parametrize("base", ["", "/maps/food"])
def test_a_pin_elsewhere_is_answered_without_a_session(study, base):
    status, headers, body = get(f"{base}/{published(study)}", query=f"pin=c2&at={spot(3600)}")
    assert status == 200
    assert headers["cache-control"] == "no-store"
    said = json.loads(body)
    assert said["id"] == "c3"
    assert said["figures"][0]["value"] == "+200 children newly in reach"


@pytest.mark.parametrize(
    "query", ["", "pin=c2", "pin=c2&at=here", "pin=c2&at=nan,nan", "pin=none&at=0,0", "at=0,0"]
)
def test_a_question_that_makes_no_sense_is_not_answered(study, query):
    status, headers, body = get(f"/{published(study)}", query=query)
    assert status == 404
    assert headers["content-type"].startswith("text/plain")
    assert body


@pytest.mark.usefixtures("study")
def test_a_plan_that_was_never_published_is_not_found():
    assert get("/gapmap/plan/0123456789", query="pin=c2&at=0,0")[0] == 404


def test_another_question_or_another_site_list_is_another_plan(study):
    first = published(study)
    assert published(study) == first
    assert published(study, count=3) != first
    assert published(town(data_version="plan-2")) != first


def test_only_so_many_plans_are_held(study):
    request = SitingRequest(scenario=usecases.default_scenario(study), count=1)
    result = cached.proposal(study, request)
    first = live_plans.publish(study, result)
    for number in range(70):
        live_plans.publish(town(id=f"town-{number}"), result)
    assert live_plans.find(first.split("/")[-1]) is None


def test_what_was_decided_does_not_lay_the_question_out_anew(study):
    request = SitingRequest(scenario=usecases.default_scenario(study), count=2)
    decided = SitingRequest(
        scenario=request.scenario, count=3, forced=("c1",), excluded=("c2",), time_limit_s=2.0
    )
    assert cached.movable(study, request) is cached.movable(study, decided)
