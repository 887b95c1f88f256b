"""What-ifs: a study with sites added, moved, closed or re-timed, and other questions asked of it.

A what-if says only what differs from the study as it is. ``values`` are what it is made of and
how it is edited by hand; ``fitting`` holds it against its study and ``applying`` makes the
changed study and the question; ``sentences`` says for people what differs; ``codec`` and
``reading`` write it as a small TOML file and as a link, and read both.
"""

from __future__ import annotations

from gapmap.whatifs.applying import apply
from gapmap.whatifs.codec import LONGEST_LINK, from_link, from_text, to_link, to_text
from gapmap.whatifs.fitting import candidate_limits, free_site_id, without_strangers
from gapmap.whatifs.sentences import differences
from gapmap.whatifs.values import (
    AS_IT_IS,
    Candidates,
    Question,
    SiteAdded,
    SiteMoved,
    SiteRetimed,
    WhatIf,
    as_it_is,
)

__all__ = [
    "AS_IT_IS",
    "LONGEST_LINK",
    "Candidates",
    "Question",
    "SiteAdded",
    "SiteMoved",
    "SiteRetimed",
    "WhatIf",
    "apply",
    "as_it_is",
    "candidate_limits",
    "differences",
    "free_site_id",
    "from_link",
    "from_text",
    "to_link",
    "to_text",
    "without_strangers",
]
