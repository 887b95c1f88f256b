"""A division painted by hand: paint, erase, lock, undo and redo, each a new value.

A drawing knows areas by their GEOID and partners by name, nothing else: what it is worth says
:func:`gapmap.analysis.territory.division.measured`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gapmap.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Drawing", "History"]

_REMEMBERED: Final = 200
"""Strokes that can be undone; a drawing of a state is some hundred kilobytes."""


@dataclass(frozen=True)
class Drawing:
    """Who holds what, and what is settled. Hashable.

    Parameters
    ----------
    geoids
        The areas in question, in order.
    partners
        Those who may hold areas.
    holders
        Partner of each area, None for nobody.
    locked
        GEOIDs of areas that no brush changes.
    """

    geoids: tuple[str, ...]
    partners: tuple[str, ...]
    holders: tuple[str | None, ...]
    locked: frozenset[str] = frozenset()

    @classmethod
    def blank(cls, geoids: Iterable[str], partners: Iterable[str]) -> Drawing:
        """Return a drawing in which nobody holds anything."""
        areas = tuple(geoids)
        return cls(areas, tuple(partners), (None,) * len(areas))

    @classmethod
    def of(
        cls,
        holders: Mapping[str, str | None],
        partners: Iterable[str],
        locks: Iterable[str] = (),
    ) -> Drawing:
        """Return a division as a drawing.

        Raises
        ------
        UnknownNameError
            If it names a partner or lock that does not exist.
        """
        blank = cls.blank(holders, partners)
        drawn = replace(blank, holders=tuple(holders.values()))
        for partner in drawn.holders:
            if partner is not None:
                drawn._check_partner(partner)
        return drawn.lock(locks)

    @property
    def as_holders(self) -> dict[str, str | None]:
        """Partner by GEOID."""
        return dict(zip(self.geoids, self.holders, strict=True))

    @property
    def unassigned(self) -> tuple[str, ...]:
        """GEOIDs that nobody holds."""
        pairs = zip(self.geoids, self.holders, strict=True)
        return tuple(geoid for geoid, partner in pairs if partner is None)

    @property
    def locks(self) -> dict[str, str]:
        """Partner of each locked area that somebody holds: what a new proposal has to keep."""
        pairs = zip(self.geoids, self.holders, strict=True)
        return {
            geoid: partner
            for geoid, partner in pairs
            if geoid in self.locked and partner is not None
        }

    @property
    def set_aside(self) -> tuple[str, ...]:
        """GEOIDs of locked areas that nobody holds: what a new proposal leaves to nobody."""
        return tuple(geoid for geoid in self.unassigned if geoid in self.locked)

    def of_partner(self, partner: str) -> tuple[str, ...]:
        """Return the GEOIDs that a partner holds."""
        self._check_partner(partner)
        pairs = zip(self.geoids, self.holders, strict=True)
        return tuple(geoid for geoid, holder in pairs if holder == partner)

    def paint(self, geoids: Iterable[str], partner: str) -> Drawing:
        """Give areas to a partner, those that are locked excepted."""
        self._check_partner(partner)
        return self._with(geoids, partner)

    def erase(self, geoids: Iterable[str]) -> Drawing:
        """Take areas from whoever holds them, those that are locked excepted."""
        return self._with(geoids, None)

    def paint_neighbourhood(
        self, neighbourhood: str, partner: str | None, neighbourhoods: Mapping[str, str | None]
    ) -> Drawing:
        """Give a neighbourhood's areas to a partner, or to nobody.

        Parameters
        ----------
        neighbourhood
            Its name.
        partner
            Who gets them; None for nobody.
        neighbourhoods
            Neighbourhood by GEOID.

        Raises
        ------
        UnknownNameError
            If no area is in it.
        """
        mine = [geoid for geoid in self.geoids if neighbourhoods.get(geoid) == neighbourhood]
        if not mine:
            known = sorted({name for name in neighbourhoods.values() if name})
            raise UnknownNameError("neighbourhood", neighbourhood, known)
        return self.erase(mine) if partner is None else self.paint(mine, partner)

    def lock(self, geoids: Iterable[str]) -> Drawing:
        """Settle areas as they are."""
        return replace(self, locked=self.locked | self._known(geoids))

    def unlock(self, geoids: Iterable[str]) -> Drawing:
        """Let brushes change areas again."""
        return replace(self, locked=self.locked - self._known(geoids))

    def lock_partner(self, partner: str) -> Drawing:
        """Settle all that a partner holds."""
        return self.lock(self.of_partner(partner))

    def unlock_partner(self, partner: str) -> Drawing:
        """Let brushes change all that a partner holds."""
        return self.unlock(self.of_partner(partner))

    def _with(self, geoids: Iterable[str], partner: str | None) -> Drawing:
        changed = self._known(geoids) - self.locked
        if not changed:
            return self
        pairs = zip(self.geoids, self.holders, strict=True)
        holders = tuple(partner if geoid in changed else holder for geoid, holder in pairs)
        return self if holders == self.holders else replace(self, holders=holders)

    def _known(self, geoids: Iterable[str]) -> frozenset[str]:
        asked = frozenset(geoids)
        known = frozenset(self.geoids)
        for geoid in sorted(asked - known):
            raise UnknownNameError("area", geoid, self.geoids)
        return asked

    def _check_partner(self, partner: str) -> None:
        if partner not in self.partners:
            raise UnknownNameError("partner", partner, self.partners)


@dataclass(frozen=True)
class History:
    """A drawing, what it was before, and what was undone.

    Parameters
    ----------
    now
        The drawing as it is.
    past, future
        Drawings before it, the latest last; and those undone, the next one last.
    """

    now: Drawing
    past: tuple[Drawing, ...] = ()
    future: tuple[Drawing, ...] = ()

    def then(self, change: Callable[[Drawing], Drawing]) -> History:
        """Change the drawing; what changes nothing is not remembered."""
        changed = change(self.now)
        if changed == self.now:
            return self
        return History(changed, (*self.past, self.now)[-_REMEMBERED:])

    @property
    def can_undo(self) -> bool:
        """Whether there is a drawing before this one."""
        return bool(self.past)

    @property
    def can_redo(self) -> bool:
        """Whether a change was undone."""
        return bool(self.future)

    def undo(self) -> History:
        """Go back one change; without one, stay."""
        if not self.past:
            return self
        return History(self.past[-1], self.past[:-1], (*self.future, self.now))

    def redo(self) -> History:
        """Make the change undone last again; without one, stay."""
        if not self.future:
            return self
        return History(self.future[-1], (*self.past, self.now), self.future[:-1])
