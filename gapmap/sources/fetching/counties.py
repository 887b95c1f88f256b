"""Which counties are meant, and how a study of them is called."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gapmap.errors import RequestError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["County", "Territory", "listed_counties", "slug", "territory_of"]

_KINDS: Final = re.compile(
    r" (county|parish|borough|census area|city and borough|municipality|municipio"
    r"|planning region|city)$"
)
_MOST_NAMES: Final = 3


@dataclass(frozen=True, slots=True)
class County:
    """A county or what counts as one.

    Parameters
    ----------
    geoid
        Five digits: state and county.
    name
        Its name without the state, for example ``Travis County``.
    """

    geoid: str
    name: str

    @property
    def fips(self) -> str:
        """The three digits within the state."""
        return self.geoid[2:]


@dataclass(frozen=True, slots=True)
class Territory:
    """What a study covers.

    Parameters
    ----------
    state
        Two digits.
    postal, state_name
        Of the state.
    counties
        Those asked for; all of the state's where the whole state is.
    is_whole_state
        Whether the state was asked for as a whole.
    id
        A name for its folder: ``travis-tx``.
    """

    state: str
    postal: str
    state_name: str
    counties: tuple[County, ...]
    is_whole_state: bool
    id: str

    @property
    def name(self) -> str:
        """The name for people: ``Travis County, Texas``."""
        if self.is_whole_state:
            return self.state_name
        names = [county.name for county in self.counties]
        if len(names) > _MOST_NAMES:
            names = [*names[: _MOST_NAMES - 1], f"{len(names) - _MOST_NAMES + 1} more counties"]
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        return f"{listed}, {self.state_name}"

    @property
    def asked(self) -> tuple[str, ...] | None:
        """County codes for the services; None asks for the whole state."""
        return None if self.is_whole_state else tuple(county.fips for county in self.counties)


def territory_of(
    state: str,
    postal: str,
    state_name: str,
    known: Sequence[County],
    asked: Sequence[str],
) -> Territory:
    """Return what a request covers.

    Parameters
    ----------
    state, postal, state_name
        Of the state.
    known
        Every county of the state.
    asked
        Names or codes of the counties wanted; empty for the whole state.

    Raises
    ------
    UnknownNameError
        If a county does not exist, with the nearest names.
    RequestError
        If a name could be several counties.
    """
    chosen = _each_once(known, asked, state) if asked else tuple(known)
    identifier = slug(state_name) if not asked else _identifier(chosen, known, postal)
    return Territory(state, postal, state_name, chosen, not asked, identifier)


def _each_once(known: Sequence[County], asked: Sequence[str], state: str) -> tuple[County, ...]:
    found = {county.geoid: county for one in asked for county in [_find(known, one, state)]}
    return tuple(found[geoid] for geoid in sorted(found))


def _find(known: Sequence[County], asked: str, state: str) -> County:
    text = asked.strip()
    if text.isdigit():
        geoid = text if len(text) == 5 else state + text.zfill(3)
        for county in known:
            if county.geoid == geoid:
                return county
        raise UnknownNameError("county", text, [f"{one.name} ({one.geoid})" for one in known])
    # "Travis County, Texas" as a person may paste it.
    wanted = _plain(text.partition(",")[0])
    near = [county for county in known if _plain(county.name) == wanted]
    if not near:
        near = [county for county in known if _bare(county.name) == wanted.replace(" ", "")]
    if not near:
        near = [county for county in known if _bare(county.name) == _bare(wanted)]
    if len(near) == 1:
        return near[0]
    if near:
        options = " or ".join(f"{county.name} ({county.geoid})" for county in near)
        raise RequestError(
            f"“{text}” could be {options}. Say which, by its whole name or its code: "
            f"{near[0].name}, or {near[0].geoid}."
        )
    raise UnknownNameError("county", text, [county.name for county in known])


def _plain(name: str) -> str:
    """Return a name without case, accents and marks, blanks kept single."""
    flat = unicodedata.normalize("NFKD", name.casefold())
    flat = "".join(sign for sign in flat if not unicodedata.combining(sign))
    flat = re.sub(r"['’.`]", "", flat)
    return re.sub(r"^saint(e?) ", r"st\1 ", " ".join(re.sub(r"[^a-z0-9]+", " ", flat).split()))


def _bare(name: str) -> str:
    """Return a plain name without what kind of county it is, and without blanks."""
    return _KINDS.sub("", _plain(name)).replace(" ", "")


def _identifier(chosen: Sequence[County], known: Sequence[County], postal: str) -> str:
    bare = [_bare(county.name) for county in known]
    names = []
    for county in chosen:
        is_only_one = bare.count(_bare(county.name)) == 1
        names.append(slug(_KINDS.sub("", _plain(county.name)) if is_only_one else county.name))
    if len(names) > _MOST_NAMES:
        # A digest keeps two long lists that begin alike apart.
        digest = hashlib.sha256(" ".join(one.geoid for one in chosen).encode()).hexdigest()
        names = [names[0], "and", str(len(names) - 1), "more", digest[:6]]
    return "-".join([*names, postal.lower()])


def slug(name: str) -> str:
    """Return a name fit for a folder: ``Doña Ana`` gives ``dona-ana``."""
    return _plain(name).replace(" ", "-")


def listed_counties(table: pd.DataFrame) -> tuple[County, ...]:
    """Read the counties of a state as the service lists them."""
    pairs = zip(table["GEOID"].astype(str), table["NAME"].astype(str), strict=True)
    return tuple(County(geoid, name.partition(",")[0].strip()) for geoid, name in sorted(pairs))
