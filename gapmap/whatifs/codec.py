"""A what-if as a small TOML file and as a part of an address, and back, the very same.

A file says only what differs, its entries always in the same order::

    name = "Two schools in Hunts Point"
    study = "nyc"
    close = ["ps-12"]

    [question]
    reach = "0.5mi"

    [[add]]
    id = "new-ps-48"
    name = "PS 48"
    longitude = -73.886
    latitude = 40.815
    meals = ["lunch"]

    [[move]]
    site = "ps-7"
    longitude = -73.89
    latitude = 40.82

    [[retime]]
    site = "ps-3"
    days = ["mon", "tue"]

A link holds the same words, packed and written with letters that an address may have.
"""

from __future__ import annotations

import base64
import binascii
import json
import tomllib
import zlib
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from gapmap.errors import InputError, RequestError
from gapmap.whatifs.reading import LISTS, what_if_of
from gapmap.whatifs.values import reach_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gapmap.whatifs.values import SiteAdded, SiteRetimed, WhatIf

__all__ = ["LONGEST_LINK", "from_link", "from_text", "to_link", "to_text"]

LONGEST_LINK: Final = 4_000
"""Letters of a link; some programs that people send links with cut longer addresses off."""

_LONGEST_FILE: Final = 1_000_000
_FORM: Final = "1"
_WORDS: Final = (
    b'"forced":["excluded":["method":"points""who":"all""count_unknown":true"partners":["within":"'
    b'"measure":"children","from_candidate":"},"first_day":"2026-07-06","last_day":"2026-08-28"'
    b'"kind":"restricted open""closed enrolled""meals":["breakfast","am_snack","lunch","pm_snack",'
    b'"supper"],"days":["mon","tue","wed","thu","fri","sat","sun"]}],"retime":[{"site":"'
    b'"move":[{"site":"","longitude":-73.,"latitude":40.},{"add":[{"id":"new-","name":"",'
    b'"partner":"","longitude":-76.,"latitude":39.,"meals":["lunch"],"days":["mon","tue","wed",'
    b'"thu","fri"]},{"id":"new-"question":{"reach":"0.5mi","meal":"lunch","day":"wed"},'
    b'"note":"","close":["{"name":"What-if","study":"nyc",'
)
"""What links say again and again, so that it need not be in each of them.

Another text here makes links of before unreadable: it changes together with the form.
"""

_TABLES: Final = ("question", "candidates")


def to_text(what_if: WhatIf) -> str:
    """Write a what-if as TOML: only what differs, always in the same order."""
    document = _document(what_if)
    lines = [f"{key} = {_toml(document[key])}" for key in ("name", "study")]
    lines += [f"{key} = {_toml(document[key])}" for key in ("note", "close") if key in document]
    for table in _TABLES:
        if table in document:
            lines += ["", f"[{table}]", *_pairs(document[table])]
    for entry in LISTS:
        for one in document.get(entry, ()):
            lines += ["", f"[[{entry}]]", *_pairs(one)]
    return "\n".join(lines) + "\n"


def from_text(text: str, *, source: str) -> WhatIf:
    """Read a what-if from TOML.

    Parameters
    ----------
    text
        The file's text.
    source
        Name of the file, for messages.

    Raises
    ------
    InputError
        Naming the file and the entry, what was found and what was expected.
    """
    if len(text) > _LONGEST_FILE:
        raise InputError(
            f"{source} has {len(text):,} letters; a what-if has at most {_LONGEST_FILE:,}. "
            "It is probably another kind of file."
        )
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"{source} is not a what-if: it is not TOML ({error}). Save one with gapmap, or on "
            "the page Compare, and change that."
        ) from None
    return what_if_of(content, source=source)


def to_link(what_if: WhatIf) -> str:
    """Write a what-if with letters that an address may have.

    Raises
    ------
    RequestError
        If it says more than a link can hold.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=_WORDS)
    # Days are texts in JSON; both forms are read alike.
    content = json.dumps(_document(what_if), ensure_ascii=False, separators=(",", ":"), default=str)
    packed = packer.compress(content.encode()) + packer.flush()
    link = _FORM + base64.urlsafe_b64encode(packed).decode().rstrip("=")
    if len(link) > LONGEST_LINK:
        raise RequestError(
            f"“{what_if.name}” says too much for a link: {len(link):,} letters, and "
            f"{LONGEST_LINK:,} are the most. Save it as a file and send that."
        )
    return link


def from_link(text: str) -> WhatIf:
    """Read a what-if from what :func:`to_link` wrote.

    Raises
    ------
    InputError
        If the link was cut off or changed on its way, or is of another version of gapmap.
    """
    source = "The what-if in the link"
    broken = InputError(
        f"{source} cannot be read: the link was probably cut off. Copy the whole of it, or ask "
        "for the file."
    )
    if not text.startswith(_FORM) or len(text) > LONGEST_LINK:
        raise broken
    body = text[len(_FORM) :]
    try:
        packed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj(-15, zdict=_WORDS)
        content = unpacker.decompress(packed, _LONGEST_FILE)
        if not unpacker.eof or unpacker.unused_data:
            raise broken
        document = json.loads(content.decode())
    except (binascii.Error, zlib.error, ValueError, RecursionError) as error:
        if error is broken:
            raise
        raise broken from None
    if not isinstance(document, dict):
        raise broken
    return what_if_of(document, source=source)


def _document(what_if: WhatIf) -> dict[str, Any]:
    """Return the words of a file as plain values, without what says nothing."""
    question, chosen = what_if.question, what_if.candidates
    asked = {name: getattr(question, name) for name in question.__slots__}
    if question.reach is not None:
        asked["reach"] = reach_text(question.reach)
    for name in ("method", "who"):
        if asked[name] is not None:
            asked[name] = asked[name].value
    return _said(
        {
            "name": what_if.name,
            "study": what_if.study,
            "note": what_if.note,
            "close": what_if.closed,
            "question": _said(asked),
            "candidates": _said({"forced": chosen.forced, "excluded": chosen.excluded}),
            "add": [
                _said(
                    {
                        "id": one.site_id,
                        "name": one.name,
                        "partner": one.partner,
                        "kind": None if one.kind == "open" else one.kind,
                        "longitude": one.longitude,
                        "latitude": one.latitude,
                        **_times(one),
                        "from_candidate": one.from_candidate,
                    }
                )
                for one in what_if.added
            ],
            "move": [
                {"site": one.site_id, "longitude": one.longitude, "latitude": one.latitude}
                for one in what_if.moved
            ],
            "retime": [_said({"site": one.site_id, **_times(one)}) for one in what_if.retimed],
        }
    )


def _times(one: SiteAdded | SiteRetimed) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("meals", "days", "first_day", "last_day")}


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    nothing: tuple[Any, ...] = (None, "", (), [], {})
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        # An explicit False says something; it equals none of these.
        if not any(value is empty or value == empty for empty in nothing)
    }


def _pairs(values: Mapping[str, Any]) -> list[str]:
    return [f"{key} = {_toml(value)}" for key, value in values.items()]


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # Basic strings of TOML and of JSON agree, but that TOML wants DEL written out.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    return (
        value.isoformat()
        if isinstance(value, date)
        else f"{value:.6f}".rstrip("0") + ("0" if float(value).is_integer() else "")
    )
