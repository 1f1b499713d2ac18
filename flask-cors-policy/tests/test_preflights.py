"""Preflights: answered before anything can refuse them, with the grant of the row."""

import pytest
from flask import Blueprint, Flask, abort
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from helpers import (
    BOOKS,
    ENVIRON,
    EVIL,
    LISTED,
    PREVIEW,
    TRUSTED,
    allowed,
    app_with,
    calls,
    cors_headers,
    preflight,
)

GRANT = {
    "Access-Control-Allow-Origin": TRUSTED,
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "7200",
}
WITH_CREDENTIALS = ENVIRON | {"CORS_SUPPORTS_CREDENTIALS": "true"}


def assert_answered(response: TestResponse, cors: dict[str, str]) -> None:
    assert (response.status_code, response.data) == (204, b"")
    assert "Content-Type" not in response.headers
    assert response.headers["Vary"] == "Origin"
    assert cors_headers(response) == cors


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(BOOKS, id="route"),
        pytest.param("/api/none", id="unknown path"),
        pytest.param("/api/slash", id="slash missing"),
        pytest.param(f"{BOOKS}/", id="slash too many"),
        pytest.param("/api//books", id="double slash"),
        pytest.param("/api", id="root of the row"),
    ],
)
def test_preflight_is_granted_whatever_the_router_would_answer(
    client: FlaskClient, path: str
) -> None:
    for _ in ("computed", "remembered"):
        assert_answered(preflight(client, path), GRANT)
    response = client.get(path, headers={"Origin": TRUSTED})
    assert response.status_code in (200, 308, 404)
    assert allowed(response) == TRUSTED


def add_guards(app: Flask) -> None:
    bp = Blueprint("private", __name__, url_prefix="/api/private")
    bp.before_request(lambda: abort(401))
    bp.url_value_preprocessor(lambda *_: abort(401))
    bp.add_url_rule("/", view_func=dict)
    app.register_blueprint(bp)
    app.before_request(lambda: abort(429))
    app.config["TRUSTED_HOSTS"] = ["api.example.com"]


@pytest.mark.parametrize("path", ["/api/private/", BOOKS])
@pytest.mark.parametrize("host", ["api.example.com", "other.example.com", "a..b"])
def test_preflight_comes_before_authentication_rate_limits_and_host_checks(
    path: str, host: str
) -> None:
    client = app_with(views=add_guards).test_client()
    assert_answered(preflight(client, path, host=host), GRANT)


def test_preflight_reaches_no_view_and_no_hook() -> None:
    seen: list[str] = []

    def views(app: Flask) -> None:
        app.before_request(lambda: seen.append("before"))

        @app.route("/api/options", methods=["OPTIONS"])
        def options() -> str:
            seen.append("view")
            return ""

    preflight(app_with(views=views).test_client(), "/api/options")
    assert seen == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_grant_lists_everything_for_every_method(client: FlaskClient, method: str) -> None:
    assert cors_headers(preflight(client, method=method)) == GRANT


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param("authorization,content-type", id="all that are listed"),
        pytest.param("x-evil,authorization", id="one that is not listed"),
        pytest.param("*", id="a star"),
        pytest.param("content", id="part of a name"),
        pytest.param("x" * 7000, id="7000 characters"),
        pytest.param("," * 60_000, id="commas"),
        pytest.param("", id="nothing"),
    ],
)
def test_grant_does_not_depend_on_the_headers_asked_for(client: FlaskClient, headers: str) -> None:
    response = preflight(client, Access_Control_Request_Headers=headers)
    assert cors_headers(response) == GRANT


@pytest.mark.parametrize("method", ["patch", "ET", "T", ", ", "GET, HEAD", "PROPFIND", "OPTIONS"])
def test_unlisted_method_is_left_to_the_browser_to_name(client: FlaskClient, method: str) -> None:
    assert_answered(preflight(client, method=method), {"Access-Control-Allow-Origin": TRUSTED})


def test_unlisted_method_with_credentials() -> None:
    client = app_with(environ=WITH_CREDENTIALS).test_client()
    assert cors_headers(preflight(client, method="PROPFIND")) == {
        "Access-Control-Allow-Origin": TRUSTED,
        "Access-Control-Allow-Credentials": "true",
    }


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_unlisted_method_that_needs_no_preflight_gets_nothing(method: str) -> None:
    client = app_with({"/api/*": LISTED | {"methods": "PUT"}}).test_client()
    assert_answered(preflight(client, method=method), {})


@pytest.mark.parametrize("origin", [EVIL, "null", f"{TRUSTED}.evil.example", TRUSTED.upper()])
def test_untrusted_origin_gets_nothing(client: FlaskClient, origin: str) -> None:
    assert_answered(preflight(client, origin=origin), {})


def test_credentials_are_granted_where_they_are_configured() -> None:
    client = app_with(environ=WITH_CREDENTIALS).test_client()
    for origin in (TRUSTED, PREVIEW):
        granted = cors_headers(preflight(client, origin=origin))
        assert granted["Access-Control-Allow-Credentials"] == "true"
    assert cors_headers(preflight(client, origin=EVIL)) == {}


@pytest.mark.parametrize("origin", [EVIL, "null"])
def test_any_origin_is_a_literal_star(origin: str) -> None:
    client = app_with({"/api/*": {"origins": "*"}}).test_client()
    for method, cors in (
        ("PUT", GRANT | {"Access-Control-Allow-Origin": "*"}),
        ("PROPFIND", {"Access-Control-Allow-Origin": "*"}),
    ):
        assert_answered(preflight(client, origin=origin, method=method), cors)


@pytest.mark.parametrize("origin", [TRUSTED, EVIL])
def test_private_network_is_never_mentioned(client: FlaskClient, origin: str) -> None:
    response = preflight(client, origin=origin, Access_Control_Request_Private_Network="true")
    assert_answered(response, GRANT if origin == TRUSTED else {})


# What it is: the path, the headers of an OPTIONS request, its status, and the allowed origin.
ORDINARY = {
    "neither header": (BOOKS, {}, 200, None),
    "no method announced": (BOOKS, {"Origin": TRUSTED}, 200, TRUSTED),
    "empty method announced": (
        BOOKS,
        {"Origin": TRUSTED, "Access-Control-Request-Method": ""},
        200,
        TRUSTED,
    ),
    "no origin": (BOOKS, {"Access-Control-Request-Method": "PUT"}, 200, None),
    "untrusted origin": (BOOKS, {"Origin": EVIL}, 200, None),
    "unknown path": ("/api/none", {"Origin": TRUSTED}, 404, TRUSTED),
    "outside the rows": (
        "/outside",
        {"Origin": TRUSTED, "Access-Control-Request-Method": "PUT"},
        200,
        None,
    ),
    "unknown path outside the rows": (
        "/none",
        {"Origin": TRUSTED, "Access-Control-Request-Method": "PUT"},
        404,
        None,
    ),
}


@pytest.mark.parametrize(
    ("path", "headers", "status", "origin"), ORDINARY.values(), ids=ORDINARY.keys()
)
def test_any_other_options_request_is_an_ordinary_one(
    client: FlaskClient, path: str, headers: dict[str, str], status: int, origin: str | None
) -> None:
    response = client.options(path, headers=headers)
    assert response.status_code == status
    assert allowed(response) == origin
    assert "Access-Control-Allow-Methods" not in response.headers
    assert ("Vary" in response.headers) is path.startswith("/api")
    if status == 200:
        assert "GET" in response.headers["Allow"]


def test_refused_preflight_runs_nothing(app: Flask) -> None:
    preflight(app.test_client(), origin=EVIL)
    assert calls(app) == []
