"""What the tests share: an environment, the application in it, and how a browser asks first."""

import os
# {% if cookiecutter.database == "sqlalchemy" or cookiecutter.auth == "oidc" %}
from collections.abc import Iterator
# {% endif %}

import pytest
from flask import Flask
# {% if cookiecutter.auth == "session" %}
from flask.testing import FlaskClient, FlaskCliRunner
# {% else %}
from flask.testing import FlaskClient
# {% endif %}
from werkzeug.test import TestResponse

# {% if cookiecutter.auth == "oidc" %}
from {{ cookiecutter.package_name }} import (
    Settings,
    auth,
    create_app,
)
# {% else %}
from {{ cookiecutter.package_name }} import Settings, create_app
# {% endif %}
# {% if cookiecutter.database == "sqlalchemy" or cookiecutter.auth == "oidc" %}

# {% endif %}
# {% if cookiecutter.database == "sqlalchemy" %}
from .database import empty, migrate, new_database
# {% endif %}
# {% if cookiecutter.auth == "oidc" %}
from .provider import AUDIENCE, Provider, running
# {% endif %}

os.environ["FLASK_DEBUG"] = "0"  # whatever the shell says

TRUSTED = "https://app.example.com"
EVIL = "https://evil.example"
ENVIRON = {"CORS_ORIGINS": f"{TRUSTED},https://*.preview.example.com,http://localhost:*"}
# {% if cookiecutter.auth == "session" %}
ENVIRON["SECRET_KEY"] = "no secret, as it signs the sessions of tests"
# {% endif %}
# {% if cookiecutter.auth == "oidc" %}
ENVIRON |= {
    "OIDC_ISSUER": "https://id.example.com",
    "OIDC_AUDIENCE": AUDIENCE,
    "OIDC_JWKS_URL": "https://id.example.com/keys",
}
# {% endif %}
# {% if cookiecutter.database == "sqlalchemy" %}


@pytest.fixture(scope="session", autouse=True)
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the applications of all tests a database that has its tables."""
    with new_database(tmp_path_factory.mktemp("database")) as ENVIRON["DATABASE_URL"]:
        migrate(app_in())
        yield
# {% endif %}


# {% if cookiecutter.database == "sqlalchemy" %}
@pytest.fixture(autouse=True)
def empty_tables(app: Flask) -> Iterator[None]:
    """Delete what a test has stored."""
    yield
    empty(app)


# {% endif %}
@pytest.fixture(scope="module")
def app() -> Flask:
    """Build the application as ENVIRON configures it, once for all tests of a file."""
    return app_in()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client that sends what a test says, and nothing else."""
    return app.test_client()
# {% if cookiecutter.auth == "session" %}


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Run the application's commands."""
    return app.test_cli_runner()


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords in no time."""
    method = "{{ cookiecutter.package_name }}.users.METHOD"
    monkeypatch.setattr(method, "pbkdf2:sha256:1")


@pytest.fixture
def logged_in(app: Flask, runner: FlaskCliRunner) -> FlaskClient:
    """Return a client that has logged in."""
    app.extensions["throttle"].storage.reset()
    user = {"email": "grace@example.com", "password": "a password"}
    runner.invoke(args=["users", "create", user["email"], "--password", user["password"]])
    client = app.test_client()
    client.post("/api/v1/auth/login", json=user)
    return client
# {% endif %}
# {% if cookiecutter.auth == "oidc" %}


@pytest.fixture
def provider(app: Flask) -> Iterator[Provider]:
    """Run the identity provider whose tokens the application accepts."""
    with running() as provider:
        auth.init_app(app, provider.issuer, AUDIENCE, provider.keys_url)
        yield provider


@pytest.fixture
def logged_in(app: Flask, provider: Provider) -> FlaskClient:
    """Return a client that sends a token."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {provider.token()}"
    return client
# {% endif %}


def app_in(**environ: str) -> Flask:
    """Build the application as ENVIRON and these variables configure it."""
    return create_app(Settings.from_env(ENVIRON | environ))


def preflight(
    client: FlaskClient, path: str, origin: str = TRUSTED, method: str = "PUT"
) -> TestResponse:
    """Ask as a browser asks before a request."""
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    return client.options(path, headers=headers)


def cors_headers(response: TestResponse) -> dict[str, str]:
    """Return the CORS headers of a response, by the last part of their names."""
    prefix = "Access-Control-"
    found = [(name, value) for name, value in response.headers if name.startswith(prefix)]
    assert len(found) == len(dict(found)), "no CORS header may be sent twice"
    return {name.removeprefix(prefix): value for name, value in found}
