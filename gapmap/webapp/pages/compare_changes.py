"""What the right what-if changes, one line each to take back, and ways to change more by words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from gapmap.views.sentences import plain
from gapmap.webapp import session
from gapmap.webapp.pages import compare_edit
from gapmap.webapp.pages.compare_lookup import draw_adding
from gapmap.whatifs import Question, WhatIf, differences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gapmap.model import Study

__all__ = ["ChangeLine", "change_lines", "draw_changes", "draw_more_changes"]


@dataclass(frozen=True)
class ChangeLine:
    """One thing that a what-if changes.

    Parameters
    ----------
    text
        What, in a sentence.
    without
        The what-if without it.
    site_id
        The site it is about, empty for what is asked.
    """

    text: str
    without: WhatIf
    site_id: str = ""


def change_lines(study: Study, what_if: WhatIf) -> tuple[ChangeLine, ...]:
    """Return what a what-if changes, one line a change, sites first."""
    return tuple(_lines(study, what_if))


def _lines(study: Study, what_if: WhatIf) -> Iterator[ChangeLine]:
    alone = WhatIf(what_if.name, what_if.study)

    def says(one: WhatIf) -> str:
        return "; ".join(differences(one, study))

    for site_id in what_if.closed:
        text = says(replace(alone, closed=(site_id,)))
        yield ChangeLine(text, what_if.reopening(site_id), site_id)
    for site in what_if.added:
        text = says(replace(alone, added=(site,)))
        yield ChangeLine(text, what_if.closing(site.site_id), site.site_id)
    for moved in what_if.moved:
        if moved.site_id not in what_if.closed:
            text = says(replace(alone, moved=(moved,)))
            yield ChangeLine(text, what_if.putting_back(moved.site_id), moved.site_id)
    for timed in what_if.retimed:
        if timed.site_id not in what_if.closed:
            text = says(replace(alone, retimed=(timed,)))
            yield ChangeLine(text, what_if.keeping_times(timed.site_id), timed.site_id)
    for name in Question.__slots__:
        value = getattr(what_if.question, name)
        if value is not None and name != "within":
            text = says(replace(alone, question=Question(**{name: value})))
            if text:
                yield ChangeLine(text, what_if.asking(**{name: None}))


def draw_changes(study: Study, what_if: WhatIf) -> None:
    """Draw what differs from today, each with the way back."""
    lines = change_lines(study, what_if)
    st.subheader(f"What “{plain(what_if.name)}” changes", anchor=False)
    past, future = compare_edit.past_and_future(study)
    with st.container(horizontal=True, gap="small"):
        for label, direction, there in (("Undo", "undo", past), ("Redo", "redo", future)):
            st.button(
                label,
                on_click=compare_edit.step,
                args=(study, direction),
                disabled=not there,
                key=session.key(study, f"compare {direction}"),
            )
    if what_if.note:
        st.caption(plain(what_if.note))
    if not lines:
        st.caption(
            f"Nothing yet. Click a {plain(study.words.site)} on the right map, add one there, or "
            "move the reach."
        )
    with st.container(key="changes"):
        for place, line in enumerate(lines):
            text_room, button_room = st.columns([3, 1.2], vertical_alignment="center", gap="small")
            text_room.markdown(plain(line.text))
            button_room.button(
                "Take back",
                on_click=_use,
                args=(study, line.without),
                width="stretch",
                key=session.key(study, f"compare take back {place} {line.site_id}"),
            )


def _use(study: Study, what_if: WhatIf) -> None:
    compare_edit.edit(study, what_if)


def draw_more_changes(study: Study, what_if: WhatIf) -> None:
    """Draw the ways to change sites without touching the map."""
    words = study.words
    pick = session.key(study, "compare pick")
    names = dict(zip(study.sites["site_id"], study.sites["name"], strict=True))
    names |= {site.site_id: site.name for site in what_if.added}

    def picked() -> None:
        site_id = session.known(pick)
        if site_id in names:
            compare_edit.to_describe(study, str(site_id))
        session.place(pick, None)

    st.selectbox(
        f"Change a {words.site}",
        options=list(names),
        index=None,
        format_func=lambda site_id: str(names[site_id]),
        placeholder="Find it by name",
        key=pick,
        on_change=picked,
    )
    draw_adding(study)
