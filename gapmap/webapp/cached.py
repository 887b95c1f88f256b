"""Everything that is kept between runs, bounded; the only module that caches.

Keys are identifiers, scenarios and data versions, never tables: a changed table is a changed
version. What is kept is frozen and shared by all sessions.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gapmap import usecases, wiring
from gapmap.analysis.siting.values import Ended
from gapmap.views.clock import clock_of
from gapmap.views.layers import area_layer, extra_layers, outline_layer, site_layer
from gapmap.webapp.board_question import BoardQuestion
from gapmap.webapp.kept import Kept
from gapmap.webapp.papers import PUBLIC_PAPERS, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from gapmap.analysis.comparison import Comparison
    from gapmap.analysis.lawful import Standing
    from gapmap.analysis.need import Ground
    from gapmap.analysis.siting.moving import MovablePlan
    from gapmap.analysis.siting.values import SitingRequest, SitingResult
    from gapmap.analysis.siting.watch import SearchProgress
    from gapmap.analysis.territory.layout import Layout
    from gapmap.analysis.territory.values import DivisionRequest
    from gapmap.board.store import Store
    from gapmap.model import GapAssessment, Scenario, Study
    from gapmap.views.lawful_map import LawfulMap
    from gapmap.views.layers import ExtraLayer, LayerFile
    from gapmap.views.minutes_facts import Minutes
    from gapmap.views.room_map import RoomAddresses
    from gapmap.webapp.papers import Paper, Reader
    from gapmap.webapp.printed import Printable
    from gapmap.whatifs import WhatIf

__all__ = [
    "NeedSide",
    "answer",
    "area_around",
    "board_answer",
    "boards",
    "comparison",
    "counties",
    "finder",
    "forget",
    "forget_study",
    "imagined",
    "known_proposal",
    "lawful",
    "layout",
    "minutes",
    "movable",
    "need_side",
    "paper",
    "proposal",
    "room_facts",
    "room_page",
    "sheets",
    "site_file",
    "standing",
    "study",
    "territory_file",
    "warm_up",
    "workspace",
]


@dataclass(frozen=True, slots=True)
class NeedSide:
    """What depends on a study's need side alone, whatever site list is used.

    Parameters
    ----------
    ground
        The need side laid out for measuring.
    areas, outlines
        The shapes to draw.
    extras
        Candidates and context, drawn when somebody switches them on.
    """

    ground: Ground
    areas: LayerFile
    outlines: LayerFile | None
    extras: tuple[ExtraLayer, ...]


_workspaces: Kept[wiring.Workspace] = Kept(1)
_boards: Kept[Store] = Kept(1)
_studies: Kept[Study] = Kept(6)
_need_sides: Kept[NeedSide] = Kept(6)
_answers: Kept[GapAssessment] = Kept(96)
_site_files: Kept[LayerFile] = Kept(32)
_proposals: Kept[SitingResult] = Kept(48)
_layouts: Kept[Layout] = Kept(12)
_territory_files: Kept[LayerFile] = Kept(16)
_movables: Kept[MovablePlan] = Kept(12)
_imagined: Kept[tuple[Study, Scenario]] = Kept(48)
_comparisons: Kept[Comparison] = Kept(48)
_standings: Kept[Standing] = Kept(6)
_room_facts: Kept[LayerFile] = Kept(16)
_room_pages: Kept[str] = Kept(16)
_lawful_maps: Kept[LawfulMap] = Kept(6)
_counties: Kept[tuple[str, ...]] = Kept(60)
_sheets: Kept[str] = Kept(16)
_minutes: Kept[Minutes] = Kept(8)
_papers: Kept[bytes] = Kept(32)
_finders: Kept[dict[str, tuple[str, str]]] = Kept(16)


def workspace() -> wiring.Workspace:
    """Return the studies within sight."""
    return _workspaces.get("workspace", wiring.open_workspace)


def boards() -> Store:
    """Return the shared boards, one store for the whole process."""
    return _boards.get("boards", lambda: workspace().open_boards())


def study(name: str) -> Study:
    """Return a study with its own site list."""
    return _studies.get(name, lambda: workspace().load_study(name))


def counties(state: str) -> tuple[str, ...]:
    """Return the names of a state's counties; what the service refuses is not kept."""
    return _counties.get(state, lambda: workspace().counties(state))


def need_side(name: str) -> NeedSide:
    """Return the need side of a study."""
    opened = study(name)

    def make() -> NeedSide:
        ground = usecases.prepare(opened)
        return NeedSide(
            ground,
            area_layer(opened, ground.neighbourhoods_of_areas),
            outline_layer(opened),
            extra_layers(opened),
        )

    return _need_sides.get((name, opened.data_version), make)


def answer(asked: Study, scenario: Scenario) -> GapAssessment:
    """Return the answer to a question, asked of a study or of one with another site list."""
    ground = need_side(asked.id).ground
    return _answers.get(
        (scenario, asked.data_version),
        lambda: usecases.assess_gaps(asked, scenario, ground, standing(asked)),
    )


def proposal(
    asked: Study,
    request: SitingRequest,
    *,
    progress: Callable[[SearchProgress], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> SitingResult:
    """Return where to open next; for questions that are answered soon, without a proof.

    Somebody else may be waiting for the same answer: what was cancelled is not kept for them.
    """
    ground = need_side(asked.id).ground
    return _proposals.get(
        (request, asked.data_version),
        lambda: usecases.propose_sites(
            asked,
            request,
            ground=ground,
            standing=standing(asked),
            progress=progress,
            is_cancelled=is_cancelled,
        ),
        lambda result: result.ended is not Ended.CANCELLED,
    )


def known_proposal(asked: Study, request: SitingRequest) -> SitingResult | None:
    """Return where to open next if that has been found already."""
    return _proposals.find((request, asked.data_version))


def movable(asked: Study, request: SitingRequest) -> MovablePlan:
    """Return a question laid out for suggestions that are moved by hand.

    What was accepted and refused changes nothing of it, nor does how many are asked for.
    """
    ground = need_side(asked.id).ground
    count = None if request.count is None else 1
    plain = replace(request, count=count, forced=(), excluded=(), time_limit_s=1.0)
    return _movables.get(
        (plain, asked.data_version),
        lambda: usecases.prepare_moving(asked, plain, ground=ground, standing=standing(asked)),
    )


def imagined(asked: Study, what_if: WhatIf, within: str | None) -> tuple[Study, Scenario]:
    """Return a study and the question as a what-if would have them, in one part of the study."""
    there = what_if.asking(within=within)
    return _imagined.get((there, asked.data_version), lambda: usecases.apply_what_if(asked, there))


def comparison(asked: Study, first: WhatIf, second: WhatIf, within: str | None) -> Comparison:
    """Return what differs between two what-ifs, both in one part of the study."""
    from gapmap.analysis.comparison import compare
    from gapmap.whatifs import differences

    def make() -> Comparison:
        sides = [imagined(asked, one, within) for one in (first, second)]
        answers = [answer(*side) for side in sides]
        return compare(
            sides[0][0],
            answers[0],
            sides[1][0],
            answers[1],
            names=(first.name, second.name),
            differences=(differences(first, asked), differences(second, asked)),
        )

    return _comparisons.get((first, second, within, asked.data_version), make)


def layout(asked: Study, request: DivisionRequest) -> Layout:
    """Return a division laid out: what no territory changes."""
    ground = need_side(asked.id).ground
    return _layouts.get(
        (request, asked.data_version),
        lambda: usecases.prepare_territory(
            asked,
            request,
            ground=ground,
            assessment=answer(asked, replace(request.scenario, within=None)),
        ),
    )


def territory_file(asked: Study, laid_out: Layout, geoids: Sequence[str]) -> LayerFile:
    """Return what the map of territories knows of each area."""
    from gapmap.views.territory_map import territory_file as made

    # Locks and tolerances change with every other click, and nothing of this.
    plain = replace(laid_out.request, locks=(), tolerance=1.0, seed=1, activities=())
    key = (plain, asked.data_version, tuple(geoids))
    return _territory_files.get(key, lambda: made(asked, laid_out, geoids))


def standing(asked: Study) -> Standing:
    """Return where a site may open: what no site list changes."""
    opened = study(asked.id)
    return _standings.get(
        (opened.id, opened.data_version), lambda: usecases.prepare_eligibility(opened)
    )


def area_around(asked: Study, latitude: float, longitude: float) -> str:
    """Return the GEOID of the area of eligibility around a point, empty if there is none."""
    deciding = standing(asked).deciding
    row = -1 if deciding is None else int(deciding.rows_at(longitude, latitude)[0])
    return "" if deciding is None or row < 0 else str(deciding.geoids[row])


def lawful(asked: Study) -> LawfulMap:
    """Return the map of where a site may open."""
    opened = study(asked.id)

    def make() -> LawfulMap:
        from gapmap.views.lawful_map import lawful_map

        return lawful_map(standing(opened))

    return _lawful_maps.get((opened.id, opened.data_version), make)


def site_file(asked: Study) -> LayerFile:
    """Return the sites to draw."""
    return _site_files.get(asked.data_version, lambda: site_layer(asked))


def board_answer(asked: Study, kept: Mapping[str, Any]) -> GapAssessment:
    """Answer a board's question, of the whole study: a board may have any of its areas.

    Parameters
    ----------
    asked
        The study as it is.
    kept
        The question as the board keeps it.
    """
    question = BoardQuestion.from_json(kept, asked)
    if question.what_if is None:
        return answer(asked, replace(question.scenario, within=None))
    return answer(*imagined(asked, question.what_if, None))


def _board_study(asked: Study, kept: Mapping[str, Any]) -> Study:
    imagined_so = BoardQuestion.from_json(kept, asked).what_if
    return asked if imagined_so is None else imagined(asked, imagined_so, None)[0]


def room_facts(board: str) -> LayerFile:
    """Return what the areas of a board weigh by the question that it asks now."""
    from gapmap.views.room_facts import room_facts as made

    store = boards()
    state = store.state(board)
    asked = study(state.study)
    return _room_facts.get(
        (board, json.dumps(state.scenario, sort_keys=True), asked.data_version),
        lambda: made(
            _board_study(asked, state.scenario),
            board_answer(asked, state.scenario),
            store.areas(board),
        ),
    )


def room_page(
    asked: Study, board: str, addresses: RoomAddresses, tiles: str, *, public: str = ""
) -> str:
    """Return the page of a board: the same for everybody who opens it.

    Parameters
    ----------
    asked, board, addresses, tiles
        What the page shows, and where it finds it.
    public
        Key of the public link that leads to it; empty for the page that wants a code.
    """
    from gapmap.views.room_map import PublicLink
    from gapmap.views.room_map import room_page as made

    papers = tuple((str(one), one.label, one.about) for one in PUBLIC_PAPERS)
    link = PublicLink(public, papers) if public else None
    title = f"{asked.name}, board"

    return _room_pages.get(
        (board, addresses, tiles, public),
        lambda: made(asked, board, addresses, title=title, tiles=tiles, public=link),
    )


def minutes(board: str, *, with_names: bool) -> Minutes:
    """Return what the minutes of a board say now.

    Parameters
    ----------
    board
        Which board.
    with_names
        Whether the display names of people are in them.
    """
    from gapmap.views.minutes_facts import Minutes

    store = boards()
    state = store.expire(board)
    opened = study(state.study)
    members = store.members(board) if with_names else ()
    question = BoardQuestion.from_json(state.scenario, opened)
    made = Minutes(
        state=state,
        events=(),
        study=opened,
        areas=store.areas(board),
        today=clock_of(opened).day(store.now()),
        order=question.partners,
        # A name that was deleted is on no paper any more, whatever was kept.
        names={one.id: one.name for one in members if one.name},
        what_if="" if question.what_if is None else question.what_if.name,
    )
    return _minutes.get(
        made.fingerprint,
        lambda: replace(
            made,
            events=store.events(board, up_to=state.revision),
            assessment=board_answer(opened, state.scenario),
        ),
    )


def paper(wanted: Paper, made: Minutes, reader: Reader) -> bytes:
    """Return a paper that tells what minutes say; many ask for the same one after a meeting."""
    return _papers.get((wanted, made.fingerprint, reader), lambda: written(wanted, made, reader))


def sheets(printable: Printable, today: date) -> str:
    """Return the sheets of a division as they are on a day, as HTML."""
    return _sheets.get(
        (printable.digest, today),
        lambda: printable.page(today, answer(printable.study, printable.scenario)),
    )


def finder(asked: Study) -> dict[str, tuple[str, str]]:
    """Return what can be found by name, as label to kind and identifier; labels are unique."""
    return _finders.get(asked.data_version, lambda: _finder(asked))


def _finder(asked: Study) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}

    def enter(label: str, kind: str, identifier: str) -> None:
        one_line = " ".join(label.split())
        if one_line in found:
            one_line = f"{one_line} ({identifier})"
        found.setdefault(one_line, (kind, identifier))

    places = asked.neighbourhoods
    if places is not None:
        for identifier, name, group in zip(
            places["neighbourhood_id"], places["name"], places["group"], strict=True
        ):
            label = f"{name}, {group}" if isinstance(group, str) else name
            enter(label, "neighbourhood", identifier)
    for identifier, name in zip(asked.sites["site_id"], asked.sites["name"], strict=True):
        enter(name, "site", identifier)
    for identifier, name in zip(asked.areas["geoid"], asked.areas["name"], strict=True):
        enter(f"{name} · {identifier}", "area", identifier)
    return found


def forget_study(name: str) -> None:
    """Forget a study whose files have changed; what was made of the old ones goes by itself."""
    _studies.drop(name)


def forget() -> None:
    """Forget everything, for tests that change what lies on disk."""
    for kept in (
        *(_workspaces, _boards, _studies, _need_sides, _answers, _site_files),
        *(_imagined, _comparisons),
        *(_standings, _lawful_maps, _counties, _finders, _proposals, _layouts, _sheets),
        _movables,
        _territory_files,
        *(_room_facts, _room_pages, _minutes, _papers),
    ):
        kept.clear()


def warm_up() -> None:
    """Do what the first person would wait for: imports, compiled code, the first study."""
    import folium  # noqa: F401
    import pyarrow  # noqa: F401

    from gapmap.views import exports  # noqa: F401

    cards = [card for card in workspace().studies() if card.problem is None]
    if cards:
        opened = study(cards[0].id)
        for within in {None, opened.view_within}:
            answer(opened, replace(usecases.default_scenario(opened), within=within))
        site_file(opened)
    usecases.compile_kernels()
