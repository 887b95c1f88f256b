"""Rows without coordinates, settled one by one: what a geocoder said, and what a person decided.

A :class:`Settling` is a value. Deciding and undoing make new ones; nothing that was decided is
ever overwritten, so that the last decision can always be taken back.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from gapmap.errors import RequestError
from gapmap.layers.gate.addresses import UNPLACED_COLUMNS
from gapmap.layers.gate.columns import SiteColumns, choose_columns
from gapmap.layers.gate.location import Located, locate
from gapmap.model import MEALS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = [
    "LEFT_OUT_REASON",
    "Decision",
    "MatchQuality",
    "Settling",
    "no_places",
    "settled_list",
    "take_places",
]

LEFT_OUT_REASON: Final = "left out by hand"
_PLACES_COLUMNS: Final = ("longitude", "latitude", "quality", "note")


class MatchQuality(StrEnum):
    """How a row without coordinates came by its place, or why it has none."""

    EXACT = "exact match"
    INEXACT = "inexact match"
    CONFIRMED = "inexact match, confirmed by hand"
    BY_HAND = "set by hand"
    LEFT_OUT = "left out by hand"
    TIE = "tie"
    NO_MATCH = "no match"
    FAILED = "not answered"
    NO_ADDRESS = "no address"

    @property
    def is_open(self) -> bool:
        """Whether a person should look at the row."""
        return self in _OPEN


_OPEN: Final = (
    MatchQuality.TIE,
    MatchQuality.NO_MATCH,
    MatchQuality.FAILED,
    MatchQuality.NO_ADDRESS,
    MatchQuality.INEXACT,
)
_QUALITY_OF_OUTCOME: Final = {
    "tie": MatchQuality.TIE,
    "no match": MatchQuality.NO_MATCH,
    "failed": MatchQuality.FAILED,
    "no address": MatchQuality.NO_ADDRESS,
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about one row.

    Parameters
    ----------
    row
        Line of the row in its file.
    quality
        ``set by hand``, ``inexact match, confirmed by hand`` or ``left out by hand``.
    longitude, latitude
        The place, degrees; NaN for a row left out.
    """

    row: int
    quality: MatchQuality
    longitude: float = float("nan")
    latitude: float = float("nan")


@dataclass(frozen=True, eq=False)
class Settling:
    """A geocoder's answers and the decisions about them.

    Parameters
    ----------
    answers
        One row an address: ``row`` (line in the file), ``name``, ``street``, ``city``,
        ``state``, ``zip``, ``missing``, ``quality`` (a :class:`MatchQuality`), ``matched_address``,
        ``longitude``, ``latitude`` (degrees, NaN without a match) and ``note`` (why there is no
        place).
    decisions
        In the order in which they were made; the last one about a row counts.
    """

    answers: pd.DataFrame
    decisions: tuple[Decision, ...] = ()

    @classmethod
    def of(cls, unplaced: pd.DataFrame, located: pd.DataFrame) -> Settling:
        """Put rows without a place and a geocoder's answers together.

        Parameters
        ----------
        unplaced
            As :func:`gapmap.layers.gate.addresses.unplaced_rows` returns them.
        located
            ``id`` (the row), ``outcome``, ``quality``, ``matched_address``, ``longitude``,
            ``latitude``, ``note``: as a geocoder returns them.
        """
        answered = located.set_index("id").reindex(unplaced["row"].to_numpy())
        outcomes = answered["outcome"].fillna("failed")
        is_match = (outcomes == "match").to_numpy()
        is_exact = (answered["quality"].fillna("") == "exact").to_numpy()
        qualities = np.where(
            is_match,
            np.where(is_exact, MatchQuality.EXACT, MatchQuality.INEXACT),
            outcomes.map(_QUALITY_OF_OUTCOME).fillna(MatchQuality.FAILED),
        )
        answers = unplaced[list(UNPLACED_COLUMNS)].reset_index(drop=True)
        answers["quality"] = pd.Series(
            [MatchQuality(str(quality)) for quality in qualities], dtype=object
        )
        answers["matched_address"] = answered["matched_address"].fillna("").to_numpy()
        for column in ("longitude", "latitude"):
            places = answered[column].to_numpy(dtype=np.float64)
            answers[column] = np.where(is_match, places, np.nan)
        is_unasked = unplaced["missing"].to_numpy() != ""
        why = [f"It cannot be looked up: {text}." for text in unplaced["missing"]]
        answers["note"] = np.where(is_unasked, why, answered["note"].fillna("").to_numpy())
        return cls(answers)

    def decide(self, decision: Decision) -> Settling:
        """Return the same with one decision more.

        Raises
        ------
        RequestError
            If the row is not among those to settle, or the place is none on earth.
        """
        if decision.row not in set(self.answers["row"]):
            raise RequestError(f"Row {decision.row} is not among the rows to settle.")
        if decision.quality is not MatchQuality.LEFT_OUT:
            _check_place(decision.longitude, decision.latitude)
        return replace(self, decisions=(*self.decisions, decision))

    def undo(self) -> Settling:
        """Return the same without the last decision."""
        return replace(self, decisions=self.decisions[:-1])

    def answered_again(self, other: Settling) -> Settling:
        """Return another round of answers with the decisions made so far."""
        rows = set(other.answers["row"])
        kept = tuple(decision for decision in self.decisions if decision.row in rows)
        return replace(other, decisions=kept)

    @property
    def rows(self) -> pd.DataFrame:
        """The answers as they stand after the decisions, with ``is_open`` for those to look at."""
        last = {decision.row: decision for decision in self.decisions}
        answers = zip(
            *(self.answers[name].tolist() for name in ("row", "quality", "longitude", "latitude")),
            strict=True,
        )
        stand = [
            (found.quality, found.longitude, found.latitude)
            if (found := last.get(row)) is not None
            else (quality, longitude, latitude)
            for row, quality, longitude, latitude in answers
        ]
        return self.answers.assign(
            quality=pd.Series([quality for quality, _, _ in stand], dtype=object),
            longitude=np.array([longitude for _, longitude, _ in stand], dtype=np.float64),
            latitude=np.array([latitude for _, _, latitude in stand], dtype=np.float64),
            is_open=[quality.is_open for quality, _, _ in stand],
        )

    @property
    def counts(self) -> dict[MatchQuality, int]:
        """Rows by quality, every quality named."""
        found = Counter(self.rows["quality"].tolist())
        return {quality: found[quality] for quality in MatchQuality}

    @property
    def open_count(self) -> int:
        """Rows that a person should look at."""
        return int(self.rows["is_open"].sum())

    def places(self) -> pd.DataFrame:
        """Return what the import gate takes, as :func:`no_places` has it."""
        rows = self.rows.set_index("row")
        return rows[list(_PLACES_COLUMNS)]


def _check_place(longitude: float, latitude: float) -> None:
    if not (abs(longitude) <= 180 and abs(latitude) <= 90) or (longitude == 0 == latitude):
        raise RequestError(
            f"Latitude {latitude}, longitude {longitude} is no place on earth. Latitude runs from "
            "-90 to 90 and longitude from -180 to 180; in the United States longitude is negative."
        )


def no_places() -> pd.DataFrame:
    """Return the table of places looked up, without rows.

    Indexed by ``row``, the line in the file: ``longitude``, ``latitude`` (degrees, NaN where
    nothing was found), ``quality`` and ``note``.
    """
    table = pd.DataFrame(columns=list(_PLACES_COLUMNS), index=pd.Index([], name="row"))
    return table.astype({"longitude": "float64", "latitude": "float64"})


def take_places(
    located: Located, lines: NDArray[Any], places: pd.DataFrame
) -> tuple[Located, NDArray[Any]]:
    """Place the rows that their list does not place where somebody found them to be.

    Parameters
    ----------
    located
        n rows as their list places them.
    lines
        Their lines in the file.
    places
        As :func:`no_places` has them.

    Returns
    -------
    The n rows with a place more, and how each of them came by its place, "" for those of the list.
    """
    quality = np.full(len(lines), "", dtype=object)
    found_here = places.reindex(lines)
    longitude = found_here["longitude"].to_numpy(dtype=np.float64)
    latitude = found_here["latitude"].to_numpy(dtype=np.float64)
    asked = found_here["quality"].notna().to_numpy() & ~located.is_placed
    quality[asked] = [str(one) for one in found_here["quality"].to_numpy()[asked]]
    placed = asked & np.isfinite(longitude) & np.isfinite(latitude)
    found = located.found.copy()
    pairs = zip(longitude[placed].tolist(), latitude[placed].tolist(), strict=True)
    found[placed] = [f"longitude {x}, latitude {y}" for x, y in pairs]
    noted = asked & ~placed & found_here["note"].fillna("").ne("").to_numpy()
    found[noted] = found_here["note"].to_numpy()[noted]
    moved = replace(
        located,
        longitude=np.where(placed, longitude, located.longitude),
        latitude=np.where(placed, latitude, located.latitude),
        found=found,
    )
    return moved, quality


def settled_list(
    table: pd.DataFrame,
    places: pd.DataFrame,
    *,
    source: str,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return a list as it came, its places filled in and its personal columns left out.

    Where the list has columns of coordinates, they are filled where they are blank; otherwise
    ``longitude`` and ``latitude`` are added. ``match_quality`` says how a place was found. The
    import gate reads the result without asking again.

    Parameters
    ----------
    table
        The list as read.
    places
        As :meth:`Settling.places` returns them.
    source, columns, constants
        As the import gate was given them.
    """
    chosen = choose_columns(
        table,
        source=source,
        format_id=None,
        columns=columns,
        constants=constants or {},
        values={},
        meals=MEALS,
        has_shapes=isinstance(table, gpd.GeoDataFrame),
        may_lack_places=True,
    )
    lines = table.index.to_numpy()
    before = locate(chosen, source)
    after, quality = take_places(before, lines, places)
    filled = pd.DataFrame({name: chosen.column(name) for name in chosen.kept_columns()})
    if chosen.pairs:
        x_name, y_name = chosen.pairs[0]
        changed = after.is_placed & (
            ~before.is_placed | (_blank(chosen, x_name) | _blank(chosen, y_name))
        )
    else:
        x_name, y_name, changed = "longitude", "latitude", after.is_placed
        filled[x_name] = filled[y_name] = ""
    for name, degrees in ((x_name, after.longitude), (y_name, after.latitude)):
        filled.loc[changed, name] = [_degrees(value) for value in degrees[changed]]
    named = next(iter(chosen.of_field.get("match_quality", ())), "match_quality")
    known = filled[named].to_numpy(dtype=object) if named in filled.columns else ""
    filled[named] = np.where(quality != "", quality, known)
    return filled.set_axis(table.index, axis=0)


def _blank(columns: SiteColumns, name: str) -> NDArray[np.bool_]:
    return np.asarray(columns.column(name) == "", dtype=bool)


def _degrees(value: float) -> str:
    """Write degrees to a centimetre and no further."""
    return f"{value:.7f}".rstrip("0").rstrip(".")
