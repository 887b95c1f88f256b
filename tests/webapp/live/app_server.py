"""App servers of the live boards to be killed: everything is imported once, each is a fork.

``python -m tests.webapp.live.app_server DATABASE_URL PORT`` reads orders from standard input, one
a line. ``start`` answers with the number of the server's process, ``wait`` with how it ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette

from gapmap.board.store import open_store
from gapmap.webapp.live import desk
from gapmap.webapp.live.hub import Hub
from gapmap.webapp.live.limits import Allowance
from gapmap.webapp.live.routes import live_routes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def main(url: str, port: int) -> None:
    """Start servers and wait for them, until there are no more orders."""
    print("ready", flush=True)
    process = 0
    for line in sys.stdin:
        if line.strip() == "wait":
            print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
            process = 0
            continue
        process = os.fork()
        if process == 0:
            serve(url, port)
            os._exit(0)
        print(process, flush=True)
    if process:  # whoever gave the orders has gone, and its server goes too
        os.kill(process, signal.SIGKILL)


def serve(url: str, port: int) -> None:
    """Serve until stopped."""
    # Who paints without pause here is no person.
    desk.WRITES = Allowance(10_000, 1_000)  # type: ignore[misc]
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
