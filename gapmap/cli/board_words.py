"""A board on the terminal: who holds what, as JSON and as tables."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from gapmap.board.matters import Ask, Decision
from gapmap.board.values import ClaimState, Section, area_of

if TYPE_CHECKING:
    from gapmap.board.matters import MapView
    from gapmap.board.present import BoardState
    from gapmap.board.values import Board

__all__ = ["print_state", "state_facts"]


def state_facts(state: BoardState, board: Board) -> dict[str, Any]:
    """Return a board as one JSON object."""
    held = {area_of(key) for key in state.claims}
    return {
        "id": board.id,
        "title": state.title,
        **state.as_json(),
        "is_claiming_open": state.is_claiming_open,
        "area_count": board.area_count,
        "open_count": board.area_count - len(held),
        "partners": _by_partner(state),
    }


def _by_partner(state: BoardState) -> list[dict[str, Any]]:
    counts = Counter((claim.partner, claim.state) for claim in state.claims.values())
    partners = sorted({partner for partner, _ in counts})
    return [
        {"partner": partner, **{f"{step}_count": counts[partner, step] for step in ClaimState}}
        for partner in partners
    ]


def print_state(state: BoardState, board: Board) -> None:
    """Print a board as tables."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    facts = state_facts(state, board)
    click.echo(f"{state.title} ({board.id}), study {board.study}, revision {state.revision}")
    claiming = "open" if state.is_claiming_open else "closed"
    click.echo(
        f"{board.area_count:,} areas, {facts['open_count']:,} of them open; claiming is {claiming}"
    )
    table = Table("Partner", *(str(step).capitalize() for step in ClaimState))
    for row in facts["partners"]:
        shown = [f"{row[f'{step}_count']:,}" for step in ClaimState]
        table.add_row(escape(row["partner"]), *shown)
    if table.row_count:
        Console().print(table)
    for key, entry in state.section(Section.ASKS).items():
        ask = Ask.model_validate(entry.value)
        if ask.answer is None:
            click.echo(f"Asked ({key}): {ask.asker} asks {ask.holder} for {', '.join(ask.areas)}")
    for entry in state.section(Section.DECISIONS).values():
        decision = Decision.model_validate(entry.value)
        due = f", due {decision.due}" if decision.due else ""
        seen = "" if decision.view is None else f", {_place(decision.view)}"
        click.echo(f"Decided on revision {decision.on_revision}{due}{seen}: {decision.text}")


def _place(view: MapView) -> str:
    north, east = f"{view.lat:.4f}", f"{view.lng:.4f}"
    return f"with the map at {north}, {east}, zoom {view.zoom:g}"
