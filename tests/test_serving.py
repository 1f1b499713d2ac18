"""The production server of a project, as a process: what it logs, and how it stops."""

import json
import os
import random
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

from conftest import Bake, Project
from http_server import wait_until
from production import Running, linux, production, stop, wait_until_ready

pytestmark = linux

ENVIRON = {"CORS_ORIGINS": "https://app.example.com"}
GREETINGS = "/api/v1/greetings"
VIEWS = """

import time

from flask import Response, request


@app.route("/api/slow", methods=["GET", "POST"])
def slow() -> str:
    time.sleep(float(request.args.get("seconds", 0.05)))
    return "done"


@app.get("/api/stream")
def stream() -> Response:
    return Response(time.sleep(0.75) or "x" for _ in range(4))


@app.get("/api/crash")
def crash() -> str:
    raise RuntimeError("x" * 9000)


@app.get("/api/die")
def die() -> None:
    import os

    os._exit(3)


@app.post("/api/upload")
def upload() -> str:
    return str(len(request.files["image"].read()))


import logging

make = logging.getLogRecordFactory()


def traced(*arguments, **more):  # as OpenTelemetry's
    record = make(*arguments, **more)
    record.trace = "t-1"
    return record


logging.setLogRecordFactory(traced)
"""

# Bytes that have broken a log somewhere.
NASTY = [
    *(bytes([number]) for number in range(256)),
    b'", "status": 200, "x": "',
    b"\\u0000",
    b"%0a%0d%00",
    b"%e2%80%a8%e2%80%a9%c2%85",
    "\u2028\u202e\ud7ff\U0001f600".encode(),
    b"\xed\xa0\x80",
    b"\x1b[2J\x1b]0;x\x07",
    b"A" * 3000,
    b"${jndi:ldap://x}",
    b"{}%s%(path)s",
]


@pytest.fixture(scope="module")
def project(bake: Bake, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = bake().copy(tmp_path_factory.mktemp("serving"))
    project.write("wsgi.py", project.read("wsgi.py") + VIEWS)
    return project


@pytest.fixture(scope="module")
def server(project: Project) -> Iterator[Running]:
    with production(project, ENVIRON | {"WEB_CONCURRENCY": "2"}) as server:
        wait_until_ready(server)
        yield server


def send_raw(port: int, sent: bytes) -> bytes:
    """Send these bytes and return all that comes back until the server closes."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(sent)
        while part := connection.recv(65536):
            received += part
    return received


def records(server: Running) -> list[dict[str, Any]]:
    """Read the log; a line that is no JSON object, or that looks like two, fails."""
    text = server.log.read_bytes().decode("ascii")
    assert text.replace("\n", "").isprintable()
    complete, _, _ = text.rpartition("\n")
    return [json.loads(line) for line in complete.splitlines()]


def requests(server: Running) -> list[dict[str, Any]]:
    return [record for record in records(server) if "status" in record]


def lines_of(server: Running, request_id: str) -> list[dict[str, Any]]:
    """Return all lines of one request, once the last is there: it comes after the answer."""

    def lines() -> list[dict[str, Any]]:
        return [line for line in records(server) if line.get("request_id") == request_id]

    wait_until(lambda: any("status" in line for line in lines()))
    return lines()


def test_a_thousand_hostile_requests_are_a_line_each(server: Running) -> None:
    chance = random.Random(4)  # noqa: S311 - the same in every run
    before, reached = len(requests(server)), 0
    for number in range(1000):
        nasty = [b"".join(chance.choices(NASTY, k=chance.randint(1, 4))) for _ in range(4)]
        # In one place after the other, so that a request which the server refuses costs no other.
        path, name, value, forwarded = (
            text if place == number % 5 or number % 5 == 4 else b"plain"
            for place, text in enumerate(nasty)
        )
        answer = send_raw(
            server.port,
            b"GET /api/%b HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            b"X-Request-ID: %b\r\nOrigin: %b\r\nX-Forwarded-For: %b\r\n\r\n"
            % (path, name, value, forwarded),
        )
        reached += answer.lower().count(b"\r\nx-request-id: ")
    assert reached > 300  # the others are no HTTP
    wait_until(lambda: len(requests(server)) - before >= reached)
    logged = requests(server)[before:]
    assert len(logged) == reached
    assert {record["remote"] for record in logged} == {"127.0.0.1"}
    assert max(map(len, server.lines())) < 4096


def test_the_line_of_a_request(server: Running) -> None:
    server.ask("GET", GREETINGS, {"X-Request-ID": "one-of-a-kind"})
    (line,) = lines_of(server, "one-of-a-kind")
    assert (line["method"], line["path"], line["status"]) == ("GET", GREETINGS, 200)
    assert (line["level"], line["remote"]) == ("INFO", "127.0.0.1")
    assert line["duration_ms"] > 0


def test_the_line_of_a_request_has_what_an_agent_adds_to_lines(server: Running) -> None:
    server.ask("GET", GREETINGS, {"X-Request-ID": "traced"})
    assert [line["trace"] for line in lines_of(server, "traced")] == ["t-1"]


def test_probes_that_succeed_are_no_line(server: Running) -> None:
    for path in ("/healthz", "/readyz"):
        assert server.ask("GET", path).status == 200
    server.ask("GET", GREETINGS, {"X-Request-ID": "after-the-probes"})
    lines_of(server, "after-the-probes")
    assert {"/healthz", "/readyz"} & {record["path"] for record in requests(server)} == set()


def test_a_refused_request_names_the_reason(server: Running) -> None:
    headers = {"X-Request-ID": "refused", "Origin": "https://evil.example"}
    server.ask("POST", GREETINGS, headers)
    lines = lines_of(server, "refused")
    assert lines[-1]["status"] == 403
    assert lines[-1]["cors_refusal"]


def test_a_crash_is_a_line_with_the_end_of_its_traceback(server: Running) -> None:
    server.ask("GET", "/api/crash", {"X-Request-ID": "crashed"})
    lines = lines_of(server, "crashed")
    (exception,) = [record["exception"] for record in lines if "exception" in record]
    assert exception.endswith("x" * 2000)
    assert len(exception) < 4096


def test_gunicorn_logs_requests_alike(project: Project) -> None:
    options = ["--threads", "4", "--bind", "127.0.0.1:{port}", "--reuse-port"]
    command = ["python", "-m", "gunicorn", "--no-control-socket", *options, "wsgi:app"]
    with production(project, ENVIRON, command=command) as server:
        wait_until_ready(server)
        server.ask("GET", GREETINGS, {"X-Request-ID": "mine"})
    (line,) = [line for line in server.lines() if '"request_id"' in line]
    assert json.loads(line)["path"] == GREETINGS


def waiting(port: int) -> int:
    """Count the connections and the bytes that a server has not taken from the kernel yet."""
    _, *lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()
    sockets = [line.split() for line in lines]
    queues = [queue for _, local, _, _, queue, *_ in sockets if local.endswith(f":{port:04X}")]
    return sum(int(queue.partition(":")[2], 16) for queue in queues)


def send(server: Running, asked: Iterable[tuple[str, str]]) -> list[HTTPConnection]:
    """Send requests, each on a connection of its own, and return once the server has all."""
    connections = []
    for method, path in asked:
        connections.append(connection := server.connection())
        connection.request(method, path, headers={"Connection": "close"})
    wait_until(lambda: not waiting(server.port))
    return connections


def answer(connection: HTTPConnection) -> str:
    """Return the status and the body of a response, or what went wrong."""
    try:
        response = connection.getresponse()
        return f"{response.status} {response.read().decode()}"
    except (OSError, HTTPException) as error:
        return repr(error)
    finally:
        connection.close()


def test_sigterm_loses_no_request_that_has_come_in(project: Project) -> None:
    with production(project, ENVIRON | {"WEB_CONCURRENCY": "2"}) as server:
        wait_until_ready(server)
        connections = send(server, [("GET", "/api/slow"), ("POST", "/api/slow")] * 100)
        assert stop(server.process) == 0
    assert Counter(map(answer, connections)) == {"200 done": 200}


def test_sigterm_waits_for_what_takes_long(project: Project) -> None:
    """The server has three threads for eight requests: five wait for one when the signal comes."""
    paths = ["/api/slow?seconds=3", "/api/stream", *["/api/slow?seconds=0.5"] * 6]
    with production(project, ENVIRON | {"GRANIAN_BLOCKING_THREADS": "3"}) as server:
        wait_until_ready(server)
        connections = send(server, [("GET", path) for path in paths])
        assert stop(server.process) == 0
    assert [answer(one) for one in connections] == ["200 done", "200 xxxx", *["200 done"] * 6]


def test_a_worker_that_dies_is_replaced(project: Project) -> None:
    with production(project, ENVIRON | {"WEB_CONCURRENCY": "1"}) as server:
        wait_until_ready(server)
        request = b"GET /api/die HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        assert send_raw(server.port, request) == b""

        def is_ready() -> bool:
            with suppress(OSError, HTTPException):  # the old socket may still be open
                return server.ask("GET", "/readyz").status == 200
            return False

        wait_until(is_ready)


def test_lines_stay_whole_where_two_processes_write(project: Project) -> None:
    with production(project, ENVIRON | {"WEB_CONCURRENCY": "2"}) as server:
        wait_until_ready(server)
        with ThreadPoolExecutor(16) as pool:
            paths = ["/api/crash", GREETINGS] * 200
            list(pool.map(lambda path: server.ask("GET", path), paths))
    assert len([record for record in records(server) if "exception" in record]) == 200


def test_a_full_disk_stops_nothing(project: Project) -> None:
    full = Path("/dev/full").open("wb")  # noqa: SIM115 - closed in the next line
    with full, production(project, ENVIRON, output=full) as server:
        wait_until_ready(server)
        for path in (GREETINGS, "/api/none", GREETINGS):
            assert server.ask("GET", path).status in (200, 404)
        assert stop(server.process) == 0


def test_a_read_only_root_and_no_home_stop_nothing(project: Project, tmp_path: Path) -> None:
    """But for a folder of temporary files, where Werkzeug keeps uploads of more than 500 kB."""
    apart = ("unshare", "--mount", *(() if os.geteuid() == 0 else ("--map-root-user",)))
    read_only = "mount --bind / / && mount -o remount,bind,ro / && ! touch /tmp/x 2>/dev/null"
    read_only += f" && mount -t tmpfs none {tmp_path}"
    probe = [*apart, "sh", "-c", read_only]
    unshared = (
        shutil.which("unshare")
        and not subprocess.run(probe, check=False, capture_output=True).returncode
    )
    if not unshared:
        pytest.skip("a read-only root cannot be made here")
    granian = 'exec granian --port "$PORT" --workers "$WEB_CONCURRENCY" wsgi:app'
    command = (*apart, "sh", "-c", f"{read_only} && {granian}")
    nowhere = dict.fromkeys(("HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"), "/nowhere")
    environ = ENVIRON | nowhere | {"TMPDIR": str(tmp_path)}
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    start = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    with production(project, environ, command=command) as server:
        wait_until_ready(server)
        assert server.ask("GET", GREETINGS).status == 200
        body = start + b"x" * 600_000 + b"\r\n--x--\r\n"
        assert server.ask("POST", "/api/upload", form, body).body == b"600000"
        assert stop(server.process) == 0


@pytest.mark.parametrize(
    ("more", "text", "status"),
    [
        ("raise RuntimeError('no')", "RuntimeError: no", 1),
        (
            "import flask_cors\napp.get('/api/x')(flask_cors.cross_origin()(lambda: 'x'))",
            "cross_origin on ",
            None,
        ),
    ],
    ids=["an exception", "a late view of Flask-CORS's"],
)
def test_mistakes_in_wsgi(
    more: str, text: str, status: int | None, bake: Bake, tmp_path: Path
) -> None:
    """A crash stops the start; a wrong view that comes after it is logged and trusts nobody."""
    project = bake().copy(tmp_path)
    project.write("wsgi.py", f"{project.read('wsgi.py')}\n\n{more}\n")
    with production(project, ENVIRON) as server:
        if status is None:
            wait_until_ready(server)
            response = server.ask("GET", "/api/x", {"Origin": "https://app.example.com"})
            assert response.cors == {}
        else:
            assert server.process.wait(timeout=60) == status
    assert text in server.log.read_text(encoding="utf-8")
