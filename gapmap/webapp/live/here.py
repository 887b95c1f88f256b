"""The hub of this process: made when somebody first looks at a board, and not before."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gapmap.webapp.live.hub import Hub

__all__ = ["close_hub", "hub_here"]

_hubs: list[Hub] = []


async def hub_here() -> Hub:
    """Return the hub of this process, listening.

    Raises
    ------
    StoreError
        If the boards cannot be reached; it is tried again when it is asked for again.
    """
    if not _hubs:
        made = await asyncio.to_thread(_made)
        if not _hubs:  # somebody else may have asked while the database was opened
            _hubs.append(made)
    hub = _hubs[0]
    await hub.start()
    return hub


async def close_hub() -> None:
    """End the hub, if there is one."""
    while _hubs:
        await _hubs.pop().close()


def _made() -> Hub:
    from gapmap.webapp import cached
    from gapmap.webapp.live.hub import Hub

    return Hub(cached.boards())
