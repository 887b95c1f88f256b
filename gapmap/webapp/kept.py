"""A bounded store of what is dear to make: what :mod:`gapmap.webapp.cached` keeps things in."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["Kept"]

_Value = TypeVar("_Value")


class Kept(Generic[_Value]):
    """A bounded store; two askers of the same thing wait for one making of it."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._values: OrderedDict[Hashable, _Value] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def get(
        self,
        key: Hashable,
        make: Callable[[], _Value],
        is_worth_keeping: Callable[[_Value], bool] = lambda _value: True,
    ) -> _Value:
        """Return what is kept under a key, made now if it is not there."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            turn = self._making.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if key in self._values:
                    return self._values[key]
            try:
                value = make()
            finally:
                with self._lock:
                    self._making.pop(key, None)
            if not is_worth_keeping(value):
                return value
            with self._lock:
                self._values[key] = value
                while len(self._values) > self._at_most:
                    self._values.popitem(last=False)
            return value

    def find(self, key: Hashable) -> _Value | None:
        """Return what is kept under a key, None if nothing is."""
        with self._lock:
            return self._values.get(key)

    def drop(self, key: Hashable) -> None:
        """Forget what is kept under one key."""
        with self._lock:
            self._values.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
