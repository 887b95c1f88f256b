from __future__ import annotations

import json
import re
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from gapmap import usecases, whatifs, wiring
from gapmap.analysis.siting.values import SitingRequest
from gapmap.layers.gate.settlement import Settling
from gapmap.model import WEEKDAYS, Reach
from gapmap.settings import Settings
from gapmap.webapp import cached
from gapmap.webapp.jobs import board
from gapmap.webapp.pages.compare import sentences_in_order
from gapmap.webapp.pages.compare_address import compare_of, compare_query, default_compare
from gapmap.webapp.pages.compare_changes import change_lines
from gapmap.webapp.pages.compare_files import read_what_if
from gapmap.webapp.pages.compare_plan import plan_compared
from gapmap.webapp.pages.compare_site import edited, known_site
from gapmap.whatifs import SiteAdded, WhatIf
from tests import builders
from tests.webapp.conftest import FakeWorkspace, checked, map_arguments
from tests.webapp.conftest import town as plain_town


def town(**changes):
    """Four squares; a site in the first and in the last, of two partners."""
    known = {
        "town": builders.areas([100, 300, 250, 200], seniors=[10, 20, 30, 40]),
        "town_sites": builders.sites(
            (500, 500),
            (3500, 500),
            name=["Harbour School", "East Pantry"],
            partner=["Harbour Aid", "Mill Friends"],
            days=["mon;tue", None],
        ),
        "data_version": "compare-1",
    }
    return plain_town(**(known | changes))


def spot(x_m, y_m=500):
    """Latitude and longitude as a browser writes them."""
    longitude, latitude = builders.to_degrees([x_m], [y_m])
    return f"{latitude[0]:.6f},{longitude[0]:.6f}"


class Shelf(FakeWorkspace):
    """Studies out of the hand, what-ifs in a folder, addresses without a network."""

    def __init__(self, folder, *studies):
        super().__init__(*studies)
        settings = Settings(layer_folders=(), data_folders=(), what_ifs_folder=folder)
        self._kept = wiring.Workspace(settings)
        for name in ("what_ifs", "load_what_if", "save_what_if", "remove_what_if"):
            setattr(self, name, getattr(self._kept, name))
        self.asked = []

    def look_up(self, unplaced, **_):
        self.asked.append(unplaced[["street", "city", "state", "zip"]].iloc[0].tolist())
        found = "1 Main St" in unplaced["street"].iloc[0]
        longitude, latitude = builders.to_degrees([1500], [500])
        located = {
            "id": unplaced["row"],
            "outcome": ["match" if found else "no match"],
            "quality": ["exact" if found else ""],
            "matched_address": [""],
            "longitude": longitude,
            "latitude": latitude,
            "note": [""],
        }
        return Settling.of(unplaced, pd.DataFrame(located))


@pytest.fixture
def open_compare(monkeypatch, tmp_path):
    """Run the page over a study; returns the running page, its workspace as ``shelf``."""

    def run(study=None, **query) -> AppTest:
        shelf = Shelf(tmp_path, study or town())
        monkeypatch.setattr(wiring, "open_workspace", lambda: shelf)
        cached.forget()
        app = AppTest.from_function(_draw, default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        app.shelf = shelf
        return checked(app.run())

    yield run
    cached.forget()


def _draw() -> None:
    import streamlit

    from gapmap.webapp import cached
    from gapmap.webapp.pages import compare, compare_edit

    # What a hand on the map says, before the page is drawn: as the map's own callback does.
    said = streamlit.session_state.pop("said", None)
    if said is not None:
        compare_edit.heed(cached.study("town"), said)
    compare.draw()


def by_hand(app, kind, site_id="", at=None):
    app.session_state["said"] = (kind, site_id, at)
    return checked(app.run())


def press(app, name):
    return checked(app.button(key=f"town:compare {name}").click().run())


def shown(app):
    found = re.search(r"window\.gapmapCompare\.show\((.*?)\);", map_arguments(app)["feature_group"])
    assert found is not None
    return json.loads(found[1])


def headline(app):
    return str(app.title[0].value)


def words(app):
    return "\n".join(str(one.value) for one in [*app.markdown, *app.caption, *app.info])


def problems(app):
    return " ".join(str(one.value) for one in app.error)


def test_at_first_both_sides_are_today_and_nothing_differs(open_compare):
    app = open_compare()
    assert headline(app).startswith("What if?")
    state = shown(app)
    assert state["first"]["name"] == "As it is today"
    assert state["first"]["line"] == state["second"]["line"]
    assert state["difference"]["line"] == "0 children in reach"
    assert dict(app.query_params) == {"study": "town"}


def test_a_site_closed_on_the_map_changes_the_figures_and_can_be_had_back(open_compare):
    app = open_compare()
    by_hand(app, "close", "s0")
    assert "fewer children" in headline(app)
    state = shown(app)
    assert state["second"]["closed"] == ["s0"]
    assert state["difference"]["line"].startswith("−")
    assert "Closes Harbour School" in words(app)
    assert state["mayUndo"]
    press(app, "undo")
    assert headline(app).startswith("What if?")
    assert shown(app)["second"]["closed"] == []
    press(app, "redo")
    assert shown(app)["second"]["closed"] == ["s0"]
    by_hand(app, "undo")
    assert shown(app)["second"]["closed"] == []


def test_a_site_can_be_added_moved_and_removed_on_the_map(open_compare):
    app = open_compare()
    by_hand(app, "add", at=spot(1500))
    (added,) = shown(app)["second"]["added"]
    assert added["n"] == "New meal site 1"
    assert shown(app)["select"]["id"] == added["i"]
    gained = headline(app)
    assert "more children" in gained
    by_hand(app, "move", added["i"], spot(2500))
    (moved,) = shown(app)["second"]["added"]
    assert moved["x"] > added["x"]
    by_hand(app, "move", "s1", spot(3400))
    assert "s1" in shown(app)["second"]["moved"]
    by_hand(app, "back", "s1")
    assert shown(app)["second"]["moved"] == {}
    by_hand(app, "close", added["i"])
    assert shown(app)["second"]["added"] == []


def test_the_form_of_a_site_changes_its_name_and_times(open_compare):
    app = open_compare()
    by_hand(app, "add", at=spot(1500))
    site_id = shown(app)["second"]["added"][0]["i"]
    by_hand(app, "edit", site_id)
    form = f"town:compare site {site_id}"
    app.text_input(key=f"{form} name").set_value("Gym")
    app.multiselect(key=f"{form} days").set_value(["sat", "mon"])
    next(one for one in app.button if one.label == "Use this").click()
    checked(app.run())
    (added,) = shown(app)["second"]["added"]
    assert (added["n"], added["t"]) == ("Gym", "Mon, Sat")


def test_a_place_that_is_none_is_said_in_the_form_and_nothing_changes(open_compare):
    app = open_compare()
    by_hand(app, "edit", "s0")
    app.text_input(key="town:compare site s0 place").set_value("somewhere")
    next(one for one in app.button if one.label == "Use this").click()
    checked(app.run())
    assert "is no place" in problems(app)
    assert headline(app).startswith("What if?")


def test_reach_on_the_right_is_a_change_of_its_own_to_take_back(open_compare):
    app = open_compare()
    slider = app.select_slider(key="town:compare reach")
    checked(slider.set_value("800m").run())
    assert "more children" in headline(app)
    assert "Reach 800 m instead of 400 m" in words(app)
    (button,) = [one for one in app.button if one.label == "Take back"]
    checked(button.click().run())
    assert headline(app).startswith("What if?")
    assert app.select_slider(key="town:compare reach").value == "400m"


def test_other_people_on_each_side_are_not_subtracted_until_both_ask_the_same(open_compare):
    app = open_compare()
    checked(app.selectbox(key="town:compare need").set_value("seniors").run())
    assert "no difference" in words(app) + headline(app)
    assert shown(app)["difference"] is None
    press(app, "alike")
    assert shown(app)["difference"] is not None
    assert shown(app)["first"]["unit"] == "seniors"


def test_a_day_asked_for_leaves_out_who_does_not_say(open_compare):
    app = open_compare()
    checked(app.selectbox(key="town:compare day").set_value("mon").run())
    assert shown(app)["second"]["flags"] == "1?"
    checked(app.toggle(key="town:compare unknown").set_value(True).run())
    assert shown(app)["second"]["flags"] == "11"


def test_both_sides_are_asked_about_the_same_part_of_the_town(open_compare):
    app = open_compare()
    checked(app.selectbox(key="town:compare within").set_value("Left bank").run())
    assert app.query_params["within"] == ["Left bank"] or app.query_params["within"] == "Left bank"
    by_hand(app, "close", "s1")
    assert shown(app)["difference"]["line"] == "0 children in reach"
    assert shown(app)["first"]["classes"].endswith("--")


def test_a_link_shows_the_same_comparison(open_compare):
    app = open_compare()
    by_hand(app, "close", "s0")
    by_hand(app, "add", at=spot(2500))
    said, link = headline(app), app.query_params["right"]
    again = open_compare(right=link)
    assert headline(again) == said
    assert shown(again)["second"] == shown(app)["second"]


def test_a_link_cut_off_on_its_way_says_so(open_compare):
    app = open_compare()
    by_hand(app, "close", "s0")
    (link,) = [app.query_params["right"]] if isinstance(app.query_params["right"], str) else [
        app.query_params["right"][0]
    ]  # fmt: skip
    again = open_compare(right=link[:-6])
    assert "cut off" in problems(again)
    assert headline(again).startswith("What if?")


def test_what_a_list_of_sites_no_longer_has_is_left_out_with_a_word(open_compare):
    link = whatifs.to_link(WhatIf("Old", "town").closing("s0").closing("gone"))
    app = open_compare(right=link)
    assert "gone" in problems(app)
    assert shown(app)["second"]["closed"] == ["s0"]


def test_a_place_far_away_is_refused_and_nothing_is_lost(open_compare):
    app = open_compare()
    by_hand(app, "close", "s0")
    by_hand(app, "add", at="80.0,80.0")
    assert "far outside" in problems(app)
    assert shown(app)["second"]["closed"] == ["s0"]
    assert shown(app)["second"]["added"] == []


def save(app, name):
    app.text_input(key="town:compare name").set_value(name)
    next(one for one in app.button if one.label == "Save").click()
    return checked(app.run())


def test_what_is_saved_can_be_opened_on_either_side_and_deleted(open_compare):
    app = open_compare()
    by_hand(app, "close", "s0")
    save(app, "Without the harbour")
    assert "is saved on this server" in words(app)
    assert "Without the harbour" in headline(app).replace("&#34;", "")
    checked(app.selectbox(key="town:compare right").set_value(":new").run())
    assert headline(app).startswith("What if?")
    checked(app.selectbox(key="town:compare left").set_value("Without the harbour").run())
    assert shown(app)["first"]["closed"] == ["s0"]
    assert "more children" in headline(app)
    (card,) = app.shelf.what_ifs("town")
    press(app, f"delete {card.path.name}")
    assert app.shelf.what_ifs("town") == ()
    # What is compared stays as it is: it is in the session and in the address.
    assert shown(app)["first"]["closed"] == ["s0"]


def test_what_somebody_else_saved_is_replaced_only_on_purpose(open_compare):
    app = open_compare()
    app.shelf.save_what_if(WhatIf("Ours", "town").closing("s1"))
    by_hand(app, "close", "s0")
    save(app, "Ours")
    assert "already" in problems(app)
    assert app.shelf.load_what_if("town", "Ours").closed == ("s1",)
    app.toggle(key="town:compare over").set_value(True)
    save(app, "Ours")
    assert app.shelf.load_what_if("town", "Ours").closed == ("s0",)
    by_hand(app, "reopen", "s0")
    save(app, "Ours")
    assert problems(app) == ""
    assert app.shelf.load_what_if("town", "Ours").closed == ()


def test_a_file_is_opened_on_the_right(open_compare):
    app = open_compare()
    text = whatifs.to_text(WhatIf("Sent", "town").closing("s0"))
    upload = app.file_uploader(key="town:compare upload")
    checked(upload.upload("sent.toml", text.encode(), "application/toml").run())
    assert shown(app)["second"]["closed"] == ["s0"]
    by_hand(app, "reopen", "s0")
    # The same file is not opened again behind one's back.
    assert shown(app)["second"]["closed"] == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe\x00", "UTF-8"),
        (b"x" * 1_000_001, "at most"),
        (b"not = [toml", "not TOML"),
        (b'name = "A"\nstudy = "town"\nclosed = ["s0"]\n', "closed"),
    ],
)
def test_a_file_that_is_no_what_if_says_why(content, says):
    with pytest.raises(ValueError, match=says):
        read_what_if(content, "sent.toml")


def test_a_file_about_another_study_is_not_opened(open_compare):
    app = open_compare()
    text = whatifs.to_text(WhatIf("Sent", "elsewhere"))
    upload = app.file_uploader(key="town:compare upload")
    checked(upload.upload("sent.toml", text.encode(), "application/toml").run())
    assert "elsewhere" in problems(app)
    assert headline(app).startswith("What if?")


def test_a_site_is_added_by_address_or_by_degrees(open_compare):
    app = open_compare()
    place = app.text_input(key="town:compare place")
    checked(place.set_value("1 Main St, Squaretown, TX 78701").run())
    (*_, job) = board().all("geocode")
    board().wait(job.id, 30)
    checked(app.run())
    (added,) = shown(app)["second"]["added"]
    assert added["n"] == "1 Main St"
    assert app.shelf.asked == [["1 Main St", "Squaretown", "TX", "78701"]]
    checked(app.text_input(key="town:compare place").set_value(spot(2500)).run())
    assert len(shown(app)["second"]["added"]) == 2


def test_an_address_that_is_not_found_or_not_whole_says_so(open_compare):
    app = open_compare()
    checked(app.text_input(key="town:compare place").set_value("Somewhere").run())
    assert "cannot be looked up" in problems(app)
    field = app.text_input(key="town:compare place")
    checked(field.set_value("9 Lost Road, Squaretown, TX 78701").run())
    (*_, job) = board().all("geocode")
    board().wait(job.id, 30)
    # Said once: in the run that the answer finds under way, or in the next.
    said = problems(app)
    checked(app.run())
    assert "was not found" in said + problems(app)
    assert shown(app)["second"]["added"] == []


def test_places_partners_and_sites_each_have_a_table(open_compare):
    app = open_compare()
    by_hand(app, "close", "s0")
    table = app.dataframe[0].value
    assert table["name"].tolist() == ["Westside"]
    assert table["difference"].iloc[0] == pytest.approx(table["gap_first"].iloc[0] - table[
        "gap_second"].iloc[0])  # fmt: skip
    app.session_state["town:compare table"] = "partners"
    checked(app.run())
    assert app.dataframe[0].value["partner"].tolist()[0] == "Harbour Aid"
    app.session_state["town:compare table"] = "sites"
    checked(app.run())
    assert app.dataframe[0].value["change"].tolist() == ["closed", ""]


def test_figures_that_are_made_up_say_so(open_compare, made_up):
    app = open_compare(town(provenance=(made_up,)))
    assert "are illustrative" in words(app)
    assert "Illustrative" in map_arguments(app)["script"]


def test_suggestions_are_compared_with_today_under_the_same_question():
    points = [(x, 500, f"480010001{row:02d}", 1) for row, x in enumerate((500, 1500, 2500, 3500))]
    study = town(need_points=builders.need_points(*points))
    asked = replace(usecases.default_scenario(study), reach=Reach(300.0))
    result = usecases.propose_sites(study, SitingRequest(scenario=asked, count=2))
    view = plan_compared(study, result, ())
    assert {one.from_candidate for one in view.second.added} == set(result.order)
    assert view.first.question == view.second.question
    assert view.second.question.reach == Reach(300.0)
    comparison = usecases.compare_what_ifs(study, view.first, view.second)
    assert comparison.difference == pytest.approx(result.need_in_reach - result.need_before)
    one = plan_compared(study, result, result.order[:1])
    assert [site.from_candidate for site in one.second.added] == [result.order[0]]


def test_a_long_sentence_is_shared_out_and_nothing_is_left_out():
    says = ("Now, 5 more than then: 7 of 9, against 2.", "Second.", "x" * 200, "Third.")
    main, near, rest = sentences_in_order(says)
    assert main == "Now, 5 more than then."
    assert near == "7 of 9, against 2. Second."
    assert rest == f"{'x' * 200} Third."
    assert sentences_in_order(("Short.",)) == ("Short.", "", "")


# ------------------------------------------------------------------------------------- invariants

STUDY = town()
_places = st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
_days = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True).map(tuple)
_sites = st.sampled_from(["s0", "s1"])
_edits = st.one_of(
    st.tuples(st.just("close"), _sites),
    st.tuples(st.just("move"), _sites, _places),
    st.tuples(st.just("time"), _sites, _days),
    st.tuples(st.just("add"), st.sampled_from(["a", "b", "c"]), _places),
    st.tuples(st.just("reach"), st.sampled_from([200, 300, 900])),
    st.tuples(st.just("day"), st.sampled_from(WEEKDAYS)),
)


def built(edits):
    what_if = WhatIf("Any", "town")
    for kind, *rest in edits:
        match kind:
            case "close":
                what_if = what_if.closing(rest[0])
            case "move":
                what_if = what_if.moving(rest[0], *rest[1])
            case "time":
                what_if = what_if.retiming(rest[0], days=rest[1])
            case "add":
                what_if = what_if.adding(SiteAdded(rest[0], f"Site {rest[0]}", *rest[1]))
            case "reach":
                what_if = what_if.asking(reach=Reach(float(rest[0])))
            case "day":
                what_if = what_if.asking(day=rest[0])
    return what_if


@given(st.lists(_edits, max_size=8), st.sampled_from([None, "Left bank"]))
def test_what_is_compared_survives_its_address(edits, within):
    usual = default_compare(STUDY)
    view = usual.editing(built(edits)).against(built(edits[:2]))
    view = type(view)(view.first, view.second, within)
    query, problem = compare_query(view, STUDY)
    assert problem == ""
    lists = {name: [text] if isinstance(text, str) else text for name, text in query.items()}
    assert compare_of(lists, usual, STUDY) == (view, ())


@given(st.lists(_edits, max_size=8))
def test_taking_back_every_line_leaves_the_study_as_it_is(edits):
    what_if, lines = built(edits), change_lines(STUDY, built(edits))
    assert len(lines) == len(whatifs.differences(what_if, STUDY))
    for _ in range(20):
        if not (lines := change_lines(STUDY, what_if)):
            break
        what_if = lines[0].without
    assert whatifs.differences(what_if, STUDY) == ()


@given(st.lists(_edits, max_size=8), st.sampled_from(["s0", "s1", "a", "b", "c"]))
def test_a_form_that_is_left_alone_changes_nothing(edits, site_id):
    what_if = built(edits)
    site = known_site(STUDY, what_if, site_id)
    if site is None:
        assert site_id not in [one.site_id for one in what_if.added]
        return
    assert edited(what_if, site, site) == what_if


@given(st.lists(_edits, max_size=5), _sites, _days)
def test_a_form_says_what_it_was_left_with(edits, site_id, days):
    what_if = built(edits)
    before = known_site(STUDY, what_if, site_id)
    assert before is not None
    after = known_site(STUDY, edited(what_if, before, replace(before, days=days)), site_id)
    assert after == replace(before, days=after.days)
    assert set(after.days or ()) == set(days)
