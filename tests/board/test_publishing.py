"""A public link is a facilitator's to make and to withdraw, and withdrawn it stays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gapmap.board import joining
from gapmap.board.claims import Take
from gapmap.board.publishing import publication, publication_of, publish, unpublish
from gapmap.board.store import OPERATOR
from gapmap.board.values import Role
from gapmap.errors import NotAllowedError, UnknownNameError
from tests.board.builders import A, Clock, Table

if TYPE_CHECKING:
    from gapmap.board.publishing import Publication


@pytest.fixture(autouse=True)
def today(clock: Clock) -> None:
    """Tokens are checked by the clock of the machine: the other one has to agree."""
    clock.at = datetime.now(UTC)


def made(table: Table) -> Publication:
    return publish(table.store, table.id, by=OPERATOR)


def test_a_board_has_one_public_link_however_often_it_is_published(table: Table) -> None:
    assert publication_of(table.store, table.id) is None
    link = made(table)
    assert made(table) == link
    assert publication_of(table.store, table.id) == link
    assert publication(table.store, link.key) == link
    assert link.is_open


def test_who_comes_by_it_looks_on_and_changes_nothing(table: Table) -> None:
    link = made(table)
    viewer = table.store.member(table.id, link.member)
    assert viewer.role is Role.VIEWER
    token = joining.token_of(table.store, viewer)
    assert joining.member_of_token(table.store, token, table.id) == viewer
    with pytest.raises(NotAllowedError):
        table.store.write(table.id, Take(areas=(A,), partner="Harvest"), by=viewer.id)


def test_a_link_that_was_withdrawn_never_opens_again(table: Table) -> None:
    link = made(table)
    token = joining.token_of(table.store, table.store.member(table.id, link.member))
    assert unpublish(table.store, table.id, by=OPERATOR)
    assert publication_of(table.store, table.id) is None
    again = made(table)
    assert again.key != link.key
    gone = publication(table.store, link.key)
    assert gone is not None
    assert not gone.is_open
    with pytest.raises(NotAllowedError):
        joining.member_of_token(table.store, token, table.id)


def test_withdrawing_what_is_not_there_is_no_fault(table: Table) -> None:
    assert not unpublish(table.store, table.id, by=OPERATOR)


@pytest.mark.parametrize("role", [Role.PARTNER, Role.VIEWER])
def test_only_a_facilitator_publishes_and_withdraws(table: Table, role: Role) -> None:
    somebody = table.seat(role, "Harvest" if role is Role.PARTNER else "")
    with pytest.raises(NotAllowedError, match="Only a facilitator"):
        publish(table.store, table.id, by=somebody.by)
    made(table)
    with pytest.raises(NotAllowedError, match="Only a facilitator"):
        unpublish(table.store, table.id, by=somebody.by)
    assert publication_of(table.store, table.id) is not None


def test_a_key_that_never_was_leads_nowhere(table: Table) -> None:
    assert publication(table.store, "nothing") is None
    with pytest.raises(UnknownNameError):
        publish(table.store, "nothing", by=OPERATOR)
