"""``gapmap serve``."""

from __future__ import annotations

import os

import click

from gapmap.cli.common import refusals_in_words

__all__ = ["serve"]


@click.command()
@click.argument("studies", nargs=-1)
@click.option("--port", default=8501, show_default=True, help="Port to listen on.")
@click.option("--address", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--base-path", default="", help="Path below which a reverse proxy serves the app.")
@click.option("--database-url", help="Where shared boards are kept; GAPMAP_DATABASE_URL otherwise.")
@refusals_in_words
def serve(
    studies: tuple[str, ...], port: int, address: str, base_path: str, database_url: str | None
) -> None:
    """Start the app and print its address.

    STUDIES are names or folders of studies; the app opens on the first of them.
    """
    if database_url is not None:
        os.environ["GAPMAP_DATABASE_URL"] = database_url
    if studies:
        _bring_in_sight(studies)
    from gapmap.webapp.server import serve as serve_app

    serve_app(port=port, address=address, base_path=base_path)


def _bring_in_sight(studies: tuple[str, ...]) -> None:
    """Put studies first in the environment, which is where the app looks for them."""
    from gapmap.wiring import open_workspace

    workspace = open_workspace()
    folders = [workspace.folder(study) for study in studies]
    for folder in folders:
        workspace.with_folders(folder).describe(folder.name)
    former = os.environ.get("GAPMAP_LAYERS", "")
    path_list = [*map(str, folders), *([former] if former else [])]
    os.environ["GAPMAP_LAYERS"] = os.pathsep.join(path_list)
