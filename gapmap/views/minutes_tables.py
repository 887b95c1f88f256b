"""The minutes of a board as tables: a workbook of several, and one long list as CSV."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from gapmap.views.exports import csv_bytes, workbook_bytes
from gapmap.views.minutes_facts import author
from gapmap.views.sentences import question, what_figures_are

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gapmap.board.values import Event
    from gapmap.views.minutes_facts import Minutes

__all__ = ["minutes_csv", "minutes_tables", "minutes_workbook"]

# Allowed in a text, and in no XML: a workbook with one of them does not open.
_NOT_XML: Final = re.compile("[\ufffe\uffff]")

_LIST_COLUMNS: Final = (
    *("kind", "partner", "what", "area", "area_name", "neighbourhood", "how_far", "since"),
    *("due", "need", "open_need", "said", "by"),
)


def minutes_tables(minutes: Minutes) -> dict[str, pd.DataFrame]:
    """Return the minutes as tables by name: what was decided, who holds what, what is open."""
    names = minutes.names
    tables = {
        "About": _table(("what", "said"), _about(minutes)),
        "Decisions": _table(
            ("decided", "text", "due", "for", "against", "abstained", "on_revision", "areas"),
            (
                (
                    _moment(one.at, minutes),
                    one.decision.text,
                    one.decision.due,
                    *_hands(one.decision.hands),
                    one.decision.on_revision,
                    ", ".join(one.decision.geoids),
                )
                for one in minutes.decisions
            ),
        ),
        "Commitments": _table(
            (
                *("partner", "area", "area_name", "neighbourhood", "how_far", "on_behalf_of"),
                *("since", "due", "runs_out", "need", "open_need", "said"),
            ),
            (
                (
                    *(partner, one.key, one.name, one.place, str(one.claim.state)),
                    *(one.claim.group, _moment(one.claim.since, minutes), one.claim.due),
                    *(_moment(one.claim.expires, minutes), one.need, one.gap, one.claim.note),
                )
                for partner in minutes.partners
                for one in minutes.held.get(partner, ())
            ),
        ),
        "Who does what": _table(
            ("what", "partner", "where", "due", "done", "said"),
            (
                (
                    one.what,
                    one.partner,
                    one.where,
                    one.due,
                    "yes" if one.is_done else "no",
                    one.note,
                )
                for one in minutes.activities
            ),
        ),
        "Proposed sites": _table(
            (
                *("name", "partner", "kind", "longitude", "latitude", "meals", "days"),
                *("first_day", "last_day", "said"),
            ),
            (
                (
                    *(one.name, one.partner, one.kind, one.longitude, one.latitude),
                    # None is not known, an empty list is none: they look different.
                    *(_listed(one.meals), _listed(one.days)),
                    *(one.first_day, one.last_day, one.note),
                )
                for one in minutes.sites
            ),
        ),
        "Still open": _table(
            ("area", "area_name", "neighbourhood", "need", "open_need"),
            (
                (key, minutes.name(key), minutes.place(key), *minutes.figures(key))
                for place in minutes.open_places
                for key in place.keys
            ),
        ),
        "Corrections": _table(
            ("about", "what", "found", "should_be", "said", "by", "when"),
            (
                (
                    *(one.subject, one.field, one.found, one.should_be, one.note),
                    *(author(event, names) or one.partner, _when(event, minutes)),
                )
                for one, event in minutes.corrections
            ),
        ),
        "Comments": _table(
            ("about", "said", "by", "when"),
            (
                (
                    *(one.subject, one.text, author(event, names) or one.partner),
                    _when(event, minutes),
                )
                for one, event in minutes.comments
            ),
        ),
        "History": _table(
            ("revision", "when", "who", "what"),
            (
                (one.revision, _moment(one.at, minutes), author(one, names), minutes.told(one))
                for one in minutes.events
            ),
        ),
    }
    return {name: table.map(_clean) for name, table in tables.items()}


def minutes_workbook(minutes: Minutes) -> bytes:
    """Return the minutes as the bytes of a workbook that no spreadsheet runs."""
    return workbook_bytes(minutes_tables(minutes))


def minutes_csv(minutes: Minutes) -> bytes:
    """Return decisions, commitments, tasks and what is open as one list, CSV."""
    rows: list[dict[str, Any]] = [
        {
            "kind": "decision",
            "what": one.decision.text,
            "area": ", ".join(one.decision.geoids),
            "since": _moment(one.at, minutes),
            "due": one.decision.due,
        }
        for one in minutes.decisions
    ]
    rows += [
        {
            "kind": "claim",
            "partner": partner,
            "what": one.claim.group and f"for {one.claim.group}",
            **_area(one.key, minutes),
            "how_far": str(one.claim.state),
            "since": _moment(one.claim.since, minutes),
            "due": one.claim.due,
            "said": one.claim.note,
        }
        for partner in minutes.partners
        for one in minutes.held.get(partner, ())
    ]
    rows += [
        {
            "kind": "task",
            "partner": one.partner,
            "what": one.what,
            "neighbourhood": one.where,
            "how_far": "done" if one.is_done else "to do",
            "due": one.due,
            "said": one.note,
        }
        for one in minutes.activities
    ]
    rows += [
        {"kind": "open", **_area(key, minutes)}
        for place in minutes.open_places
        for key in place.keys
    ]
    rows += [
        {
            "kind": "correction",
            "partner": one.partner,
            "what": f"{one.field}: {one.should_be}",
            "area": one.subject,
            "said": one.note,
            "by": author(event, minutes.names),
        }
        for one, event in minutes.corrections
    ]
    rows += [
        {
            "kind": "comment",
            "partner": one.partner,
            "area": one.subject,
            "said": one.text,
            "by": author(event, minutes.names),
        }
        for one, event in minutes.comments
    ]
    return csv_bytes(pd.DataFrame(rows, columns=list(_LIST_COLUMNS)).map(_clean))


def _area(key: str, minutes: Minutes) -> dict[str, Any]:
    need, gap = minutes.figures(key)
    return {
        "area": key,
        "area_name": minutes.name(key),
        "neighbourhood": minutes.place(key),
        "need": need,
        "open_need": gap,
    }


def _about(minutes: Minutes) -> Iterable[tuple[str, Any]]:
    state, study, assessment = minutes.state, minutes.study, minutes.assessment
    yield "board", state.title
    yield "identifier", state.board
    yield "revision", state.revision
    yield "last changed", _moment(state.changed, minutes)
    yield "times", minutes.clock.said
    yield "study", study.name
    yield "written", minutes.today
    yield "data version", study.data_version
    if assessment is not None:
        yield "need and open need", assessment.measure.unit
        yield "question", question(assessment, study)
        if minutes.what_if:
            yield "what-if", minutes.what_if
        if how := what_figures_are(assessment.measure, study):
            yield "what the figures are", how
    for layer in study.provenance:
        yield f"source: {layer.title}", f"{layer.source}, {layer.vintage}"


def _table(columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns))


def _hands(hands: Any) -> tuple[Any, Any, Any]:
    if hands is None:
        return None, None, None
    return hands.for_count, hands.against_count, hands.abstained_count


def _listed(codes: tuple[str, ...] | None) -> str:
    return "not stated" if codes is None else ", ".join(codes) or "none"


def _when(event: Event | None, minutes: Minutes) -> str | None:
    return None if event is None else minutes.clock.listed(event.at)


def _moment(at: datetime | None, minutes: Minutes) -> str | None:
    return None if at is None else minutes.clock.listed(at)


def _clean(cell: Any) -> Any:
    return _NOT_XML.sub("\ufffd", cell) if isinstance(cell, str) else cell
