from dataclasses import replace

import pytest

import {{ cookiecutter.package_name }} as package
from {{ cookiecutter.package_name }}.environment import boolean

from .calls import (
    ENVIRON,
    LISTED,
    SPECIMENS,
    TRUSTED,
    client_of,
    cors_headers,
    preflight,
    problems_of,
)

REFUSED = [
    ("CORS_METHODS", "", "'' is empty; write names separated by commas"),
    ("CORS_METHODS", "GET,", "'GET,' has an empty entry; remove the extra comma"),
    (
        "CORS_METHODS",
        "none",
        "'none' leaves nothing that could be called; list the methods",
    ),
    (
        "CORS_METHODS",
        "'GET,POST'",
        r"'\'GET,POST\'' has quotes, which docker --env-file keeps; write it without quotes",
    ),
    ("CORS_METHODS", "*", "'*' is a wildcard; write each method by its name"),
    (
        "CORS_METHODS",
        "GET,post",
        "'post' is not in upper case; methods are exact, write 'POST'",
    ),
    (
        "CORS_METHODS",
        "GET,OPTIONS",
        "'OPTIONS' is the method of preflights; leave it out",
    ),
    ("CORS_METHODS", "TRACE", "'TRACE' is a method that browsers do not send; leave it out"),
    ("CORS_METHODS", "GET,GET", "'GET' is listed twice; remove one of the two"),
    (
        "CORS_METHODS",
        "GET POST",
        "'GET POST' is no method; write names such as 'GET, POST'",
    ),
    (
        "CORS_ALLOW_HEADERS",
        "*",
        "'*' is a wildcard; write each header by its name",
    ),
    (
        "CORS_ALLOW_HEADERS",
        "X-Trace-*",
        "'X-Trace-*' is a wildcard; write each header by its name",
    ),
    ("CORS_ALLOW_HEADERS", "a b", "'a b' is no header; write each header by its exact name"),
    (
        "CORS_ALLOW_HEADERS",
        "None",
        "'None' stands alone, in lower case; write 'none' for no header, or list names",
    ),
    (
        "CORS_EXPOSE_HEADERS",
        "NONE",
        "'NONE' stands alone, in lower case; write 'none' for no header, or list names",
    ),
    (
        "CORS_ALLOW_HEADERS",
        "Cookie",
        "'Cookie' is a header that browsers keep to themselves; leave it out",
    ),
    (
        "CORS_ALLOW_HEADERS",
        "Sec-Purpose",
        "'Sec-Purpose' is a header that browsers keep to themselves; leave it out",
    ),
    (
        "CORS_ALLOW_HEADERS",
        "none,Accept",
        "'none' stands alone, in lower case; write 'none' for no header, or list names",
    ),
    (
        "CORS_EXPOSE_HEADERS",
        "ETag,etag",
        "'etag' is listed twice; remove one of the two",
    ),
    (
        "CORS_EXPOSE_HEADERS",
        "Set-Cookie",
        "'Set-Cookie' is a header that browsers keep to themselves; leave it out",
    ),
    ("CORS_MAX_AGE", "", "'' is empty; write 0 to 86400"),
    ("CORS_MAX_AGE", "86401", "'86401' is out of range; write 0 to 86400 seconds"),
    ("CORS_MAX_AGE", "-1", "'-1' is out of range; write 0 to 86400 seconds"),
    ("CORS_MAX_AGE", "1e3", "'1e3' is not a whole number of seconds; write 0 to 86400"),
    (
        "CORS_SUPPORTS_CREDENTIALS",
        "maybe",
        "'maybe' is neither true nor false; write 'true' or 'false'",
    ),
    (
        "CORS_SUPPORTS_CREDENTIALS",
        "",
        "'' is empty; write 'true' or 'false'",
    ),
    (
        "MAX_CONTENT_LENGTH",
        "1MB",
        "'1MB' is not a whole number of bytes; write 1 to 1099511627776",
    ),
    ("MAX_CONTENT_LENGTH", "0", "'0' is out of range; write 1 to 1099511627776 bytes"),
    (
        "TRUSTED_HOSTS",
        "https://api.example.com",
        "'https://api.example.com' is no host name; write 'api.example.com'",
    ),
    ("TRUSTED_HOSTS", "", "'' is empty; write names separated by commas"),
    ("TRUSTED_HOSTS", "x:80", "'x:80' is no host name; write 'x'"),
    ("TRUSTED_HOSTS", "*.Example.com", "'*.Example.com' is no host name; write '.example.com'"),
    ("PROXY_HOPS", "", "'' is empty; write 0 to 10"),
    ("PROXY_HOPS", "11", "'11' is out of range; write 0 to 10 proxies"),
    ("PROXY_HOPS", "true", "'true' is not a whole number of proxies; write 0 to 10"),
    ("LOG_FORMAT", "", "'' is empty; write 'json' or 'text'"),
    ("LOG_FORMAT", "JSON", "'JSON' is not one of the values; write 'json' or 'text'"),
    (
        "TRUSTED_HOSTS",
        "https://me:secret@api.example.com",
        "'https://***@api.example.com' is no host name; write names without scheme and port, and "
        "'.example.com' for a domain and everything below it",
    ),
    (
        "SECRET_KEY",
        "",
        "'' is empty; write what python -c 'import secrets; print(secrets.token_hex(32))' prints",
    ),
    (
        "SECRET_KEY",
        "short",
        "'***' is shorter than 32 bytes; write what "
        "python -c 'import secrets; print(secrets.token_hex(32))' prints",
    ),
]


@pytest.mark.parametrize(("name", "value", "problem"), REFUSED)
def test_a_wrong_value_is_refused(name: str, value: str, problem: str) -> None:
    assert problems_of(ENVIRON | {name: value}) == (f"{name}: {problem}",)


def test_all_problems_are_told_at_once() -> None:
    wrong = {"CORS_ORIGINS": "null,a.example", "CORS_MAX_AGE": "x", "TRUSTED_HOSTS": "a b"}

    assert [line.partition(":")[0] for line in problems_of(wrong)] == [
        "CORS_MAX_AGE",
        "CORS_ORIGINS",
        "CORS_ORIGINS",
        "TRUSTED_HOSTS",
    ]


@pytest.mark.parametrize(
    ("name", "value", "problems"),
    [
        (
            "CORS_METHODS",
            "get,OPTIONS,",
            (
                "'get' is not in upper case; methods are exact, write 'GET'",
                "'OPTIONS' is the method of preflights; leave it out",
                "'get,OPTIONS,' has an empty entry; remove the extra comma",
            ),
        ),
        (
            "CORS_ALLOW_HEADERS",
            "Cookie,Host,a b",
            (
                "'Cookie' is a header that browsers keep to themselves; leave it out",
                "'Host' is a header that browsers keep to themselves; leave it out",
                "'a b' is no header; write each header by its exact name",
            ),
        ),
        (
            "CORS_EXPOSE_HEADERS",
            "ETag,*,*,etag",
            (
                "'*' is a wildcard; write each header by its name",
                "'etag' is listed twice; remove one of the two",
            ),
        ),
        (
            "TRUSTED_HOSTS",
            "a b,https://x,y:80,z",
            (
                "'a b' is no host name; write names without scheme and port, and '.example.com' "
                "for a domain and everything below it",
                "'https://x' is no host name; write 'x'",
                "'y:80' is no host name; write 'y'",
            ),
        ),
        (
            "TRUSTED_HOSTS",
            "https://me:sec,ret@api.example.com,x:80",
            (
                "'https://***@api.example.com' is no host name; write names without scheme and "
                "port, and '.example.com' for a domain and everything below it",
                "'x:80' is no host name; write 'x'",
            ),
        ),
    ],
)
def test_every_bad_name_is_told(name: str, value: str, problems: tuple[str, ...]) -> None:
    assert problems_of(ENVIRON | {name: value}) == tuple(f"{name}: {it}" for it in problems)


@pytest.mark.parametrize(
    ("text", "value"),
    [(text, True) for text in ("true", "TRUE", "1", "yes", "on")]
    + [(text, False) for text in ("false", "False", "0", "no", "off")],
)
def test_booleans_have_four_spellings_in_any_case(text: str, value: bool) -> None:
    assert boolean(text) is value


def test_the_variables_reach_the_preflight() -> None:
    granted = cors_headers(
        preflight(
            client_of(
                ENVIRON
                | {
                    "CORS_METHODS": "GET, PUT",
                    "CORS_ALLOW_HEADERS": "If-Match",
                    "CORS_MAX_AGE": "0",
                }
            )
        )
    )

    assert granted["Access-Control-Allow-Methods"] == "GET, PUT"
    assert granted["Access-Control-Allow-Headers"] == "If-Match"
    assert granted["Access-Control-Max-Age"] == "0"


def test_none_of_the_headers_is_a_choice_too() -> None:
    environ = ENVIRON | {"CORS_ALLOW_HEADERS": "none", "CORS_EXPOSE_HEADERS": "none"}
    client = client_of(environ)

    assert "Access-Control-Allow-Headers" not in preflight(client).headers
    actual = client.get(SPECIMENS, headers={"Origin": TRUSTED})
    assert "Access-Control-Expose-Headers" not in actual.headers


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("api.example.com", 200),
        ("api.example.com:8000", 200),
        ("a.b.example.org", 200),
        ("evil.example", 400),
        ("api.example.com.evil.example", 400),
    ],
)
def test_other_names_than_the_trusted_ones_are_not_answered(host: str, status: int) -> None:
    client = client_of(ENVIRON | {"TRUSTED_HOSTS": "api.example.com, .example.org"})
    response = client.get(SPECIMENS, headers={"Host": host, "Origin": TRUSTED})

    assert response.status_code == status
    assert cors_headers(response)["Access-Control-Allow-Origin"] == TRUSTED


def test_flask_cors_finds_nothing_in_the_configuration() -> None:
    # It reads these keys itself, and there the text "false" is true.
    app = client_of(ENVIRON | {"CORS_SUPPORTS_CREDENTIALS": "false"}).application

    assert not [key for key in app.config if key.startswith("CORS_")]


def test_a_secret_is_never_shown() -> None:
    settings = package.Settings.from_env(ENVIRON | {"SECRET_KEY": "s" * 32}, LISTED)

    assert settings.secret_key == "s" * 32
    assert "ssss" not in repr(replace(settings, trusted_hosts=("x",)))


def test_the_process_environment_is_read_where_no_settings_are_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (ENVIRON | {"MAX_CONTENT_LENGTH": "7"}).items():
        monkeypatch.setenv(name, value)

    assert package.create_app().config["MAX_CONTENT_LENGTH"] == 7
    monkeypatch.setenv("MAX_CONTENT_LENGTH", "seven")
    with pytest.raises(package.ConfigurationError):
        package.create_app()
