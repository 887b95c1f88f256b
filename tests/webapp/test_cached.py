from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from gapmap import usecases, wiring
from gapmap.errors import TableError
from gapmap.webapp import cached
from tests import builders
from tests.webapp.conftest import FakeWorkspace, town


@pytest.fixture
def opened(monkeypatch):
    cached.forget()
    monkeypatch.setattr(wiring, "open_workspace", lambda: FakeWorkspace(town()))
    yield cached.study("town")
    cached.forget()


def test_the_same_question_is_answered_once(opened):
    scenario = usecases.default_scenario(opened)
    assert cached.answer(opened, scenario) is cached.answer(opened, scenario)


def test_another_site_list_is_another_answer(opened):
    scenario = usecases.default_scenario(opened)
    other = replace(opened, sites=builders.sites((0, 0)), data_version="town-2")
    assert cached.answer(opened, scenario) is not cached.answer(other, scenario)
    assert cached.site_file(opened).digest != cached.site_file(other).digest


def test_two_who_ask_at_once_wait_for_one_making(opened, monkeypatch):
    made = []
    started = threading.Event()
    original = usecases.assess_gaps

    def slow(*arguments):
        made.append(1)
        started.wait(0.2)
        return original(*arguments)

    monkeypatch.setattr(usecases, "assess_gaps", slow)
    scenario = usecases.default_scenario(opened)
    threads = [threading.Thread(target=cached.answer, args=(opened, scenario)) for _ in range(6)]
    for thread in threads:
        thread.start()
    started.set()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_a_failure_is_not_kept(opened, monkeypatch):
    scenario = usecases.default_scenario(opened)

    def fail(*_arguments):
        raise TableError("no")

    with monkeypatch.context() as broken:
        broken.setattr(usecases, "assess_gaps", fail)
        with pytest.raises(TableError):
            cached.answer(opened, scenario)
    assert cached.answer(opened, scenario).need_total == 600


def test_answers_are_bounded(opened):
    first = cached.answer(opened, usecases.default_scenario(opened))
    for number in range(120):
        other = replace(opened, data_version=f"town-{number + 2}")
        cached.answer(other, usecases.default_scenario(opened))
    assert cached.answer(opened, usecases.default_scenario(opened)) is not first


def test_everything_that_can_be_found_has_its_own_label():
    twins = town(
        town_sites=builders.sites((500, 500), (1500, 500), name=["Twin", "Twin"]),
        data_version="twins",
    )
    labels = cached.finder(twins)
    assert labels["Twin"] == ("site", "s0")
    assert labels["Twin (s1)"] == ("site", "s1")
    assert labels["Westside, Left bank"] == ("neighbourhood", "n0")
