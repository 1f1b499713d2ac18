"""Every error is a problem (RFC 9457) that keeps the headers HTTP asks for."""

import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import TooManyRequests, Unauthorized

PROBLEM = "application/problem+json"
LIMIT = 1024 * 1024


@pytest.fixture(scope="module", autouse=True)
def views(app: Flask) -> None:
    """Add views that fail, and one that wants JSON."""

    @app.get("/busy")
    def busy() -> str:
        raise TooManyRequests(retry_after=7)

    @app.get("/private")
    def private() -> str:
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer"))

    app.add_url_rule("/own", "own", lambda: abort(app.make_response(("mine", 418))))
    app.add_url_rule("/crash", "crash", lambda: str(1 / 0))
    app.add_url_rule("/json", "json", lambda: [request.get_json()], methods=["POST"])


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


def test_errors_keep_the_headers_that_http_asks_for(client: FlaskClient) -> None:
    assert "GET" in client.delete("/busy").headers["Allow"]
    assert client.get("/busy").headers["Retry-After"] == "7"
    assert client.get("/private").headers["WWW-Authenticate"].strip() == "Bearer"


def test_a_response_that_a_view_aborts_with_stays_as_it_is(client: FlaskClient) -> None:
    assert client.get("/own").data == b"mine"


def test_a_crash_shows_its_traceback_in_debug_mode_only(app: Flask) -> None:
    for debug in (True, False):
        app.debug = debug
        response = app.test_client().get("/crash")

        assert (response.status_code, response.content_type) == (500, PROBLEM)
        assert ("ZeroDivisionError" in response.text) is debug


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
def test_malformed_json_is_answered_with_the_reason(
    client: FlaskClient, body: bytes, reason: str
) -> None:
    response = client.post("/json", data=body, content_type="application/json")

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
    client: FlaskClient, content_type: str, status: int
) -> None:
    assert client.post("/json", data=b"{}", content_type=content_type).status_code == status


@pytest.mark.parametrize("sent", [{}, {"HTTP_TRANSFER_ENCODING": "chunked"}], ids=["", "chunked"])
@pytest.mark.parametrize(("size", "status"), [(LIMIT, 200), (LIMIT + 1, 413)])
def test_a_body_may_be_as_large_as_the_limit(
    client: FlaskClient, size: int, status: int, sent: dict[str, str]
) -> None:
    environ = {"wsgi.input_terminated": True, "CONTENT_TYPE": "application/json", **sent}
    body = b"{" + b" " * (size - 2) + b"}"

    assert client.post("/json", data=body, environ_overrides=environ).status_code == status
