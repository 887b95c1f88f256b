"""What is asked and drawn on the page Territory, as the parameters of an address, and back."""

from __future__ import annotations

import base64
import binascii
import zlib
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gapmap.analysis.territory.edits import Drawing
from gapmap.analysis.territory.values import DivisionRequest, Load
from gapmap.errors import RequestError
from gapmap.model import Reach
from gapmap.webapp.address import default_view
from gapmap.webapp.pages.plan_address import parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gapmap.model import Scenario, Study

__all__ = [
    "LONGEST_DRAWING",
    "PARTNERS_AT_MOST",
    "TerritoryView",
    "default_territory",
    "drawing_text",
    "read_drawing",
    "territory_of",
    "territory_query",
]

PARTNERS_AT_MOST: Final = 120
"""More than that nobody tells apart on a map."""
LONGEST_DRAWING: Final = 3_000
"""Characters of an address that a drawing may take; mail programs cut longer addresses off."""

_LONGEST_NAME: Final = 120
_ACTIVITIES_AT_MOST: Final = 40
_USUAL_TOLERANCE_PCT: Final = 5.0
_LARGEST_SEED: Final = 9_999
_NUMBERED: Final = "Partner"


@dataclass(frozen=True, slots=True)
class TerritoryView:
    """Everything that a link to the page Territory holds, the drawing apart.

    Parameters
    ----------
    scenario
        Whose need, within what reach, in which part of the study.
    partners
        Who shares, in order.
    load
        What is shared out.
    tolerance_pct
        By how much a load may differ from its target, per cent of it.
    sizes
        Partner and size, for those whose share is not as large as the others'; 1 is usual.
    keeps_neighbourhoods
        Whether neighbourhoods stay whole where possible.
    barriers
        Context layers that no territory shall cross.
    activities
        Pairs of what is done everywhere and who does it.
    seed
        Which of many proposals.
    drawn
        The drawing as the address that was opened had it, empty without one.
    """

    scenario: Scenario
    partners: tuple[str, ...]
    load: Load = Load.GAP
    tolerance_pct: float = _USUAL_TOLERANCE_PCT
    sizes: tuple[tuple[str, float], ...] = ()
    keeps_neighbourhoods: bool = True
    barriers: tuple[str, ...] = ()
    activities: tuple[tuple[str, str], ...] = ()
    seed: int = 1
    drawn: str = ""

    @property
    def capacities(self) -> tuple[float, ...] | None:
        """Each partner's size, None where all are alike."""
        sizes = dict(self.sizes)
        found = tuple(sizes.get(partner, 1.0) for partner in self.partners)
        return found if len(set(found)) > 1 else None

    def request(self, study: Study, drawing: Drawing | None = None) -> DivisionRequest:
        """Return the question to ask, with what a drawing has settled.

        Raises
        ------
        RequestError
            If there are too few partners, or a name twice.
        """
        meals = study.words.meals
        return DivisionRequest(
            scenario=self.scenario,
            partners=self.partners,
            load=self.load,
            capacities=self.capacities,
            tolerance=self.tolerance_pct / 100,
            locks=() if drawing is None else tuple(drawing.locks.items()),
            unassigned=() if drawing is None else drawing.set_aside,
            keep_neighbourhoods=self.keeps_neighbourhoods,
            barriers=self.barriers,
            meals=("lunch",) if "lunch" in meals else meals[:1],
            activities=self.activities,
            seed=self.seed,
        )


def default_territory(
    study: Study, partners: Sequence[str], scenario: Scenario | None = None
) -> TerritoryView:
    """Return the page before anybody has touched a control.

    Parameters
    ----------
    study
        The study.
    partners
        Who shares.
    scenario
        What the page Gaps asks: its need, reach and part of the city are taken over.
    """
    usual = default_view(study).scenario
    if scenario is not None:
        usual = replace(
            usual, measure=scenario.measure, reach=scenario.reach, within=scenario.within
        )
    return TerritoryView(usual, tuple(partners))


def territory_of(
    query: Mapping[str, Sequence[str]], view: TerritoryView, study: Study
) -> TerritoryView:
    """Read the page from an address; what makes no sense in this study stays as in ``view``."""
    asked: dict[str, Any] = {}
    found: dict[str, Any] = {}

    def one(name: str) -> str:
        values = query.get(name)
        return values[-1] if values else ""

    if one("reach"):
        with suppress(RequestError):
            asked["reach"] = Reach.parse(one("reach"))
    if one("need") in study.measures:
        asked["measure"] = one("need")
    groups, names = parts(study)
    if one("within") == "all":
        asked["within"] = None
    elif one("within") in (*groups, *names):
        asked["within"] = one("within")
    if partners := _partners(query, set(study.sites["partner"].dropna())):
        found["partners"] = partners
    if one("load") in set(Load):
        found["load"] = Load(one("load"))
    if (percent := _number(one("tolerance"))) and 0 < percent <= 100:
        found["tolerance_pct"] = percent
    if one("seed").isascii() and one("seed").isdigit():
        found["seed"] = min(int(one("seed")[:6]), _LARGEST_SEED)
    sizes = dict(_pair(text) for text in query.get("size", ()))
    found["sizes"] = tuple(
        (who, size)
        for who, text in sizes.items()
        if who and (size := _number(text)) and 0 < size <= 1_000 and size != 1
    )[:PARTNERS_AT_MOST]
    does = [_pair(text) for text in query.get("does", ())][:_ACTIVITIES_AT_MOST]
    found["activities"] = tuple(dict.fromkeys((what, who) for who, what in does if who and what))
    found["keeps_neighbourhoods"] = one("neighbourhoods") != "cut"
    found["barriers"] = tuple(
        dict.fromkeys(name for name in query.get("barrier", ()) if name in study.context)
    )
    found["drawn"] = one("areas")[: 2 * LONGEST_DRAWING]
    return replace(view, scenario=replace(view.scenario, **asked), **found)


def _partners(query: Mapping[str, Sequence[str]], listed: set[str]) -> tuple[str, ...]:
    number = (query.get("partners") or [""])[-1]
    if number.isascii() and number.isdigit() and 2 <= int(number[:4]) <= PARTNERS_AT_MOST:
        return tuple(f"{_NUMBERED} {row}" for row in range(1, int(number[:4]) + 1))
    texts = [
        text if text in listed else " ".join(text.split()) for text in query.get("partner", ())
    ]
    names = tuple(dict.fromkeys(text for text in texts if 0 < len(text) <= _LONGEST_NAME))
    return names[:PARTNERS_AT_MOST] if len(names) >= 2 else ()


def _pair(text: str) -> tuple[str, str]:
    """Read ``what=who`` or ``who=size``: the name may hold the sign itself, and stands last."""
    value, _, name = text.partition("=")
    name, value = " ".join(name.split()), " ".join(value.split())
    if max(len(name), len(value)) > _LONGEST_NAME:
        return "", ""
    return name, value


def _number(text: str) -> float | None:
    with suppress(ValueError):
        return float(text)
    return None


def territory_query(
    view: TerritoryView, study: Study, usual: TerritoryView, drawing: Drawing | None = None
) -> dict[str, str | list[str]]:
    """Write the page as the parameters of an address, without what is default.

    Parameters
    ----------
    view
        What is asked.
    study
        The study it is asked of.
    usual
        What the study asks before anybody has touched a control.
    drawing
        What is drawn; left out where :func:`drawing_text` is too long for an address.
    """
    asked = view.scenario
    query: dict[str, str | list[str]] = {"study": study.id}
    if asked.reach.metres != usual.scenario.reach.metres:
        query["reach"] = f"{asked.reach.amount:g}{asked.reach.unit}"
    for name, value, standard in (
        ("need", asked.measure, usual.scenario.measure),
        ("within", asked.within or "all", usual.scenario.within or "all"),
        ("load", view.load, usual.load),
        ("tolerance", f"{view.tolerance_pct:g}", f"{usual.tolerance_pct:g}"),
        ("seed", view.seed, usual.seed),
    ):
        if value != standard:
            query[name] = str(value)
    is_drawn = drawing is not None and (
        bool(drawing.locked) or any(holder is not None for holder in drawing.holders)
    )
    numbered = tuple(f"{_NUMBERED} {row}" for row in range(1, len(view.partners) + 1))
    # A drawing knows partners by their place: with one in the link, the list is in it as well.
    if view.partners != usual.partners or is_drawn:
        if view.partners == numbered:
            query["partners"] = str(len(numbered))
        else:
            query["partner"] = list(view.partners)
    if view.sizes:
        query["size"] = [f"{size:g}={who}" for who, size in view.sizes]
    if view.activities:
        query["does"] = [f"{what}={who}" for what, who in view.activities]
    if not view.keeps_neighbourhoods:
        query["neighbourhoods"] = "cut"
    if view.barriers:
        query["barrier"] = list(view.barriers)
    if is_drawn and drawing is not None:
        text = drawing_text(drawing)
        if len(text) <= LONGEST_DRAWING:
            query["areas"] = text
    return query


def drawing_text(drawing: Drawing) -> str:
    """Write who holds what, and what is locked, as text for an address.

    A byte an area, packed: twice the partner's number (from 1; 0 is nobody), and 1 more where it
    is locked. Before it stand four bytes that only the same areas in the same order have.
    """
    number = {partner: row for row, partner in enumerate(drawing.partners, 1)}
    codes = np.array(
        [
            2 * number.get(holder or "", 0) + (geoid in drawing.locked)
            for geoid, holder in zip(drawing.geoids, drawing.holders, strict=True)
        ],
        dtype=np.uint8,
    )
    packed = _fingerprint(drawing.geoids) + zlib.compress(codes.tobytes(), 9)
    return base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def read_drawing(text: str, geoids: Sequence[str], partners: Sequence[str]) -> Drawing | None:
    """Read a drawing; None if the text is none, or one of other areas.

    Parameters
    ----------
    text
        As :func:`drawing_text` wrote it.
    geoids, partners
        The areas and partners that it must be of.
    """
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        # Whoever made the link chose its content: no more is unpacked than can be meant.
        unpacker = zlib.decompressobj()
        unpacked = unpacker.decompress(packed[4:], len(geoids) + 1)
    except (binascii.Error, ValueError, zlib.error):
        return None
    is_whole = unpacker.eof and len(unpacked) == len(geoids)
    if packed[:4] != _fingerprint(geoids) or not is_whole:
        return None
    codes = np.frombuffer(unpacked, dtype=np.uint8)
    if (codes // 2 > len(partners)).any():
        return None
    names = (None, *partners)
    return Drawing(
        tuple(geoids),
        tuple(partners),
        tuple(names[code] for code in (codes // 2).tolist()),
        frozenset(geoid for geoid, code in zip(geoids, codes.tolist(), strict=True) if code % 2),
    )


def _fingerprint(geoids: Sequence[str]) -> bytes:
    return zlib.crc32("\n".join(geoids).encode()).to_bytes(4, "big")
