"""What became of a site list, row by row, and where every layer is from."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from gapmap.views.exports import safe_text
from gapmap.views.sentences import plain
from gapmap.views.tables import provenance_table

if TYPE_CHECKING:
    from gapmap.model import Provenance, SitesReport

__all__ = ["draw_layers", "draw_report", "rejected_rows"]


def rejected_rows(report: SitesReport) -> bytes:
    """Return the rows left out as CSV that no spreadsheet runs as a formula."""
    safe = report.left_out.map(lambda cell: safe_text(cell) if isinstance(cell, str) else cell)
    return safe.to_csv(index=False).encode("utf-8-sig")


def draw_report(report: SitesReport, sites: str, name: str) -> None:
    """Draw an import report: counts first, then the rows behind them."""
    figures = (
        ("Rows read", report.rows_in),
        (f"{sites.capitalize()} kept", report.rows_kept),
        ("Left out", len(report.left_out)),
        ("Duplicates, counted once", len(report.duplicates)),
        ("Values not understood", len(report.unparsed)),
    )
    with st.container(key=f"figures-{name}".replace(" ", "-").replace(":", "-")):
        for room, (label, count) in zip(st.columns(len(figures)), figures, strict=True):
            room.metric(plain(label), f"{count:,}")
    st.caption(f"Read as: {plain(report.format)}")
    for warning in report.warnings:
        st.warning(plain(warning))
    if report.personal_columns:
        st.caption(f"Personal data, dropped unread: {plain(', '.join(report.personal_columns))}")
    if len(report.left_out):
        counts = report.left_out_counts
        st.dataframe(
            pd.DataFrame({"reason": list(counts), "rows": list(counts.values())}),
            hide_index=True,
            width="content",
            alt="Rows left out by reason",
            column_config={
                "reason": st.column_config.TextColumn("Left out because", width=250),
                "rows": st.column_config.NumberColumn("Rows", width=90),
            },
        )
        st.download_button(
            "Rows left out, with reasons (CSV)",
            data=partial(rejected_rows, report),
            file_name="rows-left-out.csv",
            mime="text/csv",
            key=f"{name} rejected",
            on_click="ignore",
        )
    for title, table in (
        ("Rows left out", report.left_out),
        ("Rows at the place of another row (kept, counted once)", report.duplicates),
        ("Values not understood (kept as unknown)", report.unparsed),
    ):
        if len(table):
            st.markdown(f"**{title}**")
            st.dataframe(
                table.astype("str"),
                hide_index=True,
                height="auto" if len(table) <= 8 else 330,
                alt=title,
            )


def draw_layers(provenance: tuple[Provenance, ...]) -> None:
    """Draw where each layer is from, in full sentences: none of it is cut off by a cell."""
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
