"""Who is here, and what a meeting needs beside the plan."""

from __future__ import annotations

from gapmap.board import tables
from gapmap.board.values import read_time

VIEW = {"lat": 40.8, "lng": -73.9, "zoom": 12, "mode": "", "selection": []}


def there_are(count):
    return lambda client: client.presence["count"] == count


def room_is(version):
    return lambda client: client.room["version"] >= version


def names(presence):
    return [one["name"] for one in presence["people"]]


def test_everybody_sees_who_is_here_and_who_has_gone(table):
    lead = table.join("lead")
    harbour = table.join("harbour")
    lead.wait(there_are(2))
    assert names(lead.presence) == ["Lead", "Harbour"]
    assert lead.presence["partners"] == ["Harbour Aid"]
    harbour.close()
    lead.wait(there_are(1))
    assert names(lead.presence) == ["Lead"]


def test_two_tabs_are_one_person_but_a_link_to_look_on_is_shared_by_many(small_table):
    lead = small_table.join("lead")
    for who in ("harbour", "harbour", "looker", "looker", "looker"):
        small_table.join(who)
    lead.wait(there_are(5))
    assert names(lead.presence) == ["Lead", "Harbour", "Looker"]


def test_the_wall_that_the_board_is_projected_on_is_nobody(small_table):
    small_table.join("looker", query="?view=projector")
    lead = small_table.join("lead")
    lead.wait(there_are(1))
    assert names(lead.presence) == ["Lead"]


def test_who_looks_on_is_told_how_many_are_here_and_nobody_s_name(small_table):
    small_table.join("lead").in_room(do="lead", view=VIEW)
    harbour = small_table.join("harbour")
    looker = small_table.join("looker")
    looker.wait(there_are(3))
    assert looker.presence == {"count": 3, "people": [], "partners": ["Harbour Aid"]}
    assert looker.room["follow"] == {
        "leader": small_table.member("lead"),
        "name": "",
        "view": VIEW,
    }
    harbour.take("36005000000", partner="Harbour Aid")
    looker.at(2)
    said = "".join(map(str, looker.messages))
    assert "Harbour Aid" in said
    assert "'Harbour'" not in said
    assert "'Lead'" not in said


def test_a_timer_is_everybody_s_and_counts_down_to_the_same_moment(table):
    lead, harbour = table.join("lead"), table.join("harbour")
    answer = lead.in_room(do="timer", seconds=300, label="Choose")
    assert answer["kind"] == "done"
    timer = harbour.wait(room_is(1)).room["timer"]
    assert (timer["label"], timer["seconds"], timer["left_s"]) == ("Choose", 300, None)
    lasts = read_time(timer["ends"]) - read_time(timer["started"])
    assert lasts.total_seconds() == 300
    lead.in_room(do="pause")
    paused = harbour.wait(room_is(2)).room["timer"]
    assert 290 < paused["left_s"] <= 300
    lead.in_room(do="resume")
    assert harbour.wait(room_is(3)).room["timer"]["left_s"] is None
    assert read_time(harbour.room["timer"]["ends"]) >= read_time(timer["ends"])
    lead.in_room(do="stop")
    assert harbour.wait(room_is(4)).room["timer"] is None


def test_who_comes_later_finds_the_room_as_it_is(table):
    lead = table.join("lead")
    lead.in_room(do="lead", view=VIEW)
    lead.in_room(do="timer", seconds=60)
    room = table.join("harbour").room
    assert room["follow"] == {"leader": table.member("lead"), "name": "Lead", "view": VIEW}
    assert room["timer"]["seconds"] == 60
    assert room["version"] == 2


def test_everybody_follows_the_map_of_who_took_the_lead_last(small_table):
    """Two facilitators: the one who leads moves the map, the other is told that they do not."""
    first, second = small_table.join("lead"), small_table.join("lead")
    looker = small_table.join("looker")
    first.in_room(do="lead", view=VIEW)
    moved = VIEW | {"zoom": 15}
    first.in_room(do="view", view=moved)
    assert looker.wait(room_is(2)).room["follow"]["view"] == moved
    small_table.promote("mill")
    mill = small_table.join("mill")
    mill.in_room(do="lead", view=VIEW)
    refused = first.in_room(do="view", view=moved)
    assert (refused["code"], refused["again"]) == ("conflict", False)
    assert looker.wait(room_is(3)).room["follow"]["view"] == VIEW
    assert second.in_room(do="let go")["kind"] == "done"
    assert looker.wait(room_is(4)).room["follow"] is None


def test_a_show_of_hands_counts_each_once_and_can_be_changed_until_it_ends(table):
    lead, harbour, mill = (table.join(who) for who in ("lead", "harbour", "mill"))
    lead.in_room(do="ask hands", question="Open two on the hill?", subject="s1")
    of = harbour.wait(room_is(1)).room["hands"]["id"]
    for client, answer in ((harbour, "against"), (mill, "for"), (harbour, "for")):
        assert client.in_room(do="hand", of=of, answer=answer)["kind"] == "done"
    lead.wait(room_is(4))
    hands = lead.room["hands"]
    assert hands["counts"] == {"for": 2, "against": 0, "abstained": 0}
    assert sorted(one["partner"] for one in hands["answers"]) == ["Harbour Aid", "Mill Friends"]
    harbour.in_room(do="hand", of=of, answer=None)
    lead.in_room(do="end hands")
    late = mill.in_room(do="hand", of=of, answer="against")
    assert late["code"] == "conflict"
    mill.wait(room_is(6))
    assert mill.room["hands"]["counts"] == {"for": 1, "against": 0, "abstained": 0}
    lead.in_room(do="clear hands")
    assert mill.wait(room_is(7)).room["hands"] is None


def test_a_question_asked_again_under_its_name_keeps_the_answers(small_table):
    lead, mill = small_table.join("lead"), small_table.join("mill")
    first = lead.ask("room", "q-1", do="ask hands", question="Now?")
    hands = mill.wait(room_is(1)).room["hands"]
    mill.in_room(do="hand", of=hands["id"], answer="for")
    again = lead.ask("room", "q-1", do="ask hands", question="Now?")
    assert first["version"] < again["version"]
    assert small_table.join("lead").room["hands"]["counts"]["for"] == 1


def test_an_answer_to_the_question_before_is_not_counted_for_the_new_one(small_table):
    lead, mill = small_table.join("lead"), small_table.join("mill")
    lead.in_room(do="ask hands", question="Now?")
    before = mill.wait(room_is(1)).room["hands"]["id"]
    lead.in_room(do="ask hands", question="Never?")
    assert mill.in_room(do="hand", of=before, answer="for")["code"] == "conflict"
    assert small_table.join("lead").room["hands"]["answers"] == []


def test_only_a_facilitator_leads_and_who_looks_on_is_not_counted(small_table):
    lead = small_table.join("lead")
    lead.in_room(do="ask hands", question="Now?")
    of = small_table.join("lead").room["hands"]["id"]
    commands = [
        *({"do": do} for do in ("pause", "resume", "stop", "let go", "end hands", "clear hands")),
        *({"do": do, "view": VIEW} for do in ("lead", "view")),
        {"do": "timer", "seconds": 5},
        {"do": "ask hands", "question": "Me?"},
    ]
    for who in ("harbour", "looker"):
        client = small_table.join(who)
        codes = {client.in_room(**command)["code"] for command in commands}
        assert codes == {"forbidden"}
    assert client.in_room(do="hand", of=of, answer="for")["code"] == "forbidden"
    assert small_table.join("lead").room["version"] == 1


def test_a_room_refuses_what_it_cannot_do_and_says_why(small_table):
    lead = small_table.join("lead")
    for command, word in (
        ({"do": "fly"}, "do"),
        ({}, "do"),
        ({"do": "timer", "seconds": 0}, "seconds"),
        ({"do": "timer", "seconds": 1e9}, "seconds"),
        ({"do": "lead", "view": VIEW | {"lat": 91}}, "lat"),
        ({"do": "lead", "view": VIEW | {"selection": ["x"] * 501}}, "selection"),
        ({"do": "pause"}, "no timer"),
    ):
        refused = lead.in_room(**command)
        assert refused["code"] == "request"
        assert word in refused["why"]
    assert lead.room["version"] == 0


def test_claiming_is_closed_for_partners_and_everybody_sees_it(table):
    lead, harbour = table.join("lead"), table.join("harbour")
    lead.do({"do": "claiming", "is_open": False})
    assert harbour.at(2).state["about"]["claiming"] == {"is_open": False}
    refused = harbour.take("36005000000", partner="Harbour Aid")
    assert refused["code"] == "forbidden"
    lead.do({"do": "claiming", "is_open": True})
    assert harbour.take("36005000000", partner="Harbour Aid")["kind"] == "done"


def test_a_decision_is_frozen_on_what_everybody_saw_with_the_hands(table):
    lead, looker = table.join("lead"), table.join("looker")
    lead.take("36005000000", partner="Harbour Aid")
    hands = {"for_count": 9, "against_count": 1}
    lead.do({"do": "decide", "id": "d1", "text": "Harbour Aid opens first.", "hands": hands})
    decision = looker.at(3).state["decisions"]["d1"]
    assert (decision["on_revision"], decision["hands"]) == (2, hands)


def test_a_room_that_another_version_wrote_is_an_empty_one_and_can_be_used(table):
    table.join("lead").in_room(do="timer", seconds=60)
    table.close_tabs()
    with table.store.database.writing() as connection:
        state = {"timer": "an hourglass", "weather": "fair"}
        mine = tables.room.c.board_id == table.board
        connection.execute(tables.room.update().where(mine).values(state=state, version=7))
    server = table.serve()
    lead = table.join("lead", server=server)
    assert (lead.room["timer"], lead.room["version"]) == (None, 7)
    assert lead.in_room(do="timer", seconds=90)["version"] == 8
