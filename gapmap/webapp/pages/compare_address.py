"""What is compared on the page Compare, as the parameters of an address, and back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gapmap.errors import GapmapError
from gapmap.webapp.address import default_view
from gapmap.whatifs import AS_IT_IS, WhatIf, as_it_is, from_link, to_link, without_strangers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gapmap.model import Study

__all__ = [
    "NEW_NAME",
    "CompareView",
    "compare_of",
    "compare_query",
    "default_compare",
    "groups_of",
    "side_name",
    "strangers_words",
]

NEW_NAME: Final = "My what-if"
"""How a what-if is called before anybody names it."""
_TODAY: Final = "As it is today"
_NAMED: Final = 5


@dataclass(frozen=True)
class CompareView:
    """Everything that a link to the page Compare holds.

    Parameters
    ----------
    first, second
        The what-if on the left and the one on the right, which is edited.
    within
        The part of the study that both are asked about; None for the whole of it.
    """

    first: WhatIf
    second: WhatIf
    within: str | None = None

    def editing(self, second: WhatIf) -> CompareView:
        """Return the view with the right what-if changed."""
        return replace(self, second=second)

    def against(self, first: WhatIf) -> CompareView:
        """Return the view with another what-if on the left."""
        return replace(self, first=first)


def default_compare(study: Study, within: str | None = None) -> CompareView:
    """Return the view before anybody has touched a control: today, and nothing changed yet.

    Parameters
    ----------
    study
        The study.
    within
        The part of it that the page Gaps shows.
    """
    return CompareView(as_it_is(study.id), WhatIf(NEW_NAME, study.id), within)


def groups_of(study: Study) -> list[str]:
    """Return the parts of a study that can be asked about."""
    places = study.neighbourhoods
    return [] if places is None else sorted(places["group"].dropna().unique().tolist())


def side_name(what_if: WhatIf) -> str:
    """Name a what-if as a heading does."""
    return _TODAY if what_if.name == AS_IT_IS else what_if.name


def strangers_words(strangers: Sequence[str], study: Study) -> str:
    """Say what of a what-if was left out because the study no longer has it."""
    shown = ", ".join(strangers[:_NAMED]) + (", …" if len(strangers) > _NAMED else "")
    return (
        f"The list of {study.words.sites} in use does not have {shown}: what was said about "
        f"{'it' if len(strangers) == 1 else 'them'} is left out."
    )


def compare_of(
    query: Mapping[str, Sequence[str]], usual: CompareView, study: Study
) -> tuple[CompareView, tuple[str, ...]]:
    """Read a view from an address.

    Returns
    -------
    The view, as ``usual`` in what the address does not say or cannot mean here; and what was
    wrong with it, a sentence each.
    """
    view, problems = usual, []

    def one(name: str) -> str:
        values = query.get(name)
        return values[-1] if values else ""

    if one("within") == "all":
        view = replace(view, within=None)
    elif one("within") in groups_of(study):
        view = replace(view, within=one("within"))
    for name in ("left", "right"):
        if not one(name):
            continue
        try:
            found = from_link(one(name))
        except GapmapError as error:
            problems.append(str(error))
            continue
        if found.study != study.id:
            problems.append(
                f"“{found.name}” in the link is about the study “{found.study}”, not about "
                f"“{study.id}”. Ask for the whole link."
            )
            continue
        fitting, strangers = without_strangers(study, found)
        if strangers:
            problems.append(strangers_words(strangers, study))
        view = view.against(fitting) if name == "left" else view.editing(fitting)
    return view, tuple(problems)


def compare_query(view: CompareView, study: Study) -> tuple[dict[str, str | list[str]], str]:
    """Write a view as the parameters of an address, without what is usual.

    Returns
    -------
    The parameters, and why a what-if is not among them; empty where all are.
    """
    usual = default_compare(study, default_view(study).scenario.within)
    query: dict[str, str | list[str]] = {"study": study.id}
    problem = ""
    if view.within != usual.within:
        query["within"] = view.within or "all"
    for name, what_if, standard in (
        ("left", view.first, usual.first),
        ("right", view.second, usual.second),
    ):
        if what_if != standard:
            try:
                query[name] = to_link(what_if)
            except GapmapError as error:
                problem = str(error)
    return query, problem
