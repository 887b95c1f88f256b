"""Settings to concrete adapters: the only module that knows them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gapmap import usecases
from gapmap.errors import GapmapError
from gapmap.layers.catalogue import StudySpec, parse_study
from gapmap.settings import Settings
from gapmap.sources.files import RawTable, read_table, read_upload
from gapmap.sources.folders import find_file, find_studies, read_descriptions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gapmap.layers.sites import CheckedSites
    from gapmap.model import Study

__all__ = ["StudyCard", "Workspace", "open_workspace"]


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

    def studies(self) -> tuple[StudyCard, ...]:
        """List the studies. A broken one is listed with what is wrong with it."""
        return tuple(self._card(name) for name in sorted(find_studies(self.settings.layer_folders)))

    def _card(self, name: str) -> StudyCard:
        try:
            spec = self.describe(name)
            for layer in spec.layers:
                for file in layer.files:
                    find_file(file, self.settings.data_folders)
        except GapmapError as error:
            return StudyCard(name, name, "", str(error))
        return StudyCard(name, spec.name, spec.summary)

    def describe(self, name: str) -> StudySpec:
        """Return the description of a study, its files unread."""
        return parse_study(name, read_descriptions(name, self.settings.layer_folders))

    def load_study(self, name: str) -> Study:
        """Read, standardise and check a study."""

        def read(file: str) -> RawTable:
            return read_table(find_file(file, self.settings.data_folders))

        return usecases.load_study(self.describe(name), read)

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


def open_workspace(settings: Settings | None = None) -> Workspace:
    """Open the studies that the environment points to."""
    return Workspace(settings or Settings.from_environment())
