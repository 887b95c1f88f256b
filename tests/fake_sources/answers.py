"""What a service answers, before the server sends it or a fault spoils it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Answer", "Changes", "Query", "json_answer", "page", "text_answer"]

Query = Mapping[str, list[str]]
"""What was asked, every value of every name."""

Changes = Mapping[str, str | None]
"""Columns that a fault renames, or drops where the new name is None."""


@dataclass(frozen=True)
class Answer:
    """Status, body and headers of one answer."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain;charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(content: Any, status: int = 200) -> Answer:
    """Answer with JSON."""
    body = json.dumps(content).encode()
    return Answer(status, body, "application/json;charset=utf-8")


def text_answer(text: str, status: int = 200) -> Answer:
    """Answer with plain text."""
    return Answer(status, text.encode())


def page(title: str, text: str, status: int = 200) -> Answer:
    """Answer with a page for people, where a program had hoped for data."""
    body = (
        f'<html style="font-size: 14px;">\n<head>\n<title>{title}</title>\n</head>\n'
        f"<body>\n<p>{text}</p>\n</body>\n</html>\n"
    )
    return Answer(status, body.encode(), "text/html;charset=utf-8")
