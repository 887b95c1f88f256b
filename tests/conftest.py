"""What every test gets: no network, the same random cases in CI, the shared data, a Chromium."""

from __future__ import annotations

import functools
import ipaddress
import os
import socket
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from scripts.find_chromium import CURE, find_chromium

ROOT = Path(__file__).parent.parent

hypothesis.settings.register_profile("local", deadline=None)
# In CI the same cases each time: a red run is then about the change, not about the draw.
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: drives Chromium (all of tests/browser)")
    config.addinivalue_line("markers", "real: needs the shared data (all of tests/real)")
    # A developer's own layers and data must not change what the tests see.
    for name in ("GAPMAP_LAYERS", "GAPMAP_DATA"):
        os.environ.pop(name, None)
    _forbid_network(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        if folder == "browser":
            item.add_marker("browser")
        elif item.get_closest_marker("browser"):
            # make test runs tests/browser on its own; elsewhere this one would never be run.
            raise pytest.UsageError(f"{item.nodeid} drives a browser: move it to tests/browser.")
        if folder == "real":
            item.add_marker("real")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("real"):
        _shared_data_or_skip()
    if item.get_closest_marker("browser") and _chromium() is None:
        if os.environ.get("CI"):
            pytest.fail(CURE, pytrace=False)
        pytest.skip(CURE)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the shared real data, or a skip that says where it was looked for."""
    return _shared_data_or_skip()


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The Chromium to drive."""
    path = _chromium()
    assert path is not None, CURE
    return path


@functools.cache
def _chromium() -> Path | None:
    return find_chromium()


def _shared_data_or_skip() -> Path:
    folder = Path(os.environ.get("GAPMAP_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("the shared data is not here: set GAPMAP_SHARED_DATA to its folder")
    return folder


def _forbid_network(config: pytest.Config) -> None:
    """Let sockets of this process reach this machine only, for the whole session."""
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)

    def refuse(host: object) -> None:
        # No OSError: code that forgives a failing network must not forgive this.
        raise RuntimeError(f"Tests stay on the loopback network, and this one asked for {host!r}.")

    def guarded(name: str) -> Any:
        original = getattr(socket.socket, name)

        @functools.wraps(original)
        def call(self: socket.socket, *args: Any) -> Any:
            # The address comes last: sendto(bytes, flags, address).
            if self.family != getattr(socket, "AF_UNIX", None) and not _is_local(args[-1][0]):
                refuse(args[-1][0])
            return original(self, *args)

        return call

    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, guarded(name))

    look_up = socket.getaddrinfo

    @functools.wraps(look_up)
    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        if not _is_local(host):
            refuse(host)
        return look_up(host, *args, **options)

    patch.setattr(socket, "getaddrinfo", getaddrinfo)


def _is_local(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(str(name).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
