"""The review of a policy: what the pages of one origin may do with each route."""

import json
from typing import Any

import pytest
from flask import Flask

from explain.calls import METHODS, PAGE
from flask_cors_policy import CORS, cross_origin

EVIL = "https://evil.example"


@pytest.fixture
def app() -> Flask:
    app = Flask("reviewed", static_folder=None)
    view = dict
    app.add_url_rule("/api/books", "books", view, methods=METHODS)
    app.add_url_rule("/api/<name>/x", "named", view, methods=["GET"])
    app.add_url_rule("/api/open/x", "open", view, methods=["GET", "POST"])
    own = cross_origin(origins=EVIL, methods="GET")(lambda: "own")
    app.add_url_rule("/api/own", "own", own, methods=["GET", "PUT"])
    app.add_url_rule("/api/socket", "socket", view, websocket=True)
    app.add_url_rule("/outside", "outside", view, methods=["GET", "POST"])
    resources = {"/api/*": {"origins": PAGE}, "/api/open/*": {"origins": "*", "methods": "GET"}}
    CORS(resources=resources).init_app(app, {})
    return app


def review(app: Flask, origin: str, *arguments: str) -> list[dict[str, Any]]:
    arguments = ("cors", "explain", "--all", "--origin", origin, "--json", *arguments)
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0, result.output
    lines: list[dict[str, Any]] = json.loads(result.stdout)["routes"]
    return lines


def test_review_of_an_origin_that_is_trusted(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["cors", "explain", "--all", "--origin", PAGE])

    assert result.exit_code == 0
    assert (
        result.output
        == """\
  methods             route          verdict                    reason
  GET                 /api/<name>/x  allowed                    the row /api/open/*
  HEAD                /api/<name>/x  refused                    the row /api/open/* does not list \
HEAD; a view runs all the same
  GET, HEAD           /api/<name>/x  allowed                    the row /api/*
  DELETE, PATCH, PUT  /api/books     allowed after a preflight  the row /api/*
  GET, HEAD, POST     /api/books     allowed                    the row /api/*
  GET                 /api/open/x    allowed                    the row /api/open/*
  HEAD                /api/open/x    refused                    the row /api/open/* does not list \
HEAD; a view runs all the same
  POST                /api/open/x    refused                    the row /api/open/* does not list \
POST; no view runs
  GET                 /api/own       refused                    cross_origin on 'own' does not \
trust https://app.example.com; a view runs all the same
  HEAD                /api/own       refused                    cross_origin on 'own' does not \
trust https://app.example.com and does not list HEAD; a view runs all the same
  PUT                 /api/own       refused                    cross_origin on 'own' does not \
trust https://app.example.com and does not list PUT; no view runs
  WebSocket           /api/socket    allowed                    the row /api/*
  GET, HEAD           /outside       refused                    no row covers it; a view runs all \
the same
  POST                /outside       refused                    no row covers it; no view runs
"""
    )


def test_review_of_an_origin_that_is_not_trusted(app: Flask) -> None:
    lines = {(line["path"], line["methods"][0]): line for line in review(app, EVIL)}

    assert lines["/api/books", "GET"] == {
        "path": "/api/books",
        "host": "",
        "methods": ["GET", "HEAD"],
        "websocket": False,
        "endpoint": "books",
        "row": "/api/*",
        "verdict": "refused",
        "preflight": False,
        "runs": True,
        "code": "MissingAllowOriginHeader",
        "reason": f"the row /api/* does not trust {EVIL}; a view runs all the same",
    }
    assert lines["/api/books", "POST"]["runs"] is False
    assert lines["/api/books", "DELETE"]["code"] == "PreflightMissingAllowOriginHeader"
    socket = lines["/api/socket", "GET"]
    assert (socket["methods"], socket["code"]) == (["GET"], "RefusedByGuard")  # as explain says
    assert lines["/api/own", "GET"]["verdict"] == "allowed"
    assert lines["/api/open/x", "GET"]["verdict"] == "allowed"


def test_review_with_credentials(app: Flask) -> None:
    lines = review(app, PAGE, "--credentials")

    assert {line["verdict"] for line in lines if line["path"] != "/api/socket"} == {"refused"}


def test_review_runs_no_view(app: Flask) -> None:
    ran: list[str] = []

    def view(**_: str) -> str:
        ran.append("view")
        return "x"

    app.view_functions = dict.fromkeys(app.view_functions, view)
    review(app, PAGE)

    assert ran == []


@pytest.mark.parametrize("origin", ["null", "capacitor://localhost"])
def test_review_of_a_page_without_a_site(app: Flask, origin: str) -> None:
    assert {line["verdict"] for line in review(app, origin) if line["row"] == "/api/*"} == {
        "refused"
    }
