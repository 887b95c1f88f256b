"""Which rows of a site list stand at the same place under the same name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from gapmap.geo import chord_m, earth_centred
from gapmap.layers.gate.values import name_key

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

__all__ = ["SAME_PLACE_M", "Places", "find_places"]

SAME_PLACE_M: Final = 50.0


@dataclass(frozen=True, eq=False)
class Places:
    """For each of n rows the earlier row that it repeats.

    Parameters
    ----------
    first
        n row numbers: the first row of the same place, name and partner; often the row itself.
    same_as
        n row numbers: the same, or else the first row of the same place and name by another
        partner; -1 where there is none.
    distance_m
        n metres to ``same_as``, NaN where there is none.
    is_twin
        n truths: one of the two is the non-congregate twin of the other.
    """

    first: NDArray[np.int64]
    same_as: NDArray[np.int64]
    distance_m: NDArray[np.float64]
    is_twin: NDArray[np.bool_]


def find_places(
    names: Sequence[str],
    partners: Sequence[str],
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    *,
    within_m: float = SAME_PLACE_M,
) -> Places:
    """Find rows with one name within ``within_m`` of each other.

    Parameters
    ----------
    names, partners
        n texts each; a row without a name repeats no other.
    longitude, latitude
        n degrees each.
    within_m
        Metres along the ground.
    """
    keys, twins = zip(*map(name_key, names), strict=True) if len(names) else ((), ())
    is_nc = np.array(twins, dtype=bool)
    xyz = earth_centred(longitude, latitude)
    chord = chord_m(within_m)
    by_name: list[Hashable] = [key or None for key in keys]
    by_partner: list[Hashable] = [
        None if key is None else (key, partner.casefold())
        for key, partner in zip(by_name, partners, strict=True)
    ]
    first = _first_within(by_partner, xyz, chord)
    own = np.arange(len(names))
    same_as = np.where(first == own, _first_within(by_name, xyz, chord), first)
    same_as = np.where(same_as == own, -1, same_as)
    repeats = same_as >= 0
    distance = np.full(len(names), np.nan)
    distance[repeats] = np.linalg.norm(xyz[repeats] - xyz[same_as[repeats]], axis=1)
    is_twin = np.zeros(len(names), dtype=bool)
    is_twin[repeats] = is_nc[repeats] != is_nc[same_as[repeats]]
    return Places(first, same_as, distance, is_twin)


def _first_within(
    keys: Sequence[Hashable], xyz: NDArray[np.float64], chord: float
) -> NDArray[np.int64]:
    """Return for each row the first row of its key within reach that is itself a first row.

    First rows of a key are farther apart than ``chord``, so a cube of that side holds only a
    few, however many rows stand at one place: the work grows with n, never with n squared.
    """
    first = np.arange(len(keys))
    counts = Counter(keys)
    cubes = np.floor(xyz / chord).astype(np.int64)
    around = list(product((-1, 0, 1), repeat=3))
    firsts: dict[Hashable, list[int]] = {}
    for row, key in enumerate(keys):
        if key is None or counts[key] == 1:
            continue
        x, y, z = (int(side) for side in cubes[row])
        near = [
            other
            for dx, dy, dz in around
            for other in firsts.get((key, x + dx, y + dy, z + dz), ())
            if np.linalg.norm(xyz[row] - xyz[other]) <= chord
        ]
        if near:
            first[row] = min(near)
        else:
            firsts.setdefault((key, x, y, z), []).append(row)
    return first
