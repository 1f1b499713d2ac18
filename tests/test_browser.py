"""What a browser makes of it: pages of real, different origins ask the running project."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import count

import pytest
from playwright.sync_api import Browser, Page

from browser import blank_pages, chromium, fetch, sandboxed, submit_form
from conftest import Bake
from http_server import Server
from policies import CREDENTIALS, LOCKED, MIXED, PERMISSIVE, Deployment, start

JSON = {"Content-Type": "application/json"}
ADA = '{"name": "Ada"}'

GREETINGS = "/api/v1/greetings"
STATUS = "/api/v1/public/status"
CALLS = "/api/extra/calls"

# Pages, whose port is added, and what the projects trust of them.
APP, BELOW, EVIL = "http://app.test", "http://a.b.preview.test", "http://evil.test"
LOCALHOST, LOOPBACK = "http://localhost", "http://127.0.0.1"
ORIGINS = "http://app.test:{0},http://*.preview.test:{0},http://localhost:*"

DEPLOYMENTS = {
    "locked-down": Deployment(LOCKED, {"CORS_ORIGINS": ORIGINS}),
    "with credentials": Deployment(LOCKED | CREDENTIALS, {"CORS_ORIGINS": ORIGINS}),
    "max-age 0": Deployment(LOCKED, {"CORS_ORIGINS": ORIGINS, "CORS_MAX_AGE": "0"}),
    "narrow": Deployment(LOCKED, {"CORS_ORIGINS": ORIGINS, "CORS_METHODS": "GET, PATCH"}),
    "mixed": Deployment(MIXED | CREDENTIALS, {"CORS_ORIGINS": ORIGINS}),
    "permissive": Deployment(PERMISSIVE, {}),
}

ApiServer = Callable[[str], Server]
OpenPage = Callable[[str], Page]
BLOCKED = None

# What it is: the project, the page, the method, the path, more of the request, and the status
# that the page gets to read.
FETCHES: dict[str, tuple[str, str, str, str, Mapping[str, object], int | None]] = {
    "locked-down: a trusted page reads": ("locked-down", APP, "GET", GREETINGS, {}, 200),
    "locked-down: a page below a wildcard reads": (
        "locked-down",
        BELOW,
        "GET",
        GREETINGS,
        {},
        200,
    ),
    "locked-down: a page of any port reads": (
        "locked-down",
        LOCALHOST,
        "GET",
        GREETINGS,
        {},
        200,
    ),
    "locked-down: the same machine by another name": (
        "locked-down",
        LOOPBACK,
        "GET",
        GREETINGS,
        {},
        BLOCKED,
    ),
    "locked-down: another page reads": ("locked-down", EVIL, "GET", GREETINGS, {}, BLOCKED),
    "locked-down: suffix attached": (
        "locked-down",
        "http://app.test.evil.test",
        "GET",
        GREETINGS,
        {},
        BLOCKED,
    ),
    "locked-down: prefix attached": (
        "locked-down",
        "http://evilapp.test",
        "GET",
        GREETINGS,
        {},
        BLOCKED,
    ),
    "locked-down: label in front": (
        "locked-down",
        "http://evil.app.test",
        "GET",
        GREETINGS,
        {},
        BLOCKED,
    ),
    "locked-down: apex under a wildcard": (
        "locked-down",
        "http://preview.test",
        "GET",
        GREETINGS,
        {},
        BLOCKED,
    ),
    "locked-down: dot of a wildcard left out": (
        "locked-down",
        "http://evilpreview.test",
        "GET",
        GREETINGS,
        {},
        BLOCKED,
    ),
    "locked-down: a trusted page sends JSON": (
        "locked-down",
        APP,
        "POST",
        GREETINGS,
        {"headers": JSON, "body": ADA},
        201,
    ),
    "locked-down: another page sends JSON": (
        "locked-down",
        EVIL,
        "POST",
        GREETINGS,
        {"headers": JSON, "body": ADA},
        BLOCKED,
    ),
    "locked-down: a trusted page PUTs": ("locked-down", APP, "PUT", CALLS, {}, 200),
    "locked-down: a trusted page PATCHes": ("locked-down", APP, "PATCH", CALLS, {}, 200),
    "locked-down: a trusted page DELETEs": ("locked-down", APP, "DELETE", CALLS, {}, 200),
    "locked-down: another page DELETEs": ("locked-down", EVIL, "DELETE", CALLS, {}, BLOCKED),
    "locked-down: a method that is not listed": (
        "locked-down",
        APP,
        "PROPFIND",
        CALLS,
        {},
        BLOCKED,
    ),
    "narrow: a method in lower case": ("narrow", APP, "patch", CALLS, {}, BLOCKED),
    "narrow: the same as it is listed": ("narrow", APP, "PATCH", CALLS, {}, 200),
    "narrow: a method that is not listed": ("narrow", APP, "PUT", CALLS, {}, BLOCKED),
    "narrow: POST, which nobody asks for, is kept from the page": (
        "narrow",
        APP,
        "POST",
        CALLS,
        {},
        BLOCKED,
    ),
    "narrow: POST with JSON": (
        "narrow",
        APP,
        "POST",
        GREETINGS,
        {"headers": JSON, "body": ADA},
        BLOCKED,
    ),
    "locked-down: headers that are listed": (
        "locked-down",
        APP,
        "GET",
        GREETINGS,
        {"headers": {"Authorization": "Bearer x", "X-Request-ID": "mine"}},
        200,
    ),
    "locked-down: a header that is not listed": (
        "locked-down",
        APP,
        "GET",
        GREETINGS,
        {"headers": {"X-Other": "1"}},
        BLOCKED,
    ),
    "locked-down: a listed and another header": (
        "locked-down",
        APP,
        "GET",
        GREETINGS,
        {"headers": {"Authorization": "x", "X-Other": "1"}},
        BLOCKED,
    ),
    "locked-down: credentials": (
        "locked-down",
        APP,
        "GET",
        GREETINGS,
        {"credentials": "include"},
        BLOCKED,
    ),
    "with credentials: a trusted page": (
        "with credentials",
        APP,
        "GET",
        GREETINGS,
        {"credentials": "include"},
        200,
    ),
    "with credentials: a trusted page sends JSON": (
        "with credentials",
        APP,
        "POST",
        GREETINGS,
        {"credentials": "include", "headers": JSON, "body": ADA},
        201,
    ),
    "with credentials: a trusted page that sends none": (
        "with credentials",
        APP,
        "GET",
        GREETINGS,
        {"credentials": "omit"},
        200,
    ),
    "with credentials: another page": (
        "with credentials",
        EVIL,
        "GET",
        GREETINGS,
        {"credentials": "include"},
        BLOCKED,
    ),
    "mixed: another page reads": ("mixed", EVIL, "GET", GREETINGS, {}, BLOCKED),
    "mixed: a trusted page reads": (
        "mixed",
        APP,
        "GET",
        GREETINGS,
        {"credentials": "include"},
        200,
    ),
    "mixed, public: another page reads": ("mixed", EVIL, "GET", STATUS, {}, 200),
    "mixed, public: another page asks HEAD": ("mixed", EVIL, "HEAD", STATUS, {}, 200),
    "mixed, public: a header that is listed": (
        "mixed",
        EVIL,
        "GET",
        STATUS,
        {"headers": {"X-Request-ID": "mine"}},
        200,
    ),
    "mixed, public: a header that is not": (
        "mixed",
        EVIL,
        "GET",
        STATUS,
        {"headers": {"Authorization": "x"}},
        BLOCKED,
    ),
    "mixed, public: another page sends JSON": (
        "mixed",
        EVIL,
        "POST",
        STATUS,
        {"headers": JSON, "body": ADA},
        BLOCKED,
    ),
    "mixed, public: a trusted page may read why it cannot write": (
        "mixed",
        APP,
        "PUT",
        STATUS,
        {},
        405,
    ),
    "mixed, public: credentials are refused": (
        "mixed",
        APP,
        "GET",
        STATUS,
        {"credentials": "include"},
        BLOCKED,
    ),
    "permissive: any page reads": ("permissive", EVIL, "GET", GREETINGS, {}, 200),
    "permissive: any page sends JSON": (
        "permissive",
        EVIL,
        "POST",
        GREETINGS,
        {"headers": JSON, "body": ADA},
        201,
    ),
    "permissive: any page DELETEs": ("permissive", EVIL, "DELETE", CALLS, {}, 200),
    "permissive: a header that is not listed": (
        "permissive",
        EVIL,
        "GET",
        GREETINGS,
        {"headers": {"X-Other": "1"}},
        BLOCKED,
    ),
    "permissive: credentials are refused": (
        "permissive",
        EVIL,
        "GET",
        GREETINGS,
        {"credentials": "include"},
        BLOCKED,
    ),
    "permissive: outside /api nothing is read": (
        "permissive",
        EVIL,
        "GET",
        "/healthz",
        {},
        BLOCKED,
    ),
    "permissive: /apiary is outside": ("permissive", EVIL, "GET", "/apiary", {}, BLOCKED),
    "status 308 is followed": ("locked-down", APP, "GET", "/api/extra/slash", {}, 200),
    "status 308 is followed after a preflight": (
        "locked-down",
        APP,
        "GET",
        "/api/extra/slash",
        {"headers": {"X-Request-ID": "mine"}},
        200,
    ),
    "status 400 is read": (
        "locked-down",
        APP,
        "POST",
        GREETINGS,
        {"headers": JSON, "body": "{"},
        400,
    ),
    "status 401 is read": (
        "locked-down",
        APP,
        "GET",
        "/api/before_request/1",
        {"headers": {"Authorization": "Bearer x"}},
        401,
    ),
    "status 404 is read": ("locked-down", APP, "GET", "/api/nothing", {}, 404),
    "status 404 is read after a preflight": ("locked-down", APP, "PUT", "/api/nothing", {}, 404),
    "status 405 is read": ("locked-down", APP, "DELETE", GREETINGS, {}, 405),
    "status 413 is read": (
        "locked-down",
        APP,
        "POST",
        GREETINGS,
        {"headers": JSON, "body": "x" * 2000},
        413,
    ),
    "status 415 is read": ("locked-down", APP, "POST", GREETINGS, {"body": ADA}, 415),
    "status 422 is read": (
        "locked-down",
        APP,
        "POST",
        GREETINGS,
        {"headers": JSON, "body": "[]"},
        422,
    ),
    "status 429 is read": ("locked-down", APP, "GET", "/api/extra/limited", {}, 429),
    "status 500 is read": ("locked-down", APP, "GET", "/api/extra/crash", {}, 500),
    "status 500 is kept from another page": (
        "locked-down",
        EVIL,
        "GET",
        "/api/extra/crash",
        {},
        BLOCKED,
    ),
    "view of its own policy: any page reads": (
        "locked-down",
        EVIL,
        "GET",
        f"{GREETINGS}/open",
        {},
        200,
    ),
    "view of its own policy: any page DELETEs": (
        "locked-down",
        EVIL,
        "DELETE",
        f"{GREETINGS}/open",
        {},
        200,
    ),
    "view that sets CORS headers: another page": (
        "locked-down",
        EVIL,
        "GET",
        "/api/extra/own-headers",
        {},
        BLOCKED,
    ),
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
        """Return the page of an origin; it stays what it is, so it is opened once."""
        if origin not in pages:
            pages[origin] = browser.new_page()
            pages[origin].goto(f"{origin}:{port}/")
        return pages[origin]

    yield open_page
    for page in pages.values():
        page.close()


@pytest.fixture(scope="module")
def api(bake: Bake, port: int) -> Iterator[ApiServer]:
    servers: dict[str, Server] = {}

    def api(name: str) -> Server:
        if name not in servers:
            deployment = DEPLOYMENTS[name]
            environ = {key: text.format(port) for key, text in deployment.environ.items()}
            started = start(Deployment(deployment.answers, environ), bake(**deployment.answers))
            servers[name] = stack.enter_context(started)
        return servers[name]

    with ExitStack() as stack:
        yield api


_cases = count()


def fresh(path: str) -> str:
    """Make a URL that no preflight is remembered for."""
    return f"{path}?case={next(_cases)}"


def requests(server: Server, method: str, path: str) -> int:
    """Count the requests for a path, as tests/extra_app.py has written them down."""
    return server.log.read_text(encoding="utf-8").count(f"asked {method} {path!a}\n")


@pytest.mark.parametrize(
    ("name", "origin", "method", "path", "init", "status"), FETCHES.values(), ids=FETCHES.keys()
)
def test_fetch(
    name: str,
    origin: str,
    method: str,
    path: str,
    init: Mapping[str, object],
    status: int | None,
    api: ApiServer,
    open_page: OpenPage,
) -> None:
    url = f"http://api.test:{api(name).port}{fresh(path)}"
    fetched = fetch(open_page(origin), url, method=method, **init)
    assert fetched.status == status
    if status:
        assert fetched.type == "cors"


# What it is: the policy, and if a frame without an origin gets to read.
FRAMES = {
    "locked-down": ("locked-down", GREETINGS, BLOCKED),
    "with credentials": ("with credentials", GREETINGS, BLOCKED),
    "mixed": ("mixed", GREETINGS, BLOCKED),
    "mixed, public": ("mixed", STATUS, 200),
    "permissive": ("permissive", GREETINGS, 200),
}


@pytest.mark.parametrize(("name", "path", "status"), FRAMES.values(), ids=FRAMES.keys())
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


def test_the_problem_is_readable(api: ApiServer, open_page: OpenPage) -> None:
    url = f"http://api.test:{api('locked-down').port}{GREETINGS}"
    fetched = fetch(open_page(APP), url, method="POST", headers=JSON, body="[]")
    assert fetched.headers["content-type"] == "application/problem+json"
    assert '"#"' in fetched.text


def test_cookies_are_sent_with_credentials(api: ApiServer, open_page: OpenPage) -> None:
    url = f"http://localhost:{api('with credentials').port}/api/extra/cookie"
    page = open_page(LOCALHOST)
    assert fetch(page, url, credentials="include").text == "nothing"
    assert fetch(page, url, credentials="include").text == "before"
    assert fetch(page, url, credentials="omit").text == "nothing"
    assert fetch(open_page(LOOPBACK), url, credentials="include").status is BLOCKED


# What it is: the project, the requests (method and headers) to one URL, and the preflights.
CALL: tuple[str, Mapping[str, str]] = ("PUT", {})
PREFLIGHTS: dict[str, tuple[str, list[tuple[str, Mapping[str, str]]], int]] = {
    "max-age: one preflight serves two calls": ("locked-down", [CALL, CALL], 1),
    "max-age: one preflight serves every method and header": (
        "locked-down",
        [
            CALL,
            ("DELETE", {}),
            ("PATCH", JSON),
            ("POST", {"Authorization": "x", "X-Request-ID": "mine"}),
        ],
        1,
    ),
    "max-age 0: each call asks again": ("max-age 0", [CALL, CALL], 2),
    "a simple call asks for nothing": ("locked-down", [("GET", {}), ("POST", {})], 0),
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


# What it is: the host of the API. Browsers send Sec-Fetch-Site to trustworthy addresses alone.
HOSTS = {
    "Sec-Fetch-Site is sent": "localhost",
    "Origin alone is sent": "api.test",
    "same-site sibling": "api.evil.test",
    "a host with an underscore": "my_api.test",
}
KINDS = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS.keys())
@pytest.mark.parametrize("framed", [False, True], ids=["page", "sandboxed frame"])
def test_a_form_of_another_page_does_not_reach_the_view(
    host: str, framed: bool, api: ApiServer, open_page: OpenPage
) -> None:
    its = api("with credentials")
    before = its.ask("GET", CALLS).json["calls"]
    page = sandboxed(open_page(EVIL)) if framed else open_page(EVIL)
    for kind in KINDS:
        path = fresh(CALLS)
        submit_form(page, f"http://{host}:{its.port}{path}", kind)
        assert requests(its, "POST", path) == 1
        assert its.ask("GET", CALLS).json["calls"] == before


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS.keys())
@pytest.mark.parametrize("framed", [False, True], ids=["page", "sandboxed frame"])
def test_a_simple_post_of_another_page_does_not_reach_the_view(
    host: str, framed: bool, api: ApiServer, open_page: OpenPage
) -> None:
    its = api("locked-down")
    before = its.ask("GET", CALLS).json["calls"]
    page = sandboxed(open_page(EVIL)) if framed else open_page(EVIL)
    path = fresh(CALLS)
    fetched = fetch(page, f"http://{host}:{its.port}{path}", method="POST", mode="no-cors")
    assert not fetched.status  # opaque, or kept from the page altogether
    assert requests(its, "POST", path) == 1
    assert its.ask("GET", CALLS).json["calls"] == before


def test_the_api_s_own_page_may_write(api: ApiServer, browser: Browser) -> None:
    its = api("locked-down")
    for host in ("127.0.0.1", "api.test", "my_api.test"):
        with browser.new_page(bypass_csp=True) as page:  # a page with scripts of its own
            page.goto(f"http://{host}:{its.port}/healthz")
            fetched = fetch(page, CALLS, method="DELETE")
            assert (fetched.status, fetched.type) == (200, "basic")
