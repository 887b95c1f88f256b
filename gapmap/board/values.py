"""What a board speaks in: who acts, what happened, who holds what. Frozen, and plain as JSON."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Self, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from gapmap.errors import RequestError

__all__ = [
    "PART_MARK",
    "AreaId",
    "Board",
    "Claim",
    "ClaimState",
    "Event",
    "Key",
    "Line",
    "Matter",
    "Member",
    "Name",
    "Note",
    "Patch",
    "Role",
    "Section",
    "area_of",
    "json_time",
    "new_id",
    "read_matter",
    "read_time",
]

PART_MARK: Final = "#"
"""Between an area and one part of it: ``36005000100#north``."""

Patch: TypeAlias = Mapping[str, Mapping[str, Mapping[str, Any] | None]]
"""What an event changes: section, key, and the new value as JSON; None takes it away."""

_Form = TypeVar("_Form", bound=BaseModel)

# Without vowels and look-alikes: read aloud across a room, and never a word.
_LETTERS: Final = "23456789bcdfghjkmnpqrstvwxz"

# They turn the reading direction of everything after them, a name's neighbours included.
_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def new_id(length: int = 10) -> str:
    """Return an identifier that nobody guesses and that can be read aloud."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def json_time(at: datetime) -> str:
    """Return a moment as text: UTC, microseconds, always as long."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_time(text: str) -> datetime:
    """Read what :func:`json_time` wrote."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _plain(text: str) -> str:
    """Refuse what is no text: a NUL ends a row in PostgreSQL, half a surrogate cannot be sent."""
    text = unicodedata.normalize("NFC", text)
    for sign in text:
        if sign in _TURNS or (unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t"):
            raise ValueError(f"the character U+{ord(sign):04X} cannot be used in a text")
    return text


def _one_line(text: str) -> str:
    return " ".join(_plain(text).split())


def _lines(text: str) -> str:
    return _plain(text.replace("\r\n", "\n").replace("\r", "\n")).strip()


Line = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
Name = Annotated[str, Field(max_length=80), AfterValidator(_one_line), Field(min_length=1)]
Note = Annotated[str, Field(max_length=4000), AfterValidator(_lines)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}$")]
AreaId = Annotated[str, Field(min_length=1, max_length=160), AfterValidator(_one_line)]


class Role(StrEnum):
    """What somebody at the table may do."""

    FACILITATOR = "facilitator"
    """Leads: everything, on anybody's behalf."""
    PARTNER = "partner"
    """Changes what is its own partner's."""
    VIEWER = "viewer"
    """Looks on."""


class Section(StrEnum):
    """The parts of a board's state."""

    ABOUT = "about"
    CLAIMS = "claims"
    PARTS = "parts"
    ASKS = "asks"
    SITES = "sites"
    CORRECTIONS = "corrections"
    COMMENTS = "comments"
    DECISIONS = "decisions"
    ACTIVITIES = "activities"


class ClaimState(StrEnum):
    """How far a partner is with an area. An area without a claim is open."""

    CLAIMED = "claimed"
    COMMITTED = "committed"
    OPENED = "opened"
    VERIFIED = "verified"

    @property
    def rank(self) -> int:
        """0 for claimed, 3 for verified."""
        return list(ClaimState).index(self)


class Matter(BaseModel):
    """A thing that lies on a board. Checked when it is made, whoever sent it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON, without what is as usual."""
        return self.model_dump(mode="json", exclude_defaults=True)


class Claim(Matter):
    """That a partner holds an area.

    Parameters
    ----------
    partner
        Who holds it.
    state
        How far it is.
    group
        On whose behalf, if not its own.
    since
        When the partner took it.
    due
        The day by which it opens, once committed.
    expires
        When it is open again unless committed before; None for never.
    note
        What was said about it.
    """

    partner: Name
    state: ClaimState
    since: datetime
    group: Line = ""
    due: date | None = None
    expires: datetime | None = None
    note: Note = ""

    def has_expired(self, at: datetime) -> bool:
        """Tell whether it has run out by a moment."""
        return self.expires is not None and self.expires <= at


def read_matter(form: type[_Form], given: Mapping[str, Any], *, what: str) -> _Form:
    """Make a checked value of JSON from outside.

    Parameters
    ----------
    form
        What it should be.
    given
        The JSON object.
    what
        Its name in a refusal: ``comment``.

    Raises
    ------
    RequestError
        If it is none, with the first thing that is wrong.
    """
    try:
        return form.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        said = str(first["msg"]).removeprefix("Value error, ")
        found = str(first.get("input"))[:60]
        at = f"“{place}”: " if place else ""
        raise RequestError(f"This {what} cannot be used. {at}{said} (found: {found}).") from None


def area_of(key: str) -> str:
    """Return the area that a claim's key is about: a part belongs to its area."""
    return key.partition(PART_MARK)[0]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody at the table: a role, a partner, a display name, and nothing more of a person.

    Parameters
    ----------
    id
        Identifier; it says nothing about the person and stays in the events for good.
    board
        The board.
    role
        What they may do.
    partner
        For whom they act; empty for nobody in particular.
    name
        Display name; empty once it was deleted.
    expires
        When they have to join again; None for never.
    has_left
        Whether they may act no more.
    """

    id: str
    board: str
    role: Role
    partner: str = ""
    name: str = ""
    expires: datetime | None = None
    has_left: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """A board in a list.

    Parameters
    ----------
    id, study, title
        What it is called, and the study whose areas it is about.
    revision
        Number of its last event.
    created, changed
        When it was made and last changed.
    area_count
        How many areas can be claimed.
    """

    id: str
    study: str
    title: str
    revision: int
    created: datetime
    changed: datetime
    area_count: int

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "id": self.id,
            "study": self.study,
            "title": self.title,
            "revision": self.revision,
            "created": json_time(self.created),
            "changed": json_time(self.changed),
            "area_count": self.area_count,
        }


@dataclass(frozen=True, slots=True)
class Event:
    """One change of a board, and what takes it back.

    Parameters
    ----------
    board, revision
        Where, and the number of the state that it leads to; the first is 1.
    kind
        What was done: ``take``, ``release``, ``undo``.
    at
        When, by the clock of the server.
    member, partner
        Who did it: an identifier of a person, empty for the server itself, and for whom.
    patch, inverse
        What it changed, and the change back.
    undoes
        The revision that it takes back, if it does.
    note
        What was said with it.
    request
        The sender's own name for it: sent twice, it is done once.
    """

    board: str
    revision: int
    kind: str
    at: datetime
    member: str
    partner: str
    patch: Patch
    inverse: Patch
    undoes: int | None = None
    note: str = ""
    request: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON, without what is empty."""
        whole = {
            "revision": self.revision,
            "kind": self.kind,
            "at": json_time(self.at),
            "member": self.member,
            "partner": self.partner,
            "patch": self.patch,
            "inverse": self.inverse,
            "undoes": self.undoes,
            "note": self.note,
            "request": self.request,
        }
        return {name: value for name, value in whole.items() if value not in (None, "")}

    @classmethod
    def from_json(cls, board: str, given: Mapping[str, Any]) -> Self:
        """Read what :meth:`as_json` wrote."""
        return cls(
            board=board,
            revision=int(given["revision"]),
            kind=str(given["kind"]),
            at=read_time(given["at"]),
            member=str(given.get("member", "")),
            partner=str(given.get("partner", "")),
            patch=given["patch"],
            inverse=given["inverse"],
            undoes=given.get("undoes"),
            note=str(given.get("note", "")),
            request=given.get("request"),
        )
