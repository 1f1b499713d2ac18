import gc
import shlex
import tracemalloc
from collections.abc import Iterator
from itertools import count, islice

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, TestResponse

from {{ cookiecutter.package_name }}.cors import refusals
from {{ cookiecutter.package_name }}.cors.exchange import (
    Exchanges,
)
from {{ cookiecutter.package_name }}.cors.row import Row

from ..calls import EVIL, LISTED, SPECIMENS, TRUSTED, app_with, preflight

ORIGIN = "MissingAllowOriginHeader"
METHOD = "MethodDisallowedByPreflightResponse"
HEADER = "HeaderDisallowedByPreflightResponse"

OTHER_PORT = "https://app.example.com:8443"
READ_ONLY = Row("/api/*", origins=TRUSTED, methods="PUT", allow_headers="If-Match")
ELSEWHERE = Row("/api/v2/*", origins=TRUSTED)
PUBLIC = Row("/api/*", origins="*")

Call = tuple[str, str, dict[str, str]]


def asks(origin: str, method: str, *names: str, path: str = SPECIMENS) -> Call:
    announced = {"Origin": origin, "Access-Control-Request-Method": method}
    return "OPTIONS", path, announced | {"Access-Control-Request-Headers": ", ".join(names)}


def sends(origin: str, method: str, path: str = SPECIMENS) -> Call:
    return method, path, {"Origin": origin}


REFUSED = [
    (
        "reading by a page that is not trusted",
        LISTED,
        sends(OTHER_PORT, "GET"),
        "CORS: a page of 'https://app.example.com:8443' was refused GET '/api/v1/specimens' "
        "(MissingAllowOriginHeader): its origin is not trusted here; "
        "add https://app.example.com:8443 to CORS_ORIGINS; "
        "you have https://app.example.com, which differs in the port; "
        "ask: flask cors explain GET 'http://localhost/api/v1/specimens' "
        "--origin 'https://app.example.com:8443'",
    ),
    (
        "changing by a page that is not trusted",
        LISTED,
        sends(EVIL, "POST"),
        "CORS: a page of 'https://evil.example' was refused POST '/api/v1/specimens' "
        "(MissingAllowOriginHeader): its origin is not trusted here, so no view was run and the "
        "answer is 403; add https://evil.example to CORS_ORIGINS; "
        "ask: flask cors explain POST 'http://localhost/api/v1/specimens' "
        "--origin 'https://evil.example'",
    ),
    (
        "preflight of a page that is not trusted",
        LISTED,
        asks(EVIL, "PUT"),
        "CORS: a page of 'https://evil.example' was refused PUT '/api/v1/specimens' "
        "(PreflightMissingAllowOriginHeader): its origin is not trusted here; "
        "add https://evil.example to CORS_ORIGINS; "
        "ask: flask cors explain PUT 'http://localhost/api/v1/specimens' "
        "--origin 'https://evil.example'",
    ),
    (
        "method that is not listed",
        LISTED,
        asks(TRUSTED, "PROPFIND"),
        "CORS: a page of 'https://app.example.com' was refused PROPFIND '/api/v1/specimens' "
        "(MethodDisallowedByPreflightResponse): the method 'PROPFIND' is not listed; "
        "add it to CORS_METHODS; ask: flask cors explain PROPFIND "
        "'http://localhost/api/v1/specimens' --origin 'https://app.example.com'",
    ),
    (
        "method in lower case",
        LISTED,
        asks(TRUSTED, "patch"),
        "CORS: a page of 'https://app.example.com' was refused patch '/api/v1/specimens' "
        "(MethodDisallowedByPreflightResponse): the method 'patch' is not listed; "
        "let the page write 'PATCH', as methods are exact; ask: flask cors explain patch "
        "'http://localhost/api/v1/specimens' --origin 'https://app.example.com'",
    ),
    (
        "method that browsers send unlisted, asked for",
        READ_ONLY,
        asks(TRUSTED, "GET", "x-trace"),
        "CORS: a page of 'https://app.example.com' was refused GET '/api/v1/specimens' "
        "(PreflightMissingAllowOriginHeader): the method 'GET' is not listed; "
        "add it to methods of cors/policy.py '/api/*'; ask: flask cors explain GET "
        "'http://localhost/api/v1/specimens' --origin 'https://app.example.com' "
        "--header 'x-trace'",
    ),
    (
        "method that browsers send unlisted, sent",
        READ_ONLY,
        sends(TRUSTED, "GET"),
        "CORS: a page of 'https://app.example.com' was refused GET '/api/v1/specimens' "
        "(MissingAllowOriginHeader): the method 'GET' is not listed; "
        "add it to methods of cors/policy.py '/api/*'; ask: flask cors explain GET "
        "'http://localhost/api/v1/specimens' --origin 'https://app.example.com'",
    ),
    (
        "header that is not listed",
        READ_ONLY,
        asks(TRUSTED, "PUT", "if-match", "x-trace"),
        "CORS: a page of 'https://app.example.com' was refused PUT '/api/v1/specimens' "
        "(HeaderDisallowedByPreflightResponse): the request header 'x-trace' is not listed; "
        "add it to allow_headers of cors/policy.py '/api/*', or let the page leave it out; "
        "ask: flask cors explain PUT 'http://localhost/api/v1/specimens' "
        "--origin 'https://app.example.com' --header 'if-match' --header 'x-trace'",
    ),
    (
        "header of an answer in a request",
        LISTED,
        asks(TRUSTED, "PUT", "access-control-allow-origin", "content-type"),
        "CORS: a page of 'https://app.example.com' was refused PUT '/api/v1/specimens' "
        "(HeaderDisallowedByPreflightResponse): the request header "
        "'access-control-allow-origin' is not listed; let the page leave it out, as it belongs to "
        "answers; ask: flask cors explain PUT 'http://localhost/api/v1/specimens' "
        "--origin 'https://app.example.com' --header 'access-control-allow-origin' "
        "--header 'content-type'",
    ),
    (
        "path without a row",
        ELSEWHERE,
        sends(TRUSTED, "GET"),
        "CORS: a page of 'https://app.example.com' was refused GET '/api/v1/specimens' "
        "(MissingAllowOriginHeader): no row of cors/policy.py covers this path; "
        "add a row that does; ask: flask cors explain GET 'http://localhost/api/v1/specimens' "
        "--origin 'https://app.example.com'",
    ),
    (
        "changing where every page is trusted below /api alone",
        PUBLIC,
        sends(EVIL, "POST", "/healthz"),
        "CORS: a page of 'https://evil.example' was refused POST '/healthz' "
        "(MissingAllowOriginHeader): its origin is not trusted here, so no view was run and the "
        "answer is 403; move the route below /api/, as nowhere else every page is trusted; "
        "ask: flask cors explain POST 'http://localhost/healthz' --origin 'https://evil.example'",
    ),
    (
        "changing by a page that does not say who it is",
        LISTED,
        ("POST", SPECIMENS, {"Sec-Fetch-Site": "cross-site"}),
        "CORS: a page was refused POST '/api/v1/specimens' (MissingAllowOriginHeader): "
        "its origin is not trusted here, so no view was run and the answer is 403; "
        "send the request with fetch(), so that it says from which page it comes",
    ),
]

NOT_REFUSED = [
    ("reading by a trusted page", LISTED, sends(TRUSTED, "GET")),
    ("preflight of a trusted page", LISTED, asks(TRUSTED, "PUT", "Content-Type,, x-request-id")),
    ("no page at all", LISTED, ("GET", SPECIMENS, {})),
    ("changing by no page at all", LISTED, ("POST", SPECIMENS, {})),
    ("own page", LISTED, sends("http://localhost", "GET")),
    (
        "own page, as its browser says",
        LISTED,
        ("POST", SPECIMENS, {"Origin": EVIL, "Sec-Fetch-Site": "same-origin"}),
    ),
    ("any page where all are trusted", PUBLIC, sends(EVIL, "GET")),
    ("error that a trusted page may read", LISTED, sends(TRUSTED, "DELETE", "/api/none")),
    ("reading outside /api", LISTED, sends(EVIL, "GET", "/healthz")),
    ("preflight outside /api", LISTED, asks(EVIL, "PUT", path="/healthz")),
]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def send(app: Flask, call: Call) -> TestResponse:
    method, path, headers = call
    return app.test_client().open(path, method=method, headers=headers)


@pytest.mark.parametrize(
    ("row", "call", "line"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED]
)
def test_a_refusal_is_told_once_with_its_reason_and_its_fix(
    caplog: pytest.LogCaptureFixture, row: Row, call: Call, line: str
) -> None:
    app = app_with(row)
    for _ in range(3):
        send(app, call)

    assert warnings(caplog) == [line]


@pytest.mark.parametrize(
    ("row", "call"), [pytest.param(*row[1:], id=row[0]) for row in NOT_REFUSED]
)
def test_what_is_no_refusal_is_not_told(
    caplog: pytest.LogCaptureFixture, row: Row, call: Call
) -> None:
    app = app_with(row)
    app.debug = True
    for _ in range(2):
        assert refusals.HEADER not in send(app, call).headers

    assert not warnings(caplog)


@pytest.mark.parametrize(("row", "call"), [row[1:3] for row in REFUSED])
def test_outside_debug_mode_no_response_says_why(row: Row, call: Call) -> None:
    assert refusals.HEADER not in send(app_with(row), call).headers


@pytest.mark.parametrize(
    ("call", "header"),
    [
        (
            sends(OTHER_PORT, "GET"),
            "MissingAllowOriginHeader: its origin is not trusted here; "
            "add https://app.example.com:8443 to CORS_ORIGINS",
        ),
        (
            asks(TRUSTED, "PUT", "x-trace"),
            "HeaderDisallowedByPreflightResponse: the request header 'x-trace' is not listed; "
            "add it to CORS_ALLOW_HEADERS, or let the page leave it out",
        ),
    ],
)
def test_in_debug_mode_every_response_says_why_and_names_no_other_origin(
    call: Call, header: str
) -> None:
    app = app_with()
    app.debug = True
    for _ in range(2):
        assert send(app, call).headers.getlist(refusals.HEADER) == [header]


def test_a_log_of_requests_finds_the_code_each_time(app: Flask) -> None:
    for _ in range(2):
        environ = EnvironBuilder(SPECIMENS).get_environ() | {"HTTP_ORIGIN": EVIL}
        app.wsgi_app(environ, lambda *_: print)
        assert environ[refusals.REFUSAL] == "MissingAllowOriginHeader"


def test_the_refusals_of_two_rows_are_two(caplog: pytest.LogCaptureFixture) -> None:
    app = app_with(LISTED, ELSEWHERE)
    send(app, sends(EVIL, "GET"))
    send(app, sends(EVIL, "GET", "/api/v1/other"))
    send(app, sends(EVIL, "GET", "/api/v2/other"))

    assert len(warnings(caplog)) == 2


@pytest.mark.parametrize(
    ("row", "call", "line"),
    [pytest.param(*it[1:], id=it[0]) for it in REFUSED if "; ask: " in it[3]],
)
def test_the_command_finds_the_same_reason_and_tells_it_once(
    caplog: pytest.LogCaptureFixture, row: Row, call: Call, line: str
) -> None:
    command = shlex.split(line.partition("; ask: flask ")[2])
    result = app_with(row).test_cli_runner().invoke(args=command)

    assert result.exit_code == 1, result.output
    assert line.partition("(")[2].partition(")")[0] in result.stdout
    assert not warnings(caplog)


def test_the_command_is_one_that_a_shell_can_take(
    caplog: pytest.LogCaptureFixture, client: FlaskClient
) -> None:
    client.get("/api/a b'c/é", headers={"Origin": EVIL})
    command = warnings(caplog)[0].partition("ask: ")[2]

    assert shlex.split(command) == [
        *("flask", "cors", "explain", "GET"),
        *("http://localhost/api/a%20b%27c/%C3%A9", "--origin", EVIL),
    ]


HOSTILE = [
    pytest.param("https://evil.example\r\nSet-Cookie: a=b", id="line break"),
    pytest.param("https://evil.example\x1b[2J\x9b1m\x7f\x00", id="terminal sequence"),
    pytest.param("https://evil.example'; rm -rf ~; '", id="shell"),
    pytest.param("https://evil.example\x85\xa0\xad", id="beyond ASCII"),
    pytest.param(f"https://{'a' * 5000}.example", id="too long"),
    pytest.param("%s %(x)s {0}", id="format"),
    pytest.param("--execute", id="option of the command"),
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "name", ["HTTP_ORIGIN", "HTTP_ACCESS_CONTROL_REQUEST_METHOD", "PATH_INFO", "HTTP_HOST"]
)
def test_nothing_is_told_as_it_came(
    caplog: pytest.LogCaptureFixture, name: str, value: str
) -> None:
    app = app_with()
    app.debug = True
    environ = {"HTTP_ORIGIN": EVIL, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT"}
    value = f"/api/{value}" if name == "PATH_INFO" else value
    response = app.test_client().options(SPECIMENS, environ_overrides=environ | {name: value})

    for text in (*warnings(caplog), response.headers.get(refusals.HEADER, "")):
        assert text.isascii()
        assert not text or text.isprintable()
        assert len(text) < 1000
        assert "rm -rf" not in text.partition("ask: ")[2]
        assert "explain --execute" not in text


@pytest.fixture
def hostile() -> Iterator[str]:
    """Never the same origin twice."""
    return (f"https://{number}.evil.example\n\x1b[31m" for number in count())


def test_ten_thousand_hostile_origins_cost_neither_memory_nor_many_lines(
    caplog: pytest.LogCaptureFixture, app: Flask, hostile: Iterator[str]
) -> None:
    environ = EnvironBuilder(SPECIMENS).get_environ()

    def flood(times: int) -> None:
        for origin in islice(hostile, times):
            b"".join(app.wsgi_app(environ | {"HTTP_ORIGIN": origin}, lambda *_: print))
        gc.collect()  # what is left is kept by somebody

    flood(9_000)
    tracemalloc.start()  # slows the rest down; what is kept of an origin shows after a thousand
    before = tracemalloc.get_traced_memory()[0]
    flood(1_000)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    lines = warnings(caplog)
    assert len(lines) == refusals.REMEMBERED + 1
    assert lines[-1].endswith("that was the 100th refusal; new ones are not logged for 60 minutes")
    assert all(line.isprintable() for line in lines)
    assert grown < 50_000  # bytes


def test_after_a_while_refusals_are_told_again(
    caplog: pytest.LogCaptureFixture, hostile: Iterator[str]
) -> None:
    now = 0.0
    app = app_with()
    views = app.extensions["cors_views"]
    told = refusals.Refusals(app, views.resources, clock=lambda: now)
    exchanges = Exchanges(app, views.resources, views)

    def refuse(times: int) -> int:
        before = len(caplog.records)
        for origin in islice(hostile, times):
            with app.test_request_context(SPECIMENS, environ_overrides={"HTTP_ORIGIN": origin}):
                told.look(exchanges.current())
        return len(caplog.records) - before

    assert refuse(150) == refusals.REMEMBERED + 1
    now += refusals.PEACE - 1
    assert refuse(150) == 0
    now += 2
    assert refuse(150) == refusals.REMEMBERED + 1


def test_a_host_that_is_not_ours_is_not_our_refusal(caplog: pytest.LogCaptureFixture) -> None:
    app = app_with()
    app.config["TRUSTED_HOSTS"] = ["api.example.com"]
    client = app.test_client()

    assert client.get(SPECIMENS, headers={"Origin": EVIL}).status_code == 400
    assert client.post(SPECIMENS, headers={"Origin": EVIL}).status_code == 400
    assert preflight(client, origin=EVIL).status_code == 400
    assert not warnings(caplog)
