"""Addresses on the page Data: looked up when somebody says so, and settled one by one."""

from __future__ import annotations

import threading
from typing import Any

import pandas as pd
import pytest

from gapmap.errors import CancelledError, SourceError
from gapmap.layers.gate.settlement import Settling
from gapmap.webapp import session
from gapmap.webapp.jobs import board
from tests.webapp.conftest import FakeWorkspace, checked
from tests.webapp.test_data_page import figure, press, send

LIST = b"""site_id,name,partner,kind,meals,days,street,city,state,zip,phone
a,Quay Kitchen,Quay,open,lunch,mon,1 Exact St,Austin,TX,78701,555-0100
b,Hill Kitchen,Hill,open,lunch,mon,2 Near St,Austin,TX,78701,555-0100
c,Twin Kitchen,Hill,open,lunch,mon,3 Tie St,Austin,TX,78701,555-0100
d,Lost Kitchen,Hill,open,lunch,mon,4 Lost St,Austin,TX,78701,555-0100
e,No Address,Hill,open,lunch,mon,,,,,555-0100
f,Test site,Hill,open,lunch,mon,1 Exact St,Austin,TX,78701,555-0100
"""
NO_TOWN = b"""name,partner,kind,address
Quay Kitchen,Quay,open,1 Exact St
Hill Kitchen,Hill,open,2 Exact St
"""
PATIENCE_S = 20.0


class Geocoder:
    """Knows a street by its second word; the places are in the first square of the town."""

    def __init__(self) -> None:
        self.asked: list[pd.DataFrame] = []
        self.refusals: list[Exception] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def look_up(self, _workspace: Any, unplaced: pd.DataFrame, *, progress, is_cancelled):
        self.asked.append(unplaced)
        progress(0, len(unplaced))
        while not self.go_on.wait(0.005):
            if is_cancelled():
                raise CancelledError("Stopped after 0 of 4 addresses.")
        if self.refusals:
            raise self.refusals.pop(0)
        return Settling.of(unplaced, pd.DataFrame([self.answer(r) for r in unplaced.itertuples()]))

    def answer(self, row: Any) -> dict[str, Any]:
        outcome, quality = {
            "Exact": ("match", "exact"),
            "Near": ("match", "inexact"),
            "Far": ("match", "exact"),
            "Tie": ("tie", ""),
            "Lost": ("no match", ""),
            "Down": ("failed", ""),
        }.get((row.street.split() or ["", ""])[1:2][0] if row.street else "", ("no address", ""))
        is_match = outcome == "match"
        degrees = 5.0 if "Far" in row.street else 0.003
        return {
            "id": row.row,
            "outcome": outcome,
            "quality": quality,
            "matched_address": row.street.upper() if is_match else "",
            "longitude": degrees if is_match else float("nan"),
            "latitude": 0.004 if is_match else float("nan"),
            "note": "" if is_match else f"It is a {outcome}.",
        }


@pytest.fixture
def geocoder(monkeypatch):
    made = Geocoder()

    def look_up(workspace, unplaced, **options):
        return made.look_up(workspace, unplaced, **options)

    monkeypatch.setattr(FakeWorkspace, "look_up", look_up, raising=False)
    yield made
    made.go_on.set()
    board().cancel_all()


def wait(app):
    """Wait for every lookup, then draw the page again."""
    for job in board().all("geocode"):
        assert board().wait(job.id, PATIENCE_S).state.has_ended
    return checked(app.run())


def looked_up(open_page, content=LIST):
    app = send(open_page("data"), content)
    press(app, "Look up")
    return wait(app)


def texts(app):
    shown = (*app.markdown, *app.caption, *app.warning, *app.info, *app.error)
    return " ".join(element.value for element in shown).replace("&#46;", ".")


def settle_box(app):
    return next(box for box in app.selectbox if "settle row" in str(box.key))


def choose(app, row):
    return checked(settle_box(app).set_value(row).run())


def number(app, part):
    return next(box for box in app.number_input if f"settle {part}" in str(box.key))


def type_place(app, latitude, longitude):
    number(app, "latitude").set_value(latitude)
    number(app, "longitude").set_value(longitude)
    return checked(app.run())


def button(app, label):
    return next(one for one in app.button if label in one.label)


def used(app):
    press(app, "Use this list")
    return app.session_state["brought"]["town"].sites


def test_nothing_is_sent_before_somebody_says_so_and_it_is_said_what_goes_to_whom(
    open_page, geocoder
):
    app = send(open_page("data"), LIST)
    assert geocoder.asked == []
    assert button(app, "Look up 4 addresses")
    said = texts(app)
    assert "5 rows have no coordinates" in said
    assert "U.S. Census Bureau" in said
    assert "geocoding.geo.census.gov" in said
    assert "1 × no street" in said


def test_only_rows_that_lack_nothing_but_a_place_are_looked_up(open_page, geocoder):
    looked_up(open_page)
    (asked,) = geocoder.asked
    assert asked["row"].tolist() == [2, 3, 4, 5, 6]
    assert "phone" not in asked.columns


@pytest.mark.usefixtures("geocoder")
def test_matches_ties_and_misses_are_counted_apart(open_page):
    app = looked_up(open_page)
    figures = {
        "Exact": "1", "Inexact": "1", "Ties": "1", "Not found": "1", "No address": "1",
        "Set by hand": "0",
    }  # fmt: skip
    assert {label: figure(app, label) for label in figures} == figures
    assert figure(app, "kept") == "2"
    assert "4 to look at" in texts(app)


@pytest.mark.usefixtures("geocoder")
def test_rows_without_a_place_are_offered_before_inexact_ones(open_page):
    box = settle_box(looked_up(open_page))
    assert [option.split(" · ")[:2] for option in box.options] == [
        ["row 4", "tie"],
        ["row 5", "no match"],
        ["row 6", "no address"],
        ["row 3", "inexact match"],
    ]


def test_a_lookup_can_be_stopped_and_begun_again(open_page, geocoder):
    geocoder.go_on.clear()
    app = send(open_page("data"), LIST)
    press(app, "Look up")
    assert any("Looking" in text.value for text in app.markdown)
    press(app, "Cancel")
    app = wait(app)
    assert "Stopped after 0 of 4" in texts(app)
    geocoder.go_on.set()
    press(app, "Look up")
    assert figure(wait(app), "kept") == "2"


def test_a_service_that_is_away_is_told_in_words_and_can_be_asked_again(open_page, geocoder):
    geocoder.refusals.append(SourceError("The geocoder is away."))
    app = looked_up(open_page)
    assert "The geocoder is away." in texts(app)
    press(app, "Look up")
    assert figure(wait(app), "kept") == "2"


def test_addresses_without_an_answer_can_be_asked_for_again(open_page, geocoder):
    content = LIST.replace(b"3 Tie St", b"3 Down St")
    app = looked_up(open_page, content)
    assert figure(app, "Not answered") == "1"
    choose(app, 5)
    press(app, "Leave it out")
    geocoder.answer = lambda row, known=geocoder.answer: known(
        row._replace(street=row.street.replace("Down", "Exact"))
    )
    press(app, "Ask again for 1 address")
    app = wait(app)
    assert figure(app, "Exact") == "2"
    assert figure(app, "Left out by hand") == "1"


@pytest.mark.usefixtures("geocoder")
def test_a_tie_is_placed_by_typing_and_the_list_is_checked_again(open_page):
    app = looked_up(open_page)
    choose(app, 4)
    assert button(app, "Place it here").disabled
    type_place(app, 0.004, 0.0125)
    press(app, "Place it here")
    assert figure(app, "kept") == "3"
    assert figure(app, "Set by hand") == "1"
    assert settle_box(app).value == 5
    sites = used(app).set_index("name")
    assert sites.loc["Twin Kitchen", "match_quality"] == "set by hand"
    assert sites.loc["Quay Kitchen", "match_quality"] == "exact match"
    assert sites.geometry["Twin Kitchen"].x == pytest.approx(0.0125)


@pytest.mark.usefixtures("geocoder")
def test_the_map_shows_the_row_with_its_guess_and_its_pin(open_page):
    app = looked_up(open_page)
    choose(app, 3)
    frame = next(one for one in app.get("component_instance") if "Pick" in one.proto.json_args)
    assert '\\"guess\\":[0.004,0.003]' in frame.proto.json_args
    choose(app, 5)
    type_place(app, 0.002, 0.001)
    frame = next(one for one in app.get("component_instance") if "Pick" in one.proto.json_args)
    assert '\\"guess\\":null,\\"pin\\":[0.002,0.001]' in frame.proto.json_args or (
        '\\"pin\\":[0.002,0.001],\\"guess\\":null' in frame.proto.json_args
    )


@pytest.mark.parametrize(
    ("said", "point"),
    [
        ({"last_clicked": {"lat": 30.5, "lng": -97.5}}, (30.5, -97.5)),
        ({"last_clicked": None}, None),
        ({"last_clicked": {"lat": "north", "lng": 1}}, None),
        ({"last_clicked": {"lat": 1}}, None),
        ({"last_clicked": [1, 2]}, None),
        ("text", None),
        (None, None),
    ],
)
def test_a_click_is_believed_only_if_it_is_two_numbers(monkeypatch, said, point):
    monkeypatch.setattr(session.st, "session_state", {"map": said})
    assert session.map_point("map") == point


@pytest.mark.usefixtures("geocoder")
def test_a_place_typed_right_before_the_press_is_the_one_that_is_kept(open_page):
    app = looked_up(open_page)
    choose(app, 4)
    type_place(app, 0.004, 0.0125)
    number(app, "longitude").set_value(0.0035)
    press(app, "Place it here")
    assert used(app).set_index("name").geometry["Twin Kitchen"].x == pytest.approx(0.0035)


@pytest.mark.usefixtures("geocoder")
def test_an_inexact_match_is_used_until_somebody_says_otherwise(open_page):
    app = looked_up(open_page)
    choose(app, 3)
    assert number(app, "latitude").value == pytest.approx(0.004)
    press(app, "It is right as it is")
    assert figure(app, "Inexact") == "1"
    assert "3 to look at" in texts(app)
    assert used(app).set_index("name").loc["Hill Kitchen", "match_quality"] == (
        "inexact match, confirmed by hand"
    )


@pytest.mark.usefixtures("geocoder")
def test_only_an_inexact_match_can_be_right_as_it_is(open_page):
    app = looked_up(open_page)
    choose(app, 5)
    assert button(app, "It is right").disabled
    choose(app, 3)
    assert not button(app, "It is right").disabled


@pytest.mark.usefixtures("geocoder")
def test_a_row_left_out_by_hand_is_named_so(open_page):
    app = looked_up(open_page)
    choose(app, 5)
    press(app, "Leave it out")
    assert figure(app, "Left out by hand") == "1"
    assert any("left out by hand" in str(table.value) for table in app.dataframe)


@pytest.mark.usefixtures("geocoder")
def test_the_last_decision_is_taken_back_and_its_row_comes_back(open_page):
    app = looked_up(open_page)
    assert button(app, "Undo").disabled
    choose(app, 4)
    type_place(app, 0.004, 0.0125)
    press(app, "Place it here")
    press(app, "Leave it out")
    assert "row 5, left out by hand" in button(app, "Undo").label
    press(app, "Undo")
    assert settle_box(app).value == 5
    assert figure(app, "Set by hand") == "1"
    press(app, "Undo")
    assert figure(app, "kept") == "2"
    assert button(app, "Undo").disabled


@pytest.mark.usefixtures("geocoder")
def test_an_address_found_outside_the_study_is_named_and_can_be_placed_anew(open_page):
    app = looked_up(open_page, LIST.replace(b"1 Exact St", b"1 Far St"))
    assert "Placed outside the study, and therefore left out: row 2" in texts(app).replace(
        "&#40;", "("
    )
    checked(app.toggle(key="town:settle all").set_value(True).run())
    choose(app, 2)
    type_place(app, 0.004, 0.0125)
    press(app, "Place it here")
    assert "Placed outside" not in texts(app)
    assert figure(app, "kept") == "2"


def test_city_and_state_are_asked_once_for_a_list_that_does_not_say(open_page, geocoder):
    app = send(open_page("data"), NO_TOWN)
    assert not any("Look up" in one.label for one in app.button)
    next(box for box in app.text_input if box.label == "City").set_value("Austin")
    next(box for box in app.text_input if box.label == "State").set_value("TX")
    press(app, "Use them")
    press(app, "Look up 2 addresses")
    app = wait(app)
    assert geocoder.asked[0]["city"].tolist() == ["Austin", "Austin"]
    assert figure(app, "kept") == "2"


@pytest.mark.usefixtures("geocoder")
def test_a_file_taken_away_takes_its_lookup_with_it(open_page):
    app = looked_up(open_page)
    app.file_uploader(key="town:upload").set_value(None)
    app = checked(app.run())
    assert not any("Undo" in one.label for one in app.button)
