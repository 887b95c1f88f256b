from __future__ import annotations

from tests.webapp.conftest import (
    checked,
    control,
    figure,
    headline,
    map_arguments,
    painted,
    ranking,
    town,
)


def test_the_page_opens_on_the_studys_own_question(open_page):
    app = open_page()
    assert "children live farther than 400 m from any open meal site" in headline(app)
    assert figure(app, "Children") == "600"


def test_a_longer_reach_leaves_fewer_children_out(open_page):
    app = open_page()
    before = int(headline(app).split()[0].replace(",", ""))
    checked(control(app, "select_slider", "reach").set_value("600m").run())
    after = int(headline(app).split()[0].replace(",", ""))
    assert 0 < after < before
    assert "600 m" in headline(app)


def test_another_need_counts_other_people(open_page):
    app = open_page()
    checked(control(app, "selectbox", "need").set_value("seniors").run())
    assert "seniors live farther" in headline(app)
    assert figure(app, "Seniors") == "100"


def test_counting_enrolled_only_sites_changes_how_many_count(open_page):
    app = open_page()
    assert figure(app, "that count") == "3 of 4"
    checked(control(app, "radio", "who").set_value("all").run())
    assert figure(app, "that count") == "4 of 4"


def test_a_weekday_leaves_out_sites_that_are_closed_or_do_not_say(open_page):
    app = open_page()
    checked(control(app, "selectbox", "day").set_value("sat").run())
    assert figure(app, "that count") == "1 of 4"
    switch = control(app, "toggle", "unknown")
    assert "Count 1 meal site with unknown" in switch.label
    checked(switch.set_value(True).run())
    assert figure(app, "that count") == "2 of 4"


def test_the_switch_for_unknown_days_is_not_there_before_a_day_is_asked(open_page):
    assert not open_page().toggle


def test_a_partner_filter_leaves_that_partner_alone(open_page):
    app = open_page()
    checked(control(app, "multiselect", "partners").set_value(["Mill Friends"]).run())
    assert figure(app, "that count") == "2 of 4"
    assert app.dataframe[1].value["partner"].tolist() == ["Mill Friends"]


def test_a_group_narrows_need_ranking_and_view(open_page):
    app = open_page()
    whole = painted(app)["view"]
    checked(control(app, "selectbox", "within").set_value("Right bank").run())
    assert figure(app, "Children") == "200"
    assert ranking(app)["name"].tolist() == ["Eastside"]
    assert painted(app)["view"] != whole


def test_the_method_can_be_changed_only_where_there_are_need_points(open_page):
    assert "town:method" not in [radio.key for radio in open_page().radio]


def test_the_map_script_stays_and_only_the_repaint_changes(open_page):
    app = open_page()
    before = map_arguments(app)
    checked(control(app, "select_slider", "reach").set_value("600m").run())
    after = map_arguments(app)
    assert before["script"] == after["script"]
    assert before["feature_group"] != after["feature_group"]
    assert before["returned_objects"] == ["last_active_drawing"]


def test_another_map_mode_repaints_the_same_map(open_page):
    app = open_page()
    before = painted(app)
    control(app, "segmented_control", "map").set_value("coverage")
    checked(app.run())
    after = painted(app)
    assert before["legend"]["title"] == "Children out of reach"
    assert after["legend"]["title"] == "Share of children in reach"
    assert before["colours"] != after["colours"]


def test_unknown_need_stays_unknown(open_page):
    assert painted(open_page())["classes"][2] == "x"


def test_the_address_says_what_differs_from_the_studys_own_view(open_page):
    app = open_page()
    assert app.query_params == {"study": "town"}
    checked(control(app, "select_slider", "reach").set_value("600m").run())
    checked(control(app, "selectbox", "day").set_value("sat").run())
    assert app.query_params == {"study": "town", "reach": "600m", "day": "sat"}


def test_an_address_opens_the_same_view(open_page):
    query = {
        "study": "town",
        "reach": "600m",
        "who": "all",
        "within": "Left bank",
        "need": "seniors",
        "partner": ["Harbour Aid"],
        "map": "need",
        "neighbourhood": "n0",
    }
    app = open_page(query=query)
    assert control(app, "select_slider", "reach").value == "600m"
    assert control(app, "radio", "who").value == "all"
    assert control(app, "selectbox", "within").value == "Left bank"
    assert control(app, "multiselect", "partners").value == ["Harbour Aid"]
    assert painted(app)["selected"]["index"] == 0
    assert painted(app)["legend"]["title"] == "Seniors in need"
    assert app.query_params == {**query, "partner": "Harbour Aid"}


def test_an_address_that_makes_no_sense_opens_the_studys_own_view(open_page):
    nonsense = {
        "study": "atlantis",
        "reach": "far",
        "need": "dragons",
        "who": "nobody",
        "day": "someday",
        "within": "Moon",
        "area": "0",
        "map": "treasure",
    }
    app = open_page(query=nonsense)
    assert "400 m" in headline(app)
    assert painted(app)["selected"] == {"kind": "", "token": ""}


def test_a_reach_that_no_step_has_is_taken_from_the_address(open_page):
    app = open_page(query={"study": "town", "reach": "0.4321km"})
    assert control(app, "select_slider", "reach").value == "0.4321km"


def test_going_back_to_the_start_undoes_everything(open_page):
    app = open_page()
    start = headline(app)
    checked(control(app, "select_slider", "reach").set_value("600m").run())
    checked(control(app, "radio", "who").set_value("all").run())
    button = next(button for button in app.button if button.label == "Back to the start")
    checked(button.click().run())
    assert headline(app) == start
    assert app.query_params == {"study": "town"}


def test_finding_a_place_marks_it_on_the_map_and_in_the_address(open_page):
    app = open_page()
    checked(control(app, "selectbox", "find").set_value("Eastside, Right bank").run())
    assert painted(app)["selected"]["kind"] == "neighbourhood"
    assert painted(app)["selected"]["index"] == 1
    assert painted(app)["selected"]["fly"] is True
    assert app.query_params["neighbourhood"] == "n1"
    assert any("Eastside" in text.value for text in app.subheader)


def test_finding_a_tract_by_its_geoid_shows_its_nearest_sites(open_page):
    app = open_page()
    checked(control(app, "selectbox", "find").set_value("Tract 3 · 48001000103").run())
    assert app.query_params["area"] == "48001000103"
    shown = " ".join(text.value for text in app.markdown)
    assert "East Pantry" in shown.replace("&#32;", " ")


def test_closing_the_detail_marks_nothing(open_page):
    app = open_page(query={"study": "town", "site": "s1"})
    assert painted(app)["selected"]["kind"] == "site"
    checked(control(app, "button", "close").click().run())
    assert painted(app)["selected"] == {"kind": "", "token": ""}
    assert "site" not in app.query_params


def test_made_up_and_modelled_are_said_on_the_map_itself(open_page, made_up):
    study = town()
    app = open_page("gaps", town(provenance=(*study.provenance, made_up)))
    assert "Illustrative meal sites: not real" in map_arguments(app)["script"]
    assert "illustrative" in app.caption[0].value


def test_a_study_without_neighbourhoods_ranks_its_areas(open_page):
    app = open_page("gaps", town(neighbourhoods=None))
    table = app.dataframe[0].value
    assert "geoid" in table
    assert table["gap"].is_monotonic_decreasing


def test_a_question_that_no_site_answers_is_a_sentence_and_not_a_failure(open_page):
    app = open_page()
    checked(control(app, "selectbox", "day").set_value("sun").run())
    assert headline(app).startswith("No open meal site serving on Sunday counts here")
    assert any("no partner is listed" in caption.value for caption in app.caption)


def test_two_studies_are_a_choice_and_keep_their_own_controls(open_page):
    other = town(id="village", name="Village", data_version="village-1")
    app = open_page("gaps", town(), other)
    checked(control(app, "select_slider", "reach").set_value("600m").run())
    checked(app.selectbox(key="study").set_value("village").run())
    assert app.select_slider(key="village:reach").value == "400m"
    assert app.query_params == {"study": "village"}
    checked(app.selectbox(key="study").set_value("town").run())
    assert control(app, "select_slider", "reach").value == "600m"
