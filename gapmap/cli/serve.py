"""``gapmap serve``."""

from __future__ import annotations

import click

from gapmap.cli.common import refusals_in_words

__all__ = ["serve"]


@click.command()
@click.option("--port", default=8501, show_default=True, help="Port to listen on.")
@click.option("--address", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--base-path", default="", help="Path below which a reverse proxy serves the app.")
@refusals_in_words
def serve(port: int, address: str, base_path: str) -> None:
    """Start the app and print its address."""
    from gapmap.webapp.server import serve as serve_app

    serve_app(port=port, address=address, base_path=base_path)
