import json
from collections.abc import Iterator
from time import sleep

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from werkzeug import Response as BaseResponse
from werkzeug.test import EnvironBuilder, run_wsgi_app

from {{ cookiecutter.package_name }}.cors import headers as names
from {{ cookiecutter.package_name }}.cors.row import Row
from {{ cookiecutter.package_name }}.gateway import RAISED
from {{ cookiecutter.package_name }}.security_headers import (
    RESOURCE_POLICY,
)

from .calls import (
    ENVIRON,
    LISTED,
    SPECIMENS,
    TRUSTED,
    app_with,
    client_of,
    cors_headers,
    preflight,
)


@pytest.mark.parametrize("path", [SPECIMENS, "/api", "/api//v1/specimens", "/healthz", "/none"])
def test_every_answer_carries_the_same_headers_once(client: FlaskClient, path: str) -> None:
    for response in (client.get(path), client.delete(path), preflight(client, path)):
        for name in ("X-Request-ID", "X-Content-Type-Options", "Referrer-Policy"):
            assert len(response.headers.getlist(name)) == 1


def test_what_a_view_says_itself_stays(app: Flask) -> None:
    policy = "default-src 'self'"
    headers = {"content-security-policy": policy, "x-request-id": "mine"}
    app.add_url_rule("/api/page", view_func=lambda: Response(headers=headers))
    response = app.test_client().get("/api/page", headers={"X-Request-ID": "theirs"})

    assert response.headers.getlist("Content-Security-Policy") == [policy]
    assert response.headers.getlist("X-Request-ID") == ["theirs"]
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_a_response_that_a_view_keeps_is_completed_once(app: Flask) -> None:
    kept = Response("kept")
    app.add_url_rule("/api/kept", view_func=lambda: kept)
    names = [app.test_client().get("/api/kept").headers.getlist("X-Request-ID") for _ in range(3)]

    assert [len(it) for it in names] == [1, 1, 1]
    assert len({name for it in names for name in it}) == 3


def test_a_crash_after_the_view_can_be_read_like_any_error(app: Flask) -> None:
    @app.after_request
    def fail(response: Response) -> Response:
        raise RuntimeError

    response = app.test_client().get(SPECIMENS, headers={"Origin": TRUSTED})

    assert response.status_code == 500
    assert cors_headers(response)[names.ALLOW_ORIGIN] == TRUSTED
    assert response.headers.getlist(names.VARY) == [names.ORIGIN]
    assert len(response.headers.getlist("X-Request-ID")) == 1


def test_no_content_has_no_type(app: Flask) -> None:
    app.add_url_rule("/api/none", view_func=lambda: ("", 204))

    assert "Content-Type" not in app.test_client().get("/api/none").headers


def streaming(app: Flask, *parts: bytes | Exception) -> FlaskClient:
    """Add a view whose content is made while it is sent."""

    def content() -> Iterator[bytes]:
        for part in parts:
            if isinstance(part, Exception):
                raise part
            sleep(0.05)
            yield part

    app.add_url_rule("/api/stream", view_func=lambda: Response(content()))
    return app.test_client()


def test_a_stream_is_told_when_it_is_over(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    response = streaming(app, b"a", b"b").get("/api/stream", headers={"Origin": TRUSTED})
    assert response.data == b"ab"
    assert cors_headers(response)[names.ALLOW_ORIGIN] == TRUSTED
    response.close()
    line = json.loads(capfd.readouterr().err)

    assert (line["status"], line["level"]) == (200, "INFO")
    assert line["duration_ms"] > 100


def test_a_stream_that_breaks_off_is_an_error(
    app: Flask, capfd: pytest.CaptureFixture[str]
) -> None:
    response = streaming(app, b"a", ZeroDivisionError()).get("/api/stream")
    with pytest.raises(ZeroDivisionError):
        response.get_data()
    response.close()
    line = json.loads(capfd.readouterr().err)

    assert (line["status"], line["level"]) == (200, "ERROR")
    assert line["broken_off"] == "ZeroDivisionError"


def test_hosts_have_no_case() -> None:
    client = client_of(ENVIRON | {"TRUSTED_HOSTS": "Api.Example.com"})

    assert client.get(SPECIMENS, headers={"Host": "API.example.COM"}).status_code == 200


def test_what_fails_last_of_all_can_be_read_like_any_error(
    app: Flask, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    @app.teardown_request
    def fail(_: BaseException | None) -> None:
        raise RuntimeError("too late for an answer")

    # Without Flask's own client, which would run that function once more.
    environ = EnvironBuilder(SPECIMENS, headers=[("Origin", TRUSTED)]).get_environ()
    content, status, headers = run_wsgi_app(app.wsgi_app, environ)

    assert (status[:3], headers["Content-Type"]) == ("500", "application/problem+json")
    assert headers[names.ALLOW_ORIGIN] == TRUSTED
    assert headers.getlist(names.VARY) == [names.ORIGIN]
    assert json.loads(b"".join(content))["request_id"] == headers["X-Request-ID"]
    assert "too late for an answer" in caplog.text
    assert json.loads(capfd.readouterr().err)["status"] == int(RAISED)


def test_an_application_that_raises_is_told_too(
    app: Flask, capfd: pytest.CaptureFixture[str]
) -> None:
    @app.errorhandler(500)
    @app.get("/api/crash")
    def crash(*_: object) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/api/crash")

    assert json.loads(capfd.readouterr().err)["status"] == int(RAISED)


def test_an_application_inside_another_does_not_speak_for_it() -> None:
    outer = app_with(LISTED)
    inner = app_with(Row("/api/*", origins="*"))
    inner.add_url_rule("/api/inner", view_func=lambda: "inner")

    @outer.get("/api/inner")
    def cascade() -> bytes:
        return BaseResponse.from_app(inner.wsgi_app, request.environ).get_data()

    response = outer.test_client().get("/api/inner", headers={"Origin": TRUSTED})
    assert response.headers.getlist(RESOURCE_POLICY) == ["same-site"]


def test_a_probe_that_fails_is_told(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    app.view_functions["ready"] = lambda: ("not yet", 503)

    assert app.test_client().get("/readyz").status_code == 503
    assert json.loads(capfd.readouterr().err)["path"] == "/readyz"
