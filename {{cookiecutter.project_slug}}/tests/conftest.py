"""The three fixtures that all tests share; below `api/` they are of this project's application."""

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner

from .calls import ENVIRON, client_of


@pytest.fixture
def app() -> Flask:
    """Build an application with a list of trusted origins."""
    return client_of(ENVIRON).application


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Call it as a browser would."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Call its commands."""
    return app.test_cli_runner()
