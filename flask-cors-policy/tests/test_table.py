"""The table: which row covers a path and a method, and which tables are refused."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from flask_cors_policy import CORS, ConfigurationError, Variable
from helpers import (
    BOOKS,
    ENVIRON,
    EVIL,
    LISTED,
    PARTNER,
    TRUSTED,
    allowed,
    app_with,
    calls,
    cors_headers,
    preflight,
    problems_of,
)

ROW = "resources['/api/x/*']"
OPTIONS = (
    "origins, for_methods, methods, allow_headers, expose_headers, supports_credentials, max_age"
)

# What it is: the path of the row, the path of the request, and whether the row covers it.
COVERS = {
    "the root of the subtree": ("/api/*", "/api", True),
    "the root with a slash": ("/api/*", "/api/", True),
    "below": ("/api/*", "/api/v1/books", True),
    "below, percent-encoded": ("/api/*", "/%61pi/v1", True),
    "below, an encoded slash": ("/api/*", "/api%2Fv1", True),
    "below, a double slash": ("/api/*", "/api//v1", True),
    "below, a line break": ("/api/*", "/api/%0AX: y", True),
    "a longer name": ("/api/*", "/apiary", False),
    "a hyphen": ("/api/*", "/api-internal", False),
    "a dot": ("/api/*", "/api.json", False),
    "capitals": ("/api/*", "/API/v1", False),
    "elsewhere in the path": ("/api/*", "/v1/api", False),
    "in the query": ("/api/*", "/outside?/api/x", False),
    "percent-encoded twice": ("/api/*", "/%2561pi/v1", False),
    "a line break behind": ("/api/*", "/api%0A", False),
    "a null byte behind": ("/api/*", "/api%00", False),
    "the root of everything": ("/api/*", "/", False),
    "everything: the root": ("/*", "/", True),
    "everything: any path": ("/*", "/x/y", True),
    "a dot in the row": ("/api.v1/*", "/apixv1/x", False),
}


@pytest.mark.parametrize(("row", "path", "covered"), COVERS.values(), ids=COVERS.keys())
def test_row_covers_its_subtree_and_nothing_else(row: str, path: str, covered: bool) -> None:
    client = app_with({row: {"origins": "*"}}).test_client()
    response = client.get(path, headers={"Origin": EVIL})
    assert cors_headers(response) == ({"Access-Control-Allow-Origin": "*"} if covered else {})


def test_row_covers_the_path_that_the_router_sees() -> None:
    """Werkzeug drops slashes in front, and the test client takes `//api` for a host."""
    client = app_with().test_client()
    raw = {"PATH_INFO": "//api/books"}
    response = client.get("/", environ_overrides=raw, headers={"Origin": TRUSTED})
    assert (response.status_code, allowed(response)) == (200, TRUSTED)


def test_most_specific_row_wins_in_any_order() -> None:
    rows = {
        "/api/*": LISTED,
        "/api/reports/*": {"origins": PARTNER},
        "/api/reports/2026/*": {"origins": EVIL},
    }
    for table in (rows, dict(reversed(rows.items()))):
        client = app_with(table).test_client()
        for path, trusted in (
            ("/api", TRUSTED),
            ("/api/reportsandmore", TRUSTED),
            ("/api/reports", PARTNER),
            ("/api/reports/2025", PARTNER),
            ("/api/reports/2026", EVIL),
            ("/api/reports/2026/11", EVIL),
        ):
            granted = [
                origin
                for origin in (TRUSTED, PARTNER, EVIL)
                if allowed(client.get(path, headers={"Origin": origin}))
            ]
            assert granted == [trusted], path


@pytest.mark.parametrize("origin", [TRUSTED, EVIL])
def test_path_without_a_row_has_no_cors(origin: str) -> None:
    client = app_with({"/api/x/*": {"origins": "*"}}).test_client()
    response = client.get(BOOKS, headers={"Origin": origin})
    assert response.status_code == 200
    assert cors_headers(response) == {}
    assert "Vary" not in response.headers
    assert cors_headers(preflight(client, origin=origin)) == {}


SHARED_OUT = {
    "/api/*": LISTED,
    "/api/books/*": [
        {"origins": PARTNER, "for_methods": "GET, HEAD"},
        {"origins": EVIL, "for_methods": ("PUT",)},
    ],
}


def test_rows_share_out_the_methods_of_one_path() -> None:
    client = app_with(SHARED_OUT).test_client()
    for method, trusted in (("GET", PARTNER), ("PUT", EVIL), ("DELETE", TRUSTED)):
        for origin in (PARTNER, EVIL, TRUSTED):
            granted = cors_headers(preflight(client, origin=origin, method=method))
            assert bool(granted) is (origin == trusted), (method, origin)


def test_rows_that_share_out_methods_guard_them_apart() -> None:
    app = app_with(SHARED_OUT)
    for method, trusted in (("PUT", EVIL), ("DELETE", TRUSTED), ("POST", TRUSTED)):
        for origin in (PARTNER, EVIL, TRUSTED):
            response = app.test_client().open(BOOKS, method=method, headers={"Origin": origin})
            assert (response.status_code == 403) is (origin != trusted), (method, origin)
    assert calls(app) == ["PUT /api/books", "DELETE /api/books", "POST /api/books"]


def test_row_for_some_methods_grants_only_these() -> None:
    client = app_with(SHARED_OUT).test_client()
    granted = cors_headers(preflight(client, origin=PARTNER, method="GET"))
    assert granted["Access-Control-Allow-Methods"] == "GET, HEAD"


def test_part_of_a_method_belongs_to_no_row_for_methods() -> None:
    client = app_with(SHARED_OUT).test_client()
    assert cors_headers(preflight(client, origin=PARTNER, method="ET")) == {}


# What it is: the row, and its origins.
ORIGINS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "a variable": (LISTED, {TRUSTED}),
    "no origins: CORS_ORIGINS": ({}, {TRUSTED}),
    "text": ({"origins": f"{PARTNER}, {EVIL}"}, {PARTNER, EVIL}),
    "a list": ({"origins": [PARTNER, EVIL]}, {PARTNER, EVIL}),
    "a set": ({"origins": {PARTNER, EVIL}}, {PARTNER, EVIL}),
    "an empty list": ({"origins": []}, set()),
    "none": ({"origins": "none"}, set()),
    "another variable": ({"origins": Variable("PARTNERS")}, {PARTNER}),
    "two variables": (
        {"origins": (Variable("PARTNERS"), Variable("CORS_ORIGINS"))},
        {PARTNER, TRUSTED},
    ),
    "a variable and text": ({"origins": [Variable("PARTNERS"), EVIL]}, {PARTNER, EVIL}),
}


@pytest.mark.parametrize(("row", "trusted"), ORIGINS.values(), ids=ORIGINS.keys())
def test_origins_of_a_row(row: dict[str, Any], trusted: set[str]) -> None:
    environ = {"CORS_ORIGINS": TRUSTED, "PARTNERS": PARTNER}
    client = app_with({"/api/*": row}, environ=environ).test_client()
    found = {
        origin
        for origin in (TRUSTED, PARTNER, EVIL)
        if allowed(client.get(BOOKS, headers={"Origin": origin})) == origin
    }
    assert found == trusted


@pytest.mark.parametrize("resources", ["/api/*", ["/api/*"], {"/api/*": {}}])
def test_resources_without_options_read_the_variable(resources: Any) -> None:
    client = app_with(resources).test_client()
    assert allowed(client.get(BOOKS, headers={"Origin": TRUSTED})) == TRUSTED
    assert allowed(client.get(BOOKS, headers={"Origin": EVIL})) is None


def test_constructor_with_an_application_covers_every_path(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Flask("example")
    monkeypatch.setenv("CORS_ORIGINS", TRUSTED)
    CORS(app)
    client = app.test_client()
    assert allowed(client.get("/x", headers={"Origin": TRUSTED})) == TRUSTED
    assert allowed(client.get("/x", headers={"Origin": EVIL})) is None


def test_constructor_origins_hold_where_neither_row_nor_variable_names_any() -> None:
    resources: dict[str, Any] = {"/api/*": {}, "/api/x/*": {"origins": EVIL}}
    for environ, trusted in (({}, PARTNER), (ENVIRON, TRUSTED)):
        client = app_with(resources, environ=environ, origins=PARTNER).test_client()
        assert allowed(client.get(BOOKS, headers={"Origin": trusted})) == trusted
        assert allowed(client.get("/api/x", headers={"Origin": trusted})) is None


# What it is: the row, and where an origin is to be added.
REMEDIES: dict[str, tuple[dict[str, Any], str]] = {
    "no origins": ({}, "CORS_ORIGINS"),
    "a variable": (LISTED, "CORS_ORIGINS"),
    "two variables": (
        {"origins": (Variable("PARTNERS"), Variable("CORS_ORIGINS"))},
        "PARTNERS",
    ),
    "origins in the table": ({"origins": PARTNER}, "resources['/api/*']"),
}


@pytest.mark.parametrize(("row", "remedy"), REMEDIES.values(), ids=REMEDIES.keys())
def test_row_knows_where_to_add_an_origin(row: dict[str, Any], remedy: str) -> None:
    policy = CORS(resources={"/api/*": row}).resolve(ENVIRON | {"PARTNERS": PARTNER})
    assert policy.rows[0].remedy == remedy


# What it is: the origins of the constructor, the environment, and where an origin is to be added.
CONSTRUCTORS: dict[str, tuple[Any, dict[str, str], str]] = {
    "text": (PARTNER, {}, "CORS(...)"),
    "a list": ([PARTNER], {}, "CORS(...)"),
    "none": ("none", {}, "CORS(...)"),
    "text, and CORS_ORIGINS is set": (PARTNER, ENVIRON, "CORS_ORIGINS"),
    "a variable": (Variable("PARTNERS"), {"PARTNERS": PARTNER}, "PARTNERS"),
    "a variable and text": (
        [PARTNER, Variable("PARTNERS")],
        ENVIRON | {"PARTNERS": PARTNER},
        "PARTNERS",
    ),
}


@pytest.mark.parametrize(
    ("origins", "environ", "remedy"), CONSTRUCTORS.values(), ids=CONSTRUCTORS.keys()
)
def test_row_without_origins_knows_where_to_add_one(
    origins: Any, environ: dict[str, str], remedy: str
) -> None:
    policy = CORS(origins=origins).resolve(environ)
    assert policy.rows[0].remedy == remedy


@pytest.mark.parametrize(
    ("age", "sent"), [(60, "60"), (0, "0"), ("60", "60"), (timedelta(minutes=1), "60")]
)
def test_max_age_is_seconds_text_or_a_timedelta(age: Any, sent: str) -> None:
    client = app_with({"/api/*": LISTED | {"max_age": age}}).test_client()
    assert cors_headers(preflight(client))["Access-Control-Max-Age"] == sent


# What it is: the row at /api/x/*, and reason and fix, with the place in front.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "origins: a path": (
        {"origins": f"{TRUSTED}/"},
        f"{ROW} origins: '{TRUSTED}/' has a path; write '{TRUSTED}'",
    ),
    "origins: a pattern": (
        {"origins": re.compile(r"https://.*\.example\.com")},
        (
            rf"{ROW} origins: 'https://.*\\.example\\.com' is a regular expression; write each "
            "origin, or 'https://*.' and a domain of your own"
        ),
    ),
    "origins: a number": (
        {"origins": 1},
        (
            f"{ROW} origins: '1' is neither text nor a list of texts; write a string, or a list of "
            "strings"
        ),
    ),
    "origins: bytes": (
        {"origins": b""},
        (
            f"{ROW} origins: \"b''\" is neither text nor a list of texts; write a string, or a "
            "list of strings"
        ),
    ),
    "origins: a number in a list": (
        {"origins": [1]},
        f"{ROW} origins: '1' is no text; write a string",
    ),
    "origins: None in a list": (
        {"origins": [None, TRUSTED]},
        f"{ROW} origins: 'None' is no text; write a string",
    ),
    "origins: a pattern as text": (
        {"origins": r"https://.*\.example\.com"},
        (
            rf"{ROW} origins: 'https://.*\\.example\\.com' is a regular expression; write each "
            "origin, or 'https://*.' and a domain of your own"
        ),
    ),
    "origins: one bad of two": (
        {"origins": [PARTNER, "null"]},
        (
            f"{ROW} origins: 'null' is sent by any local file or sandboxed frame; "
            "serve the page over http(s), or let the form of another site come back with GET"
        ),
    ),
    "origins: an empty text in a list": (
        {"origins": [""]},
        (f"{ROW} origins: '' is empty; list the origins you trust, or write 'none' for no origin"),
    ),
    "methods: any": (
        {"methods": ("GET", "*")},
        f"{ROW} methods: '*' is a wildcard; write each method by its name",
    ),
    "methods: lower case": (
        {"methods": ["get"]},
        f"{ROW} methods: 'get' is not in upper case; methods are exact, write 'GET'",
    ),
    "methods: none": (
        {"methods": []},
        f"{ROW} methods: 'none' leaves nothing that could be called; list the methods",
    ),
    "methods: beyond those of the row": (
        {"for_methods": ("GET", "HEAD"), "methods": ("GET", "PUT")},
        (f"{ROW} methods: 'PUT' is not in for_methods; take it out, or add it to for_methods"),
    ),
    "for_methods: lower case": (
        {"for_methods": "get"},
        f"{ROW} for_methods: 'get' is not in upper case; methods are exact, write 'GET'",
    ),
    "allow_headers: any": (
        {"allow_headers": "*"},
        f"{ROW} allow_headers: '*' is a wildcard; write each header by its name",
    ),
    "allow_headers: a compiled pattern": (
        {"allow_headers": [re.compile("X-.*"), "X-A"]},
        (f"{ROW} allow_headers: 'X-.*' is a regular expression; write each by its exact name"),
    ),
    "allow_headers: a pattern": (
        {"allow_headers": ["X-*"]},
        f"{ROW} allow_headers: 'X-*' is a wildcard; write each header by its name",
    ),
    "expose_headers: any": (
        {"expose_headers": "*"},
        f"{ROW} expose_headers: '*' is a wildcard; write each header by its name",
    ),
    "max_age: below zero": (
        {"max_age": -1},
        f"{ROW} max_age: '-1' is out of range; write 0 to 86400 seconds",
    ),
    "max_age: no whole seconds": (
        {"max_age": timedelta(seconds=1.5)},
        f"{ROW} max_age: '1.5' is not a whole number of seconds; write 0 to 86400",
    ),
    "max_age: true": (
        {"max_age": True},
        f"{ROW} max_age: 'True' is not a whole number of seconds; write 0 to 86400",
    ),
    "max_age: a fraction": (
        {"max_age": 1.5},
        f"{ROW} max_age: '1.5' is not a whole number of seconds; write 0 to 86400",
    ),
    "supports_credentials: text": (
        {"supports_credentials": "false"},
        f"{ROW} supports_credentials: 'false' is no boolean; write True or False, without quotes",
    ),
    "supports_credentials: with any origin": (
        {"origins": "*", "supports_credentials": True},
        (
            f"{ROW} supports_credentials: 'True' cannot go with the origins '*', as any page "
            "could then act as your users; list the origins, or write False"
        ),
    ),
    "misspelt option": ({"origin": "*"}, f"{ROW}: 'origin' is no option; write 'origins'"),
    "unknown option": ({"x": "*"}, f"{ROW}: 'x' is no option; write one of {OPTIONS}"),
    "option of Flask-CORS: send_wildcard": (
        {"send_wildcard": True},
        f"{ROW} send_wildcard: is not for choice, as '*' is always sent as it is; leave it out",
    ),
    "option of Flask-CORS: always_send": (
        {"always_send": False},
        (
            f"{ROW} always_send: is not for choice, as only '*' is sent to requests without an "
            "Origin; leave it out"
        ),
    ),
    "option of Flask-CORS: vary_header": (
        {"vary_header": True},
        (
            f"{ROW} vary_header: is not for choice, as Vary: Origin is sent wherever an answer "
            "depends on it; leave it out"
        ),
    ),
    "option of Flask-CORS: automatic_options": (
        {"automatic_options": True},
        (
            f"{ROW} automatic_options: is not for choice, as every preflight under a row is "
            "answered; leave it out"
        ),
    ),
    "option of Flask-CORS: intercept_exceptions": (
        {"intercept_exceptions": False},
        (
            f"{ROW} intercept_exceptions: is not for choice, as errors always carry the headers; "
            "leave it out"
        ),
    ),
    "option of Flask-CORS: allow_private_network": (
        {"allow_private_network": True},
        (
            f"{ROW} allow_private_network: is obsolete: browsers ask the user instead (Local "
            "Network Access); leave it out"
        ),
    ),
}


@pytest.mark.parametrize(("row", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_row_refused_with_reason_and_fix(row: dict[str, Any], problem: str) -> None:
    assert problems_of({"/api/*": LISTED, "/api/x/*": {"origins": TRUSTED} | row}) == [problem]


_LONE = "is no subtree; write {} if all below is meant, else cross_origin(...) on its view"
_PATTERN = "has a pattern in it, and only subtrees are taken; write {}"
_EACH = _PATTERN.format("a row for each subtree, such as {}")
_COMPILED = "is not text, and regular expressions are not taken; write {}"
_NO_ROW = (
    "has the segment {}, which no row takes; write cross_origin(...) on its views, below the row {}"
)

# What it is: the path of a row, reason and fix, and the path that the fix names.
PATHS: dict[str, tuple[Any, str, str]] = {
    "one path": ("/api", _LONE, "/api/*"),
    "one path with a slash": ("/api/", _LONE, "/api/*"),
    "one path with a dot": ("/v1.0", _LONE, "/v1.0/*"),
    "one path with a colon": ("/a:b/", _LONE, "/a:b/*"),
    "one path, as a pattern": ("^/api/?$", _LONE, "/api/*"),
    "the root alone": ("/", _LONE, "/*"),
    "no slash in front": ("api/*", _PATTERN, "/api/*"),
    "a wildcard behind a name": ("/api*", _PATTERN, "/api/*"),
    "a wildcard at the end": (r"/api/.*", _PATTERN, "/api/*"),
    "a wildcard in parentheses": (r"^/api/(.*)$", _PATTERN, "/api/*"),
    "a wildcard in parentheses, with its slash": (r"/api(?:/.*)?", _PATTERN, "/api/*"),
    "a wildcard behind a dot": (r"/api/v1\.0/.*", _PATTERN, "/api/v1.0/*"),
    "two slashes at the end": ("/api//*", _PATTERN, "/api/*"),
    "everything": ("*", _PATTERN, "/*"),
    "everything, as a pattern": ("/.*", _PATTERN, "/*"),
    "digits": (r"^/api/v\d/*", _EACH, "/api/v1/*"),
    "digits, then a name": (r"/api/v[0-9]+/public/.*", _EACH, "/api/v1/public/*"),
    "a wildcard in a segment": ("/api/v*/*", _EACH, "/api/v1/*"),
    "a wildcard as a segment": ("/api/*/public/*", _EACH, "/api/v1/public/*"),
    "a set with a slash": ("/api/[^/]+/public/.*", _EACH, "/api/v1/public/*"),
    "a choice": (r"/api/(books|authors)/.*", _EACH, "/api/books/*"),
    "a choice at the root": (r"/(v1|v2)/.*", _EACH, "/v1/*"),
    "a choice of paths": (r"/api/.*|/v2/.*", _EACH, "/api/*"),
    "all but one name": (r"/(?!admin).*", _EACH, "/v1/*"),
    "a variable of a route": ("/api/<id>/*", _EACH, "/api/v1/*"),
    "half of a pattern": ("/api/(", _EACH, "/api/v1/*"),
    "compiled": (re.compile(r"/api/.*"), _COMPILED, "/api/*"),
    "compiled, within a path": (
        re.compile(r"/api/\d+/.*"),
        _COMPILED.format("a row for each subtree, such as {}"),
        "/api/v1/*",
    ),
    "a character beyond ASCII": (
        "/api/b\u00fccher/*",
        _NO_ROW.format("'b\u00fccher'", "{}"),
        "/api/*",
    ),
    "a character beyond ASCII at the root": ("/\u00fc/*", _NO_ROW.format("'\u00fc'", "{}"), "/*"),
    "a blank": ("/a b/*", _NO_ROW.format("'a b'", "{}"), "/*"),
    "a dot segment": ("/api/../x/*", _NO_ROW.format("'..'", "{}"), "/api/*"),
    "bytes": (b"/api/*", "is not text; write a path such as {}", "/api/*"),
}


@pytest.mark.parametrize(("path", "message", "named"), PATHS.values(), ids=PATHS.keys())
def test_path_of_a_row_refused_with_reason_and_fix(path: Any, message: str, named: str) -> None:
    value = getattr(path, "pattern", path)
    value = value if isinstance(value, str) else repr(value)
    assert problems_of({path: {"origins": TRUSTED}}) == [
        f"resources: {value!r} {message.format(repr(named))}"
    ]
    assert app_with({named: {"origins": TRUSTED}})


@pytest.mark.parametrize("methods", [("GET", "GET, PUT"), (None, None)])
def test_two_rows_for_one_method_of_a_path_refused(methods: tuple[str | None, ...]) -> None:
    rows = [{} if one is None else {"for_methods": one} for one in methods]
    assert problems_of({"/api/*": rows}) == [
        "resources['/api/*'][0]: stands twice; make one row of the two"
    ]


def test_every_row_of_a_path_has_its_mistakes_reported() -> None:
    mistaken = [{"origins": "https://a.example.com/", "for_methods": one} for one in ("GET", "PUT")]
    assert problems_of({"/api/*": mistaken}) == [
        f"resources['/api/*'][{number}] origins: 'https://a.example.com/' has a path; "
        "write 'https://a.example.com'"
        for number in (0, 1)
    ]
    assert problems_of({"/api/*": mistaken[:1]})[0].startswith("resources['/api/*'] origins: ")


def test_two_refused_paths_are_a_problem_each() -> None:
    assert problems_of({"/api": LISTED, "/api/*/x": LISTED, "/*": LISTED}) == [
        f"resources: '/api' {_LONE}".format("'/api/*'"),
        f"resources: '/api/*/x' {_EACH}".format("'/api/v1/x/*'"),
    ]


@pytest.mark.parametrize("row", ["https://app.example.com", 5, None])
def test_row_that_is_no_mapping_refused(row: Any) -> None:
    (problem,) = problems_of({"/api/*": row})
    assert problem.startswith("resources['/api/*']: ")
    assert problem.endswith("is no row; write {'origins': ...}")


@pytest.mark.parametrize("rows", [["x"], [None], [[]], [], ()])
def test_row_in_a_list_that_is_no_mapping_refused(rows: Any) -> None:
    (problem,) = problems_of({"/api/*": rows})
    assert problem.endswith("is no row; write {'origins': ...}")


@pytest.mark.parametrize(
    "option", ["origins", "for_methods", "methods", "allow_headers", "supports_credentials"]
)
def test_option_that_is_none_refused(option: str) -> None:
    """An unset variable is None: `os.environ.get("PARTNERS")` must not stand for other origins."""
    assert problems_of({"/api/*": {"origins": PARTNER} | {option: None}}, origins="*") == [
        f"resources['/api/*'] {option}: is None; leave the option out, or write its value"
    ]


def test_paths_in_bytes_refused() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        CORS(resources=b"/api/*").resolve(ENVIRON)  # type: ignore[arg-type]
    assert refusal.value.problems == (
        "resources: \"b'/api/*'\" is not text; write a path such as '/api/*'",
    )


def test_table_without_a_row_refused() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        CORS(resources={}).resolve(ENVIRON)
    assert refusal.value.problems == ("resources: has no row; write one, such as '/api/*'",)


@pytest.mark.parametrize("row", [{"origin": "*"}, {"origins": None}])
def test_origins_that_are_a_mistake_are_not_missed_in_a_variable(row: dict[str, Any]) -> None:
    (problem,) = problems_of({"/api/*": row}, environ={})
    assert problem.startswith("resources['/api/*']")


def test_every_problem_of_a_list_comes_at_once() -> None:
    origins = [re.compile(r"https://.*\.example\.com"), None, r"https?://localhost:\d+", "null"]
    assert [line.partition("; ")[0] for line in problems_of({"/api/*": {"origins": origins}})] == [
        r"resources['/api/*'] origins: 'https://.*\\.example\\.com' is a regular expression",
        "resources['/api/*'] origins: 'None' is no text",
        r"resources['/api/*'] origins: 'https?://localhost:\\d+' is a regular expression",
        ("resources['/api/*'] origins: 'null' is sent by any local file or sandboxed frame"),
    ]


def test_every_problem_of_a_table_comes_at_once() -> None:
    row = {"origins": f"{TRUSTED}/", "methods": ("GET", "TRACE", "a b"), "expose_headers": "*,None"}
    assert problems_of({"/api/x/*": row, "/api": LISTED}) == [
        f"{ROW} methods: 'TRACE' is a method that browsers do not send; leave it out",
        f"{ROW} methods: 'a b' is no method; write names such as 'GET, POST'",
        f"{ROW} expose_headers: '*' is a wildcard; write each header by its name",
        (
            f"{ROW} expose_headers: 'None' stands alone, in lower case; write 'none' for no "
            "header, or list names"
        ),
        f"{ROW} origins: '{TRUSTED}/' has a path; write '{TRUSTED}'",
        f"resources: '/api' {_LONE}".format("'/api/*'"),
    ]


# What it is: an argument of CORS, and reason and fix.
ARGUMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "methods": (
        {"methods": "get"},
        "CORS methods: 'get' is not in upper case; methods are exact, write 'GET'",
    ),
    "max_age": (
        {"max_age": 100_000},
        "CORS max_age: '100000' is out of range; write 0 to 86400 seconds",
    ),
    "credentials": (
        {"supports_credentials": "yes"},
        "CORS supports_credentials: 'yes' is no boolean; write True or False, without quotes",
    ),
    "misspelt": ({"max_ages": 5}, "CORS: 'max_ages' is no option; write 'max_age'"),
    "of rows": (
        {"for_methods": "GET"},
        "CORS for_methods: is an option of rows alone; leave it out",
    ),
    "origins in the place of a name": (
        {"origins": Variable(TRUSTED), "resources": {"/api/*": {}}},
        (
            f"CORS origins: '{TRUSTED}' is no name of an environment variable; "
            "write its name, such as Variable('CORS_ORIGINS')"
        ),
    ),
    "an empty default": (
        {"origins": Variable("PARTNERS", ""), "resources": {"/api/*": {}}},
        (
            "PARTNERS (its default): '' is empty; list the origins you trust, or write 'none' for "
            "no origin"
        ),
    ),
    "of Flask-CORS": (
        {"send_wildcard": True},
        "CORS send_wildcard: is not for choice, as '*' is always sent as it is; leave it out",
    ),
    "origins that a row would inherit": (
        {"origins": f"{TRUSTED}/", "resources": {"/api/*": {}}, "environ": {}},
        f"CORS origins: '{TRUSTED}/' has a path; write '{TRUSTED}'",
    ),
    "origins that a row would inherit, and CORS_ORIGINS is set": (
        {"origins": [f"{TRUSTED}/"], "resources": {"/api/*": {}}},
        f"CORS origins: '{TRUSTED}/' has a path; write '{TRUSTED}'",
    ),
    "origins that are no texts": (
        {"origins": [1], "resources": {"/api/*": {}}},
        "CORS origins: '1' is no text; write a string",
    ),
    "origins beside a variable": (
        {"origins": [Variable("CORS_ORIGINS"), "null"], "resources": {"/api/*": {}}},
        (
            "CORS origins: 'null' is sent by any local file or sandboxed frame; "
            "serve the page over http(s), or let the form of another site come back with GET"
        ),
    ),
    "misspelt origins, for which CORS_ORIGINS does not stand": (
        {"origin": "*", "resources": {"/api/*": {}}, "environ": {}},
        "CORS: 'origin' is no option; write 'origins'",
    ),
}


@pytest.mark.parametrize(("arguments", "problem"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_argument_of_the_constructor_refused(arguments: dict[str, Any], problem: str) -> None:
    assert problems_of(**arguments) == [problem]


# What it is: the rows, CORS_SUPPORTS_CREDENTIALS, and whether it is refused.
CREDENTIALS: dict[str, tuple[Mapping[str, Any], str, bool]] = {
    "no row takes them": ({"/api/*": {"origins": "*"}}, "true", True),
    "each row says no": ({"/api/*": LISTED | {"supports_credentials": False}}, "true", True),
    "false is what holds anyway": ({"/api/*": {"origins": "*"}}, "false", False),
    "a row takes them": ({"/api/*": LISTED, "/api/x/*": {"origins": "*"}}, "true", False),
}


@pytest.mark.parametrize(
    ("resources", "value", "refused"), CREDENTIALS.values(), ids=CREDENTIALS.keys()
)
def test_credentials_that_reach_no_row_refused(
    resources: Mapping[str, Any], value: str, refused: bool
) -> None:
    environ = ENVIRON | {"CORS_SUPPORTS_CREDENTIALS": value}
    if not refused:
        assert app_with(resources, environ=environ)
        return
    (problem,) = problems_of(resources, environ=environ)
    assert problem.startswith("CORS_SUPPORTS_CREDENTIALS: ")
    assert "reaches no row" in problem


def test_argument_for_credentials_that_reaches_no_row_refused() -> None:
    assert problems_of({"/api/*": {"origins": "*"}}, supports_credentials=True) == [
        (
            "CORS supports_credentials: 'True' reaches no row, as each is open to every page or "
            "has supports_credentials=False; leave it out, or list origins in a row that takes "
            "credentials"
        )
    ]
