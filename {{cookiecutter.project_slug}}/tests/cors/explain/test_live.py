import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from {{ cookiecutter.package_name }}.cors.row import Row

from ...calls import ENVIRON, EVIL, SPECIMENS, TRUSTED, app_with
from .calls import explain, lines_of


class Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Say nothing."""


Serve = Callable[[Any], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return the function that runs an application on a port of its own."""
    running: list[tuple[Any, threading.Thread]] = []

    def serve(app: Any) -> str:
        server = make_server("127.0.0.1", 0, app, request_handler=Quiet)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        running.append((server, thread))
        thread.start()
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def app() -> Flask:
    return app_with()


def test_a_deployment_like_this_differs_in_nothing(app: Flask, serve: Serve) -> None:
    url = serve(app_with()) + SPECIMENS

    answer = explain(app, "GET", url, "--origin", TRUSTED, "--header", "X-Request-ID", "--live")
    assert answer["verdict"] == "ALLOWED"
    assert answer["differences"] == []


def test_a_deployment_with_another_policy(app: Flask, serve: Serve) -> None:
    url = serve(app_with(Row("/api/*", origins=EVIL))) + SPECIMENS

    answer = explain(app, "PUT", url, "--origin", TRUSTED, "--live")
    assert [answer["cause"], answer["fix"]] == [
        "https://app.example.com is trusted here and not there: the deployment has another CORS "
        "policy",
        "compare flask cors show there with the one here",
    ]
    assert answer["differences"][0] == (
        "the preflight of OPTIONS /api/v1/specimens has access-control-allow-origin: (none) there "
        "and https://app.example.com here"
    )


def test_a_proxy_that_adds_and_takes_off(app: Flask, serve: Serve) -> None:
    inner = app_with().wsgi_app

    def proxy(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        def start(status: str, fields: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [it for it in fields if it[0] not in ("Vary", "X-Request-ID")]
            return start_response(status, [*kept, ("Access-Control-Allow-Origin", "*")], *rest)

        return inner(environ, start)

    answer = explain(app, "GET", serve(proxy) + SPECIMENS, "--origin", TRUSTED, "--live")
    assert answer["code"] == "MultipleAllowOriginValues"
    assert answer["differences"] == [
        "the actual request of GET /api/v1/specimens has access-control-allow-origin: "
        "https://app.example.com, * there and https://app.example.com here",
        "the actual request of GET /api/v1/specimens has vary: (none) there and Origin here",
        "the actual request of GET /api/v1/specimens has no x-request-id there: the answer is not "
        "this application's",
    ]


def test_a_proxy_that_answers_itself(app: Flask, serve: Serve) -> None:
    def proxy(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        start_response("504 Gateway Timeout", [("Content-Length", "0")])
        return []

    answer = explain(app, "GET", serve(proxy) + SPECIMENS, "--origin", TRUSTED, "--live")
    assert lines_of(answer)[0] == (
        "the answer 504 carries no X-Request-ID: something in front of the application gave it "
        "(middleware, a proxy, a gateway)"
    )
    assert answer["differences"][0] == (
        "the actual request of GET /api/v1/specimens is answered 504 there and 200 here"
    )


def test_a_redirect_to_another_server_is_followed(app: Flask, serve: Serve) -> None:
    target = serve(app_with(Row("/api/*", origins="*")))
    here = app_with()
    here.add_url_rule("/api/away", "away", lambda: ("", 302, {"Location": target + SPECIMENS}))

    answer = explain(app, "GET", serve(here) + "/api/away", "--origin", TRUSTED, "--live")
    assert answer["verdict"] == "ALLOWED"
    assert [it["url"] for it in answer["exchanges"]][-1] == target + SPECIMENS
    assert ["Origin", "null"] in answer["exchanges"][-1]["headers"]


@pytest.mark.parametrize("origin", [TRUSTED, EVIL])
def test_what_may_change_something_is_asked_about_and_not_sent(
    app: Flask, serve: Serve, origin: str
) -> None:
    run: list[str] = []
    there = app_with()

    @there.post("/api/act")
    def act() -> str:
        run.append("POST")
        return "done"

    url = serve(there) + "/api/act"

    answer = explain(app, "POST", url, "--origin", origin, "--live")
    assert (answer["verdict"], run) == ("ALLOWED" if origin == TRUSTED else "BLOCKED", [])
    explain(app, "POST", url, "--origin", TRUSTED, "--live", "--execute")
    assert run == ["POST"]


def test_what_scripts_cannot_read_there_is_told_of_answers_and_of_no_preflight(
    app: Flask, serve: Serve
) -> None:
    there = app_with(environ=ENVIRON | {"CORS_EXPOSE_HEADERS": "Location"})
    words = [serve(there) + SPECIMENS, "--origin", TRUSTED, "--live"]

    assert "HeaderNotExposed" not in codes_of(explain(app, "POST", *words))
    answer = explain(app, "GET", *words)
    assert codes_of(answer) == ["LocalNetworkAccessPermissionDenied", "HeaderNotExposed"]
    assert lines_of(answer)[-1] == (
        "scripts cannot read X-Request-ID, although developer tools show it; set "
        "CORS_EXPOSE_HEADERS=Location,X-Request-ID"
    )


def codes_of(answer: dict[str, Any]) -> list[str]:
    return [note["code"] for note in answer["notes"]]


def test_14_nobody_is_there(app: Flask, serve: Serve) -> None:
    answer = explain(app, "GET", "http://127.0.0.1:9/x", "--origin", "http://localhost:1", "--live")

    assert answer["code"] == "InvalidResponse"
    assert answer["cause"].startswith("http://127.0.0.1:9 gives no answer: ")
    assert answer["fix"] == (
        "start the server, and check scheme, host and port; localhost and 127.0.0.1 may differ"
    )
