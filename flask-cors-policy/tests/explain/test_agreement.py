"""`flask cors explain` tells what a real browser does, for each request of a generated table."""

import base64
import hashlib
import json
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, abort, redirect, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from explain import chromium
from explain.calls import METHODS as ROUTE_METHODS
from explain.calls import Middleware, Wsgi, answering
from flask_cors_policy import CORS, Variable, cross_origin

NUMBER = 230  # requests for each application; all would take hours

# Anyone can draw the table of a day again: AGREEMENT_SEED=2026-11-22 pytest ...
TODAY = os.environ.get("AGREEMENT_SEED") or datetime.now(UTC).date().isoformat()
SEEDS = ["the same", TODAY] if os.environ.get("CI") else ["the same"]

TRUSTED = "https://app.example.com"
EVIL = "https://evil.example"
ENVIRON = {"CORS_ORIGINS": f"{TRUSTED},https://*.preview.example.com,http://localhost:3000"}
LISTED = {"origins": Variable("CORS_ORIGINS")}

# What stands twice is drawn twice as often: most of the rest is blocked.
ORIGINS = (
    TRUSTED,
    TRUSTED,
    "http://localhost:3000",
    "http://localhost:3000",
    "https://pr-7.preview.example.com",
    "https://preview.example.com",
    "http://app.example.com",
    "http://localhost:3001",
    "http://127.0.0.1:3000",
    EVIL,
    "null",
    "itself",  # a page of the application
)
SERVERS = (
    "http://127.0.0.1:{plain}",
    "http://127.0.0.1:{plain}",
    "http://localhost:{plain}",
    "http://api.example.com:{plain}",
    "https://api.example.com:{tls}",
    "http://stranger.example:{plain}",
)
METHODS = ("GET", "GET", "HEAD", "POST", "PUT", "PATCH", "patch", "delete", "OPTIONS", "PROPFIND")
PATHS = (
    "/api/books",
    "/api/books",
    "/api/public/books",
    "/api/slash",
    "/api//books",
    "//api/books",
    "/api/none",
    "/api/x/../books",
    "/apiary",
    "/outside",
    "/api/crash",
    "/api/private",
    "/api/stream",
    "/api/upload",
    "/api/moved",
    "/api/away",
    "/api/downgraded",
    "/api/upgraded",
    "/api/secret",
    "/api/elsewhere",
    "/api/me",
    "/api/own",
    "/api/own",
    "ws/api/socket",
    "ws/api/socket",
    "ws/api/socket/own",
    "ws/api/books",
    "ws/outside/socket",
)
# The views of this test change nothing. Those that redirect have to be called.
REDIRECTING = ("moved", "away", "downgraded", "upgraded", "secret", "elsewhere", "me")
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {},
    {"Content-Type": "application/json"},
    {"Content-Type": "text/plain"},
    {"Content-Type": "text/plain; charset=(x)"},
    {"Authorization": "Bearer x"},
    {"Authorization": "Basic eDp5"},
    {"X-Custom": "x", "X-Request-ID": "y"},
    {"Accept": "x" * 129, "Accept-Language": "en-GB, en;q=0.5"},
    {"Accept-Language": "en@x"},
    {"Range": "bytes=0-9", "Content-Language": "en"},
    {"Range": "bytes=-9"},
    {"Access-Control-Allow-Origin": "*"},
)
# A body in the browser, and its type unless the page names another.
BODIES: tuple[tuple[str | None, str | None], ...] = (
    (None, None),
    ("{}", "text/plain;charset=UTF-8"),
    ("x" * 2000, "text/plain;charset=UTF-8"),
    ("form", "multipart/form-data; boundary=x"),
    ("image", "image/png"),
    ("query", "application/x-www-form-urlencoded;charset=UTF-8"),
    ("bytes", None),
)

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
ALLOW_CREDENTIALS = "Access-Control-Allow-Credentials"
ALLOW_METHODS = "Access-Control-Allow-Methods"
ALLOW_HEADERS = "Access-Control-Allow-Headers"
CHANGES: dict[str, dict[str, str | None]] = {
    "fine": {},
    "empty": {ALLOW_ORIGIN: ""},
    "null": {ALLOW_ORIGIN: "null"},
    "nonsense": {ALLOW_ORIGIN: "nonsense"},
    "other": {ALLOW_ORIGIN: "https://other.example"},
    "credentials": {ALLOW_CREDENTIALS: "True"},
    "methods": {ALLOW_METHODS: "GET PUT"},
    "headers": {ALLOW_HEADERS: "x-custom;x-more"},
    "wild": {ALLOW_METHODS: "*", ALLOW_HEADERS: "*"},
    "stripped": {ALLOW_METHODS: None, ALLOW_HEADERS: None},
}
STATUSES = {
    "refused": "401 UNAUTHORIZED",
    "unmodified": "304 NOT MODIFIED",
    "redirected": "307 TEMPORARY REDIRECT",
}
BROKEN = (*CHANGES, *STATUSES, "twice", "crashed")

# Where Chrome has no CORS error to tell, it tells this instead.
OTHERWISE = {
    "MixedContent": {"mixed-content", "net::ERR_ABORTED", "not told"},
    "TooManyRedirects": {"net::ERR_TOO_MANY_REDIRECTS"},
    "CorsDisabledScheme": {"CorsDisabledScheme", "net::ERR_UNKNOWN_URL_SCHEME"},
    "WebSocketRefused": {"not told"},
    "RefusedByGuard": {"not told"},
    "UnsafePort": {"net::ERR_UNSAFE_PORT"},
}

# Addresses and headers that are too special to be drawn.
CORNERS: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (
    ("http://127.0.0.1:{port}/api/books?next=https://app.example.com/", ()),
    ("http://127.1:{port}/api/books", ()),
    ("http://localhost.:{port}/api/books", ()),
    ("http://127.0.0.1:6000/api/books", ()),
    ("http://127.0.0.1:0/api/books", ()),
    ("http://127.0.0.1:{port}/api/nowhere", ()),
    ("http://127.0.0.1:{port}/api/books", [("Accept-Language", "a" * 63)] * 2),
    ("http://127.0.0.1:{port}/api/books", [("Accept-Language", "a" * 64)] * 2),
    ("http://127.0.0.1:{port}/api/books", [("Range", "bytes=0-5")] * 2),
)


@dataclass(frozen=True)
class World:
    """An application, where it is served, and what pages ask of it."""

    resources: dict[str, Any] = field(default_factory=lambda: {"/api/*": LISTED})
    environ: dict[str, str] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=lambda: {"origins": EVIL})
    around: Sequence[Middleware] = ()
    options: dict[str, Any] = field(default_factory=dict)  # of Flask
    origins: Sequence[str] = ORIGINS
    servers: Sequence[str] = SERVERS
    paths: Sequence[str] = PATHS
    page: str = "/page"
    broken: bool = False


PUBLIC = {"origins": "*", "for_methods": "GET,HEAD", "allow_headers": "Content-Type"}


def mounted(inner: Wsgi) -> Wsgi:
    return DispatcherMiddleware(answering("404 NOT FOUND")(inner), {"/shop": inner})


def break_responses(inner: Wsgi) -> Wsgi:
    """Do to responses what proxies and middleware do, as the query says."""

    def broken(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        how = environ["QUERY_STRING"].partition("break=")[2].partition("&")[0]
        if how == "crashed":
            raise RuntimeError("in the middleware")
        if environ["REQUEST_METHOD"] == "OPTIONS" and how in STATUSES:
            origin = environ.get("HTTP_ORIGIN", "")
            granted = [(ALLOW_ORIGIN, origin), ("Location", "/api/books")]
            start_response(STATUSES[how], [*granted, (ALLOW_CREDENTIALS, "true")])
            return []

        def start(status: str, fields: list[tuple[str, str]], *rest: Any) -> Any:
            origin = dict(fields).get(ALLOW_ORIGIN, "")
            changes = {ALLOW_ORIGIN: f"*, {origin}"} if how == "twice" else CHANGES.get(how, {})
            both = {**dict[str, str | None](fields), **changes}
            kept = [(name, value) for name, value in both.items() if value is not None]
            return start_response(status, kept, *rest)

        return inner(environ, start)

    return broken


WORLDS = {
    "list": World(),
    "list with credentials": World(
        environ={
            "CORS_SUPPORTS_CREDENTIALS": "true",
            "CORS_METHODS": "HEAD,PUT,PATCH",
            "CORS_ALLOW_HEADERS": "none",
        },
        own={"origins": (TRUSTED, EVIL), "methods": "GET,POST", "allow_headers": "X-Custom"},
    ),
    "list and public reads": World(
        {"/api/*": LISTED, "/api/public/*": PUBLIC},
        {"CORS_METHODS": "GET,POST,PROPFIND"},
    ),
    "list and public reads, with credentials": World(
        {"/api/*": LISTED, "/api/public/*": PUBLIC | {"origins": EVIL}},
        {"CORS_SUPPORTS_CREDENTIALS": "true", "CORS_ALLOW_HEADERS": "X-Custom, Content-Type"},
        own={"supports_credentials": False},
    ),
    "open": World({"/api/*": {"origins": "*"}, "/outside/*": {"origins": TRUSTED}}),
    "all paths": World(
        {"/*": LISTED}, {"CORS_ALLOW_HEADERS": "Content-Type,X-Custom,X-Request-ID"}
    ),
    "mounted": World(
        around=[lambda inner: ProxyFix(inner, x_prefix=1), mounted],
        paths=[
            *(
                path.replace("ws/", "ws/shop/") if "ws" in path else f"/shop{path}"
                for path in PATHS
            ),
            "/api/books",
            "/shop",
            "/shopping/api/books",
        ],
        page="/shop/page",
    ),
    "hosts": World(
        options={"subdomain_matching": True},
        servers=(
            "http://api.example.com:{plain}",
            "http://api.example.com:{plain}",
            "http://acme.example.com:{plain}",
            "http://example.com:{plain}",
            "http://127.0.0.1:{plain}",
        ),
    ),
    "broken on the way": World(
        environ={"CORS_SUPPORTS_CREDENTIALS": "true"},
        around=[break_responses],
        origins=ORIGINS[1:5],
        servers=SERVERS[1:2],
        paths=["/api/books"],
        broken=True,
    ),
}


def shake_hands() -> Response:
    """Open a WebSocket by hand (RFC 6455, section 4.2.2)."""
    key = request.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()  # noqa: S324
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Accept: {accept}", "", ""]
    connection = request.environ["werkzeug.socket"]
    connection.sendall("\r\n".join(lines).encode())
    return Response()


def stream() -> Response:
    def events() -> Iterator[str]:
        while True:
            yield "data: x\n\n"
            time.sleep(0.05)

    return Response(events(), mimetype="text/event-stream")


def build(world: World) -> Flask:
    """Build an application whose views fail in every way."""
    app = Flask("agreement", static_folder=None, **world.options)
    hosts = ["127.0.0.1", "localhost", ".example.com"]
    app.config |= {"MAX_CONTENT_LENGTH": 1000, "TRUSTED_HOSTS": hosts}
    place: dict[str, Any] = {"subdomain": "api"} if world.options else {}

    def elsewhere(scheme: str, port: str) -> Any:
        host = request.host.partition(":")[0]
        return redirect(f"{scheme}://{host}:{app.config[port]}/api/books", 307)

    views: dict[str, Callable[[], Any]] = {
        "books": lambda: str(len(request.get_data())),
        "public/books": lambda: "public",
        "slash/": lambda: "slash",
        "crash": lambda: 1 / 0,
        "private": lambda: abort(401),
        "stream": stream,
        "upload": lambda: str(len(request.files)),
        "moved": lambda: redirect(f"{request.script_root}/api/books", 307),
        "away": lambda: redirect("http://elsewhere.example/"),
        "downgraded": lambda: elsewhere("http", "PLAIN"),
        "upgraded": lambda: elsewhere("https", "TLS"),
        "secret": lambda: redirect("http://u:p@127.0.0.1:1/api/books", 303),
        "elsewhere": lambda: redirect("mailto:a@example.com"),
        "me": lambda: redirect(f"{request.script_root}/login?next=x"),
        "nowhere": lambda: ("", 302, {"Location": ""}),
        "own": cross_origin(**world.own)(lambda: request.get_data() or "own"),
    }
    for name, view in views.items():
        app.add_url_rule(f"/api/{name}", name, view, methods=ROUTE_METHODS, **place)
    if world.options:
        app.add_url_rule("/api/books", "tenant", lambda tenant: tenant, subdomain="<tenant>")
    for path in ("/api/socket", "/outside/socket"):
        app.add_url_rule(path, path, shake_hands, websocket=True, **place)
    own_socket = cross_origin(**world.own)(shake_hands)
    app.add_url_rule("/api/socket/own", "own socket", own_socket, websocket=True, **place)
    for path in ("/outside", "/apiary", "/login"):
        app.add_url_rule(path, path, lambda: "x", methods=ROUTE_METHODS)
    app.add_url_rule("/page", "page", lambda: "<!doctype html><p>x")
    CORS(resources=world.resources).init_app(app, ENVIRON | world.environ)
    for middleware in world.around:
        app.wsgi_app = middleware(app.wsgi_app)  # type: ignore[assignment,method-assign]
    return app


def draw(world: World, seed: str) -> Iterator[dict[str, Any]]:
    """Draw requests from all that there could be, the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311
    for count in range(NUMBER * 2 if world.broken else NUMBER):
        path, method = dice.choice(world.paths), dice.choice(METHODS)
        socket = path.startswith("ws")
        how = f"break={dice.choice(BROKEN)}&" if world.broken else ""
        yield {
            "number": count,
            "origin": dice.choice(world.origins),
            "server": dice.choice(world.servers),
            "method": "GET" if socket else method,
            "path": f"{path.removeprefix('ws')}?{how}n={count}",
            "socket": socket,
            "headers": [] if socket else list(dice.choice(HEADERS).items()),
            "body": (None, None) if socket or method in ("GET", "HEAD") else dice.choice(BODIES),
            "credentials": not socket and dice.random() < 0.5,
            "execute": world.broken or path.endswith(REDIRECTING) or dice.random() < 0.5,
        }


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium.running(tmp_path_factory.mktemp("pages")) as browser:
        yield browser


@pytest.mark.filterwarnings("ignore:Current server name")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", WORLDS)
def test_explain_tells_what_the_browser_does(
    name: str, seed: str, browser: Any, tmp_path: Path
) -> None:
    world = WORLDS[name]
    app = build(world)
    requests = list(draw(world, f"{name} {seed}"))
    with ExitStack() as stack:
        tls = chromium.certificate(tmp_path)
        ports = {
            "plain": chromium.serve_app(stack, app, None),
            "tls": chromium.serve_app(stack, app, tls),
        }
        app.config |= {"PLAIN": ports["plain"], "TLS": ports["tls"]}
        if world.options:
            app.config["SERVER_NAME"] = f"example.com:{ports['plain']}"
        for one in requests:
            one["server"] = one["server"].format(**ports)
            one["url"] = one["server"] + one["path"]
            if one["socket"]:
                one["url"] = one["url"].replace("http", "ws", 1)
        seen = perform(chromium.Tab(browser), requests, world.page)
    wrong = disagreements(app, requests, seen)
    assert not wrong, "\n".join([f"{len(wrong)} of {len(requests)}, seed {seed!r}", *wrong])


def test_explain_tells_what_the_browser_does_in_corners(browser: Any) -> None:
    app = build(WORLDS["list"])
    # That host is none of the others', and a browser asks for it all the same.
    app.config["TRUSTED_HOSTS"] = [*app.config["TRUSTED_HOSTS"], "localhost."]
    usual: dict[str, Any] = {
        "origin": "http://localhost:3000",
        "method": "GET",
        "body": (None, None),
    }
    usual |= {"credentials": False, "execute": False, "socket": False, "server": ""}
    with ExitStack() as stack:
        port = chromium.serve_app(stack, app, None)
        requests: list[dict[str, Any]] = []
        for number, (address, headers) in enumerate(CORNERS):
            url = f"{address.format(port=port)}{'&' if '?' in address else '?'}n={number}"
            requests.append({**usual, "number": number, "url": url, "headers": list(headers)})
        seen = perform(chromium.Tab(browser), requests, "/page")
    wrong = disagreements(app, requests, seen)
    assert not wrong, "\n".join(wrong)


def test_table_has_enough_requests_of_each_kind() -> None:
    requests = [one for name in WORLDS for one in draw(WORLDS[name], f"{name} {SEEDS[0]}")]

    assert len(requests) >= 2000
    for kind in ("socket", "/api/stream", "/api/upload", "/api/own", "/shop/api", "break="):
        assert (
            sum(one["socket"] if kind == "socket" else kind in one["path"] for one in requests) > 20
        )
    assert sum("acme." in one["server"] for one in requests) > 20


def perform(
    tab: chromium.Tab, requests: list[dict[str, Any]], own_page: str
) -> dict[int, tuple[str, int | None]]:
    """Let the browser send them, from one page after the other."""
    pages: dict[str, list[dict[str, Any]]] = {}
    for one in requests:
        special = {"itself": f"{one['server']}{own_page}", "null": "http://localhost:3000/sandbox"}
        page = special.get(one["origin"], f"{one['origin']}/")
        options = {"method": one["method"], "headers": one["headers"]}
        options["credentials"] = "include" if one["credentials"] else "omit"
        if one["body"][0] is not None:
            options["body"] = one["body"][0]
        pages.setdefault(page, []).append(
            {"number": one["number"], "url": one["url"], "options": options}
        )
    seen: dict[int, tuple[str, int | None]] = {}
    for page, theirs in pages.items():
        seen |= tab.perform(page, theirs)
    return seen


def explained(app: Flask, one: dict[str, Any]) -> tuple[str, int | None]:
    """Ask the command; return ALLOWED or the code, and the status that the page reads."""
    origin = one["server"] if one["origin"] == "itself" else one["origin"]
    arguments = ["cors", "explain", one["method"], one["url"], "--origin", origin, "--json"]
    for name, value in one["headers"]:
        arguments += ["--header", f"{name}: {value}"]
    body, kind = one["body"]
    if body is not None:
        arguments += ["--data", body]
        if "Content-Type" not in dict(one["headers"]) and kind is not None:
            arguments += ["--content-type", kind]
    arguments += ["--credentials"] if one["credentials"] else []
    arguments += ["--execute"] if one["execute"] and not one["socket"] else []
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code in (0, 1), (arguments, result.output)
    assert result.stdout, (arguments, result.exception)
    verdict = json.loads(result.stdout)
    assert (result.exit_code == 0) is (verdict["verdict"] == "ALLOWED")
    return verdict["code"] or "ALLOWED", verdict["status"]


def disagreements(
    app: Flask, requests: list[dict[str, Any]], seen: dict[int, tuple[str, int | None]]
) -> list[str]:
    """Return a line for each request of which the command tells something else."""
    told = {one["number"]: explained(app, one) for one in requests}
    return [
        f"browser: {seen[one['number']]}, explain: {told[one['number']]}, {one}"
        for one in requests
        if not agree(seen[one["number"]], told[one["number"]])
    ]


def agree(seen: tuple[str, int | None], told: tuple[str, int | None]) -> bool:
    """Whether the browser ends as it was told, and the page reads the status that was told."""
    same = seen[0] == told[0] or seen[0] in OTHERWISE.get(told[0], ())
    return same and (told[1] is None or told[1] == seen[1])
