"""How a join code is spelled: short to be read out and typed, longer in a link.

A typed code can be guessed, so how often somebody tries is limited. What a link adds cannot be
made without the store's key: links work whoever else is guessing from the same address.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Final

__all__ = ["in_link", "new_code", "proof_of", "read_code", "shown"]

# No vowels, no look-alikes; 27 ** 8 codes, of which a guesser may try some hundred an hour.
_LETTERS: Final = "23456789BCDFGHJKMNPQRSTVWXZ"
_LENGTH: Final = 8


def new_code() -> str:
    """Return a code that nobody has had."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def shown(code: str) -> str:
    """Return a code as people read it: ``BDKX-27MQ``."""
    return f"{code[: _LENGTH // 2]}-{code[_LENGTH // 2 :]}"


def in_link(secret: bytes, code: str) -> str:
    """Return a code as a link has it, with the proof that it was not guessed."""
    return f"{shown(code)}-{shown(proof_of(secret, code))}"


def proof_of(secret: bytes, code: str) -> str:
    """Return what only who has the store's key can add to a code."""
    digest = hmac.new(secret, f"link {code}".encode(), hashlib.sha256).digest()
    rest, letters = int.from_bytes(digest), ""
    for _ in range(_LENGTH):
        rest, place = divmod(rest, len(_LETTERS))
        letters += _LETTERS[place]
    return letters


def read_code(text: str) -> tuple[str, str]:
    """Read what somebody typed, or a link carried: the code, and the proof if there is one."""
    plain = re.sub(r"[\s-]", "", text)[:100].upper()
    return plain[:_LENGTH], plain[_LENGTH:]
