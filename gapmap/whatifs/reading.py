"""The words of a what-if file, held against what they can be, and made a value."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    ValidationError,
)

from gapmap.errors import InputError, RequestError
from gapmap.model import Method, Reach, Who
from gapmap.whatifs.values import (
    Candidates,
    Question,
    SiteAdded,
    SiteMoved,
    SiteRetimed,
    WhatIf,
)

__all__ = ["LISTS", "what_if_of"]

LISTS: Final = ("add", "move", "retime")
"""The words of a file that occur once a site."""

_MOST_ENTRIES: Final = 5_000


def _whole_day(value: Any) -> Any:
    if isinstance(value, datetime):
        raise ValueError("a day is expected, such as 2026-07-06, without a time")
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("a day is expected, such as 2026-07-06") from None
    if not isinstance(value, date):
        raise ValueError("a day is expected, such as 2026-07-06")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number of degrees is expected, such as 40.815")
    return float(value)


_Day = Annotated[date, BeforeValidator(_whole_day)]
_Degrees = Annotated[float, BeforeValidator(_number)]
_Reach = Annotated[Any, BeforeValidator(Reach.parse)]
_Texts = Annotated[tuple[StrictStr, ...], Field(max_length=_MOST_ENTRIES)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Asked(_Form):
    reach: _Reach = None
    measure: StrictStr | None = None
    method: Method | None = None
    who: Who | None = None
    meal: StrictStr | None = None
    day: StrictStr | None = None
    count_unknown: StrictBool | None = None
    partners: _Texts | None = None
    within: StrictStr | None = None


class _Chosen(_Form):
    forced: _Texts = ()
    excluded: _Texts = ()


class _Timed(_Form):
    meals: _Texts | None = None
    days: _Texts | None = None
    first_day: _Day | None = None
    last_day: _Day | None = None


class _Add(_Timed):
    id: StrictStr
    name: StrictStr
    longitude: _Degrees
    latitude: _Degrees
    partner: StrictStr | None = None
    kind: StrictStr = "open"
    from_candidate: StrictStr | None = None


class _Move(_Form):
    site: StrictStr
    longitude: _Degrees
    latitude: _Degrees


class _Retime(_Timed):
    site: StrictStr


class _File(_Form):
    name: StrictStr
    study: StrictStr
    note: StrictStr = ""
    close: _Texts = ()
    question: _Asked = _Asked()
    candidates: _Chosen = _Chosen()
    add: Annotated[tuple[_Add, ...], Field(max_length=_MOST_ENTRIES)] = ()
    move: Annotated[tuple[_Move, ...], Field(max_length=_MOST_ENTRIES)] = ()
    retime: Annotated[tuple[_Retime, ...], Field(max_length=_MOST_ENTRIES)] = ()


def what_if_of(content: dict[str, Any], *, source: str) -> WhatIf:
    """Return the what-if that the words of a file or a link say.

    Parameters
    ----------
    content
        The words as plain values.
    source
        Name of the file, for messages.

    Raises
    ------
    InputError
        Naming the file and the entry, what was found and what was expected.
    """
    try:
        read = _File.model_validate(content)
    except ValidationError as error:
        raise InputError(_sentence(error, content, source)) from None

    def build(entry: str, make: Any, **values: Any) -> Any:
        try:
            return make(**values)
        except RequestError as error:
            raise InputError(f"{source}, {entry}: {error}") from None

    def entries(name: str, make: Any) -> tuple[Any, ...]:
        forms = getattr(read, name)
        return tuple(
            build(_entry(content, (name, number)), make, **_renamed(one))
            for number, one in enumerate(forms)
        )

    what_if: WhatIf = build(
        "the what-if",
        WhatIf,
        name=read.name,
        study=read.study,
        note=read.note,
        closed=read.close,
        question=build("question", Question, **dict(read.question)),
        candidates=build("candidates", Candidates, **dict(read.candidates)),
        added=entries("add", SiteAdded),
        moved=entries("move", SiteMoved),
        retimed=entries("retime", SiteRetimed),
        source=source,
    )
    return what_if


def _renamed(form: _Form) -> dict[str, Any]:
    return {"site_id" if name in ("id", "site") else name: value for name, value in form}


def _entry(content: Any, where: tuple[Any, ...]) -> str:
    """Name a place of a file as people find it: ``[[add]] 2 (PS 48), longitude``."""
    if not where:
        return "the what-if"
    table, *rest = where
    if table not in LISTS or not rest:
        return ", ".join(_counted(part) for part in where)
    number, *inner = rest
    try:
        one = content[table][number]
        called = one.get("name") or one.get("site") or one.get("id")
    except (AttributeError, IndexError, KeyError, TypeError):
        called = None
    name = f" ({str(called)[:60]})" if called else ""
    return ", ".join([f"[[{table}]] {number + 1}{name}", *(_counted(part) for part in inner)])


def _counted(part: int | str) -> str:
    # The first of a list is number 1, as people count.
    return str(part + 1) if isinstance(part, int) else part


def _sentence(error: ValidationError, content: Any, source: str) -> str:
    first = error.errors(include_url=False)[0]
    where, kind = first["loc"], first["type"]
    if kind == "missing":
        inside = _entry(content, where[:-1])
        problem = f"{source}, {inside}: “{where[-1]}” is missing. Add it."
    elif kind == "extra_forbidden":
        known = ", ".join(_known_keys(where[:-1]))
        problem = (
            f"{source}, {_entry(content, where[:-1])}: “{where[-1]}” is not a word that gapmap "
            f"knows here. There are: {known}."
        )
    else:
        expected = first["msg"].removeprefix("Value error, ").rstrip(".")
        given = first["input"]
        found = given.isoformat() if isinstance(given, date) else repr(given)
        problem = f"{source}, {_entry(content, where)} is {found[:80]}: {expected}."
    more = error.error_count() - 1
    return problem + (f" ({more} more of it is wrong.)" if more else "")


def _known_keys(where: tuple[Any, ...]) -> tuple[str, ...]:
    forms: dict[str, type[_Form]] = {
        "question": _Asked,
        "candidates": _Chosen,
        "add": _Add,
        "move": _Move,
        "retime": _Retime,
    }
    return tuple((forms.get(str(where[0]), _File) if where else _File).model_fields)
