"""A generated project served by Granian, in processes that a test can stop or kill."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

from conftest import Project
from http_server import Response, Server, environ_of


class Api(Server):
    """The production server of a project, in a group of processes of its own."""

    def __init__(
        self,
        project: Project,
        log: Path,
        environ: Mapping[str, str],
        authority: Path | None = None,
    ) -> None:
        """Start it; with an authority, the environment has to name the certificate."""
        self._authority = authority
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        super().__init__(port, log)
        command = ["granian", "--interface=wsgi", f"--port={port}", "--blocking-threads=8"]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command, "wsgi:app"],
                cwd=project.path,
                env=environ_of(project, **environ),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.wait_for("/healthz", 200)

    def connection(self) -> HTTPConnection:
        if self._authority:
            context = ssl.create_default_context(cafile=self._authority)
            return HTTPSConnection("127.0.0.1", self.port, timeout=20, context=context)
        return super().connection()

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

    def stop(self, number: int) -> None:
        os.killpg(self._process.pid, number)
        self._process.wait(30)


@contextmanager
def running(
    project: Project, log: Path, environ: Mapping[str, str], authority: Path | None = None
) -> Iterator[Api]:
    """Run the server until the block ends."""
    api = Api(project, log, environ, authority)
    try:
        yield api
    finally:
        api.stop(signal.SIGTERM)


def flask(project: Project, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the project to its end."""
    return project.python("-m", "flask", *arguments, FLASK_SKIP_DOTENV="1", **environ)


def run_flask(project: Project, *arguments: str, **environ: str) -> None:
    """Run a command of the project that must work."""
    done = flask(project, *arguments, **environ)
    assert done.returncode == 0, done.stdout + done.stderr
