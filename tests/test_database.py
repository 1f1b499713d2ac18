"""A project with a database: many writers, crashes, a server that goes away, migrations."""

import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

import pytest

from api_server import Api, flask, run_flask, running
from conftest import IN_CI, Bake, Project
from postgres import Postgres, postgres

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signals")

ITEMS = "/api/v1/items"
PROBLEM = "application/problem+json"
WRITERS = 8
INCREMENTS = 10  # of each writer
KILLS = 8 if IN_CI else 3


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


def settings(url: str) -> dict[str, str]:
    return {"DATABASE_URL": url, "CORS_ORIGINS": "none"}


def migrate(project: Project, url: str) -> None:
    run_flask(project, "db", "upgrade", **settings(url))


def new_item(api: Api) -> str:
    """Create an item whose name is a number, and return its path."""
    return api.send("POST", ITEMS, {"name": "0"})["Location"]


def add(api: Api, path: str) -> int:
    """Write the number that follows an item's name, and return the status."""
    read = api.ask("GET", path)
    if read.status != 200:
        return read.status
    following = {"name": str(int(read.json["name"]) + 1)}
    return api.send("PATCH", path, following, {"If-Match": read["ETag"]}).status


def number(api: Api, path: str) -> int:
    return int(api.ask("GET", path).json["name"])


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
            status = add(api, path)
            statuses[status] += 1
            added += status == 200

    with running(project, tmp_path / "log", settings(url)) as api:
        path = new_item(api)
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(lambda _: write(api, path), range(WRITERS)))
        assert number(api, path) == WRITERS * INCREMENTS
    assert statuses[200] == WRITERS * INCREMENTS
    assert set(statuses) == {200, 412}


def test_a_killed_server_loses_no_acknowledged_write(
    project: Project, url: str, tmp_path: Path
) -> None:
    api = Api(project, tmp_path / "log", settings(url))
    path = new_item(api)
    total = 0
    with ThreadPoolExecutor(WRITERS) as pool:
        for _ in range(KILLS):
            before = number(api, path)
            writers = [pool.submit(acknowledged, api, path) for _ in range(WRITERS)]
            time.sleep(0.5)
            api.stop(signal.SIGKILL)
            written = sum(writer.result() for writer in writers)
            total += written
            api = Api(project, tmp_path / "log", settings(url))
            kept = number(api, path) - before
            # The server may be killed between a commit and its response.
            assert written <= kept <= written + WRITERS
    api.stop(signal.SIGTERM)
    assert total > 0


def acknowledged(api: Api, path: str) -> int:
    """Write until the server is gone, and return how many writes it confirmed."""
    count = 0
    while True:
        try:
            count += add(api, path) == 200
        except (OSError, HTTPException):
            return count


def test_a_database_that_goes_and_comes_back(
    project: Project, server: Postgres, tmp_path: Path
) -> None:
    url = server.new_database()
    migrate(project, url)
    with running(project, tmp_path / "log", settings(url)) as api:
        path = new_item(api)
        server.stop()
        for asked in ("/readyz", ITEMS, path):
            answer = api.ask("GET", asked, {"Origin": "https://app.example.com"})
            assert (answer.status, answer["Content-Type"]) == (503, PROBLEM)
        assert api.send("POST", ITEMS, {"name": "x"}).status == 503
        assert api.ask("GET", "/healthz").status == 200
        server.start()
        api.wait_for("/readyz", 200)
        assert add(api, path) == 200
        assert number(api, path) == 1


def test_a_database_that_hangs(project: Project, server: Postgres, tmp_path: Path) -> None:
    url = server.new_database()
    migrate(project, url)
    with running(project, tmp_path / "log", settings(url)) as api:
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


# Runs the commands behind it one after the other, and prints the exit status of each.
COMMANDS = """
import sys
from wsgi import app

for command in sys.argv[1:]:
    with app.app_context():
        print(app.test_cli_runner().invoke(args=["db", *command.split()]).exit_code)
"""


def test_a_new_migration(with_books: Project, url: str) -> None:
    commands = ("check", "revision add_books", "upgrade", "check", "downgrade", "check", "upgrade")
    done = with_books.python("-c", COMMANDS, *commands, **settings(url))
    assert done.stdout.split() == ["1", "0", "0", "0", "0", "1", "0"], done.stderr


def test_a_new_migration_passes_the_checks(
    with_books: Project, tmp_path: Path, mypy_cache: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'database.sqlite'}"
    migrate(with_books, url)
    assert flask(with_books, "db", "revision", "add books", **settings(url)).returncode == 0
    (written,) = (with_books.own / "migrations").glob("*_add_books.py")
    assert "sa.DateTime(timezone=True)" in written.read_text()
    for tool in ("ruff check", "ruff format --check", f"mypy --cache-dir={mypy_cache}"):
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
    done = flask(project, "routes", **settings(url))
    assert done.returncode == 4
    assert done.stderr.splitlines()[0].startswith(f"DATABASE_URL: {line}")
    assert "Traceback" not in done.stderr


def test_without_a_database_nothing_of_it_is_there(bake: Bake) -> None:
    own = {
        name: content
        for name, content in bake(deploy="kubernetes").files().items()
        if not name.startswith("src/flask_cors_policy/")
    }
    traces = re.compile(
        rb"sqlalchemy|alembic|database_url|psycopg|postgres|sqlite|migrat", re.IGNORECASE
    )
    assert [name for name, content in own.items() if traces.search(content)] == []
