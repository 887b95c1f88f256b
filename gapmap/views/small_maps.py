"""Small maps for paper: SVG that prints sharp, asks nobody for anything and reads in greys.

A map is layers of shapes, pins and names inside a frame. Everything is in metres on the plane of
:class:`MapGround`; texts are escaped here, so that whoever puts the picture into a page need not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from gapmap.views.map_frame import Frame, MapGround, inner_point
from gapmap.views.map_signs import (
    FINE,
    Box,
    Name,
    Pin,
    drawn_names,
    drawn_pins,
    escaped,
    north_arrow,
    scale_bar,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Frame", "Layer", "Look", "MapGround", "Name", "Pin", "inner_point", "small_map"]

_THIN_PX: Final = 0.3
_BEYOND_PX: Final = 8.0
_HATCH_PX: Final = 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """How shapes are drawn.

    Parameters
    ----------
    fill, stroke
        Colours as ``#rrggbb``, or ``none``.
    width_px
        Of the line.
    dash
        Lengths of dashes and gaps in pixels, ``4 2``; empty for a whole line.
    hatch
        Colour of slanting lines over the shapes, legible without colour; empty for none.
    """

    fill: str = "none"
    stroke: str = "none"
    width_px: float = 1.0
    dash: str = ""
    hatch: str = ""


@dataclass(frozen=True, eq=False)
class Layer:
    """Shapes that look alike: polygons that do not overlap, or lines.

    Parameters
    ----------
    shapes_m
        On the plane of the map's ground.
    look
        How they are drawn.
    """

    shapes_m: NDArray[Any]
    look: Look


def small_map(
    layers: Sequence[Layer],
    frame: Frame,
    *,
    title: str,
    pins: Sequence[Pin] = (),
    names: Sequence[Name] = (),
    unit: str = "mi",
) -> str:
    """Draw a map with a scale bar and an arrow to the north.

    Parameters
    ----------
    layers
        From the lowest to the topmost.
    frame
        What is in sight; shapes beyond it are left out.
    title
        What the map shows, for those who cannot see it.
    pins, names
        Drawn over the layers, each where there is room: first pins, then names in their order.
    unit
        Unit of the scale bar: a unit of :class:`gapmap.model.Reach`.

    Returns
    -------
    One ``<svg>`` element.
    """
    width, height = frame.width_px, frame.height_px
    bar, bar_box = scale_bar(frame, unit)
    north = Box(width - 22.0, 2.0, width - 2.0, 34.0)
    taken = [bar_box, north]
    shown_pins = drawn_pins(pins, frame, taken)
    shown_names = drawn_names(names, frame, taken)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escaped(title)}" '
        f'viewBox="0 0 {width * FINE} {height * FINE}" font-family="system-ui, '
        f"'Segoe UI', Helvetica, Arial, sans-serif\">"
        f"{''.join(_layer(layer, frame) for layer in layers)}"
        f"{shown_names}{shown_pins}{north_arrow(north)}{bar}</svg>"
    )


def _layer(layer: Layer, frame: Frame) -> str:
    shapes = np.asarray(layer.shapes_m, dtype=object)
    west, south, east, north = frame.box_m(_BEYOND_PX)
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    # What is missing has NaN bounds and is not in sight: every comparison with NaN is false.
    in_sight = (
        (bounds[:, 0] < east)
        & (bounds[:, 2] > west)
        & (bounds[:, 1] < north)
        & (bounds[:, 3] > south)
    )
    cut = shapely.clip_by_rect(shapes[in_sight], west, south, east, north)
    # What is thinner than a third of a pixel may go: nothing is measured on a picture.
    cut = shapely.simplify(cut, _THIN_PX * frame.metres_per_px, preserve_topology=False)
    path = _path(cut, frame)
    if not path:
        return ""
    look = layer.look
    line = ""
    if look.stroke != "none":
        line = (
            f' stroke="{escaped(look.stroke)}" stroke-width="{round(look.width_px * FINE)}" '
            'stroke-linejoin="round"'
        )
        if look.dash:
            lengths = " ".join(f"{float(part) * FINE:g}" for part in look.dash.split())
            line += f' stroke-dasharray="{lengths}"'
    drawn = f'<path d="{path}" fill="{escaped(look.fill)}" fill-rule="evenodd"{line}/>'
    if look.hatch:
        drawn += (
            f'<path d="{_path(_hatch(cut, frame), frame)}" fill="none" '
            f'stroke="{escaped(look.hatch)}" stroke-width="{FINE}"/>'
        )
    return drawn


def _path(shapes_m: NDArray[Any], frame: Frame) -> str:
    """Write shapes as one path of whole numbers, each point as the step from the last."""
    parts = shapely.get_parts(shapes_m)
    while (shapely.get_type_id(parts) > 3).any():
        parts = shapely.get_parts(parts)
    is_area = shapely.get_type_id(parts) == 3
    is_line = np.isin(shapely.get_type_id(parts), (1, 2))
    written = []
    for lines, closing in ((shapely.get_rings(parts[is_area]), "z"), (parts[is_line], "")):
        points, line = shapely.get_coordinates(lines, return_index=True)
        steps = np.round(frame.px(points) * FINE).astype(np.int64)
        for run in np.split(steps, np.flatnonzero(np.diff(line)) + 1):
            moved = np.diff(run, axis=0)
            moved = moved[(moved != 0).any(axis=1)]
            if len(moved):
                way = " ".join(f"{dx} {dy}" for dx, dy in moved.tolist())
                written.append(f"M{run[0, 0]} {run[0, 1]}l{way}{closing}")
    return "".join(written)


def _hatch(shapes_m: NDArray[Any], frame: Frame) -> NDArray[Any]:
    west, south, east, north = frame.box_m()
    step = _HATCH_PX * frame.metres_per_px
    rise = north - south
    starts = np.arange(west - rise, east, step)
    ends = np.array([[[x, south], [x + rise, north]] for x in starts])
    cut = shapely.intersection(shapely.union_all(shapes_m), shapely.linestrings(ends))
    return np.asarray(cut[~shapely.is_empty(cut)])
