from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_cors_policy import ConfigurationError
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from {{ cookiecutter.package_name }}.database import parse_url


def test_migrations_make_the_tables_of_the_models(app: Flask) -> None:
    with app.app_context():
        assert app.extensions["alembic"].compare_metadata() == [], "run flask db revision"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("sqlite:////srv/api.sqlite", "sqlite:////srv/api.sqlite"),
        ("postgres://ada@db/api", "postgresql+psycopg://ada@db/api"),
        ("postgresql://ada@db/api", "postgresql+psycopg://ada@db/api"),
        ("postgresql+psycopg://ada@db/api", "postgresql+psycopg://ada@db/api"),
    ],
)
def test_url(text: str, url: str) -> None:
    assert str(parse_url(text=text)) == url


def test_url_starts_at_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_url(text="sqlite:///api.sqlite").database == str(tmp_path / "api.sqlite")


@pytest.mark.parametrize(
    "text",
    ["", "api.sqlite", "sqlite://", "sqlite:///:memory:", "mysql://db/api", "postgres://db:x/api"],
)
def test_url_of_another_database(text: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        parse_url(text=text)


def test_a_database_that_is_away(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> str:
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    monkeypatch.setitem(app.view_functions, "live", fail)
    response = client.get("/healthz")
    assert (response.status_code, response.mimetype) == (503, "application/problem+json")
    assert "Retry-After" in response.headers


def test_not_ready(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/readyz").status_code == 200
    monkeypatch.setitem(app.extensions, "probe", create_engine("sqlite:////no/such/folder/file"))
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
