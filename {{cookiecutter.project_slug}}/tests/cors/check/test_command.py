import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import Result
from dotenv import dotenv_values
from flask import Flask

import {{ cookiecutter.package_name }} as package

from ...calls import client_of

ROOT = Path(__file__).parents[3]
CLEAN = {"CORS_ORIGINS": "https://app.example.org", "TRUSTED_HOSTS": "api.acme.test"}
WARNING = CLEAN | {"CORS_MAX_AGE": "86400"}
ERROR = CLEAN | {"CORS_ORIGINS": "http://localhost:*"}


def check(environ: Mapping[str, str], *options: str, debug: bool = False) -> Result:
    app = client_of({"CORS_SUPPORTS_CREDENTIALS": "false"} | dict(environ)).application
    return check_app(app, *options, debug=debug)


def check_app(app: Flask, *options: str, debug: bool = False) -> Result:
    runner = app.test_cli_runner(env={"FLASK_DEBUG": str(int(debug))})
    return runner.invoke(args=["cors", "check", *options])


def test_nothing_is_found() -> None:
    result = check(CLEAN)

    assert result.exit_code == 0
    assert result.stdout == "no findings; 21 rules, judged as production (docs/check.md)\n"


def test_a_finding_is_a_line() -> None:
    lines = check(ERROR).stdout.splitlines()

    assert lines == [
        "CORS002 error CORS_ORIGINS: 'http://localhost:*' is any program that listens on the "
        "visitor's own machine; leave it out in production; if this is development, run "
        "'flask --debug cors check'",
        "1 finding; 21 rules, judged as production (docs/check.md)",
    ]


@pytest.mark.parametrize(
    ("environ", "options", "status"),
    [
        (CLEAN, (), 0),
        (WARNING, (), 1),
        (WARNING, ("--fail-level", "warning"), 1),
        (WARNING, ("--fail-level", "error"), 0),
        (ERROR, ("--fail-level", "error"), 1),
        (ERROR, ("--fail-level", "error", "--json"), 1),
        (CLEAN, ("--fail-level", "none"), 2),
        (CLEAN, ("--verbose",), 2),
        (CLEAN, ("more",), 2),
    ],
)
def test_the_exit_status(environ: Mapping[str, str], options: tuple[str, ...], status: int) -> None:
    assert check(environ, *options).exit_code == status


def test_debug_mode_is_development() -> None:
    result = check(ERROR, debug=True)

    assert (result.exit_code, result.stdout) == (
        0,
        "no findings; 21 rules, judged as development (docs/check.md)\n",
    )


def test_machines_get_json() -> None:
    report = json.loads(check(WARNING, "--json").stdout)
    finding = report["findings"][0]

    assert report["environment"] == "production"
    assert len(report["findings"]) == 1
    assert {name: finding[name] for name in ("id", "level", "subject")} == {
        "id": "CORS007",
        "level": "warning",
        "subject": "CORS_MAX_AGE",
    }
    assert all(finding[name] for name in ("what", "cause", "fix"))
    assert json.loads(check(CLEAN, "--json").stdout)["findings"] == []


def test_this_project_has_no_errors_in_the_example_environment() -> None:
    environ = {name: value or "" for name, value in dotenv_values(ROOT / ".env.example").items()}
    app = package.create_app(package.Settings.from_env(environ))
    result = check_app(app, "--fail-level", "error", debug=True)

    assert result.exit_code == 0, result.stdout
