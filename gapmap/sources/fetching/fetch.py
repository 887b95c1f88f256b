"""A study fetched: asked for, put together, and put in its place whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gapmap.errors import CancelledError, RequestError
from gapmap.rules import Level
from gapmap.sources.fetching.assemble import Assembly
from gapmap.sources.fetching.downloads import download, survey
from gapmap.sources.fetching.errands import Line
from gapmap.sources.fetching.folder import place_for
from gapmap.sources.fetching.request import Fetched

if TYPE_CHECKING:
    from collections.abc import Callable

    from gapmap.sources.fetching.counties import Territory
    from gapmap.sources.fetching.request import FetchRequest, Progress, Services

__all__ = ["fetch_study"]


def fetch_study(
    request: FetchRequest,
    services: Services,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Fetched:
    """Fetch a study of some counties or a state, and put it in its place whole.

    Killed at any moment and run again, it goes on where it was: what was downloaded is not asked
    for again, and until the study is whole nothing is in its place.

    Parameters
    ----------
    request
        What is wanted.
    services
        Who is asked, and where studies are kept.
    progress
        Told of every step.
    is_cancelled
        Whether somebody stopped it; asked between downloads.

    Raises
    ------
    UnknownNameError, RequestError
        If the state or a county is none or could be several, or the study cannot be written.
    SourceError
        If a service does not answer, or not as it should; KeyNeededError if it asks for a key.
    CancelledError
        If somebody stopped it.
    """
    try:
        return _fetch(request, services, Line(progress, is_cancelled))
    except CancelledError:
        raise CancelledError(
            "The fetch was stopped. What was downloaded is kept: the same command goes on from "
            "there."
        ) from None


def _fetch(request: FetchRequest, services: Services, line: Line) -> Fetched:
    surveyed = survey(request, services, line)
    folder = request.out
    if folder is None and services.studies_folder is not None:
        folder = services.studies_folder / (request.id or _usual_id(request, surveyed.territory))
    if folder is None:
        raise RequestError("There is no folder for fetched studies. Set GAPMAP_STUDIES.")
    with place_for(folder) as place:
        found = download(request, surveyed, line)
        line.begin("Putting the study together")
        assembly = Assembly(request, services, found, place.folder.name)
        draft = assembly.draft()
        files = draft.finished(assembly.about())
        line.stop_if_cancelled()
        place.put(files)
    line.finish("The study is written")
    return Fetched(
        folder=place.folder,
        study_id=place.folder.name,
        name=found.territory.name,
        warnings=tuple(draft.warnings),
        contents=draft.contents,
    )


def _usual_id(request: FetchRequest, territory: Territory) -> str:
    is_tracts = request.level is Level.TRACT
    return territory.id if is_tracts else f"{territory.id}-block-groups"
