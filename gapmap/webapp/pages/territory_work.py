"""What is drawn on the page Territory: begun, changed, undone, and kept in the session.

The drawing of each part of a study is kept with what it was before; every change is a new one.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from gapmap.analysis.supply import NOT_STATED
from gapmap.analysis.territory.edits import Drawing, History
from gapmap.webapp import cached, session
from gapmap.webapp.address import default_view
from gapmap.webapp.pages.plan_address import parts
from gapmap.webapp.pages.territory_address import (
    TerritoryView,
    default_territory,
    read_drawing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gapmap.analysis.territory.layout import Layout
    from gapmap.analysis.territory.values import DivisionRequest
    from gapmap.model import Study

__all__ = [
    "LEAST_PARTNERS",
    "PAGE",
    "asked",
    "begun",
    "change",
    "laid_out",
    "news",
    "place_partners",
    "place_tolerance",
    "redo",
    "remembered",
    "say",
    "start_again",
    "undo",
    "usual_partners",
    "usual_view",
]

PAGE: Final = "territory"
LEAST_PARTNERS: Final = 2

_USUAL_COUNT: Final = 6


# --------------------------------------------------------------------------- who, before anybody


def usual_partners(study: Study, within: str | None) -> tuple[str, ...]:
    """Return the six partners with most sites that count in a part; numbers if fewer than two."""
    groups, _ = parts(study)
    # Partners are counted for groups; around a single neighbourhood those of the whole town.
    scenario = replace(default_view(study).scenario, within=within if within in groups else None)
    table = cached.answer(study, scenario).partners
    known = table[(table["partner"] != NOT_STATED) & (table["site_count"] > 0)]
    ranked = known.sort_values(["site_count", "partner"], ascending=[False, True], kind="stable")
    names = tuple(str(name) for name in ranked["partner"].head(_USUAL_COUNT))
    if len(names) >= LEAST_PARTNERS:
        return names
    return tuple(f"Partner {row}" for row in range(1, _USUAL_COUNT + 1))


def usual_view(study: Study) -> TerritoryView:
    """Return what the page asks before anybody has touched a control or come from elsewhere."""
    within = default_view(study).scenario.within
    return default_territory(study, usual_partners(study, within))


# --------------------------------------------------------------------------- what is drawn


def remembered(study: Study, within: str | None) -> History | None:
    """Return what was drawn in a part of the study in this session."""
    found: History | None = session.known(_history_key(study, within))
    return found


def _history_key(study: Study, within: str | None) -> str:
    return session.key(study, f"{PAGE} history {within or ''}")


def asked(study: Study, view: TerritoryView, drawing: Drawing | None = None) -> DivisionRequest:
    """Return the question that borders depend on: who measures and who drives changes none.

    Raises
    ------
    RequestError
        If the question makes no sense.
    """
    return replace(view.request(study, drawing), activities=())


def laid_out(study: Study, view: TerritoryView, drawing: Drawing | None = None) -> Layout:
    """Return what is asked as a division is found and measured by it.

    Raises
    ------
    RequestError
        If there is nothing to divide, or the question makes no sense.
    """
    return cached.layout(study, asked(study, view, drawing))


def begun(study: Study, view: TerritoryView) -> History:
    """Return what is drawn, begun if need be, with the partners that there are now.

    Raises
    ------
    RequestError
        If there is nothing to divide.
    """
    geoids = laid_out(study, view).labels.geoids
    within = view.scenario.within
    found = remembered(study, within)
    if found is None or found.now.geoids != geoids:
        drawn = read_drawing(view.drawn, geoids, view.partners) if view.drawn else None
        if view.drawn and drawn is None:
            say(study, "The map in this link is damaged, or of other data: it is not shown.")
        found = History(drawn or Drawing.blank(geoids, view.partners))
    found = found.then(partial(_among, partners=view.partners))
    session.place(_history_key(study, within), found)
    return found


def _among(drawing: Drawing, partners: tuple[str, ...]) -> Drawing:
    """Return a drawing of other partners: those who stay keep what they hold."""
    if drawing.partners == partners:
        return drawing
    holders = tuple(holder if holder in partners else None for holder in drawing.holders)
    pairs = zip(drawing.geoids, drawing.holders, holders, strict=True)
    gone = {geoid for geoid, before, after in pairs if before != after}
    return Drawing(drawing.geoids, partners, holders, drawing.locked - gone)


def change(study: Study, within: str | None, edit: Callable[[Drawing], Drawing]) -> None:
    """Change what is drawn; it can be undone."""
    found = remembered(study, within)
    if found is not None:
        session.place(_history_key(study, within), found.then(edit))


def undo(study: Study, within: str | None) -> None:
    """Go back one change."""
    _go(study, within, History.undo)


def redo(study: Study, within: str | None) -> None:
    """Make the change undone last again."""
    _go(study, within, History.redo)


def _go(study: Study, within: str | None, step: Callable[[History], History]) -> None:
    found = remembered(study, within)
    if found is None:
        return
    moved = step(found)
    session.place(_history_key(study, within), moved)
    if moved.now.partners != found.now.partners:
        place_partners(study, moved.now.partners)


def place_partners(study: Study, partners: Iterable[str]) -> None:
    """Have the control of the partners say others."""
    session.place(session.key(study, f"{PAGE} partners"), list(partners))


def place_tolerance(study: Study, percent: float) -> None:
    """Have the control of the tolerance say another one."""
    session.place(session.key(study, f"{PAGE} tolerance"), percent)


def start_again(study: Study) -> None:
    """Go back to the start: controls as they were, nothing drawn."""
    session.reset_page(study, PAGE, usual_view(study))


def say(study: Study, sentence: str, *, about: str = "map") -> None:
    """Leave a sentence for the next time the page is drawn, about the ``map`` or a ``file``."""
    session.place(session.key(study, f"{PAGE} news of {about}"), sentence)


def news(study: Study, *, about: str = "map") -> str:
    """Return what was left to be said, once."""
    return str(session.take(session.key(study, f"{PAGE} news of {about}")) or "")
