"""What the tests say often: who asks, and how a browser asks first."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import {{ cookiecutter.package_name }} as package
from {{ cookiecutter.package_name }}.cors import ResourceMap
from {{ cookiecutter.package_name }}.cors import headers as names
from {{ cookiecutter.package_name }}.cors.row import Row, Variable
from {{ cookiecutter.package_name }}.environment import Environment

TRUSTED = "https://app.example.com"
PREVIEW = "https://pr-7.preview.example.com"
EVIL = "https://evil.example"

ENVIRON = {"CORS_ORIGINS": f"{TRUSTED},https://*.preview.example.com"}

GREETINGS = "/api/v1/greetings"

#: A row as every policy has it.
LISTED = Row("/api/*", origins=Variable("CORS_ORIGINS"))


def app_with(*rows: Row, environ: Mapping[str, str] = ENVIRON, **settings: Any) -> Flask:
    """Build the application with a table of its own instead of the project's."""
    env = Environment(environ)
    cors = ResourceMap.from_env(env, supports_credentials=False, table=rows or (LISTED,))
    env.check()
    return package.create_app(package.Settings(cors=cors, **settings))


def client_of(environ: Mapping[str, str]) -> FlaskClient:
    """Build the application as this environment wants it, and a client of it."""
    return package.create_app(package.Settings.from_env(environ)).test_client()


def problems_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return why this environment is refused."""
    with pytest.raises(package.ConfigurationError) as error:
        package.Settings.from_env(environ)
    return error.value.problems


def preflight(
    client: FlaskClient, path: str = GREETINGS, *, origin: str = TRUSTED, method: str = "PUT"
) -> TestResponse:
    """Ask as a browser asks before a request with this method."""
    return client.options(path, headers={names.ORIGIN: origin, names.REQUEST_METHOD: method})


def cors_headers(response: TestResponse) -> dict[str, str]:
    """Return the CORS headers of a response, and fail if one of them is there twice."""
    found = [(k, v) for k, v in response.headers if k.lower().startswith(names.ANSWER_PREFIX)]
    assert len(found) == len(dict(found)), found
    return dict(found)
