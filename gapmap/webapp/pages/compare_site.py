"""One site by words instead of by hand: its name, place and times, or a new one somewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from gapmap.analysis.supply import partner_names
from gapmap.errors import GapmapError, RequestError
from gapmap.model import WEEKDAYS
from gapmap.views.schedules import day_name, meal_name
from gapmap.views.sentences import plain
from gapmap.webapp import session
from gapmap.webapp.address import spot_of, spot_text
from gapmap.webapp.pages import compare_edit

if TYPE_CHECKING:
    from datetime import date

    from gapmap.model import Study
    from gapmap.whatifs import SiteAdded, WhatIf

__all__ = ["KnownSite", "draw_described", "edited", "known_site"]

_KINDS: Final = ("open", "restricted open", "closed enrolled", "camp")


@dataclass(frozen=True, slots=True)
class KnownSite:
    """A site as the right what-if has it.

    Parameters
    ----------
    site_id, name, partner, kind
        Which one; partner and kind None where they are not stated.
    latitude, longitude
        Where it stands, degrees.
    meals, days
        What it serves and when; None where that is not known.
    first_day, last_day
        Of its season; None where that is not known.
    is_added, is_closed
        What the what-if makes of it.
    """

    site_id: str
    name: str
    partner: str | None
    kind: str | None
    latitude: float
    longitude: float
    meals: tuple[str, ...] | None
    days: tuple[str, ...] | None
    first_day: date | None
    last_day: date | None
    is_added: bool = False
    is_closed: bool = False


def known_site(study: Study, what_if: WhatIf, site_id: str) -> KnownSite | None:
    """Return a site as a what-if has it, None if there is no such site."""
    own = next((one for one in what_if.added if one.site_id == site_id), None)
    if own is not None:
        return KnownSite(
            site_id, own.name, own.partner, own.kind, own.latitude, own.longitude, own.meals,
            own.days, own.first_day, own.last_day, is_added=True,
        )  # fmt: skip
    rows = (study.sites["site_id"] == site_id).to_numpy().nonzero()[0]
    if not len(rows):
        return None
    site = study.sites.iloc[int(rows[0])]
    said: dict[str, Any] = {
        "meals": _codes(site["meals"]),
        "days": _codes(site["days"]),
        "first_day": _day(site["start_date"]),
        "last_day": _day(site["end_date"]),
    }
    timed = next((one for one in what_if.retimed if one.site_id == site_id), None)
    if timed is not None:
        said = {name: getattr(timed, name) or before for name, before in said.items()}
    moved = next((one for one in what_if.moved if one.site_id == site_id), None)
    latitude, longitude = (
        (float(site.geometry.y), float(site.geometry.x))
        if moved is None
        else (moved.latitude, moved.longitude)
    )
    return KnownSite(
        site_id,
        str(site["name"]),
        _stated(site["partner"]),
        _stated(site["kind"]),
        latitude,
        longitude,
        is_closed=site_id in what_if.closed,
        **said,
    )


def edited(what_if: WhatIf, before: KnownSite, after: KnownSite) -> WhatIf:
    """Return a what-if with a site as it was filled in; what was left alone is left alone.

    Parameters
    ----------
    what_if
        What is changed.
    before, after
        The site as the form showed it, and as somebody left it.
    """
    if (before.latitude, before.longitude) != (after.latitude, after.longitude):
        what_if = what_if.moving(before.site_id, longitude=after.longitude, latitude=after.latitude)
    names = ("meals", "days", "first_day", "last_day")
    times = {
        name: getattr(after, name)
        for name in names
        if getattr(before, name) != getattr(after, name)
    }
    if before.is_added:
        own: SiteAdded = next(one for one in what_if.added if one.site_id == before.site_id)
        about = replace(own, name=after.name, partner=after.partner, kind=after.kind or "open")
        return what_if.adding(replace(about, **times))
    # The study's own list stays what it is known for: a time can be changed, not made unknown.
    return what_if.retiming(before.site_id, **times) if times else what_if


def draw_described(study: Study) -> None:
    """Draw the form for the site that somebody wants to describe, if there is one."""
    site_id = session.known(compare_edit.describing(study))
    if site_id is None:
        return

    def leave() -> None:
        session.take(compare_edit.describing(study))

    # It stays open when the page is drawn anew meanwhile, until somebody is done with it.
    st.dialog("Change this site", width="medium", on_dismiss=leave)(_draw_form)(study, str(site_id))


def _done(study: Study) -> None:
    session.take(compare_edit.describing(study))
    st.rerun()


def _draw_form(study: Study, site_id: str) -> None:
    what_if = compare_edit.current(study).second
    before = known_site(study, what_if, site_id)
    if before is None:
        st.markdown("This site is not there any more. Close this window.")
        return
    words = study.words

    def name(field: str) -> str:
        return session.key(study, f"compare site {site_id} {field}")

    if not before.is_added:
        st.markdown(f"**{plain(before.name)}**  \n{plain(before.partner or 'Partner not stated')}")
    with st.form(name("form"), border=False):
        after = before
        if before.is_added:
            after = _draw_about(study, before, name)
        meals_room, days_room = st.columns(2)
        meals = meals_room.multiselect(
            f"{words.meal.capitalize()}s",
            options=list(words.meals),
            default=[meal for meal in before.meals or () if meal in words.meals],
            format_func=lambda meal: meal_name(meal).capitalize(),
            placeholder="Not known",
            key=name("meals"),
        )
        days = days_room.multiselect(
            "Weekdays",
            options=list(WEEKDAYS),
            default=list(before.days or ()),
            format_func=day_name,
            placeholder="Not known",
            key=name("days"),
        )
        first_room, last_room = st.columns(2)
        first = first_room.date_input("First day", value=before.first_day, key=name("first"))
        last = last_room.date_input("Last day", value=before.last_day, key=name("last"))
        here = spot_text(before.latitude, before.longitude)
        place = st.text_input("Place: latitude, longitude", value=here, key=name("place"))
        if st.form_submit_button("Use this", type="primary", width="stretch"):
            found = replace(
                after,
                meals=tuple(meals) or None,
                days=tuple(day for day in WEEKDAYS if day in days) or None,
                first_day=first,
                last_day=last,
            )
            _use(study, what_if, before, found, place if place.strip() != here else "")
    left, right = st.columns(2)
    if left.button(_closing_label(before), key=name("close"), width="stretch"):
        changed = what_if.reopening if before.is_closed else what_if.closing
        compare_edit.edit(study, changed(site_id))
        _done(study)
    if site_id in [one.site_id for one in what_if.retimed] and right.button(
        "Times as today", key=name("times"), width="stretch"
    ):
        compare_edit.edit(study, what_if.keeping_times(site_id))
        _done(study)


def _draw_about(study: Study, before: KnownSite, name: Any) -> KnownSite:
    called = st.text_input("Name", value=before.name, max_chars=120, key=name("name"))
    partner_room, kind_room = st.columns(2)
    partners = sorted(set(partner_names(study.sites)), key=str.casefold)
    if before.partner and before.partner not in partners:
        partners.append(before.partner)
    partner = partner_room.selectbox(
        "Partner",
        options=partners,
        index=partners.index(before.partner) if before.partner in partners else None,
        placeholder="Not settled",
        accept_new_options=True,
        key=name("partner"),
    )
    kinds = list(dict.fromkeys([*_KINDS, before.kind or "open"]))
    kind = kind_room.selectbox(
        "Who may come",
        options=kinds,
        index=kinds.index(before.kind or "open"),
        format_func=lambda one: one.capitalize(),
        key=name("kind"),
    )
    return replace(before, name=called, partner=partner or None, kind=kind)


def _use(study: Study, what_if: WhatIf, before: KnownSite, after: KnownSite, place: str) -> None:
    try:
        if place:
            spot = spot_of(place)
            if spot is None:
                raise RequestError(
                    f"“{place}” is no place. Write latitude and longitude in degrees: "
                    "40.8448, -73.8648."
                )
            after = replace(after, latitude=spot[0], longitude=spot[1])
        compare_edit.edit(study, edited(what_if, before, after))
    except GapmapError as error:
        st.error(plain(error))
        return
    _done(study)


def _closing_label(site: KnownSite) -> str:
    if site.is_added:
        return "Remove it"
    return "Keep it open" if site.is_closed else "Close it"


def _codes(cell: object) -> tuple[str, ...] | None:
    return tuple(cell.split(";")) if isinstance(cell, str) and cell else None


def _stated(cell: object) -> str | None:
    return cell if isinstance(cell, str) and cell else None


def _day(cell: Any) -> date | None:
    # A missing date is not equal to itself.
    return None if cell is None or cell != cell else cell.date()
