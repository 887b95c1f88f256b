"""Signing in, what it takes from a provider, and the way back to the page one came from."""

from __future__ import annotations

import asyncio

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import Route
from streamlit import config
from streamlit.runtime.secrets import Secrets

from gapmap.errors import RequestError
from gapmap.webapp import sign_in
from gapmap.webapp.sign_in import BackToPage, person_of, providers

CLAIMS = {"iss": "https://id.example", "sub": "7", "name": "Desk four", "email": "Four@A.example"}


@pytest.mark.parametrize(
    ("told", "email"),
    [
        ({"email_verified": True}, "four@a.example"),
        ({"email_verified": "true"}, "four@a.example"),
        ({"xms_edov": "1"}, "four@a.example"),
        ({"email_verified": False}, ""),
        ({}, ""),
        ({"email_verified": None, "email": None}, ""),
    ],
)
def test_an_address_counts_only_if_the_provider_vouches_for_it(told, email):
    found = person_of({**CLAIMS, **told})
    assert found is not None
    assert (found.id, found.name, found.email) == ("https://id.example 7", "Desk four", email)


@pytest.mark.parametrize("missing", ["iss", "sub"])
def test_who_is_not_named_for_good_is_nobody(missing):
    assert person_of({**CLAIMS, missing: ""}) is None


@pytest.fixture
def secrets(monkeypatch, tmp_path):
    """Let the app have these secrets; returns at whom people may sign in then."""
    path, usual = tmp_path / "secrets.toml", config.get_option

    def option(name):
        return {"secrets.files": [str(path)], "server.fileWatcherType": "none"}.get(
            name, usual(name)
        )

    def have(text):
        if text is not None:
            path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(st, "secrets", Secrets())
        return providers()

    monkeypatch.setattr(config, "get_option", option)
    return have


def test_nobody_signs_in_where_it_is_not_set_up(secrets):
    assert secrets(None) == ()
    assert secrets("[other]\nclient_id = 'x'\n") == ()


def test_each_provider_that_is_set_up_is_named(secrets):
    shared = "[auth]\nredirect_uri = 'x'\ncookie_secret = 'y'\nclient_kwargs = { scope = 'z' }\n"
    assert secrets(f"{shared}client_id = 'a'\n") == ("default",)
    assert secrets(f"{shared}[auth.city]\nclient_id = 'a'\n[auth.county]\n") == ("city", "county")


def test_settings_that_cannot_be_read_are_not_taken_for_none(secrets):
    with pytest.raises(RequestError, match=r"secrets\.toml"):
        secrets("[auth\nclient_id = ")


# ------------------------------------------------------------------------------------ the way back


def ask(path, **headers):
    """Ask an app that redirects home as Streamlit does; returns where to, and the cookie."""
    app = Starlette(
        routes=[
            Route("/auth/login", lambda _: RedirectResponse("https://id.example/in", 302)),
            Route("/oauth2callback", lambda _: RedirectResponse("/", 302)),
            Route("/below/auth/login", lambda _: RedirectResponse("https://id.example/in", 302)),
            Route("/below/oauth2callback", lambda _: RedirectResponse("/below/", 302)),
            Route("/board", lambda _: RedirectResponse("/", 302)),
        ],
        middleware=[Middleware(BackToPage)],
    )
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    told = [(b"host", b"maps.example"), *((k.encode(), v.encode()) for k, v in headers.items())]
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": told,
        "http_version": "1.1",
        "scheme": "http",
        "server": ("maps.example", 80),
    }
    asyncio.run(app(scope, receive, send))
    given = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return given["location"], given.get("set-cookie", "")


@pytest.mark.parametrize("base", ["", "/below"])
def test_who_signs_in_comes_back_to_the_page_that_they_left(base):
    page = f"{base}/board?study=nyc&board=b7"
    where, cookie = ask(f"{base}/auth/login", referer=f"https://maps.example{page}")
    assert where == "https://id.example/in"
    assert "HttpOnly; SameSite=Lax" in cookie
    assert f"Path={base}/;" in cookie
    where, ended = ask(f"{base}/oauth2callback", cookie=cookie.partition(";")[0])
    assert where == page
    assert "Max-Age=0" in ended


@pytest.mark.parametrize(
    "referer", ["", "https://evil.example/board", "https://maps.example.evil.example/", "nonsense"]
)
def test_a_page_of_another_server_is_not_remembered(referer):
    assert ask("/auth/login", referer=referer)[1] == ""


@pytest.mark.parametrize(
    "kept",
    [
        "//evil.example/",
        "/%5Cevil.example",
        "https%3A%2F%2Fevil.example",
        "/a%0d%0aX: y",
        "%2F%2Fe",
    ],
)
def test_a_cookie_leads_to_no_other_server(kept):
    where, _ = ask("/oauth2callback", cookie=f"gapmap-back={kept}")
    assert where == "/"


def test_other_answers_are_left_alone():
    assert ask("/board", cookie="gapmap-back=/plan") == ("/", "")


def test_what_streamlit_refuses_is_said_in_words(monkeypatch):
    from streamlit.errors import StreamlitAuthError

    def refuse(_provider):
        raise StreamlitAuthError("client_id is missing.")

    monkeypatch.setattr(st, "login", refuse)
    with pytest.raises(RequestError, match="client_id is missing"):
        sign_in.sign_in("city")
