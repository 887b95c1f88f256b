"""An irregular patchwork of cells whose neighbours share their borders to the last digit."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import shapely

__all__ = ["BENDS", "Lattice", "crowded", "slices"]

BENDS = 3
"""Corners between the two ends of a side, so that no border is a straight line."""

DIGITS = 6
"""Decimals of a degree that boundary files keep: a tenth of a metre."""


def crowded(count: int, low: float, high: float, *, centre: float) -> np.ndarray:
    """Edges of ``count`` steps from low to high, several times as fine around the centre."""
    middle = (np.arange(count) + 0.5) / count
    steps = 0.25 + 1.5 * np.abs(middle - (centre - low) / (high - low))
    edges = np.concatenate([[0.0], np.cumsum(steps)])
    return np.asarray(low + (high - low) * edges / edges[-1])


@dataclass(frozen=True)
class Lattice:
    """Corners and bent sides of a patchwork of rows from south to north, columns eastwards.

    Parameters
    ----------
    corners
        Longitude and latitude, (rows + 1, columns + 1, 2).
    along
        What lies between two corners of a row, (rows + 1, columns, BENDS, 2).
    across
        What lies between two corners of a column, (rows, columns + 1, BENDS, 2).
    """

    corners: np.ndarray
    along: np.ndarray
    across: np.ndarray

    @classmethod
    def shaken(cls, x: np.ndarray, y: np.ndarray, chance: np.random.Generator) -> Lattice:
        """Put corners near the crossings of two lists of edges and bend what joins them."""
        room_x = np.minimum(np.diff(x, prepend=2 * x[0] - x[1]), np.diff(x, append=np.inf))
        room_y = np.minimum(np.diff(y, prepend=2 * y[0] - y[1]), np.diff(y, append=np.inf))
        room = np.stack(np.meshgrid(room_x, room_y), axis=-1)
        corners = np.stack(np.meshgrid(x, y), axis=-1)
        corners = corners + room * chance.uniform(-0.18, 0.18, corners.shape)
        narrow = room.min(axis=-1)
        return cls(
            corners=corners.round(DIGITS),
            along=_bent(corners[:, :-1], corners[:, 1:], narrow[:, :-1], chance),
            across=_bent(corners[:-1], corners[1:], narrow[:-1], chance),
        )

    def rings(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Open rings of cells, against the clock: (cells, 4 + 4 * BENDS, 2)."""
        south, west, north, east = rows, columns, rows + 1, columns + 1
        return np.concatenate(
            [
                self.corners[south, west][:, None],
                self.along[south, columns],
                self.corners[south, east][:, None],
                self.across[rows, east],
                self.corners[north, east][:, None],
                self.along[north, columns][:, ::-1],
                self.corners[north, west][:, None],
                self.across[rows, west][:, ::-1],
            ],
            axis=1,
        )


def _bent(
    start: np.ndarray, end: np.ndarray, room: np.ndarray, chance: np.random.Generator
) -> np.ndarray:
    """Return corners between two ends, moved by a twentieth of the room at the first."""
    share = (np.arange(BENDS) + 1) / (BENDS + 1)
    straight = start[..., None, :] + (end - start)[..., None, :] * share[:, None]
    moves = chance.uniform(-0.05, 0.05, straight.shape) * room[..., None, None]
    return np.asarray((straight + moves).round(DIGITS))


def slices(rings: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut each cell into slices around its middle: polygons and a point inside of each.

    A cell is seen whole from its middle (a test holds that), so the slices fill it exactly.

    Returns
    -------
    polygons
        (cells, count).
    points
        Longitude and latitude, (cells, count, 2).
    """
    middle = rings.mean(axis=1, keepdims=True).round(DIGITS)
    closed = np.concatenate([rings, rings[:, :1]], axis=1)
    ends = np.linspace(0, rings.shape[1], count + 1).round().astype(int)
    polygons, points = [], []
    for start, end in itertools.pairwise(ends):
        arc = closed[:, start : end + 1]
        polygons.append(shapely.polygons(np.concatenate([middle, arc], axis=1)))
        # Towards the middle of the arc's middle side: nothing stands before it.
        side = (arc.shape[1] - 1) // 2
        aim = arc[:, side : side + 2].mean(axis=1)
        points.append(middle[:, 0] + 0.6 * (aim - middle[:, 0]))
    return np.stack(polygons, axis=1), np.stack(points, axis=1).round(DIGITS)
