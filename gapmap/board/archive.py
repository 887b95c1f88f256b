"""A whole board as lines of JSON: a backup, or a way to another database.

The lines are the board's card, what can be claimed, who was there, every event, and a last line
with a digest of all before it. What is read back is checked event by event: an archive that was
cut short or tampered with is refused, and nothing of it is written.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gapmap.board.matters import MATTERS, Ask
from gapmap.board.present import BoardState, applied, inverse_of
from gapmap.board.rows import (
    areas_of,
    as_board,
    board_row,
    events_of,
    insert_areas,
    insert_board,
    insert_entries,
    insert_event,
    insert_member,
    members_of,
)
from gapmap.board.values import (
    Board,
    Claim,
    Event,
    Member,
    Role,
    Section,
    json_time,
    new_id,
    read_matter,
    read_time,
)
from gapmap.errors import GapmapError, InputError, RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gapmap.board.store import Store

__all__ = ["archived", "restored"]

_FORMAT: Final = "gapmap board"
_VERSION: Final = 1
_LONGEST_LINE: Final = 16_000_000


def archived(store: Store, board: str, *, with_names: bool = True) -> tuple[str, ...]:
    """Return a board as lines, each with its line end.

    Parameters
    ----------
    store, board
        Which board.
    with_names
        Whether the display names of people go along.
    """
    with store.database.reading() as connection:
        card = as_board(board_row(connection, board))
        areas = areas_of(connection, board)
        members = members_of(connection, board)
        events = events_of(connection, board, 0)
    lines = [
        _line({"format": _FORMAT, "version": _VERSION, **card.as_json()}),
        *(_line({"area": [geoid, place]}) for geoid, place in areas.items()),
        *(_line({"member": _member_json(one, with_names)}) for one in members),
        *(_line({"event": one.as_json()}) for one in events),
    ]
    return (*lines, _line({"end": _digest(lines)}))


def restored(store: Store, lines: Iterable[str], *, as_new: bool = False) -> Board:
    """Read an archive back into a database that does not have the board.

    Parameters
    ----------
    store
        Where to.
    lines
        What :func:`archived` returned.
    as_new
        Give the board a new identifier, to stand beside the one that is there.

    Raises
    ------
    InputError
        If it is no archive, or not as it was written, naming the line.
    RequestError
        If the board is there already.
    """
    found = _read(lines)
    identifier = new_id() if as_new else found.id
    events = [_event(identifier, number, given) for number, given in found.events]
    state = _checked_state(identifier, found, events)
    if identifier in store.revisions():
        raise RequestError(
            f"Board {identifier} is in this database already. Import it as a new one (--as-new), "
            "or into another database."
        )
    card = Board(
        identifier,
        found.study,
        state.title or found.study,
        state.revision,
        found.created,
        events[-1].at,
        len(found.areas),
    )
    with store.database.writing() as connection:
        insert_board(connection, card)
        insert_areas(connection, identifier, found.areas)
        for given in found.members:
            insert_member(connection, _member(identifier, given))
        insert_event(connection, *events)
        insert_entries(connection, state)
    return card


@dataclass
class _Found:
    """What the lines of an archive say, not yet believed."""

    card: Mapping[str, Any]
    areas: dict[str, str | None] = field(default_factory=dict)
    members: list[Mapping[str, Any]] = field(default_factory=list)
    events: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)

    @property
    def id(self) -> str:
        return str(self.card["id"])

    @property
    def study(self) -> str:
        return str(self.card["study"])

    @property
    def created(self) -> Any:
        return read_time(str(self.card["created"]))


def _read(lines: Iterable[str]) -> _Found:
    kept: list[str] = []
    found: _Found | None = None
    end: Any = None
    for number, given in _json_lines(lines, kept):
        if end is not None:
            raise InputError(f"Line {number}: the archive goes on after its end. Export it anew.")
        if found is None:
            found = _Found(_card(given))
            continue
        (kind, value), *others = given.items() or [("", None)]
        if others:
            kind = ""
        match kind:
            case "area" if isinstance(value, list) and _is_area(value):
                found.areas[value[0]] = value[1]
            case "member" if isinstance(value, dict):
                found.members.append(value)
            case "event" if isinstance(value, dict):
                found.events.append((number, value))
            case "end":
                end = value
            case _:
                raise InputError(
                    f"Line {number} of the archive is not an area, a member, an event or the end. "
                    "Export the board anew."
                )
    if found is None or end is None or not found.events:
        raise InputError("The archive ends before its end: it was cut short. Export it anew.")
    if end != _digest(kept[:-1]):
        raise InputError(
            "The archive is not as it was written: its digest is another. Export it anew."
        )
    return found


def _json_lines(lines: Iterable[str], kept: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if len(line) > _LONGEST_LINE:
            raise InputError(f"Line {number} of the archive is too long to be one.")
        kept.append(line.rstrip("\r\n") + "\n")
        try:
            given = json.loads(line)
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise InputError(f"Line {number} of the archive is not a JSON object.")
        yield number, given


def _card(given: dict[str, Any]) -> Mapping[str, Any]:
    if given.get("format") != _FORMAT:
        raise InputError("This is not the archive of a board: its first line says something else.")
    if given.get("version") != _VERSION:
        raise InputError(
            f"This archive is of version {given.get('version')}, and this gapmap reads version "
            f"{_VERSION}. Read it with the one that wrote it, or a newer one."
        )
    try:
        for name in ("id", "study"):
            if not isinstance(given[name], str) or not given[name]:
                raise TypeError(name)
        read_time(given["created"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"Line 1 of the archive: {error} is missing or wrong.") from None
    return given


def _is_area(value: list[Any]) -> bool:
    match value:
        case [str(), str() | None]:
            return True
    return False


def _event(board: str, number: int, given: Mapping[str, Any]) -> Event:
    try:
        made = Event.from_json(board, given)
        for patch in (made.patch, made.inverse):
            for section, values in patch.items():
                Section(section)
                if not all(one is None or isinstance(one, dict) for one in values.values()):
                    raise TypeError(section)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"Line {number} of the archive is no event: {error}.") from None
    return made


def _checked_state(board: str, found: _Found, events: list[Event]) -> BoardState:
    """Replay the events; each has to say itself how it is taken back."""
    state = BoardState(board, found.study)
    for (number, _), one in zip(found.events, events, strict=True):
        try:
            if inverse_of(state, one.patch) != one.inverse:
                raise InputError("it does not say what was there before")
            state = applied(state, [one])
            _check_values(one)
        except GapmapError as error:
            raise InputError(f"Line {number} of the archive: {error}") from None
    if state.revision != found.card.get("revision"):
        raise InputError("The archive has not as many events as its first line says.")
    return state


def _check_values(event: Event) -> None:
    forms: dict[Section, type[Any]] = {**MATTERS, Section.CLAIMS: Claim, Section.ASKS: Ask}
    for section, values in event.patch.items():
        form = forms.get(Section(section))
        for value in values.values():
            if form is not None and value is not None:
                read_matter(form, value, what=section)


def _member_json(member: Member, with_names: bool) -> dict[str, Any]:
    whole = {
        "id": member.id,
        "role": str(member.role),
        "partner": member.partner,
        "name": member.name if with_names else "",
        "expires": None if member.expires is None else json_time(member.expires),
        "has_left": member.has_left,
    }
    return {name: value for name, value in whole.items() if value not in (None, "", False)}


def _member(board: str, given: Mapping[str, Any]) -> Member:
    try:
        return Member(
            id=str(given["id"]),
            board=board,
            role=Role(given["role"]),
            partner=str(given.get("partner", "")),
            name=str(given.get("name", "")),
            expires=read_time(given["expires"]) if "expires" in given else None,
            has_left=bool(given.get("has_left", False)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"A member of the archive cannot be read: {error}.") from None


def _line(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Some programs take these two for the end of a line.
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029") + "\n"


def _digest(lines: list[str]) -> dict[str, Any]:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode())
    return {"line_count": len(lines), "sha256": digest.hexdigest()}
