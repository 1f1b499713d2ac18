"""What the tests say often: who asks, and how a browser asks first."""

from collections.abc import Mapping, Sequence
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import {{ cookiecutter.package_name }} as package
from {{ cookiecutter.package_name }} import api
from {{ cookiecutter.package_name }}.cors import ResourceMap
from {{ cookiecutter.package_name }}.cors import headers as names
from {{ cookiecutter.package_name }}.cors.row import Row, Variable
from {{ cookiecutter.package_name }}.environment import Environment

from . import specimens

TRUSTED = "https://app.example.com"
PREVIEW = "https://pr-7.preview.example.com"
EVIL = "https://evil.example"

ENVIRON = {"CORS_ORIGINS": f"{TRUSTED},https://*.preview.example.com"}

SPECIMENS = "/api/v1/specimens"

#: A row as every policy has it.
LISTED = Row("/api/*", origins=Variable("CORS_ORIGINS"))


def app_with(*rows: Row, environ: Mapping[str, str] = ENVIRON, **settings: Any) -> Flask:
    """Build an application with a table of its own."""
    env = Environment(environ)
    cors = ResourceMap.from_env(env, supports_credentials=False, table=rows or (LISTED,))
    env.check()
    return _build(package.Settings(cors=cors, **settings))


def client_of(environ: Mapping[str, str], table: Sequence[Row] | Row = LISTED) -> FlaskClient:
    """Build an application as this environment wants it, and a client of it."""
    return _build(package.Settings.from_env(environ, table)).test_client()


def problems_of(environ: Mapping[str, str], table: Sequence[Row] | Row = LISTED) -> tuple[str, ...]:
    """Return why this environment is refused."""
    with pytest.raises(package.ConfigurationError) as error:
        package.Settings.from_env(environ, table)
    return error.value.problems


def _build(settings: package.Settings) -> Flask:
    """Build an application whose routes are the tests' own: the project's are for you to change."""
    with patch.object(api, "init_app", specimens.init_app):
        return package.create_app(settings)


def preflight(
    client: FlaskClient, path: str = SPECIMENS, *, origin: str = TRUSTED, method: str = "PUT"
) -> TestResponse:
    """Ask as a browser asks before a request with this method."""
    return client.options(path, headers={names.ORIGIN: origin, names.REQUEST_METHOD: method})


def cors_headers(response: TestResponse) -> dict[str, str]:
    """Return the CORS headers of a response, and fail if one of them is there twice."""
    found = [(k, v) for k, v in response.headers if k.lower().startswith(names.ANSWER_PREFIX)]
    assert len(found) == len(dict(found)), found
    return dict(found)
