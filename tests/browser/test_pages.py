"""From one page to the next in a real browser: what one looks at stays what one looks at."""

from __future__ import annotations

from playwright.sync_api import expect

STUDY = "Study"


def go_to(tab, page):
    tab.page.locator('[data-testid="stTopNavLink"]', has_text=page).first.click()
    path = "/" if page == "Gaps" else f"/{page.lower()}"
    tab.page.wait_for_function("path => location.pathname === path", arg=path)
    expect(tab.page.get_by_role("combobox", name=STUDY)).to_have_value("Lawful")
    tab.wait_until_quiet()


def test_the_list_of_pages_keeps_the_study(visit):
    tab = visit().open("/data?study=lawful", has_map=False)
    for page in ("Territory", "Data", "Plan", "Compare", "Gaps", "Territory"):
        go_to(tab, page)
        tab.wait_for_address("study=lawful")


def test_a_study_chosen_by_hand_goes_along_too(visit):
    tab = visit().open("/data?study=nyc", has_map=False)
    tab.page.get_by_role("combobox", name=STUDY).click()
    tab.page.get_by_role("option", name="Lawful").click()
    # As fast as a script: the next page would be asked for before the choice has been heard.
    tab.wait_for_address("study=lawful")
    tab.wait_until_quiet()
    for page in ("Gaps", "Plan"):
        go_to(tab, page)
