from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from flask_cors_policy import ConfigurationError
from werkzeug.test import TestResponse

from {{ cookiecutter.package_name }} import Settings

from ...conftest import ENVIRON, TRUSTED, app_in

EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"
LOGIN, LOGOUT, ME = (f"/api/v1/auth/{name}" for name in ("login", "logout", "me"))


@pytest.fixture
def app() -> Flask:
    """Build an application for each test, as it counts attempts."""
    return app_in()


@pytest.fixture(autouse=True)
def user(runner: FlaskCliRunner) -> None:
    """Create a user with the command."""
    assert run(runner, "create", "Ada@Example.com", PASSWORD) == (0, "")


def run(runner: FlaskCliRunner, command: str, email: str, password: str) -> tuple[int, str]:
    result = runner.invoke(args=["users", command, email, "--password", password])
    return result.exit_code, result.output


def log_in(client: FlaskClient, email: str = EMAIL, password: str = PASSWORD) -> TestResponse:
    return client.post(LOGIN, json={"email": email, "password": password})


@pytest.mark.parametrize("email", [EMAIL, "ADA@EXAMPLE.COM"])
def test_log_in_and_out(email: str, client: FlaskClient) -> None:
    assert client.get(ME).status_code == 401
    assert log_in(client, email).json == {"email": EMAIL}
    assert client.get(ME).json == {"email": EMAIL}
    assert client.post(LOGOUT).status_code == 204
    assert client.get(ME).status_code == 401


def test_the_cookie(client: FlaskClient) -> None:
    cookie = log_in(client).headers["Set-Cookie"]
    name, *attributes = cookie.split("; ")
    assert name.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} < set(attributes)
    expires = next(text for text in attributes if text.startswith("Expires=")).partition("=")[2]
    left = parsedate_to_datetime(expires) - datetime.now(UTC)
    assert timedelta(hours=11) < left <= timedelta(hours=12)
    assert "Set-Cookie" not in client.get(ME).headers  # using it does not prolong it


def test_an_old_session_ends(app: Flask, client: FlaskClient) -> None:
    log_in(client)
    app.permanent_session_lifetime = timedelta(seconds=-1)
    assert client.get(ME).status_code == 401


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "wrong"), (EMAIL, PASSWORD.upper()), ("eve@example.com", PASSWORD)],
)
def test_wrong_logins_look_the_same(email: str, password: str, client: FlaskClient) -> None:
    response = log_in(client, email, password)
    assert response.status_code == 401
    assert response.get_json()["detail"] == "The e-mail address or the password is wrong."
    assert response.headers["WWW-Authenticate"] == 'Cookie realm="api"'
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("email", ["", "ada", "a@b c", "a@\0", f"{'a' * 300}@example.com"])
def test_malformed_logins(email: str, client: FlaskClient) -> None:
    assert log_in(client, email).status_code == 422


def test_a_new_password_ends_every_session(client: FlaskClient, runner: FlaskCliRunner) -> None:
    log_in(client)
    assert run(runner, "set-password", EMAIL, "another password")[0] == 0
    assert client.get(ME).status_code == 401
    assert log_in(client).status_code == 401
    assert log_in(client, password="another password").status_code == 200


def test_a_forged_session(client: FlaskClient) -> None:
    log_in(client)
    cookie = client.get_cookie("__Host-session")
    assert cookie
    signed, dot, _ = cookie.value.rpartition(".")
    client.set_cookie("__Host-session", f"{signed}{dot}{'A' * 27}")
    assert client.get(ME).status_code == 401


@pytest.mark.parametrize("email", [EMAIL, "eve@example.com"])
def test_guesses_are_throttled(email: str, client: FlaskClient) -> None:
    guesses = [log_in(client, email, f"guess {number}") for number in range(6)]
    assert [guess.status_code for guess in guesses] == [401] * 5 + [429]
    assert guesses[-1].headers["Retry-After"] == "60"
    assert log_in(client, "another@example.com").status_code == 401


def test_preflights_are_neither_authenticated_nor_counted(client: FlaskClient) -> None:
    headers = {"Origin": TRUSTED, "Access-Control-Request-Method": "POST"}
    for _ in range(20):
        assert client.options(LOGIN, headers=headers).status_code == 204
    assert client.options(ME, headers=headers).status_code == 204
    assert log_in(client).status_code == 200


@pytest.mark.parametrize(
    ("command", "email", "password", "reason"),
    [
        ("create", EMAIL, PASSWORD, "is a user already"),
        ("create", "ada", PASSWORD, "is not an e-mail address"),
        ("create", "ada l@example.com", PASSWORD, "is not an e-mail address"),
        ("create", "eve@example.com", "short", "is shorter than 8 characters"),
        ("set-password", "eve@example.com", PASSWORD, "is not a user"),
        ("set-password", EMAIL, "short", "is shorter than 8 characters"),
    ],
)
def test_refused_commands(
    command: str, email: str, password: str, reason: str, runner: FlaskCliRunner
) -> None:
    status, output = run(runner, command, email, password)
    assert (status != 0, reason in output) == (True, True)


def test_a_start_is_refused_without_a_key() -> None:
    with pytest.raises(ConfigurationError, match="SECRET_KEY: is not set; set it to what python"):
        Settings.from_env({"CORS_ORIGINS": "none"})


@pytest.mark.parametrize(
    "uri",
    [
        "file://x",
        "redis://",
        "redis://host:x/0",
        "redis://host:65999/0",
        "redis://host/x",
        "redis://host/?db=x",
        "redis://[:::]/0",
    ],
)
def test_a_start_is_refused_without_a_place_to_count(uri: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        Settings.from_env(ENVIRON | {"RATELIMIT_STORAGE_URI": uri})
    (problem,) = error.value.problems
    assert problem.startswith(f"RATELIMIT_STORAGE_URI: '{uri}' is no place to count in; write")


def test_no_login_where_attempts_cannot_be_counted(caplog: pytest.LogCaptureFixture) -> None:
    response = log_in(app_in(RATELIMIT_STORAGE_URI="redis://127.0.0.1:1/0").test_client())
    assert (response.status_code, response.mimetype) == (503, "application/problem+json")
    assert "Attempts to log in cannot be counted" in caplog.text
