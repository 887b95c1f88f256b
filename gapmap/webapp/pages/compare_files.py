"""Keeping a what-if: saved here, sent as a file, or as the address of the page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from gapmap.errors import GapmapError, InputError
from gapmap.views.sentences import plain
from gapmap.webapp import cached, session
from gapmap.webapp.pages import compare_edit
from gapmap.webapp.pages.compare_controls import open_what_if
from gapmap.whatifs import from_text, to_text

if TYPE_CHECKING:
    from gapmap.model import Study
    from gapmap.webapp.pages.compare_address import CompareView
    from gapmap.whatifs import WhatIf

__all__ = ["draw_keeping", "is_saved", "read_what_if"]

_FILE_AT_MOST: Final = 1_000_000
"""Bytes: a thousand times what a what-if usually takes."""


def is_saved(study: Study, what_if: WhatIf) -> bool:
    """Say whether a what-if is saved here as it is now."""
    workspace = cached.workspace()
    if what_if.name not in [card.name for card in workspace.what_ifs(study.id) if not card.problem]:
        return False
    try:
        return bool(workspace.load_what_if(study.id, what_if.name, may_be_path=False) == what_if)
    except GapmapError:
        # Somebody has just removed or broken it: then it is not saved.
        return False


def draw_keeping(study: Study, view: CompareView, problem: str) -> None:
    """Draw what can be done with the right what-if as a whole.

    Parameters
    ----------
    study
        The study.
    view
        What is compared.
    problem
        Why the address does not hold it; empty where it does.
    """
    _draw_save(study, view)
    st.divider()
    _draw_file(study, view, problem)
    _draw_open(study)
    _draw_saved(study)


def _draw_save(study: Study, view: CompareView) -> None:
    name, note, over = (session.key(study, f"compare {one}") for one in ("name", "note", "over"))
    # What is being typed stays; another what-if brings its own.
    shown = session.key(study, "compare shown")
    if session.known(shown) != (view.second.name, view.second.note):
        session.place(shown, (view.second.name, view.second.note))
        session.place(name, view.second.name)
        session.place(note, view.second.note)
    with st.form(session.key(study, "compare save"), border=False):
        st.text_input("Name", key=name, max_chars=80)
        st.text_area("Note", key=note, max_chars=1_000, height=72,
                     placeholder="Why, and what was agreed")  # fmt: skip
        if session.known(session.key(study, "compare taken")):
            st.toggle("Replace the one of this name", key=over)
        st.form_submit_button(
            "Save", type="primary", on_click=_save, args=(study, name, note, over), width="stretch"
        )
    if is_saved(study, view.second):
        st.caption(f"“{plain(view.second.name)}” is saved on this server as it is now.")


def _save(study: Study, name: str, note: str, over: str) -> None:
    """Save the right what-if; what somebody else saved is replaced only if that is said."""
    taken, mine = session.key(study, "compare taken"), session.key(study, "compare mine")
    workspace, known = cached.workspace(), session.known(mine, ())
    try:
        wanted = replace(
            compare_edit.current(study).second,
            name=str(session.known(name) or ""),
            note=str(session.known(note) or ""),
        )
        may_replace = wanted.name in known or bool(session.known(over))
        there = [card.name.casefold() for card in workspace.what_ifs(study.id)]
        session.place(taken, wanted.name.casefold() in there and not may_replace)
        workspace.save_what_if(wanted, replace=may_replace)
    except GapmapError as error:
        compare_edit.say(study, str(error))
        return
    session.place(mine, (*known, wanted.name))
    session.take(over)
    compare_edit.edit(study, wanted)


def _draw_file(study: Study, view: CompareView, problem: str) -> None:
    """Draw what to send somebody: the address, which holds everything, or the file."""
    if problem:
        st.warning(plain(problem))
    else:
        st.markdown(
            "**To send it,** copy the address of this page from the top of the browser: it holds "
            "both sides as they are now. Or send the file:"
        )
    stem = "".join(sign if sign.isalnum() else "-" for sign in view.second.name.lower()).strip("-")
    st.download_button(
        "Download the file",
        data=to_text(view.second),
        file_name=f"{stem or 'what-if'}.toml",
        mime="application/toml",
        key=session.key(study, "compare file"),
        on_click="ignore",
        width="stretch",
    )


def _draw_open(study: Study) -> None:
    """Draw the place to drop a what-if file; it opens on the right."""
    name = session.key(study, "compare upload")

    def opened() -> None:
        file = session.known(name)
        if file is None:
            return
        try:
            open_what_if(study, read_what_if(file.getvalue(), file.name))
        except GapmapError as error:
            compare_edit.say(study, str(error))

    st.file_uploader("Open a file (.toml)", type=["toml"], key=name, on_change=opened)


def _draw_saved(study: Study) -> None:
    saved = cached.workspace().what_ifs(study.id)
    if not saved:
        st.caption("Nothing is saved yet. Whoever opens this server sees what is.")
        return
    st.markdown("**Saved on this server**")
    for card in saved:
        text_room, button_room = st.columns([3, 1.4], vertical_alignment="center")
        text_room.markdown(plain(card.name))
        if card.problem:
            text_room.caption(plain(card.problem))
        button_room.button(
            "Delete",
            on_click=_remove,
            args=(study, card.name),
            width="stretch",
            disabled=card.problem is not None,
            key=session.key(study, f"compare delete {card.path.name}"),
        )


def _remove(study: Study, name: str) -> None:
    try:
        cached.workspace().remove_what_if(study.id, name)
    except GapmapError as error:
        compare_edit.say(study, str(error))


def read_what_if(content: bytes, file_name: str) -> WhatIf:
    """Read an uploaded what-if; its content is not trusted."""
    if len(content) > _FILE_AT_MOST:
        raise InputError(
            f"{file_name} has {len(content):,} bytes; a what-if has at most {_FILE_AT_MOST:,}. "
            "Choose the .toml file that was downloaded here."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            f"{file_name} is no text in UTF-8, so it cannot be a what-if. Choose the .toml file "
            "that was downloaded here."
        ) from None
    return from_text(text, source=file_name)
