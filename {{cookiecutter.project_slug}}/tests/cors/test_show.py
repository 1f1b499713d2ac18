import json
from typing import Any

import pytest
from flask import Flask

from {{ cookiecutter.package_name }} import cors
from {{ cookiecutter.package_name }}.cors.row import Row, Variable

from ..calls import TRUSTED, app_with

PARTNER = "https://partner.example.org"

ENVIRON = {"CORS_ORIGINS": f"{TRUSTED},http://localhost:*", "CORS_MAX_AGE": "60"}


@pytest.fixture
def app() -> Flask:
    app = app_with(
        Row("/api/v1/*", origins=(Variable("CORS_ORIGINS"), PARTNER), supports_credentials=True),
        Row("/api/v1/open/*", origins=Variable("OPEN", default="*"), only=("GET",), methods="GET"),
        environ=ENVIRON,
    )

    @app.get("/api/v1/own")
    @cors.cross_origin(origins=PARTNER, allow_headers="none")
    def own() -> str:
        return "own"

    app.add_url_rule("/api/v1/<name>/x", "named", lambda name: name, methods=["GET", "POST"])
    app.add_url_rule("/api/v2", "uncovered", dict)
    return app


def show(app: Flask) -> dict[str, Any]:
    result = app.test_cli_runner().invoke(args=["cors", "show", "--json"])
    assert result.exit_code == 0
    shown: dict[str, Any] = json.loads(result.stdout)
    return shown


def test_for_people(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["cors", "show"])

    assert result.exit_code == 0
    assert result.output.startswith("""\
Rows, the most specific first

/api/v1/open/* for GET
  origins      *                                          OPEN, not set
  methods      GET                                        cors/policy.py '/api/v1/open/*'
  may send     Authorization, Content-Type, X-Request-ID  CORS_ALLOW_HEADERS, not set
  may read     Location, X-Request-ID                     CORS_EXPOSE_HEADERS, not set
  credentials  no                                         OPEN, not set
  max-age      60 s                                       CORS_MAX_AGE

/api/v1/*
  origins      https://app.example.com, http://localhost:*,  \
CORS_ORIGINS, cors/policy.py '/api/v1/*'
               https://partner.example.org
  methods      GET, HEAD, POST, PUT, PATCH, DELETE           CORS_METHODS, not set
  may send     Authorization, Content-Type, X-Request-ID     CORS_ALLOW_HEADERS, not set
  may read     Location, X-Request-ID                        CORS_EXPOSE_HEADERS, not set
  credentials  yes                                           cors/policy.py '/api/v1/*'
  max-age      60 s                                          CORS_MAX_AGE

cross_origin on 'own'
""")
    assert "\x1b" not in result.output


def test_every_route_has_its_line(app: Flask) -> None:
    output = app.test_cli_runner().invoke(args=["cors", "show"]).output
    routes = [line.split("  ") for line in output.partition("Routes\n")[2].splitlines() if line]
    cells = [tuple(cell.strip() for cell in row if cell) for row in routes]

    for row in (
        ("GET, HEAD", "/api/v1/specimens", "/api/v1/*"),
        ("POST", "/api/v1/specimens", "/api/v1/*"),
        ("GET, HEAD", "/api/v1/own", "cross_origin on 'own'"),
        ("GET", "/api/v1/<name>/x", "/api/v1/open/* for GET or /api/v1/*"),
        ("HEAD, POST", "/api/v1/<name>/x", "/api/v1/*"),
        ("GET, HEAD", "/api/v2", "no row of cors/policy.py"),
        ("GET, HEAD", "/healthz", "outside /api"),
    ):
        assert row in cells


def test_for_machines(app: Flask) -> None:
    shown = show(app)
    special, general = shown["rows"]

    assert (special["path"], special["only"]) == ("/api/v1/open/*", ["GET"])
    assert special["origins"] == {
        "value": ["*"],
        "sources": [{"kind": "default", "name": "OPEN"}],
    }
    assert general["origins"] == {
        "value": [TRUSTED, "http://localhost:*", PARTNER],
        "sources": [
            {"kind": "variable", "name": "CORS_ORIGINS"},
            {"kind": "code", "name": "cors/policy.py '/api/v1/*'"},
        ],
    }
    assert general["max_age"] == {
        "value": 60,
        "sources": [{"kind": "variable", "name": "CORS_MAX_AGE"}],
    }
    assert general["supports_credentials"]["value"] is True
    assert special["supports_credentials"]["value"] is False
    assert general["methods"]["sources"] == [{"kind": "default", "name": "CORS_METHODS"}]


def test_each_route_names_its_rows(app: Flask) -> None:
    routes = {(it["path"], it["methods"][0]): it for it in show(app)["routes"]}

    assert routes["/api/v1/<name>/x", "GET"]["rows"] == ["/api/v1/open/* for GET", "/api/v1/*"]
    assert routes["/api/v1/<name>/x", "HEAD"]["rows"] == ["/api/v1/*"]
    assert routes["/api/v2", "GET"]["rows"] == []
    assert routes["/healthz", "GET"]["rows"] == []
    own = routes["/api/v1/own", "GET"]["cross_origin"]
    assert own["origins"]["sources"] == [{"kind": "code", "name": "cross_origin on 'own'"}]
    assert own["allow_headers"]["value"] == []
    assert own["max_age"]["sources"] == [{"kind": "variable", "name": "CORS_MAX_AGE"}]


def test_thousands_of_origins_are_counted_for_people_and_listed_for_machines() -> None:
    many = [f"https://tenant-{number}.example.com" for number in range(1000)]
    app = app_with(environ={"CORS_ORIGINS": ",".join(many)})

    output = app.test_cli_runner().invoke(args=["cors", "show"]).output
    assert "and 980 more" in " ".join(output.split())
    assert show(app)["rows"][0]["origins"]["value"] == many


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colour_is_for_terminals_and_for_those_who_want_it(
    app: Flask, no_color: str, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)

    result = app.test_cli_runner().invoke(args=["cors", "show"], color=True)
    assert ("\x1b[1m" in result.output) is coloured
