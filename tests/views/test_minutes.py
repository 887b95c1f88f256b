"""Minutes say what was decided, who does what until when, and what nobody does, and no markup."""

from __future__ import annotations

import html
import io
import math
import re
from datetime import date
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright
from pypdf import PdfReader

from gapmap.views.minutes import minutes_page, minutes_paper
from gapmap.views.minutes_tables import minutes_csv, minutes_tables, minutes_workbook
from gapmap.views.paper import Grid, Heading, Paper, Picture, Text
from gapmap.views.paper_html import paper_html
from gapmap.views.paper_pdf import paper_pdf
from tests.views.minutes_boards import AREAS, GEOIDS, STUDY, commit, minutes, played, put, take
from tests.views.sheet_towns import words

if TYPE_CHECKING:
    from pathlib import Path

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>&amp;\"'"


def part(page: str, heading: str) -> str:
    """What a part of a page says, from its heading to the next one of its kind."""
    return words(page.split(f"<h2>{heading}</h2>")[1].split("<h2>")[0])


def text_of(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


# --------------------------------------------------------------------------------- what they say


def test_a_decision_is_told_with_its_day_its_hands_and_what_it_was_made_on() -> None:
    told = part(minutes_page(minutes(*played())), "Decisions")
    assert "1. Harvest takes the west. Nobody objected." in told
    assert "Decided 22 Nov 2026 13:30 UTC; on the board as it was at revision 4" in told
    assert "due 10 Jan 2027; 7 for, 1 against, 0 abstained" in told


def test_the_map_of_a_decision_shows_the_board_as_it_was_then() -> None:
    made = minutes(*played())
    (decided,) = made.decisions
    assert decided.state is not None
    assert decided.state.revision == decided.decision.on_revision == 4
    assert set(decided.state.claims) == set(GEOIDS[:3])
    assert set(made.state.claims) == set(GEOIDS[:4])


def test_each_partner_has_its_areas_how_far_they_are_and_its_days() -> None:
    made = minutes(*played())
    told = part(minutes_page(made), "Claims and commitments by partner")
    harvest, mosaic = told.split("B Mosaic")
    assert "A Harvest" in harvest
    assert "due 1 Dec 2026" in harvest
    assert "near the kitchen" in harvest
    assert "1. Elm Hall" in harvest
    assert "meals: not stated; days: not stated" in harvest
    assert "runs out 24 Nov 2026 11:30 UTC" in mosaic
    assert [one.claim.state for one in made.held["Harvest"]] == ["committed", "claimed"]


def test_what_is_open_is_what_the_board_has_and_nobody_holds() -> None:
    made = minutes(*played())
    held = {one.key for rows in made.held.values() for one in rows}
    left = {key for place in made.open_places for key in place.keys}
    assert held | left == set(AREAS)
    assert held & left == set()
    assert [place.name for place in made.open_places] == ["East", "in no neighbourhood"]
    assert "East" in part(minutes_page(made), "Still open")


def test_open_need_is_that_of_the_answer_added_up() -> None:
    made = minutes(take("Harvest", 0))
    assert made.assessment is not None
    table = made.assessment.areas
    expected = table[~table["geoid"].isin([GEOIDS[0]])]["gap"].sum()
    assert math.fsum(place.gap for place in made.open_places) == pytest.approx(expected)


def test_without_an_answer_no_need_is_told_and_none_is_zero() -> None:
    made = minutes(take("Harvest", 0), with_need=False)
    told = part(minutes_page(made), "Still open")
    assert "Their need was not worked out here." in told
    assert all(math.isnan(place.gap) for place in made.open_places)


def test_a_part_of_an_area_has_no_need_of_its_own() -> None:
    split = {"do": "split", "area": GEOIDS[0], "parts": ["north", "south"]}
    north = {"do": "take", "partner": "Harvest", "areas": [f"{GEOIDS[0]}#north"]}
    made = minutes(split, north)
    (held,) = made.held["Harvest"]
    assert math.isnan(held.gap)
    west = next(place for place in made.open_places if place.name == "West")
    assert f"{GEOIDS[0]}#south" in west.keys
    assert west.unknown_count == 1
    assert "not known for 1 of them" in words(minutes_page(made))
    assert "or parts of one" in words(minutes_page(made))
    assert "or parts of one" not in words(minutes_page(minutes(take("Harvest", 0))))


def test_tasks_requests_comments_and_corrections_are_all_there() -> None:
    page = minutes_page(minutes(*played()))
    assert "Transport Mosaic 20 Nov 2026" in part(page, "Who does what")
    assert "Mosaic asked Harvest for" in part(page, "Still open")
    assert "We have a van there" in part(page, "Still open")
    assert "children 10 12" in part(page, "Corrections to the figures and lists")
    assert "The bridge is closed." in part(page, "Comments")
    assert "Harvest took" in part(page, "History in brief")


def test_the_history_names_areas_as_people_do() -> None:
    made = minutes(take("Harvest", 0, 1), take("Mosaic", 2, 3, 4, 5))
    told = part(minutes_page(made), "History in brief")
    assert [geoid for geoid in GEOIDS if geoid in told] == []
    assert f"Harvest took {made.named(GEOIDS[:2])}" in told
    words_of = made.study.words
    assert f"Mosaic took 4 {words_of.areas} in Middle, East and in no neighbourhood" in told


def test_a_comment_may_be_about_a_site_of_today() -> None:
    site, name = STUDY.sites.iloc[0][["site_id", "name"]]
    told = part(minutes_page(minutes(put("comments", text="Closed", subject=site))), "Comments")
    assert str(name) in told


def test_a_person_is_named_only_if_the_board_gives_the_name() -> None:
    named = minutes_page(minutes(*played(), names={"m1": "Desk four Example"}))
    assert "Desk four Example" in named
    nameless = minutes_page(minutes(*played()))
    assert "Desk four" not in nameless
    assert "m1" not in words(nameless)


def test_marks_follow_the_board_s_own_order_of_partners() -> None:
    made = minutes(*played(), order=("Mosaic", "Nobody yet"))
    assert [made.marks[name].letter for name in ("Mosaic", "Nobody yet", "Harvest")] == list("ABC")
    assert made.partners == ("Mosaic", "Harvest")


def test_figures_that_suppose_something_say_so_on_top() -> None:
    page = minutes_page(minutes(*played(), what_if="Two more kitchens"))
    assert "Need as in what-if “Two more kitchens”, not as it is today" in words(page)
    assert "what-if" not in words(minutes_page(minutes(*played())))


def test_an_empty_board_has_minutes_too() -> None:
    told = words(minutes_page(minutes()))
    assert "Nothing was decided." in told
    assert "Nobody holds anything yet." in told
    assert f"{len(AREAS)} of {len(AREAS)} are nobody's yet" in told


# ----------------------------------------------------------------------------------- what is safe


def attacked() -> tuple[dict[str, object], ...]:
    return (
        take(ATTACK, 0, note=ATTACK, group=ATTACK[:100]),
        {"do": "decide", "text": ATTACK},
        put("comments", text=ATTACK, subject=ATTACK[:100]),
        put("sites", name=ATTACK[:70], longitude=-73.99, latitude=40.001, note=ATTACK),
        put("activities", what=ATTACK[:70], note=ATTACK),
        {"do": "title", "title": ATTACK[:70]},
    )


def test_no_text_of_a_board_is_markup() -> None:
    page = minutes_page(minutes(*attacked(), names={"m1": ATTACK}))
    assert re.findall(r"<(?:script|img)", page) == []
    assert ATTACK in html.unescape(page)
    assert re.findall(r"""(?:src|href)\s*=|url\(""", re.sub(r"&[^;]+;[^<]*", "", page)) == []


def test_no_text_of_a_board_is_markup_of_a_pdf() -> None:
    made = minutes(*attacked(), put("comments", text='<img src="/etc/hostname"/> <b>x'))
    told = text_of(paper_pdf(minutes_paper(made)))
    assert '<img src="/etc/hostname"/> <b>x' in told
    assert "<script>alert(1)</script>" in told


def test_no_cell_is_a_formula() -> None:
    made = minutes(take("=1+1", 0, note="@SUM(A1)"), {"do": "decide", "text": "+cmd|'x'!A0"})
    shown = minutes_csv(made).decode("utf-8-sig")
    assert re.findall(r"(?:^|,)\"?[=+@]", shown, flags=re.MULTILINE) == []
    book = pd.read_excel(io.BytesIO(minutes_workbook(made)), sheet_name=None)
    assert book["Commitments"]["partner"].tolist() == ["=1+1"]


def test_a_workbook_opens_whatever_was_typed() -> None:
    made = minutes(put("comments", text="a \ufffe\uffff \U0001f600 \u202f b"))
    book = pd.read_excel(io.BytesIO(minutes_workbook(made)), sheet_name="Comments")
    assert book["said"].tolist() == ["a \ufffd\ufffd \U0001f600 \u202f b"]


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["plain", "small", "notice", "strong"]))
def test_any_text_stands_on_a_page_letter_by_letter(text: str, kind: str) -> None:
    text = "".join(sign for sign in text if sign.isprintable())
    page = paper_html(Paper("x", (), (Text(text, kind),), "x"))
    shown = html.unescape(page.split("<main>")[1].split("</main>")[0])
    assert " ".join(text.split()) in " ".join(shown.split())


@settings(max_examples=10, deadline=None)
@given(st.text(max_size=300))
def test_any_text_makes_a_pdf(text: str) -> None:
    rows = ((text, "1"),)
    blocks = (Heading(text), Heading(text, 3, ("#ffffff", "#000000", "A")), Text(text))
    paper = Paper(text, (text,), (*blocks, Grid(("a", "b"), rows, (50, 50), ("b",))), text)
    assert len(PdfReader(io.BytesIO(paper_pdf(paper))).pages) >= 1


# ------------------------------------------------------------------------------- tables and paper


def test_tables_have_a_row_for_each_thing_on_the_board() -> None:
    made = minutes(*played())
    tables = minutes_tables(made)
    assert sorted(tables["Commitments"]["area"]) == GEOIDS[:4]
    assert tables["Commitments"].set_index("area").loc[GEOIDS[0], "due"] == date(2026, 12, 1)
    assert tables["Decisions"]["for"].tolist() == [7]
    assert set(tables["Still open"]["area"]) == set(GEOIDS[4:])
    assert len(tables["History"]) == len(made.events)


def test_the_list_holds_what_the_workbook_holds() -> None:
    made = minutes(*played())
    shown = pd.read_csv(io.BytesIO(minutes_csv(made)), dtype={"area": str})
    count = shown["kind"].value_counts().to_dict()
    assert count == {"claim": 4, "open": 2, "decision": 1, "task": 1, "correction": 1, "comment": 1}
    claims = shown[shown["kind"] == "claim"].set_index("area")
    table = minutes_tables(made)["Commitments"].set_index("area")
    assert claims["open_need"].to_dict() == pytest.approx(table["open_need"].to_dict())


def test_a_pdf_says_what_the_page_says() -> None:
    paper = minutes_paper(minutes(*played()))
    told = text_of(paper_pdf(paper))
    for block in paper.blocks:
        if isinstance(block, (Heading, Text)):
            assert " ".join(block.text.split()) in told
    assert "1 / " in told
    assert "due 1 Dec 2026" in told


def test_a_pdf_is_the_same_for_the_same_minutes() -> None:
    paper = minutes_paper(minutes(*played()))
    assert paper_pdf(paper) == paper_pdf(paper)


def test_a_pdf_has_names_of_other_alphabets_and_owns_up_to_what_it_lacks() -> None:
    made = minutes(take("Пища для всех", 0), take("Đỗ Thị", 1))
    told = text_of(paper_pdf(minutes_paper(made)))
    assert "Пища для всех" in told
    assert "Đỗ Thị" in told
    assert "not in the font of this PDF" not in told
    lacking = text_of(paper_pdf(minutes_paper(minutes(take("食物", 0)))))
    assert "▯▯" in lacking
    assert "characters are not in the font of this PDF" in lacking


def test_a_comment_longer_than_a_page_is_printed_to_its_end() -> None:
    long = "\n".join(f"line {number} of a long story" for number in range(130))
    made = minutes(put("comments", text=long))
    told = text_of(paper_pdf(minutes_paper(made)))
    assert "line 129 of a long story" in told
    decided = minutes({"do": "decide", "text": f"{long}\nEND"})
    assert "END" in text_of(paper_pdf(minutes_paper(decided)))
    one_word = text_of(paper_pdf(minutes_paper(minutes(put("comments", text="x" * 3900 + "END")))))
    assert "END" in one_word


def test_a_table_begins_where_its_heading_is_and_goes_on_overleaf() -> None:
    rows = tuple((f"row {number}",) for number in range(60))
    filler = Text("\n".join(["a line"] * 25))
    for above in ((Heading("Below"),), (Heading("Below"), Text("Below as well"))):
        paper = Paper("x", (), (filler, *above, Grid(("a",), rows, (100,))), "x")
        first, *_ = PdfReader(io.BytesIO(paper_pdf(paper))).pages
        told = first.extract_text()
        assert "Below" in told
        assert "row 5" in told
    # Not at the very foot of a page: there the heading would stand alone.
    for line_count in (49, 50):
        full = Text("\n".join(["a line"] * line_count))
        paper = Paper("x", (), (full, Heading("Below"), Grid(("a",), rows, (100,))), "x")
        first, second, *_ = PdfReader(io.BytesIO(paper_pdf(paper))).pages
        assert "Below" not in first.extract_text()
        assert "Below" in second.extract_text()


def test_paper_sizes_are_those_of_the_world() -> None:
    paper = minutes_paper(minutes())
    sizes = {
        size: PdfReader(io.BytesIO(paper_pdf(paper, size=size))).pages[0].mediabox
        for size in ("letter", "a4")
    }
    assert [round(float(part)) for part in sizes["letter"][2:]] == [612, 792]
    assert [round(float(part)) for part in sizes["a4"][2:]] == [595, 842]


def test_every_picture_is_a_drawing_without_a_script() -> None:
    pictures = [one for one in minutes_paper(minutes(*played())).blocks if isinstance(one, Picture)]
    assert len(pictures) == 4  # everybody, one decision, two partners
    for one in pictures:
        tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(one.svg)}
        assert tags <= {"path", "circle", "text"}


def test_chromium_prints_the_page(chromium_path: Path, tmp_path: Path) -> None:
    file = tmp_path / "minutes.html"
    file.write_text(minutes_page(minutes(*played(), *attacked()[1:])), encoding="utf-8")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    told: list[str] = []
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium_path, args=flags)
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.on("console", lambda message: told.append(message.text))
        page.on("dialog", lambda dialog: told.append(dialog.message))
        page.goto(file.as_uri())
        width = page.evaluate("document.documentElement.scrollWidth")
        printed = page.pdf(format="A4")
        browser.close()
    assert told == []
    assert width <= 390
    assert "Harvest takes the west." in text_of(printed)


def test_commitments_that_are_alike_share_a_row() -> None:
    made = minutes(take("Harvest", 0, 1), commit(0, 1, due="2026-12-01"))
    rows = [
        block.rows
        for block in minutes_paper(made).blocks
        if isinstance(block, Grid) and "How far" in block.heads
    ]
    assert [len(one) for one in rows] == [1]
