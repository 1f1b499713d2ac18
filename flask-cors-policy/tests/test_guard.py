"""The guard: what a page may not do, no view is run for."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from helpers import (
    BOOKS,
    ENVIRON,
    EVIL,
    LISTED,
    METHODS,
    PARTNER,
    PREVIEW,
    SIBLING,
    TRUSTED,
    allowed,
    app_with,
    calls,
    cors_headers,
)

SITE = "Sec-Fetch-Site"
OWN = "http://localhost"  # the origin of the test client's host

# What it is: the headers of a POST, and whether it reaches the view.
POSTS: dict[str, tuple[Mapping[str, str], bool]] = {
    "neither header": ({}, True),
    "site: same-origin": ({SITE: "same-origin"}, True),
    "site: same-origin, whatever Origin is": ({SITE: "same-origin", "Origin": EVIL}, True),
    "site: none, typed by the user": ({SITE: "none"}, True),
    "site: cross-site without Origin": ({SITE: "cross-site"}, False),
    "site: same-site without Origin": ({SITE: "same-site"}, False),
    "site: cross-site, untrusted": ({SITE: "cross-site", "Origin": EVIL}, False),
    "site: cross-site, trusted": ({SITE: "cross-site", "Origin": TRUSTED}, True),
    "site: same-site, a sibling": ({SITE: "same-site", "Origin": SIBLING}, False),
    "site: same-site, trusted": ({SITE: "same-site", "Origin": PREVIEW}, True),
    "site: cross-site, the own host in Origin": ({SITE: "cross-site", "Origin": OWN}, False),
    "site: cross-site, null": ({SITE: "cross-site", "Origin": "null"}, False),
    "site: a value in capitals": ({SITE: "Same-Origin"}, False),
    "site: a value that does not exist": ({SITE: "friendly", "Origin": EVIL}, False),
    "no site: untrusted": ({"Origin": EVIL}, False),
    "no site: trusted": ({"Origin": TRUSTED}, True),
    "no site: null": ({"Origin": "null"}, False),
    "no site: the own host": ({"Origin": OWN}, True),
    "no site: the own host, TLS taken off by a proxy": ({"Origin": "https://localhost"}, True),
    "no site: another port of the own host": ({"Origin": f"{OWN}:3000"}, False),
    "no site: the own host and more": ({"Origin": f"{OWN}.evil.example"}, False),
    "no site: the own host behind a userinfo": ({"Origin": "http://evil@localhost"}, False),
    "no site: the own host without a scheme": ({"Origin": "localhost"}, False),
    "no site: the own host of another scheme": ({"Origin": "capacitor://localhost"}, False),
    "no site: the own host of a socket": ({"Origin": "ws://localhost"}, False),
    "no site: a look-alike": ({"Origin": f"{TRUSTED}.evil.example"}, False),
    "no site: capitals": ({"Origin": TRUSTED.upper()}, False),
    "no site: two origins": ({"Origin": f"{TRUSTED} {EVIL}"}, False),
    "host with a port: the own host": (
        {"Host": "api.example.com:8000", "Origin": "http://api.example.com:8000"},
        True,
    ),
    "host with a port: no port": (
        {"Host": "api.example.com:8000", "Origin": "http://api.example.com"},
        False,
    ),
    "host with its default port: http": (
        {"Host": "api.example.com:80", "Origin": "http://api.example.com"},
        True,
    ),
    "host with its default port: https": (
        {"Host": "api.example.com:443", "Origin": "https://api.example.com"},
        True,
    ),
    "host with another scheme's default port": (
        {"Host": "api.example.com:443", "Origin": "http://api.example.com"},
        False,
    ),
    "host in capitals": ({"Host": "API.example.com", "Origin": "http://api.example.com"}, True),
    "host with an underscore": (
        {"Host": "my_api:8000", "Origin": "http://my_api:8000"},
        True,
    ),
    "host with an underscore: null": ({"Host": "my_api:8000", "Origin": "null"}, False),
    "host with a port that is none: null": ({"Host": "localhost:99999", "Origin": "null"}, False),
    "host of IPv6": ({"Host": "[::1]:8000", "Origin": "http://[::1]:8000"}, True),
    "host that is empty: null": ({"Host": "", "Origin": "null"}, False),
    "host that is empty: no host": ({"Host": "", "Origin": "http://"}, False),
}


@pytest.mark.parametrize(("headers", "passes"), POSTS.values(), ids=POSTS.keys())
def test_post_under_a_row(headers: Mapping[str, str], passes: bool) -> None:
    app = app_with()
    response = app.test_client().post(BOOKS, headers=headers)
    assert response.status_code == (201 if passes else 403)
    assert calls(app) == ["POST /api/books"] * passes


OUTSIDE = {
    name: (headers, passes and headers.get("Origin") not in (TRUSTED, PREVIEW))
    for name, (headers, passes) in POSTS.items()
}


@pytest.mark.parametrize(("headers", "passes"), OUTSIDE.values(), ids=OUTSIDE.keys())
@pytest.mark.parametrize("resources", [{"/api/*": LISTED}, {"/api/*": {"origins": "*"}}])
def test_post_outside_the_rows_is_for_the_own_origin(
    headers: Mapping[str, str], passes: bool, resources: dict[str, Any]
) -> None:
    app = app_with(resources)
    response = app.test_client().post("/outside", headers=headers)
    assert response.status_code == (201 if passes else 403)
    assert calls(app) == ["POST /outside"] * passes


@pytest.mark.parametrize("headers", [{"Origin": EVIL}, {"Origin": "null"}, {SITE: "cross-site"}])
def test_any_page_may_write_under_a_public_row(headers: dict[str, str]) -> None:
    app = app_with({"/api/*": {"origins": "*"}})
    assert app.test_client().post(BOOKS, headers=headers).status_code == 201


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "QUERY", "post"])
@pytest.mark.parametrize("path", [BOOKS, "/outside", "/api/none", "/none"])
def test_every_unsafe_method_is_guarded(method: str, path: str) -> None:
    app = app_with()
    response = app.test_client().open(path, method=method, headers={"Origin": EVIL})
    assert response.status_code == 403
    assert calls(app) == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", [BOOKS, "/outside"])
def test_safe_methods_are_not_refused(client: FlaskClient, method: str, path: str) -> None:
    headers = {"Origin": EVIL, SITE: "cross-site"}
    assert client.open(path, method=method, headers=headers).status_code == 200


# What it is: the row, the trusted origin, and the methods that the guard lets pass.
BY_METHOD: dict[str, tuple[dict[str, Any], str, set[str]]] = {
    "a list of methods": (LISTED | {"methods": ("GET", "HEAD")}, TRUSTED, set()),
    "a list with one write": (LISTED | {"methods": ("GET", "POST")}, TRUSTED, {"POST"}),
    "any origin may read": ({"origins": "*", "methods": "GET, HEAD"}, EVIL, set()),
    "any origin may add": ({"origins": "*", "methods": "GET, POST"}, EVIL, {"POST"}),
    "the methods of the row": ({"origins": "*", "for_methods": "GET, PUT"}, EVIL, {"PUT"}),
    "everything": (LISTED, TRUSTED, {"POST", "PUT", "PATCH", "DELETE"}),
}


@pytest.mark.parametrize(("row", "origin", "methods"), BY_METHOD.values(), ids=BY_METHOD.keys())
def test_guard_obeys_the_methods_of_the_row(
    row: dict[str, Any], origin: str, methods: set[str]
) -> None:
    app = app_with({"/api/*": row})
    for method in METHODS[1:]:
        app.test_client().open(BOOKS, method=method, headers={"Origin": origin})
    assert calls(app) == [f"{method} /api/books" for method in METHODS[1:] if method in methods]


def test_guard_obeys_the_methods_of_the_environment() -> None:
    app = app_with(environ=ENVIRON | {"CORS_METHODS": "GET, PUT"})
    for method, status in (("POST", 403), ("PUT", 200)):
        response = app.test_client().open(BOOKS, method=method, headers={"Origin": TRUSTED})
        assert response.status_code == status


def test_refused_write_of_a_safelisted_method_is_not_readable() -> None:
    """A browser sends POST without asking, so the page must not read anything."""
    client = app_with({"/api/*": LISTED | {"methods": "GET"}}).test_client()
    response = client.post(BOOKS, headers={"Origin": TRUSTED})
    assert (response.status_code, cors_headers(response)) == (403, {})
    assert response.headers["Vary"] == "Origin"


def handshake(app: Flask, path: str = BOOKS, upgrade: str = "websocket", **headers: str) -> int:
    sent = {"Connection": "Upgrade", "Upgrade": upgrade, "Sec-WebSocket-Version": "13"}
    return app.test_client().get(path, headers=sent | headers).status_code


# What it is: the path, the Upgrade header, Origin, and whether the handshake is refused.
HANDSHAKES = {
    "untrusted": (BOOKS, "websocket", EVIL, True),
    "trusted": (BOOKS, "websocket", TRUSTED, False),
    "the own host": (BOOKS, "websocket", OWN, False),
    "no browser": (BOOKS, "websocket", "", False),
    "null": (BOOKS, "websocket", "null", True),
    "in capitals": (BOOKS, "WebSocket", EVIL, True),
    "in a list": (BOOKS, "h2c, websocket", EVIL, True),
    "another protocol": (BOOKS, "h2c", EVIL, False),
    "unknown path": ("/api/none", "websocket", EVIL, True),
    "outside the rows, untrusted": ("/outside", "websocket", EVIL, True),
    "outside the rows, trusted elsewhere": ("/outside", "websocket", TRUSTED, True),
}


@pytest.mark.parametrize(
    ("path", "upgrade", "origin", "refused"), HANDSHAKES.values(), ids=HANDSHAKES.keys()
)
def test_websocket_handshake_is_guarded_like_a_write(
    path: str, upgrade: str, origin: str, refused: bool
) -> None:
    app = app_with()
    headers = {"Origin": origin} if origin else {}
    status = handshake(app, path, upgrade, **headers)
    assert (status == 403) is refused
    if refused:
        assert calls(app) == []


def test_websocket_handshake_needs_get_among_the_methods() -> None:
    app = app_with({"/api/*": LISTED | {"methods": "POST"}})
    assert handshake(app, Origin=TRUSTED) == 403
    app = app_with({"/api/*": {"origins": "*"}})
    assert handshake(app, Origin=EVIL) != 403


@pytest.mark.parametrize(
    ("scheme", "origin", "passes"),
    [
        ("https", "https://api.example.com", True),
        ("https", "http://api.example.com", False),
        ("http", "http://api.example.com", True),
        ("http", "https://api.example.com", True),
    ],
)
def test_page_on_http_is_not_at_home_at_an_api_on_https(
    scheme: str, origin: str, passes: bool
) -> None:
    app = app_with()
    base = f"{scheme}://api.example.com"
    response = app.test_client().post(BOOKS, base_url=base, headers={"Origin": origin})
    assert response.status_code == (201 if passes else 403)


def test_refusal_comes_before_hooks_authentication_and_the_host_check() -> None:
    seen: list[str] = []

    def views(app: Flask) -> None:
        app.before_request(lambda: seen.append("before"))
        app.teardown_request(lambda _: seen.append("teardown"))
        app.config["TRUSTED_HOSTS"] = ["api.example.com"]

    client = app_with(views=views).test_client()
    assert client.post(BOOKS, headers={"Origin": EVIL}).status_code == 403
    assert seen == []


# What it is: the table, the path, the headers of a POST, and the detail of the refusal.
DETAILS: dict[str, tuple[dict[str, Any], str, dict[str, str], list[str], list[str]]] = {
    "an origin": (
        {"/api/*": LISTED},
        BOOKS,
        {"Origin": EVIL},
        ["'https://evil.example'", "POST", "CORS_ORIGINS"],
        [TRUSTED],
    ),
    "no origin": (
        {"/api/*": LISTED},
        BOOKS,
        {SITE: "cross-site"},
        ["POST"],
        [TRUSTED],
    ),
    "null": (
        {"/api/*": LISTED},
        BOOKS,
        {"Origin": "null"},
        ["'null'", "POST", "CORS_ORIGINS"],
        [TRUSTED],
    ),
    "origins in the table": (
        {"/api/*": {"origins": PARTNER}},
        BOOKS,
        {"Origin": EVIL},
        ["resources['/api/*']"],
        [PARTNER],
    ),
    "a method that the row does not list": (
        {"/api/*": LISTED | {"methods": "GET"}},
        BOOKS,
        {"Origin": TRUSTED},
        ["POST", "'methods': ('GET', 'POST') in resources['/api/*']"],
        ["CORS_ORIGINS"],
    ),
    "a method that an open row does not list": (
        {"/api/*": {"origins": "*", "methods": "GET"}},
        BOOKS,
        {"Origin": EVIL},
        ["POST", "'methods': ('GET', 'POST') in resources['/api/*']"],
        ["CORS_ORIGINS", "add https://evil.example", "its origin to"],
    ),
    "outside the rows": (
        {"/api/*": LISTED},
        "/outside",
        {"Origin": EVIL},
        ["row", "/outside/*"],
        ["CORS_ORIGINS", TRUSTED],
    ),
    "outside the rows of an open API": (
        {"/api/*": {"origins": "*"}},
        "/outside",
        {"Origin": EVIL},
        ["row", "/outside/*"],
        ["CORS_ORIGINS"],
    ),
}


@pytest.mark.parametrize(
    ("resources", "path", "headers", "named", "not_named"), DETAILS.values(), ids=DETAILS.keys()
)
def test_refusal_names_who_and_what_to_change(
    resources: dict[str, Any],
    path: str,
    headers: dict[str, str],
    named: list[str],
    not_named: list[str],
) -> None:
    response = app_with(resources).test_client().post(path, headers=headers)
    assert response.status_code == 403
    assert response.content_type == "application/problem+json"
    problem = response.get_json()
    assert (problem["status"], problem["title"]) == (403, "Forbidden")
    assert [text for text in named if text not in problem["detail"]] == []
    assert [text for text in not_named if text in problem["detail"]] == []


def test_refusal_is_short_whatever_the_origin_is(client: FlaskClient) -> None:
    for origin in (f"https://{'a' * 5000}.example", "https://a.example\t" * 100, "," * 60_000):
        response = client.post(BOOKS, headers={"Origin": origin})
        assert response.status_code == 403
        assert len(response.data) < 1000
        assert response.data.isascii()


# What it is: the content type, and the body.
BODIES = {
    "JSON": ("application/json", b'{"a": 1}'),
    "a form": ("application/x-www-form-urlencoded", b"a=1"),
    "an upload": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n1\r\n--x--\r\n',
    ),
    "text": ("text/plain", b"1"),
    "raw bytes": ("application/octet-stream", b"\x00\xff"),
    "no type": ("", b"1"),
}


@pytest.mark.parametrize("headers", [{"Origin": TRUSTED}, {"Origin": OWN}, {}])
@pytest.mark.parametrize(("content_type", "body"), BODIES.values(), ids=BODIES.keys())
def test_body_of_any_type_reaches_the_view(
    content_type: str, body: bytes, headers: dict[str, str]
) -> None:
    got: list[bytes] = []

    def views(app: Flask) -> None:
        @app.post("/api/raw")
        def raw() -> str:
            got.append(request.get_data())
            return "ok"

    client = app_with(views=views).test_client()
    response = client.post("/api/raw", data=body, content_type=content_type, headers=headers)
    assert (response.status_code, got) == (200, [body])


@pytest.mark.parametrize(("content_type", "body"), BODIES.values(), ids=BODIES.keys())
def test_body_of_any_type_is_refused_from_another_page(content_type: str, body: bytes) -> None:
    app = app_with()
    response = app.test_client().post(
        BOOKS, data=body, content_type=content_type, headers={"Origin": EVIL}
    )
    assert (response.status_code, calls(app)) == (403, [])


def test_trusted_page_reads_what_it_did(client: FlaskClient) -> None:
    response = client.delete(BOOKS, headers={"Origin": TRUSTED})
    assert (response.status_code, allowed(response)) == (200, TRUSTED)


IDENTITY = "https://login.example.net"  # where users log in
CALLBACK = "/auth/callback"
FORM = {SITE: "cross-site", "Cookie": "state=x"}  # what browsers send with one of another site

# The way: the row of the callback, the method, Origin, and the cookies of the view; None: not run.
FORMS: dict[str, tuple[dict[str, Any] | None, str, str, dict[str, str] | None]] = {
    "a form without a row": (None, "POST", IDENTITY, None),
    "a form of a listed origin": (
        {"origins": IDENTITY, "methods": ["POST"], "supports_credentials": True},
        "POST",
        IDENTITY,
        {"state": "x"},
    ),
    "a form that hides its origin, under a row that lists one": (
        {"origins": IDENTITY, "methods": ["POST"], "supports_credentials": True},
        "POST",
        "null",
        None,
    ),
    "a return with GET": (None, "GET", "", {"state": "x"}),
    "a form that hides its origin, under an open row": (
        {"origins": "*", "for_methods": ["POST"]},
        "POST",
        "null",
        {},
    ),
}


@pytest.mark.parametrize(("row", "method", "origin", "cookies"), FORMS.values(), ids=FORMS.keys())
def test_ways_for_forms_of_other_sites(
    row: dict[str, Any] | None, method: str, origin: str, cookies: dict[str, str] | None
) -> None:
    got: list[dict[str, str]] = []

    def views(app: Flask) -> None:
        @app.route(CALLBACK, methods=["GET", "POST"])
        def callback() -> str:
            got.append(dict(request.cookies))
            return "ok"

    app = app_with({"/api/*": LISTED} | ({f"{CALLBACK}/*": row} if row else {}), views=views)
    headers = FORM | ({"Origin": origin} if origin else {})
    client = app.test_client(use_cookies=False)
    response = client.open(CALLBACK, method=method, headers=headers)

    assert (response.status_code, got) == ((403, []) if cookies is None else (200, [cookies]))
