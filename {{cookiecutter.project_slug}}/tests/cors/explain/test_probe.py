from typing import Any

import pytest
from flask import Flask, Response, request

from {{ cookiecutter.package_name }}.cors.row import Row

from ...calls import EVIL, SPECIMENS, TRUSTED, app_with
from .calls import API, explain


@pytest.fixture
def app() -> Flask:
    """Count whatever is run."""
    app = app_with()
    run: list[str] = []
    app.config["RUN"] = run

    def view() -> str:
        run.append(f"view {request.method}")
        return "x"

    def before() -> None:
        run.append(f"before {request.method}")

    def after(response: Response) -> Response:
        run.append(f"after {request.method}")
        return response

    app.add_url_rule("/api/act", view_func=view, methods=["GET", "POST", "PUT", "DELETE"])
    app.before_request(before)
    app.after_request(after)
    app.teardown_request(lambda _: run.append(f"teardown {request.method}"))
    return app


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("origin", [TRUSTED, EVIL])
def test_nothing_that_may_change_something_is_run(app: Flask, method: str, origin: str) -> None:
    answer = explain(app, method, "/api/act", "--origin", origin)

    assert [it for it in app.config["RUN"] if method in it] == []
    assert not any(it["executed"] for it in answer["exchanges"] if it["method"] == method)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_unless_it_is_asked_for(app: Flask, method: str) -> None:
    answer = explain(app, method, "/api/act", "--origin", TRUSTED, "--execute")

    assert [it for it in app.config["RUN"] if method in it] == [
        f"before {method}",
        f"view {method}",
        f"after {method}",
        f"teardown {method}",
    ]
    assert answer["exchanges"][-1]["executed"]


def test_what_is_safe_is_really_asked(app: Flask) -> None:
    explain(app, "GET", "/api/act", "--origin", TRUSTED)

    assert app.config["RUN"][1] == "view GET"


def test_the_application_stays_as_it_is(app: Flask) -> None:
    explain(app, "PUT", "/api/act", "--origin", TRUSTED)

    assert app.test_client().put("/api/act", headers={"Origin": TRUSTED}).data == b"x"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((EVIL, "--content-type", "text/plain"), 403),
        ((TRUSTED, "--content-type", "text/plain"), 415),
        ((TRUSTED, "--data", "{}", "--header", "Content-Type: application/json"), 200),
        ((TRUSTED, "--content-type", "application/json", "--data", "x" * 2_000_000), 413),
    ],
)
def test_what_is_not_executed_is_still_refused_as_it_would_be(
    app: Flask, words: tuple[str, ...], status: int
) -> None:
    answer = explain(app, "POST", "/api/act", "--origin", *words)

    assert answer["exchanges"][-1]["status"] == status


def test_the_application_sees_what_a_browser_sends() -> None:
    seen: list[dict[str, Any]] = []
    app = app_with(Row("/api/*", origins=TRUSTED, allow_headers="X-A,Content-Type"))
    app.before_request(lambda: seen.append(dict(request.headers)))
    inner = app.wsgi_app

    def watched(environ: dict[str, Any], start_response: Any) -> Any:
        seen.append({k: v for k, v in environ.items() if k.isupper()})
        return inner(environ, start_response)

    app.wsgi_app = watched  # type: ignore[method-assign]
    words = ["--header", "X-A: 1", "--header", "Cookie: no", "--content-type", "application/json"]
    explain(app, "POST", f"{API}{SPECIMENS}?a=b%20c", "--origin", TRUSTED, *words, "--execute")
    preflight, actual = (it for it in seen if "REQUEST_METHOD" in it)

    common = {
        "SCRIPT_NAME": "",
        "PATH_INFO": SPECIMENS,
        "QUERY_STRING": "a=b%20c",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_ACCEPT": "*/*",
        "HTTP_ORIGIN": TRUSTED,
        "HTTP_SEC_FETCH_DEST": "empty",
        "HTTP_SEC_FETCH_MODE": "cors",
        "HTTP_SEC_FETCH_SITE": "cross-site",
    }
    assert preflight == common | {
        "REQUEST_METHOD": "OPTIONS",
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST",
        "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "content-type,x-a",
    }
    assert actual == common | {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "2",
        "HTTP_X_A": "1",
    }
