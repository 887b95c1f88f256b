"""The house rules that no other tool holds: locks, the wheel, what the tree says, who may do what.

Rules about code are small functions from a syntax tree to the lines that break them; each is
shown a seeded fault first, so that a rule which can no longer fail is itself a failure.
"""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import json
import os
import re
import socket
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "gapmap"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

LOCKS = ("requirements.txt", "requirements-dev.txt")
NOT_OURS = {"node_modules", "__pycache__", "build", "dist", "out"}


def tree() -> list[Path]:
    """Every file that is or could be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:  # an unpacked sdist has no repository
        paths = [
            path
            for path in ROOT.rglob("*")
            if not any(
                part.startswith(".") or part in NOT_OURS for part in path.relative_to(ROOT).parts
            )
        ]
    return sorted(path for path in paths if path.is_file())


def texts() -> Iterator[tuple[str, str]]:
    """Name and content of every text file of the tree."""
    for path in tree():
        try:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Dotted name and syntax tree of every module of the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield name, ast.parse(path.read_text(encoding="utf-8"), str(path))


# ---------------------------------------------------------------------------- locks and metadata


def locked(name: str) -> dict[str, str]:
    """Version by package of a lock file."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ \\]+)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_package_by_hash_and_names_no_place(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = text.replace("\\\n", " ").splitlines()
    assert len(entries) == len(locked(lock)) > 20
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"\S*(?:://|index-url|find-links|file:| /|@)\S*", text) == []


def test_what_tests_the_app_holds_exactly_what_runs_it() -> None:
    to_run, to_test = locked(LOCKS[0]), locked(LOCKS[1])
    assert to_run.items() <= to_test.items()


def test_the_lock_satisfies_what_the_package_asks_for() -> None:
    versions = locked("requirements.txt")
    wanted = [Requirement(text) for text in PROJECT["dependencies"]]
    unmet = [str(need) for need in wanted if versions[need.name] not in need.specifier]
    assert unmet == []


def test_the_installed_version_is_the_one_in_the_project_file_and_in_the_changes() -> None:
    assert importlib.metadata.version("gapmap") == PROJECT["version"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(PROJECT['version'])}\b", changes, flags=re.MULTILINE)


def test_every_supported_python_is_named() -> None:
    named = {
        text.rpartition(" ")[2]
        for text in PROJECT["classifiers"]
        if text.startswith("Programming Language :: Python :: 3.")
    }
    assert named == {"3.11", "3.12", "3.13", "3.14"}
    assert PROJECT["requires-python"] == ">=3.11,<3.15"


# --------------------------------------------------------------------------------- what files say

# In pieces, so that this file does not break its own rule.
ONE_MACHINE = re.compile(
    "|".join(
        [
            r"(?<![\w.~-])/" + r"(?:root|work|home|Users|opt/wheels|tmp/w)/",
            r"py" + r"pi\.org",
            r"python" + r"hosted\.org",
            r"registry\." + r"npmjs",
            r"deb\." + r"debian\.org",
        ]
    )
)
LEFT_OPEN = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|raise NotImplemented" + r"Error)\b")


def test_no_file_names_a_machine_s_folder_or_a_registry() -> None:
    assert ONE_MACHINE.search("see /" + "root/x")
    assert ONE_MACHINE.search("https://py" + "pi.org/")
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if ONE_MACHINE.search(line)
    ]
    assert found == []


def test_nothing_in_the_code_is_left_open() -> None:
    assert LEFT_OPEN.search("# TO" + "DO: later")
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts()
        if name.endswith((".py", ".js", ".css", ".sh", ".toml"))
        for number, line in enumerate(text.splitlines(), 1)
        if LEFT_OPEN.search(line)
    ]
    assert found == []


def test_every_toml_file_parses() -> None:
    broken = []
    for name, text in texts():
        if name.endswith(".toml"):
            try:
                tomllib.loads(text)
            except tomllib.TOMLDecodeError as error:
                broken.append(f"{name}: {error}")
    assert broken == []


# ------------------------------------------------------------------------------------ who may what

OPENERS = {"open": 1, "ParquetFile": None, "ZipFile": 1, "load_workbook": None}
"""Calls that open a file under a name of their own, and where their mode stands."""

METHODS = {
    *("read_bytes", "read_text"),
    *("read_arrow", "read_bounds", "read_csv", "read_dataframe", "read_excel", "read_feather"),
    *("read_file", "read_info", "read_json", "read_layer", "read_parquet", "read_table"),
}
"""Functions of pathlib, pandas, geopandas, pyogrio and pyarrow that open a file."""


def reads_a_file(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    if isinstance(called, ast.Attribute) and called.attr in METHODS:
        return True
    if isinstance(called, ast.Attribute) and called.attr == "open":
        place: int | None = 0  # path.open("w")
    else:
        name = called_name(node)
        if name not in OPENERS:
            return False
        place = OPENERS[name]
    modes = [word.value for word in node.keywords if word.arg == "mode"]
    if place is not None:
        modes += node.args[place : place + 1]
    return not any(
        isinstance(mode, ast.Constant) and str(mode.value)[:1] in "wxa" for mode in modes
    )


def called_name(node: ast.AST) -> str:
    """Last name of what a call calls: ``table.to_crs(...)`` gives to_crs."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def changes_a_crs(node: ast.AST) -> bool:
    return called_name(node) in {"to_crs", "from_crs"}


def touches_session_state(node: ast.AST) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "session_state") or (
        isinstance(node, ast.alias) and node.name == "session_state"
    )


def caches_for_streamlit(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in {"cache_data", "cache_resource"}


def breaks(rule: Callable[[ast.AST], bool], module: ast.Module) -> list[int]:
    """Lines of a module that break a rule."""
    return sorted({getattr(node, "lineno", 0) for node in ast.walk(module) if rule(node)})


RULES = [
    pytest.param(
        reads_a_file,
        (
            "gapmap.sources",
            "gapmap.views.exports",  # a GeoPackage is written to a file and read back at once
            "gapmap.views.offline",  # the program's own scripts, into a page
            "gapmap.webapp.assets",  # the program's own scripts, to a browser
        ),
        "from pathlib import Path\nPath('x').read_text()",
        id="only-sources-reads-files",
    ),
    pytest.param(
        changes_a_crs, ("gapmap.geo",), "x = table.to_crs(3857)", id="only-geo-changes-a-crs"
    ),
    pytest.param(
        touches_session_state,
        ("gapmap.webapp.session",),
        "import streamlit as st\nst.session_state['x'] = 1",
        id="only-session-touches-session-state",
    ),
    pytest.param(
        caches_for_streamlit,
        ("gapmap.webapp.cached",),
        "import streamlit as st\n@st.cache_data\ndef f(): ...",
        id="only-cached-caches",
    ),
]


@pytest.mark.parametrize(("rule", "allowed", "fault"), RULES)
def test_a_right_belongs_to_its_module_alone(
    rule: Callable[[ast.AST], bool], allowed: tuple[str, ...], fault: str
) -> None:
    assert breaks(rule, ast.parse(fault)), "the rule does not see the fault it is for"
    found = {
        name: lines
        for name, module in modules()
        if not name.startswith(allowed) and (lines := breaks(rule, module))
    }
    assert found == {}


def test_writing_a_file_is_not_reading_one() -> None:
    writing = "open('x', 'w')\nPath('x').open(mode='wb')\nZipFile(buffer, 'w')\nopen_page('x')"
    reading = "open('x')\nPath('x').open()\nzipfile.ZipFile(buffer)\npd.read_csv('x')"
    assert breaks(reads_a_file, ast.parse(writing)) == []
    assert breaks(reads_a_file, ast.parse(reading)) == [1, 2, 3, 4]


# ----------------------------------------------------------------------------------------- exports


def public_names(module: ast.Module) -> set[str]:
    """Classes and functions that a module defines under a public name.

    Not the commands of the command line: they are called by typing, not by importing.
    """
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.name
        for node in module.body
        if isinstance(node, kinds)
        and not node.name.startswith("_")
        and not any(called_name(mark) in {"command", "group"} for mark in node.decorator_list)
    }


def exported(module: ast.Module) -> list[str] | None:
    """What ``__all__`` lists, or None when there is none."""
    for node in module.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            return list(ast.literal_eval(node.value))  # type: ignore[attr-defined]
    return None


def test_every_public_name_is_in_all() -> None:
    fault = ast.parse("__all__ = ['a']\ndef a(): ...\ndef b(): ...")
    assert public_names(fault) - set(exported(fault) or []) == {"b"}
    missing = {
        name: sorted(forgotten)
        for name, module in modules()
        if not name.rpartition(".")[2].startswith("_")
        and (forgotten := public_names(module) - set(exported(module) or []))
    }
    assert missing == {}


def test_what_the_package_promises_can_be_imported() -> None:
    package = importlib.import_module("gapmap")
    promised = package.__all__
    assert len(promised) == len(set(promised)) > 5
    assert [name for name in promised if not hasattr(package, name)] == []


# ------------------------------------------------------------------------------------- the network


def test_a_test_cannot_leave_this_machine() -> None:
    with pytest.raises(RuntimeError, match="loopback"):
        socket.create_connection(("example.org", 80), timeout=1)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
        pytest.raises(RuntimeError, match="loopback"),
    ):
        stream.connect(("192.0.2.1", 80))
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram,
        pytest.raises(RuntimeError, match="loopback"),
    ):
        datagram.sendto(b"x", ("192.0.2.1", 9))


def test_a_test_can_reach_its_own_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


# --------------------------------------------------------------------------------------- the wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this tree, built offline by the locked build backend."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("gapmap-*.whl")
    return built


def test_a_wheel_holds_the_package_the_app_and_its_demo_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {
        "gapmap",
        f"gapmap-{PROJECT['version']}.dist-info",
    }
    ours = [path.relative_to(ROOT).as_posix() for path in tree()]
    bundled = [name for name in ours if name.startswith(("app.py", "data/", "layers/"))]
    assert {"app.py", "layers/nyc/study.toml", "data/nyc/tracts.parquet"} <= set(bundled)
    assert [name for name in bundled if f"gapmap/_bundle/{name}" not in names] == []
    assert [name for name in ours if name.startswith("gapmap/") and name not in names] == []
    assert "gapmap/py.typed" in names
    assert f"gapmap-{PROJECT['version']}.dist-info/licenses/LICENSE" in names
    assert [name for name in names if "__pycache__" in name or name.endswith(".nbc")] == []


def test_a_wheel_alone_finds_its_demo(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--no-index", "--no-deps", "--target", str(site), str(wheel)], check=True)
    asked = subprocess.run(
        [
            sys.executable,
            "-c",
            "import gapmap, sys; print(gapmap.__file__, file=sys.stderr);"
            "from gapmap.cli import main; main(['studies', '--json'])",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    assert asked.stderr.startswith(str(site))
    studies = json.loads(asked.stdout)
    listed = studies["studies"] if isinstance(studies, dict) else studies
    (demo,) = [study for study in listed if study["id"] == "nyc"]
    assert demo["problem"] is None


def test_an_sdist_can_be_built_again(tmp_path: Path) -> None:
    """A wheel made from the unpacked sdist needs nothing that the sdist lacks."""
    build = [sys.executable, "-m", "hatchling", "build"]
    subprocess.run(
        [*build, "-t", "sdist", "-d", str(tmp_path)], cwd=ROOT, check=True, capture_output=True
    )
    (sdist,) = tmp_path.glob("gapmap-*.tar.gz")
    subprocess.run(["tar", "-xzf", sdist.name], cwd=tmp_path, check=True)
    unpacked = tmp_path / sdist.name.removesuffix(".tar.gz")
    subprocess.run([*build, "-t", "wheel"], cwd=unpacked, check=True, capture_output=True)
    assert list((unpacked / "dist").glob("gapmap-*.whl"))
