"""The panel says where each layer is from, and what to be careful with first."""

from __future__ import annotations

from datetime import date, timedelta

from gapmap.model import Role
from tests import builders
from tests.webapp.conftest import town
from tests.webapp.test_data_page import press, send

LIST = b"name,partner,kind,longitude,latitude\nQuay Kitchen,Quay,open,0.004,0.004\n"


def plain_text(app):
    shown = " ".join(element.value for element in (*app.markdown, *app.warning))
    for code, sign in (("&#46;", "."), ("&#40;", "("), ("&#41;", ")"), ("&#45;", "-")):
        shown = shown.replace(code, sign)
    return shown


def layer(role, title, **changes):
    return builders.provenance(role.value, role, title, **changes)


def test_each_layer_says_everything_known_of_it(open_page):
    made = layer(
        Role.NEED, "Children", source="Census Bureau", licence="Public domain", rows_in=50,
        rows_out=48, fetched=date(2026, 5, 4), is_modelled=True, method="Spread by lot.",
    )  # fmt: skip
    app = open_page("data", town(provenance=(made,)))
    (line,) = [box.label for box in app.expander if "Children" in box.label]
    assert "need by area" in line
    assert "modelled" in line
    said = plain_text(app)
    for text in ("Census Bureau", "Public domain", "50 read, 48 kept, 2 left out", "4 May 2026",
                 "Spread by lot.", "SHA-256 000000000000"):  # fmt: skip
        assert text in said


def test_what_to_be_careful_with_stands_first(open_page):
    soon = date.today().replace(day=1) - timedelta(days=5 * 365 - 60)
    app = open_page(
        "data",
        town(
            provenance=(
                layer(Role.NEED, "Children", vintage="ACS 2019-2023"),
                layer(Role.ELIGIBILITY, "FNS file", vintage="2010 tracts", determined=soon),
            )
        ),
    )
    assert [
        "runs out on" in app.warning[0].value,
        "different censuses" in app.warning[1].value,
    ] == [True, True]


def test_figures_that_agree_warn_of_nothing(open_page):
    assert not open_page("data").warning


def test_a_list_of_ones_own_takes_the_place_of_the_study_s_in_the_panel(open_page):
    sites = layer(Role.SITES, "State list")
    app = open_page("data", town(provenance=(sites,)))
    assert any("State list" in box.label for box in app.expander)
    send(app, LIST)
    press(app, "Use this list")
    assert not any("State list" in box.label for box in app.expander)
    assert "a list of meal sites brought in by hand" in plain_text(app) or (
        "a site list brought in by hand" in plain_text(app)
    )
