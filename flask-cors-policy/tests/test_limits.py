"""What a client sends is never analysed beyond the length that it can have."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from flask_cors_policy import _hints, _origins, _reasons
from flask_cors_policy._layer import EXPLAIN
from flask_cors_policy._origins import LONGEST
from helpers import BOOKS, EVIL, LISTED, TRUSTED, app_with

LENGTH = 60_000
FAMILIES = {"/api/*": {"origins": "https://*.example.com,http://localhost:*"}}

# What it is: the variable of the WSGI environment, its value, and the method of the request.
LONG = {
    "origin: commas": ("HTTP_ORIGIN", "x" + "," * LENGTH, "GET"),
    "origin: commas, preflight": ("HTTP_ORIGIN", "x" + "," * LENGTH, "OPTIONS"),
    "origin: commas, write": ("HTTP_ORIGIN", "x" + "," * LENGTH, "POST"),
    "origin: at signs": ("HTTP_ORIGIN", "https://" + "@" * LENGTH, "POST"),
    "origin: labels": ("HTTP_ORIGIN", "https://" + "a." * LENGTH + "example.com", "GET"),
    "origin: brackets": ("HTTP_ORIGIN", "[-" * LENGTH, "POST"),
    "origin: schemes": ("HTTP_ORIGIN", "://" * LENGTH, "POST"),
    "origin: digits": ("HTTP_ORIGIN", "http://localhost:" + "1" * LENGTH, "POST"),
    "path: slashes": ("PATH_INFO", "/api" + "/" * LENGTH, "GET"),
    "path: dots": ("PATH_INFO", "/api/" + "../" * LENGTH, "POST"),
    "path: outside": ("PATH_INFO", "/x" * LENGTH, "POST"),
    "method: letters": ("REQUEST_METHOD", "P" * LENGTH, "P" * LENGTH),
    "announced method": ("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "P" * LENGTH, "OPTIONS"),
    "announced headers: commas": (
        "HTTP_ACCESS_CONTROL_REQUEST_HEADERS",
        "," * LENGTH,
        "OPTIONS",
    ),
    "announced headers: names": (
        "HTTP_ACCESS_CONTROL_REQUEST_HEADERS",
        ",".join(f"x-{number}" for number in range(LENGTH // 6)),
        "OPTIONS",
    ),
    "cookie": ("HTTP_COOKIE", "a=b; " * LENGTH, "GET"),
    "authorization": ("HTTP_AUTHORIZATION", "Basic" + " " * LENGTH, "GET"),
    "upgrade: commas": ("HTTP_UPGRADE", "," * LENGTH, "GET"),
    "site": ("HTTP_SEC_FETCH_SITE", "same-" * LENGTH, "POST"),
    "host: colons": ("HTTP_HOST", ":" * LENGTH, "POST"),
}


def answer(app: Flask, name: str, value: str, method: str) -> tuple[str, dict[str, str]]:
    """Return status and headers of a request with one long value."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": BOOKS,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "localhost",
        "HTTP_ORIGIN": EVIL,
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT",
        name: value,
    }
    started: list[Any] = []

    def start_response(*response: Any) -> Callable[[bytes], object]:
        started[:] = response
        return print

    b"".join(app.wsgi_app(environ, start_response))
    return started[0], dict(started[1])


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Note the length of every text that is taken apart as an origin."""
    lengths: list[int] = []
    parse = _origins.parse_origins

    def note(value: Any, **options: Any) -> Any:
        lengths.append(len(value))
        return parse(value, **options)

    monkeypatch.setattr(_origins, "parse_origins", note)
    yield lengths
    assert max(lengths, default=0) <= LONGEST


@pytest.mark.parametrize("resources", [{"/api/*": LISTED}, FAMILIES, {"/api/*": {"origins": "*"}}])
@pytest.mark.parametrize(("name", "value", "method"), LONG.values(), ids=LONG.keys())
def test_long_value_is_answered_and_not_echoed(
    resources: dict[str, Any],
    name: str,
    value: str,
    method: str,
    analysed: list[int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = app_with(resources)
    app.debug = True
    del analysed[:]
    status, headers = answer(app, name, value, method)
    assert status[:1] in "234"
    assert len(headers.get(EXPLAIN, "")) < 2000
    assert all(len(record.getMessage()) < 2500 for record in caplog.records)


@pytest.mark.parametrize("family", ["https://*.example.com", "http://localhost:*"])
def test_long_origin_is_not_matched_against_wildcards(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    origins = _origins.parse_origins(family)
    matched: list[str] = []
    monkeypatch.setattr(_origins.Origins, "_match_family", lambda _, origin: matched.append(origin))
    for length in (LONGEST - 20, LENGTH):
        origins.match(f"https://{'a' * length}.example")
    assert [len(origin) <= LONGEST for origin in matched] == [True]


def test_nearest_origin_is_not_looked_for_where_the_origin_is_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_hints, "_near", lambda *_: pytest.fail("compared"))
    app = app_with()
    answer(app, "HTTP_ORIGIN", f"https://{'a' * LENGTH}.example", "GET")


def test_number_of_announced_headers_that_are_named_has_a_bound() -> None:
    row = app_with().extensions["flask_cors_policy"].policy.rows[0]
    many = ",".join(f"x-{number}" for number in range(LENGTH))
    names = _reasons.unlisted_headers({"HTTP_ACCESS_CONTROL_REQUEST_HEADERS": many}, row)
    assert len(names) == _reasons.MOST_HEADERS


def test_long_values_are_not_remembered() -> None:
    app = app_with(FAMILIES)
    for number in range(100):
        origin = f"https://{'a.' * LONGEST}{number}.example.com"
        answer(app, "HTTP_ORIGIN", origin, "GET")
        answer(app, "REQUEST_METHOD", "M" * number, "M" * number)
    decisions = app.extensions["flask_cors_policy"].decisions
    assert len(decisions._remembered) == 0


def test_two_thousand_origins_are_found_by_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the position of an entry nor the number of entries counts."""
    exact = [f"https://tenant-{number}.example.com" for number in range(2000)]
    families = [f"https://*.tenant-{number}.example.org" for number in range(2000)]
    origins = _origins.parse_origins(",".join([*exact, *families]))
    assert origins.match(exact[-1])
    assert origins.match("https://a.tenant-1999.example.org")
    monkeypatch.setattr(_origins.Origin, "__eq__", lambda *_: pytest.fail("compared"))
    monkeypatch.setattr(_origins.Origin, "__str__", lambda _: pytest.fail("written"))
    for origin in (exact[0], exact[-1], "https://a.tenant-0.example.org", TRUSTED):
        origins.match(origin)
