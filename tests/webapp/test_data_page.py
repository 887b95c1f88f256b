from __future__ import annotations

import pytest

from gapmap.views.sentences import plain
from tests.webapp.conftest import checked, town

KNOWN = b"""site_id,name,partner,kind,meals,days,longitude,latitude
a,Quay Kitchen,Quay,open,lunch,mon;tue,0.004,0.004
b,Hill Kitchen,Hill,open,lunch,,0.015,0.004
c,Far Away,Hill,open,lunch,mon,10.0,10.0
d,No Place,Hill,open,lunch,mon,,
"""
UNKNOWN = b"""Hall;Who;East;North
Quay Kitchen;Quay;0.004;0.004
Hill Kitchen;Hill;0.015;0.004
"""


def send(app, content, name="list.csv"):
    return checked(app.file_uploader(key="town:upload").upload(name, content, "text/csv").run())


def figure(app, label):
    return next(metric.value for metric in app.metric if label in metric.label)


def press(app, label):
    return checked(next(b for b in app.button if label in b.label).click().run())


def test_every_layer_is_listed_with_its_source(open_page):
    app = open_page("data")
    assert any("Drawn for tests" in text.value for text in app.markdown)


def test_a_study_that_cannot_be_opened_is_named_with_its_problem(open_page):
    app = open_page("data", town(), "village")
    assert [box.value for box in app.warning] == [f"village: {plain('Its file is gone.')}"]
    assert not open_page("data").warning


def test_a_known_list_is_checked_and_every_row_accounted_for(open_page):
    app = send(open_page("data"), KNOWN)
    assert figure(app, "Rows read") == "4"
    assert figure(app, "kept") == "2"
    assert figure(app, "Left out") == "2"


def test_a_list_is_used_in_this_session_until_the_studys_own_comes_back(open_page):
    app = send(open_page("data"), KNOWN)
    press(app, "Use this list")
    assert any("list.csv" in info.value.replace("&#46;", ".") for info in app.info)
    press(app, "Back to the study")
    assert not app.info


def test_a_broken_file_is_one_box_and_the_page_goes_on(open_page):
    app = send(open_page("data"), b"PK\x03\x04 no zip at all", "list.xlsx")
    assert len(app.error) == 1
    assert any("Where the figures" in text.value for text in app.subheader)


def test_a_file_that_is_something_else_is_refused(open_page):
    attack = b"<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>"
    app = send(open_page("data"), attack, "list.geojson")
    assert len(app.error) == 1


def test_an_unknown_layout_asks_which_column_is_which(open_page):
    app = send(open_page("data"), UNKNOWN)
    boxes = {box.label: box for box in app.selectbox if "column" in str(box.key)}
    assert "Name of the site" in boxes
    boxes["Name of the site"].set_value("Hall")
    boxes["Partner who runs it"].set_value("Who")
    boxes["Longitude, degrees"].set_value("East")
    boxes["Latitude, degrees"].set_value("North")
    press(app, "Check the rows")
    assert figure(app, "kept") == "2"


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "[a](javascript:alert(1))"])
def test_text_of_an_uploaded_list_is_shown_letter_by_letter(open_page, text):
    app = send(open_page("data"), KNOWN, name=f"{text.replace('/', '')}.csv")
    press(app, "Use this list")
    shown = " ".join(element.value for element in (*app.info, *app.markdown, *app.caption))
    assert "<img" not in shown
    assert "](" not in shown
