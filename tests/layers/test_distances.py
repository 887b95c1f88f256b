from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from gapmap.errors import LayerError, TableError
from gapmap.layers.catalogue import LayerSpec, parse_study
from gapmap.layers.distances import (
    standardise_areas_of_points,
    standardise_distances,
    standardise_hosts,
)


def spec(role: str, **changes: Any) -> LayerSpec:
    return LayerSpec.model_validate(
        {
            "id": "layer",
            "role": role,
            "title": "Test layer",
            "file": "town/layer.csv",
            "source": "Drawn for tests",
            "vintage": "2020",
            "licence": "MIT",
            **changes,
        }
    )


def ways(*rows: tuple[Any, Any, Any]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["from", "to", "way"])


COLUMNS = {"geoid": "from", "to_id": "to", "distance": "way"}
KNOWN: dict[str, Any] = {"geoids": {"A", "B"}, "places": {"x", "y"}}


class TestDistances:
    def test_rows_are_sorted_and_in_metres(self) -> None:
        raw = ways(("B", "x", "2"), ("A", "y", 1), ("A", "x", 0.5))
        layer = spec("distances", columns=COLUMNS, constants={"unit": "km"})
        table = standardise_distances(raw, layer, **KNOWN).table
        assert table.to_dict("list") == {
            "geoid": ["A", "A", "B"],
            "to_id": ["x", "y", "x"],
            "metres": [500.0, 1000.0, 2000.0],
        }

    def test_unknown_places_and_ways_are_left_out_and_counted(self) -> None:
        raw = ways(("A", "x", 1), ("A", "z", 1), ("C", "x", 1), ("B", "x", None))
        standard = standardise_distances(raw, spec("distances", columns=COLUMNS), **KNOWN)
        assert len(standard.table) == 1
        notes = " ".join(standard.notes)
        assert "2 pairs of unknown places left out" in notes
        assert "1 pairs without a distance left out" in notes
        assert "1 areas have no way to anywhere" in notes

    @pytest.mark.parametrize(
        ("raw", "message"),
        [
            (ways(("A", "x", -1)), "negative or infinite"),
            (ways(("A", "x", float("inf"))), "negative or infinite"),
            (ways(("A", "x", 1), ("A", "x", 2)), "from A to x more than once"),
            (ways(("C", "x", 1)), "none of its 1 rows"),
        ],
    )
    def test_what_cannot_be_a_way_is_refused(self, raw: pd.DataFrame, message: str) -> None:
        with pytest.raises(TableError, match=message):
            standardise_distances(raw, spec("distances", columns=COLUMNS), **KNOWN)

    def test_a_unit_that_nobody_knows_is_refused(self) -> None:
        layer = spec("distances", columns=COLUMNS, constants={"unit": "minutes"})
        with pytest.raises(TableError, match="“minutes” is not a unit"):
            standardise_distances(ways(("A", "x", 1)), layer, **KNOWN)


class TestHosts:
    RAW = pd.DataFrame(
        {
            "name": ["One", "Two", "Three"],
            "longitude": [0.0, None, 0.2],
            "latitude": [0.0, 0.1, 0.2],
            "price": ["10", "20", "x"],
            "capacity": [100, 200, 300],
        }
    )

    def test_costs_and_capacities_come_along(self) -> None:
        standard = standardise_hosts(self.RAW, spec("candidates", columns={"cost": "price"}))
        assert standard.table["name"].tolist() == ["One", "Three"]
        assert standard.table["capacity"].tolist() == [100, 300]
        assert standard.table["cost"].tolist() == pytest.approx([10, np.nan], nan_ok=True)

    def test_a_negative_capacity_is_refused(self) -> None:
        with pytest.raises(TableError, match="a capacity is -5"):
            standardise_hosts(self.RAW.assign(capacity=[1, 2, -5]), spec("candidates"))

    def test_without_them_nothing_is_added(self) -> None:
        raw = self.RAW.drop(columns=["price", "capacity"])
        assert "cost" not in standardise_hosts(raw, spec("candidates")).table


DRAWN: dict[str, Any] = {"points": True, "measures": {"people": {"column": "people"}}}


class TestAreasOfPoints:
    def raw(self, *places: tuple[float, float]) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "geoid": [f"area {row}" for row in range(len(places))],
                "longitude": [x for x, _ in places],
                "latitude": [y for _, y in places],
                "people": range(len(places)),
            }
        )

    def test_each_point_lies_in_an_area_of_its_own(self) -> None:
        raw = self.raw((0, 0), (1, 0.2), (0.3, 1), (0.9, 0.8), (0.4, 0.5))
        standard = standardise_areas_of_points(raw, spec("need", **DRAWN))
        shapes = standard.table.geometry.to_numpy()
        points = shapely.points(raw["longitude"], raw["latitude"])
        assert shapely.contains(shapes, points).all()
        tree = shapely.STRtree(shapes)
        assert len(tree.query(points, predicate="intersects")[0]) == len(points)
        assert standard.table["people"].tolist() == [0, 1, 2, 3, 4]
        assert "only the points are facts" in standard.notes[0]

    @pytest.mark.parametrize(
        ("places", "message"),
        [
            (((0, 0), (1, 1), (1, 1)), "share one"),
            (((0, 0), (1, 1)), "three or more"),
            (((0, 0), (1, 1), (0, float("nan"))), "no coordinates"),
        ],
    )
    def test_points_that_have_no_ground_are_refused(
        self, places: tuple[tuple[float, float], ...], message: str
    ) -> None:
        with pytest.raises(TableError, match=message):
            standardise_areas_of_points(self.raw(*places), spec("need", **DRAWN))

    def test_only_need_is_drawn_around_points(self) -> None:
        layer = 'role = "context"\ntitle = "x"\nfile = "x"\nsource = "x"\nvintage = "x"\n'
        files = {
            "study.toml": 'name = "x"\nsummary = "x"\nneed = "x"',
            "layer.toml": layer + 'licence = "x"\npoints = true',
        }
        with pytest.raises(LayerError, match="drawn around points"):
            parse_study("town", files)
