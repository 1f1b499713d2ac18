"""What every response carries, the log line of every request, and the proxies in front."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from werkzeug.exceptions import ClientDisconnected
from werkzeug.test import EnvironBuilder, run_wsgi_app

from .conftest import EVIL, TRUSTED, app_in, preflight

POLICY = "Content-Security-Policy"
OWN = {"content-security-policy": "default-src 'self'", "x-request-id": "mine"}


@pytest.fixture(scope="module", autouse=True)
def views(app: Flask) -> None:
    """Add a page, a view with headers of its own, and a stream."""
    app.add_url_rule("/page", "page", lambda: "<script>document.title = 'works'</script>")
    app.add_url_rule("/own", "own", lambda: Response("{}", headers=OWN, mimetype="text/json"))
    app.add_url_rule("/stream", "stream", lambda: Response(iter([b"one ", b"two"])))


@pytest.mark.parametrize("given", ["trace-1_2.3", "x" * 128])
def test_the_request_id_of_the_caller_is_kept(client: FlaskClient, given: str) -> None:
    for response in (
        client.get("/api/none", headers={"X-Request-ID": given}),
        client.post("/api/none", headers={"X-Request-ID": given, "Origin": EVIL}),
    ):
        assert response.headers.getlist("X-Request-ID") == [given]


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", '"}', "é"])
def test_an_unsafe_request_id_is_replaced(client: FlaskClient, given: str) -> None:
    one, two = (client.get("/", headers={"X-Request-ID": given}).headers for _ in range(2))

    assert one["X-Request-ID"] not in (given, two["X-Request-ID"])


def test_data_gets_strict_headers(client: FlaskClient) -> None:
    for response in (client.get("/healthz"), client.get("/none"), preflight(client, "/api")):
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers[POLICY] == "default-src 'none'; frame-ancestors 'none'"


def test_a_page_with_scripts_works(client: FlaskClient) -> None:
    response = client.get("/page")

    assert response.mimetype == "text/html"
    assert POLICY not in response.headers
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_headers_of_a_view_stay(client: FlaskClient) -> None:
    response = client.get("/own", headers={"X-Request-ID": "theirs"})

    assert response.headers.getlist(POLICY) == ["default-src 'self'"]
    assert response.headers.getlist("X-Request-ID") == ["theirs"]


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.name.endswith(".responses")]


def test_a_request_is_one_line(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    client.get("/page?name=secret", headers={"X-Request-ID": "abc"}).close()
    (line,) = lines(caplog)

    assert (line["method"], line["path"], line["status"]) == ("GET", "/page", 200)
    assert (line["request_id"], line["remote"]) == ("abc", "127.0.0.1")
    assert 0 < line["duration_ms"] < 10_000
    assert "secret" not in str(line)


def test_a_refusal_is_logged_with_its_code(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    client.post("/api/none", headers={"Origin": EVIL}).close()

    assert lines(caplog)[0]["cors_refusal"] == "MissingAllowOriginHeader"


def test_probes_are_logged_when_they_fail(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO")
    app.test_client().get("/readyz").close()
    monkeypatch.setitem(app.view_functions, "ready", lambda: ("not yet", 503))
    app.test_client().get("/readyz").close()

    assert [(line["status"], line["levelname"]) for line in lines(caplog)] == [(503, "WARNING")]


def test_a_stream_is_logged_when_it_is_over(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    response = client.get("/stream")
    assert response.data == b"one two"
    assert lines(caplog) == []
    response.close()

    assert len(lines(caplog)) == 1


def test_a_crash_outside_of_flask_is_a_problem_too(caplog: pytest.LogCaptureFixture) -> None:
    app = app_in()

    @app.teardown_request
    def fail(_: BaseException | None) -> None:
        raise ZeroDivisionError

    # Flask's own client would run that function once more.
    for origin in (TRUSTED, ""):
        environ = EnvironBuilder("/api/none", headers=[("Origin", origin)]).get_environ()
        _, status, headers = run_wsgi_app(app.wsgi_app, environ)

        assert (status[:3], headers["Content-Type"]) == ("500", "application/problem+json")
        assert headers.get("Access-Control-Allow-Origin", "") == origin
        assert "X-Request-ID" in headers
    assert "ZeroDivisionError" in caplog.text


class Gone(BytesIO):
    """The body of a client that has closed its connection."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise ClientDisconnected


def left_of(body: BytesIO, app: Flask, **environ: object) -> int:
    """Send a body as servers hand it over, and return how much of it was not read."""
    request = EnvironBuilder("/api/none", method="POST").get_environ()
    request |= {"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_LENGTH": "100"}
    run_wsgi_app(app.wsgi_app, request | environ)
    return len(body.getvalue()) - body.tell()


@pytest.mark.parametrize(
    ("environ", "left"),
    [
        pytest.param({}, 0, id="not found"),
        pytest.param({"HTTP_ORIGIN": EVIL}, 0, id="refused by the guard"),
        pytest.param({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}, 0, id="chunked"),
        pytest.param({"HTTP_EXPECT": "100-continue"}, 100, id="it waits to be asked for"),
        pytest.param({"wsgi.input_terminated": False}, 100, id="its end is not known"),
    ],
)
def test_the_body_of_a_refused_request_is_read(
    app: Flask, environ: dict[str, object], left: int
) -> None:
    assert left_of(BytesIO(b"x" * 100), app, **environ) == left


def test_a_client_that_has_gone_is_no_error(app: Flask) -> None:
    assert left_of(Gone(b"x" * 100), app) == 100


FORWARDED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "api.example.com",
    "X-Forwarded-Prefix": "/shop",
}
TWO = {"X-Forwarded-For": "203.0.113.7, 192.0.2.1"}
FORGED = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
BELIEVED = ["203.0.113.7", "https://api.example.com/shop/"]
IGNORED = ["127.0.0.1", "http://localhost/"]


@pytest.mark.parametrize(
    ("hops", "headers", "seen"),
    [
        pytest.param("0", FORWARDED, IGNORED, id="no proxy: anybody may write that"),
        pytest.param("1", FORWARDED, BELIEVED, id="one proxy"),
        pytest.param("1", {}, IGNORED, id="one proxy that writes nothing"),
        pytest.param("1", FORWARDED | FORGED, BELIEVED, id="a client that writes it too"),
        pytest.param("2", FORWARDED | TWO, BELIEVED, id="two proxies"),
    ],
)
def test_as_many_proxies_are_believed_as_there_are(
    hops: str, headers: dict[str, str], seen: list[str]
) -> None:
    app = app_in(PROXY_HOPS=hops)
    app.add_url_rule("/seen", "seen", lambda: [request.remote_addr, request.url_root])

    assert app.test_client().get("/seen", headers=headers).get_json() == seen


@pytest.mark.parametrize(("scheme", "status"), [("https", 404), ("http", 403)])
def test_behind_a_proxy_a_page_of_the_api_may_write(scheme: str, status: int) -> None:
    client = app_in(PROXY_HOPS="1").test_client()
    headers = FORWARDED | {"Origin": f"{scheme}://api.example.com"}

    assert client.post("/api/none", headers=headers).status_code == status
