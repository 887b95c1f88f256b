"""Whether a what-if fits its study: what it names must be there, and where it can be."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from gapmap.errors import RequestError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gapmap.model import Study
    from gapmap.whatifs.values import Candidates, SiteAdded, SiteMoved, SiteRetimed, WhatIf

__all__ = [
    "candidate_limits",
    "check_fit",
    "free_site_id",
    "site_rows",
    "unknown_name",
    "without_strangers",
]

_FAR_DEGREES: Final = 1.0
"""A site farther than this from everything in its study is a slip, such as degrees swapped."""


def free_site_id(study: Study, what_if: WhatIf, name: str) -> str:
    """Return an identifier for a site to be added that nobody has yet, made of its name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = "new-" + (re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "site")
    taken = {*study.sites["site_id"], *(one.site_id for one in what_if.added)}
    number, free = 1, base
    while free in taken:
        number += 1
        free = f"{base}-{number}"
    return free


def candidate_limits(study: Study, what_if: WhatIf) -> Candidates:
    """Return which candidates suggestions must and may not choose.

    Where the what-if adds a site there is no place for another one.
    """
    chosen = what_if.candidates
    hosts = _candidate_ids(study)
    taken = {site.from_candidate for site in what_if.added if site.from_candidate in hosts}
    excluded = {*chosen.excluded, *taken} - set(chosen.forced)
    return replace(chosen, excluded=tuple(excluded))


def without_strangers(study: Study, what_if: WhatIf) -> tuple[WhatIf, tuple[str, ...]]:
    """Return the what-if without sites and candidates that the study no longer has.

    Returns
    -------
    The what-if, and the identifiers that it no longer speaks of.
    """
    sites = set(study.sites["site_id"])
    hosts = _candidate_ids(study)
    added = tuple(one for one in what_if.added if one.site_id not in sites)
    moved = tuple(one for one in what_if.moved if one.site_id in sites)
    retimed = tuple(one for one in what_if.retimed if one.site_id in sites)
    closed = tuple(one for one in what_if.closed if one in sites)
    chosen = what_if.candidates
    fitting = replace(
        what_if,
        added=added,
        moved=moved,
        retimed=retimed,
        closed=closed,
        candidates=replace(
            chosen,
            forced=tuple(one for one in chosen.forced if one in hosts),
            excluded=tuple(one for one in chosen.excluded if one in hosts),
        ),
    )
    named, kept = (
        {*_site_ids(one), *one.candidates.forced, *one.candidates.excluded}
        for one in (what_if, fitting)
    )
    strangers = named - kept
    return fitting, tuple(sorted(strangers))


def site_rows(study: Study, what_if: WhatIf) -> dict[str, int]:
    """Return the rows of the sites that a what-if names, of those that the study has."""
    named = list(_site_ids(what_if))
    # Only what is named is looked up: a list can have fifty thousand sites.
    rows = pd.Index(study.sites["site_id"]).get_indexer(named)
    return {name: int(row) for name, row in zip(named, rows, strict=True) if row >= 0}


def _site_ids(what_if: WhatIf) -> Iterator[str]:
    for entries in (what_if.added, what_if.moved, what_if.retimed):
        yield from (one.site_id for one in entries)
    yield from what_if.closed


def _candidate_ids(study: Study) -> set[str]:
    """Return what suggestions call their candidates: of two layers' one name, with the layer's."""
    named = [
        (layer, str(one))
        for layer, table in study.candidates.items()
        for one in table["candidate_id"]
    ]
    often = Counter(one for _, one in named)
    return {one if often[one] == 1 else f"{layer}:{one}" for layer, one in named}


def unknown_name(
    what_if: WhatIf, entry: str, kind: str, name: str, known: Iterable[str]
) -> UnknownNameError:
    """Return the refusal of a name, with the file and the entry that has it."""
    return UnknownNameError(kind, name, known, where=f"{what_if.label}, {entry}")


def check_fit(study: Study, what_if: WhatIf) -> None:
    """Refuse what the study does not have, entry by entry.

    Raises
    ------
    UnknownNameError
        If it names a site, candidate or meal that the study does not have.
    RequestError
        If it adds a site under a name that is taken, or far outside the study.
    """
    known = site_rows(study, what_if)
    word = study.words.site
    named = [("move", one.site_id) for one in what_if.moved]
    named += [("retime", one.site_id) for one in what_if.retimed]
    named += [("close", site_id) for site_id in what_if.closed]
    for entry, site_id in named:
        if site_id not in known:
            ids = study.sites["site_id"].tolist()
            raise unknown_name(what_if, entry, word, site_id, ids)
    for new in what_if.added:
        if new.site_id in known:
            raise RequestError(
                f"{what_if.label}, add: the study has a {word} {new.site_id} already, so "
                f"“{new.name}” cannot be called that too. Give it another id."
            )
    hosts = _candidate_ids(study)
    # Where the study has no candidates they are places that are made when they are asked for.
    if hosts:
        for entry in ("forced", "excluded"):
            for candidate in getattr(what_if.candidates, entry):
                if candidate not in hosts:
                    raise unknown_name(
                        what_if, f"candidates, {entry}", "candidate", candidate, sorted(hosts)
                    )
    timed: tuple[tuple[str, SiteAdded | SiteRetimed], ...] = (
        *(("add", one) for one in what_if.added),
        *(("retime", one) for one in what_if.retimed),
    )
    for entry, site in timed:
        for meal in site.meals or ():
            if meal not in study.words.meals:
                raise unknown_name(
                    what_if,
                    f"{entry} {site.site_id}, meals",
                    study.words.meal,
                    meal,
                    study.words.meals,
                )
    _check_places(study, what_if)


def _check_places(study: Study, what_if: WhatIf) -> None:
    west, south, east, north = study.areas.total_bounds
    placed: tuple[tuple[str, SiteAdded | SiteMoved], ...] = (
        *(("add", one) for one in what_if.added),
        *(("move", one) for one in what_if.moved),
    )
    for entry, one in placed:
        is_near = (
            west - _FAR_DEGREES <= one.longitude <= east + _FAR_DEGREES
            and south - _FAR_DEGREES <= one.latitude <= north + _FAR_DEGREES
        )
        if not is_near:
            raise RequestError(
                f"{what_if.label}, {entry} {one.site_id}: longitude {one.longitude:g}, latitude "
                f"{one.latitude:g} is far outside {study.name} ({west:.2f} to {east:.2f}, "
                f"{south:.2f} to {north:.2f}). Check that the two are not swapped."
            )
