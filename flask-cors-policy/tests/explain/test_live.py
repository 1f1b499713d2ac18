"""Calling a server over the network: deployments, proxies, and what is no web server at all."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, abort
from flask_socketio import SocketIO  # type: ignore[import-untyped]
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.serving import WSGIRequestHandler, make_server

from explain.calls import (
    BOOKS,
    HERE,
    PAGE,
    Middleware,
    Setup,
    Wsgi,
    answering,
    changing,
    codes_of,
    explain,
)

EVIL = "https://evil.example"
MOST = 5.0  # seconds that an answer may take
LOCAL = "LocalNetworkAccessPermissionDenied"  # noted for every server of this machine

Serve = Callable[..., str]


class Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return the function that serves an application at a port of its own."""
    running: list[tuple[Any, threading.Thread]] = []

    def serve(app: Any, name: str = "test") -> str:
        handler = type("Named", (Quiet,), {"version_string": lambda _: name})
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=handler)
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
    return Setup([]).build()


def deployed(*around: Middleware, **change: Any) -> Flask:
    """Build a deployment of the application, with something in front of it."""
    return Setup([], around=list(around), **change).build()


@pytest.mark.parametrize(
    "arguments",
    [
        ["GET", BOOKS],
        ["GET", BOOKS, "--header", "Authorization"],
        ["PUT", BOOKS],
        ["POST", BOOKS],
        ["GET", "/api/missing"],
        ["GET", "/api/nothing"],
        ["GET", "/api/crash"],
        ["GET", "/api/open/x"],
        ["GET", BOOKS, "--origin", EVIL],
        ["PUT", BOOKS, "--origin", EVIL],
        ["POST", BOOKS, "--origin", EVIL],
        ["GET", "/outside"],
    ],
)
def test_deployment_of_the_same_policy_differs_in_nothing(
    app: Flask, serve: Serve, arguments: list[str]
) -> None:
    method, path, *more = arguments
    more = more if "--origin" in more else [*more, "--origin", PAGE]
    here = explain(app, method, f"{HERE}{path}", *more)
    there = explain(app, method, f"{serve(deployed())}{path}", *more, "--live")

    assert there["differences"] == []
    assert (there["verdict"], there["code"]) == (here["verdict"], here["code"])
    if method != "POST" or EVIL not in more:  # which is not sent, so no guard refuses it
        assert (there["cause"], there["fix"]) == (here["cause"], here["fix"])


def test_deployment_with_another_policy(app: Flask, serve: Serve) -> None:
    url = serve(deployed(environ={"CORS_ORIGINS": "https://other.example"})) + BOOKS
    verdict = explain(app, "PUT", url, "--origin", PAGE, "--live")

    assert (verdict["cause"], verdict["fix"]) == (
        f"{PAGE} is trusted here and not there: the deployment has another CORS policy",
        "give the deployment the same variables and code as here; flask cors show lists them",
    )
    assert verdict["differences"][0] == (
        "the preflight OPTIONS /api/books has access-control-allow-origin: (none) there and "
        f"{PAGE} here"
    )


def test_deployment_that_trusts_the_same_origins_as_here_gets_the_same_fix(
    app: Flask, serve: Serve
) -> None:
    url = serve(deployed()) + BOOKS
    verdict = explain(app, "POST", url, "--origin", EVIL, "--live")

    assert verdict["cause"].startswith(f"the row /api/* does not trust {EVIL}")
    assert verdict["fix"] == f"add {EVIL} to CORS_ORIGINS"


def prefix_of_proxy(inner: Wsgi) -> Wsgi:
    """Do what a proxy does that removes a prefix and tells it in X-Forwarded-Prefix."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        path = environ["PATH_INFO"]
        assert path.startswith("/shop/")
        environ["PATH_INFO"] = path.removeprefix("/shop")
        environ["HTTP_X_FORWARDED_PREFIX"] = "/shop"
        return inner(environ, start_response)

    return answer


PREFIXES: dict[str, list[Middleware]] = {
    "proxy that removes it": [prefix_of_proxy],
    "proxy that removes and names it": [
        lambda inner: ProxyFix(inner, x_prefix=1),
        prefix_of_proxy,
    ],
    "DispatcherMiddleware": [
        lambda inner: DispatcherMiddleware(answering("404 NOT FOUND")(inner), {"/shop": inner})
    ],
}


@pytest.mark.parametrize(
    ("arguments", "verdict", "cause"),
    [
        (["GET", BOOKS], "ALLOWED", f"{PAGE} may read the response (status 200)"),
        (["PUT", BOOKS], "ALLOWED", f"{PAGE} may read the response"),
        (
            ["GET", BOOKS, "--origin", EVIL],
            "BLOCKED",
            f"the row /api/* does not trust {EVIL}",
        ),
        (
            ["PUT", BOOKS, "--origin", EVIL],
            "BLOCKED",
            f"the row /api/* does not trust {EVIL}",
        ),
    ],
)
@pytest.mark.parametrize("name", PREFIXES)
def test_deployment_behind_a_prefix(
    app: Flask, serve: Serve, name: str, arguments: list[str], verdict: str, cause: str
) -> None:
    method, path, *more = arguments
    more = more or ["--origin", PAGE]
    url = f"{serve(deployed(*PREFIXES[name]))}/shop{path}"
    answer = explain(app, method, url, *more, "--live")

    assert (answer["verdict"], answer["cause"]) == (verdict, cause)
    assert answer["differences"] == []
    assert "Prefix" in codes_of(answer)
    assert "UnknownRoute" not in codes_of(answer)


def test_host_of_the_deployment_needs_not_be_trusted_here(serve: Serve) -> None:
    here = Setup([], config={"TRUSTED_HOSTS": ["localhost"]}).build()
    verdict = explain(here, "GET", serve(deployed()) + BOOKS, "--origin", PAGE, "--live")

    assert (verdict["verdict"], verdict["differences"]) == ("ALLOWED", [])
    assert codes_of(verdict) == [LOCAL]


def test_proxy_that_adds_and_removes_headers(app: Flask, serve: Serve) -> None:
    proxy = changing(Vary=None, Access_Control_Allow_Origin=f"{PAGE}, *")
    verdict = explain(app, "GET", serve(deployed(proxy)) + BOOKS, "--origin", PAGE, "--live")

    assert verdict["code"] == "MultipleAllowOriginValues"
    assert verdict["differences"] == [
        (
            f"the actual request GET /api/books has access-control-allow-origin: {PAGE}, * there "
            f"and {PAGE} here"
        ),
        "the actual request GET /api/books has vary: (none) there and Origin here",
    ]


LET_THROUGH = (
    "let OPTIONS requests that have Access-Control-Request-Method through to the application"
)
IN_FRONT: dict[str, tuple[Middleware, list[str], str, str]] = {
    "gateway": (
        answering("504 GATEWAY TIMEOUT", X_Cache="miss"),
        ["GET", BOOKS],
        (
            "the response 504 (Server: 'nginx') has none of the headers that the policy sets: "
            "something in front of it answered (middleware, a proxy, a gateway)"
        ),
        (
            "find it by that status; make its limits and timeouts wider than the application's, so "
            "that the application answers"
        ),
    ),
    "gateway, preflight": (
        answering("502 BAD GATEWAY"),
        ["POST", BOOKS, "--content-type", "application/json"],
        (
            "the preflight is answered 502 (Server: 'nginx'): something in front of the policy "
            "failed (middleware, a proxy, a gateway)"
        ),
        f"mend it, or {LET_THROUGH}",
    ),
    "authenticating proxy": (
        answering("401 UNAUTHORIZED", WWW_Authenticate="Basic"),
        ["GET", BOOKS],
        (
            "the response 401 (Server: 'nginx') has none of the headers that the policy sets: "
            "something in front of it answered, such as an authenticating proxy, a firewall or a "
            "CDN"
        ),
        "let it pass the request on to the application, or give it what it wants",
    ),
    "authenticating proxy, preflight": (
        answering("401 UNAUTHORIZED", WWW_Authenticate="Basic"),
        ["POST", BOOKS, "--content-type", "application/json"],
        (
            "the preflight is answered 401 (Server: 'nginx'): something in front of the policy "
            "answers it, such as authentication; browsers never send credentials with a preflight"
        ),
        LET_THROUGH,
    ),
    "firewall, for a page that is not trusted either": (
        answering("403 FORBIDDEN"),
        ["GET", BOOKS, "--origin", EVIL],
        (
            "the response 403 (Server: 'nginx') has none of the headers that the policy sets: "
            "something in front of it answered, such as an authenticating proxy, a firewall or a "
            "CDN"
        ),
        (
            "let it pass the request on to the application, or give it what it wants; then add "
            f"{EVIL} to CORS_ORIGINS"
        ),
    ),
    "firewall, outside the rows": (
        answering("403 FORBIDDEN"),
        ["GET", "/outside"],
        (
            "the response 403 (Server: 'nginx') has none of the headers that the policy sets: "
            "something in front of it answered, such as an authenticating proxy, a firewall or a "
            "CDN"
        ),
        (
            "let it pass the request on to the application, or give it what it wants; then call it "
            "from a page of the application's own origin, or add the row '/outside/*': "
            f"{{'origins': '{PAGE}'}} to resources"
        ),
    ),
    "another application": (
        answering("404 NOT FOUND"),
        ["PUT", BOOKS],
        (
            "the preflight is answered 404 (Server: 'nginx'): what answers there does not have "
            "this policy, which answers each preflight with 204"
        ),
        f"check scheme, host, port and path, or {LET_THROUGH}",
    ),
    "another application, without a preflight": (
        answering("404 NOT FOUND"),
        ["GET", BOOKS],
        (
            "the response 404 (Server: 'nginx') has none of the headers that the policy sets: what "
            "answers there is not this application"
        ),
        "check scheme, host, port and path",
    ),
    "another application, which takes OPTIONS": (
        answering("200 OK", Allow="OPTIONS, PUT"),
        ["PUT", BOOKS],
        (
            "the preflight is answered 200 (Server: 'nginx'): what answers there does not have "
            "this policy, which answers each preflight with 204"
        ),
        f"check scheme, host, port and path, or {LET_THROUGH}",
    ),
    "log-in of a proxy": (
        answering("302 FOUND", Location="https://sso.example.com/login"),
        ["GET", BOOKS],
        (
            "the response 302 (Server: 'nginx') leads to 'https://sso.example.com/login' and has "
            "none of the headers that the policy sets: something in front of it answered, such as "
            "an authenticating proxy"
        ),
        "let it pass the request on to the application",
    ),
    "log-in of a proxy, preflight": (
        answering("302 FOUND", Location="https://sso.example.com/login"),
        ["PUT", BOOKS],
        (
            "the preflight is redirected to 'https://sso.example.com/login', a log-in page, and "
            "browsers never send credentials with a preflight"
        ),
        "let whatever redirects it (proxy, middleware) leave OPTIONS requests alone",
    ),
    "AirPlay": (
        answering("403 FORBIDDEN"),
        ["POST", BOOKS, "--content-type", "application/json"],
        "macOS's AirPlay receiver answered, which listens on the ports 5000 and 7000",
        "run the application on another port, such as 8000, and call that",
    ),
    "AirPlay, outside the rows": (
        answering("403 FORBIDDEN"),
        ["GET", "/outside"],
        "macOS's AirPlay receiver answered, which listens on the ports 5000 and 7000",
        (
            "run the application on another port, such as 8000, and call that; then call it from a "
            "page of the application's own origin, or add the row '/outside/*': "
            f"{{'origins': '{PAGE}'}} to resources"
        ),
    ),
}


@pytest.mark.parametrize("name", IN_FRONT)
def test_something_in_front_that_answers_is_told_from_the_policy(
    app: Flask, serve: Serve, name: str
) -> None:
    middleware, arguments, cause, fix = IN_FRONT[name]
    server = "AirTunes/870.14.1" if "AirPlay" in name else "nginx"
    url = serve(middleware(lambda *_: []), server)
    method, path, *more = arguments
    more = more if "--origin" in more else [*more, "--origin", PAGE]
    verdict = explain(app, method, url + path, *more, "--live")

    assert (verdict["cause"], verdict["fix"]) == (cause, fix)


def test_redirect_to_another_server_is_followed(app: Flask, serve: Serve) -> None:
    target = serve(deployed(resources={"/api/*": {"origins": "*"}}, own={})) + BOOKS
    here = deployed(views={"away": lambda: ("", 302, {"Location": target})})
    verdict = explain(app, "GET", serve(here) + "/api/away", "--origin", PAGE, "--live")

    assert (verdict["verdict"], verdict["status"]) == ("ALLOWED", 200)
    assert verdict["exchanges"][-1]["url"] == target
    assert ["Origin", "null"] in verdict["exchanges"][-1]["headers"]


@pytest.mark.parametrize("origin", [PAGE, EVIL])
def test_method_that_may_change_something_is_announced_and_not_sent(
    app: Flask, serve: Serve, origin: str
) -> None:
    run: list[str] = []

    def act() -> str:
        run.append("view")
        return "done"

    url = serve(deployed(views={"act": act})) + "/api/act"
    verdict = explain(app, "POST", url, "--origin", origin, "--live")
    assert (verdict["verdict"], run) == ("ALLOWED" if origin == PAGE else "BLOCKED", [])
    if origin == PAGE:
        assert verdict["notes"][-1]["text"] == (
            "POST may change something, so it was not sent, and the verdict is that of the "
            "preflight which would announce it; --execute sends it"
        )
    explain(app, "POST", url, "--origin", PAGE, "--live", "--execute")
    assert run == ["view"]


@pytest.mark.parametrize(
    ("origin", "verdict"), [(PAGE, "ALLOWED"), (EVIL, "BLOCKED"), ("itself", "ALLOWED")]
)
def test_websocket_is_announced_and_not_opened(serve: Serve, origin: str, verdict: str) -> None:
    app = deployed(sockets=["/api/socket"])
    server = serve(deployed(sockets=["/api/socket"]))
    origin = server if origin == "itself" else origin
    url = server.replace("http:", "ws:") + "/api/socket"

    assert explain(app, "GET", url, "--origin", origin, "--live")["verdict"] == verdict
    answer = explain(app, "GET", url, "--origin", origin, "--live", "--execute")
    assert answer["code"] == ("WebSocketRefused" if verdict == "ALLOWED" else "RefusedByGuard")


def test_header_that_scripts_cannot_read_there_is_named_for_responses_alone(
    app: Flask, serve: Serve
) -> None:
    url = serve(deployed()) + "/api/file"

    assert codes_of(explain(app, "POST", url, "--origin", PAGE, "--live")) == [LOCAL, "NotExecuted"]
    verdict = explain(app, "GET", url, "--origin", PAGE, "--live")
    assert codes_of(verdict) == [LOCAL, "HeaderNotExposed"]


def test_status_there_is_what_the_page_reads(app: Flask, serve: Serve) -> None:
    url = serve(deployed(views={"books": lambda: abort(503)})) + BOOKS
    verdict = explain(app, "GET", url, "--origin", PAGE, "--live")

    assert (verdict["verdict"], verdict["status"]) == ("ALLOWED", 503)
    assert verdict["view"] == {"endpoint": "books", "runs": None}


@pytest.fixture
def speak() -> Iterator[Callable[[Callable[[socket.socket], object]], str]]:
    """Return the function that lets something speak on a port of its own."""
    servers: list[socket.socket] = []

    def speak(answer: Callable[[socket.socket], object]) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

        def talk(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                answer(connection)

        threading.Thread(target=accept, daemon=True).start()
        return f"127.0.0.1:{server.getsockname()[1]}"

    yield speak
    for server in servers:
        server.close()


def drip(connection: socket.socket) -> None:
    """Send a response that goes on for ever, a byte at a time."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X")
        time.sleep(0.05)


def stream(connection: socket.socket) -> None:
    """Send an event, and never end."""
    connection.recv(65536)
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: " + PAGE.encode() + b"\r\n"
        b"Vary: Origin\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ndata: x\r\n"
    )
    while True:
        connection.sendall(b"7\r\ndata: x\r\n")
        time.sleep(0.05)


def wait(connection: socket.socket) -> None:
    """Send nothing."""
    connection.recv(65536)
    time.sleep(10)


def garbage(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"\x15\x03\x01\x00\x02\x02\x46" * 100)


def close(connection: socket.socket) -> None:
    connection.recv(65536)


def chatter(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000)


Speak = Callable[[Callable[[socket.socket], object]], str]


@pytest.mark.parametrize(
    ("scheme", "answer", "cause"),
    [
        ("http", wait, "no response within 3.0 seconds; a browser would go on waiting"),
        ("http", drip, "no response within 3.0 seconds; a browser would go on waiting"),
        ("http", garbage, "no response: what it sends is not HTTP (BadStatusLine)"),
        ("http", close, "no response: it closes the connection without one"),
        ("http", chatter, "no response: its headers are too long"),
        ("https", garbage, "no response: TLS fails ("),
        ("https", wait, "no response"),
    ],
)
def test_server_that_does_not_speak_is_told_within_seconds(
    app: Flask, speak: Speak, scheme: str, answer: Any, cause: str
) -> None:
    url = f"{scheme}://{speak(answer)}"
    started = time.monotonic()
    verdict = explain(app, "PUT", f"{url}/api/books", "--origin", PAGE, "--live", "--execute")

    assert time.monotonic() - started < MOST
    assert (verdict["verdict"], verdict["code"]) == ("BLOCKED", "InvalidResponse")
    assert verdict["cause"].startswith(f"{url} gives {cause}")
    assert verdict["fix"]


def test_stream_is_read_up_to_its_headers(app: Flask, speak: Speak) -> None:
    started = time.monotonic()
    url = f"http://{speak(stream)}/api/stream"
    verdict = explain(app, "GET", url, "--origin", PAGE, "--live")

    assert time.monotonic() - started < MOST
    assert (verdict["verdict"], verdict["status"]) == ("ALLOWED", 200)


def test_mistyped_path_behind_a_prefix_differs_in_nothing(app: Flask, serve: Serve) -> None:
    url = f"{serve(deployed(prefix_of_proxy))}/shop/api/bookz"
    verdict = explain(app, "GET", url, "--origin", PAGE, "--live")

    assert (verdict["verdict"], verdict["status"], verdict["differences"]) == ("ALLOWED", 404, [])
    assert verdict["notes"][-1]["text"] == (
        "/api/bookz is no route of this application (404); the closest is /shop/api/books"
    )


@pytest.mark.parametrize("execute", [False, True])
def test_websocket_of_middleware_is_told_from_those_that_are_guarded(
    serve: Serve, execute: bool
) -> None:
    here, there = (SocketIO(async_mode="threading", cors_allowed_origins=PAGE) for _ in range(2))
    app, deployment = Setup([]).build(), Setup([]).build()
    here.init_app(app)
    there.init_app(deployment)
    url = serve(deployment).replace("http:", "ws:") + "/socket.io/?EIO=4&transport=websocket"
    options = ["--live", *(["--execute"] if execute else [])]
    allowed = explain(app, "GET", url, "--origin", PAGE, *options)
    refused = explain(app, "GET", url, "--origin", EVIL, *options)

    assert (allowed["verdict"], allowed["view"]["runs"]) == ("ALLOWED", False)
    assert allowed["cause"].startswith(
        f"{PAGE} may open" if execute else f"whether {PAGE} may open"
    )
    assert allowed["differences"] == []
    assert "MiddlewareInFront" in codes_of(allowed)
    assert (refused["code"], refused["cause"]) == (
        "WebSocketRefused",
        (
            "middleware in front of the policy "
            f"{'answers /socket.io/ with 400' if execute else 'refuses /socket.io/'}, such as "
            "Flask-SocketIO; the guard does not see it"
        ),
    )
    assert refused["fix"] == (
        f"let that middleware accept {EVIL} (Flask-SocketIO: cors_allowed_origins)"
    )


def test_websocket_that_is_no_route_here_is_noted(app: Flask, serve: Serve) -> None:
    url = serve(deployed()).replace("http:", "ws:") + "/api/socket"
    verdict = explain(app, "GET", url, "--origin", PAGE, "--live")

    assert verdict["verdict"] == "ALLOWED"
    assert verdict["notes"][-1]["text"] == (
        "/api/socket is no WebSocket route of this application; flask routes lists them"
    )


def test_port_without_a_server(app: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    verdict = explain(app, "GET", f"{url}/x", "--origin", "http://localhost:1", "--live")

    assert verdict["code"] == "InvalidResponse"
    assert verdict["cause"] == f"{url} gives no response: Connection refused"
    assert verdict["view"] == {"endpoint": None, "runs": None}
    assert verdict["fix"] == (
        "start the server, and check scheme, host and port; localhost and 127.0.0.1 may differ"
    )
