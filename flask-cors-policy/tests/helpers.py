"""What many tests need: origins, an application to call, preflights, the headers of a response."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_cors_policy import CORS, ConfigurationError, Variable

TRUSTED = "https://app.example.com"
PREVIEW = "https://pr-7.preview.example.com"
PARTNER = "https://partner.example.org"
EVIL = "https://evil.example"
SIBLING = "https://www.example.com"  # the same site as TRUSTED, and not trusted

ENVIRON = {"CORS_ORIGINS": f"{TRUSTED},https://*.preview.example.com"}

#: The row that most tests use.
LISTED: dict[str, Any] = {"origins": Variable("CORS_ORIGINS")}

BOOKS = "/api/books"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

ALLOW_ORIGIN = "Access-Control-Allow-Origin"


def app_with(
    resources: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] = ENVIRON,
    views: Callable[[Flask], object] | None = None,
    **options: Any,
) -> Flask:
    """Build an application with some views, and the policy of a table in an environment.

    Without `resources` there is one row, `/api/*` for the origins in CORS_ORIGINS. `views`
    registers more views before the policy is installed. `options` are those of CORS.
    """
    app = Flask("example", static_folder=None)
    app.config["CALLS"] = []  # the requests that reached a view

    def books() -> tuple[dict[str, str], int]:
        app.config["CALLS"].append(f"{request.method} {request.path}")
        return {"method": request.method}, 201 if request.method == "POST" else 200

    for path in (BOOKS, "/apiary", "/outside"):
        app.add_url_rule(path, path, books, methods=METHODS)
    app.add_url_rule("/api/slash/", "slash", books)
    if views:
        views(app)
    CORS(resources=resources or {"/api/*": LISTED}, **options).init_app(app, environ)
    return app


def problems_of(
    resources: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] = ENVIRON,
    views: Callable[[Flask], object] | None = None,
    **options: Any,
) -> list[str]:
    """Return why an application like that of `app_with` must not start."""
    with pytest.raises(ConfigurationError) as refusal:
        app_with(resources, environ=environ, views=views, **options)
    problems = [str(problem) for problem in refusal.value.problems]
    assert str(refusal.value) == "\n".join(problems)
    return problems


def crash() -> str:
    """Fail, as views do that nobody has tested."""
    raise ZeroDivisionError("on purpose")


def calls(app: Flask) -> list[str]:
    """Return the requests that reached a view, such as `POST /api/books`."""
    made: list[str] = app.config["CALLS"]
    return made


def preflight(
    client: FlaskClient,
    path: str = BOOKS,
    *,
    origin: str = TRUSTED,
    method: str = "PUT",
    **headers: str,
) -> TestResponse:
    """Ask as a browser asks before a request with this method.

    More headers are keyword arguments: `host="api.example.com"`.
    """
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.options(path, headers=asked | more)


def cors_headers(response: TestResponse) -> dict[str, str]:
    """Return the CORS headers of a response; fail if one of them is there twice."""
    found = [
        (name, value)
        for name, value in response.headers
        if name.lower().startswith("access-control-")
    ]
    assert len(found) == len(dict(found)), found
    return dict(found)


def allowed(response: TestResponse) -> str | None:
    """Return Access-Control-Allow-Origin."""
    return cors_headers(response).get(ALLOW_ORIGIN)
