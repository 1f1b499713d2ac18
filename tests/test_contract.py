"""What a policy promises (SPEC, section 5), asked of started projects over raw HTTP.

The tables are those of the whole product seen from outside. The extension's own tests go into every
corner of each promise; here stands that the generated projects keep it.
"""

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from http_server import ASKED_HEADERS, ASKED_METHOD, Response, Server
from policies import (
    APP,
    DEPLOYMENTS,
    EVIL,
    LOCAL,
    PARTNER,
    PREVIEW,
    READER,
    SIBLING,
    Serve,
    allowed,
    granted,
    readable,
)

pytest_plugins = ("servers",)

Cors = Mapping[str, str]
NOTHING: Cors = {}
GREETINGS = "/api/v1/greetings"
STATUS = "/api/v1/public/status"
REPORTS = "/api/v1/reports/2026"
CALLS = "/api/extra/calls"
JSON = {"Content-Type": "application/json"}

LOCKED = "locked-down"
SECRET = "locked-down with credentials"
LISTED = "mixed with a list"


class Read(NamedTuple):
    """A GET: the server, the path, Origin (None: not sent), the CORS headers, whether it varies."""

    server: str
    path: str
    origin: str | None
    cors: Cors
    varies: bool = True


READS = {
    "trusted": Read(LOCKED, GREETINGS, APP, readable(APP)),
    "trusted subdomain": Read(LOCKED, GREETINGS, PREVIEW, readable(PREVIEW)),
    "trusted host, any port": Read(LOCKED, GREETINGS, LOCAL, readable(LOCAL)),
    "untrusted": Read(LOCKED, GREETINGS, EVIL, NOTHING),
    "look-alike, suffix": Read(LOCKED, GREETINGS, f"{APP}.evil.example", NOTHING),
    "look-alike, prefix": Read(LOCKED, GREETINGS, "https://evilapp.example.com", NOTHING),
    "look-alike, scheme": Read(LOCKED, GREETINGS, "http://app.example.com", NOTHING),
    "look-alike, port": Read(LOCKED, GREETINGS, f"{APP}:8443", NOTHING),
    "look-alike, any-port host": Read(LOCKED, GREETINGS, "http://localhost.evil.example", NOTHING),
    "apex of a wildcard": Read(LOCKED, GREETINGS, "https://preview.example.com", NOTHING),
    "dot of a wildcard": Read(LOCKED, GREETINGS, "https://evilpreview.example.com", NOTHING),
    "sibling on the same site": Read(LOCKED, GREETINGS, SIBLING, NOTHING),
    "capitals": Read(LOCKED, GREETINGS, APP.upper(), NOTHING),
    "null": Read(LOCKED, GREETINGS, "null", NOTHING),
    "a star": Read(LOCKED, GREETINGS, "*", NOTHING),
    "empty": Read(LOCKED, GREETINGS, "", NOTHING),
    "two origins": Read(LOCKED, GREETINGS, f"{APP}, {APP}", NOTHING),
    "60,000 commas": Read(LOCKED, GREETINGS, f"x{',' * 60_000}", NOTHING),
    "no Origin": Read(LOCKED, GREETINGS, None, NOTHING),
    "for nobody": Read("locked-down for nobody", GREETINGS, APP, NOTHING),
    "for nobody, null": Read("locked-down for nobody", GREETINGS, "null", NOTHING),
    "with credentials": Read(SECRET, GREETINGS, APP, readable(APP, credentials=True)),
    "with credentials, untrusted": Read(SECRET, GREETINGS, EVIL, NOTHING),
    "with credentials, null": Read(SECRET, GREETINGS, "null", NOTHING),
    "mixed, trusted": Read("mixed", GREETINGS, APP, readable(APP)),
    "mixed, untrusted": Read("mixed", GREETINGS, EVIL, NOTHING),
    "mixed, no Origin": Read("mixed", GREETINGS, None, NOTHING),
    "mixed, public": Read("mixed", STATUS, EVIL, readable("*"), varies=False),
    "mixed, public, trusted": Read("mixed", STATUS, APP, readable("*"), varies=False),
    "mixed, public, null": Read("mixed", STATUS, "null", readable("*"), varies=False),
    "mixed, public, no Origin": Read("mixed", STATUS, None, readable("*"), varies=False),
    "mixed, public, 404": Read("mixed", f"{STATUS}/x", EVIL, readable("*"), varies=False),
    "mixed, public itself": Read("mixed", "/api/v1/public", EVIL, readable("*"), varies=False),
    "mixed, public, never with credentials": Read(
        "mixed with credentials", STATUS, APP, readable("*"), varies=False
    ),
    "mixed with credentials": Read(
        "mixed with credentials", GREETINGS, APP, readable(APP, credentials=True)
    ),
    "list, public, of the list": Read(LISTED, STATUS, READER, readable(READER)),
    "list, public, of CORS_ORIGINS": Read(LISTED, STATUS, APP, readable(APP)),
    "list, public, of neither": Read(LISTED, STATUS, EVIL, NOTHING),
    "list, public, no Origin": Read(LISTED, STATUS, None, NOTHING),
    "list, not public": Read(LISTED, GREETINGS, READER, NOTHING),
    "none, public, of CORS_ORIGINS": Read("mixed with none", STATUS, APP, readable(APP)),
    "none, public, of neither": Read("mixed with none", STATUS, EVIL, NOTHING),
    "permissive": Read("permissive", GREETINGS, EVIL, readable("*"), varies=False),
    "permissive, null": Read("permissive", GREETINGS, "null", readable("*"), varies=False),
    "permissive, no Origin": Read("permissive", GREETINGS, None, readable("*"), varies=False),
    "permissive, listed": Read("permissive with a list", GREETINGS, APP, readable(APP)),
    "permissive, not listed": Read("permissive with a list", GREETINGS, EVIL, NOTHING),
    "nothing exposed": Read("narrow", GREETINGS, APP, allowed(APP)),
    "own row, its origin": Read(
        "row of one's own", REPORTS, PARTNER, readable(PARTNER, credentials=True)
    ),
    "own row, origin of the wider row": Read("row of one's own", REPORTS, APP, NOTHING),
    "own row, its origin elsewhere": Read("row of one's own", GREETINGS, PARTNER, NOTHING),
    "/api": Read(LOCKED, "/api", APP, readable(APP)),
    "/api/": Read(LOCKED, "/api/", APP, readable(APP)),
    "percent-encoded once": Read(LOCKED, "/%61pi/v1/greetings", APP, readable(APP)),
    "percent-encoded twice": Read("permissive", "/%2561pi/v1/x", EVIL, NOTHING, varies=False),
    "/apiary": Read("permissive", "/apiary", EVIL, NOTHING, varies=False),
    "/api-internal": Read("permissive", "/api-internal", EVIL, NOTHING, varies=False),
    "/api.json": Read("permissive", "/api.json", EVIL, NOTHING, varies=False),
    "/API": Read("permissive", "/API/v1/greetings", EVIL, NOTHING, varies=False),
    "/x/api": Read("permissive", "/x/api/v1", EVIL, NOTHING, varies=False),
    "/": Read("permissive", "/", EVIL, NOTHING, varies=False),
    "/api behind a line break": Read("permissive", "/api%0A", EVIL, NOTHING, varies=False),
    "/healthz": Read("permissive", "/healthz", EVIL, NOTHING, varies=False),
    "/readyz": Read("permissive", "/readyz", EVIL, NOTHING, varies=False),
    "/healthz, trusted": Read(LOCKED, "/healthz", APP, NOTHING, varies=False),
    "beside public": Read("mixed", "/api/v1/publicity", EVIL, NOTHING),
    "public in capitals": Read("mixed", "/api/v1/Public/status", EVIL, NOTHING),
    "public percent-encoded twice": Read("mixed", "/api/v1/%2570ublic/status", EVIL, NOTHING),
    "view open to all": Read(LOCKED, f"{GREETINGS}/open", EVIL, readable("*"), varies=False),
    "view of a partner's": Read(LOCKED, f"{GREETINGS}/partner", PARTNER, readable(PARTNER)),
    "view of a partner's, origin of the row": Read(LOCKED, f"{GREETINGS}/partner", APP, NOTHING),
    "view of two methods, the open one": Read(
        LOCKED, f"{GREETINGS}/two", EVIL, readable("*"), varies=False
    ),
    "view that narrows permissive": Read("permissive", f"{GREETINGS}/partner", EVIL, NOTHING),
    "view that lists no GET": Read(SECRET, f"{GREETINGS}/narrow/", APP, NOTHING),
    "second CORS, trusted": Read("second CORS", GREETINGS, APP, readable(APP)),
    "second CORS, untrusted": Read("second CORS", GREETINGS, EVIL, NOTHING),
    "second CORS, crash": Read("second CORS", "/api/extra/crash", EVIL, NOTHING),
}


def headers_of(origin: str | None) -> dict[str, str]:
    return {} if origin is None else {"Origin": origin}


@pytest.mark.parametrize("row", READS.values(), ids=READS.keys())
def test_reads(row: Read, server: Serve) -> None:
    response = server(row.server).ask("GET", row.path, headers_of(row.origin))
    assert response.cors == row.cors
    assert response.varies == row.varies


class Preflight(NamedTuple):
    """A preflight: the server, the path, Origin, the method asked for, the CORS headers."""

    server: str
    path: str
    origin: str
    method: str
    cors: Cors


PUBLIC = granted("*", methods="GET, HEAD", headers="Content-Type, X-Request-ID")
ROW = "row of one's own"
PARTNERS = granted(PARTNER, credentials=True, methods="GET")
NARROW = {"access-control-allow-methods": "GET, PATCH", "access-control-max-age": "0"}
NARROW_VIEW = granted(APP, methods="PUT", headers="X-A, X-B", max_age="60")

PREFLIGHTS = {
    "trusted": Preflight(LOCKED, GREETINGS, APP, "PUT", granted(APP)),
    "GET for a header's sake": Preflight(LOCKED, GREETINGS, APP, "GET", granted(APP)),
    "untrusted": Preflight(LOCKED, GREETINGS, EVIL, "PUT", NOTHING),
    "null": Preflight(LOCKED, GREETINGS, "null", "PUT", NOTHING),
    "look-alike": Preflight(LOCKED, GREETINGS, f"{APP}.evil.example", "PUT", NOTHING),
    "with credentials": Preflight(SECRET, GREETINGS, APP, "PUT", granted(APP, credentials=True)),
    "with credentials, untrusted": Preflight(SECRET, GREETINGS, EVIL, "PUT", NOTHING),
    "for nobody": Preflight("locked-down for nobody", GREETINGS, APP, "GET", NOTHING),
    "mixed, public read": Preflight("mixed", STATUS, EVIL, "GET", PUBLIC),
    "mixed, public HEAD": Preflight("mixed", STATUS, EVIL, "HEAD", PUBLIC),
    "mixed, public read, trusted": Preflight("mixed", STATUS, APP, "GET", PUBLIC),
    "mixed, public write": Preflight("mixed", STATUS, EVIL, "POST", NOTHING),
    "mixed, public write, trusted": Preflight("mixed", STATUS, APP, "PUT", granted(APP)),
    "mixed, public read, never with credentials": Preflight(
        "mixed with credentials", STATUS, APP, "GET", PUBLIC
    ),
    "list, public, of the list": Preflight(LISTED, STATUS, READER, "GET", PUBLIC | allowed(READER)),
    "list, public, of CORS_ORIGINS": Preflight(LISTED, STATUS, APP, "GET", PUBLIC | allowed(APP)),
    "list, public, of neither": Preflight(LISTED, STATUS, EVIL, "GET", NOTHING),
    "list, public, write": Preflight(LISTED, STATUS, READER, "PUT", NOTHING),
    "permissive": Preflight("permissive", GREETINGS, EVIL, "DELETE", granted("*")),
    "permissive, null": Preflight("permissive", GREETINGS, "null", "DELETE", granted("*")),
    "permissive, listed": Preflight("permissive with a list", GREETINGS, APP, "PUT", granted(APP)),
    "permissive, not listed": Preflight("permissive with a list", GREETINGS, EVIL, "PUT", NOTHING),
    "max-age of 0 is sent": Preflight("narrow", GREETINGS, APP, "PATCH", allowed(APP) | NARROW),
    "method not listed": Preflight("narrow", GREETINGS, APP, "PUT", allowed(APP)),
    "method not listed, with credentials": Preflight(
        SECRET, GREETINGS, APP, "PROPFIND", allowed(APP, credentials=True)
    ),
    "method not listed, untrusted": Preflight("narrow", GREETINGS, EVIL, "PUT", NOTHING),
    "method not listed, permissive": Preflight(
        "permissive", GREETINGS, EVIL, "PROPFIND", allowed("*")
    ),
    "method not listed, POST": Preflight("narrow", GREETINGS, APP, "POST", NOTHING),
    "method not listed, HEAD": Preflight("narrow", GREETINGS, APP, "HEAD", NOTHING),
    "method in lower case": Preflight("narrow", GREETINGS, APP, "patch", allowed(APP)),
    "part of a method": Preflight(LOCKED, GREETINGS, APP, "ET", allowed(APP)),
    "two methods": Preflight(LOCKED, GREETINGS, APP, "GET, HEAD", allowed(APP)),
    "unknown path": Preflight(LOCKED, "/api/nothing", APP, "PUT", granted(APP)),
    "method the route has not": Preflight(LOCKED, GREETINGS, APP, "DELETE", granted(APP)),
    "slash at the end": Preflight(LOCKED, f"{GREETINGS}/", APP, "GET", granted(APP)),
    "slash missing": Preflight(LOCKED, "/api/extra/slash", APP, "GET", granted(APP)),
    "slash too many": Preflight(LOCKED, "/api//v1/greetings", APP, "GET", granted(APP)),
    "authentication": Preflight(LOCKED, "/api/before_request/1", APP, "GET", granted(APP)),
    "early authentication": Preflight(
        LOCKED, "/api/url_value_preprocessor/1", APP, "GET", granted(APP)
    ),
    "rate limit": Preflight(LOCKED, "/api/extra/limited", APP, "GET", granted(APP)),
    "crash": Preflight(LOCKED, "/api/extra/crash", APP, "GET", granted(APP)),
    "debug mode": Preflight("debug", "/api/nothing", APP, "GET", granted(APP)),
    "own row": Preflight(ROW, REPORTS, PARTNER, "GET", PARTNERS),
    "own row, method not listed": Preflight(ROW, REPORTS, PARTNER, "POST", NOTHING),
    "own row, origin of the wider row": Preflight(ROW, REPORTS, APP, "GET", NOTHING),
    "view open to all": Preflight(LOCKED, f"{GREETINGS}/open", EVIL, "DELETE", granted("*")),
    "view of a partner's": Preflight(
        LOCKED, f"{GREETINGS}/partner", PARTNER, "POST", granted(PARTNER)
    ),
    "view of a partner's, origin of the row": Preflight(
        LOCKED, f"{GREETINGS}/partner", APP, "POST", NOTHING
    ),
    "view that narrows": Preflight(SECRET, f"{GREETINGS}/narrow/", APP, "PUT", NARROW_VIEW),
    "view of two methods, the open one": Preflight(
        LOCKED, f"{GREETINGS}/two", EVIL, "GET", granted("*", methods="GET, DELETE")
    ),
    "view of two methods, the other one": Preflight(
        LOCKED, f"{GREETINGS}/two", APP, "POST", granted(APP)
    ),
    "second CORS": Preflight("second CORS", GREETINGS, EVIL, "PUT", NOTHING),
    "mounted application": Preflight(LOCKED, "/api/mounted/hello", APP, "PUT", granted(APP)),
}


@pytest.mark.parametrize("row", PREFLIGHTS.values(), ids=PREFLIGHTS.keys())
def test_preflights(row: Preflight, server: Serve) -> None:
    response = server(row.server).preflight(row.path, row.method, {"Origin": row.origin})
    assert (response.status, response.body) == (204, b"")
    assert response.cors == row.cors
    assert response.varies
    assert response["X-Request-ID"]


@pytest.mark.parametrize("asked", ["", "X-Other", "authorization,x-other", "*", "x" * 5000])
def test_preflight_grant_is_full_whatever_headers_are_asked_for(asked: str, server: Serve) -> None:
    headers = {"Origin": APP, ASKED_HEADERS: asked}
    assert server(LOCKED).preflight(GREETINGS, "PUT", headers).cors == granted(APP)


def test_preflight_for_a_private_network(server: Serve) -> None:
    headers = {"Origin": APP, "Access-Control-Request-Private-Network": "true"}
    assert server(LOCKED).preflight(GREETINGS, "PUT", headers).cors == granted(APP)


@pytest.mark.parametrize(
    ("headers", "cors"),
    [
        ({"Origin": APP}, readable(APP)),
        ({ASKED_METHOD: "PUT"}, NOTHING),
        ({"Origin": EVIL}, NOTHING),
        ({}, NOTHING),
    ],
    ids=["no method", "no origin", "untrusted", "neither"],
)
def test_any_other_options_request_is_an_ordinary_one(
    headers: Mapping[str, str], cors: Cors, server: Serve
) -> None:
    response = server(LOCKED).ask("OPTIONS", GREETINGS, headers)
    assert (response.status, response.cors) == (200, cors)
    assert response.varies
    assert set(response["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_preflight_outside_the_rows_has_no_cors_header(server: Serve) -> None:
    response = server("permissive").preflight("/healthz", "GET", {"Origin": EVIL})
    assert response.cors == NOTHING


SITE = "Sec-Fetch-Site"
OWN = "<own>"  # stands for the host and port of the server
SOCKET = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
SOCKET |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}

PASSES, REFUSED = True, False


class Guarded(NamedTuple):
    """A request that may change something: whether it gets through the guard."""

    server: str
    path: str
    headers: Mapping[str, str]
    passes: bool
    method: str = "POST"


GUARDED = {
    "no browser": Guarded(LOCKED, CALLS, {}, PASSES),
    "same-origin": Guarded(LOCKED, CALLS, {SITE: "same-origin"}, PASSES),
    "same-origin, whatever Origin": Guarded(
        LOCKED, CALLS, {SITE: "same-origin", "Origin": EVIL}, PASSES
    ),
    "typed by the user": Guarded(LOCKED, CALLS, {SITE: "none"}, PASSES),
    "cross-site without Origin": Guarded(LOCKED, CALLS, {SITE: "cross-site"}, REFUSED),
    "same-site without Origin": Guarded(LOCKED, CALLS, {SITE: "same-site"}, REFUSED),
    "untrusted": Guarded(LOCKED, CALLS, {SITE: "cross-site", "Origin": EVIL}, REFUSED),
    "trusted": Guarded(LOCKED, CALLS, {SITE: "cross-site", "Origin": APP}, PASSES),
    "sibling": Guarded(LOCKED, CALLS, {SITE: "same-site", "Origin": SIBLING}, REFUSED),
    "trusted sibling": Guarded(LOCKED, CALLS, {SITE: "same-site", "Origin": PREVIEW}, PASSES),
    "null": Guarded(LOCKED, CALLS, {SITE: "cross-site", "Origin": "null"}, REFUSED),
    "unknown word": Guarded(LOCKED, CALLS, {SITE: "Same-Origin"}, REFUSED),
    "own host behind cross-site": Guarded(
        LOCKED, CALLS, {SITE: "cross-site", "Origin": f"http://{OWN}"}, REFUSED
    ),
    "old browser, untrusted": Guarded(LOCKED, CALLS, {"Origin": EVIL}, REFUSED),
    "old browser, trusted": Guarded(LOCKED, CALLS, {"Origin": APP}, PASSES),
    "old browser, null": Guarded(LOCKED, CALLS, {"Origin": "null"}, REFUSED),
    "old browser, own host": Guarded(LOCKED, CALLS, {"Origin": f"http://{OWN}"}, PASSES),
    "old browser, own host, TLS in front": Guarded(
        LOCKED, CALLS, {"Origin": f"https://{OWN}"}, PASSES
    ),
    "old browser, other port": Guarded(LOCKED, CALLS, {"Origin": "http://127.0.0.1:1"}, REFUSED),
    "old browser, own host and more": Guarded(
        LOCKED, CALLS, {"Origin": f"http://{OWN}.evil.example"}, REFUSED
    ),
    "old browser, own host as a password": Guarded(
        LOCKED, CALLS, {"Origin": f"http://evil@{OWN}"}, REFUSED
    ),
    "old browser, capitals": Guarded(LOCKED, CALLS, {"Origin": APP.upper()}, REFUSED),
    "old browser, null to no host": Guarded(LOCKED, CALLS, {"Host": "", "Origin": "null"}, REFUSED),
    "for nobody": Guarded("locked-down for nobody", CALLS, {"Origin": APP}, REFUSED),
    "for nobody, no browser": Guarded("locked-down for nobody", CALLS, {}, PASSES),
    "mixed": Guarded("mixed", CALLS, {"Origin": EVIL}, REFUSED),
    "mixed, public": Guarded("mixed", STATUS, {"Origin": EVIL}, REFUSED),
    "mixed, public, of the readers": Guarded(LISTED, STATUS, {"Origin": READER}, REFUSED),
    "mixed, public, trusted": Guarded("mixed", STATUS, {"Origin": APP}, PASSES),
    "permissive": Guarded("permissive", CALLS, {SITE: "cross-site", "Origin": EVIL}, PASSES),
    "permissive, null": Guarded("permissive", CALLS, {"Origin": "null"}, PASSES),
    "permissive, method not listed": Guarded(
        "permissive", CALLS, {"Origin": EVIL}, REFUSED, "PROPFIND"
    ),
    "permissive, outside": Guarded("permissive", "/hook", {"Origin": EVIL}, REFUSED),
    "permissive with a list": Guarded("permissive with a list", CALLS, {"Origin": EVIL}, REFUSED),
    "outside, untrusted": Guarded(LOCKED, "/hook", {"Origin": EVIL}, REFUSED),
    "outside, trusted": Guarded(LOCKED, "/hook", {"Origin": APP}, REFUSED),
    "outside, own page": Guarded(LOCKED, "/hook", {"Origin": f"http://{OWN}"}, PASSES),
    "outside, no browser": Guarded(LOCKED, "/hook", {}, PASSES),
    "unknown path": Guarded(LOCKED, "/api/nothing", {"Origin": EVIL}, REFUSED),
    "debug mode": Guarded("debug", CALLS, {"Origin": EVIL}, REFUSED),
    "PUT": Guarded(LOCKED, CALLS, {"Origin": EVIL}, REFUSED, "PUT"),
    "DELETE": Guarded(LOCKED, CALLS, {"Origin": EVIL}, REFUSED, "DELETE"),
    "PROPFIND": Guarded(LOCKED, CALLS, {"Origin": EVIL}, REFUSED, "PROPFIND"),
    "post": Guarded(LOCKED, CALLS, {"Origin": EVIL}, REFUSED, "post"),
    "GET": Guarded(LOCKED, CALLS, {"Origin": EVIL, SITE: "cross-site"}, PASSES, "GET"),
    "HEAD": Guarded(LOCKED, CALLS, {"Origin": EVIL, SITE: "cross-site"}, PASSES, "HEAD"),
    "OPTIONS": Guarded(LOCKED, CALLS, {"Origin": EVIL, SITE: "cross-site"}, PASSES, "OPTIONS"),
    "WebSocket, untrusted": Guarded(LOCKED, CALLS, SOCKET | {"Origin": EVIL}, REFUSED, "GET"),
    "WebSocket, trusted": Guarded(LOCKED, CALLS, SOCKET | {"Origin": APP}, PASSES, "GET"),
    "WebSocket, no browser": Guarded(LOCKED, CALLS, SOCKET, PASSES, "GET"),
    "WebSocket, outside": Guarded(LOCKED, "/hook", SOCKET | {"Origin": APP}, REFUSED, "GET"),
    "trusted, method not listed": Guarded("narrow", CALLS, {"Origin": APP}, REFUSED),
    "trusted, method listed": Guarded("narrow", CALLS, {"Origin": APP}, PASSES, "PATCH"),
    "own row, method not listed": Guarded(ROW, REPORTS, {"Origin": PARTNER}, REFUSED),
    "own row, origin of the wider row": Guarded(ROW, REPORTS, {"Origin": APP}, REFUSED),
    "view open to all": Guarded(LOCKED, f"{GREETINGS}/open", {"Origin": EVIL}, PASSES),
    "view of a partner's": Guarded(LOCKED, f"{GREETINGS}/partner", {"Origin": PARTNER}, PASSES),
    "view of a partner's, origin of the row": Guarded(
        LOCKED, f"{GREETINGS}/partner", {"Origin": APP}, REFUSED
    ),
    "view of two methods, the other one": Guarded(
        LOCKED, f"{GREETINGS}/two", {"Origin": EVIL}, REFUSED
    ),
    "view that narrows permissive": Guarded(
        "permissive", f"{GREETINGS}/partner", {"Origin": EVIL}, REFUSED
    ),
    "second CORS": Guarded("second CORS", CALLS, {"Origin": EVIL}, REFUSED),
    "mounted application": Guarded(LOCKED, "/api/mounted/hello", {"Origin": EVIL}, REFUSED, "PUT"),
}


def calls(server: Server) -> int:
    number: int = server.ask("GET", CALLS).json["calls"]
    return number


@pytest.mark.parametrize("row", GUARDED.values(), ids=GUARDED.keys())
def test_guard(row: Guarded, server: Serve) -> None:
    own = f"127.0.0.1:{server(row.server).port}"
    headers = {name: value.replace(OWN, own) for name, value in row.headers.items()}
    before = calls(server(row.server))
    response = server(row.server).ask(row.method, row.path, headers)
    assert (response.status != 403) == row.passes
    if not row.passes:
        assert calls(server(row.server)) == before
        assert response["Content-Type"] == "application/problem+json"
    elif row.path == CALLS and row.method in ("POST", "PATCH"):
        assert response.status == 200
        assert calls(server(row.server)) == before + 1


def test_guard_names_origin_method_and_fix(server: Serve) -> None:
    response = server(LOCKED).ask("DELETE", CALLS, {"Origin": SIBLING})
    assert (response.status, response.cors, response.varies) == (403, {}, True)
    for part in (repr(SIBLING), "DELETE", "CORS_ORIGINS"):
        assert part in response.json["detail"]
    response = server(ROW).ask("POST", REPORTS, {"Origin": EVIL})
    assert "resources['/api/v1/reports/*']" in response.json["detail"]


def test_guard_never_suggests_to_narrow_an_open_api(server: Serve) -> None:
    response = server("permissive").ask("POST", "/hook", {"Origin": EVIL})
    assert response.status == 403
    assert "CORS_ORIGINS" not in response.json["detail"]
    assert "row" in response.json["detail"]


def test_guard_shortens_a_long_origin(server: Serve) -> None:
    response = server(LOCKED).ask("POST", CALLS, {"Origin": f"https://{'a' * 5000}.example"})
    assert response.status == 403
    assert len(response.body) < 1000


def test_a_trusted_page_reads_what_it_did(server: Serve) -> None:
    response = server(LOCKED).ask("DELETE", CALLS, {"Origin": APP})
    assert (response.status, response.cors, response.varies) == (200, readable(APP), True)


@pytest.mark.parametrize(
    ("method", "cors"), [("DELETE", readable(PARTNER, credentials=True)), ("POST", NOTHING)]
)
def test_a_method_that_is_not_listed(method: str, cors: Cors, server: Serve) -> None:
    """POST needs no listing to be sent, so its response has to stay closed; DELETE does."""
    response = server(ROW).ask(method, REPORTS, {"Origin": PARTNER})
    assert (response.status, response.cors, response.varies) == (403, cors, True)


class Failing(NamedTuple):
    """A request that fails: what is sent, the status, and a header that HTTP asks for."""

    status: int
    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: bytes | None = None
    header: tuple[str, str] | None = None


FAILING = {
    "malformed JSON": Failing(400, "POST", GREETINGS, JSON, b"{"),
    "deeply nested JSON": Failing(400, "POST", GREETINGS, JSON, b"[" * 1900),
    "NaN": Failing(400, "POST", GREETINGS, JSON, b'{"name": NaN}'),
    "authentication": Failing(
        401, "GET", "/api/before_request/1", header=("WWW-Authenticate", "Bearer ")
    ),
    "early authentication": Failing(
        401, "GET", "/api/url_value_preprocessor/1", header=("WWW-Authenticate", "Bearer ")
    ),
    "forbidden": Failing(403, "GET", "/api/extra/abort/403"),
    "not found": Failing(404, "GET", "/api/nothing"),
    "wrong method": Failing(405, "DELETE", GREETINGS, header=("Allow", "GET, HEAD, OPTIONS, POST")),
    "too large": Failing(413, "POST", GREETINGS, JSON, b" " * 2001),
    "too large, in chunks": Failing(
        413,
        "POST",
        GREETINGS,
        JSON | {"Transfer-Encoding": "chunked"},
        b"800\r\n" + b" " * 2048 + b"\r\n0\r\n\r\n",
    ),
    "no JSON": Failing(415, "POST", GREETINGS, {"Content-Type": "text/plain"}, b"{}"),
    "wrong form": Failing(422, "POST", GREETINGS, JSON, b"[]"),
    "wrong field": Failing(422, "POST", GREETINGS, JSON, b'{"name": 1}'),
    "rate limit": Failing(429, "GET", "/api/extra/limited", header=("Retry-After", "60")),
    "crash": Failing(500, "GET", "/api/extra/crash"),
}


def fail(failing: Failing, server: Server, origin: str) -> Response:
    headers = {**failing.headers, "Origin": origin}
    response = server.ask(failing.method, failing.path, headers, failing.body)
    assert response.status == failing.status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json["status"] == failing.status
    assert response.json["request_id"] == response["X-Request-ID"]
    if failing.header:
        name, value = failing.header
        assert sorted(response[name].split(", ")) == sorted(value.strip().split(", "))
    return response


@pytest.mark.parametrize("name", [LOCKED, "debug"])
@pytest.mark.parametrize("failing", FAILING.values(), ids=FAILING.keys())
def test_errors_can_be_read_by_a_trusted_page(failing: Failing, name: str, server: Serve) -> None:
    response = fail(failing, server(name), APP)
    assert (response.cors, response.varies) == (readable(APP), True)


@pytest.mark.parametrize("failing", FAILING.values(), ids=FAILING.keys())
def test_errors_can_be_read_by_any_page_under_permissive(failing: Failing, server: Serve) -> None:
    assert fail(failing, server("permissive"), EVIL).cors == readable("*")


@pytest.mark.parametrize(
    "failing",
    [row for row in FAILING.values() if row.method == "GET"],
    ids=[name for name, row in FAILING.items() if row.method == "GET"],
)
def test_errors_cannot_be_read_by_another_page(failing: Failing, server: Serve) -> None:
    response = fail(failing, server("mixed with credentials"), EVIL)
    assert (response.cors, response.varies) == ({}, True)


def test_a_redirect_can_be_read(server: Serve) -> None:
    response = server(LOCKED).ask("GET", "/api/extra/slash", {"Origin": APP})
    assert (response.status, response.cors) == (308, readable(APP))
    assert response["Location"].endswith("/api/extra/slash/")


def test_a_crash_hides_its_traceback_in_production(server: Serve) -> None:
    response = server(LOCKED).ask("GET", "/api/extra/crash", {"Origin": APP})
    assert b"on purpose" not in response.body
    assert "traceback" not in response.json
    assert any("ZeroDivisionError: on purpose" in line for line in server(LOCKED).lines())


def test_a_crash_carries_its_traceback_in_debug_mode(server: Serve) -> None:
    response = server("debug").ask("GET", "/api/extra/crash", {"Origin": APP})
    assert response.json["traceback"][-1] == "ZeroDivisionError: on purpose\n"


@pytest.mark.parametrize(
    ("name", "host", "status"),
    [
        ("trusted hosts", "evil.example", 400),
        ("trusted hosts", "evilexample.com", 400),
        ("trusted hosts", "127.0.0.1:1", 200),
        ("trusted hosts", "api.example.com", 200),
        ("trusted hosts", "API.example.com", 200),
        ("trusted hosts", "example.com", 200),
        (LOCKED, "anything.example", 200),
        (LOCKED, "a..b", 400),
    ],
)
def test_hosts(name: str, host: str, status: int, server: Serve) -> None:
    response = server(name).ask("GET", GREETINGS, {"Host": host, "Origin": APP})
    assert (response.status, response.cors) == (status, readable(APP))
    preflight = server(name).preflight(GREETINGS, "PUT", {"Host": host, "Origin": APP})
    assert (preflight.status, preflight.cors) == (204, granted(APP))
    if status == 400:
        assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.0.0.7:8000", "evil.example"])
def test_probes_answer_to_any_host(path: str, host: str, server: Serve) -> None:
    response = server("trusted hosts").ask("GET", path, {"Host": host, "Origin": APP})
    assert (response.status, response.cors) == (200, {})


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a-B_c.9", True),
        ("x" * 128, True),
        ("x" * 129, False),
        ("", False),
        ("a b", False),
        ("a,b", False),
        ("\xe9", False),
    ],
)
@pytest.mark.parametrize("path", [GREETINGS, "/api/nothing", "/healthz", "/nothing"])
def test_request_ids(sent: str, kept: bool, path: str, server: Serve) -> None:
    response = server(LOCKED).ask("GET", path, {"X-Request-ID": sent})
    assert (response["X-Request-ID"] == sent) == kept
    assert len(response["X-Request-ID"]) >= 7


def test_request_ids_of_refused_requests(server: Serve) -> None:
    headers = {"Origin": EVIL, "X-Request-ID": "mine"}
    assert server(LOCKED).ask("POST", CALLS, headers)["X-Request-ID"] == "mine"
    assert server(LOCKED).preflight(CALLS, "PUT", headers)["X-Request-ID"] == "mine"


@pytest.mark.parametrize(
    ("path", "origin", "cors", "vary"),
    [
        ("/api/extra/own-headers", APP, readable(APP), ["Accept", "Cookie", "Origin"]),
        ("/api/extra/own-headers", EVIL, NOTHING, ["Accept", "Cookie", "Origin"]),
        ("/own-headers", EVIL, NOTHING, ["Accept", "Cookie"]),
    ],
)
def test_headers_of_a_view_are_replaced_by_the_policy(
    path: str, origin: str, cors: Cors, vary: list[str], server: Serve
) -> None:
    response = server(LOCKED).ask("GET", path, {"Origin": origin})
    assert (response.cors, response.vary) == (cors, vary)


@pytest.mark.parametrize(
    ("name", "headers", "reach"),
    [
        (LOCKED, {"Origin": APP}, [None, None]),
        (LOCKED, {}, ["x", "Basic eDp5"]),
        (SECRET, {"Origin": APP}, ["x", "Basic eDp5"]),
        ("permissive", {"Origin": EVIL}, [None, None]),
    ],
    ids=["without credentials", "no browser", "with credentials", "permissive"],
)
def test_credentials_reach_a_view_where_the_row_takes_them(
    name: str, headers: Mapping[str, str], reach: list[str | None], server: Serve
) -> None:
    sent = {**headers, "Cookie": "seen=x", "Authorization": "Basic eDp5"}
    assert server(name).ask("GET", "/api/extra/cookie", sent).json == reach


def test_a_bearer_token_reaches_a_view(server: Serve) -> None:
    headers = {"Origin": APP, "Authorization": "Bearer token"}
    assert server(LOCKED).ask("GET", "/api/extra/cookie", headers).json == [None, "Bearer token"]


def test_greetings(server: Serve) -> None:
    response = server(LOCKED).ask("GET", f"{GREETINGS}?name=Ada")
    assert (response.status, response.json["name"]) == (200, "Ada")
    response = server(LOCKED).ask("POST", GREETINGS, JSON, '{"name": "Zoë"}'.encode())
    assert (response.status, response.json["name"]) == (201, "Zoë")
    assert response["Location"].endswith(f"{GREETINGS}?name=Zo%C3%AB")


# What owners add, each called from a trusted page.
EXTENDED = {
    "MethodView": Read(LOCKED, "/api/class", APP, readable(APP)),
    "mounted application": Read(LOCKED, "/api/mounted/hello", APP, readable(APP)),
    "mounted application, 404": Read(LOCKED, "/api/mounted/x", APP, readable(APP)),
    "mounted application, untrusted": Read(LOCKED, "/api/mounted/hello", EVIL, NOTHING),
    "event stream": Read(LOCKED, "/api/extra/events", APP, readable(APP)),
    "HTML page": Read(LOCKED, "/api/extra/page", APP, readable(APP)),
    "flask-smorest, its own error": Read("extensions", "/api/smorest/things", APP, readable(APP)),
    "Flask-RESTX, its own error": Read("extensions", "/api/restx/things", APP, readable(APP)),
    "Flask-RESTX, untrusted": Read("extensions", "/api/restx/things", EVIL, NOTHING),
    "extensions, 404 of the application": Read("extensions", "/api/x", APP, readable(APP)),
}


@pytest.mark.parametrize("row", EXTENDED.values(), ids=EXTENDED.keys())
def test_extended_applications_can_be_read(row: Read, server: Serve) -> None:
    test_reads(row, server)


@pytest.mark.parametrize(
    ("name", "method", "path"),
    [
        (LOCKED, "DELETE", "/api/class"),
        (LOCKED, "PUT", "/api/mounted/hello"),
        ("extensions", "PUT", "/api/smorest/things"),
        ("extensions", "PUT", "/api/restx/things"),
    ],
)
def test_extended_applications_can_be_written_to(
    name: str, method: str, path: str, server: Serve
) -> None:
    response = server(name).ask(method, path, {"Origin": APP, **JSON}, b"{}")
    assert (response.status, response.cors) == (200, readable(APP))
    assert server(name).preflight(path, method, {"Origin": APP}).cors == granted(APP)
    assert server(name).ask(method, path, {"Origin": EVIL, **JSON}, b"{}").status == 403


def test_subdomains_are_covered(server: Serve) -> None:
    host = {"Host": "ada.example.test", "Origin": APP}
    response = server("subdomains").ask("GET", "/api/tenant", host)
    assert (response.status, response.json, response.cors) == (
        200,
        {"tenant": "ada"},
        readable(APP),
    )
    assert server("subdomains").ask("GET", "/api/tenant", host | {"Origin": EVIL}).cors == NOTHING
    assert server("subdomains").preflight("/api/tenant", "GET", host).cors == granted(APP)


FORM = b"a=b&c=d"
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
    b'--x\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n\r\n\x00\xff\r\n'
    b"--x--\r\n"
)
# The path, the type of the body, the body, and what the view makes of it.
BODIES: dict[str, tuple[str, str, bytes, dict[str, object]]] = {
    "form": (
        "upload",
        "application/x-www-form-urlencoded",
        FORM,
        {"fields": {"a": "b", "c": "d"}, "files": {}},
    ),
    "upload": (
        "upload",
        "multipart/form-data; boundary=x",
        MULTIPART,
        {"fields": {"a": "b"}, "files": {"f": 2}},
    ),
    "text": ("raw", "text/plain", b"text", {"type": "text/plain", "body": "text"}),
    "bytes": (
        "raw",
        "application/octet-stream",
        b"bytes",
        {"type": "application/octet-stream", "body": "bytes"},
    ),
    "XML": ("raw", "application/xml", b"<a/>", {"type": "application/xml", "body": "<a/>"}),
}


@pytest.mark.parametrize("origin", [APP, None, f"http://{OWN}"], ids=["page", "tool", "own page"])
@pytest.mark.parametrize(("path", "kind", "body", "received"), BODIES.values(), ids=BODIES.keys())
def test_bodies_of_any_type_reach_the_view(
    path: str, kind: str, body: bytes, received: object, origin: str | None, server: Serve
) -> None:
    its = server(LOCKED)
    headers = {"Content-Type": kind} | headers_of(
        origin and origin.replace(OWN, f"127.0.0.1:{its.port}")
    )
    response = its.ask("POST", f"/api/extra/{path}", headers, body)
    assert (response.status, response.json) == (200, received)
    refused = its.ask("POST", f"/api/extra/{path}", headers | {"Origin": EVIL}, body)
    assert refused.status == 403


def test_an_event_stream_is_a_stream(server: Serve) -> None:
    response = server(LOCKED).ask("GET", "/api/extra/events", {"Origin": APP})
    assert response["Content-Type"].startswith("text/event-stream")
    assert response.body == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"


def test_every_deployment_is_asked() -> None:
    asked = {
        row.server for table in (READS, PREFLIGHTS, GUARDED, EXTENDED) for row in table.values()
    }
    assert DEPLOYMENTS.keys() - asked == {"subdomains", "trusted hosts"}
