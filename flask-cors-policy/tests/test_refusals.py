"""The log of refusals, and the header that tells the reason in debug mode."""

import gc
import logging
import shlex
import tracemalloc
from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, TestResponse

from flask_cors_policy import cross_origin
from flask_cors_policy._layer import EXPLAIN, REFUSAL
from flask_cors_policy._refusals import PAUSE, REMEMBERED
from helpers import BOOKS, EVIL, LISTED, PARTNER, TRUSTED, app_with

OTHER_PORT = f"{TRUSTED}:8443"
WRITE_ONLY = {"origins": TRUSTED, "methods": "PUT", "allow_headers": "If-Match"}
OPEN = {"/api/*": {"origins": "*"}}
READ_ONLY = {"/api/*": {"origins": "*", "methods": "GET, HEAD"}}

Call = tuple[str, str, dict[str, str]]


def asks(origin: str, method: str, *names: str, path: str = BOOKS) -> Call:
    announced = {"Origin": origin, "Access-Control-Request-Method": method}
    return "OPTIONS", path, announced | {"Access-Control-Request-Headers": ", ".join(names)}


def sends(origin: str, method: str, path: str = BOOKS, **headers: str) -> Call:
    return method, path, {"Origin": origin} | headers


ROWS: dict[str, Any] = {"/api/*": LISTED}
ORIGIN, PREFLIGHT_ORIGIN = "MissingAllowOriginHeader", "PreflightMissingAllowOriginHeader"
METHOD = "MethodDisallowedByPreflightResponse"
HEADER = "HeaderDisallowedByPreflightResponse"
GUARD = "RefusedByGuard"
UNTRUSTED = "its origin is not trusted here"
NO_VIEW = "so no view was run and the response is 403"
ADD_EVIL = f"add {EVIL} to CORS_ORIGINS"
NO_CREDENTIALS = (
    "its row takes no credentials, so cookies and HTTP authentication did not reach the view"
)

# What it is: the rows, the call, the code, the cause and the fix.
REFUSED: dict[str, tuple[dict[str, Any], Call, str, str, str]] = {
    "read: untrusted": (ROWS, sends(EVIL, "GET"), ORIGIN, UNTRUSTED, ADD_EVIL),
    "read: a method that browsers send unlisted": (
        {"/api/*": WRITE_ONLY},
        sends(TRUSTED, "GET"),
        ORIGIN,
        "the method GET is not listed",
        "write 'methods': ('PUT', 'GET') in resources['/api/*']",
    ),
    "read: no row": (
        {"/api/v2/*": LISTED},
        sends(TRUSTED, "GET"),
        ORIGIN,
        "no row covers this path",
        "add a row that covers it, such as resources={'/api/books/*': {'origins': ...}}",
    ),
    "write: untrusted": (
        ROWS,
        sends(EVIL, "POST"),
        ORIGIN,
        f"{UNTRUSTED}, {NO_VIEW}",
        ADD_EVIL,
    ),
    "write: unlisted": (
        {"/api/*": WRITE_ONLY},
        sends(TRUSTED, "POST"),
        ORIGIN,
        f"the method POST is not listed, {NO_VIEW}",
        "write 'methods': ('PUT', 'POST') in resources['/api/*']",
    ),
    "write: unlisted, readable behind a preflight": (
        {"/api/*": WRITE_ONLY},
        sends(TRUSTED, "DELETE"),
        GUARD,
        f"the method DELETE is not listed, {NO_VIEW}",
        "write 'methods': ('PUT', 'DELETE') in resources['/api/*']",
    ),
    "write: unlisted, any origin": (
        READ_ONLY,
        sends(EVIL, "POST"),
        ORIGIN,
        f"the method POST is not listed, {NO_VIEW}",
        "write 'methods': ('GET', 'HEAD', 'POST') in resources['/api/*']",
    ),
    "write: no row": (
        OPEN,
        sends(EVIL, "POST", "/outside"),
        ORIGIN,
        f"no row covers this path, {NO_VIEW}",
        "add a row that covers it, such as resources={'/outside/*': {'origins': ...}}",
    ),
    "write: no row for the method": (
        {"/api/*": {"origins": "*", "for_methods": ["GET"]}},
        sends(TRUSTED, "POST"),
        ORIGIN,
        f"no row covers POST of this path, {NO_VIEW}",
        (
            "add {'origins': ..., 'for_methods': ['POST']} to resources['/api/*'], which may be a "
            "list of rows"
        ),
    ),
    "write: no row for a method in lower case": (
        {"/api/*": {"origins": "*", "for_methods": ["GET"]}},
        sends(TRUSTED, "patch"),
        ORIGIN,
        f"no row covers patch of this path, {NO_VIEW}",
        "let the page write PATCH, as methods are exact",
    ),
    "write: no origin": (
        ROWS,
        ("POST", BOOKS, {"Sec-Fetch-Site": "cross-site"}),
        ORIGIN,
        f"its origin is not known, {NO_VIEW}",
        "send the request with fetch(), so that it carries the origin of its page",
    ),
    "WebSocket: untrusted": (
        ROWS,
        sends(EVIL, "GET", Upgrade="websocket", Connection="Upgrade"),
        GUARD,
        f"{UNTRUSTED}, {NO_VIEW}",
        ADD_EVIL,
    ),
    "preflight: untrusted": (ROWS, asks(EVIL, "PUT"), PREFLIGHT_ORIGIN, UNTRUSTED, ADD_EVIL),
    "preflight: no row": (
        {"/api/v2/*": LISTED},
        asks(TRUSTED, "PUT"),
        PREFLIGHT_ORIGIN,
        "no row covers this path",
        "add a row that covers it, such as resources={'/api/books/*': {'origins': ...}}",
    ),
    "preflight: unlisted method": (
        ROWS,
        asks(TRUSTED, "PROPFIND"),
        METHOD,
        "the method PROPFIND is not listed",
        "set CORS_METHODS=GET,HEAD,POST,PUT,PATCH,DELETE,PROPFIND",
    ),
    "preflight: method in lower case": (
        ROWS,
        asks(TRUSTED, "patch"),
        METHOD,
        "the method patch is not listed",
        "let the page write 'PATCH', as methods are exact",
    ),
    "preflight: method that no row can list": (
        ROWS,
        asks(TRUSTED, "OPTIONS"),
        METHOD,
        "the method OPTIONS is not listed",
        "call a method that the row lists; no row can list this one",
    ),
    "preflight: method that browsers send unlisted": (
        {"/api/*": WRITE_ONLY},
        asks(TRUSTED, "GET", "x-trace"),
        PREFLIGHT_ORIGIN,
        "the method GET is not listed",
        "write 'methods': ('PUT', 'GET') in resources['/api/*']",
    ),
    "preflight: unlisted header": (
        {"/api/*": WRITE_ONLY},
        asks(TRUSTED, "PUT", "if-match", "x-trace"),
        HEADER,
        "the request header 'x-trace' is not listed",
        (
            "write 'allow_headers': ('If-Match', 'x-trace') in resources['/api/*'], "
            "or let the page leave it out"
        ),
    ),
    "preflight: header of a response": (
        ROWS,
        asks(TRUSTED, "PUT", "access-control-allow-origin", "content-type"),
        HEADER,
        "the request header 'access-control-allow-origin' is not listed",
        "let the page leave it out, as such headers belong to responses",
    ),
    "credentials: not supported": (
        ROWS,
        sends(TRUSTED, "GET", Cookie="a=b"),
        "InvalidAllowCredentials",
        NO_CREDENTIALS,
        ("leave out credentials: 'include' in the page, or set CORS_SUPPORTS_CREDENTIALS=true"),
    ),
    "credentials: any origin": (
        OPEN,
        sends(EVIL, "POST", Cookie="a=b"),
        "WildcardOriginNotAllowed",
        NO_CREDENTIALS,
        "leave out credentials: 'include' in the page",
    ),
}

# What it is: the rows, and the call.
NOT_REFUSED: dict[str, tuple[dict[str, Any], Call]] = {
    "read: trusted": (ROWS, sends(TRUSTED, "GET")),
    "read: an error": (ROWS, sends(TRUSTED, "GET", "/api/none")),
    "read: any origin": (OPEN, sends(EVIL, "GET")),
    "read: no page": (ROWS, ("GET", BOOKS, {})),
    "read: own page": (ROWS, sends("http://localhost", "GET")),
    "read: own page, no row": (ROWS, sends("http://localhost", "GET", "/outside")),
    "write: trusted": (ROWS, sends(TRUSTED, "POST")),
    "write: no page": (ROWS, ("POST", BOOKS, {})),
    "write: own page, as its browser tells": (
        ROWS,
        sends(EVIL, "POST", **{"Sec-Fetch-Site": "same-origin"}),
    ),
    "preflight: trusted": (ROWS, asks(TRUSTED, "PUT", "Content-Type,, authorization")),
    "credentials: no page": (ROWS, ("GET", BOOKS, {"Cookie": "a=b"})),
    "credentials: a token": (ROWS, sends(TRUSTED, "GET", Authorization="Bearer x")),
}


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def send(app: Flask, call: Call) -> TestResponse:
    method, path, headers = call
    return app.test_client(use_cookies=False).open(path, method=method, headers=headers)


@pytest.mark.parametrize(
    ("rows", "call", "code", "cause", "fix"), REFUSED.values(), ids=REFUSED.keys()
)
def test_refusal_is_logged_once_with_reason_and_fix(
    caplog: pytest.LogCaptureFixture,
    rows: dict[str, Any],
    call: Call,
    code: str,
    cause: str,
    fix: str,
) -> None:
    app = app_with(rows)
    for _ in range(3):
        assert EXPLAIN not in send(app, call).headers
    (line,) = warnings(caplog)
    method, path, headers = call
    origin = headers.get("Origin")
    page = f"a page of '{origin}'" if origin else "a page"
    announced = headers.get("Access-Control-Request-Method", method)
    what = "a WebSocket" if "Upgrade" in headers else announced
    expected = f"CORS: {page} was refused {what} '{path}' ({code}): {cause}; {fix}"
    assert line.partition("; ask: ")[0] == expected


@pytest.mark.parametrize(
    ("rows", "call", "code", "cause", "fix"), REFUSED.values(), ids=REFUSED.keys()
)
def test_response_explains_in_debug_mode(
    rows: dict[str, Any], call: Call, code: str, cause: str, fix: str
) -> None:
    app = app_with(rows)
    app.debug = True
    for _ in ("logged", "logged before"):
        assert send(app, call).headers.getlist(EXPLAIN) == [f"{code}: {cause}; {fix}"]


@pytest.mark.parametrize(("rows", "call"), NOT_REFUSED.values(), ids=NOT_REFUSED.keys())
def test_anything_else_is_not_logged(
    caplog: pytest.LogCaptureFixture, rows: dict[str, Any], call: Call
) -> None:
    app = app_with(rows)
    app.debug = True
    for _ in range(2):
        assert EXPLAIN not in send(app, call).headers
    assert warnings(caplog) == []


def test_log_names_the_nearest_trusted_origin_and_the_response_does_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = app_with()
    app.debug = True
    response = send(app, sends(OTHER_PORT, "GET"))
    (line,) = warnings(caplog)
    assert f"; you have {TRUSTED}, which differs in the port; ask: " in line
    assert TRUSTED not in response.headers[EXPLAIN].replace(OTHER_PORT, "")


def test_several_unlisted_headers_are_named_at_once(caplog: pytest.LogCaptureFixture) -> None:
    send(app_with(), asks(TRUSTED, "PUT", "x-a", "content-type", "x-b"))
    (line,) = warnings(caplog)
    assert "the request headers 'x-a', 'x-b' are not listed" in line
    assert "set CORS_ALLOW_HEADERS=Authorization,Content-Type,x-a,x-b, or let" in line


def test_code_of_the_reason_is_left_for_a_log_of_requests(app: Flask) -> None:
    for _ in range(2):
        environ = EnvironBuilder(BOOKS).get_environ() | {"HTTP_ORIGIN": EVIL}
        app.wsgi_app(environ, lambda *_: print)
        assert environ[REFUSAL] == ORIGIN


def test_refusals_of_two_rows_and_of_a_view_are_three(caplog: pytest.LogCaptureFixture) -> None:
    def views(app: Flask) -> None:
        function: Any = cross_origin(origins=PARTNER)(app.view_functions[BOOKS])
        app.add_url_rule("/api/own", "own", function)

    app = app_with({"/api/*": LISTED, "/api/v2/*": LISTED}, views=views)
    for path in (BOOKS, "/api/v1/other", "/api/v2/other", "/api/v2/more", "/api/own"):
        send(app, sends(EVIL, "GET", path))
    assert len(warnings(caplog)) == 3


def test_log_is_the_loggers_own_and_obeys_its_level(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("flask_cors_policy")
    logger.setLevel(logging.ERROR)
    try:
        send(app_with(), sends(EVIL, "GET"))
    finally:
        logger.setLevel(logging.NOTSET)
    assert warnings(caplog) == []
    send(app_with(), sends(EVIL, "GET"))
    assert {record.name for record in caplog.records} == {"flask_cors_policy"}


def test_command_is_one_that_a_shell_can_take(caplog: pytest.LogCaptureFixture) -> None:
    send(app_with(), sends(EVIL, "GET", "/api/a b'c/é"))
    command = warnings(caplog)[0].partition("ask: ")[2]
    assert shlex.split(command) == [
        *("flask", "cors", "explain", "GET"),
        *("http://localhost/api/a%20b%27c/%C3%A9", "--origin", EVIL),
    ]


# A browser sends a preflight before this one, which the guard would refuse as well.
PREFLIGHT_FIRST = "write: unlisted, readable behind a preflight"


@pytest.mark.parametrize("name", REFUSED)
def test_command_finds_the_same_reason_and_logs_nothing(
    caplog: pytest.LogCaptureFixture, name: str
) -> None:
    rows, call, code, _, _ = REFUSED[name]
    app = app_with(rows)
    send(app, call)
    command = warnings(caplog)[0].partition("; ask: flask ")[2]
    caplog.clear()
    if not command:
        assert "Origin" not in call[2]
        return
    result = app.test_cli_runner().invoke(args=shlex.split(command))
    assert result.exit_code == 1, result.output
    assert (METHOD if name == PREFLIGHT_FIRST else code) in result.stdout
    assert warnings(caplog) == []


# What no browser sends: the command would refuse it, or explain another call.
NOT_EXPLAINED = {
    "origin in upper case": sends("https://APP.example.com", "GET"),
    "origin with a default port": sends(f"{TRUSTED}:443", "GET"),
    "origin with a path": sends(f"{TRUSTED}/", "GET"),
    "origin that is none": sends("garbage", "GET"),
    "method that no page can send": sends(EVIL, "TRACE"),
    "method that browsers write in upper case": sends(EVIL, "get"),
    "method of a handshake": sends(EVIL, "POST", Upgrade="websocket", Connection="Upgrade"),
    "header that is no name": asks(TRUSTED, "PUT", "x/y"),
    "header that has a value": asks(TRUSTED, "PUT", "x:y"),
    "host in upper case": sends(EVIL, "GET", Host="API.example.com"),
    "port that is no number": sends(EVIL, "GET", Host="localhost:x"),
    "path with dots": sends(EVIL, "GET", "/outside/../x"),
}


@pytest.mark.parametrize("call", NOT_EXPLAINED.values(), ids=NOT_EXPLAINED.keys())
def test_command_is_left_out_where_it_would_not_explain_this_call(
    caplog: pytest.LogCaptureFixture, call: Call
) -> None:
    send(app_with(), call)
    (line,) = warnings(caplog)
    assert "ask:" not in line


HOSTILE = {
    "line break": "https://evil.example\r\nSet-Cookie: a=b",
    "terminal sequence": "https://evil.example\x1b[2J\x9b1m\x7f\x00",
    "shell": "https://evil.example'; rm -rf ~; '",
    "beyond ASCII": "https://evil.example\x85\xa0\xad",
    "too long": f"https://{'a' * 5000}.example",
    "format": "%s %(x)s {0}",
    "option of the command": "--execute",
    "password": "https://user:s3cr3t@evil.example",
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize(
    "name",
    [
        "HTTP_ORIGIN",
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD",
        "HTTP_ACCESS_CONTROL_REQUEST_HEADERS",
        "HTTP_HOST",
        "PATH_INFO",
    ],
)
@pytest.mark.parametrize("path", [BOOKS, "/outside"])
def test_values_of_a_client_are_escaped_and_short(
    caplog: pytest.LogCaptureFixture, name: str, value: str, path: str
) -> None:
    app = app_with()
    app.debug = True
    value = f"{path}/{value}" if name == "PATH_INFO" else value
    origin = EVIL if name != "HTTP_ACCESS_CONTROL_REQUEST_HEADERS" else TRUSTED
    environ = {"HTTP_ORIGIN": origin, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT", name: value}
    response = app.test_client().options(path, environ_overrides=environ)

    for text in (*warnings(caplog), response.headers.get(EXPLAIN, "")):
        assert text.isascii()
        assert not text or text.isprintable()
        assert len(text) < 1500
        assert "rm -rf" not in text.partition("ask: ")[2]
        assert "explain --execute" not in text
        assert "s3cr3t" not in text or name == "PATH_INFO"


@pytest.fixture
def hostile() -> Iterator[str]:
    """Never the same origin twice."""
    return (f"https://{number}.evil.example\n\x1b[31m" for number in count())


def test_thousands_of_hostile_origins_cost_neither_memory_nor_many_lines(
    caplog: pytest.LogCaptureFixture, app: Flask, hostile: Iterator[str]
) -> None:
    environ = EnvironBuilder("/api/none").get_environ()

    def flood(times: int) -> None:
        for origin in islice(hostile, times):
            b"".join(app.wsgi_app(environ | {"HTTP_ORIGIN": origin}, lambda *_: print))
        gc.collect()  # what is left is kept by somebody

    flood(2_000)
    tracemalloc.start()  # slows the rest down; a thousand origins show what is kept of them
    before = tracemalloc.get_traced_memory()[0]
    flood(1_000)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    lines = warnings(caplog)
    assert len(lines) == REMEMBERED + 1
    assert lines[-1] == "CORS: that was refusal 100; new ones are not logged for 60 minutes"
    assert all(line.isprintable() for line in lines)
    assert grown < 50_000  # bytes


def test_after_a_pause_refusals_are_logged_again(
    caplog: pytest.LogCaptureFixture, hostile: Iterator[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    app = app_with()
    monkeypatch.setattr(app.extensions["flask_cors_policy"].layer._log, "_clock", lambda: now)
    environ = EnvironBuilder(BOOKS).get_environ()

    def refused(times: int) -> int:
        before = len(warnings(caplog))
        for origin in islice(hostile, times):
            app.wsgi_app(environ | {"HTTP_ORIGIN": origin}, lambda *_: print)
        return len(warnings(caplog)) - before

    assert refused(150) == REMEMBERED + 1
    now += PAUSE - 1
    assert refused(150) == 0
    now += 2
    assert refused(150) == REMEMBERED + 1
