"""Who may make a board: everybody, nobody, those who know a phrase, or those on a list."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gapmap.board.guessing import guesses_left, note_guess, place_of
from gapmap.errors import NotAllowedError, RequestError

if TYPE_CHECKING:
    from gapmap.board.store import Store

__all__ = ["Makers", "Person", "check_phrase"]

_PHRASE: Final = "phrase:"
_SHORTEST_PHRASE: Final = 8
_ADDRESS: Final = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,.]+")
_DOMAIN: Final = re.compile(r"@?(?:[a-z0-9-]+\.)+[a-z0-9-]+")
_ASK: Final = "Ask whoever runs this server, or join a board with a code."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in.

    Parameters
    ----------
    id
        What whoever they signed in at calls them for good.
    name
        Display name, empty if that is not told.
    email
        E-mail address, in small letters; empty if it is not told, or nobody checked that it is
        theirs.
    """

    id: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Makers:
    """Who may make a board.

    Parameters
    ----------
    everybody
        Whether it is whoever comes to the page.
    emails, domains
        Those who signed in with one of these addresses, or with one of these domains.
    phrase
        What others have to know; empty if no phrase helps.
    """

    everybody: bool = False
    emails: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    phrase: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> Makers:
        """Read ``GAPMAP_BOARD_MAKERS``.

        Parameters
        ----------
        text
            Empty or ``everybody``, ``nobody``, ``phrase:`` and a pass phrase, or e-mail addresses
            and domains with commas between them.

        Raises
        ------
        RequestError
            If it is none of them: nobody may make a board by a slip of the pen.
        """
        plain = text.strip()
        if plain.lower().startswith(_PHRASE):
            phrase = plain[len(_PHRASE) :].strip()
            if len(phrase) < _SHORTEST_PHRASE:
                raise RequestError(
                    f"The pass phrase in GAPMAP_BOARD_MAKERS has {len(phrase)} letters. Use at "
                    f"least {_SHORTEST_PHRASE}."
                )
            return cls(phrase=phrase)
        if plain.lower() in ("", "everybody", "nobody"):
            return cls(everybody=plain.lower() != "nobody")
        entries = [entry for one in plain.split(",") if (entry := one.strip().lower())]
        emails = {entry for entry in entries if _ADDRESS.fullmatch(entry)}
        domains = {entry for entry in entries if _DOMAIN.fullmatch(entry)}
        wrong = [place for place, one in enumerate(entries, 1) if one not in emails | domains]
        if wrong or not entries:
            # What stands there is not repeated: it may be a pass phrase with a slip before it.
            where = f" at entry {wrong[0]} of {len(entries)}" if wrong else ""
            raise RequestError(
                f"GAPMAP_BOARD_MAKERS cannot be read{where}. Give everybody, nobody, "
                "phrase:YOUR PHRASE, or e-mail addresses and domains with commas between them. "
                "Until then no board is made here."
            )
        return cls(
            emails=frozenset(emails), domains=frozenset(one.removeprefix("@") for one in domains)
        )

    @property
    def needs_sign_in(self) -> bool:
        """Whether only those who sign in can be among them."""
        return bool(self.emails or self.domains)

    def check(self, person: Person | None) -> None:
        """Refuse who is not among them; whether somebody knows the phrase is asked elsewhere.

        Raises
        ------
        NotAllowedError
            With what is in the way.
        """
        if self.everybody or self.phrase:
            return
        if not self.needs_sign_in:
            raise NotAllowedError(f"Boards of this server are not made here. {_ASK}")
        if person is None:
            raise NotAllowedError(
                "Only some people may make boards here, and you are not signed in. Sign in, or "
                "join a board with a code."
            )
        if not person.email:
            raise NotAllowedError(
                "Only some people may make boards here, and where you signed in nobody vouches "
                f"for your e-mail address. {_ASK}"
            )
        if person.email in self.emails or person.email.rpartition("@")[2] in self.domains:
            return
        raise NotAllowedError(
            f"Only some people may make boards here, and {person.email} is not among them. {_ASK}"
        )


def check_phrase(store: Store, makers: Makers, phrase: str, *, source: str) -> None:
    """Refuse who does not know the phrase, if there is one; guessing soon ends.

    Parameters
    ----------
    store
        The boards: all servers count guesses together.
    makers, phrase
        Who may make a board, and what somebody typed.
    source
        Where they sit.

    Raises
    ------
    NotAllowedError
        If it is another phrase, or too many wrong ones came from there.
    """
    if not makers.phrase:
        return
    place = place_of(store, source, "phrase")
    with store.database.writing() as connection:
        at = store.now()
        left = guesses_left(connection, place, at)
        is_right = hmac.compare_digest(phrase.strip().encode(), makers.phrase.encode())
        if left < 1 or not is_right:
            note_guess(connection, place, left, at)
    if left < 1:
        raise NotAllowedError("Too many wrong phrases came from here. Wait a minute and try again.")
    if not is_right:
        raise NotAllowedError(f"This is not the pass phrase for making boards. {_ASK}")
