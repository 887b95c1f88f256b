"""The README keeps up with what the program can be asked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from gapmap.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(command: click.Command, said: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with what one types for it."""
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from commands(inner, f"{said} {name}")
    else:
        yield said, command


COMMANDS = dict(commands(main, "gapmap"))


def environment_variables() -> set[str]:
    """Every GAPMAP_ variable that the package, the tests or the scripts ask for."""
    return {
        name
        for folder in ("gapmap", "scripts", "tests")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r"\bGAPMAP_[A-Z][A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize("said", COMMANDS)
def test_the_readme_names_the_command(said: str) -> None:
    assert said in README


def test_the_program_has_the_commands_it_is_known_for() -> None:
    known = {"gapmap studies", "gapmap assess", "gapmap sites check", "gapmap serve"}
    assert known <= set(COMMANDS)


@pytest.mark.parametrize("said", COMMANDS)
def test_a_command_explains_itself_and_each_of_its_options(said: str) -> None:
    command = COMMANDS[said]
    assert command.help
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_the_readme_names_every_environment_variable() -> None:
    assert "GAPMAP_LAYERS" in environment_variables()
    assert [name for name in sorted(environment_variables()) if name not in README] == []


def test_every_make_command_in_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    # Where one types it: `make run`, or a line of its own in a block of commands.
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", README, flags=re.MULTILINE))
    assert {"run", "test"} <= named
    assert named - targets == set()
