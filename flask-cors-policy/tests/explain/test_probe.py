"""What reaches the application of this process, and that an answer takes seconds at most."""

import time
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest
from flask import Flask, Response, request
from flask_socketio import SocketIO  # type: ignore[import-untyped]
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from explain.calls import BOOKS, HERE, PAGE, Setup, Wsgi, codes_of, explain
from flask_cors_policy import CORS
from flask_cors_policy.explain import probe

EVIL = "https://evil.example"
MOST = 5.0  # seconds that an answer may take


@pytest.fixture
def counting() -> Flask:
    """Build an application that counts whatever is run."""
    app = Setup([]).build()
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

    app.add_url_rule("/api/act", "act", view_func=view, methods=["GET", "POST", "PUT", "DELETE"])
    app.before_request(before)
    app.after_request(after)
    app.teardown_request(lambda _: run.append(f"teardown {request.method}"))
    return app


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("origin", [PAGE, EVIL, HERE])
def test_method_that_may_change_something_is_not_run(
    counting: Flask, method: str, origin: str
) -> None:
    verdict = explain(counting, method, "/api/act", "--origin", origin)

    assert counting.config["RUN"] == []
    assert not any(sent["executed"] for sent in verdict["exchanges"] if sent["method"] == method)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_method_is_run_on_request(counting: Flask, method: str) -> None:
    verdict = explain(counting, method, "/api/act", "--origin", PAGE, "--execute")

    assert counting.config["RUN"] == [
        f"before {method}",
        f"view {method}",
        f"after {method}",
        f"teardown {method}",
    ]
    assert verdict["exchanges"][-1]["executed"]


@pytest.mark.parametrize("execute", [False, True])
def test_mounted_application_gets_unsafe_methods_on_request_alone(execute: bool) -> None:
    mounted, ran = Flask("mounted"), list[str]()

    @mounted.post("/act")
    def act() -> str:
        ran.append("act")
        return "x"

    setup = Setup(
        ["POST", "/admin/act", "--origin", PAGE, *(["--execute"] if execute else [])],
        around=[lambda inner: DispatcherMiddleware(inner, {"/admin": mounted})],
    )
    verdict = setup.explain()

    assert ran == (["act"] if execute else [])
    assert (verdict["code"], verdict["view"]["runs"]) == ("MissingAllowOriginHeader", False)
    assert verdict["cause"] == (
        "an application that is mounted at /admin answers /admin/act, in front of the policy"
    )


def test_handshake_with_middleware_is_not_known_without_a_server() -> None:
    app = Flask("sockets", static_folder=None)
    CORS(resources={"/api/*": {"origins": PAGE}}).init_app(app, {})
    SocketIO(app, cors_allowed_origins=[PAGE], async_mode="threading")
    arguments = ["GET", "wss://api.example.com/socket.io/?EIO=4&transport=websocket", "--origin"]
    allowed, refused = explain(app, *arguments, PAGE), explain(app, *arguments, EVIL)

    assert allowed["cause"] == (
        f"whether {PAGE} may open the WebSocket is for the middleware in front of the policy to "
        "decide"
    )
    assert codes_of(allowed) == ["MiddlewareInFront", "NotExecuted"]
    assert refused["cause"] == (
        "middleware in front of the policy answers /socket.io/ with 400, such as Flask-SocketIO; "
        "the guard does not see it"
    )


@pytest.mark.parametrize("path", ["/api/away", "/api/http"])
def test_redirect_that_is_not_followed_changes_no_path(path: str) -> None:
    arguments = ["GET", f"https://api.example.com{path}", "--origin", PAGE]

    assert codes_of(Setup(arguments).explain()) == []


def test_safe_method_is_run(counting: Flask) -> None:
    explain(counting, "GET", "/api/act", "--origin", PAGE)

    assert counting.config["RUN"] == ["before GET", "view GET", "after GET", "teardown GET"]


@pytest.mark.parametrize(
    ("arguments", "endpoint", "runs", "text"),
    [
        (["GET", "/api/act"], "act", True, "'act' runs (unless a function before it answers)"),
        (["PUT", "/api/act"], "act", True, "'act' would run (unless a function before it answers)"),
        (
            ["GET", "/api/act", "--origin", EVIL],
            "act",
            True,
            (
                "'act' runs (unless a function before it answers), although the page cannot read "
                "its response"
            ),
        ),
        (
            ["PUT", "/api/act", "--origin", EVIL],
            None,
            False,
            "no view runs: the browser never sends PUT",
        ),
        (
            ["POST", "/api/act", "--origin", EVIL],
            None,
            False,
            "no view runs: the guard refuses the request",
        ),
        (["GET", "/api/nothing"], None, False, "no view runs: the router answers 404"),
        (["PATCH", "/api/act"], None, False, "no view runs: the router answers 405"),
        (
            ["GET", "/api/slash"],
            "slash/",
            True,
            "'slash/' runs (unless a function before it answers)",
        ),
    ],
)
def test_view_that_runs_is_named(
    counting: Flask, arguments: list[str], endpoint: str | None, runs: bool, text: str
) -> None:
    arguments = arguments if "--origin" in arguments else [*arguments, "--origin", PAGE]
    assert explain(counting, *arguments)["view"] == {"endpoint": endpoint, "runs": runs}

    output = counting.test_cli_runner().invoke(args=["cors", "explain", *arguments]).output
    (line,) = [line for line in output.splitlines() if line.startswith("  view ")]
    assert line.removeprefix("  view ").strip() == text


def test_application_stays_as_it_is(counting: Flask) -> None:
    explain(counting, "PUT", "/api/act", "--origin", PAGE)

    client = counting.test_client()
    response = client.put("/api/act", base_url=HERE, headers={"Origin": PAGE})
    assert response.data == b"x"


def test_rehearsal_is_not_logged(counting: Flask, caplog: pytest.LogCaptureFixture) -> None:
    for method in ("GET", "POST", "PUT"):
        explain(counting, method, "/api/act", "--origin", EVIL)

    assert caplog.records == []


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((EVIL,), 403),
        ((PAGE, "--data", "{}", "--header", "Content-Type: application/json"), 200),
    ],
)
def test_rehearsal_is_refused_as_the_request_would_be(
    arguments: tuple[str, ...], status: int
) -> None:
    verdict = Setup(["POST", BOOKS, "--origin", *arguments]).explain()

    assert verdict["exchanges"][-1]["status"] == status


def test_all_middleware_runs_for_a_rehearsal() -> None:
    seen: list[str] = []

    def noting(inner: Wsgi) -> Wsgi:
        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            seen.append(environ["REQUEST_METHOD"])
            return inner(environ, start_response)

        return answer

    Setup(["PUT", BOOKS, "--origin", PAGE], around=[noting]).explain()

    assert seen == ["GET", "OPTIONS", "PUT"]  # the first finds out where the request arrives


def test_application_gets_what_a_browser_sends() -> None:
    seen: list[dict[str, Any]] = []

    def noting(inner: Wsgi) -> Wsgi:
        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            seen.append({name: value for name, value in environ.items() if name.isupper()})
            return inner(environ, start_response)

        return answer

    setup = Setup(
        ["POST", f"{HERE}{BOOKS}?a=b%20c", "--origin", PAGE, "--execute"],
        environ={"CORS_ORIGINS": PAGE, "CORS_ALLOW_HEADERS": "X-A,Content-Type"},
        around=[noting],
    )
    setup.arguments += ["--header", "X-A: 1", "--header", "Cookie: no"]
    setup.arguments += ["--content-type", "application/json"]
    setup.explain()
    _, preflight, actual = seen

    common = {
        "SCRIPT_NAME": "",
        "PATH_INFO": BOOKS,
        "QUERY_STRING": "a=b%20c",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "5000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:5000",
        "HTTP_ACCEPT": "*/*",
        "HTTP_ORIGIN": PAGE,
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


@pytest.fixture
def end() -> Iterator[Event]:
    """Return what ends all that waits in a test."""
    event = Event()
    yield event
    event.set()


def waiting(end: Event, when: Callable[[dict[str, Any]], bool]) -> Callable[[Wsgi], Wsgi]:
    """Return middleware that does not respond to some requests."""

    def middleware(inner: Wsgi) -> Wsgi:
        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            if when(environ):
                end.wait()
            return inner(environ, start_response)

        return answer

    return middleware


def streamed(end: Event, first: bytes, closed: list[str]) -> Callable[[], Response]:
    """Return a view whose body does not end."""

    def body() -> Iterator[bytes]:
        try:
            yield first
            while not end.is_set():
                if first:
                    yield b"data: x\n\n"
                end.wait(0.01)
        finally:
            closed.append("closed")

    return lambda: Response(body(), mimetype="text/event-stream")


def test_body_without_an_end_is_closed_after_its_first_bytes(end: Event) -> None:
    closed: list[str] = []
    setup = Setup(
        ["GET", "/api/stream", "--origin", PAGE],
        views={"stream": streamed(end, b"data: x\n\n", closed)},
    )
    started = time.monotonic()
    verdict = setup.explain()

    assert (verdict["verdict"], verdict["status"], verdict["notes"]) == ("ALLOWED", 200, [])
    assert closed == ["closed"]
    assert time.monotonic() - started < MOST


def test_body_that_does_not_begin_is_noted(end: Event) -> None:
    setup = Setup(
        ["GET", "/api/stream", "--origin", PAGE], views={"stream": streamed(end, b"", [])}
    )
    verdict = setup.explain()

    assert (verdict["verdict"], verdict["status"]) == ("ALLOWED", 200)
    assert codes_of(verdict) == ["BodyPending"]


def slow_view(end: Event) -> Callable[[], str]:
    def view() -> str:
        end.wait()
        return "late"

    return view


@pytest.mark.parametrize(
    ("arguments", "when", "verdict", "notes"),
    [
        pytest.param(["GET", "/api/slow"], None, "ALLOWED", ["NoResponseYet"], id="view"),
        pytest.param(
            ["PUT", "/api/slow", "--execute"], None, "ALLOWED", ["NoResponseYet"], id="write"
        ),
        pytest.param(
            ["PUT", BOOKS],
            lambda _: True,
            "ALLOWED",
            ["NoResponseYet", "NoResponseYet"],
            id="middleware",
        ),
        pytest.param(
            ["PUT", BOOKS],
            lambda environ: environ["REQUEST_METHOD"] == "OPTIONS",
            "ALLOWED",
            ["NoResponseYet", "NotExecuted"],
            id="middleware, for preflights",
        ),
        pytest.param(
            ["PUT", BOOKS, "--origin", EVIL],
            lambda _: True,
            "BLOCKED",
            ["NoResponseYet"],
            id="middleware, for a page that is not trusted",
        ),
    ],
)
def test_response_that_does_not_begin_is_not_waited_for(
    end: Event,
    arguments: list[str],
    when: Callable[[dict[str, Any]], bool] | None,
    verdict: str,
    notes: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if when is None:  # the others show how long it takes at most
        monkeypatch.setattr(probe, "PATIENCE", 0.2)
    setup = Setup(arguments, views={"slow": slow_view(end)})
    setup.arguments += [] if "--origin" in arguments else ["--origin", PAGE]
    if when:
        setup.around.append(waiting(end, when))
    started = time.monotonic()
    answer = setup.explain()

    assert time.monotonic() - started < MOST
    assert (answer["verdict"], codes_of(answer)) == (verdict, notes)


def test_title_tells_that_no_response_began(end: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PATIENCE", 0.2)
    app = Setup([], views={"slow": slow_view(end)}).build()
    result = app.test_cli_runner().invoke(
        args=["cors", "explain", "GET", "/api/slow", "--origin", PAGE]
    )

    assert result.output.startswith("ALLOWED at the actual request: no response began in time\n")


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda _environ, _start: 1 / 0, id="raises"),
        pytest.param(lambda _environ, _start: iter([1 / 1]), id="yields no bytes"),
        pytest.param(lambda _environ, _start: None, id="returns nothing"),
        pytest.param(
            lambda _environ, start: start("teapot", []) or [], id="status without a number"
        ),
        pytest.param(lambda _environ, _start: [b"x"], id="never starts a response"),
        pytest.param(lambda _environ, start: [start("200 OK", "x")], id="headers that are none"),
    ],
)
def test_application_that_is_no_application_is_answered_for(broken: Any) -> None:
    for around in (False, True):
        setup = Setup(["GET", BOOKS, "--origin", PAGE])
        (setup.around if around else setup.behind).append(lambda _: broken)
        started = time.monotonic()
        verdict = setup.explain()

        assert time.monotonic() - started < MOST
        assert verdict["cause"]
