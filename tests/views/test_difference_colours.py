from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap import usecases
from gapmap.views.difference_colours import colour_difference
from tests import builders
from tests.views.test_compare_map import EMPTY, TODAY, side, town


@pytest.fixture(scope="module")
def squares():
    study = town(town=builders.areas([10, 250, 1200, 90]))
    return study, usecases.compare_what_ifs(study, TODAY, EMPTY), side(study, EMPTY).colouring


@given(st.lists(st.floats(-2000, 2000), min_size=4, max_size=4))
def test_classes_follow_the_difference_and_its_sign(squares, more):
    """A larger gain never has a lower class; losses and gains never share one."""
    study, comparison, second = squares
    areas = comparison.areas.assign(need_in_reach_difference=more)
    changed = type(comparison)(**{**vars(comparison), "areas": areas})
    colouring = colour_difference(changed, second, need=study.areas["children"])
    codes = np.array([int(mark) for mark in colouring.classes])
    middle = len(colouring.colours) // 2
    for code, number in zip(codes, more, strict=True):
        expected = 0 if abs(number) < 0.5 else np.sign(number)
        assert np.sign(code - middle) == expected
    order = np.argsort(more, kind="stable")
    assert (np.diff(codes[order]) >= 0).all()
    # Mirrored: as many steps each way, so that a loss weighs as much as a gain to the eye.
    assert len(colouring.colours) == 2 * middle + 1
