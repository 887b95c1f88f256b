"""Where an open site may be, and how sure the figures are: controls, modes, figures."""

from __future__ import annotations

import html

import pytest

from gapmap.webapp import published
from tests import builders
from tests.webapp.conftest import (
    checked,
    control,
    figure,
    lawful_town,
    map_arguments,
    painted,
    ranking,
    town,
)

CENTRES = [
    (float(latitude), float(longitude))
    for longitude, latitude in (builders.to_degrees(500 + 1000 * row, 500) for row in range(4))
]


def at(row):
    return "{:.5f},{:.5f}".format(*CENTRES[row])


def said(app):
    """All text of the page as a person reads it."""
    texts = [*app.title, *app.subheader, *app.markdown, *app.caption]
    return html.unescape(" ".join(text.value for text in texts))


def aside(app, label):
    """What stands below a figure."""
    return next(metric.delta for metric in app.metric if label in metric.label)


def choose_map(app, mode):
    control(app, "segmented_control", "map").set_value(mode)
    return checked(app.run())


# ------------------------------------------------------------------------------------- eligibility


def test_a_study_that_knows_nothing_of_eligibility_does_not_offer_its_map(open_page):
    app = open_page()
    assert "Eligibility" not in control(app, "segmented_control", "map").options
    assert "Certainty" not in control(app, "segmented_control", "map").options
    assert "town:margins" not in [toggle.key for toggle in app.toggle]
    assert not [metric for metric in app.metric if "Eligible" in metric.label]


def test_the_map_of_eligibility_has_areas_and_a_legend_of_its_own(open_page):
    app = open_page("gaps", lawful_town())
    before = map_arguments(app)["script"]
    assert painted(app)["lawful"] is None
    choose_map(app, "eligibility")
    state = painted(app)
    assert map_arguments(app)["script"] == before
    assert state["legend"]["title"].endswith("proxy, not a determination")
    assert [step["t"] for step in state["legend"]["steps"]] == [
        "Open by itself · 1",
        "Open by averaging · 1",
        "Not eligible · 1",
        "Not known · 1",
    ]
    assert state["lawful"]["notices"] == ["Proxy, not a determination"]
    assert app.query_params["map"] == "eligibility"
    layer = published.find(state["lawful"]["url"].split("/")[-1].removesuffix(".json"))
    assert layer is not None
    assert "Block group 3" in layer.text()


def test_a_point_says_what_may_open_there_and_why(open_page):
    app = open_page("gaps", lawful_town(), query={"study": "town", "at": at(1)})
    text = said(app)
    assert "What may open here?" in text
    assert "Block group 1" in text
    assert "Open: Probably." in text.replace("*", "")
    assert "Proxy, not a determination" in text
    assert app.query_params["at"] == at(1)
    (expander,) = [one for one in app.expander if "Worksheet" in one.label]
    table = " ".join(html.unescape(text.value) for text in expander.markdown)
    assert "Block group 0" in table
    assert "(45 + 60) / (100 + 100) = 105 / 200 = 52.5%: reaches 50%" in table


def test_another_point_has_another_answer(open_page):
    app = open_page("gaps", lawful_town(), query={"study": "town", "at": at(3)})
    assert "Open: Probably not." in said(app).replace("*", "")


def test_what_is_not_known_is_not_a_no(open_page):
    app = open_page("gaps", lawful_town(), query={"study": "town", "at": at(2)})
    assert "Open: Not known." in said(app).replace("*", "")


def test_a_point_is_marked_on_every_map_and_its_set_on_that_of_eligibility(open_page):
    app = open_page("gaps", lawful_town(), query={"study": "town", "at": at(1)})
    marked = painted(app)["selected"]
    assert marked["kind"] == "at"
    assert marked["spot"] == pytest.approx(CENTRES[1], abs=1e-5)
    assert marked["index"] == ""
    choose_map(app, "eligibility")
    assert painted(app)["selected"]["index"] == "480010001011"


def test_the_neighbourhood_around_a_point_is_marked_in_the_ranking(open_page):
    for row, name in ((1, "Westside"), (3, "Eastside")):
        app = open_page("gaps", lawful_town(), query={"study": "town", "at": at(row)})
        (marked,) = app.session_state["town:ranking"]["selection"]["rows"]
        assert ranking(app)["name"].tolist()[marked] == name


def test_an_area_or_a_site_leads_to_what_may_open_there(open_page):
    for kind, identifier in (("area", "48001000101"), ("site", "s1")):
        app = open_page("gaps", lawful_town(), query={"study": "town", kind: identifier})
        checked(control(app, "button", "lawful").click().run())
        assert app.query_params["at"].startswith(at(1)[:6])
        assert kind not in app.query_params
        assert "Block group 1" in said(app)


def test_the_question_what_may_open_is_not_asked_where_nothing_is_known(open_page):
    app = open_page("gaps", town(), query={"study": "town", "area": "48001000101"})
    assert "town:lawful" not in [button.key for button in app.button]
    app = open_page("gaps", town(), query={"study": "town", "at": at(1)})
    assert "at" not in app.query_params


@pytest.mark.parametrize("nonsense", ["here", "91,0", "0,181", "nan,0", "1;2", "1,2,3"])
def test_an_address_of_no_place_marks_nothing(open_page, nonsense):
    app = open_page("gaps", lawful_town(), query={"study": "town", "at": nonsense})
    assert painted(app)["selected"] == {"kind": "", "token": ""}


def test_the_worksheet_is_a_link_that_can_be_sent(open_page):
    app = open_page("gaps", lawful_town(), query={"study": "town", "at": at(1)})
    (link,) = [one for one in app.get("link_button") if "worksheet" in one.proto.url]
    assert link.proto.url.startswith("/gapmap/worksheet?study=town&at=")


# ------------------------------------------------------------------------- eligible and unserved


def test_who_is_eligible_and_unserved_is_a_figure_with_what_is_not_known(open_page):
    app = open_page("gaps", lawful_town())
    everybody = 600 - int(float(figure(app, "In reach").rstrip("%")) * 6)
    eligible = int(figure(app, "Eligible and unserved"))
    assert 0 < eligible < everybody
    assert "Where most eligible children are unserved: Westside" in said(app)


def test_places_can_be_ranked_by_who_is_eligible_and_unserved(open_page):
    # Most out of reach live in the east, where no open site would be lawful.
    study = lawful_town(
        town=builders.areas([100, 300, 10, 900], children_moe=[1] * 4, seniors=[1, 2, 3, 4])
    )
    app = open_page("gaps", study)
    assert ranking(app)["name"].tolist() == ["Eastside", "Westside"]
    control(app, "segmented_control", "rank").set_value(True)
    checked(app.run())
    assert ranking(app)["name"].tolist() == ["Westside", "Eastside"]
    assert app.query_params["rank"] == "eligible"


# --------------------------------------------------------------------------------------- certainty


def test_the_map_of_certainty_grades_each_area(open_page):
    app = choose_map(open_page("gaps", lawful_town()), "certainty")
    state = painted(app)
    assert state["classes"] == "01x2"
    assert state["hatches"] == ["", "lines", "cross", "dots"]
    assert state["legend"]["title"] == "How sure the count of children is"
    assert state["moes"].split(" ") == ["a", "46", "", "4g"]
    assert app.query_params["map"] == "certainty"


def test_a_need_without_margins_leaves_the_map_of_certainty(open_page):
    app = choose_map(open_page("gaps", lawful_town()), "certainty")
    checked(control(app, "selectbox", "need").set_value("seniors").run())
    assert "Certainty" not in control(app, "segmented_control", "map").options
    assert painted(app)["legend"]["title"] == "Seniors out of reach"
    assert "map" not in app.query_params


def test_the_switch_hides_every_margin_and_says_so_in_the_address(open_page):
    app = open_page("gaps", lawful_town())
    assert "–" in aside(app, "Children")
    assert {"interval", "rank_interval", "rank_reading"} <= set(ranking(app).columns)
    checked(control(app, "toggle", "margins").set_value(False).run())
    assert aside(app, "Children") == ""
    assert {"interval", "rank_interval", "rank_reading"}.isdisjoint(ranking(app).columns)
    assert app.query_params["margins"] == "off"


def test_a_link_opens_without_margins(open_page):
    app = open_page("gaps", lawful_town(), query={"study": "town", "margins": "off"})
    assert control(app, "toggle", "margins").value is False
    assert aside(app, "Children") == ""


def test_a_place_says_its_interval_and_how_sure_its_rank_is(open_page):
    query = {"study": "town", "neighbourhood": "n0"}
    text = said(open_page("gaps", lawful_town(), query=query))
    assert "90% intervals:" in text
    without = said(open_page("gaps", lawful_town(), query=query | {"margins": "off"}))
    assert "90% intervals:" not in without


def test_an_area_says_its_grade(open_page):
    query = {"study": "town", "area": "48001000101"}
    assert "certainty medium" in said(open_page("gaps", lawful_town(), query=query))
