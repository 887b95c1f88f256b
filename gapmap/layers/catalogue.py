"""Study and layer descriptions: TOML text in, checked frozen values out.

A study is a folder with ``study.toml`` and one TOML file a layer. A new city, service or need
measure is added here and nowhere else.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from gapmap.errors import LayerError
from gapmap.model import Measure, Reach, Role, Words
from gapmap.rules import Adjacency, Basis, EligibilityRules

__all__ = [
    "ControlSpec",
    "ControlsSpec",
    "LayerSpec",
    "MeasureSpec",
    "StudySpec",
    "TableSpec",
    "UnknownSpec",
    "parse_study",
]

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

_Form = TypeVar("_Form", bound=BaseModel)

_ONE_OF_A_KIND: Final = (Role.NEED, Role.NEED_POINTS, Role.NEIGHBOURHOODS, Role.DISTANCES)


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MeasureSpec(_Spec):
    """One need measure of a layer: its column and how to speak of it.

    Several columns are added up, and so are their margins of error.
    """

    column: Text | tuple[Text, ...]
    label: Text = "People in need"
    unit: Text = "people"
    moe: Text | tuple[Text, ...] | None = None
    method: str = ""


class TableSpec(_Spec):
    """A second file with attributes, joined to the layer's shapes on the key.

    ``unmatched`` says how many rows may fail to join on either side. It is 0 unless somebody
    has looked at them: polygons and tables of different vintages join almost everywhere.
    """

    file: Text
    key: Text
    unmatched: Annotated[int, Field(ge=0)] = 0


class UnknownSpec(_Spec):
    """What stands in this file where there is no estimate, besides the usual texts and numbers."""

    texts: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()


class ControlSpec(_Spec):
    """The columns of one measure in the table of published totals."""

    column: Text
    moe: Text


class ControlsSpec(_Spec):
    """The published totals that a model spread over the areas of a need layer.

    ``key`` names a total in ``file``; ``area_key`` is the column of the layer that says from
    which total an area's figure was spread.
    """

    file: Text
    key: Text
    area_key: Text
    title: Text
    measures: Mapping[str, ControlSpec]


class LayerSpec(_Spec):
    """One layer of a study."""

    id: Text
    role: Role
    title: Text
    file: Text
    source: Text
    vintage: Text
    licence: Text
    method: str = ""
    modelled: bool = False
    illustrative: bool = False
    crs: Text | None = None
    format: Text | None = None
    columns: Mapping[str, Text] = {}
    constants: Mapping[str, str] = {}
    values: Mapping[str, Mapping[str, str]] = {}
    table: TableSpec | None = None
    measures: Mapping[str, MeasureSpec] = {}
    unknown: UnknownSpec = UnknownSpec()
    controls: ControlsSpec | None = None
    proxy: bool = False
    radius: Text | float | None = None
    determined: date | None = None
    fetched: date | None = None
    points: bool = False

    @model_validator(mode="after")
    def _fits_its_role(self) -> LayerSpec:
        if self.role in (Role.NEED, Role.NEED_POINTS) and not self.measures:
            raise ValueError(f"a layer of role {self.role} needs at least one [measures.NAME]")
        if self.role not in (Role.NEED, Role.NEED_POINTS) and self.measures:
            raise ValueError(f"a layer of role {self.role} cannot have [measures]")
        if self.format and self.role is not Role.SITES:
            raise ValueError("only a layer of role sites can have a format")
        if self.modelled and not self.method:
            raise ValueError("a modelled layer needs a method: one sentence on how it was made")
        if self.controls and self.role is not Role.NEED:
            raise ValueError("only a layer of role need can have [controls]")
        if self.proxy and self.role is not Role.ELIGIBILITY:
            raise ValueError("only a layer of role eligibility can be a proxy")
        if self.points and self.role is not Role.NEED:
            raise ValueError("only a layer of role need can have its areas drawn around points")
        if self.radius is not None and self.role is not Role.SCHOOLS:
            raise ValueError("only a layer of role schools can have a radius")
        if self.determined and self.role not in (Role.ELIGIBILITY, Role.SCHOOLS):
            raise ValueError("only a layer of role eligibility or schools can be determined")
        return self

    @property
    def files(self) -> tuple[str, ...]:
        """Every file the layer is read from."""
        more = (part.file for part in (self.table, self.controls) if part is not None)
        return tuple(dict.fromkeys((self.file, *more)))


class _View(_Spec):
    within: Text | None = None


class _Rules(_Spec):
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    floor: Annotated[float, Field(ge=0, le=1)] = 0.4
    largest_set: Annotated[int, Field(ge=1, le=3)] = 3
    adjacency: Adjacency = Adjacency.STRICT
    basis: Basis = Basis.TO_18
    school_radius: Text | float | None = None
    rural: tuple[Text, ...] = ()
    not_rural: tuple[Text, ...] = ()

    def checked(self) -> EligibilityRules:
        given = self.model_dump(exclude={"school_radius"})
        radius = self.school_radius
        return EligibilityRules(
            **given, school_radius_m=0.0 if radius is None else Reach.parse(radius).metres
        )


def _known_zone(name: str) -> str:
    """Refuse a time zone that nobody keeps: a meeting's times would be somebody else's."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            "it is no time zone of the IANA list; write one as America/New_York, or leave it out"
        ) from None
    return name


TimeZone = Annotated[Text, AfterValidator(_known_zone)]


class _StudyText(_Spec):
    name: Text
    summary: Text
    need: Text
    reach: Text | float = "0.5mi"
    margin: Text | float | None = None
    public_kinds: tuple[Text, ...] = ("open", "restricted open")
    desert_need: Annotated[float, Field(ge=0)] = 50.0
    time_zone: TimeZone | None = None
    view: _View = _View()
    words: Words = Words()
    eligibility: _Rules = _Rules()


class StudySpec(_Spec):
    """A study as described, before any of its files is read."""

    id: Text
    name: Text
    summary: Text
    need: Text
    reach: Reach
    margin_m: float
    public_kinds: tuple[str, ...]
    desert_need: float
    view_within: str | None
    time_zone: str | None
    words: Words
    layers: tuple[LayerSpec, ...]
    rules: EligibilityRules = EligibilityRules()

    def of_role(self, role: Role) -> tuple[LayerSpec, ...]:
        """Return the layers of one role, in the order of their names."""
        return tuple(layer for layer in self.layers if layer.role is role)

    @property
    def measures(self) -> dict[str, Measure]:
        """The need measures, the default one first."""
        (layer,) = self.of_role(Role.NEED)
        ordered = sorted(layer.measures, key=lambda name: name != self.need)
        return {
            name: Measure(
                id=name,
                label=layer.measures[name].label,
                unit=layer.measures[name].unit,
                method=layer.measures[name].method or layer.method,
                is_modelled=layer.modelled,
            )
            for name in ordered
        }


def parse_study(study_id: str, files: Mapping[str, str]) -> StudySpec:
    """Read the TOML texts of one study folder.

    Parameters
    ----------
    study_id
        Name of the folder.
    files
        Text by file name, ``study.toml`` among them; every other one is a layer.

    Raises
    ------
    LayerError
        Naming the file, the key, what was found and what was expected.
    """
    if "study.toml" not in files:
        raise LayerError(f"The folder of study {study_id} has no study.toml.")
    head = _checked(
        _StudyText, _toml(study_id, "study.toml", files["study.toml"]), study_id, "study.toml"
    )
    layers = tuple(
        _checked(
            LayerSpec,
            {"id": name.removesuffix(".toml"), **_toml(study_id, name, text)},
            study_id,
            name,
        )
        for name, text in sorted(files.items())
        if name != "study.toml"
    )
    _check_roles(study_id, layers, head.need)
    return StudySpec(
        id=study_id,
        name=head.name,
        summary=head.summary,
        need=head.need,
        reach=Reach.parse(head.reach),
        margin_m=0.0 if head.margin is None else Reach.parse(head.margin).metres,
        public_kinds=tuple(kind.lower() for kind in head.public_kinds),
        desert_need=head.desert_need,
        view_within=head.view.within,
        time_zone=head.time_zone,
        words=head.words,
        layers=layers,
        rules=head.eligibility.checked(),
    )


def _check_roles(study_id: str, layers: tuple[LayerSpec, ...], need: str) -> None:
    count = Counter(layer.role for layer in layers)
    if not count[Role.NEED]:
        raise LayerError(f"Study {study_id} has no layer of role need: nothing to measure.")
    for role in _ONE_OF_A_KIND:
        if count[role] > 1:
            names = ", ".join(f"{layer.id}.toml" for layer in layers if layer.role is role)
            raise LayerError(
                f"Study {study_id} has {count[role]} layers of role {role} ({names}); keep one."
            )
    (need_layer,) = (layer for layer in layers if layer.role is Role.NEED)
    if need not in need_layer.measures:
        raise LayerError(
            f"Study {study_id} asks for the measure “{need}”, but {need_layer.id}.toml has "
            f"{', '.join(need_layer.measures)}."
        )


def _toml(study_id: str, name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LayerError(f"{study_id}/{name} is not TOML: {error}.") from None


def _checked(form: type[_Form], content: dict[str, Any], study_id: str, name: str) -> _Form:
    try:
        return form.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        if first["type"] == "missing":
            problem = "is missing"
        elif first["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            problem = "is not a key that gapmap knows here"
            if len(first["loc"]) == 1:
                known = ", ".join(field for field in form.model_fields if field != "id")
                problem += f"; there are: {known}"
        else:
            problem = f"is {first['input']!r}: {first['msg'].removeprefix('Value error, ')}"
            if first["loc"] == ():
                problem = first["msg"].removeprefix("Value error, ")
        more = f" ({error.error_count() - 1} more problems)" if error.error_count() > 1 else ""
        raise LayerError(f"{study_id}/{name}: {where} {problem}{more}.") from None
