"""What a variable may hold, and how the start is refused when it holds something else."""

import runpy
from pathlib import Path

import pytest
from flask_cors_policy import ConfigurationError

from {{ cookiecutter.package_name }} import Settings

from .conftest import ENVIRON, app_in

WSGI = Path(__file__).parent.parent / "wsgi.py"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("CORS_ORIGINS", "https://app.example.com/", "has a path; write 'https://app.example.com'"),
        ("CORS_ORIGINS", "https://*.example.com:*", "has two wildcards"),
        ("CORS_ORIGINS", "https://*.vercel.app", "trusts strangers, who can have names"),
        ("MAX_CONTENT_LENGTH", "1MB", "is not a number of bytes; write one such as 1048576"),
        ("MAX_CONTENT_LENGTH", "0", "is not a number of bytes; write one such as 1048576"),
        ("PROXY_HOPS", "11", "is not an allowed number; write 0 to 10"),
        ("PROXY_HOPS", "", "is empty; write 0 to 10"),
        ("LOG_LEVEL", "loud", "is not a level; write one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("LOG_FORMAT", "xml", "is not a format; write json or text"),
        ("TRUSTED_HOSTS", "my_api.example.com", "has an underscore, which Werkzeug"),
        ("TRUSTED_HOSTS", "10.0.0.0/8", "is a range of addresses, and Werkzeug"),
        ("TRUSTED_HOSTS", "[::1]", "is an IPv6 address, which Werkzeug"),
        ("TRUSTED_HOSTS", "::1", "is an IPv6 address, which Werkzeug"),
        ("TRUSTED_HOSTS", "https://a.example:8000/", "is not a host name; write 'a.example'"),
        ("TRUSTED_HOSTS", "a.example:8000", "is not a host name; write 'a.example'"),
        ("TRUSTED_HOSTS", "*.a.example", "is not a host name; write '.a.example'"),
        ("TRUSTED_HOSTS", "a b", "is not a host name; write names such as"),
        ("TRUSTED_HOSTS", "", "is an empty entry; write names such as"),
        ("TRUSTED_HOSTS", "none", "is no name, and any host is trusted where"),
        ("TRUSTED_HOSTS", "*", "is no name, and any host is trusted where"),
    ],
)
def test_a_wrong_value_is_refused_with_the_fix(name: str, value: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        Settings.from_env(ENVIRON | {name: value})

    (problem,) = error.value.problems
    assert problem.startswith(f"{name}: '{value}' {reason}")


def test_all_problems_are_reported_at_once() -> None:
    wrong = {"CORS_ORIGINS": "null,a.b", "MAX_CONTENT_LENGTH": "1MB", "TRUSTED_HOSTS": "a_b,,c"}
    with pytest.raises(ConfigurationError) as error:
        Settings.from_env(ENVIRON | wrong)

    subjects = [problem.subject for problem in error.value.problems]
    assert subjects == ["CORS_ORIGINS"] * 2 + ["MAX_CONTENT_LENGTH"] + ["TRUSTED_HOSTS"] * 2


def test_a_secret_is_never_shown() -> None:
    short, long, command = "s" * 31, "s" * 32, f"$(echo {'s' * 32})"  # as cmd.exe takes it
    for wrong, reason in ((short, "is shorter than 32 bytes"), (command, "is a command")):
        with pytest.raises(ConfigurationError, match=f"SECRET_KEY: {reason}; write what") as error:
            Settings.from_env(ENVIRON | {"SECRET_KEY": wrong})
        assert wrong not in str(error.value)

    assert long not in repr(Settings.from_env(ENVIRON | {"SECRET_KEY": long}))


def test_values_reach_flask() -> None:
    app = app_in(MAX_CONTENT_LENGTH="7", SECRET_KEY="k" * 32, TRUSTED_HOSTS="a.example, .b.example")

    assert app.config["MAX_CONTENT_LENGTH"] == 7
    assert app.config["SECRET_KEY"] == "k" * 32
    assert app.config["TRUSTED_HOSTS"] == ["a.example", ".b.example"]


def test_the_session_cookie_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert app_in().config["SESSION_COOKIE_SECURE"] is True
    assert app_in().config["SESSION_COOKIE_HTTPONLY"] is True
    assert app_in().config["SESSION_COOKIE_SAMESITE"] == "Lax"
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert app_in().config["SESSION_COOKIE_SECURE"] is False  # for http://localhost


def test_a_wrong_environment_stops_every_server_with_status_4(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CORS_ORIGINS", "https://app.example.com/")
    monkeypatch.setenv("MAX_CONTENT_LENGTH", "1MB")
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(WSGI))

    assert stop.value.code == 4
    assert capsys.readouterr().err.splitlines() == [
        "CORS_ORIGINS: 'https://app.example.com/' has a path; write 'https://app.example.com'",
        "MAX_CONTENT_LENGTH: '1MB' is not a number of bytes; write one such as 1048576",
    ]
