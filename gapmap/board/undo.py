"""Taking a change back: an event of its own, with the inverse of the other's patch.

Nothing is taken back over somebody's head: what was changed again since stays, and the undo is
refused. An undo is undone like any other change, which is a redo.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gapmap.board.changes import Change, Scene, named_some
from gapmap.board.claims import conflict_with
from gapmap.board.values import Event, Patch, Section
from gapmap.errors import ConflictError, RequestError

__all__ = ["Undo"]


class Undo(Change):
    """Take back the change that led to a revision."""

    do: Literal["undo"] = "undo"
    revision: Annotated[int, Field(ge=1)]

    @property
    def undoes(self) -> int:
        """The revision that it takes back."""
        return self.revision

    def plan(self, scene: Scene) -> Patch:
        """Return the other change's inverse, if what it changed is still as it left it."""
        event = scene.event(self.revision)
        if event.kind == "create":
            raise RequestError(
                f"Revision {self.revision} made the board: it cannot be undone. Leave the board, "
                "or make another."
            )
        wrong = [
            conflict_with(key, scene.state.claim(key) if section == Section.CLAIMS else None, why)
            for section, key, why in _changed_since(scene, event)
        ]
        if wrong:
            said = [f"{one['key']} {one['reason']}" for one in wrong]
            raise ConflictError(
                f"Revision {self.revision} cannot be undone any more: {named_some(said)}. Undo "
                "the later changes first.",
                wrong,
            )
        return event.inverse


def _changed_since(scene: Scene, event: Event) -> list[tuple[str, str, str]]:
    found = []
    for section, values in event.patch.items():
        for key, left in values.items():
            entry = scene.state.sections.get(section, {}).get(key)
            if (None if entry is None else entry.value) != left:
                since = "is gone since" if entry is None else f"changed in {entry.revision}"
                found.append((section, key, since))
    return found
