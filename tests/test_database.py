"""A project with a database: many writers, crashes, a server that goes away, migrations."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from conftest import Bake, Project
from http_server import Response, Server, environ_of
from postgres import Postgres, postgres

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signals")

ITEMS = "/api/v1/items"
PROBLEM = "application/problem+json"
WRITERS = 8
INCREMENTS = 10  # of each writer


@pytest.fixture(scope="module")
def project(bake: Bake) -> Project:
    return bake(database="sqlalchemy")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, project: Project, tmp_path: Path) -> str:
    """Return the URL of a database that has its tables."""
    postgres_url = (
        request.param == "postgresql" and request.getfixturevalue("server").new_database()
    )
    url: str = postgres_url or f"sqlite:///{tmp_path / 'database.sqlite'}"
    migrate(project, url)
    return url


def flask(project: Project, url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return project.python("-m", "flask", *arguments, DATABASE_URL=url, CORS_ORIGINS="none")


def migrate(project: Project, url: str) -> None:
    done = flask(project, url, "db", "upgrade")
    assert done.returncode == 0, done.stderr


class Api(Server):
    """A project's production server with this database, in a group of processes of its own."""

    def __init__(self, project: Project, url: str, log: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        super().__init__(port, log)
        command = ["granian", "--interface=wsgi", f"--port={port}", "--blocking-threads=8"]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command, "wsgi:app"],
                cwd=project.path,
                env=environ_of(project, DATABASE_URL=url, CORS_ORIGINS="none"),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.wait_for("/healthz", 200)

    def wait_for(self, path: str, status: int) -> Response:
        """Ask until this is the status."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with suppress(OSError):
                response = self.ask("GET", path)
                if response.status == status:
                    return response
            assert self._process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise TimeoutError(self.log.read_text())

    def send(
        self, method: str, path: str, body: object, headers: Mapping[str, str] | None = None
    ) -> Response:
        headers = {"Content-Type": "application/json", **(headers or {})}
        return self.ask(method, path, headers, json.dumps(body).encode())

    def add(self, path: str) -> int:
        """Read an item whose name is a number, write the next number, and return the status."""
        read = self.ask("GET", path)
        if read.status != 200:
            return read.status
        following = {"name": str(int(read.json["name"]) + 1)}
        return self.send("PATCH", path, following, {"If-Match": read["ETag"]}).status

    def number(self, path: str) -> int:
        return int(self.ask("GET", path).json["name"])

    def stop(self, number: int) -> None:
        os.killpg(self._process.pid, number)
        self._process.wait(30)


@contextmanager
def running(project: Project, url: str, log: Path) -> Iterator[Api]:
    api = Api(project, url, log)
    try:
        yield api
    finally:
        api.stop(signal.SIGTERM)


def new_item(api: Api) -> str:
    return api.send("POST", ITEMS, {"name": "0"})["Location"]


def test_its_tests_pass_on_postgresql(project: Project, server: Postgres) -> None:
    arguments = ["-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    done = project.python(*arguments, TEST_DATABASE_URL=server.url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert server.schemas() == ["public"]


def test_many_writers_lose_no_update(project: Project, url: str, tmp_path: Path) -> None:
    statuses: Counter[int] = Counter()

    def write(api: Api, path: str) -> None:
        added = 0
        while added < INCREMENTS:
            status = api.add(path)
            statuses[status] += 1
            added += status == 200

    with running(project, url, tmp_path / "log") as api:
        path = new_item(api)
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(lambda _: write(api, path), range(WRITERS)))
        assert api.number(path) == WRITERS * INCREMENTS
    assert statuses[200] == WRITERS * INCREMENTS
    assert set(statuses) == {200, 412}


def test_a_killed_server_loses_no_acknowledged_write(
    project: Project, url: str, tmp_path: Path
) -> None:
    api = Api(project, url, tmp_path / "log")
    path = new_item(api)
    with ThreadPoolExecutor(WRITERS) as pool:
        for _ in range(8):
            before = api.number(path)
            writers = [pool.submit(acknowledged, api, path) for _ in range(WRITERS)]
            time.sleep(0.5)
            api.stop(signal.SIGKILL)
            written = sum(writer.result() for writer in writers)
            assert written > 0
            api = Api(project, url, tmp_path / "log")
            kept = api.number(path) - before
            # The server may be killed between a commit and its response.
            assert written <= kept <= written + WRITERS
    api.stop(signal.SIGTERM)


def acknowledged(api: Api, path: str) -> int:
    """Write until the server is gone, and return how many writes it confirmed."""
    count = 0
    while True:
        try:
            count += api.add(path) == 200
        except (OSError, HTTPException):
            return count


def test_a_database_that_goes_and_comes_back(
    project: Project, server: Postgres, tmp_path: Path
) -> None:
    url = server.new_database()
    migrate(project, url)
    with running(project, url, tmp_path / "log") as api:
        path = new_item(api)
        server.stop()
        for asked in ("/readyz", ITEMS, path):
            answer = api.ask("GET", asked, {"Origin": "https://app.example.com"})
            assert (answer.status, answer["Content-Type"]) == (503, PROBLEM)
        assert api.send("POST", ITEMS, {"name": "x"}).status == 503
        assert api.ask("GET", "/healthz").status == 200
        server.start()
        api.wait_for("/readyz", 200)
        assert api.add(path) == 200
        assert api.number(path) == 1


def test_a_database_that_hangs(project: Project, server: Postgres, tmp_path: Path) -> None:
    url = server.new_database()
    migrate(project, url)
    with running(project, url, tmp_path / "log") as api:
        server.signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            with ThreadPoolExecutor(20) as pool:  # more probes than the server has threads
                answers = list(pool.map(lambda _: api.ask("GET", "/readyz"), range(20)))
            assert {answer.status for answer in answers} == {503}
            assert api.ask("GET", "/healthz").status == 200
            assert time.monotonic() - began < 20
        finally:
            server.signal(signal.SIGCONT)
        api.wait_for("/readyz", 200)


MODEL = '''"""Books."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from .database import Model


class Book(Model):
    """A book about an item."""

    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100), index=True, unique=True)
    read_at: Mapped[datetime | None]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
'''


@pytest.fixture
def with_books(project: Project, tmp_path: Path) -> Project:
    """Return a project with one more table."""
    copy = project.copy(tmp_path)
    copy.write(f"src/{copy.package}/books.py", MODEL)
    module = f"src/{copy.package}/api/__init__.py"
    imported = "from .. import books as books\nfrom . import v1"
    copy.write(module, copy.read(module).replace("from . import v1", imported))
    return copy


def test_a_new_migration(with_books: Project, url: str) -> None:
    assert flask(with_books, url, "db", "check").returncode == 1
    for arguments in (
        ["revision", "add books"],
        ["upgrade"],
        ["check"],
        ["downgrade"],
        ["upgrade"],
    ):
        done = flask(with_books, url, "db", *arguments)
        assert done.returncode == 0, done.stderr


def test_a_new_migration_passes_the_checks(
    with_books: Project, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    url = f"sqlite:///{tmp_path / 'database.sqlite'}"
    migrate(with_books, url)
    assert flask(with_books, url, "db", "revision", "add books").returncode == 0
    (written,) = (with_books.own / "migrations").glob("*_add_books.py")
    assert "sa.DateTime(timezone=True)" in written.read_text()
    cache = tmp_path_factory.getbasetemp() / "mypy"
    for tool in ("ruff check", "ruff format --check", f"mypy --cache-dir={cache}"):
        done = with_books.python("-m", *tool.split())
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("mysql://db/api", "'mysql://db/api' is neither a file of SQLite nor PostgreSQL "),
        ("postgres://ada:secret@db:x/api", "'postgres://***@db:x/api' is neither a file "),
        ("sqlite://", "'sqlite://' is neither a file of SQLite nor PostgreSQL "),
    ],
)
def test_a_wrong_url_stops_the_start(url: str, line: str, project: Project) -> None:
    done = flask(project, url, "routes")
    assert done.returncode == 4
    assert done.stderr.splitlines()[0].startswith(f"DATABASE_URL: {line}")
    assert "Traceback" not in done.stderr


def test_without_a_database_nothing_of_it_is_there(bake: Bake) -> None:
    own = {
        name: content
        for name, content in bake(deploy="kubernetes").files().items()
        if not name.startswith("src/flask_cors_policy/")
    }
    words = re.compile(
        rb"sqlalchemy|alembic|database_url|psycopg|postgres|sqlite|migrat", re.IGNORECASE
    )
    assert [name for name, content in own.items() if words.search(content)] == []
