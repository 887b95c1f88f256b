"""What a page may load, and who may frame it: the headers that keep a browser to it.

The app itself needs much, for Streamlit and the frames of its maps. A page that we write as one
piece of HTML needs little: its own files, and exactly the scripts and styles that stand in it,
each known by its digest, so that nothing that slipped in as text would ever run.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final
from urllib.parse import urlsplit

__all__ = ["app_headers", "page_headers"]

_INLINE: Final = re.compile(r"<(script|style)([^>]*)>(.*?)</\1\s*>", re.DOTALL | re.IGNORECASE)

_HOST: Final = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")

_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def app_headers(tiles_url: str = "", *, hosts: str = "") -> dict[str, str]:
    """Return the headers of every answer that has none of its own.

    The map's frame evaluates the script that streamlit-folium sends it, hence ``unsafe-eval``;
    everything comes from this server itself, base map tiles apart.

    Parameters
    ----------
    tiles_url
        Address pattern of base map tiles; empty for none.
    hosts
        Under which names the browser knows this server, with commas between them. Not every
        browser takes a socket to it for its own by ``'self'`` alone.
    """
    names = [name for one in hosts.split(",") if _HOST.fullmatch(name := one.strip())]
    sockets = "".join(f" ws://{name} wss://{name}" for name in dict.fromkeys(names))
    return {
        **_ALWAYS,
        "Content-Security-Policy": _policy(
            "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            f"img-src 'self' data: blob:{_host_of(tiles_url)}",
            "font-src 'self' data:",
            f"connect-src 'self'{sockets} data: blob:",
            "worker-src 'self' blob:",
            "frame-ancestors 'self'",
            default="'self'",
        ),
        "Referrer-Policy": "same-origin",
    }


def page_headers(page: str, *, tiles_url: str = "") -> dict[str, str]:
    """Return the headers of a page that is one piece of HTML, with its own files beside it.

    Only the scripts and styles that stand in it now are allowed, without ``unsafe-inline`` and
    ``unsafe-eval``: no ``style`` or ``on...`` attribute works. Nobody may frame it, and where a
    link leads is not told from where.

    Parameters
    ----------
    page
        The HTML as it is sent.
    tiles_url
        As for :func:`app_headers`.
    """
    digests: dict[str, list[str]] = {"script": [], "style": []}
    for kind, attributes, text in _INLINE.findall(page):
        if "src=" not in attributes:
            digest = base64.b64encode(hashlib.sha256(_sent(text)).digest()).decode()
            digests[kind.lower()].append(f" 'sha256-{digest}'")
    return {
        **_ALWAYS,
        "Content-Security-Policy": _policy(
            f"script-src 'self'{''.join(dict.fromkeys(digests['script']))}",
            f"style-src 'self'{''.join(dict.fromkeys(digests['style']))}",
            f"img-src 'self' data:{_host_of(tiles_url)}",
            "connect-src 'self'",
            "frame-ancestors 'none'",
            default="'none'",
        ),
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def _policy(*allowed: str, default: str) -> str:
    always = ("object-src 'none'", "base-uri 'self'", "form-action 'self'")
    return "; ".join([f"default-src {default}", *allowed, *always])


def _sent(text: str) -> bytes:
    """Return a script as the browser digests it: with plain line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").encode()


def _host_of(tiles_url: str) -> str:
    tiles = urlsplit(tiles_url)
    return f" {tiles.scheme}://{tiles.netloc}".replace("{s}", "*") if tiles.netloc else ""
