from functools import partial

import pytest
from flask import Flask

from {{ cookiecutter.package_name }}.cors.row import Row, Variable

from ...calls import app_with
from .found import Case, found

SAFE = "https://app.example.org"


def trusting(
    origins: str, *, credentials: bool = False, debug: bool = False, max_age: int | None = None
) -> Flask:
    row = Row("/api/*", Variable("CORS_ORIGINS"), supports_credentials=credentials, max_age=max_age)
    app = app_with(row, environ={"CORS_ORIGINS": origins})
    app.debug = debug
    return app


def named(*hosts: str, debug: bool = False) -> Flask:
    app = trusting(SAFE, debug=debug)
    app.config["TRUSTED_HOSTS"] = list(hosts)
    return app


def with_a_list_of_readers() -> Flask:
    readers = (Variable("READERS"), Variable("CORS_ORIGINS"))
    environ = {"READERS": "http://reader.example.org", "CORS_ORIGINS": "http://x.example.org"}
    rows = (
        Row("/api/*", Variable("CORS_ORIGINS"), supports_credentials=True),
        Row("/api/v1/public/*", readers),
    )
    return app_with(*rows, environ=environ)


def local(origin: str) -> str:
    return (
        f"CORS_ORIGINS: '{origin}' is any program that listens on the visitor's own machine; "
        "leave it out in production; if this is development, run 'flask --debug cors check'"
    )


CASES = [
    Case(
        "placeholder",
        "CORS001",
        partial(trusting, f"{SAFE},https://app.example.com"),
        (
            "CORS_ORIGINS: 'https://app.example.com' is the placeholder that the template came "
            "with; write the origin that your front end is served from",
        ),
    ),
    *(
        Case(
            f"placeholder of a host: {host}",
            "CORS001",
            partial(named, "localhost", host),
            (
                f"TRUSTED_HOSTS: '{host}' is an example name, which nobody can register; write the "
                "name by which this API is called, as requests for others get 400",
            ),
        )
        for host in (
            "api.example.com",
            "api.staging.example.com",
            "example.org",
            ".example.net",
            "api.example",
        )
    ),
    Case(
        "placeholder in debug mode",
        "CORS001",
        lambda: trusting("https://app.example.com", debug=True),
    ),
    Case(
        "placeholder of a host in debug mode",
        "CORS001",
        lambda: named("api.example.com", debug=True),
    ),
    Case("page of one's own", "CORS001", lambda: trusting(SAFE)),
    Case("host of one's own", "CORS001", lambda: named("api.myexample.com", "example.com.acme.eu")),
    *(
        Case(f"own machine: {origin}", "CORS002", partial(trusting, origin), (local(origin),))
        for origin in (
            "http://localhost:*",
            "http://localhost",
            "http://app.localhost:3000",
            "https://localhost:8443",
            "http://127.0.0.1:5173",
            "http://127.9.9.9",
            "http://[::1]:3000",
            "http://0.0.0.0:3000",
        )
    ),
    *(
        Case(f"not the visitor's machine: {origin}", "CORS002", partial(trusting, origin))
        for origin in (
            "https://localhost",
            "capacitor://localhost",
            "https://localhost.example.org",
            "https://192.168.1.7",
            "none",
        )
    ),
    Case(
        "own machine in debug mode",
        "CORS002",
        lambda: trusting("http://localhost:*", debug=True),
    ),
    Case(
        "no TLS",
        "CORS003",
        lambda: trusting("http://app.example.org:8080"),
        (
            "CORS_ORIGINS: 'http://app.example.org:8080' has no TLS, so whoever sits on the "
            "network can speak for its pages; serve the page over https and write "
            "'https://app.example.org:8080'",
        ),
    ),
    Case(
        "no TLS in a variable beside an origin of the row's own",
        "CORS003",
        lambda: app_with(
            Row("/api/*", (SAFE, Variable("CORS_ORIGINS"))),
            environ={"CORS_ORIGINS": "http://x.example.org"},
        ),
        (
            "CORS_ORIGINS: 'http://x.example.org' has no TLS, so whoever sits on the network can "
            "speak for its pages; serve the page over https and write 'https://x.example.org'",
        ),
    ),
    Case("TLS", "CORS003", lambda: trusting(f"{SAFE},capacitor://localhost")),
    Case("no TLS on the own machine", "CORS003", lambda: trusting("http://localhost:*")),
    Case("no TLS in debug mode", "CORS003", lambda: trusting("http://10.0.0.7", debug=True)),
    Case(
        "no TLS with credentials has a rule of its own",
        "CORS003",
        lambda: trusting("http://x.example.org", credentials=True),
    ),
    Case(
        "no TLS with credentials",
        "CORS004",
        lambda: trusting("http://x.example.org", credentials=True),
        (
            "CORS_ORIGINS: 'http://x.example.org' has no TLS and may send credentials, so whoever "
            "sits on the network can act as your users; serve the page over https and write "
            "'https://x.example.org'",
        ),
    ),
    Case(
        "no TLS with credentials in one row of two",
        "CORS004",
        with_a_list_of_readers,
        (
            "CORS_ORIGINS: 'http://x.example.org' has no TLS and may send credentials, so whoever "
            "sits on the network can act as your users; serve the page over https and write "
            "'https://x.example.org'",
        ),
    ),
    Case("TLS with credentials", "CORS004", lambda: trusting(SAFE, credentials=True)),
    Case(
        "no TLS on the own machine, with credentials",
        "CORS004",
        lambda: trusting("http://localhost:*", credentials=True, debug=True),
    ),
    Case(
        "wildcard with credentials",
        "CORS005",
        lambda: trusting("https://*.preview.example.org", credentials=True),
        (
            "CORS_ORIGINS: 'https://*.preview.example.org' with credentials trusts every host "
            "below preview.example.org with your users' cookies; list the origins that need it",
        ),
    ),
    Case("wildcard", "CORS005", lambda: trusting("https://*.preview.example.org")),
    Case(
        "any port with credentials",
        "CORS005",
        lambda: trusting("http://localhost:*", credentials=True, debug=True),
    ),
    Case(
        "wildcard over a domain",
        "CORS006",
        lambda: trusting("https://*.example.org"),
        (
            "CORS_ORIGINS: 'https://*.example.org' trusts everything below example.org, a "
            "forgotten host as well; list the origins, or give them a domain of their own and "
            "write 'https://*.preview.example.org'",
        ),
    ),
    Case(
        "wildcard over a domain below a suffix of two labels",
        "CORS006",
        lambda: trusting("https://*.example.co.uk"),
        (
            "CORS_ORIGINS: 'https://*.example.co.uk' trusts everything below example.co.uk, a "
            "forgotten host as well; list the origins, or give them a domain of their own and "
            "write 'https://*.preview.example.co.uk'",
        ),
    ),
    Case(
        "any port",
        "CORS006",
        lambda: trusting("https://app.example.org:*"),
        (
            "CORS_ORIGINS: 'https://app.example.org:*' trusts whatever listens on any port of "
            "app.example.org; write the port of the page",
        ),
    ),
    Case(
        "wildcard over a domain for it",
        "CORS006",
        lambda: trusting("https://*.preview.example.org"),
    ),
    Case("any port of the own machine", "CORS006", lambda: trusting("http://localhost:*")),
    Case(
        "day",
        "CORS007",
        lambda: app_with(environ={"CORS_ORIGINS": SAFE, "CORS_MAX_AGE": "86400"}),
        (
            "CORS_MAX_AGE: '86400' is heard by Firefox alone; Chromium remembers a preflight for "
            "7200 seconds and Safari for 600; write at most '7200', so that a mended policy is "
            "soon known everywhere",
        ),
    ),
    Case(
        "day, in a row",
        "CORS007",
        lambda: trusting(SAFE, max_age=7201),
        (
            "cors/policy.py '/api/*': '7201' is heard by Firefox alone; Chromium remembers a "
            "preflight for 7200 seconds and Safari for 600; write at most '7200', so that a "
            "mended policy is soon known everywhere",
        ),
    ),
    Case("two hours", "CORS007", lambda: trusting(SAFE, max_age=7200)),
]


@pytest.mark.parametrize("case", [pytest.param(it, id=it.name) for it in CASES])
def test_who_is_trusted(case: Case) -> None:
    assert found(case.app(), case.id) == case.found


def test_what_two_rows_share_is_found_once_and_where_it_is_written() -> None:
    lines = found(with_a_list_of_readers(), "CORS003")

    assert [line.partition(":")[0] for line in lines] == ["READERS"]
