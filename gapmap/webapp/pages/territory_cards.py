"""A card a partner on the page Territory: its load against its share, its lock, what it holds."""

from __future__ import annotations

import html
import math
from functools import partial
from typing import TYPE_CHECKING, Final

import streamlit as st

from gapmap.analysis.supply import partner_names
from gapmap.views import numbers
from gapmap.views.partner_marks import partner_marks
from gapmap.views.sentences import plain
from gapmap.webapp import session
from gapmap.webapp.pages import territory_words, territory_work

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gapmap.analysis.territory.edits import Drawing
    from gapmap.analysis.territory.layout import Layout
    from gapmap.analysis.territory.values import Division, Territory
    from gapmap.model import Study
    from gapmap.views.partner_marks import Mark

__all__ = ["draw_partners"]

_CARDS_AT_MOST: Final = 18
_CARDS_IN_A_ROW: Final = 3
_ROWS: Final = 8
"""Lines of a list that is shown whole."""
_LIST_HEIGHT: Final = 330
_MOST_SHOWN = 2.0
"""Times the fair share at which a bar is full."""


def draw_partners(
    study: Study, layout: Layout, division: Division, drawing: Drawing, *, is_busy: bool
) -> None:
    """Draw a card a partner: its load against its share, its lock, and what it holds."""
    st.caption(plain(territory_words.what_it_means(division)))
    shown = list(division.territories)
    if len(shown) > _CARDS_AT_MOST:
        chosen = st.selectbox(
            f"Look at one of {len(shown)} partners",
            options=[None, *drawing.partners],
            format_func=lambda who: who or "Those farthest from a fair share",
            key=session.key(study, "territory look at"),
        )
        shown.sort(key=lambda one: -abs(one.share_of_target - 1))
        shown = [one for one in shown if one.partner == chosen] or shown[:_CARDS_AT_MOST]
    with st.container(key="territory-cards"):
        for start in range(0, len(shown), _CARDS_IN_A_ROW):
            row = shown[start : start + _CARDS_IN_A_ROW]
            rooms = st.columns(_CARDS_IN_A_ROW, gap="small")
            for room, one in zip(rooms, row, strict=False):
                with room:
                    _draw_card(study, layout, division, drawing, one, is_busy=is_busy)


def _draw_card(
    study: Study,
    layout: Layout,
    division: Division,
    drawing: Drawing,
    one: Territory,
    *,
    is_busy: bool,
) -> None:
    within = division.request.scenario.within
    place, mine = drawing.partners.index(one.partner), drawing.of_partner(one.partner)
    locked = sum(geoid in drawing.locked for geoid in mine)
    is_locked = bool(mine) and locked == len(mine)
    mark = partner_marks(drawing.partners, partner_names(study.sites))[one.partner]
    with st.container(border=True, key=f"card-territory-{place}"):
        bar_room, lock_room = st.columns([2.4, 1], vertical_alignment="center", gap="small")
        bar_room.html(_bar(one, division, study, mark, locked_count=locked))
        lock_room.button(
            "Unlock" if is_locked else "Lock",
            icon=":material/lock_open:" if is_locked else ":material/lock:",
            on_click=territory_work.change,
            args=(study, within, partial(_settled, partner=one.partner, unlock=is_locked)),
            disabled=not mine or is_busy,
            width="stretch",
            key=session.key(study, f"territory lock {one.partner}"),
        )
        drawer = st.expander(
            "What it holds",
            key=session.key(study, f"territory holds {one.partner}"),
            on_change="rerun",
        )
        if drawer.open:
            with drawer:
                _draw_held(study, layout, division, one)


def _settled(drawing: Drawing, *, partner: str, unlock: bool) -> Drawing:
    return drawing.unlock_partner(partner) if unlock else drawing.lock_partner(partner)


def _draw_held(study: Study, layout: Layout, division: Division, one: Territory) -> None:
    words = study.words
    st.markdown(plain(" ".join(territory_words.facts(one, division, study))))
    does = [what for what, who in division.request.activities if who == one.partner]
    if does:
        st.markdown(plain(f"Everywhere: {', '.join(does)}."))
    places = territory_words.held_places(division, study, one.partner)
    if len(places):
        st.caption("Gaps to close: where most are out of reach comes first")
        _draw_lines(
            f"- **{plain(place['name'])}** · {plain(place['gap'])} of {plain(place['need'])} "
            f"{plain(division.measure.unit)} out of reach{plain(place['areas'])}"
            for place in places.to_dict("records")
        )
    sites = territory_words.held_sites(layout, division, study, one.partner)
    if not len(sites):
        if len(places):
            st.caption(f"No {plain(words.site)} of its own, and none in its territory.")
        return
    st.caption(f"{plain(words.sites.capitalize())}: its own, and those in its territory")
    _draw_lines(
        f"- **{plain(site['name'])}** · {plain(site['whose'])}, {plain(site['where'])}  \n"
        f"  {plain(site['serves'])} · {plain(site['dates'])}"
        for site in sites.to_dict("records")
    )


def _draw_lines(lines: Iterable[str]) -> None:
    # A list, not a table: a card is as narrow as a phone.
    listed = list(lines)
    with st.container(height=_LIST_HEIGHT if len(listed) > _ROWS else "content", border=False):
        st.markdown("\n".join(listed))


def _bar(one: Territory, division: Division, study: Study, mark: Mark, *, locked_count: int) -> str:
    """Write a partner's load against its share as HTML of our own; names are escaped."""
    tolerance = division.request.tolerance
    share = one.share_of_target if math.isfinite(one.share_of_target) else 0.0

    def place(times: float) -> float:
        return round(100 * min(max(times, 0.0), _MOST_SHOWN) / _MOST_SHOWN, 2)

    is_fine = abs(share - 1) <= tolerance + 1e-9
    off = f"{share - 1:+.1%}" if one.area_count else "nothing yet"
    lock = ""
    if locked_count:
        what = "all locked" if locked_count == one.area_count else f"{locked_count:,} locked"
        lock = f" · <b>{what}</b>"
    colour, ink, letter = (html.escape(text) for text in (mark.colour, mark.ink, mark.letter))
    low, high = place(1 - tolerance), place(1 + tolerance)
    return (
        f'<div class="gm-partner"><span class="gm-mark" style="background:{colour};color:{ink}">'
        f'{letter}</span><span class="gm-name">{html.escape(one.partner)}</span>'
        f'<span class="gm-off{"" if is_fine else " gm-out"}">{off}</span></div>'
        f'<div class="gm-bar"><span class="gm-band" style="left:{low}%;width:{high - low:.2f}%">'
        f'</span><span class="gm-fill" style="width:{place(share)}%;background:{colour}"></span>'
        f'<span class="gm-target"></span></div>'
        f'<div class="gm-said">{html.escape(_in_short(one, division, study))}{lock}</div>'
    )


def _in_short(one: Territory, division: Division, study: Study) -> str:
    words = study.words
    parts = [f"{numbers.people(one.load)} of {numbers.people(one.target)} {division.unit}"]
    if one.area_count:
        sites = numbers.counted(one.site_count, words.site, words.sites)
        parts += [
            numbers.counted(one.area_count, words.area, words.areas),
            f"{sites}, {one.own_site_count:,} its own" if one.site_count else f"no {words.site}",
        ]
    return " · ".join(parts)
