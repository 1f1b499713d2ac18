"""Responses: the CORS headers of the policy, once, on successes, errors and crashes alike."""

import itertools
from collections.abc import Iterator, Mapping

import flask_cors
import pytest
from flask import Flask, Response, abort, request, stream_with_context
from flask.testing import FlaskClient
from werkzeug import Response as BaseResponse
from werkzeug.exceptions import ServiceUnavailable

from helpers import (
    BOOKS,
    ENVIRON,
    EVIL,
    LISTED,
    PREVIEW,
    TRUSTED,
    allowed,
    app_with,
    cors_headers,
    crash,
    preflight,
)

PUBLIC = {
    "/api/*": LISTED,
    "/api/open/*": {"origins": "*", "for_methods": ("GET", "HEAD")},
}
LOOK_ALIKES = [
    EVIL,
    "null",
    "*",
    "none",
    "",
    f"{TRUSTED}.evil.example",
    TRUSTED.upper(),
    f"{TRUSTED}/",
    f"{TRUSTED}\xdf",
]


@pytest.mark.parametrize("origin", [TRUSTED, PREVIEW])
def test_trusted_page_may_read(client: FlaskClient, origin: str) -> None:
    for _ in ("computed", "remembered"):
        response = client.get(BOOKS, headers={"Origin": origin})
        assert cors_headers(response) == {"Access-Control-Allow-Origin": origin}


@pytest.mark.parametrize("origin", LOOK_ALIKES)
def test_other_page_may_not_read(client: FlaskClient, origin: str) -> None:
    assert cors_headers(client.get(BOOKS, headers={"Origin": origin})) == {}


def test_request_without_origin_names_nobody(client: FlaskClient) -> None:
    assert cors_headers(client.get(BOOKS)) == {}


def test_exposed_headers_and_credentials() -> None:
    row = LISTED | {"expose_headers": ["ETag", "Link"], "supports_credentials": True}
    client = app_with({"/api/*": row}).test_client()
    assert cors_headers(client.get(BOOKS, headers={"Origin": TRUSTED})) == {
        "Access-Control-Allow-Origin": TRUSTED,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": "ETag, Link",
    }
    assert cors_headers(client.get(BOOKS, headers={"Origin": EVIL})) == {}


@pytest.mark.parametrize("origin", [EVIL, TRUSTED, "null", None])
def test_public_row_sends_a_star_and_no_vary(origin: str | None) -> None:
    environ = ENVIRON | {"CORS_SUPPORTS_CREDENTIALS": "true"}
    client = app_with(PUBLIC, environ=environ).test_client()
    response = client.get("/api/open/x", headers={"Origin": origin} if origin else {})
    assert cors_headers(response) == {"Access-Control-Allow-Origin": "*"}
    assert "Vary" not in response.headers


def test_public_row_for_reading_leaves_writing_to_the_row_above() -> None:
    client = app_with(PUBLIC).test_client()
    assert client.post("/api/open/x", headers={"Origin": EVIL}).status_code == 403
    response = client.post("/api/open/x", headers={"Origin": TRUSTED})
    assert (response.status_code, allowed(response)) == (404, TRUSTED)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_unlisted_method_that_is_sent_without_asking_is_not_readable(method: str) -> None:
    client = app_with({"/api/*": LISTED | {"methods": "PUT"}}).test_client()
    response = client.open(BOOKS, method=method, headers={"Origin": TRUSTED})
    assert (response.status_code, cors_headers(response)) == (200, {})
    assert response.headers["Vary"] == "Origin"
    assert allowed(client.put(BOOKS, headers={"Origin": TRUSTED})) == TRUSTED


def add_errors(app: Flask) -> None:
    app.add_url_rule("/api/abort/<int:status>", "abort", lambda status: abort(status))
    app.add_url_rule("/api/crash", "crash", crash)
    app.add_url_rule("/api/json", "json", lambda: request.get_json(), methods=["POST"])
    app.config["MAX_CONTENT_LENGTH"] = 1000


# What it is: the method, the path, the status, and the body that is sent as JSON.
ERRORS = {
    "400": ("POST", "/api/json", 400, b"{"),
    "401": ("GET", "/api/abort/401", 401, b""),
    "403": ("GET", "/api/abort/403", 403, b""),
    "404": ("GET", "/api/none", 404, b""),
    "405": ("DELETE", "/api/crash", 405, b""),
    "413": ("POST", "/api/json", 413, b'"%s"' % (b"x" * 2000)),
    "429": ("GET", "/api/abort/429", 429, b""),
    "500": ("GET", "/api/crash", 500, b""),
    "503": ("GET", "/api/abort/503", 503, b""),
    "redirect": ("GET", "/api/slash", 308, b""),
}


@pytest.mark.parametrize("debug", [False, True], ids=["production", "debug"])
@pytest.mark.parametrize(("method", "path", "status", "body"), ERRORS.values(), ids=ERRORS.keys())
def test_error_is_readable_like_a_success(
    method: str, path: str, status: int, body: bytes, debug: bool
) -> None:
    app = app_with(views=add_errors)
    app.debug = debug
    response = app.test_client().open(
        path, method=method, headers={"Origin": TRUSTED}, data=body, content_type="application/json"
    )
    assert response.status_code == status
    assert allowed(response) == TRUSTED
    assert response.headers["Vary"] == "Origin"


@pytest.mark.parametrize("path", [BOOKS, "/api/none", "/api", "/api/slash", "/api/abort/503"])
@pytest.mark.parametrize("origin", [TRUSTED, EVIL, None], ids=["trusted", "refused", "none"])
def test_vary_is_on_every_response_that_depends_on_origin(path: str, origin: str | None) -> None:
    client = app_with(views=add_errors).test_client()
    for _ in ("computed", "remembered"):
        response = client.get(path, headers={"Origin": origin} if origin else {})
        assert response.headers.getlist("Vary") == ["Origin"]


@pytest.mark.parametrize("path", ["/outside", "/apiary", "/", "/none"])
def test_outside_the_rows_nothing_is_added(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers={"Origin": TRUSTED})
    assert cors_headers(response) == {}
    assert "Vary" not in response.headers


# What it is: the Vary lines of a view, and the one that is sent.
VARY = {
    "two lines": ([("Vary", "Accept"), ("Vary", "Cookie")], "Accept, Cookie, Origin"),
    "one line": ([("Vary", "Accept, Cookie")], "Accept, Cookie, Origin"),
    "Origin already": ([("Vary", "Origin, Accept")], "Origin, Accept"),
    "Origin in lower case": ([("vary", "origin")], "origin"),
    "a star": ([("Vary", "*")], "*, Origin"),
}


@pytest.mark.parametrize(("lines", "sent"), VARY.values(), ids=VARY.keys())
def test_vary_of_a_view_is_kept(lines: list[tuple[str, str]], sent: str) -> None:
    app = app_with(
        views=lambda app: app.add_url_rule("/api/vary", view_func=lambda: Response(headers=lines))
    )
    for _ in ("computed", "remembered"):
        response = app.test_client().get("/api/vary", headers={"Origin": TRUSTED})
        assert response.headers.getlist("Vary") == [sent]


def add_own_headers(app: Flask) -> None:
    headers = {
        "Access-Control-Allow-Origin": "*",
        "access-control-max-age": "9",
        "Access-Control-Allow-Private-Network": "true",
        "X-Own": "kept",
    }
    for path in ("/api/own", "/own"):
        app.add_url_rule(path, path, lambda: Response(headers=headers))
    app.add_url_rule("/api/crash", "crash", crash)


def add_second_cors(app: Flask) -> None:
    add_own_headers(app)
    flask_cors.CORS(app, resources={"/.*": {"origins": "*"}}, supports_credentials=True)


@pytest.mark.parametrize("views", [add_own_headers, add_second_cors])
@pytest.mark.parametrize("path", ["/api/own", "/own", "/api/crash", "/api/none"])
def test_headers_of_views_and_extensions_are_replaced(views: object, path: str) -> None:
    client = app_with(views=views).test_client()  # type: ignore[arg-type]
    for _ in ("computed", "remembered"):
        assert cors_headers(client.get(path, headers={"Origin": EVIL})) == {}
        response = client.get(path, headers={"Origin": TRUSTED})
        expected = {"Access-Control-Allow-Origin": TRUSTED} if path.startswith("/api") else {}
        assert cors_headers(response) == expected
        if "own" in path:
            assert response.headers["X-Own"] == "kept"


@pytest.mark.parametrize("views", [None, add_second_cors])
def test_second_cors_takes_nothing_from_preflights(views: object) -> None:
    client = app_with(views=views).test_client()  # type: ignore[arg-type]
    assert cors_headers(preflight(client, origin=EVIL)) == {}
    assert cors_headers(preflight(client))["Access-Control-Allow-Methods"]


def test_response_object_that_a_view_keeps_is_not_changed_for_good() -> None:
    kept = Response("kept")
    app = app_with(views=lambda app: app.add_url_rule("/api/kept", view_func=lambda: kept))
    for origin in (TRUSTED, EVIL, PREVIEW, EVIL, TRUSTED):
        response = app.test_client().get("/api/kept", headers={"Origin": origin})
        assert allowed(response) == (None if origin == EVIL else origin)
    assert "Access-Control-Allow-Origin" not in kept.headers


def test_requests_inside_one_application_context_do_not_mix(app: Flask) -> None:
    with app.app_context():
        client = app.test_client()
        assert allowed(client.get(BOOKS, headers={"Origin": TRUSTED})) == TRUSTED
        assert allowed(client.get(BOOKS, headers={"Origin": EVIL})) is None


def test_path_that_is_encoded_twice_changes_no_other_answer() -> None:
    """Flask-CORS decodes `/api/%256fpen` to `/api/open`, the router to `/api/%6fpen`."""
    client = app_with(PUBLIC).test_client()
    for origin in (TRUSTED, PREVIEW):
        for path in ("/api/%256fpen/x", "/api/%2561", BOOKS):
            assert allowed(client.get(path, headers={"Origin": origin})) == origin
        assert allowed(client.get("/api/open/x", headers={"Origin": origin})) == "*"


def test_remembered_answers_are_those_that_would_be_computed() -> None:
    warm = app_with(PUBLIC).test_client()
    questions = itertools.product(
        (BOOKS, "/api/open/x", "/api/none", "/outside"),
        ("GET", "POST", "DELETE", "OPTIONS"),
        ("", TRUSTED, PREVIEW, EVIL),
        ("", "GET", "PUT", "patch"),
    )
    for path, method, origin, announced in questions:
        asked = {"Origin": origin, "Access-Control-Request-Method": announced}
        headers = {name: value for name, value in asked.items() if value}
        computed = app_with(PUBLIC).test_client().open(path, method=method, headers=headers)
        for _ in ("perhaps remembered from another question", "remembered"):
            remembered = warm.open(path, method=method, headers=headers)
            assert sorted(remembered.headers) == sorted(computed.headers), (path, method, headers)


def test_first_request_of_all_may_lack_an_origin() -> None:
    for resources, expected in (({"/api/*": {"origins": "*"}}, "*"), ({"/api/*": LISTED}, None)):
        client = app_with(resources).test_client()
        assert allowed(client.get(BOOKS)) == expected
        assert allowed(client.get(BOOKS)) == expected


# --- streams, crashes, other error handlers ------------------------------------------------


def add_streams(app: Flask) -> None:
    @app.get("/api/events")
    def events() -> Response:
        def lines() -> Iterator[str]:
            for number in range(3):
                app.config["CALLS"].append(f"line {number}")
                yield f"data: {number} {request.path}\n\n"

        return Response(stream_with_context(lines()), mimetype="text/event-stream")

    @app.get("/api/breaks")
    def breaks() -> Response:
        def lines() -> Iterator[bytes]:
            yield b"first"
            raise RuntimeError("in the middle")

        return Response(lines())

    @app.get("/api/fails")
    def fails() -> Response:
        def lines() -> Iterator[bytes]:
            raise RuntimeError("at the start")
            yield b"never"

        response = Response(lines())
        response.call_on_close(lambda: app.config["CALLS"].append("closed"))
        return response


def test_stream_starts_before_its_end_is_known() -> None:
    app = app_with(views=add_streams)
    response = app.test_client().get("/api/events", headers={"Origin": TRUSTED}, buffered=False)
    assert allowed(response) == TRUSTED
    assert len(app.config["CALLS"]) < 3
    assert response.get_data() == b"".join(b"data: %d /api/events\n\n" % i for i in range(3))


@pytest.mark.parametrize("debug", [False, True], ids=["production", "debug"])
def test_stream_that_fails_before_its_first_block_is_a_readable_crash(debug: bool) -> None:
    app = app_with(views=add_streams)
    app.debug = debug
    client = app.test_client()
    response = client.get("/api/fails", headers={"Origin": TRUSTED})
    assert (response.status_code, allowed(response)) == (500, TRUSTED)
    assert response.mimetype == "application/problem+json"
    assert app.config["CALLS"] == ["closed"]
    response = client.head("/api/fails", headers={"Origin": EVIL})
    assert (response.status_code, allowed(response), response.data) == (200, None, b"")
    with pytest.raises(RuntimeError, match="at the start"):
        client.get("/api/fails")


def test_stream_that_breaks_off_breaks_off() -> None:
    client = app_with(views=add_streams).test_client()
    response = client.get("/api/breaks", headers={"Origin": TRUSTED}, buffered=False)
    assert allowed(response) == TRUSTED
    with pytest.raises(RuntimeError, match="in the middle"):
        response.get_data()


def test_closing_of_a_response_reaches_the_application() -> None:
    closed: list[str] = []

    def views(app: Flask) -> None:
        @app.get("/api/closes")
        def closes() -> Response:
            response = Response(iter([b"x"]))
            response.call_on_close(lambda: closed.append("closed"))
            return response

    response = (
        app_with(views=views)
        .test_client()
        .get("/api/closes", headers={"Origin": TRUSTED}, buffered=False)
    )
    assert closed == []
    response.close()
    assert closed == ["closed"]


def add_teardown_crash(app: Flask) -> None:
    @app.teardown_request
    def fail(_: object) -> None:
        raise RuntimeError("in teardown")

    app.add_url_rule("/api/crash", "crash", crash)


def raise_from_after_request(app: Flask) -> None:
    @app.after_request
    def fail(_: Response) -> Response:
        raise RuntimeError("in after_request")


@pytest.mark.parametrize("debug", [False, True], ids=["production", "debug"])
@pytest.mark.parametrize("views", [add_teardown_crash, raise_from_after_request])
def test_crash_around_a_view_is_readable(views: object, debug: bool) -> None:
    app = app_with(views=views)  # type: ignore[arg-type]
    app.debug = debug
    response = app.test_client().get(BOOKS, headers={"Origin": TRUSTED})
    assert response.status_code == 500
    assert allowed(response) == TRUSTED


def test_crash_is_a_problem_and_says_nothing_in_production() -> None:
    app = app_with(views=add_teardown_crash)
    response = app.test_client().get(BOOKS, headers={"Origin": TRUSTED})
    assert response.content_type == "application/problem+json"
    assert response.get_json()["status"] == 500
    assert b"in teardown" not in response.data


def test_crash_carries_its_traceback_in_debug_mode() -> None:
    app = app_with(views=add_errors)
    app.debug = True
    response = app.test_client().get("/api/crash", headers={"Origin": TRUSTED})
    assert response.status_code == 500
    assert response.content_type == "application/problem+json"
    assert "ZeroDivisionError" in response.get_data(as_text=True)
    assert allowed(response) == TRUSTED


@pytest.mark.parametrize("path", ["/api/crash", "/crash"])
def test_crash_without_a_page_reaches_the_debugger(path: str) -> None:
    def views(app: Flask) -> None:
        add_errors(app)
        app.add_url_rule("/crash", "outside", crash)

    app = app_with(views=views)
    app.debug = True
    with pytest.raises(ZeroDivisionError):
        app.test_client().get(path)


def test_crash_outside_the_rows_reaches_the_debugger_whatever_the_origin() -> None:
    app = app_with(views=lambda app: app.add_url_rule("/crash", "crash", crash))
    app.debug = True
    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/crash", headers={"Origin": TRUSTED})


def test_crash_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    for debug in (False, True):
        app = app_with(views=add_errors)
        app.debug = debug
        caplog.clear()
        app.test_client().get("/api/crash", headers={"Origin": TRUSTED})
        assert sum("ZeroDivisionError" in (record.exc_text or "") for record in caplog.records) == 1


def test_error_handlers_of_the_application_write_the_answer() -> None:
    def views(app: Flask) -> None:
        add_errors(app)
        app.register_error_handler(404, lambda error: ({"own": error.code}, 404))
        app.register_error_handler(ZeroDivisionError, lambda _: ({"own": "zero"}, 500))
        app.register_error_handler(
            ServiceUnavailable, lambda _: ({"own": 503}, 503, {"Retry-After": "60"})
        )

    client = app_with(views=views).test_client()
    for path, own in (("/api/none", 404), ("/api/crash", "zero"), ("/api/abort/503", 503)):
        response = client.get(path, headers={"Origin": TRUSTED})
        assert response.get_json() == {"own": own}
        assert allowed(response) == TRUSTED
    assert response.headers["Retry-After"] == "60"


def test_application_inside_an_application_decides_for_itself() -> None:
    inner = app_with()
    inner.add_url_rule("/api/inner", view_func=lambda: "inner", methods=["GET", "POST"])

    def views(app: Flask) -> None:
        @app.route("/api/inner", methods=["GET", "POST"])
        def cascade() -> BaseResponse:
            return Response.from_app(inner.wsgi_app, request.environ)

    client = app_with({"/api/*": {"origins": "*"}}, views=views).test_client()
    assert client.post("/api/inner", headers={"Origin": EVIL}).status_code == 403
    assert client.post("/api/inner", headers={"Origin": TRUSTED}).status_code == 200


def test_two_applications_in_one_process_have_policies_of_their_own() -> None:
    environs: Mapping[str, Mapping[str, str]] = {
        TRUSTED: {"CORS_ORIGINS": TRUSTED, "CORS_MAX_AGE": "1"},
        EVIL: {"CORS_ORIGINS": EVIL, "CORS_MAX_AGE": "2"},
    }
    clients = {own: app_with(environ=environ).test_client() for own, environ in environs.items()}
    for _ in ("computed", "remembered"):
        for own, client in clients.items():
            for origin in (TRUSTED, EVIL):
                headers = {"Origin": origin}
                assert bool(cors_headers(client.get(BOOKS, headers=headers))) is (origin == own)
                granted = cors_headers(preflight(client, origin=origin))
                age = environs[own]["CORS_MAX_AGE"]
                assert granted.get("Access-Control-Max-Age") == (age if origin == own else None)
                written = client.post(BOOKS, headers=headers).status_code
                assert written == (201 if origin == own else 403)
