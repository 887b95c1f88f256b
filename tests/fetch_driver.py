"""Fetches in processes that may be killed: everything is imported once, each fetch is a fork.

Reads one order a line from standard input, answers with the number of the process, and with its
exit status once it has ended (minus the signal, if one ended it).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any


def main() -> None:
    """Take orders until there are no more."""
    import census.core  # noqa: F401
    import pandera.pandas  # noqa: F401
    import requests  # noqa: F401
    import scipy.special  # noqa: F401

    from gapmap import usecases, wiring  # noqa: F401
    from gapmap.sources import fetching  # noqa: F401

    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_obey(json.loads(line)))
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _obey(order: dict[str, Any]) -> int:
    try:
        _end_at(order.get("end_at_step", 0))
        if "put" in order:
            _put(Path(order["put"]), Path(order["into"]))
        else:
            _fetch(order)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _put(made: Path, folder: Path) -> None:
    """Put a study that is already made into its place, as a fetch does in the end."""
    from gapmap.sources.fetching.folder import place_for

    files = {path.name: path.read_bytes() for path in made.iterdir()}
    with place_for(folder) as place:
        place.put(files)


def _fetch(order: dict[str, Any]) -> None:
    from gapmap.settings import Settings
    from gapmap.sources.fetching import FetchRequest
    from gapmap.wiring import Workspace

    settings = Settings((), (), **{
        name: Path(text) if name.endswith("_folder") else text
        for name, text in order["settings"].items()
    })  # fmt: skip
    Workspace(settings).fetch(FetchRequest(**order["request"]))


def _end_at(step: int) -> None:
    """Kill this process before the given one of the steps that change what lies on disk."""
    left = step

    def counted(change: Any) -> Any:
        def change_or_end(*args: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return change(*args, **options)

        return change_or_end

    if step:
        for name in ("mkdir", "rename"):
            setattr(Path, name, counted(getattr(Path, name)))
        os.fsync = counted(os.fsync)


if __name__ == "__main__":
    main()
