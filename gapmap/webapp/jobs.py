"""Work that outlasts a run of a page: a thread a job, two at once, progress, and a way to stop.

A job knows no page and no session: it gets plain values and leaves a value. Pages look at it as
often as they like, from any session; whoever has its identifier may stop it.
"""

from __future__ import annotations

import atexit
import logging
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from gapmap.errors import CancelledError, GapmapError, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Job", "JobState", "Jobs", "Notice", "answers", "board"]

_AT_ONCE: Final = 2
_WAITING_AT_MOST: Final = 8
_ENDED_AT_MOST: Final = 24
"""Jobs that have ended and are still remembered."""

_ANSWERS_AT_ONCE: Final = 6
_ANSWERS_WAITING_AT_MOST: Final = 64

_log = logging.getLogger(__name__)


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self not in (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stood when somebody looked.

    Parameters
    ----------
    id
        Names it, and cannot be guessed.
    kind
        What sort of work it is: ``fetch``, ``geocode``.
    title
        What it does, for people.
    state
        How far it is.
    step
        What is being done right now, for people.
    done, total
        Of the work, in whatever it counts; a total of 0 is not known yet.
    result
        What it leaves behind, once it is done.
    problem
        Why it failed, in words for people.
    is_stopping
        Whether somebody has asked it to stop.
    """

    id: str
    kind: str
    title: str
    state: JobState = JobState.WAITING
    step: str = ""
    done: int = 0
    total: int = 0
    result: Any = None
    problem: str = ""
    is_stopping: bool = False

    @property
    def share(self) -> float:
        """Share of the work that is done, 0 to 1."""
        return min(max(self.done / self.total, 0.0), 1.0) if self.total > 0 else 0.0


class Notice:
    """What a job's work is handed: it tells how far it is, and asks whether to go on.

    Parameters
    ----------
    tell
        Takes what is being done, how much is done, and of how much.
    is_cancelled
        Says whether somebody has asked the job to stop.
    """

    def __init__(
        self, tell: Callable[[str, int, int], None], is_cancelled: Callable[[], bool]
    ) -> None:
        self.tell = tell
        self.is_cancelled = is_cancelled


class Jobs:
    """The jobs of one server.

    Parameters
    ----------
    at_once
        Jobs that run at the same time; the others wait their turn.
    waiting_at_most
        Jobs that may wait; a further one is refused.
    """

    def __init__(self, *, at_once: int = _AT_ONCE, waiting_at_most: int = _WAITING_AT_MOST) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._stops: dict[str, threading.Event] = {}
        self._changed = threading.Condition()
        self._at_once = at_once
        self._waiting_at_most = waiting_at_most

    def start(self, kind: str, title: str, work: Callable[[Notice], Any]) -> str:
        """Start a job, or let it wait for its turn.

        Parameters
        ----------
        kind, title
            See :class:`Job`.
        work
            Does it, in a thread of its own. It must not touch a session.

        Returns
        -------
        The job's identifier.

        Raises
        ------
        RequestError
            If too many are waiting already.
        """
        identifier = secrets.token_urlsafe(12)
        stop = threading.Event()
        with self._changed:
            # Those that run count, too: one just begun may not have taken its turn yet.
            waiting = sum(not job.state.has_ended for job in self._jobs.values()) - self._at_once
            if waiting >= self._waiting_at_most:
                raise RequestError(
                    f"{waiting} jobs are waiting on this server already. Try again in some minutes."
                )
            self._jobs[identifier] = Job(identifier, kind, title)
            self._stops[identifier] = stop
            self._forget_old()
        threading.Thread(
            target=self._run, args=(identifier, work, stop), name=f"job-{kind}", daemon=True
        ).start()
        return identifier

    def find(self, identifier: str) -> Job | None:
        """Return a job as it stands, or None if nobody remembers it."""
        with self._changed:
            return self._jobs.get(identifier)

    def all(self, kind: str) -> tuple[Job, ...]:
        """Return the jobs of a kind as they stand, the newest first."""
        with self._changed:
            return tuple(job for job in reversed(self._jobs.values()) if job.kind == kind)

    def cancel(self, identifier: str) -> None:
        """Ask a job to stop. One that waits ends at once, one that runs at its next look."""
        with self._changed:
            job = self._jobs.get(identifier)
            if job is None or job.state.has_ended:
                return
            self._stops[identifier].set()
            self._change(identifier, is_stopping=True)

    def cancel_all(self) -> None:
        """Ask every job to stop."""
        for identifier in list(self._jobs):
            self.cancel(identifier)

    def wait(self, identifier: str, seconds: float) -> Job | None:
        """Wait until a job has ended, at most so long; return it as it stands."""
        until = time.monotonic() + seconds
        with self._changed:
            while True:
                job = self._jobs.get(identifier)
                left_s = until - time.monotonic()
                if job is None or job.state.has_ended or left_s <= 0:
                    return job
                self._changed.wait(left_s)

    def _run(self, identifier: str, work: Callable[[Notice], Any], stop: threading.Event) -> None:
        if not self._take_turn(identifier, stop):
            return

        def tell(step: str, done: int, total: int) -> None:
            with self._changed:
                self._change(identifier, step=step, done=done, total=total)

        ended: dict[str, Any]
        try:
            ended = {"state": JobState.DONE, "result": work(Notice(tell, stop.is_set))}
        except CancelledError as error:
            ended = {"state": JobState.CANCELLED, "problem": str(error)}
        except GapmapError as error:
            ended = {"state": JobState.FAILED, "problem": str(error)}
        except Exception:
            # Nobody else would ever hear of it: a thread's error goes nowhere.
            _log.exception("A job ended in an error: %s", identifier)
            ended = {
                "state": JobState.FAILED,
                "problem": "Something went wrong that nobody foresaw. Try again; what was done "
                "before is kept. If it happens again, tell whoever runs this server.",
            }
        with self._changed:
            self._change(identifier, **ended)

    def _take_turn(self, identifier: str, stop: threading.Event) -> bool:
        """Wait until few enough others run; False if somebody has stopped the job before."""
        with self._changed:
            while not stop.is_set() and not self._is_next(identifier):
                self._changed.wait()
            if stop.is_set():
                words = "Stopped before it began."
                self._change(identifier, state=JobState.CANCELLED, problem=words)
                return False
            self._change(identifier, state=JobState.RUNNING)
            return True

    def _is_next(self, identifier: str) -> bool:
        states = [job.state for job in self._jobs.values()]
        waiting = [job.id for job in self._jobs.values() if job.state is JobState.WAITING]
        return states.count(JobState.RUNNING) < self._at_once and waiting[0] == identifier

    def _change(self, identifier: str, **changes: Any) -> None:
        """Change a job; the lock is held by the caller."""
        self._jobs[identifier] = replace(self._jobs[identifier], **changes)
        self._changed.notify_all()

    def _forget_old(self) -> None:
        ended = [job.id for job in self._jobs.values() if job.state.has_ended]
        for identifier in ended[: max(len(ended) - _ENDED_AT_MOST, 0)]:
            del self._jobs[identifier], self._stops[identifier]


_board = Jobs()
_answers = Jobs(at_once=_ANSWERS_AT_ONCE, waiting_at_most=_ANSWERS_WAITING_AT_MOST)
# Threads in the middle of a request must not keep a server that is told to end.
atexit.register(_board.cancel_all)
atexit.register(_answers.cancel_all)


def board() -> Jobs:
    """Return the jobs of this server that somebody has started and goes on without."""
    return _board


def answers() -> Jobs:
    """Return the jobs that a page itself waits for: they are not kept behind long ones."""
    return _answers
