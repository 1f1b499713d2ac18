"""Every way in which CORS fails people, and the whole message that gets them out of it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, Response, abort, redirect, request

from {{ cookiecutter.package_name }} import cors
from {{ cookiecutter.package_name }}.cors.row import Row

from ...calls import LISTED, SPECIMENS, app_with, problems_of
from .calls import API, explain, lines_of

PAGE = "https://app.example.com"
ENVIRON = {"CORS_ORIGINS": f"{PAGE},https://*.preview.example.com,http://localhost:3000"}


def crash() -> str:
    raise RuntimeError("the reason")


def own() -> str:
    return "own"


def with_header(name: str, value: str) -> Callable[[], Response]:
    return lambda: Response("x", headers={name: value})


def build() -> Flask:
    app = app_with(
        LISTED,
        Row("/api/open/*", origins="*"),
        Row("/api/narrow/*", origins=PAGE, methods=("PUT",), allow_headers="none"),
        environ=ENVIRON,
    )
    app.config["MAX_CONTENT_LENGTH"] = 10
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "api.example.com"]
    views: dict[str, Callable[[], Any]] = {
        "crash": crash,
        "private": lambda: abort(401),
        "missing": lambda: abort(404),
        "file": with_header("Content-Disposition", "attachment"),
        "away": lambda: redirect("https://login.example.org/"),
        "http": lambda: redirect(f"http://{request.host}/api/v1/specimens"),
        "secret": lambda: redirect("https://user:password@api.example.com/"),
        "mail": lambda: redirect("mailto:a@example.com"),
        "circle": lambda: redirect(request.path),
        "open/x": dict,
        "narrow/x": dict,
        "slash/": dict,
    }
    for name, view in views.items():
        app.add_url_rule(f"/api/{name}", name, view, methods=["GET", "PUT"])
    app.add_url_rule("/api/own", "own", cors.cross_origin(origins="https://own.example")(own))
    return app


@pytest.fixture(scope="module")
def app() -> Flask:
    return build()


TOLD = [
    pytest.param(
        ["GET", SPECIMENS, "--origin", "http://localhost:3001"],
        "MissingAllowOriginHeader",
        [
            "http://localhost:3001 is not trusted by the row /api/*",
            "add http://localhost:3001 to CORS_ORIGINS; you have http://localhost:3000, which "
            "differs in the port",
        ],
        id="2 another port",
    ),
    pytest.param(
        ["PUT", SPECIMENS, "--origin", "http://127.0.0.1:3000"],
        "PreflightMissingAllowOriginHeader",
        [
            "http://127.0.0.1:3000 is not trusted by the row /api/*",
            "add http://127.0.0.1:3000 to CORS_ORIGINS; you have http://localhost:3000, the same "
            "machine by another name, which to a browser is another origin",
        ],
        id="2 another name of this machine",
    ),
    pytest.param(
        ["POST", SPECIMENS, "--origin", "http://app.example.com"],
        "MissingAllowOriginHeader",
        [
            "http://app.example.com is not trusted by the row /api/*; the API refused it with "
            "403 before any view ran",
            "add http://app.example.com to CORS_ORIGINS; you have https://app.example.com, which "
            "differs in the scheme",
        ],
        id="2 another scheme, and the guard",
    ),
    pytest.param(
        ["GET", "/api/slash", "--origin", PAGE],
        "ALLOWED",
        [
            "https://app.example.com may read the answer (status 200)",
            "/api/slash is redirected (308) to 'http://127.0.0.1:8000/api/slash/'; call that",
        ],
        id="4 slash missing",
    ),
    pytest.param(
        ["GET", "/api//slash/", "--origin", PAGE],
        "ALLOWED",
        [
            "https://app.example.com may read the answer (status 200)",
            "/api//slash/ is redirected (308) to 'http://127.0.0.1:8000/api/slash/'; call that",
        ],
        id="4 slash doubled",
    ),
    pytest.param(
        ["GET", "/api/away", "--origin", PAGE],
        "MissingAllowOriginHeader",
        [
            "the API redirects to https://login.example.org, which cannot be asked from here and "
            "is taken not to trust a page that hides its origin ('null'), as whom the browser "
            "goes on",
            "let the page call https://login.example.org/ itself, or ask both with --live",
        ],
        id="4 redirected elsewhere",
    ),
    pytest.param(
        ["GET", "/api/secret", "--origin", PAGE],
        "RedirectContainsCredentials",
        [
            "the API redirects to https://***@api.example.com, an address with a user name or "
            "password",
            "redirect to the address without them",
        ],
        id="4 password in a redirect",
    ),
    pytest.param(
        ["GET", "/api/mail", "--origin", PAGE],
        "CorsDisabledScheme",
        [
            "the API redirects to 'mailto:a@example.com', which is no http address",
            "redirect to http or https only",
        ],
        id="4 redirect to no web address",
    ),
    pytest.param(
        ["GET", "/api/circle", "--origin", PAGE],
        "TooManyRedirects",
        [
            "the API redirects in a circle",
            "look at what answers http://127.0.0.1:8000/api/circle",
        ],
        id="4 redirects in a circle",
    ),
    pytest.param(
        ["GET", "/api/open/x", "--origin", PAGE, "--credentials"],
        "WildcardOriginNotAllowed",
        [
            "the row /api/open/* is open to every page ('*'), and browsers keep such answers "
            "from requests with credentials",
            "leave out credentials: 'include' (axios: withCredentials); if the call needs "
            "cookies, serve it from a row that lists its origins",
        ],
        id="5 credentials for everybody",
    ),
    pytest.param(
        ["GET", SPECIMENS, "--origin", PAGE, "--credentials"],
        "InvalidAllowCredentials",
        [
            "the row /api/* takes no credentials (cookies, HTTP authentication)",
            "leave out credentials: 'include' (axios: withCredentials), or set "
            "CORS_SUPPORTS_CREDENTIALS=true",
        ],
        id="5 credentials not taken",
    ),
    pytest.param(
        ["GET", "/api/v1/specimen", "--origin", PAGE],
        "ALLOWED",
        [
            "https://app.example.com may read the answer (status 404)",
            "/api/v1/specimen is no route of this API (404); the closest is /api/v1/specimens",
        ],
        id="6 mistyped route",
    ),
    pytest.param(
        ["DELETE", "/api/slash", "--origin", PAGE],
        "ALLOWED",
        [
            "https://app.example.com may read the answer (status 404)",
            "/api/slash is no route of this API (404); the closest is /api/slash/",
        ],
        id="6 slash missing, for a method that the route lacks",
    ),
    pytest.param(
        ["DELETE", "/api/slash/", "--origin", PAGE],
        "ALLOWED",
        [
            "https://app.example.com may read the answer (status 405)",
            "/api/slash/ does not take DELETE (405); it takes GET, HEAD, PUT",
        ],
        id="6 method that the route lacks, with its slash",
    ),
    pytest.param(
        ["GET", "/v1/specimens", "--origin", PAGE],
        "MissingAllowOriginHeader",
        [
            "/v1/specimens is no route of this API, and outside /api",
            "call /api/v1/specimens",
        ],
        id="6 prefix missing",
    ),
    pytest.param(
        ["GET", "/api/missing", "--origin", PAGE],
        "ALLOWED",
        [
            "https://app.example.com may read the answer (status 404)",
            "the view of /api/missing found nothing (404); look at its id",
        ],
        id="6 nothing found",
    ),
    pytest.param(
        ["DELETE", SPECIMENS, "--origin", PAGE],
        "ALLOWED",
        [
            "https://app.example.com may read the answer (status 405)",
            "/api/v1/specimens does not take DELETE (405); it takes GET, HEAD, POST",
        ],
        id="6 method that the route lacks",
    ),
    pytest.param(
        ["GET", "http://other.example/api/v1/specimens", "--origin", "http://localhost:3000"],
        "ALLOWED",
        [
            "http://localhost:3000 may read the answer (status 400)",
            "the API does not answer to the name other.example (400); add it to TRUSTED_HOSTS, "
            "or call one of its names",
        ],
        id="6 host of somebody else",
    ),
    pytest.param(
        ["PUT", "http://other.example/api/v1/specimens", "--origin", "http://localhost:3000"],
        "PreflightInvalidStatus",
        [
            "the API does not answer to the name other.example",
            "add other.example to TRUSTED_HOSTS, or call one of its names",
        ],
        id="6 host of somebody else, preflight",
    ),
    pytest.param(
        ["GET", "/healthz", "--origin", PAGE],
        "MissingAllowOriginHeader",
        [
            "/healthz is outside /api, where no page of another origin may read anything",
            "call it from the API's own origin, or move the route below /api/",
        ],
        id="7 route outside the area",
    ),
    pytest.param(
        ["GET", "/api/own", "--origin", PAGE],
        "MissingAllowOriginHeader",
        [
            "https://app.example.com is not trusted by cross_origin on the view of /api/own",
            "add https://app.example.com to the origins of cross_origin on 'own'",
        ],
        id="7 view of its own policy",
    ),
    pytest.param(
        ["GET", SPECIMENS, "--origin", PAGE, "--header", "X-Trace"],
        "HeaderDisallowedByPreflightResponse",
        [
            "the row /api/* does not list the header X-Trace",
            "leave X-Trace out of the page's request, or set "
            "CORS_ALLOW_HEADERS=Authorization,Content-Type,X-Request-ID,X-Trace",
        ],
        id="9 header not listed",
    ),
    pytest.param(
        ["GET", SPECIMENS, "--origin", PAGE, "--header", "Access-Control-Allow-Origin: *"],
        "HeaderDisallowedByPreflightResponse",
        [
            "the page sends access-control-allow-origin, which is a header of answers: no page "
            "can grant itself anything",
            "take access-control-allow-origin out of the page's request",
        ],
        id="9 header of answers in a request",
    ),
    pytest.param(
        ["PUT", "/api/narrow/x", "--origin", PAGE, "--header", "Authorization"],
        "HeaderDisallowedByPreflightResponse",
        [
            "the row /api/narrow/* does not list the header Authorization",
            "leave Authorization out of the page's request, or write "
            "allow_headers=('Authorization',) in cors/policy.py '/api/narrow/*'",
        ],
        id="9 header not listed in a row of its own",
    ),
    pytest.param(
        ["GET", SPECIMENS, "--origin", "https://preview.example.com"],
        "MissingAllowOriginHeader",
        [
            "https://preview.example.com is not trusted by the row /api/*",
            "add https://preview.example.com to CORS_ORIGINS; you have "
            "https://*.preview.example.com, which covers the names below preview.example.com and "
            "not preview.example.com itself",
        ],
        id="10 apex under a wildcard",
    ),
    pytest.param(
        [
            "POST",
            SPECIMENS,
            "--origin",
            PAGE,
            "--content-type",
            "application/json",
            "--data",
            '{"name": "too long"}',
        ],
        "ALLOWED",
        [
            "https://app.example.com may read the answer (status 413)",
            "the body has more than 10 bytes (413); send less, or raise MAX_CONTENT_LENGTH",
        ],
        id="11 body too large",
    ),
    pytest.param(
        ["GET", "/api/private", "--origin", PAGE],
        "ALLOWED",
        [
            "https://app.example.com may read the answer (status 401)",
            "the API wants to know who calls (401), which is no CORS error; log in, or send the "
            "header Authorization",
        ],
        id="13 not logged in",
    ),
    pytest.param(
        ["GET", "/api/file", "--origin", PAGE],
        "ALLOWED",
        [
            "https://app.example.com may read the answer (status 200)",
            "scripts cannot read Content-Disposition, although developer tools show it; set "
            "CORS_EXPOSE_HEADERS=Location,X-Request-ID,Content-Disposition",
        ],
        id="15 header that scripts cannot read",
    ),
    pytest.param(
        ["GET", "https://192.168.1.4/api/v1/specimens", "--origin", PAGE],
        "ALLOWED",
        [
            "https://app.example.com may read the answer (status 400)",
            "a page on the internet calls a private network: Chrome asks the user for permission, "
            "and shows a CORS error if they refuse; headers of the API cannot prevent that, but "
            "pages that are served from a private network are not asked",
            "the API does not answer to the name 192.168.1.4 (400); add it to TRUSTED_HOSTS, or "
            "call one of its names",
        ],
        id="17 page of the internet, private network",
    ),
    pytest.param(
        ["GET", f"{API}{SPECIMENS}", "--origin", PAGE],
        "ALLOWED",
        [
            "https://app.example.com may read the answer (status 200)",
            "a page on the internet calls this machine: Chrome asks the user for permission, and "
            "shows a CORS error if they refuse; headers of the API cannot prevent that, but pages "
            "that are served from this machine are not asked",
        ],
        id="17 page of the internet, loopback",
    ),
    pytest.param(
        ["GET", f"{API}{SPECIMENS}", "--origin", "http://app.example.com"],
        "MissingAllowOriginHeader",
        [
            "http://app.example.com is not trusted by the row /api/*",
            "add http://app.example.com to CORS_ORIGINS; you have https://app.example.com, which "
            "differs in the scheme",
            "a page on the internet calls this machine, and Chrome lets only pages on https do "
            "so; serve the page over https, or from this machine",
        ],
        id="17 page of the internet on http, loopback",
    ),
    pytest.param(
        ["GET", SPECIMENS, "--origin", "null"],
        "MissingAllowOriginHeader",
        [
            "a page that hides its origin ('null') is not trusted by the row /api/*",
            "serve the page over http or https and add the origin it then has to CORS_ORIGINS; "
            "'null' is any local file, sandboxed frame or cross-origin redirect",
        ],
        id="18 hidden origin",
    ),
    pytest.param(
        ["GET", SPECIMENS, "--origin", "capacitor://localhost"],
        "MissingAllowOriginHeader",
        [
            "capacitor://localhost is not trusted by the row /api/*",
            "add capacitor://localhost to CORS_ORIGINS",
        ],
        id="18 origin of an application",
    ),
    pytest.param(
        ["GET", "http://api.example.com/api/v1/specimens", "--origin", PAGE],
        "MixedContent",
        [
            "a page on https may not call http://api.example.com: the browser sends nothing",
            "serve the API over https and call its https:// address",
        ],
        id="19 mixed content",
    ),
    pytest.param(
        ["GET", "http://192.168.1.4:8000/api/v1/specimens", "--origin", PAGE],
        "MixedContent",
        [
            "a page on https may not call http://192.168.1.4:8000: the browser sends nothing",
            "serve the API over https and call its https:// address",
        ],
        id="19 mixed content on a private network",
    ),
    pytest.param(
        ["GET", "https://api.example.com/api/http", "--origin", PAGE],
        "MixedContent",
        [
            "the API redirects to http://api.example.com/api/v1/specimens, and a page on https "
            "may not follow to http: behind a TLS proxy the application does not know that it is "
            "called over https",
            "set PROXY_HOPS to the number of proxies in front, and let the proxy send "
            "X-Forwarded-Proto; or call the address that does not redirect",
        ],
        id="19 redirect to http behind a TLS proxy",
    ),
    pytest.param(
        ["patch", SPECIMENS, "--origin", PAGE],
        "MethodDisallowedByPreflightResponse",
        [
            "method names are exact, and 'patch' is not 'PATCH'; browsers correct the case of "
            "GET, HEAD, POST, PUT, DELETE and OPTIONS only",
            "write method: 'PATCH' in the page",
        ],
        id="20 method in lower case",
    ),
    pytest.param(
        ["PROPFIND", SPECIMENS, "--origin", PAGE],
        "MethodDisallowedByPreflightResponse",
        [
            "the row /api/* does not list PROPFIND",
            "set CORS_METHODS=GET,HEAD,POST,PUT,PATCH,DELETE,PROPFIND",
        ],
        id="20 method not listed",
    ),
    pytest.param(
        ["GET", "/api/narrow/x", "--origin", PAGE],
        "MissingAllowOriginHeader",
        [
            "the row /api/narrow/* does not list GET",
            "write methods=('PUT', 'GET') in cors/policy.py '/api/narrow/*'",
        ],
        id="20 simple method not listed",
    ),
    pytest.param(
        ["PATCH", "/api/narrow/x", "--origin", PAGE],
        "MethodDisallowedByPreflightResponse",
        [
            "the row /api/narrow/* does not list PATCH",
            "write methods=('PUT', 'PATCH') in cors/policy.py '/api/narrow/*'",
        ],
        id="20 method not listed in a row of its own",
    ),
    pytest.param(
        ["POST", SPECIMENS, "--origin", PAGE, "--data", "{}"],
        "ALLOWED",
        [
            "https://app.example.com may read the answer (status 415)",
            "the body is sent as text/plain;charset=UTF-8 and has to be JSON (415); send the "
            "header Content-Type: application/json",
        ],
        id="20 body without its type",
    ),
    pytest.param(
        ["OPTIONS", SPECIMENS, "--origin", PAGE],
        "MethodDisallowedByPreflightResponse",
        [
            "OPTIONS is the preflight itself, and no row lists it",
            "call a method that the API has; flask cors show lists them",
        ],
        id="20 preflight by hand",
    ),
    pytest.param(
        ["GET", SPECIMENS, "--origin", PAGE, "--header", "Cookie: a=b"],
        "ALLOWED",
        [
            "https://app.example.com may read the answer (status 200)",
            "browsers keep Cookie to themselves, whatever a page says; take it out of the page",
        ],
        id="20 header that browsers keep",
    ),
    pytest.param(
        ["POST", f"{API}{SPECIMENS}", "--origin", API],
        "ALLOWED",
        [
            "page and API have the same origin, so CORS has no part in it",
            "POST may change something, so no view ran and the status is not the view's; "
            "--execute carries it out",
        ],
        id="20 same origin",
    ),
]


@pytest.mark.parametrize(("words", "verdict", "lines"), TOLD)
def test_the_whole_message(app: Flask, words: list[str], verdict: str, lines: list[str]) -> None:
    answer = explain(app, *words)

    assert (answer["code"] or answer["verdict"]) == verdict
    assert lines_of(answer) == lines


def test_1_a_view_that_crashes(app: Flask) -> None:
    assert lines_of(explain(app, "GET", "/api/crash", "--origin", PAGE)) == [
        "https://app.example.com may read the answer (status 500)",
        "the view of /api/crash raised RuntimeError: 'the reason' "
        f"({__file__}:{crash.__code__.co_firstlineno + 1}) (500); mend that, CORS is not at fault",
    ]


def test_7_a_path_without_a_row() -> None:
    app = app_with(Row("/api/x/*", origins=PAGE))

    assert lines_of(explain(app, "GET", SPECIMENS, "--origin", PAGE)) == [
        "no row of cors/policy.py covers /api/v1/specimens, so no page of another origin may read "
        "it",
        "add a row for it, such as Row('/api/v1/specimens/*', origins=Variable('CORS_ORIGINS'))",
    ]


def test_12_a_value_that_is_read_otherwise_than_meant_stops_the_start() -> None:
    assert problems_of({"CORS_ORIGINS": f"'{PAGE}'"}) == (
        r"CORS_ORIGINS: '\'https://app.example.com\'' has quotes, which docker --env-file keeps; "
        "write 'https://app.example.com'",
    )


def test_13_a_cookie_that_stays_at_home() -> None:
    app = app_with(Row("/api/*", origins=PAGE, supports_credentials=True))
    app.add_url_rule("/api/login", "login", with_header("Set-Cookie", "session=x; HttpOnly"))

    words = ["GET", f"https://api.example.org{SPECIMENS}", "--origin", PAGE, "--credentials"]
    assert lines_of(explain(app, *words)) == [
        "https://app.example.com may read the answer (status 200)"
    ]
    words[1] = "https://api.example.org/api/login"
    assert lines_of(explain(app, *words)) == [
        "https://app.example.com may read the answer (status 200)",
        "the cookie session does not travel to another site; give it SameSite=None and Secure, or "
        "serve page and API on one site",
    ]
    words[1] = "https://api.example.com/api/login"
    assert explain(app, *words)["notes"] == []
