"""A small town in place of the studies on disk, and pages run without a browser."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from gapmap import wiring
from gapmap.model import Measure, Role
from gapmap.webapp import cached
from tests import builders

PEOPLE = {
    "children": builders.CHILDREN,
    "seniors": Measure("seniors", "People over 65", "seniors"),
}


@pytest.fixture(scope="session", autouse=True)
def _look_for_components_once():
    """Look through all installed packages once, and not for every page that a test draws."""
    once = functools.cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", once)
        yield


def town(**changes: Any):
    """Four squares in two neighbourhoods of two groups; four sites of two partners."""
    known: dict[str, Any] = {
        "town": builders.areas([100, 300, float("nan"), 200], seniors=[10, 20, 30, 40]),
        "town_sites": builders.sites(
            (500, 500),
            (1500, 500),
            (3500, 500),
            (3600, 500),
            name=["Harbour School", "Mill Library", "East Camp", "East Pantry"],
            partner=["Harbour Aid", "Mill Friends", "Harbour Aid", "Mill Friends"],
            kind=["open", "open", "camp", "open"],
            days=["mon;tue;wed;thu;fri", "sat", "mon", None],
        ),
        "neighbourhoods": builders.neighbourhoods(
            "Westside", "Eastside", width_m=2000, groups=["Left bank", "Right bank"]
        ),
        "measures": PEOPLE,
        "data_version": "town-1",
    }
    known.update(changes)
    return builders.study(**known)


@dataclass(frozen=True)
class _Description:
    margin_m: float = 0.0


class FakeWorkspace:
    """Studies out of the hand instead of out of files."""

    def __init__(self, *studies: Any) -> None:
        self._studies = {study.id: study for study in studies if not isinstance(study, str)}
        self._broken = [study for study in studies if isinstance(study, str)]

    def studies(self):
        whole = (wiring.StudyCard(s.id, s.name, s.summary) for s in self._studies.values())
        broken = (wiring.StudyCard(name, name, "", "Its file is gone.") for name in self._broken)
        return (*whole, *broken)

    def load_study(self, name):
        return self._studies[name]

    def describe(self, _name):
        return _Description()


@pytest.fixture
def open_page(monkeypatch):
    """Run a page over some studies, by default the town; returns the running page."""

    def run(page: str = "gaps", *studies: Any, query: dict[str, Any] | None = None) -> AppTest:
        workspace = FakeWorkspace(*(studies or (town(),)))
        monkeypatch.setattr(wiring, "open_workspace", lambda: workspace)
        cached.forget()
        app = AppTest.from_function(_draw, kwargs={"page": page}, default_timeout=60)
        for name, value in (query or {}).items():
            app.query_params[name] = value
        return checked(app.run())

    yield run
    cached.forget()


def _draw(page: str) -> None:
    import importlib

    name = {"gaps": "gaps", "data": "sites_list"}[page]
    importlib.import_module(f"gapmap.webapp.pages.{name}").draw()


def checked(app: AppTest) -> AppTest:
    """Return the app after making sure that nothing went wrong in it."""
    assert not app.exception, app.exception
    return app


def control(app: AppTest, kind: str, name: str) -> Any:
    """A control of the town by its name."""
    return getattr(app, kind)(key=f"town:{name}")


def headline(app: AppTest) -> str:
    """The main sentence of the page."""
    return str(app.title[0].value)


def figure(app: AppTest, label: str) -> str:
    """The figure whose label has a text in it."""
    return next(metric.value for metric in app.metric if label in metric.label)


def map_arguments(app: AppTest) -> Any:
    """What the map is sent."""
    return json.loads(app.get("component_instance")[0].proto.json_args)


def painted(app: AppTest) -> Any:
    """What the map is told to paint."""
    found = re.search(r"window\.gapmap\.apply\((.*?)\);", map_arguments(app)["feature_group"])
    assert found is not None
    return json.loads(found[1])


def ranking(app: AppTest) -> Any:
    """The ranked places."""
    return app.dataframe[0].value


def lawful_town(**changes: Any):
    """The town with margins of error, and with a block group in each of its squares.

    The first is eligible by itself, the second by averaging with it, the third is unknown, the
    last is not eligible.
    """
    known: dict[str, Any] = {
        "town": builders.areas(
            [100, 300, float("nan"), 200],
            children_moe=[10, 150, float("nan"), 160],
            seniors=[10, 20, 30, 40],
        ),
        "eligibility": (
            builders.eligibility([100, 100, 0, 100], [60, 45, float("nan"), 10], is_proxy=True),
        ),
        "data_version": "lawful-1",
    }
    return town(**(known | changes))


@pytest.fixture
def made_up():
    """Provenance of sites that are not real."""
    return builders.provenance("sites", Role.SITES, "Made-up sites", is_illustrative=True)
