from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask, Response

from {{ cookiecutter.package_name }}.cors.row import Row

from ...calls import LISTED, app_with
from .found import Case, found

FAR = "https://app.example.org"


def credentials(origins: str = FAR, *, hosts: tuple[str, ...] = (), **config: Any) -> Flask:
    app = app_with(Row("/api/*", origins, supports_credentials=True))
    app.config.update(config, TRUSTED_HOSTS=list(hosts) or None)
    return app


def session(origins: str = FAR, **config: Any) -> Flask:
    config = {f"SESSION_COOKIE_{name}": value for name, value in config.items()}
    return credentials(origins, hosts=("api.example.com",), SECRET_KEY="s" * 32, **config)


def public_and(*, supports_credentials: bool) -> Flask:
    row = Row("/api/*", FAR, supports_credentials=supports_credentials)
    return app_with(row, Row("/api/v1/specimens/*", "*"))


def drops() -> Response:
    response = Response()
    response.set_cookie("a", "b", samesite="None")
    return response


def keeps() -> Response:
    response = Response()
    response.set_cookie("a", "b", samesite="None", secure=True)
    response.set_cookie("a", "b", samesite="None", partitioned=True)
    response.set_cookie("a", "b", samesite="Lax")
    return response


def viewed(view: Callable[..., Any]) -> Flask:
    app = app_with()
    app.add_url_rule("/login", "it", view)
    return app


def stays(setting: str) -> tuple[str, ...]:
    return (
        "cors/policy.py '/api/*': 'https://app.example.org' is on another site than "
        "api.example.com, where browsers keep back the session cookie (SameSite), or take it as a "
        f"stranger's (Safari, without Partitioned); serve both from one site, or set {setting}",
    )


ALL = "SESSION_COOKIE_SAMESITE='None', SESSION_COOKIE_SECURE=True, SESSION_COOKIE_PARTITIONED=True"
CASES = [
    Case(
        "public row beside credentials",
        "CORS016",
        lambda: public_and(supports_credentials=True),
        (
            "cors/policy.py '/api/v1/specimens/*': is public, so browsers refuse a page's request "
            "there if it is sent with credentials: 'include'; let the page leave that out there, "
            "and keep it for the other paths",
        ),
    ),
    Case("public row alone", "CORS016", lambda: public_and(supports_credentials=False)),
    Case("credentials alone", "CORS016", credentials),
    Case(
        "session cookie that is dropped",
        "CORS017",
        lambda: session(SAMESITE="None", SECURE=False),
        (
            "SESSION_COOKIE_SECURE: is off, and browsers drop a cookie that has SameSite=None "
            "without it; set app.config['SESSION_COOKIE_SECURE'] = True",
        ),
    ),
    Case("session cookie that is kept", "CORS017", lambda: session(SAMESITE="None", SECURE=True)),
    Case("session cookie of one site", "CORS017", lambda: session(SAMESITE="Lax")),
    Case(
        "cookie that is dropped",
        "CORS017",
        partial(viewed, drops),
        (
            "FILE: drops sets a cookie with SameSite=None and not Secure, which browsers drop; "
            "write secure=True",
        ),
    ),
    Case("cookies that are kept", "CORS017", partial(viewed, keeps)),
    Case("session that stays at home", "CORS018", lambda: session(SECURE=False), stays(ALL)),
    Case(
        "session that Safari keeps at home",
        "CORS018",
        lambda: session(SAMESITE="None", SECURE=True),
        stays("SESSION_COOKIE_PARTITIONED=True"),
    ),
    Case(
        "session that travels",
        "CORS018",
        lambda: session(SAMESITE="None", SECURE=True, PARTITIONED=True),
    ),
    Case("front end on the same site", "CORS018", lambda: session("https://app.example.com")),
    Case(
        "front end on the same site, which has public suffixes below",
        "CORS018",
        lambda: credentials("https://app.scw.cloud", hosts=("api.scw.cloud",), SECRET_KEY="s" * 32),
    ),
    Case("no session", "CORS018", lambda: credentials(hosts=("api.example.com",))),
    Case("site that is not known", "CORS018", lambda: credentials(SECRET_KEY="s" * 32)),
    Case(
        "development",
        "CORS018",
        lambda: credentials(
            "http://localhost:*,http://127.0.0.1:*",
            hosts=("localhost", "127.0.0.1"),
            SECRET_KEY="s" * 32,
        ),
    ),
    Case("no credentials", "CORS018", lambda: app_with(LISTED)),
]


@pytest.mark.parametrize("case", [pytest.param(it, id=it.name) for it in CASES])
def test_credentials(case: Case) -> None:
    assert found(case.app(), case.id) == case.found


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("a.b.example.com", "example.com"),
        ("example.co.uk", "example.co.uk"),
        ("mine.vercel.app", "mine.vercel.app"),
        ("api.corp.internal", "corp.internal"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "[::1]"),
    ],
)
def test_the_site_of_a_host(host: str, site: str) -> None:
    app = session(f"https://{host}" if host != "[::1]" else "http://[::1]")
    app.config["TRUSTED_HOSTS"] = [f"api.{site}" if site == "example.com" else host]

    assert found(app, "CORS018") == ()
