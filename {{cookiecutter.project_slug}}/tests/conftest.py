"""The three fixtures that all tests share."""

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner

import {{ cookiecutter.package_name }} as package

from .calls import ENVIRON


@pytest.fixture
def app() -> Flask:
    """Build the application of this project, with a list of trusted origins."""
    return package.create_app(package.Settings.from_env(ENVIRON))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Call it as a browser would."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Call its commands."""
    return app.test_cli_runner()
