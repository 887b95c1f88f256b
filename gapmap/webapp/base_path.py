"""Where the app is on its server: below which path, if it is not at the root."""

from __future__ import annotations

__all__ = ["base_path"]


def base_path() -> str:
    """Return what stands before our own addresses: empty at the root, ``/below/here`` otherwise."""
    from streamlit import config

    base = str(config.get_option("server.baseUrlPath")).strip("/")
    return f"/{base}" if base else ""
