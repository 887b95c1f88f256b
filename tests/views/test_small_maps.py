from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gapmap.model import METRES_PER_UNIT
from gapmap.views.small_maps import Frame, Layer, Look, MapGround, Name, Pin, inner_point, small_map
from tests import builders

SVG = "{http://www.w3.org/2000/svg}"
RED = Look(fill="#ff0000")
# A picture of 100 x 100 pixels, ten metres each, with its lower left corner at 0, 0.
FRAME = Frame(west_m=0.0, north_m=1000.0, metres_per_px=10.0, width_px=100, height_px=100)


def layer(*shapes: shapely.Geometry | None, look: Look = RED) -> Layer:
    return Layer(np.array(shapes, dtype=object), look)


def drawn(*layers: Layer, frame: Frame = FRAME, title: str = "A map", **more) -> ET.Element:
    return ET.fromstring(small_map(layers, frame, title=title, **more))


def paths(root: ET.Element, **wanted: str) -> list[ET.Element]:
    return [
        path
        for path in root.iter(f"{SVG}path")
        if all(path.get(name.replace("_", "-")) == value for name, value in wanted.items())
    ]


def points(path: ET.Element) -> list[list[tuple[float, float]]]:
    """The lines of a path in pixels: an absolute start, then steps."""
    lines = []
    for run in re.findall(r"M([^M]+)", path.attrib["d"]):
        start, _, way = run.rstrip("z").partition("l")
        x, y = (int(part) for part in start.split())
        line = [(x / 10, y / 10)]
        steps = [int(part) for part in way.split()]
        for dx, dy in zip(steps[::2], steps[1::2], strict=True):
            x, y = x + dx, y + dy
            line.append((x / 10, y / 10))
        lines.append(line)
    return lines


def discs(root: ET.Element, radius: int = 65) -> list[tuple[float, float]]:
    return [
        (int(disc.attrib["cx"]) / 10, int(disc.attrib["cy"]) / 10)
        for disc in root.iter(f"{SVG}circle")
        if disc.get("r") == str(radius)
    ]


def said(root: ET.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


# ------------------------------------------------------------------------------------------ shapes


def test_a_shape_stands_where_it_is_north_up() -> None:
    (path,) = paths(drawn(layer(shapely.box(200, 100, 600, 400))), fill="#ff0000")
    (line,) = points(path)
    assert line[0] == line[-1]
    assert set(line) == {(20.0, 90.0), (60.0, 90.0), (60.0, 60.0), (20.0, 60.0)}


def test_a_hole_stays_a_hole() -> None:
    ring = shapely.box(100, 100, 900, 900).difference(shapely.box(400, 400, 600, 600))
    (path,) = paths(drawn(layer(ring)), fill="#ff0000")
    assert len(points(path)) == 2
    assert path.get("fill-rule") == "evenodd"


def test_shapes_of_one_look_are_one_path_and_missing_ones_none() -> None:
    boxes = [shapely.box(x, 100, x + 100, 200) for x in (100, 300, 500)]
    (path,) = paths(drawn(layer(*boxes, None, shapely.Polygon())), fill="#ff0000")
    assert len(points(path)) == 3
    assert paths(drawn(layer(None)), fill="#ff0000") == []


def test_what_is_out_of_sight_is_left_out() -> None:
    far = shapely.box(5_000, 5_000, 6_000, 6_000)
    assert paths(drawn(layer(far)), fill="#ff0000") == []
    (path,) = paths(drawn(layer(shapely.box(500, -9e6, 9e6, 500), far)), fill="#ff0000")
    xs, ys = zip(*points(path)[0], strict=True)
    assert max(*xs, *ys) <= 110


def test_lines_are_drawn_open_and_dashed() -> None:
    look = Look(stroke="#000000", width_px=2, dash="4 2")
    root = drawn(layer(shapely.LineString([(0, 0), (1000, 1000)]), look=look))
    (path,) = paths(root, stroke_dasharray="40 20")
    assert points(path) == [[(0.0, 100.0), (100.0, 0.0)]]
    assert path.get("stroke-width") == "20"


def test_hatching_stays_inside_its_shape() -> None:
    shape = shapely.box(200, 200, 700, 500)
    root = drawn(layer(shape, look=Look(fill="#ffffff", hatch="#123456")))
    (hatch,) = paths(root, stroke="#123456")
    lines = points(hatch)
    assert len(lines) > 5
    assert all(20 <= x <= 70 and 50 <= y <= 80 for line in lines for x, y in line)


def test_a_frame_holds_what_it_is_around_in_the_middle() -> None:
    frame = Frame.around([shapely.box(0, 0, 400, 100)], width_px=220, height_px=100, margin_px=10)
    assert frame.metres_per_px == 2
    assert frame.px(np.array([[0.0, 0.0], [400.0, 100.0]])).tolist() == [[10, 75], [210, 25]]


def test_a_study_is_laid_out_in_metres() -> None:
    town = builders.study(neighbourhoods=builders.neighbourhoods("West", "East"))
    ground = MapGround.of(town)
    assert shapely.area(ground.areas_m) == pytest.approx([1e6, 1e6], rel=1e-3)
    assert len(ground.places_m) == 2
    assert len(MapGround.of(builders.study()).places_m) == 0
    centre = shapely.centroid(town.areas.geometry.to_numpy()[0])
    (at,) = ground.at([centre.x], [centre.y])
    assert at == pytest.approx(shapely.get_coordinates(shapely.centroid(ground.areas_m[0]))[0])


def test_the_inner_point_is_inside_even_where_the_middle_is_not() -> None:
    horseshoe = shapely.box(0, 0, 300, 300).difference(shapely.box(50, 50, 250, 300))
    both = shapely.union_all([horseshoe, shapely.box(900, 900, 910, 910)])
    assert not both.contains(both.centroid)
    x_m, y_m, far_m = inner_point(both)
    assert horseshoe.contains(shapely.Point(x_m, y_m))
    assert far_m == pytest.approx(29.3, abs=4)  # the corner holds a little more than the arms


# --------------------------------------------------------------------------------------- the scale


@given(
    scale=st.floats(0.05, 5_000),
    unit=st.sampled_from(["m", "km", "mi", "ft"]),
    width=st.integers(200, 900),
)
def test_the_scale_bar_is_true_round_and_at_most_a_quarter(
    scale: float, unit: str, width: int
) -> None:
    root = drawn(frame=Frame(0.0, 0.0, scale, width, 200), unit=unit)
    (bar,) = [path for path in paths(root, fill="none") if "v40h" in path.attrib["d"]]
    match = re.search(r"v40h(\d+)v-40", bar.attrib["d"])
    assert match is not None
    length_px = int(match[1]) / 10
    amount, name = next(text for text in said(root) if text != "N").split()
    assert name in {"mi": {"mile", "miles"}, "ft": {"mile", "miles"}}.get(unit, {"km"})
    metres = float(amount) * METRES_PER_UNIT["km" if name == "km" else "mi"]
    assert length_px * scale == pytest.approx(metres, rel=1e-5, abs=0.06 * scale)
    assert length_px <= width / 4 + 0.1
    power = 10 ** math.floor(math.log10(float(amount)) + 1e-9)
    assert round(float(amount) / power, 6) in {1, 2, 5}


# ---------------------------------------------------------------------------------- pins and names


def test_a_pin_stands_on_its_place() -> None:
    root = drawn(pins=[Pin(500, 400, "7")])
    assert discs(root) == [(50.0, 60.0)]
    assert "7" in said(root)


def test_pins_at_one_place_make_room_and_point_to_it() -> None:
    root = drawn(frame=Frame(0, 4000, 10, 400, 400), pins=[Pin(2000, 2000, str(n)) for n in "1234"])
    found = discs(root)
    assert len(found) == 4
    apart = [
        max(abs(x - a), abs(y - b)) for i, (x, y) in enumerate(found) for a, b in found[i + 1 :]
    ]
    assert min(apart) >= 13 - 0.2
    leaders = [path for path in paths(root, stroke_width="8") if "M2000 2000L" in path.attrib["d"]]
    assert len(leaders) == 3


def test_pins_that_may_not_move_stay_and_the_others_give_way() -> None:
    fixed = Pin(500, 500, radius_px=3.0, may_move=False)
    root = drawn(pins=[Pin(500, 500, "1"), fixed, fixed])
    assert discs(root, 30) == [(50.0, 50.0)] * 2
    assert discs(root) != [(50.0, 50.0)]


def test_a_pin_out_of_sight_is_left_out() -> None:
    assert discs(drawn(pins=[Pin(-5, 500, "1"), Pin(500, 1001, "2")])) == []


def test_a_name_without_room_is_left_out_and_the_first_wins() -> None:
    crowd = [Name(500, 500, f"Place {row}", size_px=14) for row in range(20)]
    shown = [text for text in said(drawn(names=crowd)) if text.startswith("Place")]
    assert 1 <= len(shown) < 8
    assert shown[0] == "Place 0"


def test_a_name_gives_way_to_a_pin() -> None:
    frame = Frame(0, 4000, 10, 400, 400)
    pins = [Pin(2000, 2000, "1", radius_px=60)]
    assert "West" not in said(drawn(frame=frame, pins=pins, names=[Name(2000, 2000, "West")]))
    assert "West" in said(drawn(frame=frame, names=[Name(2000, 2000, "West")]))


def test_a_long_name_is_broken_near_its_middle() -> None:
    frame = Frame(0, 4000, 10, 400, 400)
    root = drawn(frame=frame, names=[Name(2000, 2000, "Harlem (North) East River")])
    assert {"Harlem (North)", "East River"} <= set(said(root))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_texts_stay_texts(text: str) -> None:
    root = drawn(
        frame=Frame(0, 40_000, 10, 4000, 4000),
        title=text,
        pins=[Pin(2000, 2000, text[:3])],
        names=[Name(20_000, 20_000, text[:12])],
    )
    assert root.get("aria-label") == " ".join(text.split())
    assert {element.tag for element in root.iter()} <= {
        SVG + tag for tag in ("svg", "path", "circle", "text")
    }
    assert " ".join(text[:12].split()) in said(root) or not text[:12].strip()


def test_a_map_loads_nothing() -> None:
    picture = small_map(
        [layer(shapely.box(0, 0, 500, 500))], FRAME, title="x", pins=[Pin(5, 5, "1")]
    )
    assert re.findall(r"(?:href|src|url\(|<script|<style|on\w+=)", picture) == []
