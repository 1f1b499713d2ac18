"""The environment of a generated project (SPEC, section 3): what it means and what is refused."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grammar import texts
from policies import Package

pytest_plugins = ("projects",)

GOOD = {"CORS_ORIGINS": "https://app.example.com"}
KEY = "k" * 32

LOCKED, MIXED, PERMISSIVE = "locked-down", "mixed", "permissive"

_BOOLEAN = "is neither true nor false; write 'true' or 'false'"
_SECONDS = "is not a whole number of seconds; write 0 to 86400"
_SECONDS_RANGE = "is out of range; write 0 to 86400 seconds"
_BYTES = "is not a whole number of bytes; write 1 to 1099511627776"
_BYTES_RANGE = "is out of range; write 1 to 1099511627776 bytes"
_COMMA = "has an empty entry; remove the extra comma"
_NO_NAMES = "is empty; write names separated by commas"
_HOST = (
    "is no host name; write names without scheme and port, and '.example.com' for a domain and "
    "everything below it"
)
_METHOD = "is no method; write names such as 'GET, POST'"
_FORBIDDEN_METHOD = "is a method that browsers do not send; leave it out"
_UPPER = "is not in upper case; methods are exact, write {!r}"
_HEADER = "is no header; write each header by its exact name"
_ANY_HEADER = "is a wildcard; write each header by its name"
_KEPT = "is a header that browsers keep to themselves; leave it out"
_NO_HEADER = "stands alone, in lower case; write 'none' for no header, or list names"
_TWICE = "is listed twice; remove one of the two"
_SECRET = (
    "is shorter than 32 bytes; write what "
    "python -c 'import secrets; print(secrets.token_hex(32))' prints"
)
_NO_ROW = (
    "reaches no row of cors/policy.py, as each is open to every page or says "
    "supports_credentials=False; unset it, or list origins in a row that takes it"
)
_ANY = "is not allowed by this policy; list the origins you trust"
_EMPTY = "is empty; list the origins you trust, or write 'none' for nobody"

# What it is: the policy, the variable, its value, and the problem behind the value in quotes; of
# a list of names, behind its bad entry, the last.
REFUSED = {
    "CORS_ORIGINS: empty": (LOCKED, "CORS_ORIGINS", "", _EMPTY),
    "CORS_ORIGINS: anybody under locked-down": (LOCKED, "CORS_ORIGINS", "*", _ANY),
    "CORS_ORIGINS: anybody under mixed": (MIXED, "CORS_ORIGINS", "*", _ANY),
    "CORS_ORIGINS: trailing slash": (
        LOCKED,
        "CORS_ORIGINS",
        "https://app.example.com/",
        "has a path; write 'https://app.example.com'",
    ),
    "CORS_ORIGINS: empty under permissive": (PERMISSIVE, "CORS_ORIGINS", "", _EMPTY),
    "CORS_ORIGINS: public suffix that only the full list knows": (
        LOCKED,
        "CORS_ORIGINS",
        "https://*.kobe.jp",
        (
            "covers a public suffix, so strangers can have names below kobe.jp; list the origins, "
            "or serve previews from a domain of your own and write 'https://*.preview.example.com'"
        ),
    ),
    "CORS_ORIGINS: public suffix of a company that only the full list knows": (
        LOCKED,
        "CORS_ORIGINS",
        "https://*.s3.amazonaws.com",
        (
            "covers a public suffix, so strangers can have names below s3.amazonaws.com; list the "
            "origins, or serve previews from a domain of your own and write "
            "'https://*.preview.example.com'"
        ),
    ),
    "CORS_ORIGINS: domain with public suffixes below that only the full list knows": (
        LOCKED,
        "CORS_ORIGINS",
        "https://*.sagemaker.aws",
        (
            "covers a public suffix, so strangers can have names below sagemaker.aws; list the "
            "origins, or serve previews from a domain of your own and write "
            "'https://*.preview.example.com'"
        ),
    ),
    "CORS_PUBLIC_ORIGINS: under locked-down": (
        LOCKED,
        "CORS_PUBLIC_ORIGINS",
        "*",
        "is read by no row of cors/policy.py; unset it",
    ),
    "CORS_PUBLIC_ORIGINS: under permissive": (
        PERMISSIVE,
        "CORS_PUBLIC_ORIGINS",
        "none",
        "is read by no row of cors/policy.py; unset it",
    ),
    "CORS_PUBLIC_ORIGINS: empty": (MIXED, "CORS_PUBLIC_ORIGINS", "", _EMPTY),
    "CORS_PUBLIC_ORIGINS: path": (
        MIXED,
        "CORS_PUBLIC_ORIGINS",
        "https://a.example/x",
        "has a path; write 'https://a.example'",
    ),
    "CORS_SUPPORTS_CREDENTIALS: empty": (
        LOCKED,
        "CORS_SUPPORTS_CREDENTIALS",
        "",
        "is empty; write 'true' or 'false'",
    ),
    "CORS_SUPPORTS_CREDENTIALS: a word": (LOCKED, "CORS_SUPPORTS_CREDENTIALS", "maybe", _BOOLEAN),
    "CORS_SUPPORTS_CREDENTIALS: 2": (LOCKED, "CORS_SUPPORTS_CREDENTIALS", "2", _BOOLEAN),
    "CORS_SUPPORTS_CREDENTIALS: a letter": (LOCKED, "CORS_SUPPORTS_CREDENTIALS", "t", _BOOLEAN),
    "CORS_SUPPORTS_CREDENTIALS: blank": (LOCKED, "CORS_SUPPORTS_CREDENTIALS", " true", _BOOLEAN),
    "CORS_SUPPORTS_CREDENTIALS: in quotes": (
        LOCKED,
        "CORS_SUPPORTS_CREDENTIALS",
        "'true'",
        _BOOLEAN,
    ),
    "CORS_SUPPORTS_CREDENTIALS: true under permissive": (
        PERMISSIVE,
        "CORS_SUPPORTS_CREDENTIALS",
        "true",
        _NO_ROW,
    ),
    "CORS_MAX_AGE: empty": (LOCKED, "CORS_MAX_AGE", "", "is empty; write 0 to 86400"),
    "CORS_MAX_AGE: below zero": (LOCKED, "CORS_MAX_AGE", "-1", _SECONDS_RANGE),
    "CORS_MAX_AGE: above a day": (LOCKED, "CORS_MAX_AGE", "86401", _SECONDS_RANGE),
    "CORS_MAX_AGE: a fraction": (LOCKED, "CORS_MAX_AGE", "1.5", _SECONDS),
    "CORS_MAX_AGE: a unit": (LOCKED, "CORS_MAX_AGE", "2h", _SECONDS),
    "CORS_MAX_AGE: a blank": (LOCKED, "CORS_MAX_AGE", "60 ", _SECONDS),
    "CORS_MAX_AGE: an underscore": (LOCKED, "CORS_MAX_AGE", "7_200", _SECONDS),
    "CORS_MAX_AGE: digits of another script": (LOCKED, "CORS_MAX_AGE", "٦٠", _SECONDS),
    "CORS_MAX_AGE: 5000 digits": (LOCKED, "CORS_MAX_AGE", "1" * 5000, _SECONDS_RANGE),
    "CORS_METHODS: empty": (LOCKED, "CORS_METHODS", "", _NO_NAMES),
    "CORS_METHODS: trailing comma": (LOCKED, "CORS_METHODS", "GET,", _COMMA),
    "CORS_METHODS: any": (
        LOCKED,
        "CORS_METHODS",
        "*",
        "is a wildcard; write each method by its name",
    ),
    "CORS_METHODS: OPTIONS": (
        LOCKED,
        "CORS_METHODS",
        "GET, OPTIONS",
        "is the method of preflights; leave it out",
    ),
    "CORS_METHODS: TRACE": (LOCKED, "CORS_METHODS", "TRACE", _FORBIDDEN_METHOD),
    "CORS_METHODS: CONNECT": (
        LOCKED,
        "CORS_METHODS",
        "CONNECT",
        _FORBIDDEN_METHOD,
    ),
    "CORS_METHODS: lower case": (
        LOCKED,
        "CORS_METHODS",
        "GET, patch",
        _UPPER.format("PATCH"),
    ),
    "CORS_METHODS: blanks for commas": (
        LOCKED,
        "CORS_METHODS",
        "GET POST",
        _METHOD,
    ),
    "CORS_METHODS: no token": (LOCKED, "CORS_METHODS", "GET/POST", _METHOD),
    "CORS_METHODS: a pattern": (
        LOCKED,
        "CORS_METHODS",
        "P*",
        "is a wildcard; write each method by its name",
    ),
    "CORS_METHODS: a line break": (LOCKED, "CORS_METHODS", "GET\n", _METHOD),
    "CORS_METHODS: twice": (
        LOCKED,
        "CORS_METHODS",
        "GET,GET",
        _TWICE,
    ),
    "CORS_ALLOW_HEADERS: empty": (LOCKED, "CORS_ALLOW_HEADERS", "", _NO_NAMES),
    "CORS_ALLOW_HEADERS: any": (LOCKED, "CORS_ALLOW_HEADERS", "*", _ANY_HEADER),
    "CORS_ALLOW_HEADERS: a pattern": (
        LOCKED,
        "CORS_ALLOW_HEADERS",
        "X-*",
        _ANY_HEADER,
    ),
    "CORS_ALLOW_HEADERS: no token": (
        LOCKED,
        "CORS_ALLOW_HEADERS",
        "X-A: 1",
        _HEADER,
    ),
    "CORS_ALLOW_HEADERS: beyond ASCII": (
        LOCKED,
        "CORS_ALLOW_HEADERS",
        "X-É",
        _HEADER,
    ),
    "CORS_ALLOW_HEADERS: a line break": (
        LOCKED,
        "CORS_ALLOW_HEADERS",
        "X-A\r\nX-B",
        _HEADER,
    ),
    "CORS_ALLOW_HEADERS: none among names": (
        LOCKED,
        "CORS_ALLOW_HEADERS",
        "X-A, none",
        _NO_HEADER,
    ),
    "CORS_ALLOW_HEADERS: Python's None": (LOCKED, "CORS_ALLOW_HEADERS", "None", _NO_HEADER),
    "CORS_EXPOSE_HEADERS: nobody's in capitals": (
        LOCKED,
        "CORS_EXPOSE_HEADERS",
        "NONE",
        _NO_HEADER,
    ),
    "CORS_ALLOW_HEADERS: twice": (
        LOCKED,
        "CORS_ALLOW_HEADERS",
        "X-A, x-a",
        _TWICE,
    ),
    **{
        f"CORS_ALLOW_HEADERS: forbidden, {name}": (
            LOCKED,
            "CORS_ALLOW_HEADERS",
            name,
            _KEPT,
        )
        for name in (
            "Accept-Charset Accept-Encoding Access-Control-Request-Headers "
            "Access-Control-Request-Method Connection Content-Length Cookie Cookie2 Date DNT "
            "Expect Host Keep-Alive Origin Referer Set-Cookie TE Trailer Transfer-Encoding "
            "Upgrade Via Proxy-Authorization Sec-Fetch-Site"
        ).split()
    },
    "CORS_EXPOSE_HEADERS: empty": (LOCKED, "CORS_EXPOSE_HEADERS", "", _NO_NAMES),
    "CORS_EXPOSE_HEADERS: any": (LOCKED, "CORS_EXPOSE_HEADERS", "*", _ANY_HEADER),
    "CORS_EXPOSE_HEADERS: forbidden": (
        LOCKED,
        "CORS_EXPOSE_HEADERS",
        "Set-Cookie",
        _KEPT,
    ),
    "CORS_EXPOSE_HEADERS: twice": (
        LOCKED,
        "CORS_EXPOSE_HEADERS",
        "Location, location",
        _TWICE,
    ),
    "MAX_CONTENT_LENGTH: empty": (
        LOCKED,
        "MAX_CONTENT_LENGTH",
        "",
        "is empty; write 1 to 1099511627776",
    ),
    "MAX_CONTENT_LENGTH: zero": (LOCKED, "MAX_CONTENT_LENGTH", "0", _BYTES_RANGE),
    "MAX_CONTENT_LENGTH: below zero": (LOCKED, "MAX_CONTENT_LENGTH", "-1", _BYTES_RANGE),
    "MAX_CONTENT_LENGTH: a unit": (LOCKED, "MAX_CONTENT_LENGTH", "1MB", _BYTES),
    "MAX_CONTENT_LENGTH: an exponent": (LOCKED, "MAX_CONTENT_LENGTH", "1e6", _BYTES),
    "TRUSTED_HOSTS: empty": (LOCKED, "TRUSTED_HOSTS", "", _NO_NAMES),
    "TRUSTED_HOSTS: trailing comma": (LOCKED, "TRUSTED_HOSTS", "a.example,", _COMMA),
    "TRUSTED_HOSTS: any": (LOCKED, "TRUSTED_HOSTS", "*", _HOST),
    "TRUSTED_HOSTS: a wildcard": (
        LOCKED,
        "TRUSTED_HOSTS",
        "*.example.com",
        "is no host name; write '.example.com'",
    ),
    "TRUSTED_HOSTS: an origin": (
        LOCKED,
        "TRUSTED_HOSTS",
        "https://api.example.com",
        "is no host name; write 'api.example.com'",
    ),
    "TRUSTED_HOSTS: a port": (
        LOCKED,
        "TRUSTED_HOSTS",
        "api.example.com:443",
        "is no host name; write 'api.example.com'",
    ),
    "TRUSTED_HOSTS: a label of 64 characters": (
        LOCKED,
        "TRUSTED_HOSTS",
        f"{'a' * 64}.example",
        _HOST,
    ),
    "TRUSTED_HOSTS: blanks for commas": (
        LOCKED,
        "TRUSTED_HOSTS",
        "a.example b.example",
        _HOST,
    ),
}

# What it is: the policy, more of the environment, and every problem there is.
REFUSED_AS_A_WHOLE: dict[str, tuple[str, Mapping[str, str], list[str]]] = {
    "all problems at once": (
        LOCKED,
        {
            "CORS_ORIGINS": "https://app.example.com/,null",
            "CORS_PUBLIC_ORIGINS": "*",
            "CORS_SUPPORTS_CREDENTIALS": "maybe",
            "CORS_MAX_AGE": "x",
            "CORS_METHODS": "*",
            "CORS_ALLOW_HEADERS": "*",
            "CORS_EXPOSE_HEADERS": "*",
            "MAX_CONTENT_LENGTH": "x",
            "TRUSTED_HOSTS": "*",
            "SECRET_KEY": "s3cr3t",
        },
        [
            f"CORS_ALLOW_HEADERS: '*' {_ANY_HEADER}",
            f"CORS_EXPOSE_HEADERS: '*' {_ANY_HEADER}",
            f"CORS_MAX_AGE: 'x' {_SECONDS}",
            "CORS_METHODS: '*' is a wildcard; write each method by its name",
            "CORS_ORIGINS: 'https://app.example.com/' has a path; write 'https://app.example.com'",
            (
                "CORS_ORIGINS: 'null' is sent by any local file or sandboxed frame; serve the page "
                "over http(s)"
            ),
            "CORS_PUBLIC_ORIGINS: '*' is read by no row of cors/policy.py; unset it",
            f"CORS_SUPPORTS_CREDENTIALS: 'maybe' {_BOOLEAN}",
            f"MAX_CONTENT_LENGTH: 'x' {_BYTES}",
            f"SECRET_KEY: '***' {_SECRET}",
            f"TRUSTED_HOSTS: '*' {_HOST}",
        ],
    ),
    "both lists of mixed": (
        MIXED,
        {"CORS_ORIGINS": "null", "CORS_PUBLIC_ORIGINS": "*,https://a.example"},
        [
            (
                "CORS_ORIGINS: 'null' is sent by any local file or sandboxed frame; serve the page "
                "over http(s)"
            ),
            (
                "CORS_PUBLIC_ORIGINS: '*' stands alone; write '*' for anybody, or list the origins "
                "you trust"
            ),
        ],
    ),
    "a list with credentials under permissive": (
        PERMISSIVE,
        {"CORS_SUPPORTS_CREDENTIALS": "1"},
        [f"CORS_SUPPORTS_CREDENTIALS: '1' {_NO_ROW}"],
    ),
    "a password in CORS_ORIGINS": (
        LOCKED,
        {"CORS_ORIGINS": "https://jane:s3cr3t@app.example.com"},
        [
            (
                "CORS_ORIGINS: 'https://***@app.example.com' has a user name or password, which no "
                "origin has; write 'https://app.example.com'"
            )
        ],
    ),
    "a secret that is empty": (
        LOCKED,
        {"SECRET_KEY": ""},
        [f"SECRET_KEY: '' {_SECRET.replace('is shorter than 32 bytes', 'is empty')}"],
    ),
    "several bad methods": (
        LOCKED,
        {"CORS_METHODS": "get,OPTIONS,PUT"},
        [
            "CORS_METHODS: 'OPTIONS' is the method of preflights; leave it out",
            f"CORS_METHODS: 'get' {_UPPER.format('GET')}",
        ],
    ),
    "a secret of 31 bytes": (LOCKED, {"SECRET_KEY": "s" * 31}, [f"SECRET_KEY: '***' {_SECRET}"]),
}

# What it is: the variable, its value, where it ends up (of the first rule, or of the settings).
MEANS: dict[str, tuple[str, str, str, object]] = {
    **{
        f"CORS_SUPPORTS_CREDENTIALS: {text}": (
            "CORS_SUPPORTS_CREDENTIALS",
            text,
            "supports_credentials",
            meaning,
        )
        for meaning, words in {
            True: "true 1 yes on TRUE Yes oN",
            False: "false 0 no off FALSE",
        }.items()
        for text in words.split()
    },
    "CORS_MAX_AGE: zero": ("CORS_MAX_AGE", "0", "max_age", 0),
    "CORS_MAX_AGE: a day": ("CORS_MAX_AGE", "86400", "max_age", 86400),
    "CORS_METHODS: one": ("CORS_METHODS", "GET", "methods", ("GET",)),
    "CORS_METHODS: blanks around commas": (
        "CORS_METHODS",
        " GET ,\tPROPFIND ",
        "methods",
        ("GET", "PROPFIND"),
    ),
    "CORS_ALLOW_HEADERS: none": ("CORS_ALLOW_HEADERS", "none", "allow_headers", ()),
    "CORS_ALLOW_HEADERS: names": (
        "CORS_ALLOW_HEADERS",
        "X-A,x!#$%&'+.^_`|~9",
        "allow_headers",
        ("X-A", "x!#$%&'+.^_`|~9"),
    ),
    "CORS_EXPOSE_HEADERS: none": ("CORS_EXPOSE_HEADERS", "none", "expose_headers", ()),
    "CORS_EXPOSE_HEADERS: names": ("CORS_EXPOSE_HEADERS", "ETag", "expose_headers", ("ETag",)),
    "MAX_CONTENT_LENGTH": ("MAX_CONTENT_LENGTH", "1", "max_content_length", 1),
    "TRUSTED_HOSTS": (
        "TRUSTED_HOSTS",
        "API.example.com, .example.org,127.0.0.1",
        "trusted_hosts",
        ("api.example.com", ".example.org", "127.0.0.1"),
    ),
    "SECRET_KEY of 32 bytes": ("SECRET_KEY", KEY, "secret_key", KEY),
    "SECRET_KEY of 11 characters, 33 bytes": ("SECRET_KEY", "鍵" * 11, "secret_key", "鍵" * 11),
}


def read(package: Any, **environ: str) -> Any:
    return package.Settings.from_env({**GOOD, **environ})


def problems_of(package: Any, environ: Mapping[str, str]) -> list[str]:
    with pytest.raises(package.ConfigurationError) as refusal:
        package.Settings.from_env(environ)
    problems = list(refusal.value.problems)
    assert str(refusal.value) == "\n".join(problems)
    return problems


@pytest.mark.parametrize(
    ("policy", "variable", "value", "message"), REFUSED.values(), ids=REFUSED.keys()
)
def test_refused(policy: str, variable: str, value: str, message: str, package: Package) -> None:
    problems = problems_of(package(policy), {**GOOD, variable: value})
    listed = "," in value and message != _COMMA
    entry = value.rpartition(",")[2].strip() if listed else value
    shown = entry if len(entry) <= 120 else f"{entry[:120]}…"
    quoted = repr(shown) if "'" not in shown else shown.replace("'", r"\'").join("''")
    assert problems == [f"{variable}: {quoted} {message}"]


@pytest.mark.parametrize(
    ("policy", "environ", "problems"), REFUSED_AS_A_WHOLE.values(), ids=REFUSED_AS_A_WHOLE.keys()
)
def test_refused_as_a_whole(
    policy: str, environ: Mapping[str, str], problems: list[str], package: Package
) -> None:
    assert sorted(problems_of(package(policy), {**GOOD, **environ})) == problems


@pytest.mark.parametrize("policy", [LOCKED, MIXED])
def test_required(policy: str, package: Package) -> None:
    assert problems_of(package(policy), {}) == [
        (
            "CORS_ORIGINS: is not set; list the origins you trust, such as "
            "'https://app.example.com', or write 'none' for nobody"
        )
    ]


@pytest.mark.parametrize(
    "variable", ["CORS_PUBLIC_ORIGINS", "TRUSTED_HOSTS", "CORS_METHODS", "CORS_MAX_AGE"]
)
def test_a_password_in_any_variable_is_masked(variable: str, package: Package) -> None:
    (problem,) = problems_of(
        package(LOCKED), {**GOOD, variable: "https://jane:s3cr3t@app.example.com"}
    )
    assert problem.startswith(f"{variable}: ")
    assert "s3cr3t" not in problem


@pytest.mark.parametrize(("variable", "value", "name", "meaning"), MEANS.values(), ids=MEANS.keys())
def test_means(variable: str, value: str, name: str, meaning: object, package: Package) -> None:
    settings = read(package(LOCKED), **{variable: value})
    holder = settings if hasattr(settings, name) else settings.cors.rules[0]
    assert getattr(holder, name) == meaning


@pytest.mark.parametrize(
    ("policy", "credentials"),
    [(LOCKED, False), (LOCKED, True), (MIXED, False), (MIXED, True), (PERMISSIVE, False)],
)
def test_defaults(policy: str, credentials: bool, package: Package) -> None:
    settings = read(package(policy, credentials=credentials))
    *public, rule = settings.cors.rules
    assert str(rule.origins) == "https://app.example.com"
    assert rule.methods == ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    assert rule.allow_headers == ("Authorization", "Content-Type", "X-Request-ID")
    assert rule.expose_headers == ("Location", "X-Request-ID")
    assert rule.max_age == 7200
    assert rule.supports_credentials is credentials
    assert settings.max_content_length == 1048576
    assert settings.trusted_hosts == ()
    assert settings.secret_key is None
    assert [str(it.origins) for it in public] == ["*"] * (policy == MIXED)
    assert not any(it.supports_credentials for it in public)


def test_anybody_by_default_under_permissive(package: Package) -> None:
    (rule,) = package(PERMISSIVE).Settings.from_env({}).cors.rules
    assert str(rule.origins) == "*"


def test_credentials_can_be_switched_off(package: Package) -> None:
    settings = read(package(LOCKED, credentials=True), CORS_SUPPORTS_CREDENTIALS="false")
    assert not settings.cors.rules[0].supports_credentials


def test_false_under_permissive_is_what_holds_anyway(package: Package) -> None:
    assert read(package(PERMISSIVE), CORS_SUPPORTS_CREDENTIALS="no")


def test_the_secret_is_not_shown(package: Package) -> None:
    assert KEY not in repr(read(package(LOCKED), SECRET_KEY=KEY))


def test_the_process_environment_is_read_by_the_factory_alone(
    package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://of-the-process.example")
    app = package(LOCKED).create_app()
    answer = app.test_client().get(
        "/api/v1/greetings", headers={"Origin": "https://of-the-process.example"}
    )
    assert answer.headers["Access-Control-Allow-Origin"] == "https://of-the-process.example"
    monkeypatch.setenv("CORS_ORIGINS", "null")
    assert read(package(LOCKED))
    with pytest.raises(package(LOCKED).ConfigurationError):
        package(LOCKED).create_app()


def test_no_value_enters_the_configuration_of_flask_cors(package: Package) -> None:
    app = package(LOCKED).create_app(read(package(LOCKED), CORS_MAX_AGE="5"))
    assert [key for key in app.config if key.startswith("CORS")] == []


VARIABLES = """
CORS_ORIGINS CORS_PUBLIC_ORIGINS CORS_SUPPORTS_CREDENTIALS CORS_MAX_AGE CORS_METHODS
CORS_ALLOW_HEADERS CORS_EXPOSE_HEADERS MAX_CONTENT_LENGTH TRUSTED_HOSTS SECRET_KEY
""".split()
_WORDS = st.sampled_from(
    [
        "GET",
        "get",
        "*",
        "none",
        "X-A",
        ",",
        " ",
        "\n",
        "\0",
        "1",
        "true",
        "a.b",
        ":",
        "options",
        ";",
    ]
)
_TEXTS = texts | st.lists(_WORDS).map("".join)


@pytest.mark.parametrize("policy", [LOCKED, MIXED, PERMISSIVE])
@given(environ=st.dictionaries(st.sampled_from(VARIABLES), _TEXTS), good=st.booleans())
@example(environ={"CORS_METHODS": "options"}, good=True)
@example(environ={"TRUSTED_HOSTS": "a" * 64}, good=True)
@example(environ={"SECRET_KEY": "\ud800"}, good=True)
def test_anything_is_settings_or_one_error(
    policy: str, environ: dict[str, str], good: bool, package: Package
) -> None:
    its = package(policy)
    environ = {**GOOD, **environ} if good else environ
    try:
        settings = its.Settings.from_env(environ)
    except its.ConfigurationError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.isprintable()
            assert re.fullmatch(r"[A-Z_]+: (is not set|'.*'|\".*\") ?.*; .+", problem)
            assert problem.partition(":")[0] in {*environ, "CORS_ORIGINS"}
        assert_fixes_hold(its, environ, error.problems)
    else:
        assert isinstance(settings, its.Settings)


def assert_fixes_hold(its: Any, environ: Mapping[str, str], problems: tuple[str, ...]) -> None:
    """Check that what is to be written instead is no problem in its turn."""
    for variable, fix in suggestions(problems):
        try:
            its.Settings.from_env({**environ, variable: fix})
        except its.ConfigurationError as error:
            assert [it for it in error.problems if it.startswith(f"{variable}: ")] == []


def suggestions(problems: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for problem in problems:
        if fix := re.search(r"\bwrite '([^']+)'\Z", problem):
            yield problem.partition(":")[0], fix[1]
