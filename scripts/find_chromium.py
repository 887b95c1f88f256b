"""Find the Chromium that the browser tests drive, and with ``--install`` get one if there is none.

Looked for in this order: the environment variable GAPMAP_CHROMIUM, the names of Chromium and
Chrome on the PATH, the browser that Playwright downloaded. Installed only as root on a Debian
with apt-get. Prints the path, or the cure and exits with status 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["CURE", "find_chromium", "install_chromium"]

CURE = (
    "No Chromium was found: install it (Debian: apt-get install chromium; anywhere: "
    "playwright install chromium) or set GAPMAP_CHROMIUM to its path."
)

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> Path | None:
    """Return the path of a Chromium, or None.

    Raises
    ------
    FileNotFoundError
        If GAPMAP_CHROMIUM names something that is not a program: a wrong wish is not passed over.
    """
    wanted = os.environ.get("GAPMAP_CHROMIUM")
    if wanted:
        found = shutil.which(wanted)
        if found is None:
            raise FileNotFoundError(f"GAPMAP_CHROMIUM is {wanted!r}, which is not a program.")
        return Path(found)
    for name in _NAMES:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    return _playwrights_own()


def install_chromium() -> Path | None:
    """Install Debian's Chromium where that is ours to do, and return its path, or None."""
    may_install = hasattr(os, "geteuid") and os.geteuid() == 0
    if not may_install or shutil.which("apt-get") is None:
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "-y", "chromium"]):
        print(f"apt-get {' '.join(step)} ...", file=sys.stderr, flush=True)
        done = subprocess.run(
            ["apt-get", "-q", *step],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stdout[-2000:], done.stderr[-2000:], sep="\n", file=sys.stderr)
            return None
    return find_chromium()


def _playwrights_own() -> Path | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def main() -> int:
    try:
        path = find_chromium()
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    if path is None and "--install" in sys.argv[1:]:
        path = install_chromium()
    if path is None:
        print(CURE, file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
