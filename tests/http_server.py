"""A generated project, really served: started by its own command, asked over raw HTTP."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any

from conftest import Project

OWNER_APP = Path(__file__).with_name("owner_app.py")
ORIGIN = "Origin"
ASKED_METHOD = "Access-Control-Request-Method"
ASKED_HEADERS = "Access-Control-Request-Headers"

# Never twice in one response.
SINGLE = re.compile(r"access-control-.*|x-request-id|content-type|location", re.IGNORECASE)

# Variables that a developer may have set for a project of their own, and what `make` passes on.
OWN = (
    "ARGS",
    "CORS_",
    "DATABASE_",
    "FLASK_",
    "GRANIAN_",
    "LOG_",
    "MAKE",
    "MAX_",
    "OIDC_",
    "PORT",
    "PROXY_",
    "RATELIMIT_",
    "SECRET_",
    "TRUSTED_",
    "WEB_",
)

_numbers = count()


@dataclass(frozen=True)
class Response:
    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def cors(self) -> dict[str, str]:
        """The CORS headers, by lower-case name."""
        named = {name.lower(): value for name, value in self.headers}
        return {name: named[name] for name in named if name.startswith("access-control-")}

    @property
    def vary(self) -> list[str]:
        lines = [value for name, value in self.headers if name.lower() == "vary"]
        return sorted(name.strip() for line in lines for name in line.split(","))

    @property
    def varies(self) -> bool:
        return "Origin" in self.vary

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    port: int
    log: Path

    def connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=60)

    def target(self, path: str) -> str:
        return path

    def lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        """Send one request with these headers and Host alone; check the rules for all responses."""
        connection = self.connection()
        try:
            headers = {"Host": f"127.0.0.1:{self.port}"} | dict(headers or {})
            target = self.target(path)
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            if body is not None and not {"Content-Length", "Transfer-Encoding"} & set(headers):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            response = Response(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()
        names = Counter(name.lower() for name, _ in response.headers if SINGLE.fullmatch(name))
        assert set(names.values()) <= {1}, response.headers
        assert "access-control-allow-private-network" not in names
        assert len(response.vary) == len({name.lower() for name in response.vary})
        return response

    def preflight(
        self, path: str, method: str, headers: Mapping[str, str] | None = None
    ) -> Response:
        return self.ask("OPTIONS", path, {ASKED_METHOD: method, **(headers or {})})


def wait_until(condition: Callable[[], bool]) -> None:
    """Ask for a condition until it holds, at most for a minute: the machine may be busy."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, condition
        time.sleep(0.02)


def environ_of(project: Project, **environ: str) -> dict[str, str]:
    """Return an environment without what this process, or the developer, has set for another."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(OWN)}
    own = {
        "PYTHONPATH": str(project.src),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "FLASK_RUN_PORT": "0",
        "OWNER_PACKAGE": project.package,
    }
    return {**inherited, **own, **environ}


def new_log(project: Project) -> Path:
    """Return a file beside the project, which stays as it is."""
    return project.path.parent / f"server-{next(_numbers)}.log"


@contextmanager
def serve(project: Project, *options: str, **environ: str) -> Iterator[Server]:
    """Run `flask run` on a free port until the block ends."""
    log = new_log(project)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "run", *options],
            cwd=project.path,
            env=environ_of(project, **environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(_port(process, log), log)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    """Return the port that the server says it listens on."""
    for _ in range(1200):
        text = log.read_text(encoding="utf-8")
        if found := re.search(r"Running on http://127\.0\.0\.1:(\d+)", text):
            return int(found[1])
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"The server did not start:\n{text}")


@dataclass(frozen=True)
class Refusal:
    status: int
    output: str


def start_and_fail(project: Project, command: Sequence[str], **environ: str) -> Refusal:
    """Run a server that must not start; one that does is stopped, and is an error."""
    process = subprocess.Popen(
        command,
        cwd=project.path,
        # gunicorn would leave a control socket in the home folder.
        env=environ_of(project, HOME=str(project.path.parent), **environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,  # so that a server that does start is stopped with its workers
    )
    try:
        output, _ = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        output, _ = process.communicate()
        raise AssertionError(f"It started, or started again and again:\n{output}") from None
    return Refusal(process.returncode, output)
