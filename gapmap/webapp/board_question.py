"""What a board asks: the question that everybody at the table looks at, kept on the board as JSON.

The question is kept as the address of the page Gaps has it, with a what-if as its link and the
partners in the order of their marks. What no longer makes sense is as the study asks it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gapmap.errors import GapmapError
from gapmap.webapp.address import default_view, query_of, view_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gapmap.model import Scenario, Study
    from gapmap.whatifs import WhatIf

__all__ = ["BoardQuestion", "partners_of"]


@dataclass(frozen=True, slots=True)
class BoardQuestion:
    """What is asked on a board, and who sits at it.

    Parameters
    ----------
    scenario
        The question.
    partners
        The partners, in the order in which they get their marks.
    what_if
        The study as it is imagined; None as it is.
    """

    scenario: Scenario
    partners: tuple[str, ...] = ()
    what_if: WhatIf | None = None

    def as_json(self, study: Study) -> dict[str, Any]:
        """Return it as it is kept on the board."""
        from gapmap.whatifs import to_link

        view = replace(default_view(study), scenario=self.scenario, choice=None)
        kept: dict[str, Any] = {"query": query_of(view, study), "partners": list(self.partners)}
        if self.what_if is not None:
            kept["what_if"] = to_link(self.what_if)
        return kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], study: Study) -> BoardQuestion:
        """Read what a board holds, whoever put it there."""
        given = kept.get("query")
        query = {
            name: [str(one) for one in value] if isinstance(value, list) else [str(value)]
            for name, value in (given if isinstance(given, dict) else {}).items()
        }
        return cls(view_of(query, study).scenario, partners_of(kept), _what_if(kept, study))


def partners_of(kept: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the partners that a board names, each once."""
    named = kept.get("partners")
    texts: Iterable[Any] = named if isinstance(named, list) else ()
    return tuple(dict.fromkeys(one for one in texts if isinstance(one, str) and one))


def _what_if(kept: Mapping[str, Any], study: Study) -> WhatIf | None:
    from gapmap.whatifs import from_link

    link = kept.get("what_if")
    if not isinstance(link, str):
        return None
    try:
        found = from_link(link)
    except GapmapError:
        return None
    return found if found.study == study.id else None
