"""Where every figure comes from, and what about it to be careful with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from gapmap.views.provenance import careful_with, layer_facts
from gapmap.views.sentences import plain
from gapmap.views.tables import provenance_table

if TYPE_CHECKING:
    from datetime import date

    from gapmap.model import Provenance, Study

__all__ = ["draw_layers", "draw_sources_panel"]


def draw_sources_panel(study: Study, *, today: date) -> None:
    """Draw warnings first, then a line a layer that opens to all that is known of it."""
    for warning in careful_with(study.provenance, today=today, geoids=study.areas["geoid"][:1]):
        st.warning(plain(warning))
    with st.container(key="sources"):
        for layer in study.provenance:
            facts = layer_facts(layer)
            labels = "".join(f" :orange-badge[{plain(label)}]" for label in facts.labels)
            line = f"**{plain(facts.title)}** · {plain(facts.role)} · {plain(facts.vintage)}"
            with st.expander(f"{line}{labels}"):
                lines = [("Source", facts.source), ("Vintage", facts.vintage), *facts.facts]
                st.markdown(
                    "  \n".join(f"**{plain(name)}:** {plain(text)}" for name, text in lines)
                )


def draw_layers(provenance: tuple[Provenance, ...]) -> None:
    """Draw where each layer is from in full sentences, for a place that is opened already."""
    for layer in provenance_table(provenance).to_dict("records"):
        mark = "" if layer["kind"] == "as published" else f" · {plain(layer['kind'])}"
        lines = [
            f"**{plain(layer['layer'])}** ({plain(layer['role'])}{mark})",
            f"{plain(layer['source'])} · {plain(layer['vintage'])} "
            f"· licence: {plain(layer['licence'])}",
            plain(layer["method"]),
            f"{plain(layer['rows'])} rows kept. {plain(layer['notes'])}",
            f":small[File {plain(layer['file'])}, SHA-256 {plain(layer['sha256'][:16])}…]",
        ]
        st.markdown("  \n".join(line for line in lines if line.strip()))
