"""How much one sender may send: buckets that fill again as time goes by."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "LARGEST_MESSAGE",
    "MESSAGES",
    "SEATS_FOR_THE_TABLE",
    "SEATS_OF_A_BOARD",
    "SEATS_OF_A_MEMBER",
    "WRITES",
    "Allowance",
    "Buckets",
]

LARGEST_MESSAGE: Final = 256_000
"""Bytes of one message: some 15,000 areas by name."""

SEATS_OF_A_BOARD: Final = 1_000
SEATS_FOR_THE_TABLE: Final = 200
"""Of those, kept from viewers."""

SEATS_OF_A_MEMBER: Final = 40
"""Tabs of one person; a link to look on is shared by many, and not held to it."""

_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many at once, and so many a second for ever.

    Parameters
    ----------
    at_once_count
        How many a rested sender may send without a pause.
    per_s
        How fast that comes back.
    """

    at_once_count: float
    per_s: float


WRITES: Final = Allowance(100, 10)
"""Changes of one member: a hand that paints, and what waited while the line was cut."""

MESSAGES: Final = Allowance(1000, 50)
"""Anything from one socket, what waited and is sent again and again included; beyond it the
socket is closed."""


class Buckets:
    """One bucket a sender. Safe from several threads as far as one sender's calls are not mixed.

    Parameters
    ----------
    allowance
        What each may send.
    clock
        Tells seconds that only go forward.
    """

    def __init__(
        self, allowance: Allowance, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._allowance = allowance
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, sender: str) -> bool:
        """Take one from a sender's bucket; False if it is empty."""
        now = self._clock()
        full = self._allowance.at_once_count
        left, since = self._left.pop(sender, (full, now))
        left = min(full, left + (now - since) * self._allowance.per_s)
        is_enough = left >= 1
        self._left[sender] = (left - 1 if is_enough else left, now)
        while len(self._left) > _KEPT:
            self._left.popitem(last=False)
        return is_enough
