"""Jobs: two at once, each with progress and a way to stop, none with a hold on a page."""

from __future__ import annotations

import threading

import pytest

from gapmap.errors import CancelledError, RequestError, SourceError
from gapmap.webapp.jobs import Job, Jobs, JobState

PATIENCE_S = 20.0


@pytest.fixture
def jobs():
    made = Jobs(at_once=2, waiting_at_most=3)
    yield made
    made.cancel_all()
    for job in made.all("test"):
        made.wait(job.id, PATIENCE_S)


class Work:
    """Work that stands still until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, notice):
        self.begun.set()
        notice.tell("Waiting", 1, 4)
        while not self.go_on.wait(0.005):
            if notice.is_cancelled():
                raise CancelledError("Stopped as asked.")
        return "result"


def ended(jobs, identifier):
    job = jobs.wait(identifier, PATIENCE_S)
    assert job is not None
    assert job.state.has_ended
    return job


def test_a_job_runs_elsewhere_and_leaves_its_result(jobs):
    here = threading.current_thread()
    job = ended(jobs, jobs.start("test", "One", lambda _: threading.current_thread() is here))
    assert (job.state, job.result, job.title) == (JobState.DONE, False, "One")


def test_progress_is_seen_while_the_work_goes_on(jobs):
    work = Work()
    identifier = jobs.start("test", "One", work)
    assert work.begun.wait(PATIENCE_S)
    while (job := jobs.find(identifier)).step != "Waiting":
        pass
    assert (job.state, job.done, job.total, job.share) == (JobState.RUNNING, 1, 4, 0.25)
    work.go_on.set()
    assert ended(jobs, identifier).result == "result"


def test_a_job_is_stopped_in_the_middle(jobs):
    work = Work()
    identifier = jobs.start("test", "One", work)
    assert work.begun.wait(PATIENCE_S)
    jobs.cancel(identifier)
    job = ended(jobs, identifier)
    assert (job.state, job.problem) == (JobState.CANCELLED, "Stopped as asked.")


def test_two_run_at_once_and_the_third_waits_its_turn(jobs):
    works = [Work() for _ in range(3)]
    identifiers = [jobs.start("test", str(place), work) for place, work in enumerate(works)]
    for work in works[:2]:
        assert work.begun.wait(PATIENCE_S)
    assert not works[2].begun.wait(0.05)
    assert jobs.find(identifiers[2]).state is JobState.WAITING
    works[0].go_on.set()
    assert works[2].begun.wait(PATIENCE_S)
    assert not works[1].go_on.is_set()
    for work in works:
        work.go_on.set()
    assert [ended(jobs, one).state for one in identifiers] == [JobState.DONE] * 3


def test_those_who_wait_begin_in_the_order_they_came(jobs):
    first, second = Work(), Work()
    order: list[int] = []
    jobs.start("test", "a", first)
    jobs.start("test", "b", second)
    assert first.begun.wait(PATIENCE_S)
    assert second.begun.wait(PATIENCE_S)
    waiting = [jobs.start("test", str(n), lambda _, n=n: order.append(n)) for n in range(3)]
    first.go_on.set()
    for one in waiting:
        ended(jobs, one)
    second.go_on.set()
    assert order == [0, 1, 2]


def test_one_that_waits_is_stopped_before_it_begins(jobs):
    works = [Work() for _ in range(3)]
    identifiers = [jobs.start("test", "x", work) for work in works]
    assert works[1].begun.wait(PATIENCE_S)
    jobs.cancel(identifiers[2])
    assert ended(jobs, identifiers[2]).state is JobState.CANCELLED
    assert not works[2].begun.is_set()


def test_too_many_are_refused_in_words(jobs):
    works = [Work() for _ in range(5)]
    for work in works:
        jobs.start("test", "x", work)
    assert works[0].begun.wait(PATIENCE_S)
    assert works[1].begun.wait(PATIENCE_S)
    with pytest.raises(RequestError, match="3 jobs are waiting"):
        jobs.start("test", "x", Work())


def test_a_refusal_is_told_in_its_own_words(jobs):
    def work(_):
        raise SourceError("The service is away.")

    job = ended(jobs, jobs.start("test", "One", work))
    assert (job.state, job.problem) == (JobState.FAILED, "The service is away.")


def test_an_error_nobody_foresaw_is_told_without_its_inside(jobs, caplog):
    def work(_):
        raise ZeroDivisionError("secret=123")

    job = ended(jobs, jobs.start("test", "One", work))
    assert job.state is JobState.FAILED
    assert "secret" not in job.problem
    assert "ZeroDivisionError" in caplog.text


def test_a_job_is_listed_for_everybody_by_kind_the_newest_first(jobs):
    first = jobs.start("test", "a", lambda _: 1)
    ended(jobs, first)
    second = jobs.start("test", "b", lambda _: 2)
    ended(jobs, second)
    ended(jobs, jobs.start("other", "c", lambda _: 3))
    assert [job.id for job in jobs.all("test")] == [second, first]


def test_only_so_many_ended_jobs_are_remembered(jobs):
    first = jobs.start("test", "first", lambda _: 1)
    ended(jobs, first)
    for _ in range(30):
        ended(jobs, jobs.start("test", "more", lambda _: 1))
    assert jobs.find(first) is None
    assert len(jobs.all("test")) <= 25


def test_stopping_what_has_ended_or_never_was_changes_nothing(jobs):
    identifier = jobs.start("test", "a", lambda _: 1)
    job = ended(jobs, identifier)
    jobs.cancel(identifier)
    jobs.cancel("nobody")
    assert jobs.find(identifier) == job
    assert jobs.find("nobody") is None


def test_the_share_done_is_none_before_the_total_is_known():
    assert Job("i", "test", "t", done=3, total=0).share == 0.0
    assert Job("i", "test", "t", done=9, total=3).share == 1.0
