"""Small studies on disk for the browser: one knows where a site may open, one has many areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely

from tests import builders

if TYPE_CHECKING:
    from pathlib import Path

MANY: Final = 4_096
"""Areas of the wide study: so many are drawn on one canvas."""

_COMMON: Final = 'source = "Tests"\nvintage = "2025"\nlicence = "MIT"\n'
_NEED: Final = (
    f'role = "need"\ntitle = "Areas"\nfile = "{{file}}"\n{_COMMON}'
    '[columns]\ngeoid = "geoid"\nname = "name"\n'
    '[measures.children]\ncolumn = "children"\nlabel = "Children"\nunit = "children"\n'
)


def add_eligibility(study: Path, files: Path, names: list[str] | None = None) -> None:
    """Give a study of six squares block groups: by itself, averaged, not, unknown, not, by itself.

    Parameters
    ----------
    study, files
        Folders of the description and of the files.
    names
        Names of the block groups.
    """
    unknown = float("nan")
    table = builders.eligibility([100, 100, 100, 0, 100, 100], [60, 45, 20, unknown, 10, 80]).table
    if names is not None:
        table["name"] = names
    table.to_parquet(files / f"{study.name}-groups.parquet")
    (study / "groups.toml").write_text(
        f'role = "eligibility"\ntitle = "Block groups"\nfile = "{study.name}-groups.parquet"\n'
        f'{_COMMON}proxy = true\n[columns]\ngeoid = "geoid"\nname = "name"\n',
        encoding="utf-8",
    )


def write_lawful(layers: Path, files: Path) -> None:
    """Write a study of six squares with margins of error and eligibility."""
    study = layers / "lawful"
    study.mkdir()
    need = [100, 300, 200, 5, 500, 600]
    areas = builders.areas(need, children_moe=[9, 120, 190, float("nan"), 50, 500])
    areas.to_parquet(files / "lawful-areas.parquet")
    builders.neighbourhoods("West", "Middle", "East", width_m=2000).to_parquet(
        files / "lawful-places.parquet"
    )
    sites = builders.sites((500, 500), (4500, 500))
    table = sites[["site_id", "name", "partner", "kind", "meals", "days"]].assign(
        longitude=sites.geometry.x, latitude=sites.geometry.y
    )
    table.to_csv(files / "lawful-sites.csv", index=False)
    (study / "study.toml").write_text(
        'name = "Lawful"\nsummary = "Squares."\nreach = "400m"\nneed = "children"\n',
        encoding="utf-8",
    )
    need_toml = _NEED.format(file="lawful-areas.parquet")
    (study / "areas.toml").write_text(f'{need_toml}moe = "children_moe"\n', encoding="utf-8")
    (study / "places.toml").write_text(
        f'role = "neighbourhoods"\ntitle = "Places"\nfile = "lawful-places.parquet"\n{_COMMON}'
        '[columns]\nneighbourhood_id = "neighbourhood_id"\nname = "name"\n',
        encoding="utf-8",
    )
    (study / "sites.toml").write_text(
        f'role = "sites"\ntitle = "Sites"\nfile = "lawful-sites.csv"\n{_COMMON}crs = "EPSG:4326"\n',
        encoding="utf-8",
    )
    add_eligibility(study, files)


def write_wide(layers: Path, files: Path) -> None:
    """Write a study of so many squares, with eligibility, that they are drawn on a canvas."""
    study = layers / "wide"
    study.mkdir()
    rows = np.arange(MANY)
    side = int(MANY**0.5)
    east, north = 1000.0 * (rows % side), 1000.0 * (rows // side)
    corners = [
        np.column_stack(builders.to_degrees(east + 1000.0 * dx, north + 1000.0 * dy))
        for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 1))
    ]
    areas = gpd.GeoDataFrame(
        {
            "geoid": [f"48001{row:06d}" for row in rows],
            "name": [f"Tract {row}" for row in rows],
            "children": 10.0 + rows % 500,
        },
        geometry=shapely.polygons(np.stack(corners, axis=1)),
        crs=4326,
    )
    areas.to_parquet(files / "wide-areas.parquet")
    areas.assign(children_0_18=100.0, eligible_0_18=(rows % 100).astype(float)).to_parquet(
        files / "wide-tracts.parquet"
    )
    (study / "study.toml").write_text(
        'name = "Wide"\nsummary = "Many squares."\nreach = "800m"\nneed = "children"\n',
        encoding="utf-8",
    )
    (study / "areas.toml").write_text(_NEED.format(file="wide-areas.parquet"), encoding="utf-8")
    (study / "tracts.toml").write_text(
        f'role = "eligibility"\ntitle = "Tracts"\nfile = "wide-tracts.parquet"\n{_COMMON}'
        'proxy = true\n[columns]\ngeoid = "geoid"\nname = "name"\n',
        encoding="utf-8",
    )
