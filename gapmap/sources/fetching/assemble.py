"""Downloads put together as the layers of a study, each with where it is from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gapmap.model import Role
from gapmap.rules import Level
from gapmap.sources.fetching.blocks import BLOCKS_YEAR
from gapmap.sources.fetching.describe import Origin, layer_toml, measures_of
from gapmap.sources.fetching.draft import Draft
from gapmap.sources.fetching.need import area_table, with_figures
from gapmap.sources.fetching.places import county_neighbourhoods, place_neighbourhoods
from gapmap.sources.fetching.points import need_points
from gapmap.sources.fetching.site_list import MARGIN_M, cut_to_study
from gapmap.sources.fetching.tables import ELIGIBILITY_METHOD, eligibility_figures, figures_of

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from gapmap.sources.fetching.downloads import Downloads
    from gapmap.sources.fetching.places import NamedPlaces
    from gapmap.sources.fetching.request import FetchRequest, Services

__all__ = ["Assembly"]

_REACH: Final = "0.5mi"
_COUNTY_WORDS: Final = ("county", "counties")
_PLACE_WORDS: Final = ("place", "places")


class Assembly:
    """Makes the layers of one study, one after the other.

    Parameters
    ----------
    request, services
        What was asked, and of whom.
    found
        What came.
    study_id
        Name of the study folder.
    """

    def __init__(
        self, request: FetchRequest, services: Services, found: Downloads, study_id: str
    ) -> None:
        self._request = request
        self._services = services
        self._found = found
        self._draft = Draft(study_id)
        self._figures = figures_of(found.level)
        self._acs = f"ACS {found.year - 4}-{found.year}"

    def draft(self) -> Draft:
        """Return the files of the study."""
        found, draft = self._found, self._draft
        draft.warnings += found.warnings
        areas = self._need()
        points = self._need_points(areas)
        named = self._neighbourhoods(areas, points)
        has_sites = self._sites(areas)
        self._study(named, has_sites)
        draft.warnings += self._unknown_measures(areas)
        return draft

    def about(self) -> dict[str, Any]:
        """Return how the study was made: what was asked, and every answer."""
        found = self._found
        return {
            "what": "A study fetched by gapmap, which may fetch it again.",
            "state": found.territory.state,
            "counties": [county.geoid for county in found.territory.counties],
            "whole_state": found.territory.is_whole_state,
            "year": found.year,
            "level": found.level.value,
            "sites": self._request.sites,
            "warnings": self._draft.warnings,
            "answers": [
                {"address": address, "sha256": digest, "fetched": day}
                for ledger in found.ledgers.values()
                for address, digest, day in ledger.entries
            ],
        }

    # ------------------------------------------------------------------------------- origins

    def _census(self, what: str) -> Origin:
        fetched = self._found.ledgers["census"].fetched
        return Origin(f"Census Bureau, {what}", self._services.census_url, fetched)

    def _boundaries(self, what: str) -> Origin:
        fetched = self._found.ledgers["boundaries"].fetched
        return Origin(f"Census Bureau, {what}", self._services.boundaries_url, fetched)

    # -------------------------------------------------------------------------------- layers

    def _need(self) -> gpd.GeoDataFrame:
        found = self._found
        has_one_county = len(found.territory.counties) == 1
        # Tracts carry the columns of the eligibility proxy beside their own.
        is_tracts = found.level is Level.TRACT
        figures = self._figures + (eligibility_figures() if is_tracts else ())
        areas, warnings = area_table(
            with_figures(found.estimates, figures),
            found.estimates["NAME"],
            found.shapes,
            has_one_county=has_one_county,
        )
        self._draft.warnings += warnings
        layer = "tracts" if is_tracts else "block_groups"
        plural = "census tract" if is_tracts else "census block group"
        self._draft.add_table(f"{layer}.parquet", areas)
        self._draft.add_layer(
            layer,
            layer_toml(
                Role.NEED,
                title=f"Need by {plural}",
                file=f"{layer}.parquet",
                vintage=f"{self._acs}; boundaries of {found.year}",
                origins=[
                    self._census("American Community Survey, five-year estimates"),
                    self._boundaries("cartographic boundary files, 1:500,000"),
                ],
                method="Published estimates; where several are summed, the margin of error is the "
                "root of the sum of squares, of several zeros only the largest counted (Census "
                f"Bureau). {' '.join(warnings)}".strip(),
                measures=measures_of(self._figures),
            ),
        )
        self._eligibility(areas, layer if is_tracts else "eligibility")
        return areas

    def _eligibility(self, areas: gpd.GeoDataFrame, file: str) -> None:
        """Describe the proxy; tracts have its columns, beside block groups it has a file."""
        found = self._found
        figures = eligibility_figures()
        if found.level is not Level.TRACT:
            counts = with_figures(found.tract_estimates, figures)
            areas, _ = area_table(
                counts.assign(children=counts["children_0_18"]),
                found.tract_estimates["NAME"],
                found.tract_shapes,
                has_one_county=len(found.territory.counties) == 1,
            )
            self._draft.add_table(f"{file}.parquet", areas.drop(columns="children"))
        self._draft.add_layer(
            "eligibility",
            layer_toml(
                Role.ELIGIBILITY,
                title="Children below 1.85 times the poverty level, by census tract",
                file=f"{file}.parquet",
                vintage=f"{self._acs}; boundaries of {found.year}",
                origins=[
                    self._census("American Community Survey, five-year estimates, table B17024"),
                    self._boundaries("cartographic boundary files, 1:500,000"),
                ],
                method=ELIGIBILITY_METHOD,
                proxy=True,
            ),
        )

    def _need_points(self, areas: gpd.GeoDataFrame) -> pd.DataFrame:
        found = self._found
        made = need_points(
            found.blocks, found.centres, areas, codes_match=found.year >= BLOCKS_YEAR
        )
        self._draft.warnings += found.notes_on_points + made.warnings
        uses_blocks = bool(found.blocks)
        self._draft.add_table("need_points.parquet", made.table)
        origins = [self._boundaries("centres of population of block groups, 2020")]
        if uses_blocks:
            origins = [
                self._census("2020 Census, redistricting data (PL 94-171), tables P1 and P3"),
                self._boundaries("TIGER/Line 2020 blocks, internal points"),
            ]
        self._draft.add_layer(
            "need_points",
            layer_toml(
                Role.NEED_POINTS,
                title="Where people live: "
                + ("census blocks" if uses_blocks else "centres of population"),
                file="need_points.parquet",
                vintage=f"{BLOCKS_YEAR} Census",
                origins=origins,
                method=" ".join((made.method, *found.notes_on_points, *made.warnings)),
                measures=measures_of(
                    self._figures, columns={one.id: one.weight.value for one in self._figures}
                ),
            ),
        )
        return made.table

    def _neighbourhoods(self, areas: gpd.GeoDataFrame, points: pd.DataFrame) -> NamedPlaces | None:
        found, counties = self._found, self._found.territory.counties
        origin = self._boundaries("cartographic boundary files, 1:500,000")
        if found.territory.is_whole_state:
            named: NamedPlaces | None = county_neighbourhoods(
                areas, counties, "A whole state is reported by county."
            )
        elif found.places is None:
            named = None
        else:
            named = place_neighbourhoods(found.places, areas, points, counties)
        chosen = [] if named is None else [named]
        if len(counties) > 1 and (named is None or named.role is Role.CONTEXT):
            because = "Counties, as no cities and towns divide the children."
            named = county_neighbourhoods(areas, counties, because)
            chosen.append(named)
        for one in chosen:
            is_context = one.role is Role.CONTEXT
            layer = "places" if is_context else "neighbourhoods"
            self._draft.add_table(f"{layer}.parquet", one.table)
            self._draft.add_layer(
                layer,
                layer_toml(
                    one.role,
                    title="Cities and towns" if one.is_of_places else "Counties",
                    file=f"{layer}.parquet",
                    vintage=str(found.year),
                    origins=[origin],
                    method=f"{one.method} {one.rule}",
                ),
            )
        if named is None or named.role is Role.CONTEXT:
            because = "No child lives in a place with boundaries." if named is None else named.rule
            self._draft.warnings.append(
                f"There are no neighbourhoods to rank by. {because} Add a layer of your own to "
                "name some."
            )
        return named

    def _sites(self, areas: gpd.GeoDataFrame) -> bool:
        """Add the sites, if they were wanted and can be read; say whether there are any."""
        if self._found.sites is None:
            return False
        raw, year = self._found.sites
        cut = cut_to_study(raw, areas)
        if cut.table.empty:
            self._draft.warnings.append(f"No published site lies in the study. {cut.note}")
            return False
        self._draft.add_list("sites.csv", cut.table)
        if cut.format is None:
            self._draft.warnings.append(
                f"{cut.note} They are in sites.csv, and no layer yet: bring that file in on the "
                "Data page, which asks what each column is."
            )
            return False
        ledger = self._found.ledgers["sites"]
        self._draft.add_layer(
            "sites",
            layer_toml(
                Role.SITES,
                title=f"Summer meal sites {year}",
                file="sites.csv",
                vintage=f"Summer {year}",
                origins=[
                    Origin(
                        "Department of Agriculture (FNS), Summer Meal Site Finder",
                        self._services.sites_url,
                        ledger.fetched,
                    )
                ],
                method=cut.note,
                format=cut.format,
                crs="EPSG:4326",
            ),
        )
        return True

    def _study(self, named: NamedPlaces | None, has_sites: bool) -> None:
        found = self._found
        words: dict[str, str] = {}
        if named is not None and named.role is Role.NEIGHBOURHOODS:
            pair = _PLACE_WORDS if named.is_of_places else _COUNTY_WORDS
            words |= {"neighbourhood": pair[0], "neighbourhoods": pair[1]}
            words |= {"group": _COUNTY_WORDS[0], "groups": _COUNTY_WORDS[1]}
        if found.level is Level.BLOCK_GROUP:
            words |= {"area": "block group", "areas": "block groups"}
        sites = (
            f", and the summer meal sites of {found.sites[1]}" if has_sites and found.sites else ""
        )
        area = "census tract" if found.level is Level.TRACT else "census block group"
        self._draft.add_study(
            {
                "name": found.territory.name,
                "summary": f"Children under 18 by {area} ({self._acs}){sites}.",
                "need": self._figures[0].id,
                "reach": _REACH,
                "margin": f"{MARGIN_M / 1000:g}km" if has_sites else None,
                "words": words,
            }
        )

    def _unknown_measures(self, areas: gpd.GeoDataFrame) -> list[str]:
        """Say which measures nobody published for any area."""
        return [
            f"{figure.label}: unknown in every {self._found.level}; table {figure.table} has no "
            "estimates here."
            for figure in self._figures
            if areas[figure.id].isna().all()
        ]
