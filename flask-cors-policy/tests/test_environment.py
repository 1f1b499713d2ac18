"""The variables: what each means, what is refused, and which values the code may supply."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import flask_cors.core
import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st

from flask_cors_policy import CORS, ConfigurationError, Variable
from grammar import texts
from helpers import (
    ENVIRON,
    LISTED,
    PARTNER,
    TRUSTED,
    allowed,
    app_with,
    cors_headers,
    preflight,
    problems_of,
)

OPEN = {"/api/*": {"origins": Variable("CORS_ORIGINS", default="*")}}

_BOOLEAN = "is neither true nor false; write 'true' or 'false'"
_SECONDS = "is not a whole number of seconds; write 0 to 86400"
_RANGE = "is out of range; write 0 to 86400 seconds"
_COMMA = "has an empty entry; remove the extra comma"
_NO_NAMES = "is empty; write names separated by commas"
_METHOD = "is no method; write names such as 'GET, POST'"
_FORBIDDEN_METHOD = "is a method that browsers do not send; leave it out"
_UPPER = "is not in upper case; methods are exact, write {!r}"
_WILD_METHOD = "is a wildcard; write each method by its name"
_HEADER = "is no header; write each header by its exact name"
_WILD_HEADER = "is a wildcard; write each header by its name"
_KEPT = "is a header that browsers keep to themselves; leave it out"
_NO_HEADER = "stands alone, in lower case; write 'none' for no header, or list names"
_TWICE = "is listed twice; remove one of the two"
_COMMENT = "has a comment, which docker --env-file keeps; write the comment on a line of its own"
_QUOTES = "has quotes, which docker --env-file keeps; write it without quotes"

FORBIDDEN_REQUEST_HEADERS = """
Accept-Charset Accept-Encoding Access-Control-Request-Headers Access-Control-Request-Method
Connection Content-Length Cookie Cookie2 Date DNT Expect Host Keep-Alive Origin Referer Set-Cookie
TE Trailer Transfer-Encoding Upgrade Via Proxy-Authorization Sec-Fetch-Site
""".split()

# What it is: the variable behind CORS_, its value, what is shown of it, and reason and fix.
REFUSED = {
    "credentials: empty": ("SUPPORTS_CREDENTIALS", "", "", "is empty; write 'true' or 'false'"),
    "credentials: a word": ("SUPPORTS_CREDENTIALS", "maybe", "maybe", _BOOLEAN),
    "credentials: 2": ("SUPPORTS_CREDENTIALS", "2", "2", _BOOLEAN),
    "credentials: a letter": ("SUPPORTS_CREDENTIALS", "t", "t", _BOOLEAN),
    "credentials: a blank": ("SUPPORTS_CREDENTIALS", " true", " true", _BOOLEAN),
    "credentials: quotes": ("SUPPORTS_CREDENTIALS", "'true'", "'true'", _BOOLEAN),
    "max-age: empty": ("MAX_AGE", "", "", "is empty; write 0 to 86400"),
    "max-age: below zero": ("MAX_AGE", "-1", "-1", _RANGE),
    "max-age: above a day": ("MAX_AGE", "86401", "86401", _RANGE),
    "max-age: a fraction": ("MAX_AGE", "1.5", "1.5", _SECONDS),
    "max-age: a unit": ("MAX_AGE", "2h", "2h", _SECONDS),
    "max-age: a comment": ("MAX_AGE", "60 # s", "60 # s", _COMMENT),
    "methods: a comment": ("METHODS", "GET # a, b", "GET # a, b", _COMMENT),
    "max-age: a blank": ("MAX_AGE", "60 ", "60 ", _SECONDS),
    "max-age: an underscore": ("MAX_AGE", "7_200", "7_200", _SECONDS),
    "max-age: digits of another script": ("MAX_AGE", "٦٠", "٦٠", _SECONDS),
    "max-age: 5000 digits": ("MAX_AGE", "1" * 5000, "1" * 120 + "…", _RANGE),
    "methods: empty": ("METHODS", "", "", _NO_NAMES),
    "methods: trailing comma": ("METHODS", "GET,", "GET,", _COMMA),
    "methods: any": ("METHODS", "*", "*", _WILD_METHOD),
    "methods: OPTIONS": (
        "METHODS",
        "GET, OPTIONS",
        "OPTIONS",
        "is the method of preflights; leave it out",
    ),
    "methods: TRACE": ("METHODS", "TRACE", "TRACE", _FORBIDDEN_METHOD),
    "methods: CONNECT": ("METHODS", "CONNECT", "CONNECT", _FORBIDDEN_METHOD),
    "methods: none": (
        "METHODS",
        "none",
        "none",
        "leaves nothing that could be called; list the methods",
    ),
    "methods: lower case": ("METHODS", "GET, patch", "patch", _UPPER.format("PATCH")),
    "methods: blanks for commas": ("METHODS", "GET POST", "GET POST", _METHOD),
    "methods: no token": ("METHODS", "GET/POST", "GET/POST", _METHOD),
    "methods: a pattern": ("METHODS", "P*", "P*", _WILD_METHOD),
    "methods: a line break": ("METHODS", "GET\n", "GET\n", _METHOD),
    "methods: twice": ("METHODS", "GET,GET", "GET", _TWICE),
    "methods: quotes": ("METHODS", '"GET, POST"', '"GET, POST"', _QUOTES),
    "request headers: empty": ("ALLOW_HEADERS", "", "", f"{_NO_NAMES}, or 'none'"),
    "request headers: any": ("ALLOW_HEADERS", "*", "*", _WILD_HEADER),
    "request headers: a pattern": ("ALLOW_HEADERS", "X-*", "X-*", _WILD_HEADER),
    "request headers: no token": ("ALLOW_HEADERS", "X-A: 1", "X-A: 1", _HEADER),
    "request headers: beyond ASCII": ("ALLOW_HEADERS", "X-É", "X-É", _HEADER),
    "request headers: a line break": ("ALLOW_HEADERS", "X-A\r\nX-B", "X-A\r\nX-B", _HEADER),
    "request headers: none among names": ("ALLOW_HEADERS", "X-A, none", "none", _NO_HEADER),
    "request headers: Python's None": ("ALLOW_HEADERS", "None", "None", _NO_HEADER),
    "request headers: twice": ("ALLOW_HEADERS", "X-A, x-a", "x-a", _TWICE),
    **{
        f"request headers: {name}": ("ALLOW_HEADERS", name, name, _KEPT)
        for name in FORBIDDEN_REQUEST_HEADERS
    },
    "response headers: empty": ("EXPOSE_HEADERS", "", "", f"{_NO_NAMES}, or 'none'"),
    "response headers: any": ("EXPOSE_HEADERS", "*", "*", _WILD_HEADER),
    "response headers: none in capitals": ("EXPOSE_HEADERS", "NONE", "NONE", _NO_HEADER),
    "response headers: forbidden": ("EXPOSE_HEADERS", "Set-Cookie", "Set-Cookie", _KEPT),
    "response headers: twice": ("EXPOSE_HEADERS", "Location, location", "location", _TWICE),
}


@pytest.mark.parametrize(
    ("variable", "value", "shown", "message"), REFUSED.values(), ids=REFUSED.keys()
)
def test_variable_refused_with_reason_and_fix(
    variable: str, value: str, shown: str, message: str
) -> None:
    assert problems_of(environ=ENVIRON | {f"CORS_{variable}": value}) == [
        f"CORS_{variable}: {shown!r} {message}"
    ]


def test_origins_required() -> None:
    assert problems_of(environ={}) == [
        (
            "CORS_ORIGINS: is not set; list the origins you trust, such as "
            "'https://app.example.com', or write 'none'"
        )
    ]


@pytest.mark.parametrize("value", ["", " "])
def test_origins_set_but_empty_refused_even_with_a_default(value: str) -> None:
    assert problems_of(OPEN, environ={"CORS_ORIGINS": value}) == [
        (
            f"CORS_ORIGINS: '{value}' is empty; list the origins you trust, or write 'none' for "
            "no origin"
        )
    ]


def test_any_origin_refused_where_the_default_is_not_any() -> None:
    assert problems_of(environ={"CORS_ORIGINS": "*"}) == [
        (
            "CORS_ORIGINS: '*' is accepted only if the table has it as the default of the "
            "variable; list the origins you trust, or open a part of the API with a row of its own"
        )
    ]


def test_every_problem_of_an_environment_comes_at_once() -> None:
    environ = {
        "CORS_ORIGINS": f"{TRUSTED}/,null",
        "CORS_SUPPORTS_CREDENTIALS": "maybe",
        "CORS_MAX_AGE": "x",
        "CORS_METHODS": "get,OPTIONS,PUT",
        "CORS_ALLOW_HEADERS": "*",
        "CORS_ORIGIN": TRUSTED,
    }
    assert sorted(problems_of(environ=environ)) == [
        f"CORS_ALLOW_HEADERS: '*' {_WILD_HEADER}",
        f"CORS_MAX_AGE: 'x' {_SECONDS}",
        "CORS_METHODS: 'OPTIONS' is the method of preflights; leave it out",
        f"CORS_METHODS: 'get' {_UPPER.format('GET')}",
        "CORS_ORIGIN: is read by nothing; did you mean CORS_ORIGINS? Rename it, or unset it",
        f"CORS_ORIGINS: '{TRUSTED}/' has a path; write '{TRUSTED}'",
        (
            "CORS_ORIGINS: 'null' is sent by any local file or sandboxed frame; serve the page "
            "over http(s), or let the form of another site come back with GET"
        ),
        f"CORS_SUPPORTS_CREDENTIALS: 'maybe' {_BOOLEAN}",
    ]


@pytest.mark.parametrize("variable", ["CORS_ORIGINS", "CORS_METHODS", "CORS_MAX_AGE"])
def test_password_in_any_variable_is_masked(variable: str) -> None:
    environ = ENVIRON | {variable: "https://jane:s3,cr3t@app.example.com"}
    (problem,) = problems_of(environ=environ)
    assert problem.startswith(f"{variable}: ")
    assert "s3" not in problem
    assert "cr3t" not in problem


# The variable that is set, and the one that was meant.
MISSPELT = {
    "CORS_ORIGIN": "CORS_ORIGINS",
    "CORS_ORGINS": "CORS_ORIGINS",
    "cors_origins": "CORS_ORIGINS",
    "CORS_ALLOWED_ORIGINS": "CORS_ORIGINS",
    "CORS_ALLOW_ORIGINS": "CORS_ORIGINS",
    "CORS_ORIGIN_WHITELIST": "CORS_ORIGINS",
    "CORS_SUPPORT_CREDENTIALS": "CORS_SUPPORTS_CREDENTIALS",
    "CORS_SUPPORTS_CREDENTIAL": "CORS_SUPPORTS_CREDENTIALS",
    "CORS_ALLOW_CREDENTIALS": "CORS_SUPPORTS_CREDENTIALS",
    "CORS_ALLOW_HEADER": "CORS_ALLOW_HEADERS",
    "CORS_ALLOWED_HEADERS": "CORS_ALLOW_HEADERS",
    "CORS_EXPOSED_HEADERS": "CORS_EXPOSE_HEADERS",
    "CORS_METHOD": "CORS_METHODS",
    "CORS_ALLOW_METHODS": "CORS_METHODS",
    "CORS_MAXAGE": "CORS_MAX_AGE",
    "CROS_ORIGINS": "CORS_ORIGINS",
    "CORSORIGINS": "CORS_ORIGINS",
    "CORS-ORIGINS": "CORS_ORIGINS",
    "ocrs_max_age": "CORS_MAX_AGE",
}


@pytest.mark.parametrize(("name", "meant"), MISSPELT.items())
def test_misspelt_variable_stops_the_start(name: str, meant: str) -> None:
    assert problems_of(environ=ENVIRON | {name: "x"}) == [
        f"{name}: is read by nothing; did you mean {meant}? Rename it, or unset it"
    ]


def test_misspelt_prefix_does_not_leave_an_api_open() -> None:
    (problem,) = problems_of(OPEN, environ={"CROS_ORIGINS": TRUSTED})
    assert "did you mean CORS_ORIGINS?" in problem


UNRELATED = [
    "CORS_PREFLIGHT_LOG", "CORS_FRONTEND", "CORS_VARY_HEADER", "CORSAIR", "ORIGINS",
    "COS_ORIGINS", "CORE_ORIGINS", "CARS_MAX_AGE", "PARTNRES",
]  # fmt: skip


@pytest.mark.parametrize("name", UNRELATED)
def test_unrelated_variable_is_left_to_check(name: str) -> None:
    cors = CORS(resources={"/api/*": LISTED, "/partners/*": {"origins": Variable("PARTNERS")}})
    policy = cors.resolve(ENVIRON | {"PARTNERS": PARTNER, name: "x"})
    assert list(policy.unread) == [name] * name.startswith("CORS_")


# What it is: the variable behind CORS_, its value, and the header of a granted preflight.
MEANS = {
    "max-age: zero": ("MAX_AGE", "0", "Access-Control-Max-Age", "0"),
    "max-age: a day": ("MAX_AGE", "86400", "Access-Control-Max-Age", "86400"),
    "methods: one": ("METHODS", "PUT", "Access-Control-Allow-Methods", "PUT"),
    "methods: blanks around commas": (
        "METHODS",
        " PUT ,\tPROPFIND ",
        "Access-Control-Allow-Methods",
        "PUT, PROPFIND",
    ),
    "request headers: none": ("ALLOW_HEADERS", "none", "Access-Control-Allow-Headers", None),
    "request headers: names": (
        "ALLOW_HEADERS",
        "X-A,x!#$%&'+.^_`|~9",
        "Access-Control-Allow-Headers",
        "X-A, x!#$%&'+.^_`|~9",
    ),
    **{
        f"credentials: {text}": (
            "SUPPORTS_CREDENTIALS",
            text,
            "Access-Control-Allow-Credentials",
            value,
        )
        for value, accepted in {
            "true": "true 1 yes on TRUE Yes oN",
            None: "false 0 no off FALSE",
        }.items()
        for text in accepted.split()
    },
}


@pytest.mark.parametrize(("variable", "value", "header", "sent"), MEANS.values(), ids=MEANS.keys())
def test_variable_reaches_the_preflight(
    variable: str, value: str, header: str, sent: str | None
) -> None:
    client = app_with(environ=ENVIRON | {f"CORS_{variable}": value}).test_client()
    assert cors_headers(preflight(client)).get(header) == sent


@pytest.mark.parametrize(("value", "sent"), [("ETag, Link", "ETag, Link"), ("none", None)])
def test_exposed_headers_reach_the_response(value: str, sent: str | None) -> None:
    client = app_with(environ=ENVIRON | {"CORS_EXPOSE_HEADERS": value}).test_client()
    response = client.get("/api/books", headers={"Origin": TRUSTED})
    assert cors_headers(response).get("Access-Control-Expose-Headers") == sent


def test_defaults() -> None:
    granted = cors_headers(preflight(app_with().test_client()))
    assert granted == {
        "Access-Control-Allow-Origin": TRUSTED,
        "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Max-Age": "7200",
    }


def max_age(row: dict[str, Any], environ: dict[str, str], **options: Any) -> str:
    client = app_with({"/api/*": LISTED | row}, environ=ENVIRON | environ, **options).test_client()
    return cors_headers(preflight(client))["Access-Control-Max-Age"]


def test_row_overrides_the_environment_which_overrides_the_constructor() -> None:
    assert max_age({"max_age": 1}, {"CORS_MAX_AGE": "2"}, max_age=3) == "1"
    assert max_age({}, {"CORS_MAX_AGE": "2"}, max_age=3) == "2"
    assert max_age({}, {}, max_age=3) == "3"


def test_default_of_a_variable_holds_where_it_is_not_set() -> None:
    rows = {"/api/*": {"origins": Variable("PARTNERS", default=PARTNER)}}
    client = app_with(rows, environ={}).test_client()
    assert cors_headers(preflight(client, origin=PARTNER))


def test_bad_default_of_a_variable_refused() -> None:
    rows = {"/api/*": {"origins": Variable("PARTNERS", default=f"{PARTNER}/")}}
    (problem,) = problems_of(rows, environ={})
    assert "PARTNERS" in problem
    assert problem.endswith(f"has a path; write '{PARTNER}'")


def test_process_environment_is_read_when_the_policy_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", TRUSTED)
    cors = CORS(resources={"/api/*": LISTED})
    monkeypatch.setenv("CORS_ORIGINS", PARTNER)
    app = Flask("example")
    cors.init_app(app)
    assert allowed(preflight(app.test_client(), origin=PARTNER)) == PARTNER
    assert allowed(preflight(app.test_client(), origin=TRUSTED)) is None


# The key, and what to write in place of it.
SETTINGS = {
    "CORS_ORIGINS": "write origins=... in CORS(...) in its place",
    "CORS_MAX_AGE": "write max_age=... in CORS(...) in its place",
    "CORS_RESOURCES": "write resources=... in CORS(...) in its place",
    "CORS_HEADERS": "write allow_headers=... in CORS(...) in its place",
    "CORS_ORIGIN": "write origins=... in CORS(...) in its place",
    "CORS_SUPPORT_CREDENTIALS": "write supports_credentials=... in CORS(...) in its place",
    "CORS_SEND_WILDCARD": (
        "take it out, as send_wildcard is not for choice, as '*' is always sent as it is"
    ),
}


@pytest.mark.parametrize(("key", "fix"), SETTINGS.items(), ids=SETTINGS.keys())
def test_setting_of_flask_cors_refused(key: str, fix: str) -> None:
    (problem,) = problems_of(views=lambda app: app.config.update({key: "x"}))
    assert problem == (
        f"app.config['{key}']: 'x' is not read here; rename it if your code reads it, else {fix}"
    )


def test_every_setting_of_flask_cors_is_known() -> None:
    settings = dict.fromkeys(flask_cors.core.CONFIG_OPTIONS, "x")
    subjects = [
        line.partition(":")[0]
        for line in problems_of(views=lambda app: app.config.update(settings))
    ]
    assert subjects == [f"app.config['{key}']" for key in settings]


OWN_SETTINGS = [
    "CORS_ENABLED",
    "CORS_OPTIONS",
    "CORS_ALLOWED_ORIGINS",
    "API_CORS_ORIGINS",
    "ORIGINS",
]


@pytest.mark.parametrize("key", OWN_SETTINGS)
def test_setting_of_the_application_is_its_own(key: str) -> None:
    app = Flask("example")
    app.config[key] = {"origins": TRUSTED}
    CORS(**app.config[key]).init_app(app, {})
    assert allowed(preflight(app.test_client())) == TRUSTED


@pytest.mark.parametrize(
    ("name", "value"), [("CORS_MAX_AGE", 600), ("CORS_SUPPORTS_CREDENTIALS", True)]
)
def test_variable_that_is_not_text_refused(name: str, value: Any) -> None:
    """An environment that code makes up, such as a test's."""
    assert problems_of(environ=ENVIRON | {name: value}) == [
        f"{name}: '{value}' is not text; write it in quotes"
    ]


def test_nothing_enters_the_configuration() -> None:
    app = app_with(environ=ENVIRON | {"CORS_MAX_AGE": "5"})
    assert [key for key in app.config if key.startswith("CORS")] == []


VARIABLES = [
    f"CORS_{name}"
    for name in "ORIGINS SUPPORTS_CREDENTIALS MAX_AGE METHODS ALLOW_HEADERS EXPOSE_HEADERS".split()
]
_PIECES = ["GET", "get", "*", "none", "X-A", ",", " ", "\n", "\0", "1", "true", "a.b", ":", ";"]
_TEXTS = texts | st.lists(st.sampled_from(_PIECES)).map("".join)


@pytest.mark.parametrize("resources", [{"/api/*": LISTED}, OPEN], ids=["listed", "open"])
@given(environ=st.dictionaries(st.sampled_from(VARIABLES), _TEXTS))
@example(environ={"CORS_METHODS": "options"})
def test_any_environment_is_a_policy_or_one_error(
    resources: dict[str, Any], environ: dict[str, str]
) -> None:
    environ = {"CORS_ORIGINS": TRUSTED, **environ}
    cors = CORS(resources=resources)
    try:
        cors.resolve(environ)
    except ConfigurationError as error:
        lines = [str(problem) for problem in error.problems]
        assert lines
        for line in lines:
            assert line.isprintable()
            assert re.fullmatch(r"CORS_[A-Z_]+: ('.*'|\".*\") .+; .+", line)
        for variable, fix in suggestions(lines):
            assert not any(
                line.startswith(f"{variable}: ")
                for line in refused(cors, environ | {variable: fix})
            )


def suggestions(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if fix := re.search(r"\bwrite '([^']+)'\Z", line):
            yield line.partition(":")[0], fix[1]


def refused(cors: CORS, environ: Mapping[str, str]) -> list[str]:
    try:
        cors.resolve(environ)
    except ConfigurationError as error:
        return [str(problem) for problem in error.problems]
    return []
