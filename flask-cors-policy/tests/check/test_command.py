import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from unittest.mock import patch

import flask_cors
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo

from flask_cors_policy import CORS, ConfigurationError, Variable, __version__, cross_origin
from flask_cors_policy.check.application import Kind
from flask_cors_policy.check.command import check as command
from flask_cors_policy.check.rules import RULES, rules_for

CLEAN = {"CORS_ORIGINS": "https://app.acme.test"}
WARNING = CLEAN | {"CORS_MAX_AGE": "86400"}
ERROR = {"CORS_ORIGINS": "http://localhost:*"}
NUMBER = len(rules_for(Kind.POLICY))


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Work in an empty folder, as a pyproject.toml and files are looked for there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRUSTED_HOSTS", raising=False)
    return tmp_path


def application(environ: Mapping[str, str] = CLEAN) -> Flask:
    app = Flask("example", static_folder=None)
    app.config["TRUSTED_HOSTS"] = ["api.acme.test"]
    app.add_url_rule("/api/books", "books", lambda: "x")
    CORS(resources={"/api/*": {"origins": Variable("CORS_ORIGINS")}}).init_app(app, environ)
    return app


def check(app: Flask, *options: str, debug: bool = False) -> Result:
    runner = app.test_cli_runner(env={"FLASK_DEBUG": str(int(debug))})
    return runner.invoke(args=["cors", "check", *options])


def check_of(create_app: Callable[[], Flask], *options: str) -> Result:
    return CliRunner().invoke(command, options, obj=ScriptInfo(create_app=create_app))


def summary(findings: str, environment: str = "production", kind: str = "flask_cors_policy") -> str:
    number = len(rules_for(Kind(kind)))
    return (
        f"{findings}; {number} rules for {kind}, judged as {environment}; "
        f"flask-cors-policy {__version__}"
    )


def write(name: str, text: str) -> str:
    Path(name).write_text(text, "utf-8")
    return name


def test_nothing_is_found() -> None:
    result = check(application())

    assert (result.exit_code, result.stdout) == (0, summary("no findings") + "\n")


def test_finding_is_a_line() -> None:
    line = (
        "CORS002 error CORS_ORIGINS: 'http://localhost:*' is any program that listens on the "
        "visitor's own machine; leave it out in production; if this is development, run "
        "'flask --debug cors check'"
    )

    assert check(application(ERROR)).stdout.splitlines() == [line, summary("1 finding")]


@pytest.mark.parametrize(
    ("environ", "options", "status"),
    [
        (CLEAN, (), 0),
        (WARNING, (), 1),
        (WARNING, ("--fail-level", "warning"), 1),
        (WARNING, ("--fail-level", "error"), 0),
        (WARNING, ("--ignore", "CORS007"), 0),
        (WARNING, ("--ignore", "CORS006"), 1),
        (ERROR, ("--fail-level", "error"), 1),
        (ERROR, ("--fail-level", "error", "--json"), 1),
        (ERROR, ("--ignore", "CORS001", "--ignore", "CORS002"), 0),
        (CLEAN, ("--fail-level", "none"), 2),
        (CLEAN, ("--ignore", "CORS999"), 2),
        (CLEAN, ("--ignore", "CORS016"), 0),
        (CLEAN, ("--env-file", "none.env"), 2),
        (CLEAN, ("--env-file", "."), 2),
        (CLEAN, ("--verbose",), 2),
        (CLEAN, ("more",), 2),
    ],
)
def test_exit_status(environ: Mapping[str, str], options: tuple[str, ...], status: int) -> None:
    assert check(application(environ), *options).exit_code == status


def test_debug_mode_is_development() -> None:
    result = check(application(ERROR), debug=True)

    assert (result.exit_code, result.stdout) == (0, summary("no findings", "development") + "\n")


def test_programs_get_json() -> None:
    report = json.loads(check(application(WARNING), "--json").stdout)
    (finding,) = report["findings"]

    assert (report["version"], report["policy"]) == (__version__, "flask_cors_policy")
    assert report["environment"] == "production"
    assert {name: finding[name] for name in ("id", "level", "subject")} == {
        "id": "CORS007",
        "level": "warning",
        "subject": "CORS_MAX_AGE",
    }
    assert all(finding[name] for name in ("title", "cause", "fix"))
    assert json.loads(check(application(), "--json").stdout)["findings"] == []


def test_silenced_rule_is_counted_with_its_reason() -> None:
    write("pyproject.toml", "[tool.flask-cors-policy.ignore]\nCORS007 = 'Firefox alone'\n")
    result = check(application(WARNING))
    report = json.loads(check(application(WARNING), "--json").stdout)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "silenced: 1 of CORS007 (Firefox alone)",
        summary("no findings"),
    ]
    assert report["silenced"] == {"CORS007": {"count": 1, "reason": "Firefox alone"}}


def test_silenced_rule_that_finds_nothing_is_not_mentioned() -> None:
    assert check(application(), "--ignore", "CORS007").stdout == summary("no findings") + "\n"


def test_pyproject_is_found_from_a_folder_below(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("pyproject.toml", "[tool.flask-cors-policy]\nignore = { CORS007 = 'Firefox alone' }\n")
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")

    assert check(application(WARNING)).exit_code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.flask-cors-policy]\nignore = ['CORS007']", "has no reasons"),
        ("[tool.flask-cors-policy]\nignore = { CORS007 = '' }", "'CORS007' has no reason"),
        ("[tool.flask-cors-policy]\nignore = { CORS999 = 'x' }", "'CORS999' is no rule"),
        ("[tool.flask-cors-policy]\nignored = { CORS007 = 'x' }", "'ignored' is no option"),
        ("[tool]\nflask-cors-policy = 3", "is no table"),
        ("[tool", "correct the file"),
    ],
)
def test_wrong_pyproject_is_a_usage_error(text: str, message: str) -> None:
    write("pyproject.toml", text)
    result = check(application())

    assert result.exit_code == 2
    assert message in result.stderr


def test_pyproject_without_tools_silences_nothing() -> None:
    write("pyproject.toml", "tool = 3")

    assert check(application(WARNING)).exit_code == 1


@pytest.mark.parametrize("id_", sorted(RULES))
def test_explain_prints_what_a_rule_is_about(id_: str) -> None:
    result = CliRunner().invoke(command, ["--explain", id_])  # without an application
    rule = RULES[id_]

    assert result.exit_code == 0
    assert result.stdout.startswith(f"{id_} {rule.level}: {rule.title}\n\n")
    assert " ".join(rule.about.split()) in " ".join(result.stdout.split())


def test_explain_knows_retired_rules_and_refuses_others() -> None:
    retired = CliRunner().invoke(command, ["--explain", "CORS016"])
    unknown = CliRunner().invoke(command, ["--explain", "CORS999"])

    assert (retired.exit_code, unknown.exit_code) == (0, 2)
    assert retired.stdout.startswith("CORS016 is retired: ")


def test_file_is_judged_alone_and_as_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "nonsense")
    file = write("production.env", "CORS_ORIGINS=http://localhost:*\nTRUSTED_HOSTS=my_api.test\n")
    result = check(application(), "--env-file", file, debug=True)

    assert result.exit_code == 1
    assert [line[:45] for line in result.stdout.splitlines()[:2]] == [
        "production.env: CORS002 error CORS_ORIGINS: '",
        "production.env: CORS028 error TRUSTED_HOSTS: ",
    ]


def test_several_files_are_judged_each_alone() -> None:
    good = write("good.env", "CORS_ORIGINS=https://app.acme.test\n")
    bad = write("bad.env", "CORS_ORIGINS=https://app.acme.test\nCORS_MAX_AGE=86400\n")
    report = json.loads(
        check(application(), "--env-file", good, "--env-file", bad, "--json").stdout
    )

    assert [(one["file"], one["id"]) for one in report["findings"]] == [("bad.env", "CORS007")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('CORS_ORIGINS="https://app.acme.test"', "CORS_ORIGINS: '\"https://app.acme.test\"' has "),
        ("CORS_ORIGINS=https://app.acme.test # main", "' has a comment, which docker --env-file"),
        ("CORS_MAX_AGE=1", "CORS_ORIGINS: is not set"),
        ("CORS_ORIGINS=none\nCORS_ORGINS=x", "CORS_ORGINS: is read by nothing"),
        ("CORS_ORIGINS=none\nexport X=1", "line 2: sets no variable"),
    ],
)
def test_file_that_stops_the_start_is_reported_line_by_line(text: str, problem: str) -> None:
    result = check(application(), "--env-file", write("production.env", text))
    line, _ = result.stdout.splitlines()

    assert result.exit_code == 1
    assert line.startswith("production.env: ")
    assert problem in line


def test_file_that_a_view_does_not_fit_is_reported() -> None:
    app = Flask("example", static_folder=None)
    view = cross_origin(supports_credentials=True)(lambda: "x")
    app.add_url_rule("/api/books", "books", view)
    row = {"origins": Variable("CORS_ORIGINS", default="*")}
    CORS(resources={"/api/*": row}).init_app(app, CLEAN)
    result = check(app, "--env-file", write("production.env", "CORS_ORIGINS=*\n"))

    assert result.exit_code == 1
    assert "cross_origin on 'books' supports_credentials: " in result.stdout


def test_file_decides_on_hosts_unless_the_code_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    file = write("production.env", "CORS_ORIGINS=https://app.acme.test\n")
    by_code = check(application(), "--env-file", file)
    monkeypatch.setenv("TRUSTED_HOSTS", "localhost")  # so it is a variable that sets them
    by_variable = check(application(), "--env-file", file)

    assert (by_code.exit_code, by_variable.exit_code) == (0, 1)
    assert "CORS019 warning TRUSTED_HOSTS: is not set" in by_variable.stdout


def start() -> Flask:
    """Build an application in the environment of the process."""
    app = Flask("example", static_folder=None)
    app.config["TRUSTED_HOSTS"] = ["api.acme.test"]
    app.add_url_rule("/api/books", "books", lambda: "x")
    CORS(app, resources={"/api/*": {"origins": Variable("CORS_ORIGINS")}})
    return app


def start_as_wsgi_py() -> Flask:
    """End the process if the application does not start, as generated projects do."""
    try:
        return start()
    except ConfigurationError:
        sys.exit(4)


@pytest.fixture
def no_origins() -> Iterator[None]:
    """Set a variable that stops the start, and not the one that has to be set."""
    with patch.dict("os.environ", {"CORS_MAX_AGES": "60"}):
        os.environ.pop("CORS_ORIGINS", None)
        yield


NOT_SET = "CORS_ORIGINS: is not set; "


@pytest.mark.usefixtures("no_origins")
@pytest.mark.parametrize("create_app", [start, start_as_wsgi_py])
def test_application_that_does_not_start_is_reported_line_by_line(
    create_app: Callable[[], Flask],
) -> None:
    result = check_of(create_app)
    report = json.loads(check_of(create_app, "--json").stdout)

    assert (result.exit_code, result.exception.__class__) == (1, SystemExit)
    assert [line[:26] for line in result.stdout.splitlines()[:-1]] == [
        NOT_SET,
        "CORS_MAX_AGES: is read by ",
    ]
    assert report["problems"][0]["line"].startswith(NOT_SET)


@pytest.mark.usefixtures("no_origins")
def test_files_are_judged_where_the_application_does_not_start_without() -> None:
    good = write("good.env", "CORS_ORIGINS=https://app.acme.test\n")
    bad = write("bad.env", "CORS_MAX_AGE=60\n")
    alone = check_of(start_as_wsgi_py, "--env-file", bad)
    judged = check_of(start_as_wsgi_py, "--env-file", good)
    both = check_of(start_as_wsgi_py, "--env-file", bad, "--env-file", good)

    assert alone.stdout == both.stdout
    assert (alone.exit_code, both.exit_code) == (1, 1)
    assert alone.stdout.startswith(f"bad.env: {NOT_SET}")
    assert (judged.exit_code, judged.stdout) == (0, summary("no findings") + "\n")


def start_without_a_key() -> Flask:
    """Fail with an exception that is no ConfigurationError."""
    return Flask(dict[str, str]()["SECRET"])


def end() -> Flask:
    """End the process as if all were well."""
    sys.exit(0)


@pytest.mark.parametrize(
    ("create_app", "reason"),
    [
        (start_without_a_key, """raises KeyError: "'SECRET'\""""),
        (end, "raises SystemExit: '0'"),
    ],
)
def test_application_that_fails_is_reported_with_its_line(
    create_app: Callable[[], Flask], reason: str
) -> None:
    place = f"{__file__}:{create_app.__code__.co_firstlineno + 2}"
    line = f"{place}: {reason}; mend that; flask routes prints the whole traceback"
    result = check_of(create_app)
    report = json.loads(check_of(create_app, "--json").stdout)

    assert (result.exit_code, result.stdout) == (1, f"{line}\n{summary('1 finding')}\n")
    assert report["problems"] == [{"line": line}]


def test_plain_flask_cors_is_judged_by_rules_of_its_own() -> None:
    app = Flask("example", static_folder=None)
    flask_cors.CORS(app, supports_credentials=True)
    result = check_of(lambda: app, "--fail-level", "error")

    assert result.exit_code == 1
    assert "CORS104 error CORS(app) '/*': " in result.stdout
    assert "not seen: the call of CORS(...)" in result.stdout
    assert result.stdout.splitlines()[-1] == summary("2 findings", kind="Flask-CORS")


def test_file_cannot_be_judged_for_plain_flask_cors() -> None:
    app = Flask("example", static_folder=None)
    flask_cors.CORS(app)

    assert check_of(lambda: app, "--env-file", write("a.env", "")).exit_code == 2


def test_application_without_cors_is_reported() -> None:
    result = check_of(lambda: Flask("example"))

    assert result.exit_code == 0
    assert result.stdout.startswith(
        "this application uses neither flask_cors_policy nor Flask-CORS"
    )


FLASK_CORS_DECORATOR = "is Flask-CORS's own, which neither the preflight nor the guard knows"


def test_what_came_after_the_start_is_reported() -> None:
    """So does `app = Flask(...); CORS(app)` above the views."""
    app = Flask("example", static_folder=None)
    app.config["TRUSTED_HOSTS"] = ["api.acme.test"]
    CORS(app, resources={"/api/*": {"origins": "https://app.acme.test"}})
    app.config["CORS_SUPPORTS_CREDENTIALS"] = True
    app.add_url_rule("/api/one", "one", cross_origin(origins="https://a.acme.test/")(lambda: "x"))
    app.add_url_rule("/api/two", "two", flask_cors.cross_origin()(lambda: "x"))
    result = check_of(lambda: app)

    assert result.exit_code == 1
    assert [line.partition("; ")[0] for line in result.stdout.splitlines()[:3]] == [
        "app.config['CORS_SUPPORTS_CREDENTIALS']: 'True' is not read here",
        "cross_origin on 'one' origins: 'https://a.acme.test/' has a path",
        f"cross_origin on 'two': {FLASK_CORS_DECORATOR}",
    ]
    assert result.stdout.splitlines()[-1] == summary("3 findings")


def test_decorator_without_cors_is_reported() -> None:
    app = Flask("example", static_folder=None)
    app.add_url_rule("/one", "one", cross_origin()(lambda: "x"))
    result = check_of(lambda: app)

    assert result.exit_code == 1
    assert result.stdout.startswith(
        "cross_origin on 'one': has no effect, as this application has no CORS(...); "
        "write CORS(app, resources={'/*': {'origins': 'none'}}) behind the last view\n1 finding; "
    )
    CORS(app, resources={"/*": {"origins": "none"}})
    assert check_of(lambda: app, "--ignore", "CORS019").exit_code == 0


def test_finding_cannot_break_a_line() -> None:
    app = Flask("example", static_folder=None)
    flask_cors.CORS(app, origins=["https://a\n\x07"])
    result = check_of(lambda: app)

    assert "\x07" not in result.stdout
    assert "CORS102" in result.stdout
