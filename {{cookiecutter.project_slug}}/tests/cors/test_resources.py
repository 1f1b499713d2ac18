import re

import pytest

from {{ cookiecutter.package_name }} import ConfigurationError
from {{ cookiecutter.package_name }}.cors.columns import Columns
from {{ cookiecutter.package_name }}.cors.row import Row, Variable
from {{ cookiecutter.package_name }}.cors.rule import (
    rule_of_row,
)
from {{ cookiecutter.package_name }}.environment import Environment

from ..calls import ENVIRON, EVIL, LISTED, TRUSTED, app_with, cors_headers, preflight

PARTNER = "https://partner.example.org"


def test_the_most_specific_row_wins_whatever_their_order() -> None:
    narrow = Row("/api/reports/*", origins=PARTNER)
    narrower = Row("/api/reports/2026/*", origins=EVIL)
    for table in ((LISTED, narrow, narrower), (narrower, narrow, LISTED)):
        client = app_with(*table).test_client()
        for path, trusted in (
            ("/api", TRUSTED),
            ("/api/reportsandmore", TRUSTED),
            ("/api/reports", PARTNER),
            ("/api/reports/2025", PARTNER),
            ("/api/reports/2026", EVIL),
            ("/api/reports/2026/11", EVIL),
        ):
            granted = {
                origin
                for origin in (TRUSTED, PARTNER, EVIL)
                if cors_headers(client.get(path, headers={"Origin": origin}))
            }
            assert granted == {trusted}, path


def test_rows_of_one_path_may_share_its_methods_out() -> None:
    table = (
        LISTED,
        Row("/api/x/*", origins=PARTNER, only="GET, HEAD"),
        Row("/api/x/*", origins=EVIL, only=("PUT",)),
    )
    client = app_with(*table).test_client()

    for method, trusted in (("GET", PARTNER), ("PUT", EVIL), ("DELETE", TRUSTED)):
        for origin in (PARTNER, EVIL, TRUSTED):
            granted = cors_headers(preflight(client, "/api/x", origin=origin, method=method))
            assert bool(granted) is (origin == trusted)
    assert cors_headers(preflight(client, "/api/x", origin=PARTNER, method="ET")) == {}


def test_a_row_speaks_for_its_methods_only() -> None:
    table = (LISTED, Row("/api/x/*", origins=PARTNER, only=("GET", "HEAD")))
    client = app_with(*table).test_client()

    assert cors_headers(preflight(client, "/api/x", origin=PARTNER, method="GET"))
    assert not cors_headers(preflight(client, "/api/x", origin=PARTNER, method="PUT"))
    assert cors_headers(preflight(client, "/api/x", origin=TRUSTED, method="PUT"))
    assert not cors_headers(preflight(client, "/api/x", origin=TRUSTED, method="GET"))


def test_a_row_promises_no_method_that_it_does_not_speak_for() -> None:
    table = (LISTED, Row("/api/x/*", origins=PARTNER, only=("GET", "HEAD")))
    client = app_with(*table).test_client()

    granted = cors_headers(preflight(client, "/api/x", origin=PARTNER, method="GET"))
    assert granted["Access-Control-Allow-Methods"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("row", "remedy"),
    [
        pytest.param(LISTED, "CORS_ORIGINS", id="variable"),
        pytest.param(
            Row("/api/*", origins=(Variable("CORS_PUBLIC_ORIGINS"), Variable("CORS_ORIGINS"))),
            "CORS_PUBLIC_ORIGINS",
            id="two variables",
        ),
        pytest.param(
            Row("/api/x/*", origins=PARTNER), "cors/policy.py '/api/x/*'", id="origins of its own"
        ),
        pytest.param(
            Row("/api/x/*", origins=(PARTNER, Variable("CORS_ORIGINS"))),
            "cors/policy.py '/api/x/*'",
            id="origins of its own before a variable",
        ),
        pytest.param(
            Row("/api/x/*", origins=(Variable("CORS_ORIGINS"), PARTNER)),
            "cors/policy.py '/api/x/*'",
            id="origins of its own behind a variable",
        ),
    ],
)
def test_where_to_add_an_origin(row: Row, remedy: str) -> None:
    env = Environment(ENVIRON | {"CORS_PUBLIC_ORIGINS": PARTNER})

    assert rule_of_row(row, env, Columns()).remedy == remedy
    assert env.problems == []


def test_a_variable_of_ones_own_names_origins() -> None:
    table = (LISTED, Row("/api/x/*", origins=(Variable("PARTNERS"), "https://more.example")))
    client = app_with(*table, environ=ENVIRON | {"PARTNERS": PARTNER}).test_client()

    for origin in (PARTNER, "https://more.example"):
        assert cors_headers(client.get("/api/x", headers={"Origin": origin}))
    assert not cors_headers(client.get("/api/x", headers={"Origin": TRUSTED}))
    with pytest.raises(ConfigurationError, match="PARTNERS: is not set"):
        app_with(*table)


def test_without_a_row_nobody_is_trusted() -> None:
    client = app_with(Row("/api/x/*", origins=TRUSTED)).test_client()

    assert cors_headers(client.get("/api", headers={"Origin": TRUSTED})) == {}
    assert preflight(client, "/api").status_code == 204
    assert client.post("/api", headers={"Origin": TRUSTED}).status_code == 403


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            Row("/api/x", origins=TRUSTED),
            "cors/policy.py '/api/x': '/api/x' is no subtree; write '/api/x/*'",
        ),
        (
            Row("/api/x/*", origins=f"{TRUSTED}/"),
            f"cors/policy.py '/api/x/*' origins: '{TRUSTED}/' has a path; write '{TRUSTED}'",
        ),
        (
            Row("/api/x/*", origins=TRUSTED, methods=("GET", "*")),
            "cors/policy.py '/api/x/*' methods: '*' is a wildcard; write each method by its name",
        ),
        (
            Row("/api/x/*", origins=TRUSTED, only="get"),
            "cors/policy.py '/api/x/*' only: 'get' is not in upper case; methods are exact, "
            "write 'GET'",
        ),
        (
            Row("/api/x/*", origins="*", supports_credentials=True),
            "cors/policy.py '/api/x/*' supports_credentials: True cannot go with the origins '*'; "
            "list the origins",
        ),
        (
            Row("/api/x/*", origins=re.compile("x")),  # type: ignore[arg-type]
            "cors/policy.py '/api/x/*' origins: re.compile('x') is not text; write it as in the "
            "environment, or as a sequence of strings",
        ),
        (
            Row("/api/x/*", origins=TRUSTED, only=("GET", "HEAD"), methods=("GET", "PUT")),
            "cors/policy.py '/api/x/*' methods: ('GET', 'PUT') has 'PUT', which is not in only; "
            "take it out, or add it there",
        ),
        (
            Row("/api/x/*", origins=TRUSTED, only="GET", methods="get"),
            "cors/policy.py '/api/x/*' methods: 'get' is not in upper case; "
            "methods are exact, write 'GET'",
        ),
        (
            Row("/api/*", origins=TRUSTED),
            "cors/policy.py '/api/*': stands twice; remove one row",
        ),
    ],
)
def test_a_bad_row_stops_the_start(row: Row, problem: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        app_with(LISTED, row)

    assert error.value.problems == (problem,)


def test_every_bad_name_of_a_row_is_told() -> None:
    row = Row("/api/x/*", origins=TRUSTED, methods=("GET", "TRACE", "a b"), expose_headers="*,None")
    with pytest.raises(ConfigurationError) as error:
        app_with(LISTED, row)

    where = "cors/policy.py '/api/x/*'"
    assert error.value.problems == (
        f"{where} methods: 'TRACE' is a method that browsers do not send; leave it out",
        f"{where} methods: 'a b' is no method; write names such as 'GET, POST'",
        f"{where} expose_headers: '*' is a wildcard; write each header by its name",
        f"{where} expose_headers: 'None' stands alone, in lower case; write 'none' for no header, "
        "or list names",
    )


@pytest.mark.parametrize(
    ("rows", "traps"),
    [
        pytest.param((Row("/api/*", TRUSTED, supports_credentials=True),), 0, id="a list"),
        pytest.param((LISTED, Row("/api/x/*", "*")), 0, id="public, no credentials"),
        pytest.param(
            (Row("/api/*", TRUSTED, supports_credentials=True), Row("/api/x/*", "*")),
            1,
            id="public beside credentials",
        ),
        pytest.param(
            (Row("/api/*", "https://*.example.com", supports_credentials=True),),
            1,
            id="wildcard with credentials",
        ),
    ],
)
def test_a_trap_is_told_at_the_start(
    rows: tuple[Row, ...], traps: int, caplog: pytest.LogCaptureFixture
) -> None:
    app_with(*rows)

    assert [record.levelname for record in caplog.records] == ["WARNING"] * traps
    assert all("; " in record.message and "\n" not in record.message for record in caplog.records)
