"""Every error is a problem (RFC 9457) that keeps the headers HTTP asks for."""

import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import TooManyRequests, Unauthorized
from werkzeug.test import TestResponse

from .conftest import app_in

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status", "title"),
    [
        ("GET", "/api/none", 404, "Not Found"),
        ("GET", "/none", 404, "Not Found"),
        ("DELETE", "/healthz", 405, "Method Not Allowed"),
    ],
)
def test_an_error_is_a_problem(
    client: FlaskClient, method: str, path: str, status: int, title: str
) -> None:
    response = client.open(path, method=method, headers={"X-Request-ID": "abc"})
    problem = response.get_json()

    assert (response.status_code, response.content_type) == (status, PROBLEM)
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", title, status)
    assert problem["request_id"] == "abc"


def test_errors_keep_the_headers_that_http_asks_for(app: Flask) -> None:
    @app.get("/busy")
    def busy() -> str:
        raise TooManyRequests(retry_after=7)

    @app.get("/private")
    def private() -> str:
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer"))

    client = app.test_client()

    assert "GET" in client.delete("/busy").headers["Allow"]
    assert client.get("/busy").headers["Retry-After"] == "7"
    assert client.get("/private").headers["WWW-Authenticate"].strip() == "Bearer"


def test_a_response_that_a_view_aborts_with_stays_as_it_is(app: Flask) -> None:
    app.add_url_rule("/own", "own", lambda: abort(app.make_response(("mine", 418))))

    assert app.test_client().get("/own").data == b"mine"


@pytest.mark.parametrize("debug", [False, True], ids=["production", "debug"])
def test_a_crash_shows_its_traceback_in_debug_mode_only(app: Flask, debug: bool) -> None:
    app.debug = debug
    app.add_url_rule("/crash", "crash", lambda: str(1 / 0))
    response = app.test_client().get("/crash")

    assert (response.status_code, response.content_type) == (500, PROBLEM)
    assert ("ZeroDivisionError" in response.text) is debug


def post(app: Flask, body: bytes, content_type: str = "application/json") -> TestResponse:
    """Send a body to a view that wants JSON."""
    app.add_url_rule("/json", "json", lambda: [request.get_json()], methods=["POST"])
    return app.test_client().post("/json", data=body, content_type=content_type)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "Expecting value", id="nothing"),
        pytest.param(b"{", "Expecting property name", id="cut off"),
        pytest.param(b"\xff", "can't decode byte", id="not UTF-8"),
        pytest.param(b"[NaN]", "NaN is not a JSON value", id="a number that JSON lacks"),
        pytest.param(b"[" * 100_000, "nested too deeply", id="nested too deeply"),
    ],
)
def test_malformed_json_is_answered_with_the_reason(app: Flask, body: bytes, reason: str) -> None:
    response = post(app, body)

    assert response.status_code == 400
    assert reason in response.get_json()["detail"]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
def test_a_view_that_wants_json_takes_no_other_type(
    app: Flask, content_type: str, status: int
) -> None:
    assert post(app, b"{}", content_type).status_code == status


@pytest.mark.parametrize(("limit", "status"), [("10", 200), ("9", 413)])
@pytest.mark.parametrize("chunked", [False, True], ids=["", "in chunks"])
def test_a_body_may_be_as_large_as_the_limit(limit: str, status: int, chunked: bool) -> None:
    app = app_in(MAX_CONTENT_LENGTH=limit)
    app.add_url_rule("/json", "json", lambda: request.get_json(), methods=["POST"])
    environ = {"HTTP_TRANSFER_ENCODING": "chunked"} if chunked else {}
    response = app.test_client().post(
        "/json",
        data=b"[12345678]",
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True, **environ},
    )

    assert response.status_code == status
