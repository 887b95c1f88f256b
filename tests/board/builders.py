"""What tests of boards are made of: areas, a clock to turn, a board to act on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gapmap.board.joining import join, offer
from gapmap.board.store import OPERATOR, Store, Written

if TYPE_CHECKING:
    from gapmap.board.changes import Change
    from gapmap.board.values import Member, Role

AREAS = {f"3600500{number:04d}": f"N{number // 10}" for number in range(40)}
A, B, C, D = list(AREAS)[:4]


@dataclass
class Clock:
    """A clock that stands still until it is turned."""

    at: datetime = field(default_factory=lambda: datetime(2026, 11, 22, 9, 30, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def turn(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Table:
    """A board and somebody who acts on it."""

    store: Store
    id: str
    by: str = OPERATOR

    def do(self, change: Change, **options: object) -> Written:
        return self.store.write(self.id, change, by=self.by, **options)  # type: ignore[arg-type]

    def seat(self, role: Role, partner: str = "", name: str = "Somebody") -> Table:
        """Let somebody join, as a code would."""
        code = offer(self.store, self.id, role, by=OPERATOR, partner=partner)
        joined = join(self.store, code.code, name, source="a test")
        return Table(self.store, self.id, joined.member.id)

    @property
    def member(self) -> Member:
        return self.store.member(self.id, self.by)

    def holder(self, key: str) -> str | None:
        claim = self.store.state(self.id).claim(key)
        return None if claim is None else claim.partner

    @property
    def revision(self) -> int:
        return self.store.board(self.id).revision
