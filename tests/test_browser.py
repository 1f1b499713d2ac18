"""What Chromium makes of it: pages of real, different origins call the running project."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import count
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from browser import (
    blank_pages,
    chromium,
    embed,
    fetch,
    handshake,
    read_events,
    sandboxed,
    submit_form,
    wait_until,
)
from http_server import Server, serve
from policies import CREDENTIALS, LOCKED, MIXED, PERMISSIVE, Deployed, Deployment, environ_of_owner

pytest_plugins = ("servers",)

JSON = {"Content-Type": "application/json"}
ADA = '{"name": "Ada"}'
SEND: dict[str, Any] = {"headers": JSON, "body": ADA}
COOKIES: dict[str, Any] = {"credentials": "include"}

GREETINGS = "/api/v1/greetings"
STATUS = "/api/v1/public/status"
CALLS = "/api/extra/calls"

# Pages, whose port is added, and which of them the projects trust.
APP, BELOW, EVIL = "http://app.test", "http://a.b.preview.test", "http://evil.test"
LOCALHOST, LOOPBACK = "http://localhost", "http://127.0.0.1"
ORIGINS = {"CORS_ORIGINS": "http://app.test:{0},http://*.preview.test:{0},http://localhost:*"}

DEPLOYMENTS = {
    "locked-down": Deployment(LOCKED, ORIGINS),
    "credentials": Deployment(LOCKED | CREDENTIALS, ORIGINS),
    "max-age 0": Deployment(LOCKED, ORIGINS | {"CORS_MAX_AGE": "0"}),
    "narrow": Deployment(LOCKED, ORIGINS | {"CORS_METHODS": "GET, PATCH"}),
    "mixed": Deployment(MIXED | CREDENTIALS, ORIGINS),
    "permissive": Deployment(PERMISSIVE, {}),
    "extensions": Deployment(LOCKED, ORIGINS | {"OWNER_EXTENSIONS": "1"}),
}

ApiServer = Callable[[str], Server]
OpenPage = Callable[[str], Page]
BLOCKED = None


class Call(NamedTuple):
    """A fetch: the project, the page, the method, the path, and the status the page can read."""

    project: str
    page: str
    method: str
    path: str
    status: int | None
    init: Mapping[str, Any] = {}


TOKEN = {"headers": {"Authorization": "Bearer x", "X-Request-ID": "mine"}}
OTHER = {"headers": {"X-Other": "1"}}
LOOKALIKE = "http://app.test.evil.test"

CALLS_OF_PAGES = {
    "trusted": Call("locked-down", APP, "GET", GREETINGS, 200),
    "trusted, below a wildcard": Call("locked-down", BELOW, "GET", GREETINGS, 200),
    "trusted, any port": Call("locked-down", LOCALHOST, "GET", GREETINGS, 200),
    "same machine, another name": Call("locked-down", LOOPBACK, "GET", GREETINGS, BLOCKED),
    "untrusted": Call("locked-down", EVIL, "GET", GREETINGS, BLOCKED),
    "look-alike, suffix": Call("locked-down", LOOKALIKE, "GET", GREETINGS, BLOCKED),
    "look-alike, prefix": Call("locked-down", "http://evilapp.test", "GET", GREETINGS, BLOCKED),
    "subdomain of an exact origin": Call(
        "locked-down", "http://evil.app.test", "GET", GREETINGS, BLOCKED
    ),
    "apex of a wildcard": Call("locked-down", "http://preview.test", "GET", GREETINGS, BLOCKED),
    "dot of a wildcard": Call("locked-down", "http://evilpreview.test", "GET", GREETINGS, BLOCKED),
    "POST": Call("locked-down", APP, "POST", GREETINGS, 201, SEND),
    "POST, untrusted": Call("locked-down", EVIL, "POST", GREETINGS, BLOCKED, SEND),
    "PUT": Call("locked-down", APP, "PUT", CALLS, 200),
    "PATCH": Call("locked-down", APP, "PATCH", CALLS, 200),
    "DELETE": Call("locked-down", APP, "DELETE", CALLS, 200),
    "DELETE, untrusted": Call("locked-down", EVIL, "DELETE", CALLS, BLOCKED),
    "method not listed": Call("locked-down", APP, "PROPFIND", CALLS, BLOCKED),
    "method in lower case": Call("narrow", APP, "patch", CALLS, BLOCKED),
    "the same as it is listed": Call("narrow", APP, "PATCH", CALLS, 200),
    "PUT not listed": Call("narrow", APP, "PUT", CALLS, BLOCKED),
    "POST not listed, which is not preflighted": Call("narrow", APP, "POST", CALLS, BLOCKED),
    "headers that are listed": Call("locked-down", APP, "GET", GREETINGS, 200, TOKEN),
    "header not listed": Call("locked-down", APP, "GET", GREETINGS, BLOCKED, OTHER),
    "credentials not granted": Call("locked-down", APP, "GET", GREETINGS, BLOCKED, COOKIES),
    "credentials": Call("credentials", APP, "GET", GREETINGS, 200, COOKIES),
    "credentials, POST": Call("credentials", APP, "POST", GREETINGS, 201, COOKIES | SEND),
    "credentials not sent": Call("credentials", APP, "GET", GREETINGS, 200),
    "credentials, untrusted": Call("credentials", EVIL, "GET", GREETINGS, BLOCKED, COOKIES),
    "mixed, trusted": Call("mixed", APP, "GET", GREETINGS, 200, COOKIES),
    "mixed, untrusted": Call("mixed", EVIL, "GET", GREETINGS, BLOCKED),
    "mixed, public": Call("mixed", EVIL, "GET", STATUS, 200),
    "mixed, public HEAD": Call("mixed", EVIL, "HEAD", STATUS, 200),
    "mixed, public, header not listed": Call("mixed", EVIL, "GET", STATUS, BLOCKED, TOKEN),
    "mixed, public write": Call("mixed", EVIL, "POST", STATUS, BLOCKED, SEND),
    "mixed, public write, trusted, reads the 405": Call("mixed", APP, "PUT", STATUS, 405),
    "mixed, public with credentials": Call("mixed", APP, "GET", STATUS, BLOCKED, COOKIES),
    "permissive": Call("permissive", EVIL, "GET", GREETINGS, 200),
    "permissive, POST": Call("permissive", EVIL, "POST", GREETINGS, 201, SEND),
    "permissive, DELETE": Call("permissive", EVIL, "DELETE", CALLS, 200),
    "permissive, header not listed": Call("permissive", EVIL, "GET", GREETINGS, BLOCKED, OTHER),
    "permissive with credentials": Call("permissive", EVIL, "GET", GREETINGS, BLOCKED, COOKIES),
    "permissive, a probe": Call("permissive", EVIL, "GET", "/healthz", BLOCKED),
    "permissive, /apiary": Call("permissive", EVIL, "GET", "/apiary", BLOCKED),
    "308 is followed": Call("locked-down", APP, "GET", "/api/extra/slash", 200),
    "308 is followed after a preflight": Call(
        "locked-down", APP, "GET", "/api/extra/slash", 200, TOKEN
    ),
    "400 is read": Call("locked-down", APP, "POST", GREETINGS, 400, SEND | {"body": "{"}),
    "401 is read": Call("locked-down", APP, "GET", "/api/before_request/1", 401, TOKEN),
    "404 is read": Call("locked-down", APP, "GET", "/api/nothing", 404),
    "404 is read after a preflight": Call("locked-down", APP, "PUT", "/api/nothing", 404),
    "405 is read": Call("locked-down", APP, "DELETE", GREETINGS, 405),
    "413 is read": Call("locked-down", APP, "POST", GREETINGS, 413, SEND | {"body": "x" * 3000}),
    "415 is read": Call("locked-down", APP, "POST", GREETINGS, 415, {"body": ADA}),
    "422 is read": Call("locked-down", APP, "POST", GREETINGS, 422, SEND | {"body": "[]"}),
    "429 is read": Call("locked-down", APP, "GET", "/api/extra/limited", 429),
    "500 is read": Call("locked-down", APP, "GET", "/api/extra/crash", 500),
    "500 is not read, untrusted": Call("locked-down", EVIL, "GET", "/api/extra/crash", BLOCKED),
    "view open to all": Call("locked-down", EVIL, "GET", f"{GREETINGS}/open", 200),
    "view open to all, DELETE": Call("locked-down", EVIL, "DELETE", f"{GREETINGS}/open", 200),
    "view of a partner's": Call("locked-down", APP, "GET", f"{GREETINGS}/partner", BLOCKED),
    "view that sets CORS headers": Call(
        "locked-down", EVIL, "GET", "/api/extra/own-headers", BLOCKED
    ),
    "MethodView": Call("locked-down", APP, "DELETE", "/api/class", 200),
    "mounted application": Call("locked-down", APP, "PUT", "/api/mounted/hello", 200),
    "mounted application, untrusted": Call(
        "locked-down", EVIL, "PUT", "/api/mounted/hello", BLOCKED
    ),
    "flask-smorest": Call("extensions", APP, "PUT", "/api/smorest/things", 200),
    "flask-smorest, its own error": Call("extensions", APP, "GET", "/api/smorest/things", 404),
    "Flask-RESTX": Call("extensions", APP, "PUT", "/api/restx/things", 200, SEND),
    "Flask-RESTX, its own error": Call("extensions", APP, "GET", "/api/restx/things", 404),
    "Flask-RESTX, untrusted": Call("extensions", EVIL, "PUT", "/api/restx/things", BLOCKED, SEND),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with blank_pages() as port:
        yield port


@pytest.fixture(scope="module")
def open_page(browser: Browser, port: int) -> Iterator[OpenPage]:
    pages: dict[str, Page] = {}

    def open_page(origin: str) -> Page:
        """Return the page of an origin; it stays the same, so it is opened once."""
        if origin not in pages:
            pages[origin] = browser.new_page()
            pages[origin].goto(f"{origin}:{port}/")
        return pages[origin]

    yield open_page
    for page in pages.values():
        page.close()


@pytest.fixture(scope="module")
def api(deployed: Deployed, port: int) -> Iterator[ApiServer]:
    servers: dict[str, Server] = {}

    def api(name: str) -> Server:
        if name not in servers:
            deployment = DEPLOYMENTS[name]
            environ = environ_of_owner(deployment)
            environ = {variable: text.format(port) for variable, text in environ.items()}
            servers[name] = stack.enter_context(serve(deployed(deployment), **environ))
        return servers[name]

    with ExitStack() as stack:
        yield api


_cases = count()


def fresh(path: str) -> str:
    """Make a URL for which no preflight is remembered."""
    return f"{path}?case={next(_cases)}"


def requests(server: Server, method: str, path: str) -> int:
    """Count the requests for a path, which tests/owner_app.py has written down."""
    return server.log.read_text(encoding="utf-8").count(f"asked {method} {path!a}\n")


@pytest.mark.parametrize("call", CALLS_OF_PAGES.values(), ids=CALLS_OF_PAGES.keys())
def test_fetch(call: Call, api: ApiServer, open_page: OpenPage) -> None:
    url = f"http://api.test:{api(call.project).port}{fresh(call.path)}"
    fetched = fetch(open_page(call.page), url, method=call.method, **call.init)
    assert fetched.status == call.status
    if call.status:
        assert fetched.type == "cors"


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("locked-down", GREETINGS, BLOCKED),
        ("credentials", GREETINGS, BLOCKED),
        ("mixed", GREETINGS, BLOCKED),
        ("mixed", STATUS, 200),
        ("permissive", GREETINGS, 200),
    ],
)
def test_sandboxed_frame_of_a_trusted_page(
    name: str, path: str, status: int | None, api: ApiServer, open_page: OpenPage
) -> None:
    frame = sandboxed(open_page(APP))
    assert frame.evaluate("origin") == "null"
    assert fetch(frame, f"http://api.test:{api(name).port}{path}").status == status


def test_exposed_headers_and_no_others_are_readable(api: ApiServer, open_page: OpenPage) -> None:
    url = f"http://api.test:{api('locked-down').port}{GREETINGS}"
    headers = {**JSON, "X-Request-ID": "mine"}
    fetched = fetch(open_page(APP), url, method="POST", headers=headers, body=ADA)
    assert fetched.headers["x-request-id"] == "mine"
    assert fetched.headers["location"] == f"{GREETINGS}?name=Ada"
    assert set(fetched.headers) == {"content-length", "content-type", "location", "x-request-id"}


def test_problems_are_readable(api: ApiServer, open_page: OpenPage) -> None:
    url = f"http://api.test:{api('locked-down').port}{GREETINGS}"
    fetched = fetch(open_page(APP), url, method="POST", headers=JSON, body="[]")
    assert fetched.headers["content-type"] == "application/problem+json"
    assert json.loads(fetched.text)["status"] == 422


def test_cookies_are_sent_with_credentials(api: ApiServer, open_page: OpenPage) -> None:
    url = f"http://localhost:{api('credentials').port}/api/extra/cookie"
    page = open_page(LOCALHOST)
    assert json.loads(fetch(page, url, credentials="include").text) == [None, None]
    assert json.loads(fetch(page, url, credentials="include").text) == ["before", None]
    assert json.loads(fetch(page, url, credentials="omit").text) == [None, None]
    assert fetch(open_page(LOOPBACK), url, credentials="include").status is BLOCKED


# The project, the calls (method and headers) to one URL, and the number of preflights.
PUT: tuple[str, Mapping[str, str]] = ("PUT", {})
OTHERS = [("DELETE", {}), ("PATCH", JSON), ("POST", {"Authorization": "x", "X-Request-ID": "1"})]
PREFLIGHTS: dict[str, tuple[str, list[tuple[str, Mapping[str, str]]], int]] = {
    "one preflight serves two calls": ("locked-down", [PUT, PUT], 1),
    "one preflight serves every method and header": ("locked-down", [PUT, *OTHERS], 1),
    "max-age 0: each call asks again": ("max-age 0", [PUT, PUT], 2),
    "a simple call needs none": ("locked-down", [("GET", {}), ("POST", {})], 0),
}


@pytest.mark.parametrize(
    ("name", "calls", "preflights"), PREFLIGHTS.values(), ids=PREFLIGHTS.keys()
)
def test_preflights(
    name: str,
    calls: list[tuple[str, Mapping[str, str]]],
    preflights: int,
    api: ApiServer,
    open_page: OpenPage,
) -> None:
    path = fresh(CALLS)
    for method, headers in calls:
        body = "{}" if headers == JSON else None
        url = f"http://api.test:{api(name).port}{path}"
        fetched = fetch(open_page(APP), url, method=method, headers=headers, body=body)
        assert fetched.status == 200
    assert requests(api(name), "OPTIONS", path) == preflights


# Browsers send Sec-Fetch-Site to trustworthy addresses alone.
HOSTS = {
    "Sec-Fetch-Site is sent": "localhost",
    "Origin alone is sent": "api.test",
    "same-site sibling": "api.evil.test",
    "a host with an underscore": "my_api.test",
}
KINDS = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS.keys())
@pytest.mark.parametrize("framed", [False, True], ids=["page", "sandboxed frame"])
def test_forms_and_simple_posts_of_another_page_reach_no_view(
    host: str, framed: bool, api: ApiServer, open_page: OpenPage
) -> None:
    server = api("credentials")
    before = server.ask("GET", CALLS).json["calls"]
    page = sandboxed(open_page(EVIL)) if framed else open_page(EVIL)
    for kind in KINDS:
        path = fresh(CALLS)
        submit_form(page, f"http://{host}:{server.port}{path}", kind)
        assert requests(server, "POST", path) == 1
    path = fresh(CALLS)
    fetched = fetch(page, f"http://{host}:{server.port}{path}", method="POST", mode="no-cors")
    assert not fetched.status  # opaque, or blocked
    assert requests(server, "POST", path) == 1
    assert server.ask("GET", CALLS).json["calls"] == before


def test_a_form_of_a_trusted_page_reaches_the_view(api: ApiServer, open_page: OpenPage) -> None:
    server = api("locked-down")
    before = server.ask("GET", CALLS).json["calls"]
    for kind in KINDS:
        submit_form(open_page(APP), f"http://api.test:{server.port}{fresh(CALLS)}", kind)
    assert server.ask("GET", CALLS).json["calls"] == before + len(KINDS)


@pytest.mark.parametrize(("origin", "status"), [(APP, 200), (EVIL, BLOCKED)])
def test_an_upload(origin: str, status: int | None, api: ApiServer, open_page: OpenPage) -> None:
    url = f"http://api.test:{api('locked-down').port}/api/extra/upload"
    fetched = fetch(open_page(origin), url, method="POST", form={"file": "content"})
    assert fetched.status == status
    assert status is None or json.loads(fetched.text)["files"] == {"file": 7}


@pytest.mark.parametrize(("origin", "events"), [(APP, ["0", "1", "2"]), (EVIL, [])])
def test_an_event_stream(
    origin: str, events: list[str], api: ApiServer, open_page: OpenPage
) -> None:
    url = f"http://api.test:{api('locked-down').port}/api/extra/events"
    assert read_events(open_page(origin), url, number=3) == events


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("api.test", APP, 400),
        ("api.test", EVIL, 403),
        ("api.evil.test", EVIL, 403),
        ("localhost", EVIL, 403),
    ],
)
def test_a_websocket(
    host: str, origin: str, status: int, api: ApiServer, open_page: OpenPage
) -> None:
    """The handshake of a trusted page reaches the router, which has no WebSocket at that path."""
    server = api("locked-down")
    assert handshake(open_page(origin), f"ws://{host}:{server.port}{CALLS}") == status


def test_an_html_page_runs_its_script(api: ApiServer, browser: Browser) -> None:
    with browser.new_page() as page:
        page.goto(f"http://api.test:{api('locked-down').port}/api/extra/page")
        assert page.locator("#text").inner_text() == "after"


def test_the_api_s_own_page_may_write(api: ApiServer, browser: Browser) -> None:
    server = api("locked-down")
    for host in ("127.0.0.1", "api.test", "my_api.test"):
        with browser.new_page() as page:
            page.goto(f"http://{host}:{server.port}/api/extra/page")
            fetched = fetch(page, CALLS, method="DELETE")
            assert (fetched.status, fetched.type) == (200, "basic")


def test_an_image_can_be_embedded(api: ApiServer, open_page: OpenPage) -> None:
    url = f"http://api.test:{api('locked-down').port}/api/extra/image"
    assert embed(open_page(APP), "img", url)


def test_json_is_neither_run_nor_framed(api: ApiServer, browser: Browser, port: int) -> None:
    url = f"http://api.test:{api('permissive').port}{GREETINGS}"
    with browser.new_page() as page:
        page.goto(f"{EVIL}:{port}")
        assert not embed(page, "script", url)
        embed(page, "iframe", url)
        wait_until(page, lambda: bool(page.frames[-1].url))  # it may come after the event
        assert page.frames[-1].url == "chrome-error://chromewebdata/"


def test_json_that_is_opened_itself_loads_nothing(api: ApiServer, browser: Browser) -> None:
    with browser.new_page() as page:
        page.goto(f"http://api.test:{api('locked-down').port}{GREETINGS}")
        assert page.evaluate(f"fetch('{GREETINGS}').then(() => 1, () => 0)") == 0
