from __future__ import annotations

import json
import re

import pytest

from gapmap.views.room_map import (
    RoomAddresses,
    join_page,
    room_map,
    room_message,
    room_page,
)
from tests.webapp.conftest import town

ADDRESSES = RoomAddresses(("a.js",), ("a.css",), "../", "../layers/x.json", None)
ATTACK = "</script><script>window.__xss=1</script>${1}`"


def test_a_page_has_no_token_and_nothing_of_the_board_but_its_name():
    page = room_page(town(), "bqzt7mnk2p", ADDRESSES, title="Town, board")
    assert "<title>Town, board</title>" in page
    assert '"board":"bqzt7mnk2p"' in page
    assert "token" not in page
    # Only files of our own, and who reads badly may enlarge it.
    assert re.findall(r'(?:src|href)="(?!\.\./|a\.)', page) == []
    assert "user-scalable=no" not in page


@pytest.mark.parametrize("attack", [ATTACK, '"><img src=x onerror=alert(1)>'])
def test_text_that_people_wrote_cannot_leave_its_place_in_the_page(attack):
    study = town(name=attack)
    page = room_page(study, "bqzt7mnk2p", ADDRESSES, title=attack)
    assert attack not in page
    assert "<img" not in page
    assert page.count("<script>window.__xss") == 0


def test_the_map_of_a_frame_says_that_it_waits_to_be_told_who_looks_on():
    framed = room_map(town(), "bqzt7mnk2p", ADDRESSES, is_framed=True).get_root().render()
    alone = room_map(town(), "bqzt7mnk2p", ADDRESSES).get_root().render()
    assert '"framed":true' in framed
    assert '"framed":false' in alone


def test_a_token_goes_to_the_frame_as_json():
    said = room_message("aaa.bbb</script>", "facilitator")
    (message,) = said._children.values()
    assert json.loads(message.state) == {"token": "aaa.bbb</script>", "view": "facilitator"}
    assert "</script>" not in message.state


def test_the_door_loads_only_what_it_needs():
    page = join_page(root="../", assets="../assets/1/")
    assert page.count("<script src=") == 2
    assert "leaflet" not in page
