"""Made-up areas, sites and points of any number, alike at each run.

Areas are Voronoi cells of clustered seeds. Each border is a fractal line of eight segments which
both neighbours share to the last bit, so that a cell has about 48 corners, as census tracts do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from scipy.spatial import Voronoi

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["SIZES", "Size", "areas", "near", "seeds"]

_SEGMENTS: Final = 8
_SWAY: Final = 0.25


@dataclass(frozen=True)
class Size:
    """How much of everything: areas, sites, and the side of the square, in kilometres."""

    area_count: int
    site_count: int
    side_km: float


SIZES: Final = {
    "city": Size(650, 200, 40.0),
    "state": Size(4_000, 900, 350.0),
    "20k": Size(20_000, 6_000, 1_100.0),
    "nation": Size(85_000, 50_000, 2_800.0),
}


def seeds(count: int, side_m: float, random: np.random.Generator) -> Floats:
    """Scatter points over a square: most in towns, a few of them large, the rest anywhere.

    Returns
    -------
    Array of shape (count, 2), metres.
    """
    town_count = max(count // 150, 4)
    centre = random.uniform(0.0, side_m, (town_count, 2))
    weight = 1.0 / np.arange(1, town_count + 1) ** 0.8
    town = random.choice(town_count, size=count, p=weight / weight.sum())
    # As many people a square kilometre in a large town as in a small one.
    spread = 1_000.0 * np.sqrt(count * weight / weight.sum())
    place = centre[town] + random.standard_normal((count, 2)) * spread[town][:, None] * 0.5
    is_lone = random.random(count) < 0.15
    place[is_lone] = random.uniform(0.0, side_m, (int(is_lone.sum()), 2))
    # What falls off one side comes in at the other.
    scattered: Floats = place % side_m
    return scattered


def near(places: Floats, count: int, spread: float, random: np.random.Generator) -> Floats:
    """Draw places near given ones, in their unit."""
    chosen = places[random.integers(0, len(places), count)]
    drawn: Floats = chosen + random.standard_normal((count, 2)) * spread
    return drawn


def areas(place: Floats, side_m: float, random: np.random.Generator) -> NDArray[Any]:
    """Divide a square into one polygon a seed.

    Parameters
    ----------
    place
        Seeds, shape (n, 2), metres.
    side_m
        Side of the square from (0, 0), metres.
    random
        Source of the borders' sway.

    Returns
    -------
    Array of n polygons in the order of the seeds.
    """
    count = len(place)
    # Seeds mirrored in the four sides make the sides of the square borders too.
    mirrored = [place]
    for axis, edge in ((0, 0.0), (0, side_m), (1, 0.0), (1, side_m)):
        mirror = place.copy()
        mirror[:, axis] = 2 * edge - mirror[:, axis]
        mirrored.append(mirror)
    every = np.vstack(mirrored)
    diagram = Voronoi(every)
    ends = np.asarray(diagram.ridge_vertices)
    sides = diagram.ridge_points
    wanted = (ends >= 0).all(axis=1) & (sides < count).any(axis=1)
    ends, sides = ends[wanted], sides[wanted]
    lines = _borders(diagram.vertices[ends], every[sides], (sides < count).all(axis=1), random)
    # Every border once for each of the cells beside it, in that cell's direction.
    border = np.concatenate([np.arange(len(ends))] * 2)
    cell = np.concatenate([sides[:, 0], sides[:, 1]])
    border, cell = border[cell < count], cell[cell < count]
    first = diagram.vertices[ends[border, 0]] - every[cell]
    last = diagram.vertices[ends[border, 1]] - every[cell]
    is_backward = first[:, 0] * last[:, 1] - first[:, 1] * last[:, 0] < 0
    middle = first / np.hypot(*first.T)[:, None] + last / np.hypot(*last.T)[:, None]
    order = np.lexsort((np.arctan2(middle[:, 1], middle[:, 0]), cell))
    corners = np.where(
        is_backward[order, None, None], lines[border[order], :0:-1], lines[border[order], :-1]
    )
    rings = shapely.linearrings(
        corners.reshape(-1, 2), indices=np.repeat(cell[order], _SEGMENTS).astype(np.intp)
    )
    polygons: NDArray[Any] = shapely.polygons(rings)
    return polygons


def _borders(
    ends: Floats, seed: Floats, may_sway: NDArray[np.bool_], random: np.random.Generator
) -> Floats:
    # Lines of shape (borders, segments + 1, 2). Each sways towards one of the two seeds beside it
    # and stays in the triangle of border and seed, along rays from the seed: no two cross.
    sway = np.zeros((len(ends), _SEGMENTS + 1))
    step, size = _SEGMENTS, _SWAY
    while step > 1:
        half = step // 2
        middle = (sway[:, :-step:step] + sway[:, step::step]) / 2
        sway[:, half::step] = middle + random.uniform(-size, size, middle.shape)
        step, size = half, size / 2
    sway = np.abs(sway)
    sway[~may_sway] = 0.0
    along = np.linspace(0.0, 1.0, _SEGMENTS + 1)[None, :, None]
    straight = ends[:, None, 0] * (1 - along) + ends[:, None, 1] * along
    side = random.integers(0, 2, len(ends))
    towards = seed[np.arange(len(ends)), side][:, None]
    lines: Floats = straight + sway[:, :, None] * (towards - straight)
    lines[:, 0], lines[:, -1] = ends[:, 0], ends[:, 1]
    return lines
