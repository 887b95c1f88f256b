"""A fetch killed at any moment and run again gives what an undisturbed one gives."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gapmap.sources.fetching.folder import MARKER, marked, place_for
from gapmap.sources.folders import find_studies
from tests.fake_sources import FakeSources, fine, slow

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
REQUEST = {"state": "TX", "counties": ["Travis"], "sites": True}
KILLED = -signal.SIGKILL


class Driver:
    """Fetches in processes that may be killed (see tests/fetch_driver.py)."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._settings = {
            "census_url": environment["GAPMAP_CENSUS_URL"],
            "boundaries_url": environment["GAPMAP_BOUNDARIES_URL"],
            "sites_url": environment["GAPMAP_SITES_URL"],
            "census_key": environment["CENSUS_API_KEY"],
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.fetch_driver"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "SOURCE_DATE_EPOCH": "1785000000"},
        )
        assert self._said() == "ready"

    def start(self, root: Path, *, end_at_step: int = 0) -> int:
        """Start a fetch into a folder; returns its process."""
        folders = {"cache_folder": str(root / "cache"), "studies_folder": str(root / "studies")}
        order: dict[str, Any] = {
            "settings": self._settings | folders,
            "request": REQUEST,
            "end_at_step": end_at_step,
        }
        return self._tell(order)

    def put(self, made: Path, folder: Path, *, end_at_step: int = 0) -> int:
        """Put a study that is made already into a folder; returns how that ended."""
        self._tell({"put": str(made), "into": str(folder), "end_at_step": end_at_step})
        return self.wait()

    def _tell(self, order: dict[str, Any]) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self._said())

    def wait(self) -> int:
        """Wait for a fetch to end; returns its exit status, or minus the signal."""
        return int(self._said())

    def run(self, root: Path, **options: int) -> int:
        self.start(root, **options)
        return self.wait()

    def _said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@pytest.fixture(scope="module")
def services() -> Iterator[FakeSources]:
    with FakeSources() as fake:
        yield fake


@pytest.fixture(scope="module")
def driver(services: FakeSources) -> Iterator[Driver]:
    made = Driver(services.environment)
    yield made
    made.process.communicate(timeout=30)


@pytest.fixture
def fake(services: FakeSources) -> Iterator[FakeSources]:
    services.faults.clear()
    services.requests.clear()
    yield services
    services.faults.clear()
    assert services.problems == []


@pytest.fixture(scope="module")
def undisturbed(
    driver: Driver, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, bytes], Path]:
    """The study of a fetch that nobody disturbed, and the folder it ran in."""
    root = tmp_path_factory.mktemp("undisturbed")
    assert driver.run(root) == 0
    return content(root), root


def content(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "studies" / "travis-tx").iterdir()}


def check_what_is_seen(root: Path, *allowed: dict[str, bytes] | None) -> None:
    """Either no study is in sight, or a whole one."""
    found = find_studies([], root / "studies")
    assert set(found) <= {"travis-tx"}
    assert (content(root) if found else None) in allowed


def kept(root: Path) -> set[str]:
    """What is in the cache, as addresses."""
    return {json.loads(note.read_text())["source"] for note in (root / "cache").glob("*.json")}


def go_on(driver: Driver, fake: FakeSources, root: Path, whole: dict[str, bytes]) -> None:
    """Run again: the same bytes, and nothing asked for that was there."""
    check_what_is_seen(root, None, whole)
    before = len(kept(root))
    fake.faults.clear()
    settle(fake)
    assert driver.run(root) == 0
    assert content(root) == whole
    answered = [one for one in fake.requests if one.status == 200]
    assert fake.requests.repeated() == {}
    assert len(answered) == len(kept(root)) - before
    assert [path.name for path in (root / "studies").iterdir()] == ["travis-tx"]


def settle(fake: FakeSources) -> None:
    """Wait until the services have noticed that a client is gone; their log is empty then."""
    deadline = time.monotonic() + 10
    fake.requests.clear()
    while fake.requests.most_at_once and time.monotonic() < deadline:
        time.sleep(0.005)
        fake.requests.clear()


@pytest.mark.parametrize("answered", range(0, 18, 2))
def test_killed_after_so_many_answers(
    driver: Driver,
    fake: FakeSources,
    undisturbed: tuple[dict[str, bytes], Path],
    tmp_path: Path,
    answered: int,
) -> None:
    fake.faults.add("", *[fine()] * answered, *[slow(0.15)] * 4)
    process = driver.start(tmp_path)
    deadline = time.monotonic() + 30
    while fake.faults.left > 3 and time.monotonic() < deadline:
        time.sleep(0.002)
    os.kill(process, signal.SIGKILL)
    assert driver.wait() == KILLED
    assert not (tmp_path / "studies" / "travis-tx").exists()
    go_on(driver, fake, tmp_path, undisturbed[0])


@pytest.mark.parametrize("seed", range(5))
def test_killed_at_some_moment(
    driver: Driver,
    fake: FakeSources,
    undisturbed: tuple[dict[str, bytes], Path],
    tmp_path: Path,
    seed: int,
) -> None:
    process = driver.start(tmp_path)
    time.sleep(random.Random(seed).uniform(0.02, 0.5))
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    assert driver.wait() in (KILLED, 0)
    go_on(driver, fake, tmp_path, undisturbed[0])


@pytest.mark.parametrize("step", [1, 8, 15])
def test_killed_in_the_middle_of_writing(
    driver: Driver,
    fake: FakeSources,
    undisturbed: tuple[dict[str, bytes], Path],
    tmp_path: Path,
    step: int,
) -> None:
    whole, root = undisturbed
    shutil.copytree(root / "cache", tmp_path / "cache")
    assert driver.run(tmp_path, end_at_step=step) == KILLED
    go_on(driver, fake, tmp_path, whole)


def test_killed_before_every_change_on_disk(
    driver: Driver, undisturbed: tuple[dict[str, bytes], Path], tmp_path: Path
) -> None:
    """Before each step of putting a study in its place there is none, and no half of one."""
    whole, root = undisturbed
    made, folder = root / "studies/travis-tx", tmp_path / "studies/travis-tx"
    killed = 0
    while driver.put(made, folder, end_at_step=killed + 1) == KILLED:
        check_what_is_seen(tmp_path, None, whole)
        killed += 1
    assert content(tmp_path) == whole
    # Two folders, every file brought to the disk, the folder, its name at least.
    assert killed >= len(whole) + 3


def test_killed_while_it_replaces_an_older_study(
    driver: Driver, undisturbed: tuple[dict[str, bytes], Path], tmp_path: Path
) -> None:
    """At every step the older study is there, or the newer one, or it comes back at once."""
    whole, root = undisturbed
    made, folder = root / "studies/travis-tx", tmp_path / "studies/travis-tx"
    files = {name: one for name, one in whole.items() if name != MARKER}
    older = marked(files | {"study.toml": b'name = "older"\n'}, {}) | {"mine.txt": b"mine"}
    newer = whole | {"mine.txt": b"mine"}
    seen, status = [], KILLED
    while status == KILLED:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, one in older.items():
            (folder / name).write_bytes(one)
        status = driver.put(made, folder, end_at_step=len(seen) + 1)
        check_what_is_seen(tmp_path, None, older, newer)
        seen.append(content(tmp_path) if folder.exists() else None)
        with place_for(folder):
            check_what_is_seen(tmp_path, older, newer)
        assert driver.put(made, folder) == 0
        assert content(tmp_path) == newer
    assert status == 0
    assert seen[0] == older
    assert seen[-1] == newer
    # For one moment it is neither: the older one has been moved, the newer one not yet.
    assert seen.count(None) == 1


def test_killed_again_and_again_it_still_gets_there(
    driver: Driver,
    fake: FakeSources,
    undisturbed: tuple[dict[str, bytes], Path],
    tmp_path: Path,
) -> None:
    for round_ in range(4):
        fake.faults.clear()
        settle(fake)
        fake.faults.add("", *[fine()] * 4, *[slow(0.15)] * 4)
        process = driver.start(tmp_path)
        deadline = time.monotonic() + 30
        while fake.faults.left > 3 and time.monotonic() < deadline and round_ < 3:
            time.sleep(0.002)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        driver.wait()
    go_on(driver, fake, tmp_path, undisturbed[0])
