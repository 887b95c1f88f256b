from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapmap.analysis.territory.edits import Drawing, History
from gapmap.errors import UnknownNameError

GEOIDS = tuple(f"a{number}" for number in range(6))
BLANK = Drawing.blank(GEOIDS, ("Aid", "Bank"))


def test_a_brush_gives_and_an_eraser_takes() -> None:
    drawn = BLANK.paint(["a0", "a1"], "Aid").paint(["a1", "a2"], "Bank").erase(["a0"])
    assert drawn.holders == (None, "Bank", "Bank", None, None, None)
    assert drawn.unassigned == ("a0", "a3", "a4", "a5")
    assert drawn.of_partner("Bank") == ("a1", "a2")
    assert BLANK.holders == (None,) * 6


def test_a_lock_stands_against_brush_and_eraser_until_it_is_opened() -> None:
    drawn = BLANK.paint(["a0", "a1"], "Aid").lock_partner("Aid")
    assert drawn.paint(["a0", "a2"], "Bank").holders == ("Aid", "Aid", "Bank", None, None, None)
    assert drawn.erase(["a0"]) is drawn
    assert drawn.unlock(["a0"]).erase(["a0"]).holders[0] is None
    assert drawn.unlock_partner("Aid").locked == frozenset()


def test_locks_are_what_a_new_proposal_has_to_keep() -> None:
    drawn = BLANK.paint(["a0", "a1"], "Aid").lock(["a0", "a5"])
    assert drawn.locks == {"a0": "Aid"}
    assert drawn.set_aside == ("a5",)


def test_a_neighbourhood_is_painted_at_once() -> None:
    places = {"a0": "North", "a1": "North", "a2": "South", "a3": None}
    drawn = BLANK.paint_neighbourhood("North", "Bank", places)
    assert drawn.of_partner("Bank") == ("a0", "a1")
    assert drawn.paint_neighbourhood("North", None, places) == BLANK
    with pytest.raises(UnknownNameError, match="Did you mean North"):
        drawn.paint_neighbourhood("Norht", "Bank", places)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="partner"):
        BLANK.paint(["a0"], "Bobb")
    with pytest.raises(UnknownNameError, match="area"):
        BLANK.paint(["b0"], "Bank")
    with pytest.raises(UnknownNameError, match="area"):
        BLANK.lock(["b0"])
    with pytest.raises(UnknownNameError, match="partner"):
        Drawing.of({"a0": "Club"}, ("Aid", "Bank"))


def test_a_division_comes_in_and_goes_out_as_it_is() -> None:
    holders = {"a0": "Aid", "a1": None, "a2": "Bank"}
    assert Drawing.of(holders, ("Aid", "Bank"), ["a1"]).as_holders == holders


def test_what_changes_nothing_is_not_remembered() -> None:
    history = History(BLANK).then(lambda now: now.erase(["a0"]))
    assert not history.can_undo
    assert history.undo() is history
    assert history.redo() is history


def test_a_new_change_forgets_what_was_undone() -> None:
    history = History(BLANK).then(lambda now: now.paint(["a0"], "Aid")).undo()
    assert history.can_redo
    assert not history.then(lambda now: now.paint(["a1"], "Bank")).can_redo


strokes = st.lists(
    st.tuples(
        st.lists(st.sampled_from(GEOIDS), min_size=1),
        st.sampled_from(["Aid", "Bank", None, "lock", "unlock"]),
    ),
    max_size=12,
)


def drawn(drawing: Drawing, areas: list[str], brush: str | None) -> Drawing:
    if brush == "lock":
        return drawing.lock(areas)
    if brush == "unlock":
        return drawing.unlock(areas)
    return drawing.erase(areas) if brush is None else drawing.paint(areas, brush)


@given(strokes)
def test_undoing_everything_and_redoing_it_leads_back(steps: list[tuple[list[str], str]]) -> None:
    history = History(BLANK)
    seen = [BLANK]
    for areas, brush in steps:
        history = history.then(partial(drawn, areas=areas, brush=brush))
        if history.now != seen[-1]:
            seen.append(history.now)
        assert len(history.now.holders) == len(GEOIDS)
    last = history.now
    for earlier in reversed(seen[:-1]):
        history = history.undo()
        assert history.now == earlier
    assert not history.can_undo
    for later in seen[1:]:
        history = history.redo()
        assert history.now == later
    assert history.now == last
    assert not history.can_redo
