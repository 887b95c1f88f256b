"""Signing in where an installation has it: by OpenID Connect, as Streamlit's ``[auth]`` says.

Nothing here is asked for as long as ``secrets.toml`` has no ``[auth]``. Whoever signs in comes
back to the page that they left, which Streamlit alone would not do.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote, urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from streamlit.errors import StreamlitAuthError, StreamlitMissingAuthlibError

from gapmap.board.makers import Person
from gapmap.errors import RequestError
from gapmap.webapp.live.access import is_from_here

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["BackToPage", "person", "person_of", "providers", "sign_in", "sign_out"]

_DEFAULT: Final = "default"
_SHARED: Final = frozenset({"redirect_uri", "cookie_secret", "expose_tokens", "client_kwargs"})
_BACK: Final = "gapmap-back"
_BACK_S: Final = 600
_LONGEST_BACK: Final = 3_000


def providers() -> tuple[str, ...]:
    """Return at whom people may sign in, by name; none where signing in is not set up.

    Raises
    ------
    RequestError
        If there are secrets that cannot be read: then nobody knows whether people must sign in.
    """
    if not st.secrets.load_if_toml_exists():
        from streamlit import config

        found = [path for path in config.get_option("secrets.files") if Path(path).exists()]
        if found:
            raise RequestError(
                "The settings for signing in cannot be read, so no board is made here. Ask "
                "whoever runs this server to look at its secrets.toml; its log says what is wrong."
            )
        return ()
    told: Mapping[str, Any] = st.secrets.get("auth") or {}
    named = tuple(name for name, one in told.items() if name not in _SHARED and _is_section(one))
    return ((_DEFAULT,) if "client_id" in told else ()) + named if told else ()


def _is_section(value: object) -> bool:
    return hasattr(value, "keys")


def person() -> Person | None:
    """Return who is signed in, None for nobody."""
    told = st.user.to_dict()
    return person_of(told) if told.get("is_logged_in") is True else None


def person_of(claims: Mapping[str, Any]) -> Person | None:
    """Read what a provider tells of somebody; None if it does not say who they are.

    An e-mail address counts only if the provider vouches for it: some let people write down any.
    """
    issuer, subject = str(claims.get("iss") or ""), str(claims.get("sub") or "")
    if not issuer or not subject:
        return None
    vouched = {str(claims.get(name)).lower() for name in ("email_verified", "xms_edov")}
    email = str(claims.get("email") or "") if vouched & {"true", "1"} else ""
    return Person(f"{issuer} {subject}", str(claims.get("name") or ""), email.strip().lower())


def sign_in(provider: str) -> None:
    """Send somebody to a provider to sign in there.

    Raises
    ------
    RequestError
        If signing in there is not set up as it should be.
    """
    try:
        st.login(None if provider == _DEFAULT else provider)
    except (StreamlitAuthError, StreamlitMissingAuthlibError) as error:
        raise RequestError(
            f"Signing in is not set up as it should be: {error} Ask whoever runs this server."
        ) from None


def sign_out() -> None:
    """Sign somebody out, here and, where it can be done, at the provider."""
    st.logout()


class BackToPage:
    """Brings who has signed in back to the page where they pressed the button.

    Which page that was stands in a cookie of ours meanwhile, and only a page of this server is
    ever put there or gone to.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; remember the page at its beginning, go there at its end."""
        path = str(scope.get("path", ""))
        is_begin, is_end = path.endswith("/auth/login"), path.endswith("/oauth2callback")
        if scope["type"] != "http" or not (is_begin or is_end):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        page = _page_before(headers) if is_begin else _page_kept(headers)
        root = path.removesuffix("/auth/login").removesuffix("/oauth2callback") + "/"

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and page:
                message["headers"] = list(
                    _remembering(message["headers"], page, root)
                    if is_begin
                    else _returning(message["headers"], page, root)
                )
            await send(message)

        await self._app(scope, receive, send_on)


_Pairs = list[tuple[bytes, bytes]]


def _page_before(headers: Headers) -> str:
    """Return the page that somebody came from, as it is below this server; empty for none."""
    referer = headers.get("referer", "")
    origin = urlsplit(referer)
    asked = {"origin": f"{origin.scheme}://{origin.netloc}"}
    known = {name: headers.get(name, "") for name in ("host", "x-forwarded-host")}
    if not origin.netloc or not is_from_here(Headers({**asked, **known})):
        return ""
    page = origin.path + (f"?{origin.query}" if origin.query else "")
    return page if len(quote(page, safe="")) <= _LONGEST_BACK else origin.path


def _page_kept(headers: Headers) -> str:
    """Return the page that was remembered; empty if there is none, or it is none of ours."""
    page = unquote(cookie_parser(headers.get("cookie", "")).get(_BACK, ""))
    is_ours = page.startswith("/") and page[1:2] not in ("/", "\\")
    return page if is_ours and page.isprintable() and page.isascii() else ""


def _remembering(headers: _Pairs, page: str, root: str) -> _Pairs:
    return [*headers, _cookie(quote(page, safe=""), root, _BACK_S)]


def _returning(headers: _Pairs, page: str, root: str) -> _Pairs:
    """Lead to the page instead of to the app's first one; any other way out is left alone."""
    found = [
        (name, page.encode() if name == b"location" and value == root.encode() else value)
        for name, value in headers
    ]
    return [*found, _cookie("", root, 0)]


def _cookie(value: str, root: str, seconds: int) -> tuple[bytes, bytes]:
    told = f"{_BACK}={value}; Path={root}; Max-Age={seconds}; HttpOnly; SameSite=Lax"
    return b"set-cookie", told.encode()
