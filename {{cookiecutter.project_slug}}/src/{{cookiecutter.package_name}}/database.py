"""The database: SQLite in a file, or PostgreSQL where DATABASE_URL says so."""

import logging
from contextlib import suppress
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import Flask, Response, current_app, g
from flask_alembic import Alembic
from flask_cors_policy import ConfigurationError, Problem
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import PreconditionFailed, ServiceUnavailable
from werkzeug.local import LocalProxy

DEFAULT = "sqlite:///database.sqlite"  # in the folder where the application starts

NAMES = {  # of constraints, so that migrations can change them
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

logger = logging.getLogger(__name__)


class Model(DeclarativeBase):
    """The base of every table."""

    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar = {datetime: sa.DateTime(timezone=True)}


def open_session() -> Session:
    """Return the session of this request or command; the first call opens it."""
    if "db" not in g:
        g.db = Session(current_app.extensions["engine"])
    session: Session = g.db
    return session


db: Session = LocalProxy(open_session)  # type: ignore[assignment]


def init_app(app: Flask, url: sa.URL) -> None:
    """Connect to the database. A request is one transaction, which its success commits."""
    sqlite = url.get_backend_name() == "sqlite"
    limits = {} if sqlite else {"connect_timeout": 2, "tcp_user_timeout": 10_000}  # s, ms
    engine = sa.create_engine(url, connect_args=limits, pool_pre_ping=True)
    if sqlite:
        sa.event.listen(engine, "connect", _set_up_sqlite)
    app.extensions["engine"] = engine
    app.extensions["probe"] = sa.create_engine(url, connect_args=limits, poolclass=sa.NullPool)
    app.config["ALEMBIC"] = {"script_location": "migrations"}
    Alembic(app, metadatas=Model.metadata, engines=engine, run_mkdir=False)  # flask db
    app.after_request(commit)
    app.teardown_appcontext(_close)
    for error in (StaleDataError, sa.exc.OperationalError, sa.exc.TimeoutError):
        app.register_error_handler(error, report)


def parse_url(name: str = "DATABASE_URL", text: str = DEFAULT) -> sa.URL:
    """Parse the URL of a database; a relative path of SQLite starts at the current folder."""
    with suppress(sa.exc.ArgumentError, ValueError):
        url = sa.make_url(text)
        if url.drivername == "sqlite" and url.database and url.database != ":memory:":
            return url.set(database=str(Path(url.database).absolute()))
        postgres = url.drivername in ("postgres", "postgresql", "postgresql+psycopg")
        if postgres and find_spec("psycopg"):
            return url.set(drivername="postgresql+psycopg")
    reason = "is neither a file of SQLite nor PostgreSQL with psycopg installed"
    fix = f"write {DEFAULT} or postgresql://user:password@host/database"
    raise ConfigurationError([Problem(name, text, reason, fix)])


def check() -> None:
    """Answer 503 unless the database accepts a new connection: those of the pool may be in use."""
    try:
        with current_app.extensions["probe"].connect() as connection:
            connection.execute(sa.select(1))
    except sa.exc.SQLAlchemyError as error:
        logger.warning("The database does not answer: %s", error)
        raise ServiceUnavailable("The database does not answer.") from None


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")  # readers do not wait for the writer


def commit(response: Response) -> Response:
    """Commit the transaction of a request that succeeds."""
    if response.status_code < 400 and "db" in g:
        try:
            db.commit()
        except sa.exc.SQLAlchemyError as error:
            return current_app.make_response(current_app.handle_user_exception(error))
    return response


def _close(_error: BaseException | None) -> None:
    if "db" in g:
        db.close()  # rolls back what was not committed


def report(error: Exception) -> Any:
    """Answer 412 where another request came first, and 503 where the database is away."""
    if isinstance(error, StaleDataError):
        problem = PreconditionFailed("Another request has changed it meanwhile; read it again.")
        return current_app.handle_http_exception(problem)
    logger.error("The database is not available", exc_info=error)
    unavailable = ServiceUnavailable("The database is not available; try again.", retry_after=5)
    return current_app.handle_http_exception(unavailable)
