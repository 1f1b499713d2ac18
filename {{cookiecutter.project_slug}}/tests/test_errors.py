import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import TooManyRequests, Unauthorized

from .calls import SPECIMENS, TRUSTED, app_with, cors_headers

PROBLEM = "application/problem+json"


def crash() -> str:
    raise RuntimeError("the reason")


@pytest.mark.parametrize(
    ("method", "path", "status", "title"),
    [
        ("GET", "/api/v1/none", 404, "Not Found"),
        ("GET", "/none", 404, "Not Found"),
        ("DELETE", SPECIMENS, 405, "Method Not Allowed"),
    ],
)
def test_an_error_is_a_problem(
    client: FlaskClient, method: str, path: str, status: int, title: str
) -> None:
    response = client.open(path, method=method)
    problem = response.get_json()

    assert (response.status_code, response.content_type) == (status, PROBLEM)
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", title, status)


def test_the_headers_that_http_asks_for_are_kept(app: Flask) -> None:
    @app.get("/api/busy")
    def busy() -> str:
        raise TooManyRequests(retry_after=7)

    @app.get("/api/private")
    def private() -> str:
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer"))

    client = app.test_client()

    assert "POST" in client.delete(SPECIMENS).headers["Allow"]
    assert client.get("/api/busy").headers["Retry-After"] == "7"
    assert client.get("/api/private").headers["WWW-Authenticate"].strip() == "Bearer"


def test_a_response_that_a_view_aborts_with_is_left_alone(app: Flask) -> None:
    @app.get("/api/own")
    def own() -> str:
        abort(app.make_response(("mine", 418)))

    assert app.test_client().get("/api/own").data == b"mine"


@pytest.mark.parametrize("debug", [False, True], ids=["production", "debug"])
def test_a_page_can_read_that_the_server_crashed(debug: bool) -> None:
    app = app_with()
    app.debug = debug
    app.add_url_rule("/api/crash", view_func=crash)

    response = app.test_client().get("/api/crash", headers={"Origin": TRUSTED})

    assert (response.status_code, response.content_type) == (500, PROBLEM)
    assert cors_headers(response)["Access-Control-Allow-Origin"] == TRUSTED
    assert ("the reason" in response.text) is debug
    assert ("traceback" in response.get_json()) is debug
