"""Fixtures that all tests share: an application that trusts two front ends below `/api`."""

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from hypothesis import settings

from helpers import app_with

settings.register_profile("flask-cors-policy", deadline=None)
settings.load_profile("flask-cors-policy")


@pytest.fixture
def app() -> Flask:
    """Build an application with one row, which reads CORS_ORIGINS."""
    return app_with()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Call it as a browser would."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Call its commands."""
    return app.test_cli_runner()
