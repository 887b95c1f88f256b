"""A board of a town with three who sit at it, for the tests of what leaves the room."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from gapmap import usecases, wiring
from gapmap.board import joining
from gapmap.board.agenda import read_change
from gapmap.board.store import OPERATOR
from gapmap.board.values import Role
from gapmap.webapp import cached
from tests.webapp.conftest import town
from tests.webapp.test_board_page import HARBOUR, Workspace
from tests.webapp.test_server import get

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gapmap.board.store import Store

__all__ = ["DESK", "GUEST", "HARBOUR", "LEAD", "Table", "opened_boards"]

LEAD, DESK, GUEST = "Desk one", "Desk four", "Desk nine"


@contextmanager
def opened_boards(folder: Path) -> Iterator[Store]:
    """Open boards in a folder as the app's own, for a whole module: each test has its board."""
    workspace = Workspace(f"sqlite:///{folder / 'boards.db'}", town())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "open_workspace", lambda: workspace)
        cached.forget()
        yield cached.boards()
        cached.boards().close()
        cached.forget()


class Table:
    """A board, and who sits at it."""

    def __init__(self, store):
        areas = usecases.claimable_areas(town())
        self.store = store
        self.id = store.create_board("town", areas, title="Café table").id
        self.lead = self._come(Role.FACILITATOR, LEAD)
        self.desk = self._come(Role.PARTNER, DESK, HARBOUR)
        self.guest = self._come(Role.VIEWER, GUEST)
        change = {"do": "take", "partner": HARBOUR, "areas": [min(areas)]}
        self.do(change, by=self.desk)
        due = {"do": "advance", "to": "committed", "areas": [min(areas)], "due": "2030-06-01"}
        self.do(due, by=self.desk)

    def do(self, change, *, by):
        self.store.write(self.id, read_change(change), by=by.member.id)

    def _come(self, role, name, partner=""):
        code = joining.offer(self.store, self.id, role, partner=partner, by=OPERATOR).code
        return joining.join(self.store, code, name, source="here")

    def take(self, paper, who=None, *, query="", headers=()):
        """Ask for a paper with somebody's token; status, headers and content."""
        shown = {"Authorization": f"Bearer {who.token}"} if who else {}
        path = f"/gapmap/board/{self.id}/papers/{paper}"
        return get(path, query=query, headers={**shown, **dict(headers)})

    def text(self, paper, who, **options):
        status, _, body = self.take(paper, who, **options)
        assert status == 200, body
        return body.decode()
