"""A courier that keeps a list of what it brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gapmap.sources.http import Courier, Reply

if TYPE_CHECKING:
    from datetime import date

__all__ = ["Ledger"]


class Ledger(Courier):
    """Passes questions on to another courier and writes down the answers.

    Parameters
    ----------
    courier
        Who brings them.
    """

    def __init__(self, courier: Courier) -> None:
        # Nothing of its own: no session, no seats; the other one has them, for all ledgers.
        self._courier = courier
        self._replies: list[Reply] = []

    @property
    def today(self) -> date:
        """The day that answers are dated."""
        return self._courier.today

    def get(self, *args: Any, **options: Any) -> Reply:
        """Return the answer to a GET request, written down."""
        return self._enter(self._courier.get(*args, **options))

    def post(self, *args: Any, **options: Any) -> Reply:
        """Return the answer to a form, written down."""
        return self._enter(self._courier.post(*args, **options))

    def _enter(self, reply: Reply) -> Reply:
        self._replies.append(reply)
        return reply

    @property
    def fetched(self) -> date:
        """The day of the oldest answer used."""
        return min((reply.fetched for reply in self._replies), default=self.today)

    @property
    def entries(self) -> tuple[tuple[str, str, str], ...]:
        """Address, digest and day of every answer used, each once and in order."""
        return tuple(
            sorted({(one.url, one.sha256, one.fetched.isoformat()) for one in self._replies})
        )
