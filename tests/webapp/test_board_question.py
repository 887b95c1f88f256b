from __future__ import annotations

from dataclasses import replace

import pytest

from gapmap.webapp import cached
from gapmap.webapp.address import default_view
from gapmap.webapp.board_question import BoardQuestion, partners_of
from gapmap.whatifs import WhatIf
from tests.webapp.conftest import FakeWorkspace, town


@pytest.fixture
def study(monkeypatch):
    workspace = FakeWorkspace(town())
    monkeypatch.setattr("gapmap.wiring.open_workspace", lambda: workspace)
    cached.forget()
    yield cached.study("town")
    cached.forget()


def asked(study, **changes):
    return replace(default_view(study).scenario, **changes)


def test_a_question_is_read_as_it_was_kept(study):
    question = BoardQuestion(
        asked(study, measure="seniors", within="Left bank"),
        ("Mill Friends", "Harbour Aid"),
        WhatIf("Without the school", "town").closing("site-1"),
    )
    kept = question.as_json(study)
    assert BoardQuestion.from_json(kept, study) == question


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"query": 7, "partners": "Harbour Aid", "what_if": 3},
        {"query": {"need": ["nothing"], "reach": "far"}, "partners": [None, 4, ""]},
        {"what_if": "not a link"},
    ],
)
def test_what_makes_no_sense_is_as_the_study_asks_it(study, kept):
    found = BoardQuestion.from_json(kept, study)
    assert found == BoardQuestion(default_view(study).scenario)


def test_a_partner_has_one_place_however_often_it_is_named():
    assert partners_of({"partners": ["B", "A", "B", "", 3]}) == ("B", "A")


def test_a_board_s_answer_is_of_the_whole_study_whatever_its_part(study):
    kept = BoardQuestion(asked(study, within="Left bank")).as_json(study)
    assert len(cached.board_answer(study, kept).areas) == 4


def test_a_what_if_changes_the_answer(study):
    kept = BoardQuestion(asked(study)).as_json(study)
    site = str(study.sites["site_id"].iloc[0])
    closed = BoardQuestion(asked(study), what_if=WhatIf("x", "town").closing(site)).as_json(study)
    before, after = (cached.board_answer(study, one).sites_used for one in (kept, closed))
    assert after == before - 1
