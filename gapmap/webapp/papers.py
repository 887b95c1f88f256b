"""What leaves the room: each paper of a board by name, written for whoever may read it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gapmap.board.values import Role
from gapmap.errors import NotAllowedError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from gapmap.board.values import Member
    from gapmap.views.minutes_facts import Minutes

__all__ = [
    "PUBLIC_PAPERS",
    "Paper",
    "PaperFile",
    "Reader",
    "check_may_take",
    "file_name",
    "paper_named",
    "papers_for",
    "written",
]

_DIGEST_DAYS: Final = timedelta(days=7)


class Paper(StrEnum):
    """A paper of a board, by the name at the end of its address."""

    MINUTES_PAGE = "minutes.html"
    MINUTES_PDF = "minutes.pdf"
    MINUTES_WORKBOOK = "minutes.xlsx"
    MINUTES_LIST = "minutes.csv"
    DIGEST = "digest.txt"
    FEED = "changes.atom"
    CALENDAR = "calendar.ics"
    ARCHIVE = "board.jsonl"

    @property
    def label(self) -> str:
        """What it is called on a button."""
        return _LABELS[self]

    @property
    def about(self) -> str:
        """What it is, in a few words."""
        return _ABOUT[self]

    @property
    def media_type(self) -> str:
        """Its kind, for browsers."""
        return _KINDS[self]

    @property
    def is_for_facilitator(self) -> bool:
        """Whether it holds what only a facilitator may have."""
        return self is Paper.ARCHIVE


_LABELS: Final = {
    Paper.MINUTES_PAGE: "Minutes to read and print",
    Paper.MINUTES_PDF: "Minutes, PDF",
    Paper.MINUTES_WORKBOOK: "Minutes, workbook",
    Paper.MINUTES_LIST: "Minutes, one list",
    Paper.DIGEST: "What changed",
    Paper.FEED: "What changes, as a feed",
    Paper.CALENDAR: "Due dates",
    Paper.ARCHIVE: "The whole board",
}
_ABOUT: Final = {
    Paper.MINUTES_PAGE: "opens in a new tab",
    Paper.MINUTES_PDF: "with maps",
    Paper.MINUTES_WORKBOOK: "XLSX, a sheet for each part",
    Paper.MINUTES_LIST: "CSV",
    Paper.DIGEST: "text for a letter",
    Paper.FEED: "Atom, for feed readers",
    Paper.CALENDAR: "ICS, for calendars",
    Paper.ARCHIVE: "JSON lines, a backup",
}
_KINDS: Final = {
    Paper.MINUTES_PAGE: "text/html; charset=utf-8",
    Paper.MINUTES_PDF: "application/pdf",
    Paper.MINUTES_WORKBOOK: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Paper.MINUTES_LIST: "text/csv; charset=utf-8",
    Paper.DIGEST: "text/plain; charset=utf-8",
    Paper.FEED: "application/atom+xml; charset=utf-8",
    Paper.CALENDAR: "text/calendar; charset=utf-8",
    Paper.ARCHIVE: "application/jsonl; charset=utf-8",
}


PUBLIC_PAPERS: Final = tuple(paper for paper in Paper if paper is not Paper.ARCHIVE)
"""What a public link gives to everybody, without the names of people."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How somebody wants a paper.

    Parameters
    ----------
    with_names
        Whether display names of people are on it.
    since
        The first day of a digest; None for a week ago.
    size
        Of a PDF's pages: ``letter`` or ``a4``.
    address, page
        Where a feed is, for those who follow it, and the page that it is about; empty for a file.
    """

    with_names: bool = False
    since: date | None = None
    size: str = "letter"
    address: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A paper as it is sent."""

    content: bytes
    media_type: str
    name: str


def paper_named(name: str) -> Paper:
    """Return the paper of a name.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    try:
        return Paper(name)
    except ValueError:
        raise UnknownNameError("paper", name, [str(one) for one in Paper]) from None


def papers_for(member: Member) -> tuple[Paper, ...]:
    """Return what somebody may take away."""
    is_facilitator = member.role is Role.FACILITATOR
    return tuple(one for one in Paper if is_facilitator or not one.is_for_facilitator)


def check_may_take(member: Member, paper: Paper) -> None:
    """Refuse a paper to whoever may not have it."""
    if paper not in papers_for(member):
        raise NotAllowedError(f"Only a facilitator may take {paper.label.lower()}. Ask one.")


def written(paper: Paper, minutes: Minutes, reader: Reader) -> bytes:
    """Write a paper of what the minutes say; not the archive, which is of the store."""
    return _WRITERS[paper](minutes, reader)


def file_name(paper: Paper, title: str, revision: int) -> str:
    """Return a name to save a paper under, plain enough for every disk.

    Parameters
    ----------
    paper
        The paper.
    title, revision
        Of the board.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "board"
    kind, _, ending = str(paper).partition(".")
    return f"{words}-{kind}-{revision}.{ending}"


def _page(minutes: Minutes, _reader: Reader) -> bytes:
    from gapmap.views.minutes import minutes_page

    return minutes_page(minutes).encode()


def _pdf(minutes: Minutes, reader: Reader) -> bytes:
    from gapmap.views.minutes import minutes_paper
    from gapmap.views.paper_pdf import paper_pdf

    return paper_pdf(minutes_paper(minutes), size=reader.size)


def _workbook(minutes: Minutes, _reader: Reader) -> bytes:
    from gapmap.views.minutes_tables import minutes_workbook

    return minutes_workbook(minutes)


def _list(minutes: Minutes, _reader: Reader) -> bytes:
    from gapmap.views.minutes_tables import minutes_csv

    return minutes_csv(minutes)


def _digest(minutes: Minutes, reader: Reader) -> bytes:
    from gapmap.views.digest import digest_text

    return digest_text(minutes, since=reader.since or minutes.today - _DIGEST_DAYS).encode()


def _feed(minutes: Minutes, reader: Reader) -> bytes:
    from gapmap.views.digest import digest_feed

    since = reader.since or minutes.clock.day(minutes.events[0].at)
    return digest_feed(minutes, since=since, address=reader.address, page=reader.page)


def _calendar(minutes: Minutes, _reader: Reader) -> bytes:
    from gapmap.views.due_dates import due_calendar

    return due_calendar(minutes)


_WRITERS: Final[dict[Paper, Callable[[Minutes, Reader], bytes]]] = {
    Paper.MINUTES_PAGE: _page,
    Paper.MINUTES_PDF: _pdf,
    Paper.MINUTES_WORKBOOK: _workbook,
    Paper.MINUTES_LIST: _list,
    Paper.DIGEST: _digest,
    Paper.FEED: _feed,
    Paper.CALENDAR: _calendar,
}
