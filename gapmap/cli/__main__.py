"""``python -m gapmap.cli``."""

from gapmap.cli import main

main()
