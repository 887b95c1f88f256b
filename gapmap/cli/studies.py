"""``gapmap studies``."""

from __future__ import annotations

import json

import click

from gapmap.cli.common import refusals_in_words

__all__ = ["studies"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@refusals_in_words
def studies(as_json: bool) -> None:
    """List the studies that can be opened."""
    from gapmap.wiring import open_workspace

    cards = open_workspace().studies()
    if as_json:
        click.echo(
            json.dumps(
                [
                    {"id": c.id, "name": c.name, "summary": c.summary, "problem": c.problem}
                    for c in cards
                ],
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    for card in cards:
        click.echo(f"{card.id:<16} {card.name}")
        click.echo(f"{'':<16} {card.problem or card.summary}")
