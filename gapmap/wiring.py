"""Settings to concrete adapters: the only module that knows them all."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gapmap import usecases
from gapmap.errors import GapmapError
from gapmap.layers.catalogue import StudySpec, parse_study
from gapmap.settings import Settings
from gapmap.sources.files import RawTable, read_table, read_upload
from gapmap.sources.folders import (
    find_file,
    find_studies,
    find_study,
    read_descriptions,
    study_at,
)
from gapmap.sources.whatif_files import WhatIfCard, WhatIfFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from gapmap.board.store import Store
    from gapmap.layers.gate.settlement import Settling
    from gapmap.layers.sites import CheckedSites
    from gapmap.model import Study
    from gapmap.sources.fetching import Fetched, FetchRequest, Progress
    from gapmap.whatifs.values import WhatIf

__all__ = ["StudyCard", "WhatIfCard", "Workspace", "open_workspace"]


@dataclass(frozen=True, slots=True)
class StudyCard:
    """A study in a list, and what keeps it from being opened, if anything does."""

    id: str
    name: str
    summary: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """The studies and files within sight of this installation."""

    settings: Settings

    def with_folders(self, *folders: Path) -> Workspace:
        """Return the workspace with more folders of studies, searched before the others."""
        more = (*folders, *self.settings.layer_folders)
        return Workspace(replace(self.settings, layer_folders=more))

    def folder(self, name_or_path: str) -> Path:
        """Return the folder of a study given by name or by path.

        A name that exists as a study wins over a folder of that name here; ``./name`` is the
        folder.
        """
        found = self._folders()
        folder = None if name_or_path in found else study_at(name_or_path)
        return folder or find_study(name_or_path, found)

    def at(self, name_or_path: str) -> tuple[Workspace, str]:
        """Return a workspace that has a study given by name or by path, and the study's name."""
        folder = self.folder(name_or_path)
        if self._folders().get(folder.name) == folder:
            return self, folder.name
        return self.with_folders(folder), folder.name

    def studies(self) -> tuple[StudyCard, ...]:
        """List the studies, folder by folder. A broken one is listed with what is wrong with it."""
        return tuple(self._card(name) for name in self._folders())

    def _folders(self) -> dict[str, Path]:
        return find_studies(self.settings.layer_folders, self.settings.studies_folder)

    def _places(self, name: str) -> tuple[Path, ...]:
        """Where a study's files are looked up: beside its description first."""
        return (find_study(name, self._folders()), *self.settings.data_folders)

    def _card(self, name: str) -> StudyCard:
        try:
            spec = self.describe(name)
            for layer in spec.layers:
                for file in layer.files:
                    find_file(file, self._places(name))
        except GapmapError as error:
            return StudyCard(name, name, "", str(error))
        return StudyCard(name, spec.name, spec.summary)

    def describe(self, name: str) -> StudySpec:
        """Return the description of a study, its files unread."""
        return parse_study(name, read_descriptions(find_study(name, self._folders())))

    def load_study(self, name: str) -> Study:
        """Read, standardise and check a study."""
        places = self._places(name)

        def read(file: str) -> RawTable:
            return read_table(find_file(file, places))

        return usecases.load_study(self.describe(name), read)

    @property
    def _what_if_files(self) -> WhatIfFiles:
        return WhatIfFiles(self.settings.what_ifs_folder)

    def what_ifs(self, study_id: str) -> tuple[WhatIfCard, ...]:
        """List the saved what-ifs of a study by name. A broken one is listed with its problem."""
        return self._what_if_files.cards(study_id)

    def load_what_if(self, study_id: str, name_or_path: str, *, may_be_path: bool = True) -> WhatIf:
        """Read a what-if of a study by its name or, unless a browser sent that, by a path."""
        return self._what_if_files.load(study_id, name_or_path, may_be_path=may_be_path)

    def save_what_if(self, what_if: WhatIf, *, replace: bool = False) -> Path:
        """Save a what-if among those of its study; one of its name is replaced only if told to."""
        return self._what_if_files.save(what_if, over=replace)

    def remove_what_if(self, study_id: str, name: str) -> None:
        """Remove a saved what-if."""
        self._what_if_files.remove(study_id, name)

    def open_boards(self) -> Store:
        """Open the shared boards, making their database if there is none; close it after use."""
        from gapmap.board.store import open_store

        return open_store(self.settings.database_url)

    def fetch(
        self,
        request: FetchRequest,
        progress: Callable[[Progress], None] = lambda _: None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Fetched:
        """Fetch a study of counties or a state; it is within sight afterwards."""
        from gapmap.sources.fetching import Services, fetch_study
        from gapmap.sources.http import Courier

        settings = self.settings
        services = Services(
            courier=Courier(
                settings.cache_folder, is_cancelled=is_cancelled, refresh=request.refresh
            ),
            studies_folder=settings.studies_folder,
            census_url=settings.census_url,
            boundaries_url=settings.boundaries_url,
            sites_url=settings.sites_url,
            census_key=settings.census_key,
        )
        return fetch_study(request, services, progress=progress, is_cancelled=is_cancelled)

    def check_sites(
        self,
        content: bytes,
        file_name: str,
        *,
        columns: Mapping[str, str] | None = None,
        study: Study | None = None,
    ) -> CheckedSites:
        """Put an uploaded site list through the import gate; its content is not trusted."""
        return self._check(read_upload(content, file_name), columns, study)

    def check_sites_file(
        self,
        path: Path,
        *,
        columns: Mapping[str, str] | None = None,
        study: Study | None = None,
    ) -> CheckedSites:
        """Put a site list on disk through the import gate; its content is not trusted either."""
        return self._check(read_table(path, trusted=False), columns, study)

    def _check(
        self, raw: RawTable, columns: Mapping[str, str] | None, study: Study | None
    ) -> CheckedSites:
        margin_m = 0.0 if study is None else self.describe(study.id).margin_m
        return usecases.check_sites(raw, study=study, margin_m=margin_m, columns=columns)

    def counties(self, state: str) -> tuple[str, ...]:
        """Return the names of a state's counties, as the newest survey has them."""
        from gapmap.sources.census_api import CensusApi
        from gapmap.sources.http import Courier

        settings = self.settings
        # Somebody waits for this in front of a form.
        courier = Courier(settings.cache_folder, tries=2, read_s=20.0)
        census = CensusApi(courier, settings.census_url, settings.census_key)
        names = census.counties(state, census.newest_year())["NAME"]
        return tuple(sorted(str(name).partition(",")[0].strip() for name in names))

    def look_up(
        self,
        unplaced: pd.DataFrame,
        *,
        progress: Callable[[int, int], None] | None = None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Settling:
        """Look addresses up with the Census geocoder; nothing but their parts is sent.

        Parameters
        ----------
        unplaced
            Rows of a list without coordinates, as :func:`gapmap.usecases.check_sites` found them.
        progress
            Told how many different addresses are done, of how many.
        is_cancelled
            Asked while it goes on.
        """
        from gapmap.layers.gate.settlement import Settling
        from gapmap.sources.geocoder import Geocoder
        from gapmap.sources.http import Courier

        # Answers are kept by address; what was sent is not kept at all.
        with tempfile.TemporaryDirectory(prefix="gapmap-geocoder-") as folder:
            courier = Courier(Path(folder), read_s=300.0, is_cancelled=is_cancelled)
            geocoder = Geocoder(
                courier,
                self.settings.geocoder_url,
                cache_folder=self.settings.cache_folder,
                today=courier.today,
                is_cancelled=is_cancelled,
            )
            asked = unplaced.rename(columns={"row": "id"})
            # What is no address by the gate's own reading is not sent.
            asked["street"] = asked["street"].where(unplaced["missing"] == "", "")
            return Settling.of(unplaced, geocoder.locate(asked, progress))

    def geocode_sites_file(
        self,
        path: Path,
        *,
        columns: Mapping[str, str] | None = None,
        constants: Mapping[str, str] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> tuple[pd.DataFrame, Settling]:
        """Look up the addresses of a site list on disk.

        Returns
        -------
        The list with its places filled in and without personal columns, and what was found for
        each row that had no place.
        """
        raw = read_table(path, trusted=False)
        checked = usecases.check_sites(raw, columns=columns, constants=constants)
        settling = self.look_up(checked.unplaced, progress=progress)
        filled = usecases.fill_places(raw, settling.places(), columns=columns, constants=constants)
        return filled, settling


def open_workspace(settings: Settings | None = None) -> Workspace:
    """Open the studies that the environment points to."""
    return Workspace(settings or Settings.from_environment())
