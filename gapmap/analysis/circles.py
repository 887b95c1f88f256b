"""How much of a polygon lies inside true circles, exactly: no circle is turned into segments.

By Green's theorem the area of a region is the integral of (x dy - y dx) / 2 around its edge. The
regions wanted here (inside a polygon and inside at least k owners' circles, or inside one
circle and no other) have edges of two sorts only:

- pieces of the polygon's edge, cut where circles cross it;
- arcs of circles inside the polygon, cut where other circles or the polygon cross them.

Each piece has one set of circles on its inner side and one on its outer side (off the polygon:
none). If q(set) is 1 where the set makes a place belong to the region and 0 elsewhere, the piece
counts q(inner) - q(outer) times. One walk along all pieces so gives every region at once.

Which circles cover which part of a circle does not depend on the polygons. It is found once for
all circles, and only arcs that can be an edge of a region asked for are kept: in a crowd of
sites almost none are.

Circles of equal centre are told apart as if the earlier one were larger by a hair: its arc then
has nothing of the later one inside, the later one's arc all of the earlier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from gapmap.analysis.boundary import Arcs, Circles, Outlines, Tally, list_near, measure, sweep
from gapmap.analysis.compiled import in_chunks, read_only
from gapmap.errors import RequestError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CircleShares", "Rings", "circle_shares", "depth_area", "share_of"]

_POLYGONS_A_CHUNK: Final = 1_024
_CIRCLES_A_CHUNK: Final = 2_048
# Shares this near to 0 or 1 are rounding.
_ROUNDING: Final = 1e-12
_POLYGON, _MULTIPOLYGON, _COLLECTION = 3, 6, 7


@dataclass(frozen=True, eq=False)
class Rings:
    """The rings of n polygons, ready to be measured against circles any number of times.

    Outer rings run counter-clockwise, holes clockwise, each closed by its first point.

    Parameters
    ----------
    outlines
        Coordinates from each polygon's lower left corner, metres; where rings and polygons
        begin; bounds on the plane, shape (n, 4); areas, square metres.
    """

    outlines: Outlines

    def __len__(self) -> int:
        """Count the polygons."""
        return int(self.outlines.area.size)

    @property
    def area(self) -> NDArray[np.float64]:
        """Area of each polygon, square metres."""
        return self.outlines.area

    @classmethod
    def of(cls, shapes: ArrayLike) -> Rings:
        """Take the rings of valid polygons on a metric plane.

        Parameters
        ----------
        shapes
            Polygons, multipolygons, or collections that hold some. Points and lines have no
            area; empty shapes and None have none either.
        """
        geometries = np.asarray(shapes, dtype=object).ravel()
        polygons, polygon_shape = _polygons(geometries)
        rings, ring_polygon = shapely.get_rings(
            shapely.orient_polygons(polygons), return_index=True
        )
        corners, corner_ring = shapely.get_coordinates(rings, return_index=True)
        ring_shape = polygon_shape[ring_polygon]
        bounds = np.nan_to_num(shapely.bounds(geometries).reshape(-1, 4))
        corners = corners - bounds[ring_shape[corner_ring], :2]
        ring_start = _starts(corner_ring, len(rings))
        area = np.bincount(polygon_shape, weights=shapely.area(polygons), minlength=geometries.size)
        return cls(
            Outlines(
                x=read_only(corners[:, 0], np.float64),
                y=read_only(corners[:, 1], np.float64),
                ring_start=read_only(ring_start, np.int64),
                polygon_start=read_only(_starts(ring_shape, geometries.size), np.int64),
                bounds=read_only(bounds, np.float64),
                area=read_only(area, np.float64),
            )
        )


@dataclass(frozen=True, eq=False)
class CircleShares:
    """What circles cover of n polygons, by pair of a polygon and a circle near it.

    Parameters
    ----------
    share, overlap_share
        Share of each polygon inside any circle; inside circles of two owners or more.
    pair_start
        Where the pairs of each polygon begin, n + 1 entries.
    site
        Position of the pair's circle in the list of circles.
    site_share, site_only_share
        Share of the polygon inside this circle; inside this circle and no other.
    owner_share, owner_only_share
        Share inside the circles of the owner of this circle; inside those and no others. 0 in
        all but one of an owner's pairs with a polygon.
    """

    share: NDArray[np.float64]
    overlap_share: NDArray[np.float64]
    pair_start: NDArray[np.int64]
    site: NDArray[np.int64]
    site_share: NDArray[np.float64]
    site_only_share: NDArray[np.float64]
    owner_share: NDArray[np.float64]
    owner_only_share: NDArray[np.float64]


def depth_area(
    rings: Rings,
    x: ArrayLike,
    y: ArrayLike,
    owner: ArrayLike,
    reach_m: float,
    *,
    at_least: int = 1,
) -> NDArray[np.float64]:
    """Measure what the circles of enough owners cover of each polygon.

    Parameters
    ----------
    rings
        n polygons on a metric plane.
    x, y
        Centres of the circles on the same plane, metres.
    owner
        Whose each circle is: any whole numbers.
    reach_m
        Radius of every circle, metres.
    at_least
        Number of different owners that must cover a place for it to count.

    Returns
    -------
    Array of n areas, square metres.

    Raises
    ------
    RequestError
        If ``at_least`` is less than 1.
    """
    if at_least < 1:
        raise RequestError(
            f"Places covered by at least {at_least} owners were asked for. Ask for 1 or more."
        )
    area = _walk(rings, x, y, owner, reach_m, levels=at_least, detail=False)[0].depth[:, -1]
    return np.clip(area, 0.0, rings.area)


def circle_shares(
    rings: Rings, x: ArrayLike, y: ArrayLike, owner: ArrayLike, reach_m: float
) -> CircleShares:
    """Find what every circle and every owner covers of each polygon, alone and with others.

    Parameters
    ----------
    rings
        n polygons on a metric plane.
    x, y
        Centres of the circles on the same plane, metres.
    owner
        Whose each circle is: any whole numbers.
    reach_m
        Radius of every circle, metres.
    """
    tally, pair_start, site = _walk(rings, x, y, owner, reach_m, levels=2, detail=True)
    pair_area = np.repeat(rings.area, np.diff(pair_start))
    return CircleShares(
        share=share_of(tally.depth[:, 0], rings.area),
        overlap_share=share_of(tally.depth[:, 1], rings.area),
        pair_start=pair_start,
        site=site,
        site_share=share_of(tally.site, pair_area),
        site_only_share=share_of(tally.site_only, pair_area),
        owner_share=share_of(tally.owner, pair_area),
        owner_only_share=share_of(tally.owner_only, pair_area),
    )


def share_of(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide areas; 0 of a polygon without area, and exactly 0 or 1 where rounding is all that is.

    Parameters
    ----------
    part, whole
        Areas of one shape.
    """
    share = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    share[share < _ROUNDING] = 0.0
    share[share > 1 - _ROUNDING] = 1.0
    return share


def _walk(
    rings: Rings,
    x: ArrayLike,
    y: ArrayLike,
    owner: ArrayLike,
    reach_m: float,
    *,
    levels: int,
    detail: bool,
) -> tuple[Tally, NDArray[np.int64], NDArray[np.int64]]:
    # Areas found, and the pairs of a polygon and a circle that they stand for.
    circles, site = _circles(x, y, owner, reach_m)
    count = len(rings)
    pair_start = np.zeros(count + 1, dtype=np.int64)
    near = np.empty(0, dtype=np.int64)

    def list_chunk(start: int, stop: int) -> None:
        list_near(rings.outlines, circles, start, stop, pair_start, near)

    in_chunks(list_chunk, count, size=_POLYGONS_A_CHUNK)
    np.cumsum(pair_start, out=pair_start)
    if pair_start[-1]:
        near = np.empty(pair_start[-1], dtype=np.int64)
        in_chunks(list_chunk, count, size=_POLYGONS_A_CHUNK)
    pair_count = near.size if detail else 0
    tally = Tally(np.zeros((count, levels)), *np.zeros((4, pair_count)))
    if near.size:
        arcs = _arcs(circles, levels, detail=detail)
        starts, pairs = read_only(pair_start, np.int64), read_only(near, np.int64)
        in_chunks(
            lambda start, stop: measure(
                rings.outlines, circles, arcs, starts, pairs, start, stop, detail, tally
            ),
            count,
            size=_POLYGONS_A_CHUNK,
        )
    return tally, pair_start, site[near]


def _circles(
    x: ArrayLike, y: ArrayLike, owner: ArrayLike, reach_m: float
) -> tuple[Circles, NDArray[np.int64]]:
    # Circles in rows a reach high, and their positions in the list. Those without a place, and
    # all if there is no reach, are left out.
    east, north = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    site = np.flatnonzero(np.isfinite(east) & np.isfinite(north) & (reach_m > 0))
    east, north = east[site], north[site]
    codes, code = np.unique(np.asarray(owner)[site], return_inverse=True)
    south = float(north.min()) if site.size else 0.0
    extent = float(north.max()) - south if site.size else 0.0
    row_height = max(float(reach_m), extent / (4 * max(site.size, 1)), np.finfo(float).tiny)
    row = np.floor((north - south) / row_height).astype(np.int64)
    # Places fully ordered, so that the order of the list does not tell in the result.
    order = np.lexsort((code, north, east, row))
    row_count = int(row.max()) + 1 if site.size else 0
    circles = Circles(
        x=read_only(east[order], np.float64),
        y=read_only(north[order], np.float64),
        owner=read_only(code[order], np.int64),
        owner_total=len(codes),
        radius=float(reach_m),
        row_start=read_only(np.searchsorted(row[order], np.arange(row_count + 1)), np.int64),
        south=south,
        row_height=row_height,
    )
    return circles, site[order]


def _arcs(circles: Circles, levels: int, *, detail: bool) -> Arcs:
    # The arcs that can bound a region, of every circle.
    parts: dict[int, tuple[int, Arcs]] = {}

    def sweep_chunk(start: int, stop: int) -> None:
        parts[start] = sweep(circles, start, stop, levels, detail)

    in_chunks(sweep_chunk, circles.x.size, size=_CIRCLES_A_CHUNK)
    in_order = [parts[start] for start in sorted(parts)]
    per_circle = np.concatenate([np.diff(part.first) for _, part in in_order])

    def row(name: str, dtype: type[Any]) -> NDArray[Any]:
        pieces = [getattr(part, name)[:count] for count, part in in_order]
        return read_only(np.concatenate(pieces), dtype)

    return Arcs(
        first=read_only(_cumulated(per_circle), np.int64),
        begin=row("begin", np.float64),
        end=row("end", np.float64),
        depth=row("depth", np.int64),
        site=row("site", np.int64),
        owner=row("owner", np.int64),
    )


def _polygons(geometries: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    # The polygons in shapes, and the shape that each is of; collections are opened.
    parts, shape = geometries, np.arange(geometries.size)
    while True:
        parts, index = shapely.get_parts(parts, return_index=True)
        shape = shape[index]
        kind = shapely.get_type_id(parts)
        if not np.isin(kind, [_MULTIPOLYGON, _COLLECTION]).any():
            is_polygon = (kind == _POLYGON) & ~shapely.is_empty(parts)
            return parts[is_polygon], shape[is_polygon]


def _starts(group: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    # Where each group begins in a sorted list of groups.
    return _cumulated(np.bincount(group, minlength=count))


def _cumulated(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
