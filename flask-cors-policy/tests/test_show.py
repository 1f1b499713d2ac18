import json
from typing import Any

import flask_cors
import pytest
from flask import Flask

from flask_cors_policy import Variable, cross_origin
from helpers import PARTNER, TRUSTED, app_with

ENVIRON = {"CORS_ORIGINS": f"{TRUSTED},http://localhost:*", "CORS_MAX_AGE": "60"}
RESOURCES: dict[str, Any] = {
    "/api/*": {"origins": (Variable("CORS_ORIGINS"), PARTNER), "supports_credentials": True},
    "/api/open/*": {"origins": Variable("OPEN", default="*"), "for_methods": "GET"},
}


def add_views(app: Flask) -> None:
    @app.get("/api/own")
    @cross_origin(origins=PARTNER, allow_headers="none")
    def own() -> str:
        return "own"

    app.add_url_rule("/api/<name>/x", "named", lambda name: name, methods=["GET", "POST"])
    app.add_url_rule("/api/socket", "socket", lambda: "", websocket=True)


@pytest.fixture
def app() -> Flask:
    return app_with(RESOURCES, environ=ENVIRON, views=add_views)


def show(app: Flask) -> dict[str, Any]:
    result = app.test_cli_runner().invoke(args=["cors", "show", "--json"])
    assert result.exit_code == 0, result.output
    shown: dict[str, Any] = json.loads(result.stdout)
    return shown


def test_show_prints_rows_with_their_sources(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["cors", "show"])

    assert result.exit_code == 0
    assert result.output.startswith("""\
Rows, the most specific first

/api/open/* for GET
  origins      *                            OPEN, not set
  methods      GET                          resources['/api/open/*']
  may send     Authorization, Content-Type  CORS_ALLOW_HEADERS, not set
  may read     none                         CORS_EXPOSE_HEADERS, not set
  credentials  no                           OPEN, not set
  max-age      60 s                         CORS_MAX_AGE

/api/*
  origins      https://app.example.com, http://localhost:*,  CORS_ORIGINS, resources['/api/*']
               https://partner.example.org
  methods      GET, HEAD, POST, PUT, PATCH, DELETE           CORS_METHODS, not set
  may send     Authorization, Content-Type                   CORS_ALLOW_HEADERS, not set
  may read     none                                          CORS_EXPOSE_HEADERS, not set
  credentials  yes                                           resources['/api/*']
  max-age      60 s                                          CORS_MAX_AGE

cross_origin on 'own'
  origins      https://partner.example.org          cross_origin on 'own'
""")
    assert "\x1b" not in result.output


def test_show_prints_a_line_for_each_route(app: Flask) -> None:
    output = app.test_cli_runner().invoke(args=["cors", "show"]).output
    lines = [line.split("  ") for line in output.partition("Routes\n")[2].splitlines() if line]
    rows = [tuple(cell.strip() for cell in line if cell) for line in lines]

    for row in (
        ("GET, HEAD", "/api/slash/", "/api/*"),
        ("GET, HEAD", "/api/own", "cross_origin on 'own'"),
        ("GET", "/api/<name>/x", "/api/open/* for GET or /api/*"),
        ("HEAD, POST", "/api/<name>/x", "/api/*"),
        ("WebSocket", "/api/socket", "/api/*"),
        ("DELETE, GET, HEAD, PATCH, POST, PUT", "/outside", "no row"),
    ):
        assert row in rows


def test_show_prints_json(app: Flask) -> None:
    special, general = show(app)["rows"]

    assert (special["path"], special["for_methods"]) == ("/api/open/*", ["GET"])
    assert special["origins"] == {
        "value": ["*"],
        "sources": [{"kind": "default", "name": "OPEN"}],
    }
    assert general["origins"] == {
        "value": [TRUSTED, "http://localhost:*", PARTNER],
        "sources": [
            {"kind": "variable", "name": "CORS_ORIGINS"},
            {"kind": "code", "name": "resources['/api/*']"},
        ],
    }
    assert general["max_age"] == {
        "value": 60,
        "sources": [{"kind": "variable", "name": "CORS_MAX_AGE"}],
    }
    assert general["supports_credentials"]["value"] is True
    assert special["supports_credentials"]["value"] is False
    assert general["methods"]["sources"] == [{"kind": "default", "name": "CORS_METHODS"}]


def test_show_names_the_constructor_where_no_variable_comes_before_it() -> None:
    resources: dict[str, Any] = {"/api/*": {}}
    app = app_with(resources, environ={}, origins=TRUSTED, methods=["GET"], max_age=60)

    output = app.test_cli_runner().invoke(args=["cors", "show"]).output
    for line in (
        "origins      https://app.example.com      CORS(...), as CORS_ORIGINS is not set",
        "methods      GET                          CORS(...), as CORS_METHODS is not set",
        "may send     Authorization, Content-Type  CORS_ALLOW_HEADERS, not set",
    ):
        assert line in output
    (row,) = show(app)["rows"]
    for option in ("origins", "methods", "max_age"):
        assert row[option]["sources"] == [{"kind": "code", "name": "CORS(...)"}]

    app = app_with(resources, environ=ENVIRON, origins=PARTNER, max_age=5)
    (row,) = show(app)["rows"]
    assert row["origins"]["sources"] == [{"kind": "variable", "name": "CORS_ORIGINS"}]
    assert row["max_age"]["sources"] == [{"kind": "variable", "name": "CORS_MAX_AGE"}]


def test_show_names_the_rows_of_each_route(app: Flask) -> None:
    routes = {(route["path"], route["methods"][0]): route for route in show(app)["routes"]}

    assert routes["/api/<name>/x", "GET"]["rows"] == ["/api/open/* for GET", "/api/*"]
    assert routes["/api/<name>/x", "HEAD"]["rows"] == ["/api/*"]
    assert routes["/outside", "DELETE"]["rows"] == []
    assert routes["/api/socket", "GET"]["websocket"] is True
    own = routes["/api/own", "GET"]["cross_origin"]
    assert own["origins"]["sources"] == [{"kind": "code", "name": "cross_origin on 'own'"}]
    assert own["allow_headers"]["value"] == []
    assert own["max_age"]["sources"] == [{"kind": "variable", "name": "CORS_MAX_AGE"}]


def test_show_names_the_host_of_a_route() -> None:
    def views(app: Flask) -> None:
        app.add_url_rule("/api/x", "x", dict, subdomain="admin")

    app = app_with({"/api/*": {"origins": TRUSTED}}, views=views)

    for name, host in ((None, "admin."), ("example.com", "admin.example.com")):
        app.config["SERVER_NAME"] = name
        routes = [(route["host"], route["path"]) for route in show(app)["routes"]]

        assert (host, "/api/x") in routes
        assert f"{host}/api/x" in app.test_cli_runner().invoke(args=["cors", "show"]).output


def test_show_counts_thousands_of_origins_for_people_and_lists_them_for_machines() -> None:
    many = [f"https://tenant-{number}.example.com" for number in range(1000)]
    app = app_with(environ={"CORS_ORIGINS": ",".join(many)})

    output = app.test_cli_runner().invoke(args=["cors", "show"]).output
    assert "and 980 more" in " ".join(output.split())
    assert show(app)["rows"][0]["origins"]["value"] == many


def test_show_needs_the_policy() -> None:
    from flask_cors_policy.show import show as command

    result = Flask("plain").test_cli_runner().invoke(command)

    assert result.exit_code == 2
    assert "This application does not use flask_cors_policy; write CORS(app" in result.output


def test_show_tells_an_application_of_flask_cors_what_to_import() -> None:
    from flask_cors_policy.show import show as command

    app = Flask("plain")
    flask_cors.CORS(app)
    result = app.test_cli_runner().invoke(command)

    assert result.exit_code == 2
    assert result.output.endswith(
        "This application does not use flask_cors_policy; write 'from flask_cors_policy import "
        "CORS', or ask 'flask cors check', which reads Flask-CORS too.\n"
    )


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_show_colours_for_terminals_that_want_it(
    app: Flask, no_color: str, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)

    result = app.test_cli_runner().invoke(args=["cors", "show"], color=True)
    assert ("\x1b[1m" in result.output) is coloured


def test_show_names_the_problem_of_a_view_that_came_late(app: Flask) -> None:
    app.add_url_rule("/api/late", "late", cross_origin(origins="https://a.example/")(lambda: ""))
    result = app.test_cli_runner().invoke(args=["cors", "show"])

    assert "refused" in result.stdout
    assert "'https://a.example/' has a path" in " ".join(result.stdout.split())
