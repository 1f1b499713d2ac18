from collections.abc import Callable

import pytest
from flask import Flask, abort, request

from ...calls import app_with
from .found import Case, found


def hosts(*names: str, debug: bool = False) -> Flask:
    app = app_with()
    app.config["TRUSTED_HOSTS"] = list(names) or None
    app.debug = debug
    return app


def guarded_by(before: Callable[[], None]) -> Flask:
    """Put something else in the place of the guard."""
    app = app_with()
    functions = app.url_value_preprocessors[None]

    def instead(*_: object) -> None:
        before()

    instead.__module__ = functions[0].__module__
    functions[:] = [instead]
    return app


def by_origin_alone() -> None:
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)


def by_type_alone() -> None:
    if request.content_length and not request.is_json:
        abort(415)


def with_a_hook_of_its_own() -> Flask:
    app = app_with()

    @app.before_request
    def login() -> None:
        abort(401)

    return app


CASES = [
    Case(
        "any host",
        "CORS019",
        hosts,
        (
            "TRUSTED_HOSTS: is not set, so the API also answers to a name that a hostile page has "
            "pointed at it (DNS rebinding); list the names that it has, such as 'api.example.com'",
        ),
    ),
    Case("known hosts", "CORS019", lambda: hosts("api.example.com")),
    Case("any host in debug mode", "CORS019", lambda: hosts(debug=True)),
    Case(
        "guard that takes any body",
        "CORS020",
        lambda: guarded_by(by_origin_alone),
        (
            "cors/csrf.py: lets a body of text/plain pass, which any page can send without a "
            "preflight; answer bodies that are no JSON with 415 again",
        ),
    ),
    Case("guard as it came", "CORS020", app_with),
    Case("guard behind known hosts", "CORS020", lambda: hosts("api.example.com")),
    Case("guard before a hook", "CORS020", with_a_hook_of_its_own),
    Case(
        "guard that takes any origin",
        "CORS021",
        lambda: guarded_by(by_type_alone),
        (
            "cors/csrf.py: lets a page that is not trusted send POST, and CORS would only hide "
            "the answer; refuse it with 403 before a view runs, as it was",
        ),
    ),
    Case("guard as it came", "CORS021", app_with),
    Case("guard behind known hosts", "CORS021", lambda: hosts("api.example.com")),
]


@pytest.mark.parametrize("case", [pytest.param(it, id=f"{it.id} {it.name}") for it in CASES])
def test_the_server(case: Case) -> None:
    assert found(case.app(), case.id) == case.found
