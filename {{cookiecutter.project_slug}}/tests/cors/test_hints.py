import pytest

from {{ cookiecutter.package_name }}.cors.columns import Columns
from {{ cookiecutter.package_name }}.cors.hints import fix, quoted
from {{ cookiecutter.package_name }}.cors.row import Row, Variable
from {{ cookiecutter.package_name }}.cors.rule import (
    Rule,
    rule_of_row,
)
from {{ cookiecutter.package_name }}.environment import Environment

from ..calls import LISTED

ORIGINS = Variable("CORS_ORIGINS")


def rule_of(origins: str, row: Row | None = None) -> Rule:
    env = Environment({"CORS_ORIGINS": origins})
    rule = rule_of_row(row or LISTED, env, Columns())
    env.check()
    return rule


NEAR = [
    (
        "port",
        "http://localhost:3001",
        "http://localhost:3000",
        "which differs in the port",
    ),
    (
        "port that is the default",
        "http://localhost",
        "http://localhost:3000",
        "which differs in the port",
    ),
    (
        "scheme",
        "http://app.example.com",
        "https://app.example.com",
        "which differs in the scheme",
    ),
    (
        "scheme, and so the port",
        "http://app.example.com",
        "https://app.example.com:8443",
        "which differs in the scheme and the port",
    ),
    (
        "scheme of any port",
        "https://localhost:5173",
        "http://localhost:*",
        "which differs in the scheme",
    ),
    (
        "loopback by name and number",
        "http://127.0.0.1:3000",
        "http://localhost:3000",
        "the same machine by another name, which to a browser is another origin",
    ),
    (
        "loopback of IPv6, any port",
        "http://[::1]:3000",
        "http://127.0.0.1:*",
        "the same machine by another name, which to a browser is another origin",
    ),
    (
        "www too many",
        "https://www.example.com",
        "https://example.com",
        "which differs in 'www.'",
    ),
    (
        "www missing",
        "https://example.com",
        "https://www.example.com",
        "which differs in 'www.'",
    ),
    (
        "apex under a wildcard",
        "https://example.com",
        "https://*.example.com",
        "which covers the names below example.com and not example.com itself",
    ),
    (
        "port under a wildcard",
        "https://a.example.com:8443",
        "https://*.example.com",
        "which differs in the port",
    ),
    (
        "name below an exact origin",
        "https://pr-7.example.com",
        "https://example.com",
        "which does not cover the names below it",
    ),
    (
        "name that goes on",
        "https://app.example.com.evil.example",
        "https://app.example.com",
        "which looks alike and is another site: make sure that the page is yours",
    ),
    (
        "name with something in front",
        "https://xexample.com",
        "https://*.example.com",
        "which looks alike and is another site: make sure that the page is yours",
    ),
    (
        "slip of the finger",
        "https://app.exmaple.com",
        "https://app.example.com",
        "which is spelt almost like it",
    ),
]


@pytest.mark.parametrize(
    ("page", "listed", "difference"), [pytest.param(*row[1:], id=row[0]) for row in NEAR]
)
def test_the_nearest_origin_is_named_with_the_difference(
    page: str, listed: str, difference: str
) -> None:
    rule = rule_of(f"https://far.example.org,{listed}")

    assert fix(page, rule) == f"add {page} to CORS_ORIGINS; you have {listed}, {difference}"
    assert fix(page, rule, name_others=False) == f"add {page} to CORS_ORIGINS"


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        pytest.param(
            "https://evil.example",
            "add https://evil.example to CORS_ORIGINS",
            id="nothing is near",
        ),
        pytest.param(
            "null",
            "serve the page over http or https and add the origin it then has to CORS_ORIGINS; "
            "'null' is any local file, sandboxed frame or cross-origin redirect",
            id="no origin",
        ),
        pytest.param(
            "https://app.example.com/",
            "send the origin as browsers do; 'https://app.example.com/' has a path; "
            "write 'https://app.example.com'",
            id="trailing slash",
        ),
        pytest.param(
            "https://App.Example.com",
            "send the origin as browsers do, in lower case; write 'https://app.example.com'",
            id="upper case",
        ),
        pytest.param(
            "https://app.example.com:443",
            "send the origin as browsers do; 'https://app.example.com:443' names the default port, "
            "which browsers leave out; write 'https://app.example.com'",
            id="default port",
        ),
        pytest.param(
            "https://a.example,https://b.example",
            "send the origin as browsers do; 'https://a.example,https://b.example' is not one "
            "origin; write that of one page",
            id="two origins",
        ),
        pytest.param(
            "capacitor://localhost",
            "add capacitor://localhost to CORS_ORIGINS",
            id="scheme of an application",
        ),
        pytest.param(
            "https://app.example.com",
            "nothing; https://app.example.com is trusted by CORS_ORIGINS",
            id="trusted already",
        ),
    ],
)
def test_every_origin_has_a_line(origin: str, line: str) -> None:
    assert fix(origin, rule_of("https://app.example.com")) == line


def test_a_list_of_nobody_is_replaced() -> None:
    rule = rule_of("none")

    assert fix("https://a.example", rule) == (
        "write https://a.example in CORS_ORIGINS, where nobody is listed"
    )


def test_a_row_that_names_its_origins_itself_is_the_place() -> None:
    rule = rule_of("none", Row("/api/x/*", origins="https://a.example"))

    assert fix("https://b.example", rule) == (
        "add https://b.example to the origins of cors/policy.py '/api/x/*'; "
        "you have https://a.example, which is spelt almost like it"
    )


def test_a_row_that_names_some_itself_is_the_place_and_not_what_all_rows_share() -> None:
    partner = Row("/api/x/*", origins=("https://partner.example", ORIGINS))

    assert fix("https://other.test", rule_of("https://app.example.com", partner)) == (
        "add https://other.test to the origins of cors/policy.py '/api/x/*'"
    )


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
        "https://a.example/" + "\u2028" * 10_000,
        "https://user:secret@a.example",
    ],
)
def test_whatever_the_origin_is_the_line_is_short_and_printable(origin: str) -> None:
    line = fix(origin, rule_of("https://app.example.com"))

    assert line.isascii()
    assert line.isprintable()
    assert len(line) < 1000
    assert "secret" not in line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("https://user:secret@a.example/b", "'https://***@a.example/b'", id="password"),
        pytest.param(
            "no route to postgres://user:secret@a.example, x@b",
            "'no route to postgres://***@a.example, x@b'",
            id="password in a sentence",
        ),
        pytest.param("/api/users/@me", "'/api/users/@me'", id="at sign in a path"),
        pytest.param("https://a.example/@me", "'https://a.example/@me'", id="at sign in a URL"),
        pytest.param("caf\u00e9\n", r"'caf\xe9\n'", id="what is no printable ASCII"),
        pytest.param("a" * 200, f"'{'a' * 100}...'", id="too long"),
    ],
)
def test_any_text_is_shown_on_one_line_and_without_passwords(text: str, shown: str) -> None:
    assert quoted(text) == shown
