"""An app server of the live boards in a process of its own, to be killed.

``python -m tests.webapp.live.app_server DATABASE_URL PORT``
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette

from gapmap.board.store import open_store
from gapmap.webapp.live.hub import Hub
from gapmap.webapp.live.routes import live_routes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def main(url: str, port: int) -> None:
    """Serve until stopped."""
    with open_store(url) as store:
        hub = Hub(store, beat_s=0.5)

        async def started() -> Hub:
            await hub.start()
            return hub

        @contextlib.asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            yield
            await hub.close()

        app = Starlette(routes=live_routes(started), lifespan=lifespan)
        config = uvicorn.Config(
            app, port=port, ws="websockets-sansio", log_level="error", ws_per_message_deflate=False
        )
        uvicorn.Server(config).run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
