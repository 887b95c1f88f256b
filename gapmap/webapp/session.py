"""What one person sees and has chosen; the only module that touches Streamlit's session state."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

import shapely
import streamlit as st

from gapmap.webapp import cached
from gapmap.webapp.address import (
    KINDS,
    Choice,
    View,
    default_view,
    query_of,
    spot_of,
    view_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gapmap.layers.gate.settlement import Settling
    from gapmap.layers.sites import CheckedSites
    from gapmap.model import Study
    from gapmap.sources.files import RawTable

__all__ = [
    "Upload",
    "bring",
    "brought",
    "choice",
    "choose",
    "current_view",
    "discard",
    "disown_job",
    "forget_upload",
    "keep",
    "keep_page",
    "keep_study",
    "key",
    "known",
    "known_under",
    "map_click",
    "map_point",
    "neighbourhood_of",
    "own_job",
    "own_jobs",
    "page_view",
    "place",
    "remember",
    "reset",
    "reset_page",
    "row_of",
    "seed",
    "switch_study",
    "take",
    "touched_rows",
    "upload",
    "wanted_study",
]


_JOBS_AT_MOST: Final = 6

_View = TypeVar("_View")


def key(study: Study, control: str) -> str:
    """Name a control's state; each study has its own."""
    return f"{study.id}:{control}"


def wanted_study(names: Sequence[str]) -> str:
    """Return the study asked for: by the control, by the address, on the page before, the first.

    Each page has a control of its own and an address of its own, which begins without a study
    when one comes by the list of pages.
    """
    state = st.session_state
    asked = (state.get("study"), st.query_params.get("study"), state.get("study before"))
    wanted = next((str(name) for name in asked if name in names), names[0])
    state["study before"] = wanted
    return wanted


def current_view(study: Study) -> View:
    """Return the view so far: of this session, or of the address that opened it."""
    views = st.session_state.setdefault("views", {})
    if study.id not in views:
        is_mine = st.query_params.get("study", study.id) == study.id
        names = list(st.query_params) if is_mine else []
        views[study.id] = view_of({name: st.query_params.get_all(name) for name in names}, study)
    view: View = views[study.id]
    return view


def keep(view: View, study: Study) -> None:
    """Remember a view and write it into the address, if it has changed."""
    st.session_state.setdefault("views", {})[study.id] = view
    _write(query_of(view, study))


def _write(query: Mapping[str, str | list[str]]) -> None:
    now = {name: st.query_params.get_all(name) for name in st.query_params}
    if now != {name: [text] if isinstance(text, str) else text for name, text in query.items()}:
        st.query_params.from_dict(query)


def page_view(
    study: Study, page: str, read: Callable[[Mapping[str, Sequence[str]]], _View]
) -> _View:
    """Return what a page other than Gaps shows so far: of this session, or read from the address.

    Parameters
    ----------
    study
        The study.
    page
        Names the page.
    read
        Makes the view of an address's parameters, which may be none.
    """
    views = st.session_state.setdefault(f"views of {page}", {})
    if study.id not in views:
        is_mine = st.query_params.get("study", study.id) == study.id
        names = list(st.query_params) if is_mine else []
        views[study.id] = read({name: st.query_params.get_all(name) for name in names})
    view: _View = views[study.id]
    return view


def keep_page(
    study: Study, page: str, view: object, query: Mapping[str, str | list[str]] | None = None
) -> None:
    """Remember what a page other than Gaps shows; with a query, write it into the address."""
    st.session_state.setdefault(f"views of {page}", {})[study.id] = view
    if query is not None:
        _write(query)


def reset_page(study: Study, page: str, view: object) -> None:
    """Give a page other than Gaps a view anew, its controls included."""
    start = key(study, f"{page} ")
    for name in [name for name in st.session_state if str(name).startswith(start)]:
        del st.session_state[name]
    keep_page(study, page, view)


def keep_study(study: Study) -> None:
    """Write the study, and the jobs one has started, into the address of a page without a view.

    A reload begins another session: what is in the address is found again.
    """
    wanted = {"study": [study.id], "job": list(own_jobs())}
    now = {name: st.query_params.get_all(name) for name in st.query_params}
    if now != {name: texts for name, texts in wanted.items() if texts}:
        st.query_params.from_dict(wanted)


def own_jobs() -> tuple[str, ...]:
    """Return the identifiers of the jobs that one has started, here or before a reload."""
    mine: dict[str, None] = st.session_state.setdefault("jobs", {})
    for identifier in st.query_params.get_all("job")[:_JOBS_AT_MOST]:
        mine.setdefault(identifier)
    return tuple(mine)


def own_job(identifier: str) -> None:
    """Remember a job as one's own."""
    mine: dict[str, None] = st.session_state.setdefault("jobs", {})
    mine[identifier] = None
    while len(mine) > _JOBS_AT_MOST:
        del mine[next(iter(mine))]


def disown_job(identifier: str) -> None:
    """Let go of a job that is over."""
    st.session_state.get("jobs", {}).pop(identifier, None)
    if identifier in st.query_params.get_all("job"):
        st.query_params["job"] = [
            one for one in st.query_params.get_all("job") if one != identifier
        ]


def switch_study(identifier: str) -> None:
    """Open another study in the next run."""
    st.session_state["study"] = identifier


def map_point(name: str) -> tuple[float, float] | None:
    """Return latitude and longitude of the last click on a map, if there was one."""
    said = st.session_state.get(name) or {}
    point = said.get("last_clicked") if isinstance(said, dict) else None
    try:
        return float(point["lat"]), float(point["lng"])  # type: ignore[index]
    except (TypeError, KeyError, ValueError):
        # What a browser sends is only believed if it is two numbers.
        return None


def reset(study: Study) -> None:
    """Go back to the study's own view."""
    for name in [name for name in st.session_state if str(name).startswith(f"{study.id}:")]:
        del st.session_state[name]
    st.session_state.setdefault("views", {})[study.id] = default_view(study)


def seed(name: str, value: object) -> None:
    """Give a control its first value, unless it has one."""
    if name not in st.session_state:
        st.session_state[name] = value


def place(name: str, value: object) -> None:
    """Give a control a value, whatever it had."""
    st.session_state[name] = value


def take(name: str) -> Any:
    """Return what was left under a name for the next run, and forget it."""
    return st.session_state.pop(name, None)


def known(name: str, default: Any = None) -> Any:
    """Return a control's value before it is drawn."""
    return st.session_state.get(name, default)


def known_under(start: str) -> dict[str, Any]:
    """Return what is kept under names that begin alike, by the rest of the name."""
    kept = {str(name): value for name, value in st.session_state.items()}
    return {
        name.removeprefix(start): value for name, value in kept.items() if name.startswith(start)
    }


def choice(study: Study) -> Choice | None:
    """Return what is marked."""
    return current_view(study).choice


def choose(
    study: Study, kind: str, identifier: str, *, on_map: bool = False, spot: str | None = None
) -> None:
    """Mark something; kind ``none`` marks nothing. ``spot`` is where it was clicked."""
    view = current_view(study)
    token = int(st.session_state.get("choices", 0)) + 1
    st.session_state["choices"] = token
    chosen = Choice(kind, identifier, token, on_map, spot) if kind in KINDS else None
    st.session_state["views"][study.id] = replace(view, choice=chosen)


def row_of(study: Study, chosen: Choice) -> int | None:
    """Return the row of what is marked in its table, or None if the study does not have it.

    A point is in no table.
    """
    if chosen.kind == "at":
        return None
    table, column = {
        "area": (study.areas, "geoid"),
        "neighbourhood": (study.neighbourhoods, "neighbourhood_id"),
        "site": (study.sites, "site_id"),
    }[chosen.kind]
    if table is None:
        return None
    rows = (table[column] == chosen.id).to_numpy().nonzero()[0]
    return int(rows[0]) if len(rows) else None


def map_click(name: str) -> tuple[str, str, str | None] | None:
    """Return kind and identifier of what was clicked on the map, and where, if that was said."""
    said = st.session_state.get(name) or {}
    feature = said.get("last_active_drawing") if isinstance(said, dict) else None
    about = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(about, dict):
        return None
    # What a browser sends is only believed to be text; whoever uses it reads it as a place.
    spot = about.get("at")
    return str(about.get("kind")), str(about.get("id")), None if spot is None else str(spot)


def neighbourhood_of(study: Study, chosen: Choice | None) -> str | None:
    """Return the neighbourhood of what is marked."""
    if chosen is None or study.neighbourhoods is None:
        return None
    if chosen.kind == "at":
        return _neighbourhood_at(study, chosen.id)
    row = row_of(study, chosen)
    if row is None or chosen.kind == "neighbourhood":
        return chosen.id
    if chosen.kind == "area":
        place = int(cached.need_side(study.id).ground.neighbourhoods_of_areas[row])
    else:
        inside = study.neighbourhoods.sindex.query(study.sites.geometry.iloc[row], "intersects")
        place = int(inside[0]) if len(inside) else -1
    return str(study.neighbourhoods["neighbourhood_id"].iloc[place]) if place >= 0 else None


def _neighbourhood_at(study: Study, identifier: str) -> str | None:
    spot = spot_of(identifier)
    if spot is None or study.neighbourhoods is None:
        return None
    inside = study.neighbourhoods.sindex.query(shapely.Point(spot[1], spot[0]), "intersects")
    return str(study.neighbourhoods["neighbourhood_id"].iloc[inside[0]]) if len(inside) else None


def touched_rows(name: str) -> list[int]:
    """Return the row that was marked in a table, by its box or by any of its cells."""
    state = st.session_state.get(name)
    if not state:
        return []
    cells = [int(cell[0]) for cell in state["selection"].get("cells", [])]
    return cells or [int(row) for row in state["selection"]["rows"]]


@dataclass(frozen=True, slots=True)
class Upload:
    """A site list that somebody is bringing in.

    Parameters
    ----------
    digest, name
        Of the file.
    raw
        The table as read, None if it could not be.
    columns
        Its headers, shapes left aside.
    has_shapes
        Whether it brings its own points.
    is_recognised
        Whether its layout is known.
    checked
        What the import gate made of it, None before.
    problem
        Why it cannot be read or checked, empty otherwise.
    mapped
        Column by field as somebody chose them, None for a recognised layout.
    constants
        City and state of the rows that do not say.
    job
        The job that looks its addresses up, empty without one.
    settling
        What was found for its addresses and decided about them, None before.
    """

    digest: str
    name: str
    raw: RawTable | None = None
    columns: tuple[str, ...] = ()
    has_shapes: bool = False
    is_recognised: bool = False
    checked: CheckedSites | None = None
    problem: str = ""
    mapped: Mapping[str, str] | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    job: str = ""
    settling: Settling | None = None

    def with_answer(self, *, checked: CheckedSites | None = None, problem: str = "") -> Upload:
        """Return the upload with what checking said."""
        return replace(self, checked=checked, problem=problem)


def upload(study: Study) -> Upload | None:
    """Return the list being brought in."""
    found: Upload | None = st.session_state.get("uploads", {}).get(study.id)
    return found


def remember(study: Study, bringing: Upload) -> Upload:
    """Keep a list being brought in, in this session only."""
    st.session_state.setdefault("uploads", {})[study.id] = bringing
    return bringing


def forget_upload(study: Study) -> None:
    """Let go of a list being brought in; one already in use stays in use."""
    st.session_state.get("uploads", {}).pop(study.id, None)


def bring(study: Study, with_sites: Study) -> None:
    """Use a study with a site list of one's own, in this session only."""
    st.session_state.setdefault("brought", {})[study.id] = with_sites


def brought(study: Study) -> Study | None:
    """Return the study with the site list of one's own, if there is one."""
    found: Study | None = st.session_state.get("brought", {}).get(study.id)
    return found


def discard(study: Study) -> None:
    """Go back to the study's own site list."""
    st.session_state.get("brought", {}).pop(study.id, None)
