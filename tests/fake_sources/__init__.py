"""Local stand-ins for the Census API, boundary downloads, geocoder and summer meal sites.

Everything they answer is made up. ``python -m tests.fake_sources`` runs them by themselves; a
test uses them like this::

    with FakeSources() as fake:
        fake.faults.add(r"/census/", too_many(), fine(), html())
        ...  # point gapmap at fake.environment
        assert fake.requests.repeated() == {}
"""

from __future__ import annotations

from tests.fake_sources.faults import (
    Fault,
    Faults,
    Request,
    Requests,
    damaged,
    dropped,
    fine,
    html,
    no_content,
    renamed,
    server_error,
    short,
    slow,
    too_many,
    without,
)
from tests.fake_sources.server import FakeSources
from tests.fake_sources.truth import Truth

__all__ = [
    "FakeSources",
    "Fault",
    "Faults",
    "Request",
    "Requests",
    "Truth",
    "damaged",
    "dropped",
    "fine",
    "html",
    "no_content",
    "renamed",
    "server_error",
    "short",
    "slow",
    "too_many",
    "without",
]
