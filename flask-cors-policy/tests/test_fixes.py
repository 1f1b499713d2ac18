"""Fixes: each names the place and the value, and works when it is followed literally."""

import ast
import json
import re
from copy import deepcopy
from typing import Any

import pytest
from flask import Flask

from flask_cors_policy import CORS, Variable, cross_origin
from flask_cors_policy._hints import allow_credentials, set_names, trust_origin
from flask_cors_policy._layer import EXPLAIN
from flask_cors_policy._table import Row
from helpers import BOOKS, EVIL, LISTED, METHODS, PARTNER, TRUSTED, allowed, app_with, preflight


def row_of(origins: str, row: dict[str, Any] | None = None) -> Row:
    policy = CORS(resources={"/api/*": row or LISTED}).resolve({"CORS_ORIGINS": origins})
    return policy.rows[0]


SAME_MACHINE = "the same machine by another name, which to a browser is another origin"
LOOKS_ALIKE = "which looks alike and is another site: make sure that the page is yours"

# What it is: the page, the listed origin, and the difference.
NEAR = {
    "port": ("http://localhost:3001", "http://localhost:3000", "which differs in the port"),
    "port that is the default": (
        "http://localhost",
        "http://localhost:3000",
        "which differs in the port",
    ),
    "scheme": ("http://app.example.com", TRUSTED, "which differs in the scheme"),
    "scheme and port": (
        "http://app.example.com",
        f"{TRUSTED}:8443",
        "which differs in the scheme and the port",
    ),
    "scheme of any port": (
        "https://localhost:5173",
        "http://localhost:*",
        "which differs in the scheme",
    ),
    "loopback by name and number": (
        "http://127.0.0.1:3000",
        "http://localhost:3000",
        SAME_MACHINE,
    ),
    "loopback of IPv6, any port": ("http://[::1]:3000", "http://127.0.0.1:*", SAME_MACHINE),
    "www too many": (
        "https://www.example.com",
        "https://example.com",
        "which differs in 'www.'",
    ),
    "www missing": ("https://example.com", "https://www.example.com", "which differs in 'www.'"),
    "apex under a wildcard": (
        "https://example.com",
        "https://*.example.com",
        "which covers the names below example.com and not example.com itself",
    ),
    "port under a wildcard": (
        "https://a.example.com:8443",
        "https://*.example.com",
        "which differs in the port",
    ),
    "name below an exact origin": (
        "https://pr-7.example.com",
        "https://example.com",
        "which does not cover the names below it",
    ),
    "name that goes on": (f"{TRUSTED}.evil.example", TRUSTED, LOOKS_ALIKE),
    "name with something in front": (
        "https://xexample.com",
        "https://*.example.com",
        LOOKS_ALIKE,
    ),
    "slip of the finger": (
        "https://app.exmaple.com",
        TRUSTED,
        "which is spelt almost like it",
    ),
}


@pytest.mark.parametrize(("page", "listed", "difference"), NEAR.values(), ids=NEAR.keys())
def test_nearest_origin_is_named_with_the_difference(
    page: str, listed: str, difference: str
) -> None:
    row = row_of(f"https://far.example.org,{listed}")
    fix = f"add {page} to CORS_ORIGINS"
    assert trust_origin(page, row, name_others=True) == f"{fix}; you have {listed}, {difference}"
    assert trust_origin(page, row) == fix


# What it is: the origin, and the fix.
ORIGINS = {
    "nothing is near": (EVIL, f"add {EVIL} to CORS_ORIGINS"),
    "null": (
        "null",
        (
            "serve the page over http or https and add the origin it then has to CORS_ORIGINS, or, "
            "if it is a form of another site, let it come back with GET; 'null' is any local file, "
            "sandboxed frame, cross-origin redirect or form without a referrer"
        ),
    ),
    "trailing slash": (
        f"{TRUSTED}/",
        f"send the origin as browsers do; '{TRUSTED}/' has a path; write '{TRUSTED}'",
    ),
    "capitals": (
        "https://App.Example.com",
        f"send the origin as browsers do, in lower case; write '{TRUSTED}'",
    ),
    "default port": (
        f"{TRUSTED}:443",
        (
            f"send the origin as browsers do; '{TRUSTED}:443' names the default port, which "
            f"browsers leave out; write '{TRUSTED}'"
        ),
    ),
    "two origins": (
        "https://a.example,https://b.example",
        (
            "send the origin as browsers do; 'https://a.example,https://b.example' is not one "
            "origin; write that of one page"
        ),
    ),
    "longer than an origin": (
        f"https://{'a' * 500}.example",
        "send the origin as browsers do; none has more than 300 characters",
    ),
    "scheme of an application": (
        "capacitor://localhost",
        "add capacitor://localhost to CORS_ORIGINS",
    ),
}


@pytest.mark.parametrize(("origin", "fix"), ORIGINS.values(), ids=ORIGINS.keys())
def test_every_origin_has_a_fix(origin: str, fix: str) -> None:
    assert trust_origin(origin, row_of(TRUSTED), name_others=True) == fix


def test_empty_list_is_replaced() -> None:
    assert trust_origin(PARTNER, row_of("none")) == (
        f"write {PARTNER} in CORS_ORIGINS, in place of 'none'"
    )


@pytest.mark.parametrize(
    "origins", [PARTNER, (PARTNER, Variable("CORS_ORIGINS"))], ids=["text", "text and a variable"]
)
def test_row_that_names_origins_itself(origins: Any) -> None:
    fix = trust_origin(EVIL, row_of(TRUSTED, {"origins": origins}))
    place = "the origins of resources['/api/*']" if origins == PARTNER else "CORS_ORIGINS"
    assert fix == f"add {EVIL} to {place}"


def test_what_the_constructor_supplies_is_changed_there() -> None:
    (row,) = CORS(origins=TRUSTED, methods="GET", supports_credentials=False).resolve({}).rows
    assert trust_origin(EVIL, row) == f"add {EVIL} to the origins of CORS(...)"
    assert set_names(row, "methods", ["GET", "PUT"]) == "write methods=('GET', 'PUT') in CORS(...)"
    assert allow_credentials(row) == "write supports_credentials=True in CORS(...)"
    assert set_names(row, "allow_headers", ["X-A"]) == "set CORS_ALLOW_HEADERS=X-A"


@pytest.mark.parametrize(
    "origin",
    [
        "https://a.example\r\nSet-Cookie: x=1",
        "https://\x1b[31mred.example",
        "https://\u202emoc.elpmaxe",
        "https://café.example",
        "\x00",
        "",
        "none",
        "*",
        "https://" + "a" * 10_000,
        "https://a.example/" + "\u2028" * 200,
        "https://user:secret@a.example",
    ],
)
def test_fix_is_short_and_printable_whatever_the_origin_is(origin: str) -> None:
    fix = trust_origin(origin, row_of(TRUSTED), name_others=True)
    assert fix.isascii()
    assert fix.isprintable()
    assert len(fix) < 1000
    assert "secret" not in fix


# What it is: the row, the options of the view, the request, and the fix.
VIEWS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, str], str]] = {
    "credentials below an open row": (
        {"origins": "*"},
        {"origins": PARTNER},
        {"Cookie": "a=b"},
        "write supports_credentials=True in cross_origin on 'own'",
    ),
    "credentials that the row leaves out": (
        {"origins": PARTNER},
        {},
        {"Cookie": "a=b"},
        "write supports_credentials=True in cross_origin on 'own'",
    ),
    "headers of the row": (
        {"origins": PARTNER, "allow_headers": "X-A"},
        {},
        {"Access-Control-Request-Headers": "x-b"},
        "write allow_headers=('X-A', 'x-b') in cross_origin on 'own'",
    ),
}


@pytest.mark.parametrize(("row", "options", "headers", "fix"), VIEWS.values(), ids=VIEWS.keys())
def test_what_a_view_inherits_is_changed_at_the_view(
    row: dict[str, Any], options: dict[str, Any], headers: dict[str, str], fix: str
) -> None:
    """The row stands for other views too, and under `*` it cannot take credentials."""

    def views(app: Flask) -> None:
        app.add_url_rule("/api/own", "own", cross_origin(**options)(str))

    app = app_with({"/api/*": row}, views=views)
    app.debug = True
    client = app.test_client(use_cookies=False)
    if "Cookie" in headers:
        response = client.get("/api/own", headers=headers | {"Origin": PARTNER})
    else:
        response = preflight(client, "/api/own", origin=PARTNER, method="PUT", **headers)
    assert fix in response.headers[EXPLAIN]


def test_explanation_is_ascii_whatever_the_view_is_called() -> None:
    def views(app: Flask) -> None:
        app.add_url_rule("/api/own", "\u4f60\n", cross_origin(origins="none")(str))

    app = app_with(views=views)
    app.debug = True
    response = app.test_client().get("/api/own", headers={"Origin": EVIL})
    assert r"the origins of cross_origin on '\u4f60\n'" in response.headers[EXPLAIN]


# --- followed literally ---------------------------------------------------------------------

Resources = dict[str, Any]
Options = dict[str, Any]
Environ = dict[str, str]


def follow(
    fix: str, resources: Resources, environ: Environ, origin: str, view: Options | None = None
) -> None:
    """Change the configuration exactly as a fix says; `view` are the options of the view."""
    fix = fix.partition(", or let")[0].removeprefix("leave out credentials: 'include' in the page")
    fix = fix.removeprefix(", or ")
    if view is not None and (
        found := re.fullmatch(r"take (\w+) out of cross_origin on 'own'(?: and (.+))?", fix)
    ):
        del view[found[1]]
        if found[2]:
            follow(found[2], resources, environ, origin, view)
    elif view is not None and (
        found := re.fullmatch(r"write (\w+)=(.+) in cross_origin on 'own'", fix)
    ):
        view[found[1]] = ast.literal_eval(found[2])
    elif found := re.fullmatch(
        r"(?:add|write) (\S+) (?:to|in) ([A-Z_]+)(?:, (?:where|in place) .+)?", fix
    ):
        value, name = found.groups()
        replaced = environ[name] == "none"
        environ[name] = value if replaced else f"{environ[name]},{value}"
    elif found := re.fullmatch(r"add (\S+) to the origins of resources\['(.+)'\]", fix):
        resources[found[2]]["origins"] += f",{found[1]}"
    elif found := re.fullmatch(r"set ([A-Z_]+)=(.+)", fix):
        environ[found[1]] = found[2]
    elif found := re.fullmatch(r"write ('.+': .+) in resources\['(.+?)'\](?:\[(\d)\])?", fix):
        row = resources[found[2]]
        row = row[int(found[3])] if found[3] else row
        row |= ast.literal_eval(f"{{{found[1]}}}")
    elif found := re.fullmatch(r"add (\{.+\}) to resources\['(.+)'\], which may .+", fix):
        rows = resources[found[2]]
        new = ast.literal_eval(found[1].replace("...", repr(origin)))
        resources[found[2]] = [*rows, new] if isinstance(rows, list) else [rows, new]
    elif found := re.fullmatch(r"add (\S+) to ([A-Z_]+), beside the origins of its default", fix):
        environ[found[2]] = f"{TRUSTED},{found[1]}"
    elif found := re.fullmatch(r"add a row that covers it, such as resources=(.+)", fix):
        resources |= ast.literal_eval(found[1].replace("...", repr(origin)))
    else:
        pytest.fail(f"nobody knows how to follow {fix!r}")


# What it is: the rows, CORS_ORIGINS, and the request: its method, path, origin, more headers.
REQUESTS: dict[str, tuple[Resources, str, tuple[str, str, str, dict[str, str]]]] = {
    "origin, in a variable": ({"/api/*": LISTED}, TRUSTED, ("POST", BOOKS, PARTNER, {})),
    "origin, where none is listed": ({"/api/*": LISTED}, "none", ("GET", BOOKS, PARTNER, {})),
    "origin, in the table": (
        {"/api/*": {"origins": TRUSTED}},
        TRUSTED,
        ("POST", BOOKS, PARTNER, {}),
    ),
    "origin and method": (
        {"/api/*": LISTED | {"methods": "GET"}},
        TRUSTED,
        ("POST", BOOKS, PARTNER, {}),
    ),
    "method, in a variable": ({"/api/*": LISTED}, TRUSTED, ("PROPFIND", BOOKS, TRUSTED, {})),
    "method, in the table": (
        {"/api/*": LISTED | {"methods": ["GET"]}},
        TRUSTED,
        ("DELETE", BOOKS, TRUSTED, {}),
    ),
    "method, of an open row": (
        {"/api/*": {"origins": "*", "methods": "GET"}},
        TRUSTED,
        ("POST", BOOKS, EVIL, {}),
    ),
    "header, in a variable": (
        {"/api/*": LISTED},
        TRUSTED,
        ("PUT", BOOKS, TRUSTED, {"Access-Control-Request-Headers": "x-a,content-type"}),
    ),
    "header, in the table": (
        {"/api/*": LISTED | {"allow_headers": "none"}},
        TRUSTED,
        ("PUT", BOOKS, TRUSTED, {"Access-Control-Request-Headers": "x-a,x-b"}),
    ),
    "headers with digits, underscores and many letters": (
        {"/api/*": LISTED},
        TRUSTED,
        ("GET", BOOKS, TRUSTED, {"Access-Control-Request-Headers": f"x_api_key,x-b3,x-{'a' * 98}"}),
    ),
    "method with digits, underscores and many letters": (
        {"/api/*": LISTED | {"methods": "GET"}},
        TRUSTED,
        (f"M-{'A' * 90}_2", BOOKS, TRUSTED, {}),
    ),
    "path without a row": ({"/api/v2/*": LISTED}, TRUSTED, ("PUT", BOOKS, PARTNER, {})),
    "path without a row, open API": (
        {"/api/*": {"origins": "*"}},
        TRUSTED,
        ("POST", "/outside", PARTNER, {}),
    ),
    "method without a row, open API": (
        {"/api/*": {"origins": "*", "for_methods": ["GET"]}},
        TRUSTED,
        ("POST", BOOKS, PARTNER, {}),
    ),
    "origin, beside those of a default": (
        {"/api/*": {"origins": Variable("PARTNERS", default=TRUSTED)}},
        TRUSTED,
        ("POST", BOOKS, PARTNER, {}),
    ),
    "origin, in the first of two variables, which is none": (
        {"/api/*": {"origins": [Variable("PARTNERS"), Variable("CORS_ORIGINS")]}},
        TRUSTED,
        ("POST", BOOKS, PARTNER, {}),
    ),
    "path with dots, without a row": (
        {"/api/v2/*": LISTED},
        TRUSTED,
        ("PUT", "/v2.0/books.json/", PARTNER, {}),
    ),
    "credentials, in a variable": (
        {"/api/*": LISTED},
        TRUSTED,
        ("GET", BOOKS, TRUSTED, {"Cookie": "a=b"}),
    ),
}


def reason_of(resources: Resources, environ: Environ, request: tuple[str, str, str, Any]) -> str:
    """Return what the application explains about a preflight, or else about the request."""
    return reason_in(app_with(resources, environ=environ), request)


def reason_in(app: Flask, request: tuple[str, str, str, Any]) -> str:
    app.debug = True
    method, path, origin, headers = request
    client = app.test_client(use_cookies=False)
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    for sent, how in ((asked, "OPTIONS"), ({"Origin": origin}, method)):
        response = client.open(path, method=how, headers=headers | sent)
        if reason := response.headers.get(EXPLAIN):
            return reason
    return ""


@pytest.mark.parametrize(
    ("resources", "origins", "request_"), REQUESTS.values(), ids=REQUESTS.keys()
)
def test_fix_followed_literally_lets_the_request_through(
    resources: Resources, origins: str, request_: tuple[str, str, str, dict[str, str]]
) -> None:
    resources = {path: dict(row) for path, row in resources.items()}
    environ = {"CORS_ORIGINS": origins}
    if "Variable(name='PARTNERS', default=None)" in repr(resources):
        environ["PARTNERS"] = "none"
    reasons = []
    while reason := reason_of(resources, environ, request_):
        reasons.append(reason)
        assert len(reasons) < 4, reasons
        follow(reason.split("; ", 1)[1], resources, environ, request_[2])
    assert reasons


def test_fix_for_a_method_never_narrows_an_open_api() -> None:
    resources: Resources = {"/api/*": {"origins": "*", "for_methods": ["GET"]}}
    environ: Environ = {}
    reason = reason_of(resources, environ, ("POST", BOOKS, PARTNER, {}))
    follow(reason.split("; ", 1)[1], resources, environ, PARTNER)
    client = app_with(resources, environ=environ).test_client()
    assert client.post(BOOKS, headers={"Origin": PARTNER}).status_code == 201
    assert client.post(BOOKS, headers={"Origin": EVIL}).status_code == 403
    assert allowed(client.get(BOOKS, headers={"Origin": EVIL})) == "*"


def test_fix_outside_the_rows_never_narrows_an_open_api() -> None:
    resources: Resources = {"/api/*": {"origins": Variable("CORS_ORIGINS", default="*")}}
    environ: Environ = {}
    reason = reason_of(resources, environ, ("POST", "/outside", PARTNER, {}))
    follow(reason.split("; ", 1)[1], resources, environ, PARTNER)
    app = app_with(resources, environ=environ)
    assert app.test_client().post(BOOKS, headers={"Origin": EVIL}).status_code == 201
    assert app.test_client().post("/outside", headers={"Origin": PARTNER}).status_code == 201
    assert app.test_client().post("/outside", headers={"Origin": EVIL}).status_code == 403


# A view whose methods and paths are under several rows, of which one is open.
PUBLIC: Resources = {
    "/api/*": {"origins": TRUSTED, "methods": "POST"},
    "/api/public/*": {"origins": "*", "for_methods": "GET, HEAD", "allow_headers": "X-A"},
}
ASK_B = {"Access-Control-Request-Headers": "x-b"}
COOKIE = {"Cookie": "a=b"}
SET_CREDENTIALS = "set CORS_SUPPORTS_CREDENTIALS=true"

# What it is: the rows, the view's options and paths, the method and headers, and the fix.
BELOW_SEVERAL: dict[str, tuple[Resources, Options, tuple[str, ...], tuple[str, Environ], str]] = {
    "methods of a row": (
        PUBLIC,
        {"max_age": 60},
        ("/api/public/own",),
        ("PUT", {}),
        "write 'methods': ('POST', 'PUT') in resources['/api/*']",
    ),
    "methods of a row in a list": (
        {
            "/api/*": [
                {"origins": TRUSTED, "methods": "POST"},
                {"origins": "*", "for_methods": "GET"},
            ]
        },
        {"max_age": 60},
        ("/api/own",),
        ("PUT", {}),
        "write 'methods': ('POST', 'PUT') in resources['/api/*'][0]",
    ),
    "methods of its own": (
        PUBLIC,
        {"methods": ("GET", "POST")},
        ("/api/public/own",),
        ("PUT", {}),
        "write methods=('GET', 'POST', 'PUT') in cross_origin on 'own'",
    ),
    "methods, of a path with a variable": (
        {"/api/*": {"origins": TRUSTED, "methods": "POST"}, "/api/public/*": {"origins": "*"}},
        {"max_age": 60},
        ("/api/<path:name>", "/api/public/own"),
        ("PUT", {}),
        "write 'methods': ('POST', 'PUT') in resources['/api/*']",
    ),
    "methods, of two paths": (
        {"/api/*": {"origins": TRUSTED, "methods": "POST"}, "/open/*": {"origins": "*"}},
        {"max_age": 60},
        ("/api/own", "/open/own"),
        ("PUT", {}),
        "write 'methods': ('POST', 'PUT') in resources['/api/*']",
    ),
    "headers of the row": (
        PUBLIC,
        {"max_age": 60},
        ("/api/public/own",),
        ("GET", ASK_B),
        (
            "write 'allow_headers': ('X-A', 'x-b') in resources['/api/public/*'], "
            "or let the page leave it out"
        ),
    ),
    "credentials": (PUBLIC, {}, ("/api/public/own",), ("POST", COOKIE), SET_CREDENTIALS),
    "credentials of origins of its own": (
        PUBLIC,
        {"origins": TRUSTED},
        ("/api/public/own",),
        ("POST", COOKIE),
        "write supports_credentials=True in cross_origin on 'own'",
    ),
    "credentials that it turns off itself": (
        PUBLIC,
        {"supports_credentials": False},
        ("/api/public/own",),
        ("POST", COOKIE),
        f"take supports_credentials out of cross_origin on 'own' and {SET_CREDENTIALS}",
    ),
    "credentials that the row takes": (
        PUBLIC | {"/api/*": PUBLIC["/api/*"] | {"supports_credentials": True}},
        {"supports_credentials": False},
        ("/api/public/own",),
        ("POST", COOKIE),
        "take supports_credentials out of cross_origin on 'own'",
    ),
    "credentials, where no row is open": (
        {"/api/*": {"origins": TRUSTED}, "/api/own/*": {"origins": PARTNER, "for_methods": "GET"}},
        {"supports_credentials": False},
        ("/api/own",),
        ("POST", COOKIE),
        "write supports_credentials=True in cross_origin on 'own'",
    ),
}


@pytest.mark.parametrize(
    ("rows", "options", "paths", "call", "fix"), BELOW_SEVERAL.values(), ids=BELOW_SEVERAL.keys()
)
def test_fix_for_a_view_keeps_what_its_other_rows_grant(
    rows: Resources,
    options: Options,
    paths: tuple[str, ...],
    call: tuple[str, Environ],
    fix: str,
) -> None:
    resources, view = deepcopy(rows), dict(options)
    environ: Environ = {}

    def views(app: Flask) -> None:
        decorated = cross_origin(**view)(lambda **_: "own")
        for path in paths:
            app.add_url_rule(path, "own", decorated, methods=METHODS)

    def build() -> Flask:
        return app_with(resources, environ=environ, views=views)

    asked = [path.replace("<path:name>", "any") for path in paths]
    request = (call[0], asked[0], TRUSTED, call[1])
    before = grants(build(), asked)
    assert before
    explained = reason_in(build(), request).split("; ", 1)[1]
    assert explained.removeprefix("leave out credentials: 'include' in the page, or ") == fix
    follow(explained, resources, environ, TRUSTED, view)
    assert not reason_in(build(), request)
    assert before <= grants(build(), asked)


def grants(app: Flask, paths: list[str]) -> set[tuple[str, str, str]]:
    """Return who may read which method of which path."""
    client = app.test_client(use_cookies=False)
    found = set()
    for path in paths:
        for method in METHODS:
            for page in (TRUSTED, PARTNER, EVIL):
                response = client.open(path, method=method, headers={"Origin": page})
                if response.status_code == 200 and allowed(response):
                    found.add((path, method, page))
    return found


# --- what no option takes -------------------------------------------------------------------

NOT_LISTABLE = "call a method that the row lists; no row can list this one"
LEAVE_OUT = "let the page leave it out"

# What it is: the method, the announced headers, and the fix.
UNLISTABLE = {
    "wildcard": ("A*B", "", NOT_LISTABLE),
    "the word for no method": ("NONE", "", NOT_LISTABLE),
    "the word for no method, in lower case": ("none", "", NOT_LISTABLE),
    "method of preflights": ("OPTIONS", "", NOT_LISTABLE),
    "method that browsers do not send": ("track", "", NOT_LISTABLE),
    "two methods": ("PUT,LOCK", "", NOT_LISTABLE),
    "method with a line break": ("LOCK\vx", "", NOT_LISTABLE),
    "method that a shell runs": ("`LOCK`", "", NOT_LISTABLE),
    "method that is too long": ("A" * 101, "", NOT_LISTABLE),
    "header that browsers keep to themselves": ("PUT", "cookie", LEAVE_OUT),
    "header with a forbidden beginning": ("PUT", "sec-foo", LEAVE_OUT),
    "the word for no header": ("PUT", "none", LEAVE_OUT),
    "header that is a wildcard": ("PUT", "x-*", LEAVE_OUT),
    "header that a shell runs": ("PUT", "x`reboot`", LEAVE_OUT),
    "header with quotes": ("PUT", "'x-a'", LEAVE_OUT),
    "header with a blank": ("PUT", "x a", LEAVE_OUT),
    "header that is too long": ("PUT", "x" * 101, LEAVE_OUT),
    "one of two headers": ("PUT", "x-a,cookie", LEAVE_OUT),
}


@pytest.mark.parametrize("row", [LISTED, LISTED | {"methods": "GET, PUT", "allow_headers": "none"}])
@pytest.mark.parametrize(("method", "headers", "fix"), UNLISTABLE.values(), ids=UNLISTABLE.keys())
def test_name_that_no_option_takes_is_not_offered(
    row: dict[str, Any], method: str, headers: str, fix: str
) -> None:
    sent = {"Access-Control-Request-Headers": headers} if headers else {}
    reason = reason_of({"/api/*": row}, {"CORS_ORIGINS": TRUSTED}, (method, BOOKS, TRUSTED, sent))
    assert reason.split("; ", 1)[1] == fix


def test_method_in_lower_case_is_written_and_listed_in_upper_case() -> None:
    resources: Resources = {"/api/*": {"origins": TRUSTED, "methods": "GET"}}
    reason = reason_of(resources, {}, ("foo", BOOKS, TRUSTED, {}))
    page, _, listed = reason.split("; ", 1)[1].partition(", and ")
    assert page == "let the page write 'FOO'"
    follow(listed, resources, {}, TRUSTED)
    assert not reason_of(resources, {}, ("FOO", BOOKS, TRUSTED, {}))


# --- the same in all places -----------------------------------------------------------------

HIDDEN = (
    "serve the page over http or https and add a row that trusts its origin, or, if it is a form "
    "of another site, let it come back with GET"
)
LIMITED = {"/api/*": LISTED | {"for_methods": "GET"}}

# What it is: the table, the method, path and origin of a request, and the fix.
EVERYWHERE: dict[str, tuple[dict[str, Any], tuple[str, str, str], str]] = {
    "null, where no row covers the path": ({}, ("POST", "/outside", "null"), HIDDEN),
    "null, where no row covers the method": (
        {"resources": LIMITED},
        ("POST", BOOKS, "null"),
        HIDDEN,
    ),
    "origin, of the constructor": (
        {"resources": ["/api/*"], "origins": TRUSTED},
        ("POST", BOOKS, EVIL),
        f"add {EVIL} to the origins of CORS(...)",
    ),
    "origin, of the constructor, where none is listed": (
        {"resources": ["/api/*"], "origins": "none"},
        ("POST", BOOKS, EVIL),
        f"write {EVIL} in the origins of CORS(...), where no origin is listed",
    ),
    "method, of the constructor": (
        {"resources": ["/api/*"], "origins": TRUSTED, "methods": "GET"},
        ("POST", BOOKS, TRUSTED),
        "write methods=('GET', 'POST') in CORS(...)",
    ),
    "method with digits": (
        {},
        ("LOCK_2", BOOKS, TRUSTED),
        "set CORS_METHODS=GET,HEAD,POST,PUT,PATCH,DELETE,LOCK_2",
    ),
}


@pytest.mark.parametrize(("table", "call", "fix"), EVERYWHERE.values(), ids=EVERYWHERE.keys())
def test_log_response_and_explain_give_the_same_fix(
    table: dict[str, Any],
    call: tuple[str, str, str],
    fix: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    method, path, origin = call
    environ = {} if "origins" in table else {"CORS_ORIGINS": TRUSTED}
    app = app_with(**{"resources": {"/api/*": LISTED}} | table, environ=environ)
    app.debug = True
    response = app.test_client().open(path, method=method, headers={"Origin": origin})
    assert response.get_json()["detail"].endswith(f"If it is yours, {fix}.")
    assert response.headers[EXPLAIN].endswith(f"; {fix}")
    (line,) = caplog.messages
    assert f"; {fix}" in line
    asked = ["cors", "explain", method, f"https://localhost{path}", "--origin", origin, "--json"]
    result = app.test_cli_runner().invoke(args=asked)
    assert json.loads(result.output)["fix"].endswith(fix)


@pytest.mark.parametrize("path", ["/outside", BOOKS], ids=["path", "method"])
def test_origin_that_no_row_can_list_is_mended_before_a_row_is_added(path: str) -> None:
    reason = reason_of(LIMITED, {"CORS_ORIGINS": TRUSTED}, ("POST", path, f"{TRUSTED}/", {}))
    assert reason.endswith(f"browsers do; '{TRUSTED}/' has a path; write '{TRUSTED}'")
