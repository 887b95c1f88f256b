"""A digest tells what changed since a day, and a feed reader can follow it."""

from __future__ import annotations

from datetime import date, datetime
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from gapmap.views.digest import digest_feed, digest_text
from tests.views.minutes_boards import commit, minutes, played, put, take

NAMES = {"a": "http://www.w3.org/2005/Atom"}
FIRST = date(2026, 11, 22)


def feed_of(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)


def test_a_digest_counts_and_tells_what_changed() -> None:
    told = digest_text(minutes(*played()), since=FIRST)
    assert told.startswith("Town table: changes since 22 Nov 2026\n")
    assert "11 changes by 2 partners; the board is at revision 11." in told
    assert "- Harvest takes the west. Nobody objected. (due 10 Jan 2027)" in told
    assert "10:30 UTC, Harvest: Harvest took" in told


def test_only_what_came_since_is_told_as_a_change() -> None:
    made = minutes(*played())
    told = digest_text(made, since=date(2026, 11, 23))
    assert "Nothing changed. The board is at revision 11." in told
    assert "Decided" not in told
    assert len(feed_of(digest_feed(made, since=date(2026, 11, 23))).findall("a:entry", NAMES)) == 0


def test_what_is_late_and_what_is_due_soon_are_told_apart() -> None:
    told = digest_text(minutes(*played(), today=date(2026, 11, 25)), since=FIRST)
    late, soon = told.index("Late\n"), told.index("Due within two weeks\n")
    assert late < told.index("20 Nov 2026: Mosaic: Transport") < soon
    assert soon < told.index("1 Dec 2026: Harvest opens")
    much_later = digest_text(minutes(*played(), today=date(2026, 12, 2)), since=FIRST)
    assert much_later.index("1 Dec 2026: Harvest opens") > much_later.index("Late\n")


def test_what_is_open_already_is_not_late() -> None:
    made = minutes(
        *(take("Harvest", 0), commit(0, due="2026-11-01"), commit(0, to="opened")),
        today=date(2026, 12, 2),
    )
    assert "Late" not in digest_text(made, since=FIRST)


def test_the_open_need_and_the_open_requests_are_in_it() -> None:
    told = digest_text(minutes(*played()), since=FIRST)
    assert "Harvest, asked by Mosaic for" in told
    assert "Most open need that nobody holds" in digest_text(minutes(), since=FIRST)


def test_a_line_break_that_somebody_typed_makes_no_line_of_its_own() -> None:
    told = digest_text(minutes({"do": "decide", "text": "a\n- forged: line"}), since=FIRST)
    assert "\n- forged" not in told


def test_a_feed_is_what_atom_asks_for() -> None:
    feed = feed_of(digest_feed(minutes(*played()), since=FIRST, address="https://x.example/f"))
    assert feed.tag == f"{{{NAMES['a']}}}feed"
    for parent in (feed, *feed.findall("a:entry", NAMES)):
        for name in ("id", "title", "updated"):
            (found,) = parent.findall(f"a:{name}", NAMES)
            assert found.text
        assert parent.find("a:author/a:name", NAMES).text
        updated = parent.find("a:updated", NAMES).text
        assert datetime.fromisoformat(updated).tzinfo is not None
    ids = [one.text for one in feed.iterfind(".//a:id", NAMES)]
    assert len(set(ids)) == len(ids) == 12
    assert all(one.startswith("urn:uuid:") for one in ids)


def test_the_newest_entry_comes_first_and_keeps_its_name() -> None:
    short, long = minutes(*played()[:3]), minutes(*played())
    first, second = (feed_of(digest_feed(one, since=FIRST)) for one in (short, long))
    times = [one.text or "" for one in second.iterfind("a:entry/a:updated", NAMES)]
    assert times == sorted(times, reverse=True)
    before = [one.text for one in first.iterfind("a:entry/a:id", NAMES)]
    assert [one.text for one in second.iterfind("a:entry/a:id", NAMES)][-len(before) :] == before


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=200).filter(lambda text: text.strip()))
def test_a_feed_can_be_read_whatever_was_typed(text: str) -> None:
    clean = "".join(sign for sign in text if sign.isprintable()).strip() or "x"
    made = minutes(put("comments", text=clean + "\ufffe <b>&"), with_need=False)
    feed = feed_of(digest_feed(made, since=FIRST))
    content = feed.find("a:entry/a:content", NAMES)
    assert content.get("type") == "text"
    assert len(list(content)) == 0
    assert "<b>&" in content.text
