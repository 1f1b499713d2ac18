"""Fixes: each names the place and the value, and works when it is followed literally."""

import ast
import re
from typing import Any

import pytest
from flask import Flask

from flask_cors_policy import CORS, Variable, cross_origin
from flask_cors_policy._hints import allow_credentials, set_names, trust_origin
from flask_cors_policy._layer import EXPLAIN
from flask_cors_policy._table import Row
from helpers import BOOKS, EVIL, LISTED, PARTNER, TRUSTED, allowed, app_with, preflight


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
Environ = dict[str, str]


def follow(fix: str, resources: Resources, environ: Environ, origin: str) -> None:
    """Change the configuration exactly as a fix says."""
    fix = fix.partition(", or let")[0]
    if found := re.fullmatch(
        r"(?:add|write) (\S+) (?:to|in) ([A-Z_]+)(?:, (?:where|in place) .+)?", fix
    ):
        value, name = found.groups()
        replaced = environ[name] == "none"
        environ[name] = value if replaced else f"{environ[name]},{value}"
    elif found := re.fullmatch(r"add (\S+) to the origins of resources\['(.+)'\]", fix):
        resources[found[2]]["origins"] += f",{found[1]}"
    elif found := re.fullmatch(r"(?:leave out .+, or )?set ([A-Z_]+)=(.+)", fix):
        environ[found[1]] = found[2]
    elif found := re.fullmatch(r"write ('.+': .+) in resources\['(.+)'\]", fix):
        resources[found[2]] |= ast.literal_eval(f"{{{found[1]}}}")
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
    app = app_with(resources, environ=environ)
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
