"""What commands share about what-ifs: the option, and reading one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from gapmap.model import Scenario, Study
    from gapmap.whatifs.values import WhatIf
    from gapmap.wiring import Workspace

__all__ = ["print_what_if", "what_if_facts", "what_if_option", "with_what_if"]


def what_if_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option ``--what-if``."""
    option = click.option(
        "--what-if",
        "what_if_name",
        help="A what-if to ask this of: the name of a saved one, or a file.",
    )
    decorated: Callable[..., Any] = option(command)
    return decorated


def with_what_if(
    workspace: Workspace, study: Study, name: str | None
) -> tuple[Study, Scenario, WhatIf | None]:
    """Return the study and the question as a what-if has them, and the what-if."""
    from gapmap import usecases

    what_if = None if name is None else workspace.load_what_if(study.id, name)
    return (*usecases.apply_what_if(study, what_if), what_if)


def what_if_facts(what_if: WhatIf | None, study: Study) -> dict[str, Any] | None:
    """Return which what-if an answer is about, ready for JSON; ``study`` is as it is."""
    if what_if is None:
        return None
    from gapmap.whatifs.sentences import differences

    return {"name": what_if.name, "differs": list(differences(what_if, study))}


def print_what_if(what_if: WhatIf | None, study: Study) -> None:
    """Print which what-if an answer is about; ``study`` is as it is."""
    if what_if is not None:
        from gapmap.whatifs.sentences import differences

        said = "; ".join(differences(what_if, study)) or "nothing differs"
        click.echo(f"What-if “{what_if.name}”: {said}.")
