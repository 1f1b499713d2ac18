"""`flask cors explain` says what a real browser does: each request of a generated table."""

import importlib
import json
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

import chromium
from conftest import Bake

NUMBER = 200  # requests for each project, and more where they are broken; all would take hours

TRUSTED = "https://app.example.com"
ENVIRON = {
    "CORS_ORIGINS": f"{TRUSTED},https://*.preview.example.com,http://localhost:3000",
    "MAX_CONTENT_LENGTH": "100",
    "TRUSTED_HOSTS": "127.0.0.1,localhost,api.example.com",
}
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
    "https://evil.example",
    "null",
    "itself",  # a page of the API
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
    "/api/v1/greetings",
    "/api/v1/greetings",
    "/api/v1/public/status",
    "/api/v1/greetings/",
    "/api//v1/greetings",
    "//api/v1/greetings",
    "/api/v1/none",
    "/api/x/../v1/greetings",
    "/apiary",
    "/healthz",
    "/api/crash",
    "/api/private",
    "/api/moved",
    "/api/away",
    "/api/downgraded",
    "/api/upgraded",
    "/api/secret",
    "/api/elsewhere",
    "/api/own",
)
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {},
    {"Content-Type": "application/json"},
    {"Content-Type": "text/plain"},
    {"Content-Type": "text/plain; charset=(x)"},
    {"Authorization": "Bearer x"},
    {"X-Custom": "x", "X-Request-ID": "y"},
    {"Accept": "x" * 129, "Accept-Language": "en-GB, en;q=0.5"},
    {"Accept-Language": "en@x"},
    {"Range": "bytes=0-9", "Content-Language": "en"},
    {"Range": "bytes=-9"},
    {"Access-Control-Allow-Origin": "*"},
)
REDIRECTING = (
    "/api/moved",
    "/api/away",
    "/api/downgraded",
    "/api/upgraded",
    "/api/secret",
    "/api/elsewhere",
)
BODIES = (None, "{}", "x" * 200)
CREDENTIALS = (False, True)

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
ALLOW_CREDENTIALS = "Access-Control-Allow-Credentials"
ALLOW_METHODS = "Access-Control-Allow-Methods"
ALLOW_HEADERS = "Access-Control-Allow-Headers"
BROKEN = (
    "fine",
    "twice",
    "empty",
    "null",
    "nonsense",
    "other",
    "credentials",
    "methods",
    "headers",
    "wild",
    "stripped",
    "refused",
    "unmodified",
    "redirected",
    "crashed",
)

STATUSES = {
    "refused": "401 Unauthorized",
    "unmodified": "304 Not Modified",
    "redirected": "307 Temporary Redirect",
}

# Where Chrome has no CORS error to tell, it says this instead.
OTHERWISE = {
    "MixedContent": {"mixed-content", "net::ERR_ABORTED"},
    "TooManyRedirects": {"net::ERR_TOO_MANY_REDIRECTS"},
    "CorsDisabledScheme": {"CorsDisabledScheme", "net::ERR_UNKNOWN_URL_SCHEME"},
}

PROJECTS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "locked-down": ({}, {}),
    "locked-down with credentials": (
        {"cors_supports_credentials": True},
        {"CORS_METHODS": "HEAD,PUT,PATCH", "CORS_ALLOW_HEADERS": "none"},
    ),
    "mixed": ({"cors_policy": "mixed"}, {"CORS_METHODS": "GET,POST,PROPFIND"}),
    "mixed with credentials": (
        {"cors_policy": "mixed", "cors_supports_credentials": True},
        {"CORS_PUBLIC_ORIGINS": "https://evil.example", "CORS_ALLOW_HEADERS": "X-Custom"},
    ),
    "permissive": ({"cors_policy": "permissive"}, {"CORS_ORIGINS": "*"}),
    "broken on the way": ({"cors_supports_credentials": True}, {}),
}


def break_answers(wsgi_app: Any) -> Any:
    """Do to answers what proxies and middleware do, as the query says."""

    def broken(environ: dict[str, Any], start_response: Any) -> Any:
        how = environ["QUERY_STRING"].partition("break=")[2].partition("&")[0]
        preflight = environ["REQUEST_METHOD"] == "OPTIONS"
        if how == "crashed":
            raise RuntimeError("in the middleware")
        if preflight and how in STATUSES:
            origin = environ.get("HTTP_ORIGIN", "")
            granted = [("Access-Control-Allow-Origin", origin), ("Location", "/api/v1/greetings")]
            granted.append(("Access-Control-Allow-Credentials", "true"))
            start_response(STATUSES[how], granted)
            return []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, changed(how, headers), *rest)

        return wsgi_app(environ, start)

    return broken


def changed(how: str, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    origin = dict(headers).get(ALLOW_ORIGIN, "")
    changes: dict[str, dict[str, str | None]] = {
        "twice": {ALLOW_ORIGIN: f"*, {origin}"},
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
    both = {**dict[str, str | None](headers), **changes.get(how, {})}
    return [(name, value) for name, value in both.items() if value is not None]


def build(path: Path, package: str, environ: dict[str, str], *, broken: bool) -> Any:
    """Import a generated project, and give it views that fail in every way."""
    sys.path.insert(0, str(path))
    try:
        module = importlib.import_module(package)
    finally:
        sys.path.remove(str(path))
    app = module.create_app(module.Settings.from_env(environ))
    flask, methods = importlib.import_module("flask"), ["GET", "POST", "PUT", "PATCH", "DELETE"]

    def at(scheme: str, port: str) -> str:
        host = flask.request.host.partition(":")[0]
        return f"{scheme}://{host}:{app.config[port]}/api/v1/greetings"

    def view(name: str, answer: Any) -> None:
        app.add_url_rule(f"/api/{name}", name, answer, methods=methods)

    view("crash", lambda: 1 / 0)
    view("private", lambda: flask.abort(401))
    view("moved", lambda: flask.redirect("/api/v1/greetings", 307))
    view("away", lambda: flask.redirect("http://elsewhere.example/"))
    view("downgraded", lambda: flask.redirect(at("http", "PLAIN"), 308))
    view("upgraded", lambda: flask.redirect(at("https", "TLS"), 307))
    view("secret", lambda: flask.redirect("http://u:p@127.0.0.1:1/api/v1/greetings", 303))
    view("elsewhere", lambda: flask.redirect("mailto:a@example.com"))
    view("own", lambda: flask.request.get_data() or "own")
    if broken:
        app.wsgi_app = break_answers(app.wsgi_app)
    return app


def table(seed: str, *, broken: bool) -> Iterator[dict[str, Any]]:
    """Draw requests from all that there could be, the same in every run."""
    dice = random.Random(seed)  # noqa: S311
    columns: tuple[Sequence[Any], ...] = (
        ORIGINS,
        SERVERS,
        METHODS,
        PATHS,
        HEADERS,
        BODIES,
        CREDENTIALS,
    )
    if broken:
        columns = (ORIGINS[1:5], SERVERS[1:2], METHODS, PATHS[:1], HEADERS, BODIES[:2], CREDENTIALS)
    everything = list(product(*columns))
    for number, row in enumerate(dice.sample(everything, NUMBER * 3 if broken else NUMBER)):
        origin, server, method, path, headers, body, credentials = row
        query = f"break={dice.choice(BROKEN)}&" if broken else ""
        yield {
            "number": number,
            "origin": origin,
            "server": server,
            "method": method,
            "path": f"{path}?{query}n={number}",
            "headers": headers,
            "body": None if method in ("GET", "HEAD") else body,
            "credentials": credentials,
            # The views of this test change nothing. Those that redirect have to be asked.
            "execute": broken or path in REDIRECTING or dice.random() < 0.5,
        }


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium.running(tmp_path_factory.mktemp("pages")) as browser:
        yield browser


@pytest.mark.parametrize("name", PROJECTS)
def test_explain_says_what_the_browser_does(
    name: str, browser: Browser, bake: Bake, tmp_path: Path
) -> None:
    answers, environ = PROJECTS[name]
    broken = name.startswith("broken")
    package = "explained_" + name.replace(" ", "_").replace("-", "_")
    project = bake(**answers, project_slug="explained", package_name=package)
    app = build(project.src, package, ENVIRON | environ, broken=broken)
    requests = list(table(name, broken=broken))
    with ExitStack() as stack:
        tls = chromium.certificate(tmp_path)
        ports = {
            "plain": chromium.serve_app(stack, app, None),
            "tls": chromium.serve_app(stack, app, tls),
        }
        app.config.update(PLAIN=ports["plain"], TLS=ports["tls"])
        for it in requests:
            it["server"] = it["server"].format(**ports)
            it["url"] = it["server"] + it["path"]
        seen = perform(chromium.Tab(browser), requests)
    said = {it["number"]: explained(app, it) for it in requests}
    wrong = [
        f"browser: {seen[it['number']]}, explain: {said[it['number']]}, {it}"
        for it in requests
        if not agree(seen[it["number"]], said[it["number"]])
    ]
    assert not wrong, "\n".join([f"{len(wrong)} of {len(requests)}", *wrong])


def perform(tab: chromium.Tab, requests: list[dict[str, Any]]) -> dict[int, str]:
    """Let the browser do it, from one page after the other."""
    pages: dict[str, list[dict[str, Any]]] = {}
    for it in requests:
        own = {"itself": f"{it['server']}/healthz", "null": "http://localhost:3000/sandbox"}
        page = own.get(it["origin"], f"{it['origin']}/")
        options = {"method": it["method"], "headers": it["headers"]}
        options["credentials"] = "include" if it["credentials"] else "omit"
        if it["body"] is not None:
            options["body"] = it["body"]
        pages.setdefault(page, []).append(
            {"number": it["number"], "url": it["url"], "options": options}
        )
    seen: dict[int, str] = {}
    for page, theirs in pages.items():
        seen |= tab.perform(page, theirs)
    return seen


def explained(app: Any, it: dict[str, Any]) -> str:
    """Ask the command."""
    origin = it["server"] if it["origin"] == "itself" else it["origin"]
    words = ["cors", "explain", it["method"], it["url"], "--origin", origin, "--json"]
    for name, value in it["headers"].items():
        words += ["--header", f"{name}: {value}"]
    if it["body"] is not None:
        words += ["--data", it["body"]]
    words += ["--credentials"] * it["credentials"] + ["--execute"] * it["execute"]
    result = app.test_cli_runner().invoke(args=words)
    assert result.exit_code in (0, 1), (words, result.output)
    answer = json.loads(result.stdout)
    assert (result.exit_code == 0) is (answer["verdict"] == "ALLOWED")
    return str(answer["code"] or "ALLOWED")


def agree(seen: str, said: str) -> bool:
    return seen == said or seen in OTHERWISE.get(said, ())
