from __future__ import annotations

from datetime import date
from pathlib import Path

from gapmap.sources.fetching.ledger import Ledger
from gapmap.sources.http import Courier, Reply


class Messenger(Courier):
    """Brings the answers it was given, whatever is asked."""

    def __init__(self, *replies: Reply) -> None:
        self._left = list(replies)

    @property
    def today(self) -> date:
        return date(2026, 8, 1)

    def get(self, *_: object, **__: object) -> Reply:
        return self._left.pop(0)


def reply(url: str, day: int) -> Reply:
    return Reply(Path("body"), "0" * 64, url, date(2026, 7, day), from_cache=True)


def test_what_was_brought_is_as_old_as_its_oldest_answer() -> None:
    ledger = Ledger(Messenger(reply("b", 20), reply("a", 3), reply("b", 20)))
    assert ledger.fetched == date(2026, 8, 1)
    for _ in range(3):
        ledger.get("address", what="something")
    assert ledger.fetched == date(2026, 7, 3)


def test_each_answer_is_entered_once_and_in_order() -> None:
    ledger = Ledger(Messenger(reply("b", 20), reply("a", 3), reply("b", 20)))
    for _ in range(3):
        ledger.get("address", what="something")
    assert [(url, day) for url, _, day in ledger.entries] == [
        ("a", "2026-07-03"),
        ("b", "2026-07-20"),
    ]
