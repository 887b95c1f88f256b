"""What became of a site list, row by row."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from gapmap.views.lists import list_csv
from gapmap.views.sentences import plain

if TYPE_CHECKING:
    from gapmap.model import SitesReport

__all__ = ["draw_report"]


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
            data=partial(list_csv, report.left_out),
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
