from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.views.partner_marks import LIGHT_INK, contrast, listed_marks, partner_marks

# What protan, deutan and tritan eyes see of linear red, green and blue (Machado et al. 2009).
EYES = {
    "most": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_LMS = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
TO_LAB = [
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
]


def seen(colour, eye):
    """A colour in OKLab, where distances are as they look."""
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    light = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    through = np.clip(np.array(EYES[eye]) @ light, 0, 1)
    return np.array(TO_LAB) @ np.cbrt(np.array(TO_LMS) @ through)


def names(count):
    return [f"Partner {number}" for number in range(count)]


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize(("count", "least"), [(6, 0.14), (12, 0.08)])
def test_the_fills_stay_apart_for_every_kind_of_colour_vision(eye, count, least):
    colours = [mark.colour for mark in partner_marks(names(count)).values()]
    pairs = itertools.combinations([seen(colour, eye) for colour in colours], 2)
    assert min(np.linalg.norm(one - other) for one, other in pairs) > least


@given(st.integers(1, 400))
def test_every_letter_reads_and_is_somebody_s_alone(count):
    marks = list(partner_marks(names(count)).values())
    assert len({mark.letter for mark in marks}) == count
    assert all(contrast(mark.colour, mark.ink) >= 4.5 for mark in marks)


def test_the_thirteenth_partner_has_a_tint_of_the_first():
    marks = list(partner_marks(names(37)).values())
    looks = [mark.colour for mark in marks]
    assert len({looks[row] for row in (0, 12, 24, 36)}) == 4
    assert [mark.letter for mark in marks[24:28]] == ["Y", "Z", "AA", "AB"]


def test_whoever_comes_last_changes_nobody_else():
    before, after = partner_marks(names(5)), partner_marks(names(9))
    assert all(after[name] == mark for name, mark in before.items())


def test_a_partner_keeps_its_mark_whatever_the_order_of_the_sites():
    assert listed_marks(["b", "A", "c"]) == listed_marks(["c", "A", "b", "b"])
    assert list(listed_marks(["b", "A", "c"])) == ["A", "b", "c"]


def test_who_has_sites_has_one_mark_on_every_map_and_others_come_after():
    listed = ["Library", "Bank", "Parks", "Bank"]
    everywhere = listed_marks(listed)
    chosen = partner_marks(["Parks", "Newcomers", "Bank"], listed)
    assert list(chosen) == ["Parks", "Newcomers", "Bank"]
    assert chosen["Parks"] == everywhere["Parks"]
    assert chosen["Bank"] == everywhere["Bank"]
    assert chosen["Newcomers"].letter == "D"


def test_contrast_is_that_of_the_web_guidelines():
    assert contrast(LIGHT_INK, "#000000") == pytest.approx(21)
    assert contrast("#777777", LIGHT_INK) == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1
