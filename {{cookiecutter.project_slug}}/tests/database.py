"""Where the tests keep data: a file of SQLite, or a schema of its own in TEST_DATABASE_URL."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.schema import CreateSchema, DropSchema

from {{ cookiecutter.package_name }}.database import (
    Model,
    parse_url,
)


@contextmanager
def new_database(folder: Path) -> Iterator[str]:
    """Make a database without tables, and yield its URL."""
    server = os.environ.get("TEST_DATABASE_URL")
    if server is None:
        yield f"sqlite:///{folder / 'test.sqlite'}"
        return
    engine = create_engine(parse_url(text=server))
    schema = f"test_{uuid4().hex}"
    with engine.begin() as connection:
        connection.execute(CreateSchema(schema))
    yield f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.execute(DropSchema(schema, cascade=True))
    engine.dispose()


def migrate(app: Flask) -> None:
    """Make the tables."""
    with app.app_context():
        app.extensions["alembic"].upgrade()
        app.extensions["engine"].dispose()


def empty(app: Flask) -> None:
    """Delete every row, if the application has used the database, and close the connections."""
    engine = app.extensions["engine"]
    if engine.pool.checkedin():
        with engine.begin() as connection:
            for table in reversed(Model.metadata.sorted_tables):
                connection.execute(table.delete())
        engine.dispose()
