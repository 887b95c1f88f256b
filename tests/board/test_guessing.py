"""Who guesses is slowed down, on all servers together, and keeps nobody else out for long."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from gapmap.board import joining, tables
from gapmap.board.guessing import place_of
from gapmap.board.store import OPERATOR
from gapmap.board.values import Role
from gapmap.errors import NotAllowedError
from tests.board.builders import A

if TYPE_CHECKING:
    from gapmap.board.store import Store
    from tests.board.builders import Clock, Table

ROOM = "203.0.113.9"


@pytest.fixture(autouse=True)
def today(clock: Clock) -> None:
    """Tokens are checked by the clock of the machine: the other one has to agree."""
    clock.at = datetime.now(UTC)


def guess_until_stopped(table: Table, other: Store, source: str) -> int:
    """Guess at two servers in turn; returns how many guesses were answered."""
    for number in range(100):
        store = (table.store, other)[number % 2]
        with pytest.raises(NotAllowedError) as refused:
            joining.join(store, f"BBBB-{number:04d}", "Desk five", source=source)
        if "Too many" in str(refused.value):
            return number
    raise AssertionError("nobody stopped the guesser")


def test_thirty_laptops_behind_one_address_come_in_by_link_while_somebody_guesses_there(
    table: Table, other_store: Store
) -> None:
    code = joining.offer(table.store, table.id, Role.VIEWER, by=OPERATOR)
    assert guess_until_stopped(table, other_store, ROOM) == 20
    with pytest.raises(NotAllowedError, match="ask the facilitator for a link"):
        joining.join(other_store, code.code, "Desk four", source=ROOM)
    for number in range(30):
        store = (table.store, other_store)[number % 2]
        assert joining.join(store, code.in_link, f"Desk {number}", source=ROOM).token


def test_thirty_laptops_behind_one_address_may_all_type_the_code_at_once(table: Table) -> None:
    code = joining.offer(table.store, table.id, Role.VIEWER, by=OPERATOR).code
    for number in range(30):
        if number % 2:
            with pytest.raises(NotAllowedError, match="mistyped"):
                joining.join(table.store, f"{code[:-1]}!", "Desk four", source="198.51.100.7")
        assert joining.join(table.store, code, f"Desk {number}", source="198.51.100.7").token


def test_a_link_is_good_only_whole_and_for_its_own_code(table: Table) -> None:
    code, other = (joining.offer(table.store, table.id, Role.VIEWER, by=OPERATOR) for _ in range(2))
    wrong = code.code + other.in_link[len(other.code) :]
    for attempt in (wrong, code.in_link[:-1], code.in_link + "2", code.in_link[:-1] + "é"):
        with pytest.raises(NotAllowedError, match="lets nobody in"):
            joining.join(table.store, attempt, "Desk five", source="here")
    joining.withdraw(table.store, table.id, code.code, by=OPERATOR)
    with pytest.raises(NotAllowedError, match="lets nobody in"):
        joining.join(table.store, code.in_link, "Desk five", source="here")


@pytest.mark.parametrize(
    ("one", "other", "is_one_hand"),
    [
        ("2001:db8:1:2::7", "2001:db8:1:2:ffff::1", True),
        ("2001:db8:1:2::7", "2001:db8:1:3::7", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("command line", "this machine", False),
    ],
)
def test_whoever_can_choose_an_address_is_counted_as_one(
    table: Table, one: str, other: str, is_one_hand: bool
) -> None:
    first, second = (place_of(table.store, source, "code") for source in (one, other))
    assert (first == second) is is_one_hand
    assert place_of(table.store, one, "phrase") != first


def test_who_signed_in_comes_back_without_a_code_until_they_leave(
    table: Table, other_store: Store, clock: Clock
) -> None:
    made = joining.admit(
        table.store, table.id, Role.FACILITATOR, "Desk four", by=OPERATOR, person="https://id 7"
    )
    clock.turn(hours=24 * 40)  # their time at the board is over
    back = joining.returning(other_store, table.id, "https://id 7")
    assert back is not None
    assert (back.member.id, back.member.role) == (made.member.id, Role.FACILITATOR)
    assert back.member.expires is not None
    assert back.member.expires > clock.at
    assert joining.returning(table.store, table.id, "https://id 8") is None
    joining.forget(table.store, table.id, made.member.id, by=made.member.id)
    assert joining.returning(table.store, table.id, "https://id 7") is None


def test_of_who_signed_in_another_digest_is_kept_on_every_board_and_none_once_they_left(
    table: Table,
) -> None:
    store = table.store
    other = store.create_board("town", {A: None}).id

    def kept() -> dict[str, str]:
        query = sa.select(tables.known).where(tables.known.c.board_id.in_([table.id, other]))
        with store.database.reading() as connection:
            return {row.board_id: row.person for row in connection.execute(query)}

    for board in (table.id, other):
        joining.admit(store, board, Role.FACILITATOR, "Ana", by=OPERATOR, person="https://id 7")
    digests = kept()
    assert len(set(digests.values())) == 2
    assert not any("id 7" in one for one in digests.values())
    mine = joining.returning(store, other, "https://id 7")
    assert mine is not None
    joining.dismiss(store, other, mine.member.id, by=OPERATOR)
    assert kept() == {table.id: digests[table.id]}


def test_only_a_facilitator_lets_somebody_in_without_a_code(table: Table) -> None:
    partner = table.seat(Role.PARTNER, "Harvest")
    with pytest.raises(NotAllowedError, match="Only a facilitator"):
        joining.admit(table.store, table.id, Role.FACILITATOR, "Desk five", by=partner.by)
