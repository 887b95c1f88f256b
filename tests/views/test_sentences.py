from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gapmap import usecases
from gapmap.model import Reach, Role, Who, Words
from gapmap.views.sentences import (
    eligible_headline,
    headline,
    plain,
    question,
    reach_words,
    site_kinds,
    sure_ranks,
)
from tests import builders


def said(study, **changes):
    scenario = replace(usecases.default_scenario(study), **changes)
    return headline(usecases.assess_gaps(study, scenario), study)


@pytest.mark.parametrize(
    ("reach", "words"),
    [
        ("0.5mi", "half a mile"),
        ("0.6mi", "0.6 mile"),
        ("1mi", "one mile"),
        ("2mi", "2 miles"),
        ("1.5km", "1.5 kilometres"),
        ("800m", "800 m"),
    ],
)
def test_a_reach_reads_as_people_say_it(reach, words):
    assert reach_words(Reach.parse(reach)) == words


def test_the_headline_counts_who_is_out_of_reach():
    town = builders.study(builders.areas([100, 300]), builders.sites((500, 500)))
    sentence = said(town, reach=Reach.parse("0.45mi"))
    assert sentence.endswith("children live farther than 0.45 mile from any open meal site.")
    assert sentence.split()[0].replace(",", "").isdigit()


def test_the_headline_names_meal_weekday_and_partner():
    town = builders.study(town_sites=builders.sites((500, 500)))
    scenario = replace(
        usecases.default_scenario(town), meal="lunch", day="tue", partners=("Partner A",)
    )
    kinds = site_kinds(scenario, town)
    assert kinds == "open meal site of Partner A serving lunch on Tuesday"
    assert site_kinds(replace(scenario, who=Who.ALL, meal=None, partners=None), town) == (
        "meal site serving on Tuesday"
    )


def test_without_any_site_everybody_is_out_of_reach():
    town = builders.study(town_sites=builders.sites((500, 500), kind=["closed"]))
    assert said(town) == "No open meal site counts here: all 400 children are out of reach."


def test_when_everybody_is_in_reach_the_headline_says_so():
    assert said(builders.study(), reach=Reach(5000)).startswith("All 400 children live within")


def test_another_service_is_called_by_its_own_words():
    town = builders.study(words=Words(service="clinics", site="clinic", sites="clinics"))
    assert "any open clinic." in said(town)


def ranked(places, **figures):
    """An answer of nothing but ranked places."""
    base = usecases.assess_gaps(builders.study())
    count = len(places)
    known = {
        "name": places,
        "eligible_gap": [float("nan")] * count,
        "rank_low": range(1, count + 1),
        "rank_high": range(1, count + 1),
    }
    table = pd.DataFrame(known | figures)
    return replace(base, neighbourhoods=table, eligible_gap=table["eligible_gap"].sum(min_count=1))


def test_the_places_with_most_who_are_eligible_and_unserved_are_named():
    answer = ranked(["Brook", "Hill", "Upton", "Vale"], eligible_gap=[40, 300, 8, float("nan")])
    assert eligible_headline(answer, builders.study()) == (
        "Where most eligible children are unserved: Hill (300), Brook (40) and Upton (<10)."
    )


def test_nobody_eligible_and_unserved_is_said_and_unknown_is_not():
    study = builders.study()
    assert "No children out of reach" in eligible_headline(
        ranked(["Brook"], eligible_gap=[0.0]), study
    )
    assert eligible_headline(ranked(["Brook"]), study) == ""


def test_who_is_surely_among_the_ten_worst_is_told_from_who_could_be():
    names = [f"Place {number}" for number in range(1, 13)]
    low = [1, 2, *range(2, 12)]
    high = [1, 8, *([12] * 10)]
    said = sure_ranks(ranked(names, rank_low=low, rank_high=high))
    assert said == "Surely among the ten worst: Place 1 and Place 2. 9 more could be."
    assert sure_ranks(ranked(names)) == ""
    assert sure_ranks(ranked(names[:8], rank_low=1, rank_high=8)) == ""
    nobody = sure_ranks(ranked(names, rank_low=1, rank_high=12))
    assert nobody.startswith("None is surely among the ten worst: 12 could be")


ATTACKS = [
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![](http://elsewhere.example/x.png)",
    "`code` **bold** _it_ ~~no~~",
    "# heading",
    ":red[colour] :material/home: $x^2$",
    "http://elsewhere.example",
    "1. one",
    "- item",
    "a & b &lt;b&gt;",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_text_of_a_file_is_shown_letter_by_letter(text):
    html = MarkdownIt("gfm-like", {"linkify": False}).render(plain(text))
    inner = html.removeprefix("<p>").removesuffix("</p>\n")
    assert "<" not in inner
    assert ":" not in plain(text)


@pytest.mark.parametrize("text", ["see http://a.example/x", "WWW.a.example", "a@b.example"])
def test_an_address_in_a_text_does_not_become_a_link_after_all(text):
    # The page's own reader looks for addresses in the text that the entities stand for.
    shown = unescape(plain(text))
    assert re.search(r"https?://|www\.|@b", shown, re.IGNORECASE) is None
    assert shown.replace("\u2060", "") == text


@given(st.text())
def test_plain_text_never_makes_a_tag(text):
    html = MarkdownIt().render("x" + plain(text))
    inner = html.removeprefix("<p>").removesuffix("</p>\n")
    assert "<" not in inner


def test_a_study_whose_need_is_made_up_says_so_of_every_figure():
    made_up = builders.provenance("tracts", Role.NEED, "Squares", is_illustrative=True)
    study = builders.study(provenance=(made_up,))
    assert "every figure is illustrative" in question(usecases.assess_gaps(study), study)
