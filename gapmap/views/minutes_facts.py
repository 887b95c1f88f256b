"""What the minutes of a board say, as values: one reading of state and events for every form."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gapmap.board.matters import Activity, Ask, Comment, Correction, Decision, ProposedSite
from gapmap.board.present import BoardState, applied
from gapmap.board.values import PART_MARK, Section, area_of
from gapmap.board.words import sentence
from gapmap.views.area_names import shared_names
from gapmap.views.clock import clock_of
from gapmap.views.partner_marks import partner_marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from gapmap.board.values import Claim, Event
    from gapmap.model import GapAssessment, Study
    from gapmap.views.clock import Clock
    from gapmap.views.partner_marks import Mark

__all__ = ["Decided", "Held", "Minutes", "OpenPlace", "author", "brief", "proposed_sites"]

_NAMED_EACH: Final = 3
_NO_PLACE: Final = "in no neighbourhood"
_LONGEST_BRIEF: Final = 240


@dataclass(frozen=True, slots=True)
class Held:
    """An area or part that a partner holds.

    Parameters
    ----------
    key, name, place
        What it is, and its neighbourhood; empty for none.
    claim
        How it is held.
    need, gap
        People in need there, and those of them out of reach; NaN where unknown, as it is for a
        part of an area.
    """

    key: str
    name: str
    place: str
    claim: Claim
    need: float
    gap: float


@dataclass(frozen=True, slots=True)
class OpenPlace:
    """A neighbourhood with areas that nobody holds.

    Parameters
    ----------
    name
        The neighbourhood.
    keys
        Areas and parts of areas without a holder, the largest open need first.
    need, gap
        Sums of what is known; NaN where nothing is.
    unknown_count
        Of the areas, how many have no known need.
    """

    name: str
    keys: tuple[str, ...]
    need: float
    gap: float
    unknown_count: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, when it was made, and who held what then."""

    id: str
    decision: Decision
    at: datetime | None
    state: BoardState | None


@dataclass(frozen=True, eq=False)
class Minutes:
    """Everything that the minutes of a board say.

    Parameters
    ----------
    state, events
        The board as it is, and everything that led to it, from the first event.
    study
        The study that it is of.
    areas
        What can be claimed, with its neighbourhood; None for none.
    today
        The day that stands on the paper.
    assessment
        The answer to the board's question; None where it was not asked.
    order
        Partners in the order of their marks; others follow by name.
    names
        Display name by identifier of a member, as the board gives it; empty leaves people out.
    what_if
        Name of the what-if that the answer supposes; empty for the study as it is.
    """

    state: BoardState
    events: Sequence[Event]
    study: Study
    areas: Mapping[str, str | None]
    today: date
    assessment: GapAssessment | None = None
    order: Sequence[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    what_if: str = ""

    @property
    def fingerprint(self) -> tuple[object, ...]:
        """What they depend on: the same for the same minutes."""
        state = self.state
        names = tuple(sorted(self.names.items()))
        return (state.board, state.revision, self.study.data_version, self.today, names)

    @cached_property
    def clock(self) -> Clock:
        """The study's own clock: every time on the paper is by it."""
        return clock_of(self.study)

    @cached_property
    def marks(self) -> dict[str, Mark]:
        """Letter and colour of every partner that holds something or has something to do."""
        found = {claim.partner for claim in self.state.claims.values()}
        found |= {one.partner for one in (*self.activities, *self.sites) if one.partner}
        found |= {ask.holder for ask in self.asks} | {ask.asker for ask in self.asks}
        first = dict.fromkeys([*self.order, *sorted(found, key=str.casefold)])
        return partner_marks(list(first))

    @property
    def partners(self) -> tuple[str, ...]:
        """Partners with something in these minutes, in the order of their marks."""
        busy = {one.partner for one in (*self.activities, *self.sites)} | set(self.held)
        return tuple(partner for partner in self.marks if partner in busy)

    @cached_property
    def held(self) -> dict[str, tuple[Held, ...]]:
        """What each partner holds: how far it is first, the farthest, then the largest need."""
        found: dict[str, list[Held]] = {}
        for key, claim in self.state.claims.items():
            found.setdefault(claim.partner, []).append(
                Held(key, self.name(key), self.place(key), claim, *self.figures(key))
            )
        return {
            partner: tuple(
                sorted(rows, key=lambda one: (-one.claim.state.rank, _first(one.gap), one.key))
            )
            for partner, rows in found.items()
        }

    @cached_property
    def open_places(self) -> tuple[OpenPlace, ...]:
        """What nobody holds, by neighbourhood, the largest open need first."""
        by_place: dict[str, list[str]] = {}
        claims = self.state.section(Section.CLAIMS)
        for geoid in self.areas:
            parts = [f"{geoid}{PART_MARK}{name}" for name in self.state.parts(geoid)]
            for key in parts or [geoid]:
                if key not in claims:
                    by_place.setdefault(self.place(key) or _NO_PLACE, []).append(key)
        found = [self._open_place(name, keys) for name, keys in by_place.items()]
        return tuple(sorted(found, key=lambda one: (_first(one.gap), one.name)))

    @cached_property
    def decisions(self) -> tuple[Decided, ...]:
        """Every decision in the order in which it was made, with the board as it was."""
        made: dict[str, Event] = {}
        for event in self.events:
            for key, value in event.patch.get(Section.DECISIONS, {}).items():
                if value is not None:
                    made.setdefault(key, event)
        entries = self.state.section(Section.DECISIONS)
        found = {key: Decision.model_validate(entry.value) for key, entry in entries.items()}
        states = self._states({one.on_revision for one in found.values()})
        told = [
            Decided(key, one, made[key].at if key in made else None, states.get(one.on_revision))
            for key, one in found.items()
        ]
        order = {key: event.revision for key, event in made.items()}
        return tuple(sorted(told, key=lambda one: (order.get(one.id, 0), one.id)))

    def _states(self, revisions: set[int]) -> dict[int, BoardState]:
        """Return the board as it was at some of its revisions, each event taken once."""
        state, found = BoardState(self.state.board, self.state.study), {}
        for revision in sorted(revisions):
            if revision <= len(self.events):
                state = applied(state, self.events[state.revision : revision])
                found[revision] = state
        return found

    @cached_property
    def activities(self) -> tuple[Activity, ...]:
        """Who does what: what is not done first, by day."""
        entries = self.state.section(Section.ACTIVITIES).values()
        found = [Activity.model_validate(entry.value) for entry in entries]
        return tuple(
            sorted(found, key=lambda one: (one.is_done, one.due is None, str(one.due), one.what))
        )

    @cached_property
    def sites(self) -> tuple[ProposedSite, ...]:
        """Proposed sites, by partner and name."""
        return proposed_sites(self.state)

    @cached_property
    def asks(self) -> tuple[Ask, ...]:
        """Requests for areas that nobody answered yet."""
        entries = self.state.section(Section.ASKS).values()
        found = [Ask.model_validate(entry.value) for entry in entries]
        return tuple(one for one in found if one.answer is None)

    @cached_property
    def corrections(self) -> tuple[tuple[Correction, Event | None], ...]:
        """Corrections in the order in which they came, with the event that laid them down."""
        entries = self.state.section(Section.CORRECTIONS).items()
        found = [(Correction.model_validate(entry.value), entry.revision) for _, entry in entries]
        return tuple((one, self._event(at)) for one, at in sorted(found, key=lambda one: one[1]))

    @cached_property
    def comments(self) -> tuple[tuple[Comment, Event | None], ...]:
        """Comments in the order in which they came, with the event that laid them down."""
        entries = self.state.section(Section.COMMENTS).items()
        found = [(Comment.model_validate(entry.value), entry.revision) for _, entry in entries]
        return tuple((one, self._event(at)) for one, at in sorted(found, key=lambda one: one[1]))

    def name(self, key: str) -> str:
        """Return the name of an area or part for people."""
        geoid, _, part = key.partition(PART_MARK)
        name = self._names.get(geoid, geoid)
        return f"{name}, part {part}" if part else name

    def place(self, key: str) -> str:
        """Return the neighbourhood of an area or part; empty for none."""
        return self.areas.get(area_of(key)) or ""

    def figures(self, key: str) -> tuple[float, float]:
        """Return need and open need of an area; NaN where unknown."""
        return self._figures.get(key, (math.nan, math.nan))

    def subject(self, key: str) -> str:
        """Say what a comment or correction is about."""
        if area_of(key) in self.areas:
            return self.name(key)
        for section in (Section.SITES, Section.DECISIONS):
            value = self.state.value(section, key)
            if value is not None:
                return str(value.get("name") or value.get("text") or key)
        return self._site_names.get(key) or key or "the board"

    def named(self, keys: Sequence[str]) -> str:
        """Name areas for a sentence: each of a few, how many and where of more."""
        areas = list(dict.fromkeys(area_of(key) for key in keys))
        if len(areas) <= _NAMED_EACH:
            return shared_names([self.name(area) for area in areas])
        places = list(dict.fromkeys(self.place(area) or _NO_PLACE for area in areas))
        if len(places) > _NAMED_EACH:
            words = self.study.words
            where = f"{len(places):,} {words.neighbourhoods}"
        else:
            where = " and ".join([", ".join(places[:-1]), places[-1]] if places[1:] else places)
        return f"{len(areas):,} {self.study.words.areas} in {where}"

    def told(self, event: Event) -> str:
        """Say in one line what an event did, without saying who."""
        return sentence(event, named=self.named)

    @cached_property
    def _names(self) -> dict[str, str]:
        table = self.study.areas
        pairs = zip(table["geoid"].tolist(), table["name"].tolist(), strict=True)
        return {
            geoid: str(name) if isinstance(name, str) and name else geoid for geoid, name in pairs
        }

    @cached_property
    def _site_names(self) -> dict[str, str]:
        sites = self.study.sites
        pairs = zip(sites["site_id"].tolist(), sites["name"].tolist(), strict=True)
        return {str(site): name for site, name in pairs if isinstance(name, str)}

    @cached_property
    def _figures(self) -> dict[str, tuple[float, float]]:
        if self.assessment is None:
            return {}
        table = self.assessment.areas
        pairs = zip(table["need"].tolist(), table["gap"].tolist(), strict=True)
        return dict(zip(table["geoid"].tolist(), pairs, strict=True))

    def _open_place(self, name: str, keys: Sequence[str]) -> OpenPlace:
        figures = {key: self.figures(key) for key in keys}
        ranked = sorted(keys, key=lambda key: (_first(figures[key][1]), key))
        return OpenPlace(
            name,
            tuple(ranked),
            _known_sum(need for need, _ in figures.values()),
            _known_sum(gap for _, gap in figures.values()),
            sum(math.isnan(gap) for _, gap in figures.values()),
        )

    def _event(self, revision: int) -> Event | None:
        return self.events[revision - 1] if 1 <= revision <= len(self.events) else None


def proposed_sites(state: BoardState) -> tuple[ProposedSite, ...]:
    """Return the sites that are proposed on a board, by partner and name."""
    entries = state.section(Section.SITES).values()
    found = [ProposedSite.model_validate(entry.value) for entry in entries]
    return tuple(sorted(found, key=lambda one: (one.partner, one.name)))


def author(event: Event | None, names: Mapping[str, str]) -> str:
    """Say who made an event, as the board gives it: a display name, a partner, or neither."""
    if event is None:
        return ""
    name = names.get(event.member, "")
    if name and event.partner:
        return f"{name} ({event.partner})"
    return name or event.partner or ("facilitator" if event.member else "by itself")


def brief(text: str) -> str:
    """Return a text on one line, the beginning of a long one."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_BRIEF else f"{line[: _LONGEST_BRIEF - 1]}…"


def _first(number: float) -> float:
    """Sort the largest first and the unknown last."""
    return math.inf if math.isnan(number) else -number


def _known_sum(numbers: Iterable[float]) -> float:
    known = [number for number in numbers if not math.isnan(number)]
    return math.fsum(known) if known else math.nan
