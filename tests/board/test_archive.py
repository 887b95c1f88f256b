"""A board leaves as lines and comes back as it was; what was altered on the way is refused."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from gapmap.board.agenda import Decide, Put
from gapmap.board.archive import archived, restored
from gapmap.board.claims import Advance, Release, Take
from gapmap.board.sharing import AskFor, Split
from gapmap.board.store import OPERATOR, Store, open_store
from gapmap.board.undo import Undo
from gapmap.board.values import ClaimState, Role, Section
from gapmap.errors import InputError, RequestError
from tests.board.builders import A, B, C, Table
from tests.board.test_store import as_rows, present

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def full(table: Table) -> Table:
    """A board with something of everything."""
    ana = table.seat(Role.PARTNER, "Harvest", "Ana “Señora” <b>")
    ana.do(Take(areas=(A, B), partner="Harvest", hours=5, note="line\nline"))
    ana.do(Advance(areas=(A,), to=ClaimState.COMMITTED), request="r1")
    table.do(AskFor(areas=(B,), partner="Mosaic"))
    table.do(Split(area=C, parts=("north", "south")))
    done = table.do(Put(section=Section.COMMENTS, value={"text": "ünïcode \u2028 ✓"}))
    table.do(Undo(revision=done.revision))
    site = {"name": "Hall", "longitude": -73.912345678901, "latitude": 40.8, "days": ["mon"]}
    table.do(Put(section=Section.SITES, value=site))
    view = {"lat": 40.81, "lng": -73.9, "zoom": 12.25, "bounds": ((40.8, -74), (40.9, -73.8))}
    table.do(Decide(text="so be it", areas=(A,), hands={"for_count": 7}, view=view))
    table.do(Decide(text="written down without a map"))
    return table


def test_a_board_comes_back_as_it_was(full: Table, empty_url: str) -> None:
    lines = archived(full.store, full.id)
    with open_store(empty_url) as other:
        made = restored(other, lines)
        assert made == full.store.board(full.id) == other.board(full.id)
        assert archived(other, full.id) == lines
        assert other.events(full.id) == full.store.events(full.id)
        assert other.members(full.id) == full.store.members(full.id)
        assert as_rows(other.state(full.id)) == as_rows(full.store.state(full.id))
        assert present(other, full.id) == present(full.store, full.id)
        assert other.areas(full.id) == full.store.areas(full.id)
        other.write(full.id, Release(areas=(A,)), by=OPERATOR)
        assert other.state(full.id).claim(A) is None


def test_lines_may_have_been_through_another_system(full: Table) -> None:
    lines = [line.replace("\n", "\r\n") for line in archived(full.store, full.id)]
    made = restored(full.store, [*lines, "\r\n"], as_new=True)
    assert made.id != full.id
    assert as_rows(full.store.state(made.id)) == as_rows(full.store.state(full.id))


def test_a_board_that_is_there_is_not_written_over(full: Table) -> None:
    lines = archived(full.store, full.id)
    full.do(Release(areas=(A,)))
    with pytest.raises(RequestError, match="already"):
        restored(full.store, lines)
    assert full.holder(A) is None


def resealed(objects: list[dict[str, Any]]) -> list[str]:
    """Lines with the digest that belongs to them: tampered with by somebody who knows how."""
    lines = [json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in objects]
    digest = hashlib.sha256("".join(lines[:-1]).encode()).hexdigest()
    end = {"end": {"line_count": len(lines) - 1, "sha256": digest}}
    return [*lines[:-1], json.dumps(end) + "\n"]


def events(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one["event"] for one in objects if "event" in one]


def forge(objects: list[dict[str, Any]]) -> None:
    events(objects)[1]["patch"]["claims"][A]["partner"] = "Mosaic"


def drop_event(objects: list[dict[str, Any]]) -> None:
    del objects[-3]


def drop_last_event(objects: list[dict[str, Any]]) -> None:
    del objects[-2]


def twist_claim(objects: list[dict[str, Any]]) -> None:
    for one in events(objects):
        for side in ("patch", "inverse"):
            for value in one[side].get("claims", {}).values():
                if value:
                    value["state"] = "conquered"


def other_section(objects: list[dict[str, Any]]) -> None:
    events(objects)[-1]["patch"]["secrets"] = {"x": {}}


def value_is_text(objects: list[dict[str, Any]]) -> None:
    events(objects)[-1]["patch"]["comments"] = {"x": "text"}


def no_time(objects: list[dict[str, Any]]) -> None:
    events(objects)[-1]["at"] = "yesterday"


def strange_role(objects: list[dict[str, Any]]) -> None:
    next(one for one in objects if "member" in one)["member"]["role"] = "king"


def later_version(objects: list[dict[str, Any]]) -> None:
    objects[0]["version"] = 2


def two_kinds(objects: list[dict[str, Any]]) -> None:
    objects[1]["more"] = 1


@pytest.mark.parametrize(
    ("tamper", "because"),
    [
        (forge, "what was there before"),
        (drop_event, "One between them is missing"),
        (drop_last_event, "not as many events"),
        (twist_claim, "claims cannot be used"),
        (other_section, "is no event"),
        (value_is_text, "is no event"),
        (no_time, "is no event"),
        (strange_role, "member"),
        (later_version, "version 2"),
        (two_kinds, "Line 2"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_what_cannot_have_happened_is_refused(
    full: Table, tamper: Callable[[list[dict[str, Any]]], None], because: str
) -> None:
    objects = [json.loads(line) for line in archived(full.store, full.id)]
    tamper(objects)
    before = full.store.revisions()
    with pytest.raises(InputError, match=because):
        restored(full.store, resealed(objects), as_new=True)
    assert full.store.revisions() == before


def test_a_change_of_one_letter_is_noticed(full: Table) -> None:
    text = "".join(archived(full.store, full.id)).replace("so be it", "so be It")
    with pytest.raises(InputError, match="digest"):
        restored(full.store, text.splitlines(keepends=True), as_new=True)


@pytest.mark.parametrize("kept", [0, 1, 20, -1])
def test_a_file_that_was_cut_short_is_noticed(full: Table, kept: int) -> None:
    lines = archived(full.store, full.id)[:kept]
    with pytest.raises(InputError, match="cut short"):
        restored(full.store, lines, as_new=True)


@pytest.mark.parametrize(
    "text", ["GEOID,partner\n36,Harvest\n", "[]\n", '{"format": "else"}\n', "null\n"]
)
def test_another_file_is_no_archive(store: Store, text: str) -> None:
    with pytest.raises(InputError):
        restored(store, text.splitlines(keepends=True))


def test_nothing_follows_the_end(full: Table) -> None:
    lines = archived(full.store, full.id)
    with pytest.raises(InputError, match="after its end"):
        restored(full.store, [*lines, lines[-2]], as_new=True)
