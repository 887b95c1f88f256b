from __future__ import annotations

import pandas as pd
import pytest

from gapmap.views.lists import list_csv


def cell(text):
    written = list_csv(pd.DataFrame({"a": [text]})).decode("utf-8-sig")
    return pd.read_csv(pd.io.common.StringIO(written), dtype=str)["a"].iloc[0]


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-cmd|x", "@SUM(A1)", "-97.7 and more"])
def test_no_text_begins_like_a_formula(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-97.7402", "+1", "30", "-0.5e-3", "Quay Kitchen"])
def test_numbers_written_as_text_stay_numbers(text):
    assert cell(text) == text


def test_a_spreadsheet_is_told_that_it_is_unicode():
    assert list_csv(pd.DataFrame({"a": ["Peña"]})).startswith(b"\xef\xbb\xbf")
