"""What a policy promises (SPEC, section 5), asked of a started server over raw HTTP."""

from collections.abc import Mapping

import pytest

from http_server import ASKED_HEADERS, ASKED_METHOD
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

pytest_plugins = ("projects",)

Cors = Mapping[str, str]
NOTHING: Cors = {}
GREETINGS = "/api/v1/greetings"
STATUS = "/api/v1/public/status"
REPORTS = "/api/v1/reports/2026"

PUBLIC_GRANT = granted("*", methods="GET, HEAD", headers="Content-Type, X-Request-ID")


def public_grant(origin: str) -> Cors:
    return PUBLIC_GRANT | allowed(origin)


# What it is: the server, the path, Origin (or none), the CORS headers of a GET, and if it varies.
READS: dict[str, tuple[str, str, str | None, Cors, bool]] = {
    "locked-down: a trusted origin": ("locked-down", GREETINGS, APP, readable(APP), True),
    "locked-down: a trusted subdomain": (
        "locked-down",
        GREETINGS,
        PREVIEW,
        readable(PREVIEW),
        True,
    ),
    "locked-down: any port of a trusted host": (
        "locked-down",
        GREETINGS,
        LOCAL,
        readable(LOCAL),
        True,
    ),
    "locked-down: another origin": ("locked-down", GREETINGS, EVIL, NOTHING, True),
    "locked-down: a look-alike": ("locked-down", GREETINGS, f"{APP}.evil.example", NOTHING, True),
    "locked-down: the apex of a wildcard": (
        "locked-down",
        GREETINGS,
        "https://preview.example.com",
        NOTHING,
        True,
    ),
    "locked-down: a sibling on the same site": ("locked-down", GREETINGS, SIBLING, NOTHING, True),
    "locked-down: capitals": ("locked-down", GREETINGS, APP.upper(), NOTHING, True),
    "locked-down: null": ("locked-down", GREETINGS, "null", NOTHING, True),
    "locked-down: a star": ("locked-down", GREETINGS, "*", NOTHING, True),
    "locked-down: empty": ("locked-down", GREETINGS, "", NOTHING, True),
    "locked-down: two origins": ("locked-down", GREETINGS, f"{APP}, {APP}", NOTHING, True),
    "locked-down: 5000 digits": (
        "locked-down",
        GREETINGS,
        f"http://localhost:{'1' * 5000}",
        NOTHING,
        True,
    ),
    "locked-down: no Origin": ("locked-down", GREETINGS, None, NOTHING, True),
    "locked-down for nobody: an origin": ("locked-down for nobody", GREETINGS, APP, NOTHING, True),
    "locked-down for nobody: none": ("locked-down for nobody", GREETINGS, "none", NOTHING, True),
    "locked-down for nobody: null": ("locked-down for nobody", GREETINGS, "null", NOTHING, True),
    "locked-down with credentials: a trusted origin": (
        "locked-down with credentials",
        GREETINGS,
        APP,
        readable(APP, credentials=True),
        True,
    ),
    "locked-down with credentials: another origin": (
        "locked-down with credentials",
        GREETINGS,
        EVIL,
        NOTHING,
        True,
    ),
    "locked-down with credentials: null": (
        "locked-down with credentials",
        GREETINGS,
        "null",
        NOTHING,
        True,
    ),
    "mixed: a trusted origin": ("mixed", GREETINGS, APP, readable(APP), True),
    "mixed: another origin": ("mixed", GREETINGS, EVIL, NOTHING, True),
    "mixed: no Origin": ("mixed", GREETINGS, None, NOTHING, True),
    "mixed, public: any origin": ("mixed", STATUS, EVIL, readable("*"), False),
    "mixed, public: a trusted origin": ("mixed", STATUS, APP, readable("*"), False),
    "mixed, public: null": ("mixed", STATUS, "null", readable("*"), False),
    "mixed, public: no Origin": ("mixed", STATUS, None, readable("*"), False),
    "mixed, public: what is not there": (
        "mixed",
        "/api/v1/public/nothing",
        EVIL,
        readable("*"),
        False,
    ),
    "mixed, public: the subtree's own path": (
        "mixed",
        "/api/v1/public",
        EVIL,
        readable("*"),
        False,
    ),
    "mixed with credentials: a trusted origin": (
        "mixed with credentials",
        GREETINGS,
        APP,
        readable(APP, credentials=True),
        True,
    ),
    "mixed with credentials, public: never with credentials": (
        "mixed with credentials",
        STATUS,
        APP,
        readable("*"),
        False,
    ),
    "mixed with a list, public: of the list": (
        "mixed with a list",
        STATUS,
        READER,
        readable(READER),
        True,
    ),
    "mixed with a list, public: of CORS_ORIGINS, never with credentials": (
        "mixed with a list",
        STATUS,
        APP,
        readable(APP),
        True,
    ),
    "mixed with a list, public: of neither": ("mixed with a list", STATUS, EVIL, NOTHING, True),
    "mixed with a list, public: no Origin": ("mixed with a list", STATUS, None, NOTHING, True),
    "mixed with a list, not public: of the list": (
        "mixed with a list",
        GREETINGS,
        READER,
        NOTHING,
        True,
    ),
    "mixed with none, public: of CORS_ORIGINS": (
        "mixed with none",
        STATUS,
        APP,
        readable(APP),
        True,
    ),
    "mixed with none, public: of neither": ("mixed with none", STATUS, EVIL, NOTHING, True),
    "permissive: any origin": ("permissive", GREETINGS, EVIL, readable("*"), False),
    "permissive: null": ("permissive", GREETINGS, "null", readable("*"), False),
    "permissive: no Origin": ("permissive", GREETINGS, None, readable("*"), False),
    "permissive with a list: of the list": (
        "permissive with a list",
        GREETINGS,
        APP,
        readable(APP),
        True,
    ),
    "permissive with a list: another": ("permissive with a list", GREETINGS, EVIL, NOTHING, True),
    "permissive with a list: no Origin": (
        "permissive with a list",
        GREETINGS,
        None,
        NOTHING,
        True,
    ),
    "nothing is exposed": ("narrow", GREETINGS, APP, allowed(APP), True),
    "row of one's own: its origin": (
        "row of one's own",
        REPORTS,
        PARTNER,
        readable(PARTNER, credentials=True),
        True,
    ),
    "row of one's own: an origin of the wider row": (
        "row of one's own",
        REPORTS,
        APP,
        NOTHING,
        True,
    ),
    "row of one's own: its origin elsewhere": (
        "row of one's own",
        GREETINGS,
        PARTNER,
        NOTHING,
        True,
    ),
    "path: /api": ("locked-down", "/api", APP, readable(APP), True),
    "path: /api/": ("locked-down", "/api/", APP, readable(APP), True),
    "path: below, with a query": (
        "locked-down",
        f"{GREETINGS}?name=a%2fb",
        APP,
        readable(APP),
        True,
    ),
    "path: /apiary": ("locked-down", "/apiary", APP, NOTHING, False),
    "path: /apiary under permissive": ("permissive", "/apiary", EVIL, NOTHING, False),
    "path: /api-internal": ("permissive", "/api-internal", EVIL, NOTHING, False),
    "path: /api.json": ("permissive", "/api.json", EVIL, NOTHING, False),
    "path: /API": ("permissive", "/API/v1/greetings", EVIL, NOTHING, False),
    "path: /": ("permissive", "/", EVIL, NOTHING, False),
    "path: /x/api": ("permissive", "/x/api/v1", EVIL, NOTHING, False),
    "path: /api in the query": ("permissive", "/healthz?/api/v1", EVIL, NOTHING, False),
    "path: percent-encoded once, as the router reads it": (
        "locked-down",
        "/%61pi/v1/greetings",
        APP,
        readable(APP),
        True,
    ),
    "path: a slash percent-encoded": ("locked-down", "/api%2Fv1", APP, readable(APP), True),
    "path: percent-encoded twice": ("permissive", "/%2561pi/v1/greetings", EVIL, NOTHING, False),
    "path: a line break behind /api": ("permissive", "/api%0A", EVIL, NOTHING, False),
    "path: a line break below /api": ("permissive", "/api/%0AX: y", EVIL, readable("*"), False),
    "path: a null byte behind /api": ("permissive", "/api%00", EVIL, NOTHING, False),
    "path: a plus sign is no blank": ("mixed", "/api/v1+public/status", EVIL, NOTHING, True),
    "path: beside the public subtree": ("mixed", "/api/v1/publicity", EVIL, NOTHING, True),
    "path: beside the public subtree, a hyphen": (
        "mixed",
        "/api/v1/public-x",
        EVIL,
        NOTHING,
        True,
    ),
    "path: the public subtree in capitals": (
        "mixed",
        "/api/v1/Public/status",
        EVIL,
        NOTHING,
        True,
    ),
    "path: the public subtree percent-encoded twice": (
        "mixed",
        "/api/v1/%2570ublic/status",
        EVIL,
        NOTHING,
        True,
    ),
    "path: the public subtree with a slash too many": (
        "mixed",
        "/api/v1//public/status",
        EVIL,
        NOTHING,
        True,
    ),
    "/healthz has no CORS": ("permissive", "/healthz", EVIL, NOTHING, False),
    "/readyz has no CORS": ("permissive", "/readyz", EVIL, NOTHING, False),
    "/healthz has no CORS for a trusted origin": ("locked-down", "/healthz", APP, NOTHING, False),
}

# What it is: the server, the path, Origin, the method asked for, the CORS headers.
PREFLIGHTS: dict[str, tuple[str, str, str, str, Cors]] = {
    "locked-down: a trusted origin": ("locked-down", GREETINGS, APP, "PUT", granted(APP)),
    "locked-down: GET, for a header's sake": ("locked-down", GREETINGS, APP, "GET", granted(APP)),
    "locked-down: another origin": ("locked-down", GREETINGS, EVIL, "PUT", NOTHING),
    "locked-down: null": ("locked-down", GREETINGS, "null", "PUT", NOTHING),
    "locked-down with credentials: a trusted origin": (
        "locked-down with credentials",
        GREETINGS,
        APP,
        "PUT",
        granted(APP, credentials=True),
    ),
    "locked-down with credentials: another origin": (
        "locked-down with credentials",
        GREETINGS,
        EVIL,
        "PUT",
        NOTHING,
    ),
    "locked-down for nobody": ("locked-down for nobody", GREETINGS, APP, "GET", NOTHING),
    "mixed: a trusted origin": ("mixed", GREETINGS, APP, "POST", granted(APP)),
    "mixed: another origin": ("mixed", GREETINGS, EVIL, "POST", NOTHING),
    "mixed, public: any origin reads": ("mixed", STATUS, EVIL, "GET", PUBLIC_GRANT),
    "mixed, public: any origin, HEAD": ("mixed", STATUS, EVIL, "HEAD", PUBLIC_GRANT),
    "mixed, public: a trusted origin reads": ("mixed", STATUS, APP, "GET", PUBLIC_GRANT),
    "mixed, public: any origin writes": ("mixed", STATUS, EVIL, "POST", NOTHING),
    "mixed, public: any origin deletes": ("mixed", STATUS, EVIL, "DELETE", NOTHING),
    "mixed, public: a trusted origin writes": ("mixed", STATUS, APP, "PUT", granted(APP)),
    "mixed with credentials, public: a trusted origin writes": (
        "mixed with credentials",
        STATUS,
        APP,
        "PUT",
        granted(APP, credentials=True),
    ),
    "mixed with credentials, public: never with credentials": (
        "mixed with credentials",
        STATUS,
        APP,
        "GET",
        PUBLIC_GRANT,
    ),
    "mixed with a list, public: of the list": (
        "mixed with a list",
        STATUS,
        READER,
        "GET",
        public_grant(READER),
    ),
    "mixed with a list, public: of CORS_ORIGINS": (
        "mixed with a list",
        STATUS,
        APP,
        "GET",
        public_grant(APP),
    ),
    "mixed with a list, public: of neither": ("mixed with a list", STATUS, EVIL, "GET", NOTHING),
    "mixed with a list, public: of the list writes": (
        "mixed with a list",
        STATUS,
        READER,
        "PUT",
        NOTHING,
    ),
    "mixed with none, public: of CORS_ORIGINS": (
        "mixed with none",
        STATUS,
        APP,
        "GET",
        public_grant(APP),
    ),
    "mixed with none, public: of neither": ("mixed with none", STATUS, EVIL, "GET", NOTHING),
    "permissive: any origin": ("permissive", GREETINGS, EVIL, "DELETE", granted("*")),
    "permissive: null": ("permissive", GREETINGS, "null", "DELETE", granted("*")),
    "permissive with a list: of the list": (
        "permissive with a list",
        GREETINGS,
        APP,
        "PUT",
        granted(APP),
    ),
    "permissive with a list: another": (
        "permissive with a list",
        GREETINGS,
        EVIL,
        "PUT",
        NOTHING,
    ),
    "max-age of 0 is sent": (
        "narrow",
        GREETINGS,
        APP,
        "PATCH",
        allowed(APP)
        | {"access-control-allow-methods": "GET, PATCH", "access-control-max-age": "0"},
    ),
    "method not listed": ("narrow", GREETINGS, APP, "PUT", allowed(APP)),
    "method not listed, with credentials": (
        "locked-down with credentials",
        GREETINGS,
        APP,
        "PROPFIND",
        allowed(APP, credentials=True),
    ),
    "method not listed, another origin": ("narrow", GREETINGS, EVIL, "PUT", NOTHING),
    "method not listed, permissive": ("permissive", GREETINGS, EVIL, "PROPFIND", allowed("*")),
    "method not listed that needs no listing: POST": ("narrow", GREETINGS, APP, "POST", NOTHING),
    "method not listed that needs no listing: HEAD": ("narrow", GREETINGS, APP, "HEAD", NOTHING),
    "method in lower case": ("narrow", GREETINGS, APP, "patch", allowed(APP)),
    "part of a method": ("locked-down", GREETINGS, APP, "ET", allowed(APP)),
    "letter of a method": ("locked-down", GREETINGS, APP, "T", allowed(APP)),
    "comma and blank": ("locked-down", GREETINGS, APP, ",", allowed(APP)),
    "two methods": ("locked-down", GREETINGS, APP, "GET, HEAD", allowed(APP)),
    "unknown path": ("locked-down", "/api/nothing", APP, "PUT", granted(APP)),
    "unknown path, another origin": ("locked-down", "/api/nothing", EVIL, "PUT", NOTHING),
    "method that the route has not": ("locked-down", GREETINGS, APP, "DELETE", granted(APP)),
    "slash too many": ("locked-down", f"{GREETINGS}/", APP, "GET", granted(APP)),
    "slash missing": ("locked-down", "/api/extra/slash", APP, "GET", granted(APP)),
    "double slash": ("locked-down", "/api//v1/greetings", APP, "GET", granted(APP)),
    "/api itself": ("locked-down", "/api", APP, "GET", granted(APP)),
    "blueprint that authenticates": (
        "locked-down",
        "/api/before_request/1",
        APP,
        "GET",
        granted(APP),
    ),
    "blueprint that authenticates earlier": (
        "locked-down",
        "/api/url_value_preprocessor/1",
        APP,
        "GET",
        granted(APP),
    ),
    "rate limit": ("locked-down", "/api/extra/limited", APP, "GET", granted(APP)),
    "view that crashes": ("locked-down", "/api/extra/crash", APP, "GET", granted(APP)),
    "view that sets CORS headers": ("locked-down", "/api/extra/own-headers", EVIL, "GET", NOTHING),
    "debug mode": ("debug", "/api/nothing", APP, "GET", granted(APP)),
    "row of one's own: its origin": (
        "row of one's own",
        REPORTS,
        PARTNER,
        "GET",
        granted(PARTNER, credentials=True, methods="GET, HEAD"),
    ),
    "row of one's own: method not listed": (
        "row of one's own",
        REPORTS,
        PARTNER,
        "DELETE",
        allowed(PARTNER, credentials=True),
    ),
    "row of one's own: method not listed that needs no listing": (
        "row of one's own",
        REPORTS,
        PARTNER,
        "POST",
        NOTHING,
    ),
    "row of one's own: an origin of the wider row": (
        "row of one's own",
        REPORTS,
        APP,
        "GET",
        NOTHING,
    ),
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("name", "path", "origin", "cors", "varies"), READS.values(), ids=READS.keys()
)
def test_reads(
    name: str, path: str, origin: str | None, cors: Cors, varies: bool, method: str, server: Serve
) -> None:
    if name == "narrow" and method == "HEAD":
        cors = NOTHING  # not listed, and sent without asking
    path = path.replace(" ", "%20")
    for _ in "computed", "remembered":
        answer = server(name).ask(method, path, {} if origin is None else {"Origin": origin})
        assert answer.cors == cors
        assert answer.varies == varies


@pytest.mark.parametrize(
    ("name", "path", "origin", "method", "cors"), PREFLIGHTS.values(), ids=PREFLIGHTS.keys()
)
def test_preflights(
    name: str, path: str, origin: str, method: str, cors: Cors, server: Serve
) -> None:
    for _ in "computed", "remembered":
        answer = server(name).preflight(path, method, {"Origin": origin})
        assert answer.status == 204
        assert answer.body == b""
        assert answer.cors == cors
        assert answer.varies
        assert answer["X-Request-ID"]


HEADERS_ASKED_FOR = {
    "all that are listed": "authorization,content-type,x-request-id",
    "one that is listed": "content-type",
    "one that is not listed": "x-evil",
    "one of either": "content-type,x-evil",
    "a star": "*",
    "a name that begins like a listed one": "content-type-x",
    "part of a listed name": "content",
    "7000 characters": "x" * 7000,
    "nothing": "",
}


@pytest.mark.parametrize("headers", HEADERS_ASKED_FOR.values(), ids=HEADERS_ASKED_FOR.keys())
def test_the_grant_is_full_whatever_headers_are_asked_for(headers: str, server: Serve) -> None:
    asked = {"Origin": APP, ASKED_HEADERS: headers}
    assert server("locked-down").preflight(GREETINGS, "PUT", asked).cors == granted(APP)


def test_private_networks_are_not_mentioned(server: Serve) -> None:
    asked = {"Origin": APP, "Access-Control-Request-Private-Network": "true"}
    answer = server("locked-down").preflight(GREETINGS, "PUT", asked)
    assert (answer.status, answer.cors) == (204, granted(APP))
    asked["Origin"] = EVIL
    assert server("locked-down").preflight(GREETINGS, "PUT", asked).cors == NOTHING
    assert server("permissive").preflight(GREETINGS, "PUT", asked).cors == granted("*")


# What it is: the server, the path, more headers, the status, the CORS headers.
ORDINARY_OPTIONS: dict[str, tuple[str, str, Mapping[str, str], int, Cors]] = {
    "without a method asked for": ("locked-down", GREETINGS, {"Origin": APP}, 200, readable(APP)),
    "without Origin": ("locked-down", GREETINGS, {ASKED_METHOD: "GET"}, 200, NOTHING),
    "with neither": ("locked-down", GREETINGS, {}, 200, NOTHING),
    "with an empty method asked for": (
        "locked-down",
        GREETINGS,
        {"Origin": APP, ASKED_METHOD: ""},
        200,
        readable(APP),
    ),
    "from another origin": ("locked-down", GREETINGS, {"Origin": EVIL}, 200, NOTHING),
    "of an unknown path": ("locked-down", "/api/nothing", {"Origin": APP}, 404, readable(APP)),
    "that has to authenticate": (
        "locked-down",
        "/api/before_request/1",
        {"Origin": APP},
        401,
        readable(APP),
    ),
    "under permissive": ("permissive", GREETINGS, {"Origin": EVIL}, 200, readable("*")),
    "outside /api, although a preflight": (
        "permissive",
        "/healthz",
        {"Origin": EVIL, ASKED_METHOD: "GET"},
        200,
        NOTHING,
    ),
    "of an unknown path outside /api, although a preflight": (
        "permissive",
        "/apiary/x",
        {"Origin": EVIL, ASKED_METHOD: "GET"},
        404,
        NOTHING,
    ),
}


@pytest.mark.parametrize(
    ("name", "path", "headers", "status", "cors"),
    ORDINARY_OPTIONS.values(),
    ids=ORDINARY_OPTIONS.keys(),
)
def test_any_other_options_request_is_an_ordinary_one(
    name: str, path: str, headers: Mapping[str, str], status: int, cors: Cors, server: Serve
) -> None:
    answer = server(name).ask("OPTIONS", path, headers)
    assert (answer.status, answer.cors) == (status, cors)
    assert answer.varies == path.startswith("/api/")
    assert ("GET" in answer["Allow"]) == (status == 200)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_what_is_remembered_is_what_was_computed(name: str, server: Serve) -> None:
    """The same requests twice, the second time in another order."""
    asked = [
        (method, path, {"Origin": origin, ASKED_METHOD: announced})
        for method, announced in [
            ("GET", ""),
            ("OPTIONS", ""),
            ("OPTIONS", "PUT"),
            ("OPTIONS", "X"),
        ]
        for path in (GREETINGS, STATUS, "/api/v1/greetings/open", "/healthz")
        for origin in (APP, PREVIEW, READER, EVIL, "null", "")
    ]
    first = [server(name).ask(*it) for it in asked]
    second = [server(name).ask(*it) for it in reversed(asked)][::-1]
    assert [(it.status, it.cors, it.vary) for it in first] == [
        (it.status, it.cors, it.vary) for it in second
    ]


# What it is: what the caller sends, and if it is taken over.
REQUEST_IDS = {
    "one character": ("a", True),
    "every kind of character": ("AZaz09._-", True),
    "128 characters": ("x" * 128, True),
    "129 characters": ("x" * 129, False),
    "empty": ("", False),
    "a blank": ("a b", False),
    "a tab": ("a\tb", False),
    "a comma": ("a,b", False),
    "a slash": ("../a", False),
    "a colon": ("a:b", False),
    "beyond ASCII": ("é", False),
    "markup": ("<a>", False),
}

# What it is: the method, the path, the status.
KINDS_OF_ANSWERS = {
    "a success": ("GET", GREETINGS, 200),
    "an unknown path": ("GET", "/api/nothing", 404),
    "a refused page": ("POST", GREETINGS, 403),
    "a redirect": ("GET", "/api/extra/slash", 308),
    "a crash": ("GET", "/api/extra/crash", 500),
    "a preflight": ("OPTIONS", GREETINGS, 204),
    "a view that sets it": ("GET", "/api/extra/own-headers", 200),
}


@pytest.mark.parametrize(
    ("method", "path", "status"), KINDS_OF_ANSWERS.values(), ids=KINDS_OF_ANSWERS.keys()
)
@pytest.mark.parametrize(("given", "taken"), REQUEST_IDS.values(), ids=REQUEST_IDS.keys())
def test_request_ids(
    given: str, taken: bool, method: str, path: str, status: int, server: Serve
) -> None:
    headers = {"Origin": EVIL, ASKED_METHOD: "PUT", "X-Request-ID": given}
    answer = server("locked-down").ask(method, path, headers)
    assert answer.status == status
    request_id = answer["X-Request-ID"]
    assert (request_id == given) == taken
    assert len(request_id) == 32 or taken
    if status >= 400:
        assert answer.json["request_id"] == request_id


def test_every_request_has_an_id_of_its_own(server: Serve) -> None:
    ids = {server("locked-down").ask("GET", GREETINGS)["X-Request-ID"] for _ in range(5)}
    assert len(ids) == 5
