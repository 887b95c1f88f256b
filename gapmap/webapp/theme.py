"""How the app looks and how its server is set: one place for both."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

__all__ = ["OPTIONS", "STYLE"]

OPTIONS: Final[dict[str, Any]] = {
    # A full garbage collection after every run costs 0.14 s of everybody's time.
    "runner.postScriptGC": False,
    "server.fileWatcherType": "none",
    "server.maxUploadSize": 50,
    "server.headless": True,
    "server.enableWebsocketCompression": True,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "logger.hideWelcomeMessage": True,
    "theme.base": "light",
    "theme.primaryColor": "#0b5cad",
    "theme.backgroundColor": "#ffffff",
    "theme.secondaryBackgroundColor": "#f3f5f7",
    "theme.textColor": "#14202e",
    "theme.linkColor": "#0b5cad",
    "theme.borderColor": "#cfd6dd",
    "theme.dataframeBorderColor": "#dfe4e9",
    "theme.dataframeHeaderBackgroundColor": "#f3f5f7",
    "theme.dataframeHeaderTextColor": "#14202e",
    "theme.showWidgetBorder": True,
    "theme.baseRadius": "6px",
    "theme.baseFontSize": 16,
    "theme.headingFontWeights": [700, 650, 650, 600, 600, 600],
    "theme.headingFontSizes": ["1.7rem", "1.3rem", "1.1rem", "1rem", "1rem", "1rem"],
    "theme.metricValueFontSize": "1.5rem",
    "theme.metricValueFontWeight": 650,
    "theme.chartCategoricalColors": ["#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"],
}
"""Options given to Streamlit."""

STYLE: Final = Path(__file__).with_name("page.css")
"""Streamlit's page, made quieter; sizes for a projector and for a phone."""
