"""What the tests share: an environment, the application in it, and how a browser asks first."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from {{ cookiecutter.package_name }} import Settings, create_app

TRUSTED = "https://app.example.com"
EVIL = "https://evil.example"
ENVIRON = {"CORS_ORIGINS": f"{TRUSTED},https://*.preview.example.com,http://localhost:*"}


@pytest.fixture(scope="module")
def app() -> Flask:
    """Build the application as ENVIRON configures it, once for all tests of a file."""
    return app_in()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client that sends what a test says, and nothing else."""
    return app.test_client()


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
