"""A PostgreSQL server for the time of a test, on a free port of this machine."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from conftest import IN_CI


def binaries() -> Path | None:
    """Return the folder of `pg_ctl` and `initdb`; Debian keeps them out of PATH."""
    found = shutil.which("pg_ctl")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


class Postgres:
    """A server with the database `postgres`, which the user of that name opens unasked."""

    def __init__(self, folder: Path) -> None:
        found = binaries()
        assert found
        self._bin, self._folder = found, folder
        self._user = "postgres" if os.geteuid() == 0 else None  # the server refuses to be root
        if self._user:
            shutil.chown(folder, self._user)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"
        self._run("initdb", "--auth=trust", "--username=postgres", "--no-sync", "--pgdata=data")

    def start(self) -> None:
        """Start the server, and return once it accepts connections."""
        options = f"-h 127.0.0.1 -p {self._port} -k {self._folder} -c fsync=off"
        self._run("pg_ctl", "start", "--wait", "-D", "data", "-l", "log", "-o", options)

    def stop(self) -> None:
        """Stop the server, whoever is connected."""
        self._run("pg_ctl", "stop", "--wait", "-D", "data", "-m", "fast")

    def signal(self, number: int) -> None:
        """Send a signal to the server and to the processes of its connections."""
        main = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        for task in Path(f"/proc/{main}/task").iterdir():
            for child in (task / "children").read_text().split():
                os.kill(int(child), number)
        os.kill(main, number)

    def new_database(self) -> str:
        """Create an empty database, and return its URL."""
        name = f"test_{uuid4().hex}"
        self._ask(f"CREATE DATABASE {name}")
        return self.url.removesuffix("postgres") + name

    def schemas(self) -> list[str]:
        """Return the schemas of the database `postgres` that are not the server's own."""
        found = self._ask("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_)'")
        return [name for (name,) in found]

    def _ask(self, statement: str) -> list[Any]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [self._bin / name, *arguments],
            cwd=self._folder,
            user=self._user,
            stdout=subprocess.DEVNULL,
            check=True,
        )


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a server until the block ends; where there is none, skip the test."""
    if not binaries():
        if IN_CI:
            raise FileNotFoundError("PostgreSQL: no initdb was found")
        pytest.skip("No PostgreSQL was found")
    # Not below pytest's folder, which the user of the server may not enter.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    server = Postgres(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
