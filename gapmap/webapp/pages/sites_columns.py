"""Say which column of an unknown site list is which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from gapmap.layers.gate.formats import personal_columns
from gapmap.layers.gate.guess import guess_columns
from gapmap.views.sentences import plain
from gapmap.webapp import session

if TYPE_CHECKING:
    from gapmap.model import Study
    from gapmap.webapp.session import Upload

__all__ = ["draw_columns"]

_NONE: Final = ""
_FIELDS: Final = {
    "name": "Name of the site",
    "partner": "Partner who runs it",
    "longitude": "Longitude, degrees",
    "latitude": "Latitude, degrees",
    "point": "Both coordinates in one text",
    "kind": "Kind (open, closed, camp …)",
    "meals": "What is served",
    "days": "Days of the week",
    "hours": "Hours",
    "start_date": "First day",
    "end_date": "Last day",
    "status": "Status",
    "capacity": "Capacity",
    "address": "Address, in one text",
    "street": "Street and number",
    "city": "City",
    "state": "State",
    "zip": "ZIP code",
    "site_id": "Identifier",
}
_PLACES: Final = ("longitude", "latitude", "point")


def draw_columns(study: Study, upload: Upload) -> dict[str, str] | None:
    """Draw the form; return column by field when it has been sent, else None."""
    personal = set(personal_columns(upload.columns))
    offered = [_NONE, *(column for column in upload.columns if column not in personal)]
    guess = guess_columns(upload.columns)
    fields = {
        field: label
        for field, label in _FIELDS.items()
        if not (upload.has_shapes and field in _PLACES)
    }
    title = (
        "Choose the columns yourself"
        if upload.is_recognised
        else "This layout is not known: which column is which?"
    )
    with (
        st.expander(title, expanded=upload.checked is None),
        st.form(session.key(study, f"columns {upload.digest[:12]}"), border=False),
    ):
        st.caption(
            "A first guess is filled in. Leave empty what the file does not say. Without "
            "coordinates, addresses can be looked up in the next step."
        )
        rooms = st.columns(3)
        picked = {}
        for place, (field, label) in enumerate(fields.items()):
            first = guess.get(field, _NONE)
            picked[field] = rooms[place % 3].selectbox(
                label,
                options=offered,
                index=offered.index(first) if first in offered else 0,
                format_func=lambda column: column or "not in the file",
                key=session.key(study, f"column {upload.digest[:12]} {field}"),
            )
        if personal:
            st.caption(f"Personal data, not read: {plain(', '.join(sorted(personal)))}")
        if st.form_submit_button("Check the rows", type="primary"):
            return {field: column for field, column in picked.items() if column}
    return None
