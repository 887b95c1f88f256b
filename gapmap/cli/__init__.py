"""The command line: one command a use case, a module a group of them.

Figures go to standard output, progress and errors to standard error. A refusal prints one
sentence and exits with status 2.
"""

from __future__ import annotations

import click

from gapmap.cli.assess import assess
from gapmap.cli.board_papers import board
from gapmap.cli.compare import compare
from gapmap.cli.divide import divide
from gapmap.cli.eligibility import eligibility
from gapmap.cli.fetch import fetch
from gapmap.cli.serve import serve
from gapmap.cli.sites import sites
from gapmap.cli.studies import studies
from gapmap.cli.suggest import suggest
from gapmap.cli.van import van

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="gapmap")
def main() -> None:
    """See where people in need live, which sites reach them, and where nobody does."""


for _command in (
    *(fetch, studies, assess, eligibility, suggest, van, divide, compare),
    *(sites, board, serve),
):
    main.add_command(_command)
