"""The command: its options, its two forms of output, and what it refuses."""

import json
import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import FlaskGroup, ScriptInfo
from flask.testing import FlaskCliRunner

from explain.calls import BOOKS, HERE, PAGE, Setup, changing, codes_of, explain
from flask_cors_policy.cli import cors
from helpers import app_with

LOCAL = "http://localhost:3000"
UNTRUSTED = "http://localhost:3001"

REFUSED = """\
BLOCKED at the preflight: PreflightMissingAllowOriginHeader
PUT http://127.0.0.1:5000/api/books from http://localhost:3001

  cause      the row /api/* does not trust http://localhost:3001
  fix        add http://localhost:3001 to CORS_ORIGINS; you have http://localhost:3000, which \
differs in the port
  view       no view runs: the browser never sends PUT
  preflight  needed for the method PUT
  try        curl -i -X OPTIONS -H "Access-Control-Request-Method: PUT" \
-H "Origin: http://localhost:3001" "http://127.0.0.1:5000/api/books"
"""

ALLOWED = """\
ALLOWED at the actual request: the page reads 200 OK
GET http://127.0.0.1:5000/api/books from http://localhost:3000

  result     http://localhost:3000 may read the response (status 200)
  view       'books' runs
  preflight  not needed
  try        curl -i -H "Origin: http://localhost:3000" "http://127.0.0.1:5000/api/books"
"""


@pytest.fixture
def app() -> Flask:
    return Setup([], sockets=["/api/socket"]).build()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.mark.parametrize(
    ("arguments", "status", "output"),
    [
        pytest.param(["PUT", BOOKS, "--origin", UNTRUSTED], 1, REFUSED, id="blocked"),
        pytest.param(["GET", BOOKS, "--origin", LOCAL], 0, ALLOWED, id="allowed"),
    ],
)
def test_verdict_for_people(
    runner: FlaskCliRunner, arguments: list[str], status: int, output: str
) -> None:
    result = runner.invoke(args=["cors", "explain", *arguments])

    assert result.exit_code == status
    assert result.output.replace("curl.exe", "curl") == output


@pytest.mark.parametrize(
    ("arguments", "title"),
    [
        (["GET", "/api/missing"], "ALLOWED at the actual request: the page reads 404 Not Found"),
        (["GET", "/api/crash"], "ALLOWED at the actual request: the page reads 500 Internal"),
        (["DELETE", "/api/own"], "BLOCKED at the preflight: PreflightMissingAllowOriginHeader"),
        (["PUT", "/api/nothing"], "ALLOWED at the actual request: the page reads 404 Not Found"),
        (["PUT", BOOKS], "ALLOWED at the actual request: PUT was not carried out"),
        (
            ["GET", f"{BOOKS}?next=https://app.example.com/"],
            "ALLOWED at the actual request: the page reads 200 OK",
        ),
        (["GET", "/api/mail"], "BLOCKED at the redirect: CorsDisabledScheme"),
        (
            ["GET", "http://127.0.0.1:6000/api/books"],
            "BLOCKED before anything is sent: UnsafePort",
        ),
        (
            ["GET", "ws://127.0.0.1:5000/api/socket"],
            "ALLOWED at the WebSocket handshake: the guard",
        ),
        (
            ["GET", "http://api.example.com/x", "--origin", PAGE],
            "BLOCKED before anything is sent: MixedContent",
        ),
    ],
)
def test_title_tells_both_that_a_page_may_read_and_what(
    runner: FlaskCliRunner, arguments: list[str], title: str
) -> None:
    origin = [] if "--origin" in arguments else ["--origin", LOCAL]
    output = runner.invoke(args=["cors", "explain", *arguments, *origin]).output

    assert output.startswith(title)


@pytest.mark.parametrize(
    ("path", "colour"), [(BOOKS, 32), ("/api/missing", 33), ("/api/mail", 31), ("/outside", 31)]
)
def test_title_is_green_only_where_the_response_helps(
    runner: FlaskCliRunner, path: str, colour: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    arguments = ["cors", "explain", "GET", path, "--origin", LOCAL]
    result = runner.invoke(args=arguments, color=True)

    assert result.output.startswith(f"\x1b[{colour}m")


def test_verdict_for_machines(app: Flask) -> None:
    verdict = explain(app, "get", BOOKS, "--origin", LOCAL)
    sent = verdict["exchanges"][0]

    assert list(verdict) == [
        "format",
        "verdict",
        "step",
        "code",
        "parameter",
        "status",
        "cause",
        "fix",
        "view",
        "notes",
        "differences",
        "curl",
        "row",
        "request",
        "exchanges",
    ]
    assert (verdict["format"], verdict["verdict"], verdict["code"]) == (1, "ALLOWED", None)
    assert (verdict["step"], verdict["row"]) == ("actual request", "the row /api/*")
    assert verdict["request"] == {
        "method": "GET",
        "url": f"{HERE}{BOOKS}",
        "origin": LOCAL,
        "headers": [],
        "credentials": False,
        "preflight": False,
        "preflight_for": [],
    }
    assert list(sent) == ["step", "method", "url", "headers", "status", "executed", "answer"]
    assert ["Vary", "Origin"] in sent["answer"]


def test_options_are_described(runner: FlaskCliRunner) -> None:
    output = runner.invoke(args=["cors", "explain", "--help"]).output

    for line in (
        "--header NAME[: VALUE]  A header that the page sets.",
        "--content-type TYPE     The type of the body.",
        "--data TEXT             The body; @FILE reads a file.",
        "--credentials           The page sets credentials: 'include'.",
        "--prefix PATH           Where the application is mounted, such as /shop.",
        "--message TEXT          A message of the browser's console.",
        "--json                  Write JSON.",
    ):
        assert line in output


USAGE = [
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
        (
            "'file:///index.html' is what local files and some WebViews send, any of them; serve "
            "the page from a scheme or address with an origin, such as 'capacitor://localhost', "
            "'https://localhost' or 'app://.'"
        ),
    ),
    (
        ["GET", "/api", "--origin", "https://app-*-team.vercel.app"],
        (
            "list the origins, or serve previews from a domain of your own and write "
            "'https://*.preview.example.com'"
        ),
    ),
    (["TRACE", "/api"], "'TRACE' is a method that no page can send; write one such as GET"),
    (["G T", "/api"], "'G T' is no method; write one such as GET"),
    (["GET", "api"], "'api' is neither a path nor an address; write '/api'"),
    (["GET", r"\api"], r"'\\api' is neither a path nor an address; write '/api'"),
    (
        ["GET", "localhost:5000/api"],
        "'localhost:5000/api' is neither a path nor an address; write 'http://localhost:5000/api'",
    ),
    (
        ["GET", "ftp://a/"],
        "'ftp://a/' is no http address; write 'http://host:port/path' or '/path'",
    ),
    (
        ["GET", "javascript:1"],
        "'javascript:1' is no http address; write 'http://host:port/path' or '/path'",
    ),
    (
        ["GET", "http:/h/p"],
        "'http:/h/p' has no '//' behind 'http:'; write 'http://h/p'",
    ),
    (
        ["GET", r"http:\\h\p"],
        r"'http:\\\\h\\p' has no '//' behind 'http:'; write 'http://h/p'",
    ),
    (
        ["GET", "http://a..b/api/x"],
        (
            "'http://a..b/api/x' has an empty label between its dots; write the name of the host "
            "in full"
        ),
    ),
    (
        ["GET", "http:/user:secret@a/"],
        "'***:***/***@a/' has no '//' behind 'http:'; write 'http://***@a/'",
    ),
    (
        ["GET", "http://user:secret@a/"],
        (
            "'http://***@a/' has a user name or password, which no page can fetch; send it in the "
            "header Authorization"
        ),
    ),
    (
        ["GET", "/api", "--live"],
        "'/api' is no full address; with --live write 'https://host/path'",
    ),
    (["GET", "/api", "--header", ": x"], "': x' has no name of a header; write 'X-Name: value'"),
    (
        ["GET", "/api", "--header", "X: a\nb"],
        "'X: a\\nb' has a character that no header takes; write plain text",
    ),
    (["GET", "/api", "--data", "x"], "'x' cannot go with GET, which has no body; leave it out"),
    (
        ["POST", "/api", "--data", "@/no/such"],
        "'@/no/such' cannot be read: No such file or directory; name a file",
    ),
    (
        ["POST", "ws://a/"],
        "'POST' cannot go with a WebSocket, which starts with GET; write GET",
    ),
    (["GET", "/api", "--prefix", "shop"], "'shop' is no path; write '/shop'"),
    (
        ["GET"],
        "METHOD and URL are missing; write them, or one of --message, --curl, --har, --all.",
    ),
    (["--all", "--curl", "x"], "--curl and --all do not go together; write one of them."),
    (["GET", "http://[::1"], "'http://[::1' is no address; write 'http://host:port/path'"),
    (["--all", "--live"], "--live calls one address; leave out --har and --all."),
    (["GET", "/api", "--all"], "--har and --all are about many calls; leave out METHOD and URL."),
    (["--har", "/no/such"], "'/no/such' cannot be read: No such file or directory; name a file"),
    (
        ["--message", "TypeError: Failed to fetch"],
        "names no address; copy the whole message from the browser's console",
    ),
]


@pytest.mark.parametrize(("arguments", "sentence"), USAGE)
def test_call_that_cannot_be_understood_is_a_usage_error(
    runner: FlaskCliRunner, arguments: list[str], sentence: str
) -> None:
    origin = [] if "--origin" in arguments else ["--origin", UNTRUSTED]
    result = runner.invoke(args=["cors", "explain", *arguments, *origin])

    assert result.exit_code == 2
    assert result.output.rstrip().endswith(sentence)
    assert "secret" not in result.output


@pytest.mark.parametrize("arguments", [["GET", "/api"], ["--all"], ["--curl", "curl http://a/"]])
def test_origin_is_needed(runner: FlaskCliRunner, arguments: list[str]) -> None:
    result = runner.invoke(args=["cors", "explain", *arguments])

    assert result.exit_code == 2
    assert "--origin is missing: the scheme://host[:port] of the page." in result.output


def test_policy_is_needed() -> None:
    from flask_cors_policy.explain.command import explain as command

    arguments = ["GET", "/", "--origin", PAGE]
    result = Flask("plain").test_cli_runner().invoke(command, arguments)

    assert result.exit_code == 2
    assert "This application does not use flask_cors_policy" in result.output


def start_without_origins() -> Flask:
    return app_with(environ={})


def start_without_a_key() -> Flask:
    return Flask(dict[str, str]()["SECRET"])


def start_without_json() -> Flask:
    return Flask(json.loads("a\nb"))


def end() -> Flask:
    raise SystemExit(1)


def place_in(function: Callable[[], Flask]) -> str:
    return f"{__file__}:{function.__code__.co_firstlineno + 1}"


MEND = "; mend that; flask routes prints the whole traceback\n"


@pytest.mark.parametrize("arguments", [["show"], ["explain", "GET", "/", "--origin", PAGE]])
@pytest.mark.parametrize(
    ("start", "line"),
    [
        (start_without_origins, "CORS_ORIGINS: is not set; "),
        (
            start_without_a_key,
            f"""{place_in(start_without_a_key)}: raises KeyError: "'SECRET'"{MEND}""",
        ),
        (
            start_without_json,
            (
                f"{place_in(start_without_json)}: raises JSONDecodeError: "
                f"'Expecting value: line 1 column 1 (char 0)'{MEND}"
            ),
        ),
        (end, f"{place_in(end)}: raises SystemExit: '1'{MEND}"),
    ],
)
def test_application_that_does_not_start_is_a_usage_error(
    start: Callable[[], Flask], line: str, arguments: list[str]
) -> None:
    result = CliRunner().invoke(cors, arguments, obj=ScriptInfo(create_app=start))

    assert result.exit_code == 2
    assert f"This application does not start.\n{line}" in result.output


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("raise ValueError('boom')", "{file}:1: raises ValueError: 'boom'; mend that; "),
        ("def create_app(", "{file}:1: raises SyntaxError: "),
        ("", "Failed to find Flask application or factory in module 'failing'."),
        ("import no_such_module", "While importing 'failing', an ImportError was raised"),
    ],
)
def test_module_that_does_not_start_is_a_usage_error(
    code: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "failing.py"
    file.write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "failing", raising=False)
    runner = FlaskGroup(name="flask")
    runner.add_command(cors)  # as the entry point of an installed distribution does
    arguments = ["--app", "failing", "cors", "explain", "GET", "/", "--origin", PAGE]
    result = CliRunner().invoke(runner, arguments)

    assert result.exit_code == 2
    assert sentence.format(file=file) in result.output


def test_body_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_text('{"a": 1}', encoding="utf-8")
    arguments = ["--content-type", "application/json", "--data", f"@{file}", "--execute"]
    verdict = Setup(["POST", "/api/json", "--origin", PAGE, *arguments]).explain()

    assert verdict["status"] == 200
    assert "--data-binary '{\"a\": 1}'" in verdict["curl"]


CHROME = (
    "Access to fetch at 'http://127.0.0.1:5000/api/books' from origin 'http://localhost:3001' has "
    "been blocked by CORS policy: {}No 'Access-Control-Allow-Origin' header is present on the "
    "requested resource."
)
PREFLIGHT = "Response to preflight request doesn't pass access control check: "


def test_message_of_a_console_is_explained(app: Flask) -> None:
    verdict = explain(app, "--message", CHROME.format(""))

    assert (verdict["code"], verdict["request"]["method"]) == ("MissingAllowOriginHeader", "GET")
    assert verdict["fix"].startswith("add http://localhost:3001 to CORS_ORIGINS")
    assert verdict["notes"][0] == {
        "code": "AssumedMethod",
        "text": "the message does not name the method, so this is about GET; for another call "
        "write its method first, flask cors explain PUT --message ...",
    }


def test_question_is_no_request_in_the_log(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def access_log(environ: Any, start_response: Any) -> Any:
        logging.getLogger("access").error("a request")
        return wsgi_app(environ, start_response)

    wsgi_app, app.wsgi_app = app.wsgi_app, access_log  # type: ignore[method-assign]
    explain(app, "--message", CHROME.format(""))
    assert caplog.records == []

    app.test_client().get("/api/books")
    assert [record.name for record in caplog.records] == ["access"]


def test_message_about_a_preflight_takes_a_method_of_the_route(app: Flask) -> None:
    verdict = explain(app, "--message", CHROME.format(PREFLIGHT))

    assert verdict["code"] == "PreflightMissingAllowOriginHeader"
    assert verdict["request"]["method"] == "POST"
    assert verdict["request"]["preflight_for"] == ["the header content-type"]


def test_arguments_come_before_a_message(app: Flask) -> None:
    verdict = explain(app, "put", "--message", CHROME.format(PREFLIGHT), "--origin", LOCAL)

    assert (verdict["request"]["method"], verdict["request"]["origin"]) == ("PUT", LOCAL)
    assert "AssumedMethod" not in codes_of(verdict)


def test_message_that_is_not_so_here_is_noted(app: Flask) -> None:
    message = CHROME.format("").replace("3001", "3000")
    permission = message.replace(
        "No 'Access-Control-Allow-Origin' header is present on the requested resource.",
        "Permission was denied for this request to access the `loopback` address space.",
    )

    assert codes_of(explain(app, "GET", "--message", message)) == ["NotReproduced"]
    assert codes_of(explain(app, "GET", "--message", permission)) == []


def test_message_of_firefox_needs_the_origin(runner: FlaskCliRunner) -> None:
    message = (
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote "
        "resource at http://127.0.0.1:5000/api/books. (Reason: CORS header "
        "\u2018Access-Control-Allow-Origin\u2019 missing). Status code: 200."
    )
    result = runner.invoke(args=["cors", "explain", "--message", message])

    assert result.exit_code == 2
    assert "--origin is missing" in result.output


def test_message_and_command_may_stand_in_a_file_or_come_from_the_input(
    app: Flask, tmp_path: Path
) -> None:
    file = tmp_path / "message.txt"
    file.write_text(CHROME.format(""), encoding="utf-8")

    assert explain(app, "--message", f"@{file}")["code"] == "MissingAllowOriginHeader"
    assert explain(app, "--message", "-", input=CHROME.format(""))["code"]
    command = f"curl {HERE}{BOOKS} -H 'Origin: {UNTRUSTED}'"
    assert explain(app, "--curl", "-", input=command)["code"] == "MissingAllowOriginHeader"


def test_curl_is_explained(app: Flask) -> None:
    command = (
        f"curl '{HERE}{BOOKS}' -X PUT -H 'Origin: {LOCAL}' -H 'X-Trace: 1' -b 'session=x' "
        "-H 'User-Agent: Mozilla' --data-raw '{}' -H 'Content-Type: application/json'"
    )
    verdict = explain(app, "--curl", command)

    assert verdict["code"] == "PreflightInvalidAllowCredentials"
    assert verdict["request"]["headers"] == [["X-Trace", "1"], ["Content-Type", "application/json"]]
    assert "takes no credentials" in verdict["cause"]
    assert "does not list the header X-Trace" in verdict["cause"]


def har(*entries: tuple[str, str, str, int]) -> str:
    return json.dumps(
        {
            "log": {
                "entries": [
                    {
                        "request": {
                            "method": method,
                            "url": url,
                            "headers": [{"name": "Origin", "value": origin}],
                        },
                        "response": {"status": status},
                    }
                    for method, url, origin, status in entries
                ]
            }
        }
    )


def test_har_is_explained_call_by_call(runner: FlaskCliRunner, tmp_path: Path) -> None:
    file = tmp_path / "calls.har"
    file.write_text(
        har(
            ("GET", f"{HERE}{BOOKS}", LOCAL, 200),
            ("GET", f"{HERE}{BOOKS}", UNTRUSTED, 0),
            ("PUT", f"{HERE}{BOOKS}", UNTRUSTED, 0),
            ("GET", f"{HERE}/api/missing", LOCAL, 404),
            ("POST", f"{HERE}{BOOKS}", LOCAL, 415),
        ),
        encoding="utf-8",
    )
    result = runner.invoke(args=["cors", "explain", "--har", str(file)])

    assert result.exit_code == 1
    reason = (
        "the row /api/* does not trust http://localhost:3001; fix: add http://localhost:3001 to "
        "CORS_ORIGINS; you have http://localhost:3000, which differs in the port"
    )
    call = f"{HERE}{BOOKS} from {UNTRUSTED}"
    assert result.output.splitlines() == [
        f"BLOCKED GET {call}: MissingAllowOriginHeader; {reason}",
        f"BLOCKED PUT {call}: PreflightMissingAllowOriginHeader; {reason}",
        (
            f"ALLOWED GET {HERE}/api/missing from {LOCAL}: {LOCAL} may read the response (status "
            "404); the view of /api/missing found nothing (404); look at its id"
        ),
        (
            f"ALLOWED POST {HERE}{BOOKS} from {LOCAL}: {LOCAL} may read the response; the page has "
            "read the status 415, which is no CORS error; look at the body of that response"
        ),
    ]

    result = runner.invoke(args=["cors", "explain", "--har", str(file), "--json"])
    calls = json.loads(result.stdout)["calls"]
    assert [call["verdict"] for call in calls] == ["BLOCKED", "BLOCKED", "ALLOWED", "ALLOWED"]


def test_har_with_a_call_that_is_allowed_here_tells_it(
    runner: FlaskCliRunner, tmp_path: Path
) -> None:
    file = tmp_path / "calls.har"
    file.write_text(har(("GET", f"{HERE}{BOOKS}", LOCAL, 0)), encoding="utf-8")
    result = runner.invoke(args=["cors", "explain", "--har", str(file)])

    assert result.exit_code == 0
    assert "; the browser refused this call, and here it would be allowed: " in result.output


def test_har_gives_each_call_a_time_of_its_own(tmp_path: Path) -> None:
    def busy() -> str:
        time.sleep(0.5)
        return "x"

    setup = Setup([], views={"slow": lambda: time.sleep(60), "busy": busy})
    calls = [("GET", f"{HERE}/api/{path}", LOCAL, 0) for path in ("slow", "busy")]
    file = tmp_path / "calls.har"
    file.write_text(har(*calls), encoding="utf-8")
    runner = setup.build().test_cli_runner()
    result = runner.invoke(args=["cors", "explain", "--har", str(file)])
    slow, busy_ = result.output.splitlines()

    assert "; no response to the actual request began in time" in slow
    assert "in time" not in busy_


def test_har_without_failures_is_fine(runner: FlaskCliRunner, tmp_path: Path) -> None:
    file = tmp_path / "calls.har"
    file.write_text(har(("GET", f"{HERE}{BOOKS}", LOCAL, 200)), encoding="utf-8-sig")
    result = runner.invoke(args=["cors", "explain", "--har", str(file)])

    assert (result.exit_code, result.output) == (
        0,
        "no cross-origin call of this file has failed\n",
    )


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["GET", BOOKS], "not needed"),
        (["GET", BOOKS, "--header", "X-A"], "needed for the header x-a"),
        (
            ["PUT", BOOKS, "--header", "X-A", "--header", "X-B"],
            "needed for the method PUT and the headers x-a, x-b",
        ),
    ],
)
def test_reason_of_the_preflight_is_told(
    runner: FlaskCliRunner, arguments: list[str], text: str
) -> None:
    result = runner.invoke(args=["cors", "explain", *arguments, "--origin", PAGE])

    assert f"  preflight  {text}\n" in result.output


def test_what_a_view_prints_stays_out_of_the_answer() -> None:
    def loud() -> str:
        print("loud")  # noqa: T201
        return "x"

    setup = Setup([], views={"loud": loud})
    runner = setup.build().test_cli_runner()
    result = runner.invoke(args=["cors", "explain", "GET", "/api/loud", "--origin", PAGE, "--json"])

    assert json.loads(result.stdout)["verdict"] == "ALLOWED"
    assert result.stderr == "loud\n"


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize("body", ["a=b", '{"a": 1}', "it's \\", "two\nlines 'x' \\ \u00fc\t\x01"])
def test_command_to_try_sends_the_body(app: Flask, body: str) -> None:
    verdict = explain(app, "POST", BOOKS, "--origin", PAGE, "--data", body)
    shown = subprocess.run(
        [shutil.which("bash") or "", "-c", verdict["curl"].replace("curl -i", "printf '%s\\n'")],
        capture_output=True,
        check=True,
        encoding="utf-8",
    ).stdout

    assert f"--data-binary\n{body}\n" in shown


def test_nothing_of_a_server_reaches_a_terminal_unescaped() -> None:
    setup = Setup(
        [],
        views={"x": lambda: ("", 302)},
        around=[changing(Location="http://\x1b[31m/", Server="\x1b[31m")],
    )
    result = (
        setup.build()
        .test_cli_runner()
        .invoke(args=["cors", "explain", "GET", "/api/x", "--origin", PAGE])
    )

    assert result.exit_code == 1
    assert result.output.replace("\n", "").isprintable()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_console_can_show_it(app: Flask, encoding: str) -> None:
    app.add_url_rule("/api/\u00fcber", "x", dict)
    app.add_url_rule("/api/\u65e5\u672c/", "y", dict)
    runner = app.test_cli_runner(charset=encoding)

    for arguments in (["show"], ["explain", "GET", "/api/\u65e5", "--origin", PAGE]):
        result = runner.invoke(args=["cors", *arguments])
        assert result.exit_code in (0, 1), result.exception
        assert isinstance(result.exception, SystemExit | None)
