import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from ...calls import SPECIMENS, app_with
from .calls import explain

PAGE = "http://localhost:3001"

REFUSED = """\
BLOCKED at the preflight: PreflightMissingAllowOriginHeader
PUT http://127.0.0.1:8000/api/v1/specimens from http://localhost:3001

  cause      http://localhost:3001 is not trusted by the row /api/*
  fix        add http://localhost:3001 to CORS_ORIGINS; you have http://localhost:3000, which \
differs in the port
  preflight  needed for the method PUT
  try        curl -i -X OPTIONS -H "Access-Control-Request-Method: PUT" \
-H "Origin: http://localhost:3001" "http://127.0.0.1:8000/api/v1/specimens"
"""


ALLOWED = """\
ALLOWED at the actual request
GET http://127.0.0.1:8000/api/v1/specimens from http://localhost:3000

  result     http://localhost:3000 may read the answer (status 200)
  preflight  not needed
  try        curl -i -H "Origin: http://localhost:3000" \
"http://127.0.0.1:8000/api/v1/specimens"
"""


@pytest.fixture
def app() -> Flask:
    return app_with(environ={"CORS_ORIGINS": "http://localhost:3000"})


@pytest.mark.parametrize(
    ("words", "status", "output"),
    [
        pytest.param(["PUT", SPECIMENS, "--origin", PAGE], 1, REFUSED, id="blocked"),
        pytest.param(
            ["GET", SPECIMENS, "--origin", "http://localhost:3000"], 0, ALLOWED, id="allowed"
        ),
    ],
)
def test_the_answer_for_people(
    runner: FlaskCliRunner, words: list[str], status: int, output: str
) -> None:
    result = runner.invoke(args=["cors", "explain", *words])

    assert result.exit_code == status
    assert result.output.replace("curl.exe", "curl") == output


def test_every_option_says_what_it_is(runner: FlaskCliRunner) -> None:
    output = runner.invoke(args=["cors", "explain", "--help"]).output

    for line in (
        "--header NAME[: VALUE]  A header that the page sets.",
        "--content-type TYPE     The type of the body.",
        "--data TEXT             The body; @FILE reads a file.",
        "--credentials           The page says credentials: 'include'.",
        "--json                  Write JSON.",
    ):
        assert line in output


def test_the_answer_for_machines(app: Flask) -> None:
    answer = explain(app, "get", SPECIMENS, "--origin", "http://localhost:3000")
    exchange = answer["exchanges"][0]

    assert list(answer) == [
        "format",
        "verdict",
        "step",
        "code",
        "parameter",
        "cause",
        "fix",
        "notes",
        "differences",
        "curl",
        "row",
        "request",
        "exchanges",
    ]
    assert (answer["format"], answer["verdict"], answer["code"]) == (1, "ALLOWED", None)
    assert (answer["step"], answer["row"]) == ("actual request", "the row /api/*")
    assert answer["request"] == {
        "method": "GET",
        "url": f"http://127.0.0.1:8000{SPECIMENS}",
        "origin": "http://localhost:3000",
        "headers": [],
        "credentials": False,
        "preflight": False,
        "preflight_for": [],
    }
    assert list(exchange) == ["step", "method", "url", "headers", "status", "executed", "answer"]
    assert ["Vary", "Origin"] in exchange["answer"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["GET", "/api", "--origin", "http://localhost:3000/"],
            "'http://localhost:3000/' has a path; write 'http://localhost:3000'",
        ),
        (
            ["GET", "/api", "--origin", "http://localhost:*"],
            "'http://localhost:*' is not one origin; write that of one page",
        ),
        (
            ["GET", "/api", "--origin", "file:///index.html"],
            "'file:///index.html' is no origin: file has none to send; serve the page over http(s)",
        ),
        (["TRACE", "/api"], "'TRACE' is a method that no page can send; write one such as GET"),
        (["G T", "/api"], "'G T' is no method; write one such as GET"),
        (["GET", "api"], "'api' is neither a path nor an address; write '/api'"),
        (
            ["GET", "ftp://a/"],
            "'ftp://a/' is no http address; write 'http://host:port/path' or '/path'",
        ),
        (
            ["GET", "http://user:secret@a/"],
            "'http://***@a/' has a user name or password, which no page can fetch; send it in the "
            "header Authorization",
        ),
        (
            ["GET", "/api", "--live"],
            "'/api' is no full address; with --live write 'https://host/path'",
        ),
        (
            ["GET", "/api", "--header", ": x"],
            "': x' has no name of a header; write 'X-Name: value'",
        ),
        (
            ["GET", "/api", "--header", "X: a\nb"],
            "'X: a\\nb' has a character that no header takes; write plain text",
        ),
        (["GET", "/api", "--data", "x"], "'x' cannot go with GET, which has no body; leave it out"),
        (
            ["POST", "/api", "--data", "@/no/such"],
            "'@/no/such' cannot be read: No such file or directory; name a file",
        ),
    ],
)
def test_what_cannot_be_understood_is_a_usage_error(
    runner: FlaskCliRunner, words: list[str], sentence: str
) -> None:
    origin = [] if "--origin" in words else ["--origin", PAGE]
    result = runner.invoke(args=["cors", "explain", *words, *origin])

    assert result.exit_code == 2
    assert result.output.rstrip().endswith(sentence)
    assert "secret" not in result.output


def test_the_origin_has_to_be_said(runner: FlaskCliRunner) -> None:
    assert runner.invoke(args=["cors", "explain", "GET", "/api"]).exit_code == 2


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        (None, "http://127.0.0.1:8000/api"),
        (["localhost", "127.0.0.1"], "http://127.0.0.1:8000/api"),
        (["localhost"], "http://localhost:8000/api"),
        ([".example.com"], "https://example.com/api"),
    ],
)
def test_a_path_is_asked_where_the_application_answers(
    app: Flask, hosts: list[str] | None, url: str
) -> None:
    app.config["TRUSTED_HOSTS"] = hosts

    assert explain(app, "GET", "/api", "--origin", PAGE)["request"]["url"] == url


def test_a_body_may_stand_in_a_file(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_text(json.dumps({"name": "Ada"}), encoding="utf-8")
    words = ["--content-type", "application/json", "--data", f"@{file}", "--execute"]

    answer = explain(app, "POST", SPECIMENS, "--origin", "http://localhost:3000", *words)
    assert answer["exchanges"][-1]["status"] == 201
    assert '--data-binary \'{"name": "Ada"}\'' in answer["curl"]


def test_what_a_server_says_reaches_no_terminal_unescaped(app: Flask) -> None:
    app.add_url_rule("/api/x", "x", lambda: ("", 302, {"Location": "http://\x1b[31m/"}))
    result = app.test_cli_runner().invoke(
        args=["cors", "explain", "GET", "/api/x", "--origin", "http://localhost:3000"]
    )

    assert result.exit_code == 1
    assert result.output.replace("\n", "").isprintable()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_console_can_show_it(app: Flask, encoding: str) -> None:
    app.add_url_rule("/api/\u00fcber", "x", dict)
    app.add_url_rule("/api/\u65e5\u672c/", "y", dict)
    runner = app.test_cli_runner(charset=encoding)

    for words in (["show"], ["explain", "GET", "/api/\u65e5", "--origin", PAGE], ["check"]):
        result = runner.invoke(args=["cors", *words])
        assert result.exit_code in (0, 1), result.exception
        assert isinstance(result.exception, SystemExit | None)
