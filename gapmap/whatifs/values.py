"""What a what-if is made of, and its edits by hand: each gives a new value."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from gapmap.errors import RequestError
from gapmap.model import WEEKDAYS, Method, Reach, Who

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

__all__ = [
    "AS_IT_IS",
    "LONGEST_NAME",
    "Candidates",
    "Question",
    "SiteAdded",
    "SiteMoved",
    "SiteRetimed",
    "WhatIf",
    "as_it_is",
    "reach_text",
]

AS_IT_IS: Final = "now"
"""Name of a study as it is, wherever a what-if can be named."""

LONGEST_NAME: Final = 120
_LONGEST_TEXT: Final = 2_000
_DEGREE_DIGITS: Final = 6
"""About 0.1 m: nobody places a site more exactly, and files and links stay short."""

_Named = TypeVar("_Named", "SiteMoved", "SiteRetimed")


def _set(value: object, name: str, to: object) -> None:
    object.__setattr__(value, name, to)


@dataclass(frozen=True, slots=True)
class SiteAdded:
    """A site that does not stand yet.

    Parameters
    ----------
    site_id
        Its own identifier, which no site of the study has.
    name
        What people call it.
    longitude, latitude
        Degrees, kept to six decimals (0.1 m).
    partner
        Who runs it; None where nobody is settled.
    kind
        Who may come, as the site list says it; ``open`` is everybody.
    meals, days
        Codes of what it serves, and of the weekdays on which; None where that is not settled.
    first_day, last_day
        Of its season; None where that is not settled.
    from_candidate
        The candidate at whose place it stands, if it was one.
    """

    site_id: str
    name: str
    longitude: float
    latitude: float
    partner: str | None = None
    kind: str = "open"
    meals: tuple[str, ...] | None = None
    days: tuple[str, ...] | None = None
    first_day: date | None = None
    last_day: date | None = None
    from_candidate: str | None = None

    def __post_init__(self) -> None:
        what = f"The site “{self.name}”"
        _set(self, "site_id", _named(self.site_id, f"{what} to be added", "an identifier"))
        _set(self, "name", _named(self.name, "A site to be added", "a name"))
        _set(self, "kind", _named(self.kind, what, "a kind").lower())
        if self.partner is not None:
            _set(self, "partner", _text(self.partner, "partner") or None)
        _place(self, what)
        _schedule(self, what)


@dataclass(frozen=True, slots=True)
class SiteMoved:
    """A site of the study that stands somewhere else: degrees, kept to six decimals."""

    site_id: str
    longitude: float
    latitude: float

    def __post_init__(self) -> None:
        _set(self, "site_id", _named(self.site_id, "A site to be moved", "its identifier"))
        _place(self, f"The site {self.site_id}")


@dataclass(frozen=True, slots=True)
class SiteRetimed:
    """A site of the study that serves something else, or at other times; None keeps what is."""

    site_id: str
    meals: tuple[str, ...] | None = None
    days: tuple[str, ...] | None = None
    first_day: date | None = None
    last_day: date | None = None

    def __post_init__(self) -> None:
        _set(self, "site_id", _named(self.site_id, "A site to be re-timed", "its identifier"))
        _schedule(self, f"The site {self.site_id}")

    @property
    def is_empty(self) -> bool:
        """Whether it keeps everything."""
        return all(getattr(self, one.name) is None for one in fields(self)[1:])


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked otherwise than the study asks; None asks as the study does.

    See :class:`gapmap.model.Scenario` for the parts.
    """

    reach: Reach | None = None
    measure: str | None = None
    method: Method | None = None
    who: Who | None = None
    meal: str | None = None
    day: str | None = None
    count_unknown: bool | None = None
    partners: tuple[str, ...] | None = None
    within: str | None = None

    def __post_init__(self) -> None:
        if self.reach is not None:
            # As it is written, so that a file and a link bring back the very same reach.
            _set(self, "reach", Reach.parse(reach_text(self.reach)))
        if self.method is not None:
            _set(self, "method", Method(self.method))
        if self.who is not None:
            _set(self, "who", Who(self.who))
        if self.day is not None and self.day not in WEEKDAYS:
            raise RequestError(f"“{self.day}” is no weekday. There are: {', '.join(WEEKDAYS)}.")
        if self.partners is not None:
            _set(self, "partners", tuple(sorted(set(self.partners))) or None)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates that must, or may not, be among suggestions of where to open next."""

    forced: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("forced", "excluded"):
            _set(self, name, tuple(sorted(set(getattr(self, name)))))
        both = sorted(set(self.forced) & set(self.excluded))
        if both:
            raise RequestError(f"{both[0]} cannot be both excluded and forced. Choose one.")


@dataclass(frozen=True)
class WhatIf:
    """What differs from a study as it is. Hashable, and the same in whatever order it was edited.

    Parameters
    ----------
    name
        What people call it.
    study
        Identifier of the study.
    note
        Whatever people want to say about it.
    question
        What is asked otherwise.
    added, moved, retimed, closed
        What becomes of sites. A site that is closed is closed, whatever else is said of it: that
        is kept for when it is opened again.
    candidates
        What suggestions may choose from.
    source
        The file it was read from, for messages; no part of what it says.
    """

    name: str
    study: str
    note: str = ""
    question: Question = Question()
    added: tuple[SiteAdded, ...] = ()
    moved: tuple[SiteMoved, ...] = ()
    retimed: tuple[SiteRetimed, ...] = ()
    closed: tuple[str, ...] = ()
    candidates: Candidates = Candidates()
    source: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        # Line ends become spaces before what does not show is taken out.
        name = _named(" ".join(self.name.split()), "A what-if", "a name")
        name = " ".join(name.split())
        if len(name) > LONGEST_NAME:
            raise RequestError(
                f"A name of {len(name)} letters is too long for a what-if. "
                f"Use at most {LONGEST_NAME}."
            )
        _set(self, "name", name)
        _set(self, "study", _named(self.study, f"The what-if “{name}”", "a study"))
        _set(self, "note", _text(self.note, "note", lines=True))
        taken = [one.site_id for one in self.added]
        if len(set(taken)) < len(taken):
            twice = next(one for one in taken if taken.count(one) > 1)
            raise RequestError(
                f"Two sites to be added are called {twice}. Give each an identifier of its own."
            )
        _set(self, "added", tuple(sorted(self.added, key=lambda one: one.site_id)))
        _set(self, "moved", _last_of_each(self.moved))
        kept = _last_of_each(self.retimed)
        _set(self, "retimed", tuple(one for one in kept if not one.is_empty))
        _set(self, "closed", tuple(sorted(set(self.closed))))

    @property
    def label(self) -> str:
        """How messages name it: by its file if it has one."""
        return self.source or f"What-if “{self.name}”"

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs from the study as it is."""
        plain = WhatIf(self.name, self.study, self.note)
        return self == plain

    @property
    def changes_sites(self) -> bool:
        """Whether anything becomes of any site."""
        return bool(self.added or self.moved or self.retimed or self.closed)

    def adding(self, site: SiteAdded) -> WhatIf:
        """Return it with a site added; one of the same identifier is replaced."""
        others = tuple(one for one in self.added if one.site_id != site.site_id)
        return replace(self, added=(*others, site))

    def moving(self, site_id: str, longitude: float, latitude: float) -> WhatIf:
        """Return it with a site moved; a site that it adds is added there instead."""
        own = self._added(site_id)
        if own is not None:
            return self.adding(replace(own, longitude=longitude, latitude=latitude))
        return replace(self, moved=(*self.moved, SiteMoved(site_id, longitude, latitude)))

    def putting_back(self, site_id: str) -> WhatIf:
        """Return it with a site where it stands today."""
        return replace(self, moved=tuple(one for one in self.moved if one.site_id != site_id))

    def closing(self, site_id: str) -> WhatIf:
        """Return it with a site closed; a site that it adds is added no longer."""
        if self._added(site_id) is not None:
            return replace(self, added=tuple(one for one in self.added if one.site_id != site_id))
        return replace(self, closed=(*self.closed, site_id))

    def reopening(self, site_id: str) -> WhatIf:
        """Return it with a site no longer closed; what else it says of the site holds again."""
        return replace(self, closed=tuple(one for one in self.closed if one != site_id))

    def retiming(
        self,
        site_id: str,
        *,
        meals: Sequence[str] | None = None,
        days: Sequence[str] | None = None,
        first_day: date | None = None,
        last_day: date | None = None,
    ) -> WhatIf:
        """Return it with a site serving at other times; None keeps what holds so far."""
        said: dict[str, Any] = {
            "meals": None if meals is None else tuple(meals),
            "days": None if days is None else tuple(days),
            "first_day": first_day,
            "last_day": last_day,
        }
        new = {name: value for name, value in said.items() if value is not None}
        own = self._added(site_id)
        if own is not None:
            return self.adding(replace(own, **new))
        before = next((one for one in self.retimed if one.site_id == site_id), None)
        after = replace(before or SiteRetimed(site_id), **new)
        return replace(self, retimed=(*self.retimed, after))

    def keeping_times(self, site_id: str) -> WhatIf:
        """Return it with a site serving as it does today."""
        return replace(self, retimed=tuple(one for one in self.retimed if one.site_id != site_id))

    def asking(self, **question: Any) -> WhatIf:
        """Return it with parts of its question changed; None asks as the study does."""
        return replace(self, question=replace(self.question, **question))

    def choosing(
        self, *, forced: Iterable[str] | None = None, excluded: Iterable[str] | None = None
    ) -> WhatIf:
        """Return it with other candidates forced or excluded; None keeps those that are."""
        given = {"forced": forced, "excluded": excluded}
        new = {name: tuple(ids) for name, ids in given.items() if ids is not None}
        return replace(self, candidates=replace(self.candidates, **new))

    def renamed(self, name: str) -> WhatIf:
        """Return it under another name."""
        return replace(self, name=name)

    def _added(self, site_id: str) -> SiteAdded | None:
        return next((one for one in self.added if one.site_id == site_id), None)


def as_it_is(study_id: str, question: Question | None = None) -> WhatIf:
    """Return the what-if that changes nothing, or asks something else of the study as it is."""
    return WhatIf(AS_IT_IS, study_id, question=question or Question())


def reach_text(reach: Reach) -> str:
    """Write a reach as :meth:`gapmap.model.Reach.parse` reads it."""
    amount = f"{reach.amount:.6f}".rstrip("0").rstrip(".")
    return f"{amount}{reach.unit}"


def _last_of_each(changes: Iterable[_Named]) -> tuple[_Named, ...]:
    by_site = {one.site_id: one for one in changes}
    return tuple(by_site[site_id] for site_id in sorted(by_site))


def _text(text: str, what: str, *, lines: bool = False) -> str:
    # What a terminal or a page would obey rather than show has no place in a name.
    shown = (sign for sign in text if sign.isprintable() or (lines and sign in "\n\t"))
    stays = "".join(shown).strip()
    if len(stays) > _LONGEST_TEXT:
        raise RequestError(
            f"A {what} of {len(stays):,} letters is too long. Use at most {_LONGEST_TEXT:,}."
        )
    return stays


def _named(text: str, what: str, needs: str) -> str:
    named = _text(text, needs.rpartition(" ")[2])
    if not named:
        raise RequestError(f"{what} needs {needs}, and has none.")
    return named


def _place(site: SiteAdded | SiteMoved, what: str) -> None:
    for name, limit in (("longitude", 180.0), ("latitude", 90.0)):
        degrees = float(getattr(site, name))
        # No comparison with NaN is true: it is refused too.
        if not (math.isfinite(degrees) and abs(degrees) <= limit):
            raise RequestError(
                f"{what} cannot stand at {name} {degrees:g}. Give degrees from {-limit:g} to "
                f"{limit:g}, west and south with a minus."
            )
        # Adding zero makes -0.0 plain: the two are the same place and are written the same.
        _set(site, name, round(degrees, _DEGREE_DIGITS) + 0.0)


def _schedule(site: SiteAdded | SiteRetimed, what: str) -> None:
    if site.meals is not None:
        meals = tuple(dict.fromkeys(site.meals))
        if not meals:
            raise RequestError(
                f"{what} cannot serve no meal at all. Close it, or leave the meals out where they "
                "are not settled."
            )
        _set(site, "meals", meals)
    if site.days is not None:
        strange = [day for day in site.days if day not in WEEKDAYS]
        if strange or not site.days:
            raise RequestError(
                f"{what} cannot be open on {strange[0] if strange else 'no day at all'}. "
                f"Weekdays are: {', '.join(WEEKDAYS)}."
            )
        _set(site, "days", tuple(day for day in WEEKDAYS if day in site.days))
    first, last = site.first_day, site.last_day
    if first is not None and last is not None and first > last:
        raise RequestError(
            f"{what} cannot open on {first.isoformat()} and end before that, on "
            f"{last.isoformat()}. Change one of the two."
        )
