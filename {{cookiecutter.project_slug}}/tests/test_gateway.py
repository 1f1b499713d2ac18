import json
from collections.abc import Iterator
from time import sleep

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from {{ cookiecutter.package_name }}.cors import headers as names
from {{ cookiecutter.package_name }}.gateway import RAISED

from .calls import ENVIRON, SPECIMENS, TRUSTED, client_of, cors_headers, preflight


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


def test_an_application_that_raises_is_told_too(
    app: Flask, capfd: pytest.CaptureFixture[str]
) -> None:
    @app.teardown_request
    def fail(_: BaseException | None) -> None:
        raise RuntimeError("too late for an answer")

    with pytest.raises(RuntimeError):
        app.test_client().get(SPECIMENS)

    assert json.loads(capfd.readouterr().err)["status"] == int(RAISED)


def test_a_probe_that_fails_is_told(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    app.view_functions["ready"] = lambda: ("not yet", 503)

    assert app.test_client().get("/readyz").status_code == 503
    assert json.loads(capfd.readouterr().err)["path"] == "/readyz"
