"""The present state of a board: what its events add up to, and any state before.

A state is made of events and of nothing else. The store keeps the newest one beside the events,
so that opening a board does not replay it; that the two agree is what the tests are for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gapmap.board.matters import ABOUT_CLAIMING, ABOUT_SCENARIO, ABOUT_TITLE
from gapmap.board.values import Claim, Section, json_time, read_time
from gapmap.errors import BoardError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from gapmap.board.values import Event, Patch

__all__ = ["BoardState", "Entry", "Step", "applied", "difference", "inverse_of", "replayed"]


class Step(NamedTuple):
    """Of an event, what a state is made of."""

    revision: int
    at: datetime
    patch: Patch


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on a board as JSON, and the revision that made it what it is."""

    value: Mapping[str, Any]
    revision: int


_NOTHING: Final[Mapping[str, Entry]] = {}


@dataclass(frozen=True, eq=False)
class BoardState:
    """A board at one revision. Its mappings are never changed; another state has others.

    Parameters
    ----------
    board, study
        Which board, of which study.
    revision
        The last event in it; 0 is before the first.
    changed
        When that was.
    sections
        What lies on it, by section and key.
    """

    board: str
    study: str
    revision: int = 0
    changed: datetime | None = None
    sections: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)

    def section(self, name: Section) -> Mapping[str, Entry]:
        """Return what lies in one section, by key."""
        return self.sections.get(name, _NOTHING)

    def value(self, section: str, key: str) -> Mapping[str, Any] | None:
        """Return one thing as JSON, None if it is not there."""
        entry = self.sections.get(section, _NOTHING).get(key)
        return None if entry is None else entry.value

    def claim(self, key: str) -> Claim | None:
        """Return the claim on an area or part, None while it is open."""
        value = self.value(Section.CLAIMS, key)
        return None if value is None else Claim.model_validate(value)

    @cached_property
    def claims(self) -> Mapping[str, Claim]:
        """Every claim, by area or part."""
        found = self.section(Section.CLAIMS)
        return {key: Claim.model_validate(entry.value) for key, entry in found.items()}

    @property
    def title(self) -> str:
        """What the board is called."""
        return str((self.value(Section.ABOUT, ABOUT_TITLE) or {}).get("text", ""))

    @property
    def scenario(self) -> Mapping[str, Any]:
        """The question that everybody looks at, as JSON; empty for the study's own."""
        return self.value(Section.ABOUT, ABOUT_SCENARIO) or {}

    @property
    def is_claiming_open(self) -> bool:
        """Whether partners may take and give back areas now."""
        return (self.value(Section.ABOUT, ABOUT_CLAIMING) or {}).get("is_open", True) is True

    def parts(self, geoid: str) -> tuple[str, ...]:
        """Return the parts that an area was split into; none for a whole one."""
        return tuple((self.value(Section.PARTS, geoid) or {}).get("names", ()))

    def expired(self, at: datetime) -> tuple[str, ...]:
        """Return the keys of claims that have run out by a moment."""
        return tuple(
            key
            for key, entry in self.section(Section.CLAIMS).items()
            if (text := entry.value.get("expires")) is not None and read_time(text) <= at
        )

    def as_json(self) -> dict[str, Any]:
        """Return the state as JSON: what a browser is sent when it connects."""
        shown: dict[str, Any] = {
            "board": self.board,
            "study": self.study,
            "revision": self.revision,
            "changed": None if self.changed is None else json_time(self.changed),
        }
        for section in Section:
            entries = self.section(section)
            shown[section] = {key: entry.value for key, entry in entries.items()}
        return shown


def applied(state: BoardState, events: Iterable[Event | Step]) -> BoardState:
    """Return a state with events added, the next one first.

    Raises
    ------
    BoardError
        If an event is not the next one.
    """
    sections = dict(state.sections)
    mine: set[str] = set()
    revision, changed = state.revision, state.changed
    for event in events:
        if event.revision != revision + 1:
            raise BoardError(
                f"Board {state.board} is at revision {revision}, and an event says "
                f"{event.revision}. One between them is missing: restore the board from an export."
            )
        for section, values in event.patch.items():
            if section not in mine:
                sections[section] = dict(sections.get(section, _NOTHING))
                mine.add(section)
            _lay(sections[section], values, event.revision)
        revision, changed = event.revision, event.at
    return BoardState(state.board, state.study, revision, changed, sections)


def _lay(
    entries: Mapping[str, Entry], values: Mapping[str, Mapping[str, Any] | None], revision: int
) -> None:
    assert isinstance(entries, dict)
    for key, value in values.items():
        if value is None:
            entries.pop(key, None)
        else:
            entries[key] = Entry(value, revision)


def replayed(board: str, study: str, events: Iterable[Event]) -> BoardState:
    """Return what events from the very first one add up to."""
    return applied(BoardState(board, study), events)


def inverse_of(state: BoardState, patch: Patch) -> Patch:
    """Return the patch that takes a patch back, as long as nothing else was changed since."""
    return {
        section: {key: state.value(section, key) for key in values}
        for section, values in patch.items()
    }


def difference(state: BoardState, patch: Patch) -> Patch:
    """Return what of a patch changes anything."""
    changed = {
        section: {key: new for key, new in values.items() if state.value(section, key) != new}
        for section, values in patch.items()
    }
    return {section: values for section, values in changed.items() if values}
