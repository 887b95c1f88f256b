"""Which sites are near enough, point by point, measured straight through the earth.

No projection: points become earth-centred metres, and two are within reach when the chord
between them is no longer than the chord of the reach (``<=``). That is exact everywhere, the
antimeridian and the poles included.

Sites are looked up in rows of latitude, each at least a reach high, so that whatever is in reach
of a point lies in its row or one of the two beside it. Inside a row sites are sorted by
longitude. A site within the chord c of a point that is p from the earth's axis differs from it
in longitude by no more than asin(c / p): seen from the axis, that is half the width of a disc of
radius c around the point. Where c >= p the disc holds the axis, and the whole row is looked at.
Every row keeps the width for its point nearest to a pole.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numba
import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from gapmap.analysis.compiled import compiled, core_count, in_chunks, read_only
from gapmap.geo import chord_m, earth_centred, farthest_m, surface_m

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["SiteGrid", "in_reach", "nearest_site", "pairs_in_reach"]

# The ellipsoid as gapmap.geo has it, for the compiled loops.
_EQUATOR_M: Final = float(earth_centred(0.0, 0.0)[0, 0])
_POLE_M: Final = float(earth_centred(0.0, 90.0)[0, 2])
_FLATNESS: Final = (_POLE_M / _EQUATOR_M) ** 2
# A chord of a curve bent no more sharply than a circle is no shorter than the circle's (Schur),
# and a meridian is bent most at the equator.
_SMALLEST_RADIUS_M: Final = _POLE_M**2 / _EQUATOR_M
_SLACK: Final = 1e-9
_CHUNK: Final = 16_384
_NOTHING: Final = np.empty(0, dtype=np.int64)


class SiteGrid(NamedTuple):
    """Sites in rows of latitude, sorted by longitude within a row.

    Parameters
    ----------
    longitude
        Degrees from -180 to 180, in the order of the grid.
    place
        Earth-centred metres, shape (n, 3), in the order of the grid.
    site
        Position of each in the list the grid was made from. Sites without a place are not in.
    row_start
        Where each row begins; one more entry than there are rows.
    half_width
        Degrees of longitude to look at on either side of a point, by the point's own row; from
        the row south of the first one to the row north of the last.
    south, row_height
        Southern edge of the first row and height of every row, degrees.
    chord
        Reach, straight through the earth, metres.
    """

    longitude: NDArray[np.float64]
    place: NDArray[np.float64]
    site: NDArray[np.int64]
    row_start: NDArray[np.int64]
    half_width: NDArray[np.float64]
    south: float
    row_height: float
    chord: float

    @classmethod
    def of(cls, longitude: ArrayLike, latitude: ArrayLike, reach_m: float) -> SiteGrid:
        """Sort sites into rows for one reach."""
        east = np.asarray(longitude, dtype=np.float64)
        north = np.asarray(latitude, dtype=np.float64)
        site = np.flatnonzero(np.isfinite(east) & np.isfinite(north))
        east = (east[site] + 180.0) % 360.0 - 180.0
        north = north[site]
        # No two places are farther apart than half-way round.
        chord = chord_m(min(reach_m, farthest_m()))
        row_height = math.degrees(2 * math.asin(min(chord / (2 * _SMALLEST_RADIUS_M), 1.0)))
        row_height = row_height * (1 + _SLACK) + _SLACK
        south = float(north.min()) if site.size else 0.0
        extent = float(north.max()) - south if site.size else 0.0
        # No more rows than a few a site, however short the reach.
        row_height = max(row_height, extent / (4 * max(site.size, 1)))
        row = np.floor((north - south) / row_height).astype(np.int64)
        row_count = int(row.max()) + 1 if site.size else 0
        # Twice one key, the second in as few bits as it needs: five times as fast as np.lexsort.
        short = row.astype(np.min_scalar_type(row_count))
        order = np.argsort(east)
        order = order[np.argsort(short[order], kind="stable")]
        edges = np.abs(south + np.arange(-1, row_count + 2) * row_height)
        poleward = np.minimum(np.maximum(edges[:-1], edges[1:]) * (1 + _SLACK), 90.0)
        across = _EQUATOR_M * np.cos(np.radians(poleward))  # or more: the earth is flattened
        disc = np.degrees(np.arcsin(chord / np.maximum(across, chord)))
        half_width = np.where(across > chord, disc * (1 + _SLACK) + _SLACK, 360.0)
        row_start = np.searchsorted(row[order], np.arange(row_count + 1))
        return cls(
            longitude=read_only(east[order], np.float64),
            place=read_only(earth_centred(east[order], north[order]), np.float64),
            site=read_only(site[order], np.int64),
            row_start=read_only(row_start, np.int64),
            half_width=read_only(half_width, np.float64),
            south=south,
            row_height=row_height,
            chord=chord,
        )


def in_reach(
    longitude: ArrayLike,
    latitude: ArrayLike,
    sites_longitude: ArrayLike,
    sites_latitude: ArrayLike,
    reach_m: float,
) -> NDArray[np.bool_]:
    """Say of each point whether any site is within reach.

    Parameters
    ----------
    longitude, latitude
        n points, degrees. A point with NaN is out of reach.
    sites_longitude, sites_latitude
        Sites, degrees.
    reach_m
        Distance along the earth, metres.

    Returns
    -------
    Array of n.
    """
    east, north = read_only(longitude, np.float64), read_only(latitude, np.float64)
    grid = SiteGrid.of(sites_longitude, sites_latitude, reach_m)
    found = np.zeros(east.size, dtype=np.bool_)

    def look(start: int, stop: int) -> None:
        _mark_in_reach(
            east,
            north,
            start,
            stop,
            grid,
            found,
        )

    in_chunks(look, east.size, size=_CHUNK)
    return found


def pairs_in_reach(
    longitude: ArrayLike,
    latitude: ArrayLike,
    sites_longitude: ArrayLike,
    sites_latitude: ArrayLike,
    reach_m: float,
) -> csr_array:
    """Find every pair of a point and a site within reach of each other.

    Parameters
    ----------
    longitude, latitude
        n points, degrees.
    sites_longitude, sites_latitude
        m sites, degrees.
    reach_m
        Distance along the earth, metres.

    Returns
    -------
    Sparse matrix of shape (n, m), True where within reach, columns sorted within a row.
    """
    east, north = read_only(longitude, np.float64), read_only(latitude, np.float64)
    grid = SiteGrid.of(sites_longitude, sites_latitude, reach_m)
    row_start = np.zeros(east.size + 1, dtype=np.int64)

    def list_pairs(
        start: int, stop: int, first: NDArray[np.int64], pairs: NDArray[np.int64]
    ) -> None:
        _list_in_reach(
            east,
            north,
            start,
            stop,
            grid,
            first,
            pairs,
        )

    # Once to count, once to write: cheaper than lists that grow.
    in_chunks(lambda a, b: list_pairs(a, b, row_start, _NOTHING), east.size, size=_CHUNK)
    np.cumsum(row_start, out=row_start)
    found = np.empty(row_start[-1], dtype=np.int64)
    if found.size:
        in_chunks(lambda a, b: list_pairs(a, b, row_start, found), east.size, size=_CHUNK)
    pairs = csr_array(
        (np.ones(found.size, dtype=np.bool_), grid.site[found], row_start),
        shape=(east.size, np.size(sites_longitude)),
    )
    pairs.sort_indices()
    return pairs


def nearest_site(
    longitude: ArrayLike,
    latitude: ArrayLike,
    sites_longitude: ArrayLike,
    sites_latitude: ArrayLike,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find the nearest site of each point, however far.

    Parameters
    ----------
    longitude, latitude
        n points, degrees.
    sites_longitude, sites_latitude
        Sites, degrees. Of several at the same place the first is named.

    Returns
    -------
    site
        Array of n positions in the list of sites, -1 where there is none.
    distance_m
        Array of n distances along the earth, metres, infinite where there is none.
    """
    points = earth_centred(longitude, latitude)
    places = earth_centred(sites_longitude, sites_latitude)
    site = np.full(len(points), -1, dtype=np.int64)
    distance_m = np.full(len(points), np.inf)
    known = np.flatnonzero(np.isfinite(places).all(axis=1))
    asked = np.flatnonzero(np.isfinite(points).all(axis=1))
    if not known.size or not asked.size:
        return site, distance_m
    places, first = np.unique(places[known], axis=0, return_index=True)
    workers = core_count() if asked.size > _CHUNK else 1
    chord, place = cKDTree(places).query(points[asked], workers=workers)
    site[asked] = known[first[place]]
    distance_m[asked] = surface_m(chord)
    return site, distance_m


@compiled
def _mark_in_reach(
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    start: int,
    stop: int,
    grid: SiteGrid,
    found: NDArray[np.bool_],
) -> None:
    nowhere = np.empty(0, dtype=np.int64)
    for point in range(start, stop):
        count = _search(
            longitude[point],
            latitude[point],
            grid,
            1,
            nowhere,
            0,
        )
        found[point] = count > 0


@compiled
def _list_in_reach(
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    start: int,
    stop: int,
    grid: SiteGrid,
    first: NDArray[np.int64],
    found: NDArray[np.int64],
) -> None:
    # Without room to write (found is empty) the counts go where the next row will begin.
    for point in range(start, stop):
        count = _search(
            longitude[point],
            latitude[point],
            grid,
            grid.longitude.size,
            found,
            first[point],
        )
        if found.size == 0:
            first[point + 1] = count


@numba.njit(nogil=True)
def _search(
    longitude: float,
    latitude: float,
    grid: SiteGrid,
    at_most: int,
    found: NDArray[np.int64],
    first: int,
) -> int:
    # Count the sites within reach of one point and, where there is room, write them down.
    row_count = grid.row_start.size - 1
    position = (latitude - grid.south) / grid.row_height
    # Also false for NaN, which has no row.
    if not (position >= -1.0 and position < row_count + 1.0 and math.isfinite(longitude)):
        return 0
    row = math.floor(position)
    lowest, highest = max(row - 1, 0), min(row + 1, row_count - 1)
    if lowest > highest or grid.row_start[lowest] == grid.row_start[highest + 1]:
        return 0
    width = grid.half_width[row + 1]
    centre = (longitude + 180.0) % 360.0 - 180.0
    limit = grid.chord * grid.chord
    x = y = z = math.nan
    count = 0
    for piece in range(3):
        # The window of longitudes, and what of it lies beyond the antimeridian on either side.
        west, east = centre - width, centre + width
        if width >= 180.0:
            west, east = -180.0, 180.0
            if piece > 0:
                break
        elif piece == 1:
            if west >= -180.0:
                continue
            west, east = west + 360.0, 180.0
        elif piece == 2:
            if east < 180.0:
                continue
            west, east = -180.0, east - 360.0
        for line in range(lowest, highest + 1):
            low, high = grid.row_start[line], grid.row_start[line + 1]
            end = high
            while low < high:
                middle = (low + high) // 2
                if grid.longitude[middle] < west:
                    low = middle + 1
                else:
                    high = middle
            while low < end and grid.longitude[low] <= east:
                if math.isnan(x):  # sines are dear: only for points with a site about
                    x, y, z = _place(longitude, latitude)
                dx = grid.place[low, 0] - x
                dy = grid.place[low, 1] - y
                dz = grid.place[low, 2] - z
                if dx * dx + dy * dy + dz * dz <= limit:
                    if first + count < found.size:
                        found[first + count] = low
                    count += 1
                    if count >= at_most:
                        return count
                low += 1
    return count


@numba.njit(nogil=True)
def _place(longitude: float, latitude: float) -> tuple[float, float, float]:
    # As gapmap.geo.earth_centred.
    sine = math.sin(math.radians(latitude))
    normal = _EQUATOR_M / math.sqrt(1.0 - (1.0 - _FLATNESS) * sine * sine)
    across = normal * math.cos(math.radians(latitude))
    return (
        across * math.cos(math.radians(longitude)),
        across * math.sin(math.radians(longitude)),
        normal * _FLATNESS * sine,
    )
