"""Proposals on the page Territory: what is wished for, what came of it, and long searches.

A wish is left for the next run, which knows what the controls say by then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gapmap import usecases
from gapmap.analysis.territory.edits import Drawing
from gapmap.analysis.territory.values import ContradictoryWishesError
from gapmap.errors import GapmapError
from gapmap.webapp import session
from gapmap.webapp.jobs import JobState, answers
from gapmap.webapp.pages import territory_work
from gapmap.webapp.pages.territory_work import PAGE

if TYPE_CHECKING:
    from gapmap.analysis.territory.layout import Layout
    from gapmap.analysis.territory.values import (
        Division,
        DivisionProgress,
        DivisionRequest,
        Obstacle,
    )
    from gapmap.model import Study
    from gapmap.webapp.jobs import Notice
    from gapmap.webapp.pages.territory_address import TerritoryView

__all__ = [
    "Outcome",
    "Search",
    "Wish",
    "ask",
    "asked_for",
    "fulfil",
    "outcome_of",
    "running_search",
]

_AT_ONCE: Final = 8_000
"""Areas up to which a proposal takes less than a second or so; more are divided in a job."""
_LARGEST_SEED: Final = 9_999


@dataclass(frozen=True, slots=True)
class Wish:
    """What the next run shall do once it knows the controls.

    Parameters
    ----------
    is_anew
        Whether to forget what is drawn, locked areas apart; else it is balanced again.
    tolerance_pct
        A tolerance to use from now on, None for the one there is.
    released
        Areas whose locks are given up first.
    """

    is_anew: bool = False
    tolerance_pct: float | None = None
    released: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a proposal, said as long as nothing has changed since.

    Parameters
    ----------
    drawing, request
        What it is true of.
    sentence
        What was done.
    obstacles
        Wishes that it does not meet.
    problem
        Why nothing was done, empty if something was.
    """

    drawing: Drawing
    request: DivisionRequest
    sentence: str = ""
    obstacles: tuple[Obstacle, ...] = ()
    problem: str = ""


@dataclass(slots=True)
class Search:
    """A proposal being made in a job; the page looks at the best of it now and then.

    Parameters
    ----------
    drawing, layout
        What it began with, and the question laid out.
    job
        Its identifier.
    best
        Row of the partner of each area, of the best division so far.
    """

    drawing: Drawing
    layout: Layout
    job: str = ""
    best: tuple[int, ...] = ()

    def watched(self) -> Drawing:
        """Return the best division so far as a drawing."""
        if not self.best:
            return self.drawing
        names = (*self.layout.request.names, None)
        found: dict[str, str | None] = dict.fromkeys(self.drawing.geoids)
        for geoid, row in zip(self.layout.labels.geoids, self.best, strict=True):
            found[geoid] = names[row]
        return Drawing.of(found, self.drawing.partners, self.drawing.locked)


def ask(study: Study, wish: Wish) -> None:
    """Leave a wish for the next run; a tolerance shows in its control at once."""
    if wish.tolerance_pct is not None:
        territory_work.place_tolerance(study, wish.tolerance_pct)
    session.place(session.key(study, f"{PAGE} wish"), wish)


def asked_for(study: Study) -> Wish | None:
    """Return the wish that was left, once."""
    found: Wish | None = session.take(session.key(study, f"{PAGE} wish"))
    return found


def outcome_of(study: Study, view: TerritoryView, drawing: Drawing) -> Outcome | None:
    """Return what came of the last proposal, if it still is about what is drawn and asked."""
    found: Outcome | None = session.known(session.key(study, f"{PAGE} outcome"))
    if found is None or found.drawing != drawing:
        return None
    return found if found.request == territory_work.asked(study, view, drawing) else None


def fulfil(study: Study, view: TerritoryView, wish: Wish) -> TerritoryView:
    """Do what was wished for; return the page as it is then."""
    within = view.scenario.within
    if wish.released:
        held = set(territory_work.begun(study, view).now.geoids)
        released = [geoid for geoid in wish.released if geoid in held]
        territory_work.change(study, within, lambda drawing: drawing.unlock(released))
    drawing = territory_work.begun(study, view).now
    is_blank = all(holder is None for holder in drawing.holders)
    if wish.is_anew and not is_blank:
        view = replace(view, seed=view.seed % _LARGEST_SEED + 1)
    request = territory_work.asked(study, view, drawing)
    begin = None if wish.is_anew or is_blank else drawing.as_holders
    try:
        layout = territory_work.laid_out(study, view, drawing)
        if len(layout.rows) > _AT_ONCE:
            _start(study, layout, drawing, begin)
            return view
        _take(study, usecases.divide_territory(study, request, begin=begin, layout=layout), drawing)
    except ContradictoryWishesError as error:
        _keep(study, Outcome(drawing, request, obstacles=(error.obstacle,)))
    except GapmapError as error:
        _keep(study, Outcome(drawing, request, problem=str(error)))
    return view


def _take(study: Study, division: Division, before: Drawing) -> None:
    """Draw a division that was found, and say what it changed."""
    found = Drawing.of(division.holders, before.partners, before.locked)
    territory_work.change(study, division.request.scenario.within, lambda _: found)
    _keep(study, Outcome(found, division.request, _changes(before, found, study),
                         division.obstacles))  # fmt: skip


def _keep(study: Study, outcome: Outcome) -> None:
    session.place(session.key(study, f"{PAGE} outcome"), outcome)


def _changes(before: Drawing, after: Drawing, study: Study) -> str:
    if all(holder is None for holder in before.holders):
        return ""
    count = sum(one != other for one, other in zip(before.holders, after.holders, strict=True))
    words = study.words
    if not count:
        return "Nothing had to change."
    what = f"1 {words.area}" if count == 1 else f"{count:,} {words.areas}"
    kept = len(before.locked)
    stay = f"; the {kept:,} locked stayed" if kept else ""
    return f"{what} changed hands{stay}."


def _start(study: Study, layout: Layout, drawing: Drawing, begin: dict[str, Any] | None) -> None:
    """Look for a division in the background."""
    search = Search(drawing, layout)

    def work(notice: Notice) -> Division:
        def tell(at: DivisionProgress) -> None:
            search.best = at.holders
            notice.tell(f"At most {at.worst_deviation:.1%} off a fair share", at.done, at.total)

        return usecases.divide_territory(
            study,
            layout.request,
            begin=begin,
            layout=layout,
            progress=tell,
            is_cancelled=notice.is_cancelled,
        )

    search.job = answers().start(
        PAGE, f"Dividing {layout.request.scenario.within or study.name}", work
    )
    session.place(session.key(study, f"{PAGE} search"), search)


def running_search(study: Study, view: TerritoryView) -> Search | None:
    """Return the search that goes on; what one that has ended left is drawn."""
    name = session.key(study, f"{PAGE} search")
    search: Search | None = session.known(name)
    job = None if search is None else answers().find(search.job)
    if search is None or job is None:
        return None
    scenario = search.layout.request.scenario
    if not job.state.has_ended:
        if scenario.within == view.scenario.within and search.drawing.partners != view.partners:
            # Its answer could not be drawn any more.
            answers().cancel(search.job)
            return None
        return search if scenario == view.scenario else None
    session.take(name)
    if job.state is not JobState.DONE:
        if job.problem:
            territory_work.say(study, job.problem)
        return None
    now = territory_work.remembered(study, scenario.within)
    if now is not None and now.now == search.drawing:
        _take(study, job.result, search.drawing)
    else:
        # A hand is newer than an answer to what was there before it.
        territory_work.say(
            study, "The map was changed meanwhile: the proposal was laid aside. Ask again."
        )
    return None
