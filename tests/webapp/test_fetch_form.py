"""The form that fetches a county: what it offers, what it starts, what is left at the end."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from gapmap.errors import CancelledError, SourceError
from gapmap.rules import Level
from gapmap.sources.fetching import Fetched, Progress
from gapmap.webapp import cached
from gapmap.webapp.jobs import board
from tests.webapp.conftest import FakeWorkspace, checked, control, town
from tests.webapp.test_data_page import press

PATIENCE_S = 20.0
TEXAS = "48"


class Service:
    """Two counties in every state; a fetch that goes on until it is let go."""

    def __init__(self, studies):
        self.studies = studies
        self.asked = []
        self.refusal = None
        self.counties_refusal = None
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def counties(self, _state):
        if self.counties_refusal is not None:
            raise self.counties_refusal
        return ("Hays County", "Travis County")

    def fetch(self, request, progress, is_cancelled):
        self.asked.append(request)
        progress(Progress("Boundaries of Texas", 3, 12))
        self.begun.set()
        while not self.go_on.wait(0.005):
            if is_cancelled():
                raise CancelledError("Stopped; what came is kept.")
        if self.refusal is not None:
            raise self.refusal
        made = town(id="travis-tx", name="Travis County, Texas", data_version="fetched")
        self.studies["travis-tx"] = made
        return Fetched(Path("travis-tx"), "travis-tx", made.name, ("Two areas have no shape.",))


@pytest.fixture
def service(monkeypatch):
    made = Service({"town": town()})
    monkeypatch.setenv("CENSUS_API_KEY", "made-up-key")
    patches = {
        "__init__": lambda self, *_: (
            setattr(self, "_studies", made.studies) or setattr(self, "_broken", [])
        ),
        "counties": lambda _, state: made.counties(state),
        "fetch": lambda _, request, progress, is_cancelled: made.fetch(
            request, progress, is_cancelled
        ),
    }
    for name, patch in patches.items():
        monkeypatch.setattr(FakeWorkspace, name, patch, raising=False)
    yield made
    board().cancel_all()
    made.go_on.set()
    for job in board().all("fetch"):
        board().wait(job.id, PATIENCE_S)


def fill_in(app, *counties, state=TEXAS):
    checked(app.selectbox(key="fetch state").set_value(state).run())
    if counties:
        checked(app.multiselect(key=f"fetch counties {state}").set_value(list(counties)).run())
    return app


def start(app, service):
    press(app, "Fetch")
    assert service.begun.wait(PATIENCE_S)
    return checked(app.run())


def finish(app, service):
    service.go_on.set()
    for job in board().all("fetch"):
        assert board().wait(job.id, PATIENCE_S).state.has_ended
    return checked(app.run())


def texts(app):
    shown = (*app.markdown, *app.caption, *app.warning, *app.info, *app.error, *app.success)
    return " ".join(element.value for element in shown).replace("&#46;", ".")


def labels(app):
    return [button.label for button in app.button]


def test_without_a_key_it_is_said_how_to_get_one_and_no_key_is_asked_for(open_page, monkeypatch):
    monkeypatch.delenv("CENSUS_API_KEY", raising=False)
    app = open_page("data")
    assert "A key of the Census Bureau is needed" in texts(app)
    assert "CENSUS_API_KEY" in texts(app)
    assert "Fetch" not in labels(app)
    assert [box.label for box in app.text_input] == []


def test_without_a_key_the_demo_is_one_press_away(open_page, monkeypatch):
    monkeypatch.delenv("CENSUS_API_KEY", raising=False)
    app = open_page("data", town(), town(id="nyc", name="Demo town", data_version="demo"))
    checked(app.selectbox(key="study").set_value("town").run())
    press(app, "Look at the demo")
    assert app.selectbox(key="study").value == "nyc"


@pytest.mark.usefixtures("service")
def test_a_public_server_can_do_without_the_form(open_page, monkeypatch):
    monkeypatch.setenv("GAPMAP_FETCH", "off")
    app = open_page("data")
    assert not any("Add a county" in one.value for one in app.subheader)
    assert "Fetch" not in labels(app)


@pytest.mark.usefixtures("service")
def test_the_counties_of_a_state_are_offered_once_it_is_chosen(open_page):
    app = open_page("data")
    assert app.multiselect(key="fetch counties None").disabled
    fill_in(app)
    assert app.multiselect(key=f"fetch counties {TEXAS}").options == [
        "Hays County",
        "Travis County",
    ]


def test_counties_can_be_typed_where_the_service_does_not_list_them(open_page, service):
    service.counties_refusal = SourceError("The service is away.")
    app = fill_in(open_page("data"))
    assert "The service is away. Type their names." in texts(app)
    assert app.multiselect(key=f"fetch counties {TEXAS}").options == []
    service.counties_refusal = None
    checked(app.run())
    assert len(app.multiselect(key=f"fetch counties {TEXAS}").options) == 2


@pytest.mark.usefixtures("service")
def test_nothing_is_fetched_before_a_county_or_the_whole_state_is_chosen(open_page):
    app = open_page("data")
    assert app.button(key="fetch start").disabled
    fill_in(app)
    assert app.button(key="fetch start").disabled
    checked(app.checkbox(key="fetch whole").set_value(True).run())
    assert not app.button(key="fetch start").disabled


def test_the_form_asks_for_what_was_chosen(open_page, service):
    app = fill_in(open_page("data"), "Travis County", "Hays County")
    app.selectbox(key="fetch year").set_value(2023)
    app.radio(key="fetch level").set_value(Level.BLOCK_GROUP)
    app.checkbox(key="fetch sites").set_value(False)
    start(app, service)
    (request,) = service.asked
    assert request.state == TEXAS
    assert request.counties == ("Travis County", "Hays County")
    assert (request.year, request.level, request.sites) == (2023, Level.BLOCK_GROUP, False)


def test_the_newest_year_is_asked_for_by_leaving_it_out(open_page, service):
    start(fill_in(open_page("data"), "Travis County"), service)
    assert service.asked[0].year is None
    assert service.asked[0].sites


def test_a_fetch_is_shown_while_it_goes_on_and_the_study_opens_at_the_end(open_page, service):
    app = start(fill_in(open_page("data"), "Travis County"), service)
    (bar,) = app.get("progress")
    assert "Boundaries of Texas" in bar.proto.text
    assert "3 of 12" in bar.proto.text
    app = finish(app, service)
    assert "Two areas have no shape." in texts(app)
    press(app, "Open Travis County")
    assert app.selectbox(key="study").value == "travis-tx"
    assert not any("Open Travis" in label for label in labels(app))


def test_a_fetched_study_is_in_everybodys_list_at_once(open_page, service):
    app = start(fill_in(open_page("data"), "Travis County"), service)
    assert not app.selectbox or "study" not in [box.key for box in app.selectbox]
    finish(app, service)
    other = checked(type(app).from_function(_data_page, default_timeout=60).run())
    assert other.selectbox(key="study").options == ["Squaretown", "Travis County, Texas"]
    assert not any("Open Travis" in label for label in labels(other))


def test_a_study_fetched_again_is_read_again(open_page, service):
    service.studies["travis-tx"] = town(id="travis-tx", name="Old", data_version="old")
    app = open_page("data")
    assert cached.study("travis-tx").name == "Old"
    finish(start(fill_in(app, "Travis County"), service), service)
    assert cached.study("travis-tx").name == "Travis County, Texas"


def test_a_fetch_is_stopped_by_whoever_began_it(open_page, service):
    app = start(fill_in(open_page("data"), "Travis County"), service)
    press(app, "Cancel")
    for job in board().all("fetch"):
        assert board().wait(job.id, PATIENCE_S).state.has_ended
    app = checked(app.run())
    assert "Stopped; what came is kept." in texts(app)
    press(app, "Hide")
    assert "Stopped; what came is kept." not in texts(app)
    assert "travis-tx" not in service.studies


def test_others_see_a_fetch_and_cannot_stop_it(open_page, service):
    app = start(fill_in(open_page("data"), "Travis County"), service)
    other = checked(type(app).from_function(_data_page, default_timeout=60).run())
    assert len(other.get("progress")) == 1
    assert "Cancel" not in labels(other)


def test_a_reload_finds_ones_own_fetch_again_by_the_address(open_page, service):
    app = start(fill_in(open_page("data"), "Travis County"), service)
    (job,) = [one.id for one in board().all("fetch") if not one.state.has_ended]
    assert job in app.query_params["job"]
    again = type(app).from_function(_data_page, default_timeout=60)
    again.query_params["job"] = job
    checked(again.run())
    assert "Cancel" in labels(again)
    finish(again, service)
    assert any("Open Travis" in label for label in labels(again))


def test_the_same_fetch_is_not_begun_twice(open_page, service):
    app = start(fill_in(open_page("data"), "Travis County"), service)
    press(app, "Fetch")
    assert "is being fetched already" in texts(app)
    assert len(service.asked) == 1


def test_a_refusal_is_told_in_words(open_page, service):
    service.refusal = SourceError("There is no county called “Travs”. Did you mean Travis?")
    app = finish(start(fill_in(open_page("data"), "Travis County"), service), service)
    assert "Did you mean Travis?" in texts(app)
    assert "Traceback" not in texts(app)


def test_the_controls_hold_no_key(open_page, service):
    app = fill_in(open_page("data"), "Travis County")
    start(app, service)
    assert "made-up-key" not in str(app.session_state)
    assert control(app, "file_uploader", "upload") is not None


def _data_page():
    from gapmap.webapp.pages import sites_list

    sites_list.draw()
