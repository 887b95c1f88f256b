"""An uploaded site list, read and put through the import gate as often as something changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gapmap import usecases
from gapmap.errors import GapmapError
from gapmap.layers.gate.columns import find_layout
from gapmap.sources.files import read_upload
from gapmap.webapp import cached, session

if TYPE_CHECKING:
    from gapmap.layers.gate.settlement import Settling
    from gapmap.model import Study
    from gapmap.webapp.session import Upload

__all__ = ["check_list", "read_list", "settle_list"]


def read_list(study: Study, content: bytes, name: str, digest: str) -> Upload:
    """Read a list and remember it; one of a known layout is checked at once."""
    try:
        raw = read_upload(content, name)
    except GapmapError as error:
        return session.remember(study, session.Upload(digest=digest, name=name, problem=str(error)))
    names = [str(column) for column in raw.table.columns]
    has_shapes = "geometry" in names
    upload = session.Upload(
        digest=digest,
        name=name,
        raw=raw,
        columns=tuple(column for column in names if column != "geometry"),
        has_shapes=has_shapes,
        is_recognised=find_layout(names, has_shapes=has_shapes, may_lack_places=True) is not None,
    )
    return check_list(study, upload) if upload.is_recognised else session.remember(study, upload)


def check_list(study: Study, upload: Upload) -> Upload:
    """Put a list through the gate as it stands, and remember what the gate says."""
    assert upload.raw is not None
    places = None if upload.settling is None else upload.settling.places()
    try:
        checked = usecases.check_sites(
            upload.raw,
            study=study,
            margin_m=cached.workspace().describe(study.id).margin_m,
            columns=upload.mapped,
            constants=upload.constants,
            places=places,
        )
    except GapmapError as error:
        return session.remember(study, upload.with_answer(problem=str(error)))
    return session.remember(study, upload.with_answer(checked=checked))


def settle_list(study: Study, settling: Settling) -> None:
    """Keep what was found and decided, and check the list again."""
    upload = session.upload(study)
    if upload is not None:
        check_list(study, replace(upload, settling=settling))
