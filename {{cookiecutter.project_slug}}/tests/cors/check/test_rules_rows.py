import pytest
from flask import Flask

from {{ cookiecutter.package_name }}.cors.row import Row

from ...calls import LISTED, TRUSTED, app_with
from .found import Case, found


def rows(*table: Row) -> Flask:
    return app_with(*table)


def route(path: str, **options: object) -> Flask:
    app = app_with()
    app.add_url_rule(path, "it", dict, **options)  # type: ignore[arg-type]
    return app


SPECIMENS = "/api/v1/specimens/*"

CASES = [
    Case(
        "row whose methods another row takes",
        "CORS008",
        lambda: rows(
            LISTED,
            Row(SPECIMENS, TRUSTED, only=("GET", "HEAD")),
            Row(SPECIMENS, TRUSTED, methods="GET"),
        ),
        (
            "cors/policy.py '/api/v1/specimens/*': grants nothing, as the row with "
            "only=('GET', 'HEAD') speaks for all that it lists; take methods out of that row, or "
            "this row out of the table",
        ),
    ),
    Case(
        "row that leaves methods to another",
        "CORS008",
        lambda: rows(
            LISTED, Row(SPECIMENS, TRUSTED, only=("GET",)), Row(SPECIMENS, TRUSTED, methods="POST")
        ),
    ),
    Case("row below a row", "CORS008", lambda: rows(LISTED, Row(SPECIMENS, TRUSTED))),
    Case(
        "row with a slip in its path",
        "CORS009",
        lambda: rows(LISTED, Row("/api/v1/specimen/*", TRUSTED)),
        (
            "cors/policy.py '/api/v1/specimen/*': covers no route of this application; correct "
            "its path, which 'flask routes' shows, or take the row out of the table",
        ),
    ),
    Case(
        "row for a method that no route takes",
        "CORS009",
        lambda: rows(LISTED, Row(SPECIMENS, TRUSTED, only=("PUT", "DELETE"))),
        (
            "cors/policy.py '/api/v1/specimens/*' for PUT and DELETE: speaks for PUT and DELETE, "
            "which no route below it takes; correct only, or take the row out of the table",
        ),
    ),
    Case("row of a route", "CORS009", lambda: rows(LISTED, Row(SPECIMENS, TRUSTED))),
    Case("row above rows", "CORS009", lambda: rows(LISTED, Row("/api/v1/*", TRUSTED))),
    Case(
        "row that a variable of a route may reach",
        "CORS009",
        lambda: with_a_variable("/api/<version>/books", "/api/v7/*"),
    ),
    Case(
        "route without a row",
        "CORS010",
        lambda: rows(Row("/api/v2/*", TRUSTED)),
        (
            "route '/api/v1/specimens': no row of cors/policy.py covers GET, HEAD, so no page "
            "can call it; add a row that does, such as '/api/*'",
            "route '/api/v1/specimens': no row of cors/policy.py covers POST, so no page can call "
            "it; add a row that does, such as '/api/*'",
        ),
    ),
    Case(
        "route with a row for one method",
        "CORS010",
        lambda: rows(Row("/api/*", TRUSTED, only=("GET", "HEAD"))),
        (
            "route '/api/v1/specimens': no row of cors/policy.py covers POST, so no page can call "
            "it; add a row that does, such as '/api/*'",
        ),
    ),
    Case("route with a row", "CORS010", rows),
    Case("route outside the area", "CORS010", lambda: route("/metrics")),
    Case(
        "route with a slash at its end",
        "CORS011",
        lambda: route("/api/books/"),
        (
            "route '/api/books/': sends those who ask for '/api/books' away with 308, which costs "
            "them another preflight and, behind a proxy, may lead to http; write '/api/books', or "
            "strict_slashes=False",
        ),
    ),
    Case(
        "route that only redirects",
        "CORS011",
        lambda: route("/api/old", redirect_to="https://other.example"),
        (
            "route '/api/old': redirects, and after a redirect to another origin a page is nobody "
            "('null'); answer at the address itself",
        ),
    ),
    Case("route without a slash at its end", "CORS011", lambda: route("/api/books")),
    Case("lenient route", "CORS011", lambda: route("/api/books/", strict_slashes=False)),
    Case("slash outside the area", "CORS011", lambda: route("/pages/")),
]


def with_a_variable(path: str, row: str) -> Flask:
    app = app_with(LISTED, Row(row, TRUSTED))
    app.add_url_rule(path, "it", dict)
    return app


@pytest.mark.parametrize("case", [pytest.param(it, id=it.name) for it in CASES])
def test_the_table(case: Case) -> None:
    assert sorted(found(case.app(), case.id)) == sorted(case.found)
