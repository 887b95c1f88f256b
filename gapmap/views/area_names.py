"""Many areas in few words: what their names share is said once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["shared_names"]


def shared_names(names: Sequence[str], *, kind: str = "") -> str:
    """Return names as one text, with what they all begin and end with said once.

    ``Census Tract 324, Bronx`` and ``Census Tract 328.01, Bronx`` are
    ``Census Tract 324, 328.01 (Bronx)``.

    Parameters
    ----------
    names
        The names, in their order.
    kind
        What the reader is told already that they are, ``census tract``; left out of the text.
    """
    if not names:
        return ""
    heads, tails = zip(*(name.partition(", ")[::2] for name in names), strict=True)
    words = [head.split() for head in heads]
    begin = _shared_count(words)
    if len(set(tails)) > 1 or any("," in head or ";" in head for head in heads):
        return "; ".join(names)
    first = " ".join(words[0][:begin])
    if len(names) == 1 and first.casefold() != kind.casefold():
        return names[0]
    rest = ", ".join(" ".join(one[begin:]) for one in words)
    said = rest if not first or first.casefold() == kind.casefold() else f"{first} {rest}"
    return f"{said} ({tails[0]})" if tails[0] else said


def _shared_count(words: Sequence[Sequence[str]]) -> int:
    """Return with how many words all begin; each keeps one of its own at least."""
    at_most = max(min(len(one) for one in words) - 1, 0)
    for count in range(at_most):
        if len({one[count] for one in words}) > 1:
            return count
    return at_most
