"""The batch geocoder: each address asked once, every row answered, nothing else ever sent."""

from __future__ import annotations

import csv
import io
import itertools
import sqlite3
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gapmap.errors import CancelledError, SourceError
from gapmap.sources.geocoder import GEOCODER_COLUMNS, Geocoder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TODAY = date(2026, 7, 1)


@dataclass
class Body:
    body: bytes

    def content(self) -> bytes:
        return self.body


@dataclass
class Service:
    """A geocoder that knows a street by its first word, and keeps what it was sent."""

    sent: list[list[list[str]]] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)

    def post(self, url: str, *, fields: Any, file: bytes, check: Any, **options: Any) -> Body:
        assert url == "http://geocoder/locations/addressbatch"
        assert fields == {"benchmark": "Public_AR_Current"}
        assert options["keep_days"] == 0
        rows = list(csv.reader(io.StringIO(file.decode())))
        self.sent.append(rows)
        body = self.bodies.pop(0) if self.bodies else "".join(map(answer_of, reversed(rows)))
        if isinstance(body, Exception):
            raise body
        check(body.encode())
        return Body(body.encode())

    @property
    def asked(self) -> list[str]:
        return [row[1] for rows in self.sent for row in rows]


def answer_of(row: list[str]) -> str:
    number, street = row[0], row[1]
    end = {
        "Exact": f'"Match","Exact","{street.upper()}, AUSTIN, TX, 78701","-97.7{number},30.25"',
        "Near": f'"Match","Non_Exact","{street.upper()}","-97.7{number},30.25","1","L"',
        "Two": '"Tie"',
        "Odd": '"Match","Exact","ODD","north,south","1","L"',
    }.get(street.split()[0], '"No_Match"')
    return f'"{number}","{street}, Austin, TX, 78701",{end}\n'


def listed(*streets: str, **columns: Any) -> pd.DataFrame:
    usual = {
        "id": [f"private {row}" for row in range(len(streets))],
        "street": list(streets),
        "city": "Austin",
        "state": "TX",
        "zip": "78701",
    }
    return pd.DataFrame(usual | columns)


def geocoder(service: Service, folder: Path | None = None, **options: Any) -> Geocoder:
    return Geocoder(service, "http://geocoder/", cache_folder=folder, today=TODAY, **options)


def test_matches_ties_and_misses_are_kept_apart_in_the_order_asked() -> None:
    found = geocoder(Service()).locate(listed("Two St", "Exact St", "Lost St", "Near St", "Odd St"))
    assert tuple(found.columns) == GEOCODER_COLUMNS
    assert found["id"].tolist() == [f"private {row}" for row in range(5)]
    assert found["outcome"].tolist() == ["tie", "match", "no match", "match", "failed"]
    assert found["quality"].tolist() == ["", "exact", "", "inexact", ""]
    assert found["longitude"].tolist()[1] == pytest.approx(-97.72)
    assert found["latitude"].notna().tolist() == [False, True, False, True, False]
    assert found["note"].ne("").tolist() == [True, False, True, False, True]


def test_nothing_but_the_parts_of_an_address_is_sent() -> None:
    service = Service()
    geocoder(service).locate(
        listed("Exact St", name=["Secret Kitchen"], phone=["555-0100"], zip=["78701-1234"])
    )
    assert service.sent == [[["1", "Exact St", "Austin", "TX", "78701"]]]


def test_the_same_address_in_other_letters_is_asked_once() -> None:
    service = Service()
    found = geocoder(service).locate(
        listed("Exact St.", "EXACT  ST", "exact st", zip=["78701", "78701-0001", "78701"])
    )
    assert service.asked == ["Exact St."]
    assert found["outcome"].tolist() == ["match"] * 3
    assert found["longitude"].nunique() == 1


def test_the_same_street_in_two_towns_is_two_addresses() -> None:
    for column, texts in (("zip", ["78701", "78702"]), ("city", ["Austin", "Manor"])):
        service = Service()
        geocoder(service).locate(listed("Exact St", "Exact St", **{column: texts}))
        assert len(service.asked) == 2


def test_an_apartment_number_makes_another_address() -> None:
    service = Service()
    geocoder(service).locate(listed("Exact St 1", "Exact St 11", "Exact St 1-1"))
    assert len(service.asked) == 3


def test_a_row_without_an_address_says_so_and_is_not_sent() -> None:
    service = Service()
    found = geocoder(service).locate(
        listed("", "Exact St", None, zip=["78701", "", ""], state=["TX", "", "TX"])
    )
    assert found["outcome"].tolist() == ["no address"] * 3
    assert found["note"].tolist() == [
        "The row has no street.",
        "The row has no ZIP code, and no city with its state.",
        "The row has no street.",
    ]
    assert service.sent == []


def test_a_list_is_asked_in_chunks_and_progress_counts_addresses() -> None:
    service, seen = Service(), []
    streets = [f"Exact St {row}" for row in range(7)]
    geocoder(service, rows_a_request=3).locate(
        listed(*streets), progress=lambda done, total: seen.append((done, total))
    )
    assert [len(rows) for rows in service.sent] == [3, 3, 1]
    assert seen == [(0, 7), (3, 7), (6, 7), (7, 7)]


def test_no_request_holds_more_than_a_thousand_addresses() -> None:
    service = Service()
    streets = [f"Exact St {row}" for row in range(1_200)]
    geocoder(service, rows_a_request=5_000).locate(listed(*streets))
    assert [len(rows) for rows in service.sent] == [1_000, 200]


def test_a_changed_list_asks_for_its_new_addresses_only(tmp_path: Path) -> None:
    geocoder(Service(), tmp_path).locate(listed("Exact St", "Two St", "Lost St"))
    service = Service()
    found = geocoder(service, tmp_path).locate(listed("Near St", "Lost St", "Exact St"))
    assert service.asked == ["Near St"]
    assert found["outcome"].tolist() == ["match", "no match", "match"]
    assert found["matched_address"].tolist()[2] == "EXACT ST, AUSTIN, TX, 78701"


def test_what_was_not_found_is_asked_again_after_a_month_and_a_place_after_years(
    tmp_path: Path,
) -> None:
    geocoder(Service(), tmp_path).locate(listed("Exact St", "Two St", "Lost St"))
    for days, asked in ((30, []), (31, ["Two St", "Lost St"]), (800, ["Exact St"])):
        service = Service()
        later = Geocoder(
            service, "http://geocoder", cache_folder=tmp_path, today=TODAY + timedelta(days=days)
        )
        later.locate(listed("Exact St", "Two St", "Lost St"))
        assert set(asked) <= set(service.asked)
        assert asked or not service.asked


def test_two_services_do_not_answer_for_each_other(tmp_path: Path) -> None:
    geocoder(Service(), tmp_path).locate(listed("Exact St"))
    other = Geocoder(Service(), "http://other", cache_folder=tmp_path, today=TODAY)
    with pytest.raises(AssertionError, match="http://other"):
        other.locate(listed("Exact St"))


def test_no_address_stands_in_the_cache_in_the_words_of_the_list(tmp_path: Path) -> None:
    geocoder(Service(), tmp_path).locate(listed("Lost private St"))
    assert b"private" not in (tmp_path / "geocoder.sqlite").read_bytes().lower()


def test_a_failed_chunk_is_kept_apart_and_asked_again_next_time(tmp_path: Path) -> None:
    service = Service(bodies=[SourceError("It is down.")])
    streets = listed("Exact A", "Exact B", "Exact C")
    first = geocoder(service, tmp_path, rows_a_request=2).locate(streets)
    assert first["outcome"].tolist() == ["failed", "failed", "match"]
    assert first["note"].tolist()[0] == "It is down."
    again = Service()
    second = geocoder(again, tmp_path, rows_a_request=2).locate(streets)
    assert again.asked == ["Exact A", "Exact B"]
    assert second["outcome"].tolist() == ["match"] * 3


def test_a_service_that_is_away_is_not_asked_for_ever() -> None:
    service = Service(bodies=[SourceError("Down.")] * 9)
    found = geocoder(service, rows_a_request=1).locate(listed(*(f"Exact {n}" for n in range(9))))
    assert len(service.sent) == 2
    assert set(found["outcome"]) == {"failed"}


@pytest.mark.parametrize(
    "body",
    ["<html>Busy</html>", '{"error": "no"}', "", "\n", '"9","x","Match"\n', "Error: too many\n"],
)
def test_a_body_that_is_no_answer_is_refused_so_that_it_is_asked_for_again(body: str) -> None:
    service = Service(bodies=[body])
    found = geocoder(service).locate(listed("Exact St"))
    assert found["outcome"].tolist() == ["failed"]
    assert "geocoder" in found["note"][0]


def test_a_row_left_out_of_an_answer_is_failed_and_not_remembered(tmp_path: Path) -> None:
    service = Service(bodies=['"2","x","Tie"\n'])
    found = geocoder(service, tmp_path).locate(listed("Exact St", "Two St"))
    assert found["outcome"].tolist() == ["failed", "tie"]
    again = Service()
    geocoder(again, tmp_path).locate(listed("Exact St", "Two St"))
    assert again.asked == ["Exact St"]


def test_it_stops_between_two_chunks_and_keeps_what_it_had(tmp_path: Path) -> None:
    service, turns = Service(), itertools.count()
    stopping = geocoder(service, tmp_path, rows_a_request=1, is_cancelled=lambda: next(turns) >= 2)
    streets = listed("Exact A", "Exact B", "Exact C")
    with pytest.raises(CancelledError, match="2 of 3"):
        stopping.locate(streets)
    assert service.asked == ["Exact A", "Exact B"]
    rest = Service()
    geocoder(rest, tmp_path).locate(streets)
    assert rest.asked == ["Exact C"]


def test_a_damaged_entry_is_asked_for_again(tmp_path: Path) -> None:
    geocoder(Service(), tmp_path).locate(listed("Exact St", "Near St"))
    opened = sqlite3.connect(tmp_path / "geocoder.sqlite")
    with opened:
        opened.execute("UPDATE places SET answer = replace(answer, '30.25', '31.25')")
    opened.close()
    service = Service()
    found = geocoder(service, tmp_path).locate(listed("Exact St"))
    assert service.asked == ["Exact St"]
    assert found["latitude"].tolist() == [30.25]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"no database at all" * 500),
        lambda path: path.write_bytes(path.read_bytes()[:100] + b"\0" * 4_000),
    ],
)
def test_a_damaged_cache_is_put_aside_and_begun_anew(
    tmp_path: Path, spoil: Callable[[Path], int]
) -> None:
    geocoder(Service(), tmp_path).locate(listed("Exact St"))
    spoil(tmp_path / "geocoder.sqlite")
    for asked in (["Exact St"], []):
        service = Service()
        found = geocoder(service, tmp_path).locate(listed("Exact St"))
        assert found["outcome"].tolist() == ["match"]
        assert service.asked == asked


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "geocoder.sqlite").mkdir()
    found = geocoder(Service(), tmp_path).locate(listed("Exact St"))
    assert found["outcome"].tolist() == ["match"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Exact", "Near", "Two", "Lost", ""]),
            st.text(st.characters(codec="utf-8"), max_size=12),
        ),
        max_size=12,
    ),
    st.integers(1, 5),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_gets_one_answer_in_its_place_whatever_its_text(
    rows: list[tuple[str, str]], size: int
) -> None:
    service = Service()
    streets = [f"{kind} {text}" if kind else "" for kind, text in rows]
    found = geocoder(service, rows_a_request=size).locate(listed(*streets))
    assert found["id"].tolist() == [f"private {row}" for row in range(len(rows))]
    expected = {"Exact": "match", "Near": "match", "Two": "tie", "Lost": "no match"}
    assert found["outcome"].tolist() == [expected.get(kind, "no address") for kind, _ in rows]
    assert all(len(row) == 5 for chunk in service.sent for row in chunk)
    assert found["longitude"].notna().tolist() == (found["outcome"] == "match").tolist()
