"""People come with a short code, act with a signed token, and leave no name behind."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta

import jwt
import pytest
import sqlalchemy as sa

from gapmap.board import joining, tables
from gapmap.board.archive import archived
from gapmap.board.claims import Take
from gapmap.board.publishing import publish
from gapmap.board.store import OPERATOR, Store
from gapmap.board.values import Role
from gapmap.errors import NotAllowedError, RequestError
from tests.board.builders import A, Clock, Table


@pytest.fixture(autouse=True)
def today(clock: Clock) -> None:
    """Tokens are checked by the clock of the machine: the other one has to agree."""
    from datetime import UTC, datetime

    clock.at = datetime.now(UTC)


def offer(table: Table, role: Role = Role.PARTNER, **options: object) -> joining.JoinCode:
    return joining.offer(table.store, table.id, role, by=OPERATOR, **options)  # type: ignore[arg-type]


def test_a_code_lets_people_in_as_what_it_says(table: Table) -> None:
    code = offer(table, partner="Harvest")
    assert re.fullmatch(r"[2-9B-DF-HJ-NP-TV-XZ]{4}-[2-9B-DF-HJ-NP-TV-XZ]{4}", code.code)
    typed = f" {code.code.lower().replace('-', ' ')} "
    joined = joining.join(table.store, typed, "  Ana  María ", source="here", partner="Mosaic")
    assert joined.member.name == "Ana María"
    assert (joined.member.role, joined.member.partner) == (Role.PARTNER, "Harvest")
    found = joining.member_of_token(table.store, joined.token, table.id)
    assert found == joined.member
    table.store.write(table.id, Take(areas=(A,), partner="Harvest"), by=found.id)
    (event,) = table.store.events(table.id, after=1)
    assert (event.member, event.partner) == (found.id, "Harvest")


def test_without_a_partner_in_the_code_people_say_whose_they_are(table: Table) -> None:
    code = offer(table).code
    with pytest.raises(RequestError, match="for which partner"):
        joining.join(table.store, code, "Ana", source="here")
    joined = joining.join(table.store, code, "Ana", source="here", partner="Mosaic")
    assert joined.member.partner == "Mosaic"


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "nul\x00"])
def test_a_name_is_needed_and_is_text(table: Table, name: str) -> None:
    with pytest.raises(RequestError, match="name cannot be used"):
        joining.join(table.store, offer(table, Role.VIEWER).code, name, source="here")


def test_a_code_ends_by_time_or_by_being_withdrawn(table: Table, clock: Clock) -> None:
    first, second = offer(table, Role.VIEWER, hours=1), offer(table, Role.VIEWER, hours=9)
    assert joining.codes(table.store, table.id, by=OPERATOR) == (first, second)
    clock.turn(hours=2)
    assert joining.codes(table.store, table.id, by=OPERATOR) == (second,)
    joining.withdraw(table.store, table.id, second.code, by=OPERATOR)
    for code in (first, second):
        with pytest.raises(NotAllowedError, match="lets nobody in"):
            joining.join(table.store, code.code, "Ana", source=f"from {code.code}")


def test_only_facilitators_let_people_in(table: Table) -> None:
    partner = table.seat(Role.PARTNER, "Harvest")
    for forbidden in (
        lambda: joining.offer(table.store, table.id, Role.FACILITATOR, by=partner.by),
        lambda: joining.codes(table.store, table.id, by=partner.by),
        lambda: joining.withdraw(table.store, table.id, "x", by=partner.by),
        lambda: joining.dismiss(table.store, table.id, OPERATOR, by=partner.by),
        lambda: joining.set_role(
            table.store, table.id, partner.by, Role.FACILITATOR, by=partner.by
        ),
    ):
        with pytest.raises(NotAllowedError, match="Only a facilitator"):
            forbidden()
    leader = table.seat(Role.FACILITATOR)
    assert joining.offer(table.store, table.id, Role.VIEWER, by=leader.by).role is Role.VIEWER
    joining.dismiss(table.store, table.id, leader.by, by=leader.by)
    with pytest.raises(NotAllowedError):
        joining.offer(table.store, table.id, Role.VIEWER, by=leader.by)


def test_one_of_the_many_who_come_by_the_public_link_cannot_send_the_others_away(
    table: Table,
) -> None:
    link = publish(table.store, table.id, by=OPERATOR)
    for go in (joining.forget, joining.dismiss):
        for by in (link.member, OPERATOR):
            with pytest.raises(RequestError, match="public link"):
                go(table.store, table.id, link.member, by=by)
    viewer = table.store.member(table.id, link.member)
    token = joining.token_of(table.store, viewer)
    assert joining.member_of_token(table.store, token, table.id) == viewer


def test_guessing_ends_soon_and_begins_again_later(
    table: Table, other_store: Store, clock: Clock
) -> None:
    code = offer(table, Role.VIEWER).code
    source = f"guesser of {table.id}"
    for number in range(20):
        store = (table.store, other_store)[number % 2]
        with pytest.raises(NotAllowedError, match="lets nobody in"):
            joining.join(store, f"BBBB-{number:04d}", "Desk five", source=source)
    # The right one does not help any more either, whichever server is asked.
    for store in (table.store, other_store):
        with pytest.raises(NotAllowedError, match="Too many wrong codes"):
            joining.join(store, code, "Desk five", source=source)
    assert joining.join(table.store, code, "Ana", source="somebody else").token
    clock.turn(seconds=30)
    assert joining.join(table.store, code, "Desk five", source=source).token


def test_where_a_guess_came_from_is_not_kept(table: Table, clock: Clock) -> None:
    def sources() -> list[str]:
        with table.store.database.reading() as connection:
            return list(connection.execute(sa.select(tables.attempt.c.source)).scalars())

    before = set(sources())
    with pytest.raises(NotAllowedError):
        joining.join(table.store, "BBBB", "Desk five", source="192.0.2.7")
    (mine,) = set(sources()) - before
    assert not any("192.0.2.7" in one for one in sources())
    clock.turn(hours=2)
    with pytest.raises(NotAllowedError):
        joining.join(table.store, "BBBB", "Desk five", source="192.0.2.8")
    assert mine not in sources()


def changed(token: str, **claims: object) -> str:
    """A token whose content somebody altered, with the old signature."""
    head, body, signature = token.split(".")
    padded = body + "=" * (-len(body) % 4)
    altered = json.loads(base64.urlsafe_b64decode(padded)) | claims
    packed = base64.urlsafe_b64encode(json.dumps(altered).encode()).decode().rstrip("=")
    return f"{head}.{packed}.{signature}"


def test_a_token_that_was_tampered_with_is_refused(table: Table) -> None:
    ana = table.seat(Role.VIEWER).member
    token = joining.token_of(table.store, ana)
    body = jwt.decode(token, options={"verify_signature": False})
    unsigned = jwt.encode(body, None, algorithm="none")
    foreign = jwt.encode(body, "x" * 32, algorithm="HS256")
    stripped = {name: value for name, value in body.items() if name != "exp"}
    endless = jwt.encode(stripped, table.store.secret(), algorithm="HS256")
    for bad in (changed(token, sub=OPERATOR), unsigned, foreign, endless, "", "x.y.z", token[:-2]):
        with pytest.raises(NotAllowedError, match="not good here"):
            joining.member_of_token(table.store, bad, table.id)
    other = table.store.create_board("nyc", {A: None})
    with pytest.raises(NotAllowedError, match="not good here"):
        joining.member_of_token(table.store, token, other.id)
    assert joining.member_of_token(table.store, token) == ana


def test_a_token_expires(table: Table, clock: Clock) -> None:
    code = offer(table, Role.VIEWER, hours=24 * 300).code
    clock.turn(days=-31)
    joined = joining.join(table.store, code, "Ana", source="here")
    with pytest.raises(NotAllowedError, match="time on this board is over"):
        joining.member_of_token(table.store, joined.token, table.id)


def test_all_servers_of_a_database_know_a_token(table: Table, other_store: Store) -> None:
    ana = table.seat(Role.VIEWER).member
    token = joining.token_of(table.store, ana)
    assert joining.member_of_token(other_store, token) == ana


def test_a_dismissed_members_token_is_worth_nothing(table: Table) -> None:
    ana = table.seat(Role.VIEWER)
    token = joining.token_of(table.store, ana.member)
    joining.dismiss(table.store, table.id, ana.by, by=ana.by)
    with pytest.raises(NotAllowedError, match="have left"):
        joining.member_of_token(table.store, token)


def test_a_forgotten_name_is_nowhere_and_what_was_done_stays(table: Table) -> None:
    ana = table.seat(Role.PARTNER, "Harvest", "Ana Unmistakable")
    ana.do(Take(areas=(A,), partner="Harvest"))
    assert "Ana Unmistakable" in "".join(archived(table.store, table.id))
    assert "Ana Unmistakable" not in "".join(archived(table.store, table.id, with_names=False))
    joining.forget(table.store, table.id, ana.by, by=ana.by)
    assert "Ana Unmistakable" not in "".join(archived(table.store, table.id))
    with table.store.database.reading() as connection:
        for one in tables.metadata.sorted_tables:
            rows = connection.execute(sa.select(one)).all()
            assert not any("Unmistakable" in str(row) for row in rows), one.name
    assert table.holder(A) == "Harvest"
    assert table.store.events(table.id)[-1].member == ana.by


def test_who_has_the_database_cannot_be_shut_out(table: Table) -> None:
    for act in (joining.dismiss, joining.forget):
        with pytest.raises(RequestError, match="always a facilitator"):
            act(table.store, table.id, OPERATOR, by=OPERATOR)


@pytest.mark.parametrize("hours", [0, -1, 1e9, float("nan")])
def test_a_code_is_good_for_some_time(table: Table, hours: float) -> None:
    with pytest.raises(RequestError, match="hours"):
        offer(table, Role.VIEWER, hours=hours)


def test_members_stay_a_month(table: Table, clock: Clock) -> None:
    assert table.seat(Role.VIEWER).member.expires == clock.at + timedelta(days=30)
