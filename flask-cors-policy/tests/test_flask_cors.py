"""Flask-CORS decides through a function that it does not document: a watch on it."""

import inspect
from importlib.metadata import version
from typing import Any

import flask_cors.core
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from flask_cors_policy import CORS, _headers
from flask_cors_policy._headers import Question, compute, flask_cors_options
from flask_cors_policy._table import Row
from helpers import BOOKS, EVIL, PREVIEW, TRUSTED, allowed, app_with, cors_headers, preflight

ROWS = (
    CORS(
        resources={
            "/a/*": {"origins": f"{TRUSTED},https://*.preview.example.com,http://localhost:*"},
            "/b/*": {"origins": "*"},
            "/c/*": {
                "origins": TRUSTED,
                "supports_credentials": True,
                "expose_headers": "ETag, Link",
            },
            "/d/*": {"origins": TRUSTED, "methods": "PUT", "allow_headers": "none", "max_age": 0},
        }
    )
    .resolve({})
    .rows
)


def test_version_is_one_that_these_tests_have_seen() -> None:
    found = tuple(map(int, version("flask-cors").split(".")[:3]))
    assert (6, 0, 5) <= found < (7,)


def test_function_takes_options_headers_and_a_method() -> None:
    assert list(inspect.signature(flask_cors.core.get_cors_headers).parameters) == [
        "options",
        "request_headers",
        "request_method",
    ]
    assert callable(flask_cors.core.serialize_options)


def test_every_option_of_flask_cors_is_given_by_name() -> None:
    """Its defaults are the open ones, so none of them may be asked for."""
    known = set(flask_cors.core.DEFAULT_OPTIONS) - {"resources", "intercept_exceptions"}
    for row in ROWS:
        assert set(flask_cors_options(Question(row, TRUSTED, "GET", False))) == known


def test_nothing_is_granted_that_flask_cors_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def refuse(_: object, headers: Headers, method: str) -> Headers:
        asked.append((headers["Origin"], method))
        return Headers()

    monkeypatch.setattr(_headers, "get_cors_headers", refuse)
    client = app_with().test_client()
    assert cors_headers(client.get(BOOKS, headers={"Origin": TRUSTED})) == {}
    assert cors_headers(preflight(client)) == {}
    assert asked == [(TRUSTED, "GET"), (TRUSTED, "OPTIONS")]


@given(
    row=st.sampled_from(ROWS),
    origin=st.sampled_from([TRUSTED, PREVIEW, "http://localhost:5173", EVIL, "null"]),
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "patch", "ET", ""]),
    preflight_=st.booleans(),
)
def test_computed_headers_agree_with_the_row(
    row: Row, origin: str, method: str, preflight_: bool
) -> None:
    if not row.readable(origin, method):
        return
    asked = "*" if row.origins.any else origin
    headers = dict(compute(Question(row, asked, method, preflight_)))
    expected = {"Access-Control-Allow-Origin": asked}
    if row.supports_credentials:
        expected["Access-Control-Allow-Credentials"] = "true"
    if not preflight_ and row.expose_headers:
        expected["Access-Control-Expose-Headers"] = ", ".join(row.expose_headers)
    if preflight_ and method in row.methods:
        expected["Access-Control-Allow-Methods"] = ", ".join(row.methods)
        expected["Access-Control-Max-Age"] = str(row.max_age)
        if row.allow_headers:
            expected["Access-Control-Allow-Headers"] = ", ".join(row.allow_headers)
    assert headers == expected


def count_questions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the origin of each question that Flask-CORS is asked."""
    asked: list[str] = []
    original: Any = flask_cors.core.get_cors_headers

    def count(options: object, headers: Headers, method: str) -> Any:
        asked.append(headers["Origin"])
        return original(options, headers, method)

    monkeypatch.setattr(_headers, "get_cors_headers", count)
    return asked


def test_each_question_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = count_questions(monkeypatch)
    client = app_with().test_client()
    for _ in range(3):
        for origin in (TRUSTED, PREVIEW):
            assert allowed(client.get(BOOKS, headers={"Origin": origin})) == origin
            preflight(client, origin=origin)
    assert asked == [TRUSTED, TRUSTED, PREVIEW, PREVIEW]


def test_what_is_remembered_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flask_cors_policy._decision.REMEMBERED", 3)
    monkeypatch.setattr("flask_cors_policy._headers.REMEMBERED", 3)
    app = app_with()
    for number in (*range(10), 0):
        origin = f"https://{number}.preview.example.com"
        assert allowed(app.test_client().get(BOOKS, headers={"Origin": origin})) == origin
    decisions = app.extensions["flask_cors_policy"].decisions
    assert len(decisions._remembered) <= 3
    assert len(decisions._grants._remembered) <= 3


def test_made_up_methods_and_untrusted_origins_are_not_remembered() -> None:
    app = app_with()
    client = app.test_client()
    for number in range(20):
        client.open(BOOKS, method=f"M{number}", headers={"Origin": TRUSTED})
        preflight(client, method=f"M{number}")
        client.get(BOOKS, headers={"Origin": f"https://{number}.evil.example"})
    client.get(BOOKS, headers={"Origin": TRUSTED})
    decisions = app.extensions["flask_cors_policy"].decisions
    assert len(decisions._remembered) == 1
