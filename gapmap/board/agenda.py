"""Everything else that is done to a board: propose, correct, comment, decide, undo."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError, field_validator

from gapmap.board.changes import Change, Scene
from gapmap.board.claims import Advance, Release, Take
from gapmap.board.matters import (
    ABOUT_CLAIMING,
    ABOUT_SCENARIO,
    ABOUT_TITLE,
    MATTERS,
    Decision,
    MapView,
    Show,
)
from gapmap.board.sharing import Answer, AskFor, HandOver, Rejoin, Split
from gapmap.board.undo import Undo
from gapmap.board.values import AreaId, Key, Name, Note, Section, new_id, read_matter
from gapmap.errors import RequestError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gapmap.board.values import Patch

__all__ = [
    "AnyChange",
    "Decide",
    "Put",
    "Remove",
    "SetClaiming",
    "SetScenario",
    "SetTitle",
    "read_change",
]

_LARGEST_SCENARIO: Final = 64_000

_SINGULAR: Final = {
    Section.SITES: "proposed site",
    Section.CORRECTIONS: "correction",
    Section.COMMENTS: "comment",
    Section.ACTIVITIES: "activity",
    Section.DECISIONS: "decision",
}

_Laid: TypeAlias = Literal[Section.SITES, Section.CORRECTIONS, Section.COMMENTS, Section.ACTIVITIES]


class Put(Change):
    """Lay something on the board, or change what lies there under the same identifier."""

    do: Literal["put"] = "put"
    section: _Laid
    id: Key = Field(default_factory=new_id)
    value: dict[str, Any]

    def plan(self, scene: Scene) -> Patch:
        """Check it as what it should be, and lay it down."""
        del scene
        form = MATTERS[self.section]
        matter = read_matter(form, self.value, what=_SINGULAR[self.section])
        return {self.section: {self.id: matter.as_json()}}


class Remove(Change):
    """Take something off the board; its history stays."""

    do: Literal["remove"] = "remove"
    section: Literal[_Laid, Section.DECISIONS]
    id: Key

    def plan(self, scene: Scene) -> Patch:
        """Take it away."""
        there = scene.state.section(self.section)
        if self.id not in there:
            raise UnknownNameError(_SINGULAR[self.section], self.id, there)
        return {self.section: {self.id: None}}


class Decide(Change):
    """Write a decision down, with the state of the board and the map on which it was made.

    ``on_revision`` is the one that whoever decides has before them; the present one otherwise.
    """

    is_for_facilitator: ClassVar[bool] = True

    do: Literal["decide"] = "decide"
    id: Key = Field(default_factory=new_id)
    text: Annotated[Note, Field(min_length=1)]
    hands: Show | None = None
    due: date | None = None
    areas: tuple[AreaId, ...] = ()
    view: MapView | None = None
    on_revision: Annotated[int, Field(ge=1)] | None = None

    def plan(self, scene: Scene) -> Patch:
        """Freeze the decision on the revision that was looked at."""
        if scene.state.value(Section.DECISIONS, self.id) is not None:
            raise RequestError(f"There is a decision {self.id} already. A decision stays as it is.")
        present = scene.state.revision
        if self.on_revision is not None and self.on_revision > present:
            raise RequestError(
                f"A decision on revision {self.on_revision} was asked for, and the board is at "
                f"{present}. Decide on one that there is."
            )
        decision = Decision(
            text=self.text,
            on_revision=self.on_revision or present,
            hands=self.hands,
            due=self.due,
            geoids=scene.keys(self.areas) if self.areas else (),
            view=self.view,
        )
        return {Section.DECISIONS: {self.id: decision.as_json()}}


class SetTitle(Change):
    """Call the board something else."""

    is_for_facilitator: ClassVar[bool] = True

    do: Literal["title"] = "title"
    title: Name

    def plan(self, scene: Scene) -> Patch:
        """Set the title."""
        del scene
        return {Section.ABOUT: {ABOUT_TITLE: {"text": self.title}}}


class SetScenario(Change):
    """Put another question to the map that everybody looks at."""

    is_for_facilitator: ClassVar[bool] = True

    do: Literal["scenario"] = "scenario"
    scenario: dict[str, Any]

    @field_validator("scenario")
    @classmethod
    def _is_small_json(cls, scenario: dict[str, Any]) -> dict[str, Any]:
        try:
            text = json.dumps(scenario, ensure_ascii=False, allow_nan=False)
            size = len(text.encode())
        except (TypeError, ValueError):
            raise ValueError("a scenario is JSON: texts, numbers, lists and objects") from None
        if size > _LARGEST_SCENARIO or "\\u0000" in text:
            raise ValueError(f"a scenario has at most {_LARGEST_SCENARIO:,} bytes of plain text")
        return scenario

    def plan(self, scene: Scene) -> Patch:
        """Set the scenario."""
        del scene
        return {Section.ABOUT: {ABOUT_SCENARIO: self.scenario}}


class SetClaiming(Change):
    """Open or close claiming for the partners."""

    is_for_facilitator: ClassVar[bool] = True

    do: Literal["claiming"] = "claiming"
    is_open: bool

    def plan(self, scene: Scene) -> Patch:
        """Set whether partners may claim."""
        del scene
        return {Section.ABOUT: {ABOUT_CLAIMING: {"is_open": self.is_open}}}


AnyChange: TypeAlias = (
    Take
    | Release
    | Advance
    | HandOver
    | AskFor
    | Answer
    | Split
    | Rejoin
    | Put
    | Remove
    | Decide
    | SetTitle
    | SetScenario
    | SetClaiming
    | Undo
)
"""Every change that somebody may ask for."""

_ANY: Final[TypeAdapter[AnyChange]] = TypeAdapter(Annotated[AnyChange, Field(discriminator="do")])


def read_change(given: Mapping[str, Any]) -> AnyChange:
    """Make a change of JSON from outside: ``{"do": "take", "areas": [...], "partner": ...}``.

    Raises
    ------
    RequestError
        If it is none, with the first thing that is wrong.
    """
    try:
        return _ANY.validate_python(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:])
        raise RequestError(
            f"This change of a board cannot be used. {place}: {first['msg']}."
        ) from None
