"""The production server of a project, as a process: what it logs, and how it goes."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from conftest import Bake, Project
from production import Running, linux, production, stop, wait_until_ready

pytestmark = linux

ENVIRON = {"CORS_ORIGINS": "https://app.example.com"}
GREETINGS = "/api/v1/greetings"
SLOW = """

import time

from flask import Response, request


@app.route("/api/slow", methods=["GET", "POST"])
def slow() -> str:
    time.sleep(float(request.args.get("seconds", 0.05)))
    return "done"


@app.get("/api/stream")
def stream() -> Response:
    return Response(time.sleep(1) or "x" for _ in range(4))


@app.get("/api/crash")
def crash() -> str:
    raise RuntimeError("x" * 9000)
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
def project(bake: Bake) -> Project:
    return bake()


@pytest.fixture(scope="module")
def slow(bake: Bake) -> Project:
    project = bake()
    with (project.path / "wsgi.py").open("a", encoding="utf-8") as wsgi:
        wsgi.write(SLOW)
    return project


@pytest.fixture(scope="module")
def server(project: Project) -> Iterator[Running]:
    with production(project, ENVIRON | {"WEB_CONCURRENCY": "2"}) as its:
        wait_until_ready(its, its.process)
        yield its


def talk(port: int, sent: bytes) -> bytes:
    """Send these bytes and return all that comes back until the server has had enough."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(sent)
        while part := connection.recv(65536):
            received += part
    return received


def records(its: Running) -> list[dict[str, Any]]:
    """Read the log; a line that is no object of JSON, or that could be taken for two, fails."""
    text = its.log.read_bytes().decode("ascii")
    assert text.replace("\n", "").isprintable()
    return [json.loads(line) for line in text.splitlines()]


def requests(its: Running) -> list[dict[str, Any]]:
    return [it for it in records(its) if "status" in it]


def test_a_thousand_hostile_requests_are_a_line_each(server: Running) -> None:
    chance = random.Random(4)  # noqa: S311 - the same in every run
    before, reached = len(requests(server)), 0
    for number in range(1000):
        nasty = [b"".join(chance.choices(NASTY, k=chance.randint(1, 4))) for _ in range(4)]
        # In one place after the other, so that a refusal of the server spares the others.
        path, name, value, forwarded = (
            text if place == number % 5 or number % 5 == 4 else b"plain"
            for place, text in enumerate(nasty)
        )
        answer = talk(
            server.port,
            b"GET /api/%b HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            b"X-Request-ID: %b\r\nOrigin: %b\r\nX-Forwarded-For: %b\r\n\r\n"
            % (path, name, value, forwarded),
        )
        reached += answer.lower().count(b"\r\nx-request-id: ")
    assert reached > 300  # the others are no HTTP
    told = requests(server)[before:]
    assert len(told) == reached
    assert {it["remote"] for it in told} == {"127.0.0.1"}
    assert max(map(len, server.lines())) < 4096


def test_all_lines_are_of_one_kind_and_probes_are_none(server: Running) -> None:
    server.ask("GET", GREETINGS, {"X-Request-ID": "one-of-a-kind"})
    for path in ("/healthz", "/readyz"):
        assert server.ask("GET", path).status == 200
    words = {it.get("message", "") for it in records(server)}
    assert f"Listening at: http://127.0.0.1:{server.port}" in words
    told = [it for it in requests(server) if it["request_id"] == "one-of-a-kind"]
    assert [it["path"] for it in told] == [GREETINGS]
    assert not [it for it in requests(server) if it["path"] in ("/healthz", "/readyz")]


def test_a_refusal_says_why(server: Running) -> None:
    server.ask("POST", GREETINGS, {"X-Request-ID": "refused", "Origin": "https://evil.example"})
    lines = [it for it in records(server) if it.get("request_id") == "refused"]
    assert lines[-1]["status"] == 403
    assert lines[-1]["cors_refusal"]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param((), id="Granian"),
        pytest.param(
            (
                *("-m", "gunicorn", "--no-control-socket", "--bind", "127.0.0.1:{port}"),
                *("--threads", "4", "--reuse-port", "wsgi:app"),
            ),
            id="gunicorn",
        ),
    ],
)
def test_any_server_logs_requests_alike(command: tuple[str, ...], project: Project) -> None:
    with production(project, ENVIRON, command=command) as its:
        wait_until_ready(its, its.process)
        its.ask("GET", GREETINGS, {"X-Request-ID": "mine"})
    (line,) = [it for it in its.lines() if '"request_id"' in it]
    assert set(json.loads(line)) == {
        *("time", "level", "method", "path", "status", "duration_ms", "request_id", "remote"),
    }


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_loses_no_request_that_has_come_in(workers: str, slow: Project) -> None:
    environ = {"WEB_CONCURRENCY": workers, "WEB_THREADS": "10"}
    with production(slow, ENVIRON | environ) as its:
        wait_until_ready(its, its.process)
        sent = threading.Barrier(201)
        answers: Counter[bytes] = Counter()

        def call(method: bytes) -> None:
            with socket.create_connection(("127.0.0.1", its.port), 30) as connection:
                connection.sendall(
                    b"%b /api/slow HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n"
                    b"Connection: close\r\n\r\n" % method
                )
                sent.wait()
                try:
                    answer = b"".join(iter(lambda: connection.recv(65536), b""))
                except OSError as error:
                    answer = repr(error).encode()
                answers[answer[:12]] += 1

        threads = [
            threading.Thread(target=call, args=(method,)) for method in (b"GET", b"POST") * 100
        ]
        for thread in threads:
            thread.start()
        sent.wait()
        assert stop(its.process) == 0
        for thread in threads:
            thread.join()
    assert answers == {b"HTTP/1.1 200": 200}
    assert len(requests(its)) == 200


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_waits_for_what_takes_long(signal_number: int, slow: Project) -> None:
    """Longer than any reminder, and with work that has not begun yet."""
    paths = ["/api/slow?seconds=4", "/api/stream", *["/api/slow?seconds=1"] * 6]
    with production(slow, ENVIRON | {"WEB_THREADS": "3"}) as its:
        wait_until_ready(its, its.process)
        time.sleep(1)
        with ThreadPoolExecutor(len(paths)) as pool:
            answers = [pool.submit(its.ask, "GET", path) for path in paths]
            time.sleep(0.5)
            its.process.send_signal(signal_number)
            assert [it.result().status for it in answers] == [200] * len(paths)
            assert answers[1].result().body == b"xxxx"
        assert its.process.wait(timeout=30) == 0
    assert [it for it in records(its) if it["level"] == "ERROR"] == []


def test_a_second_signal_changes_nothing(slow: Project) -> None:
    """Not even while the workers are young, and would be told once more."""
    with production(slow, ENVIRON | {"WEB_CONCURRENCY": "2"}) as its:
        wait_until_ready(its, its.process)
        with ThreadPoolExecutor(4) as pool:
            answers = [pool.submit(its.ask, "GET", "/api/slow?seconds=3") for _ in range(4)]
            time.sleep(0.5)
            for _ in range(3):
                its.process.send_signal(signal.SIGTERM)
                time.sleep(0.1)
            assert [it.result().status for it in answers] == [200] * 4
        assert its.process.wait(timeout=10) == 0


def test_threads_of_the_application_do_not_keep_it_from_starting(bake: Bake) -> None:
    project = bake()
    with (project.path / "wsgi.py").open("a", encoding="utf-8") as wsgi:
        wsgi.write(
            "\n\nimport threading\n\nthreading.Thread(target=threading.Event().wait).start()\n"
        )
    with production(project, ENVIRON) as its:
        wait_until_ready(its, its.process)
        for pid in (its.process.pid, *children(its.process.pid)):  # which would wait for the thread
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("more", "said", "status"),
    [
        ("raise RuntimeError('no')", "RuntimeError: no", 1),
        ("del app", "has no attribute 'app'", 1),
        (
            "import flask_cors\napp.get('/api/x')(flask_cors.cross_origin()(lambda: 'x'))",
            "cross_origin on ",
            4,
        ),
    ],
    ids=["an exception", "no application", "a view of Flask-CORS's"],
)
def test_what_is_wrong_in_wsgi_is_told_before_anybody_listens(
    more: str, said: str, status: int, bake: Bake
) -> None:
    project = bake()
    with (project.path / "wsgi.py").open("a", encoding="utf-8") as wsgi:
        wsgi.write(f"\n\n{more}\n")
    with production(project, ENVIRON) as its:
        assert its.process.wait(timeout=20) == status
    text = its.log.read_text(encoding="utf-8")
    assert text.count(said) == 1
    assert "Listening" not in text


def test_a_signal_during_the_start_ends_it_even_as_the_first_process(bake: Bake) -> None:
    apart = ("unshare", "--pid", "--fork", "--kill-child")
    if (
        not shutil.which("unshare")
        or subprocess.run([*apart, "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("a process cannot be made the first of its namespace here")
    project = bake()
    with (project.path / "wsgi.py").open("a", encoding="utf-8") as wsgi:
        wsgi.write("\n\nimport time\n\ntime.sleep(3)\n")
    around = (*apart, "sh", "-c", 'echo $$ > started; exec "$@"', "sh")
    with production(project, ENVIRON, around=around) as its:
        deadline = time.monotonic() + 10
        while not (found := children(its.process.pid)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(1)
        os.kill(found[0], signal.SIGTERM)
        its.process.wait(timeout=2)
    assert "Listening" not in its.log.read_text(encoding="utf-8")


def children(pid: int) -> list[int]:
    return [int(it) for it in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_control_c_is_no_crash(project: Project) -> None:
    """A terminal sends it to every process of the group in front."""
    for _ in range(3):
        with production(project, ENVIRON | {"WEB_CONCURRENCY": "2"}, around=("setsid",)) as its:
            wait_until_ready(its, its.process)
            os.killpg(its.process.pid, signal.SIGINT)
            assert its.process.wait(timeout=30) == 0
        assert [it for it in records(its) if it["level"] == "ERROR"] == []


@pytest.mark.parametrize("workers", ["1", "2"])
def test_lines_stay_whole_where_many_write_and_one_reads_slowly(
    workers: str, slow: Project
) -> None:
    environ = ENVIRON | {"WEB_CONCURRENCY": workers, "WEB_THREADS": "8"}
    reader, writer = os.pipe()
    read = bytearray()

    def drain() -> None:
        while part := os.read(reader, 4096):
            read.extend(part)
            time.sleep(0.002)

    with os.fdopen(writer, "wb") as output, production(slow, environ, output=output) as its:
        output.close()
        thread = threading.Thread(target=drain)
        thread.start()
        wait_until_ready(its, its.process)
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda path: its.ask("GET", path), ["/api/crash", GREETINGS] * 200))
        assert stop(its.process) == 0
        thread.join()
    os.close(reader)
    told = [json.loads(line) for line in read.decode("ascii").splitlines()]
    assert len([it for it in told if "exception" in it]) > 50


@pytest.mark.parametrize("delay", [0, 0.002, 0.005, 0.01, 0.02])
def test_sigterm_in_the_first_moments_is_not_lost(delay: float, project: Project) -> None:
    with production(project, ENVIRON) as its:
        its.wait_for("Spawning worker")
        time.sleep(delay)
        assert stop(its.process) == 0


def test_a_worker_that_dies_is_replaced(bake: Bake) -> None:
    project = bake()
    with (project.path / "wsgi.py").open("a", encoding="utf-8") as wsgi:
        wsgi.write("\n\n@app.get('/die')\ndef die() -> None:\n    import os\n\n    os._exit(3)\n")
    with production(project, ENVIRON) as its:
        wait_until_ready(its, its.process)
        assert talk(its.port, b"GET /die HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") == b""
        its.wait_for("Respawning worker")
        wait_until_ready(its, its.process)


def test_a_full_disk_stops_nothing(project: Project) -> None:
    full = Path("/dev/full").open("wb")  # noqa: SIM115 - closed in the next line
    with full, production(project, ENVIRON, output=full) as its:
        wait_until_ready(its, its.process)
        for path in (GREETINGS, "/api/none", GREETINGS):
            assert its.ask("GET", path).status in (200, 404)
        assert stop(its.process) == 0


@pytest.mark.parametrize("streams", [">&- 2>&-", "<&- >&- 2>&-", "2>&-"])
def test_closed_streams_stop_nothing(streams: str, project: Project) -> None:
    around = ("sh", "-c", f'exec "$@" {streams}', "sh")
    with production(project, ENVIRON | {"WEB_CONCURRENCY": "2"}, around=around) as its:
        wait_until_ready(its, its.process)
        for _ in range(10):
            assert b'"message"' in talk(
                its.port,
                b"GET /api/v1/greetings HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            )
        assert stop(its.process) == 0
    assert its.log.read_bytes() == b""


def test_a_read_only_root_and_no_home_stop_nothing(project: Project) -> None:
    apart = ("unshare", "--mount", *(() if os.geteuid() == 0 else ("--map-root-user",)))
    read_only = "mount --bind / / && mount -o remount,bind,ro / && ! touch /tmp/it 2>/dev/null"
    if (
        not shutil.which("unshare")
        or subprocess.run(
            [*apart, "sh", "-c", read_only], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("a read-only root cannot be made here")
    around = (*apart, "sh", "-c", f'{read_only} && exec "$@"', "sh")
    nowhere = dict.fromkeys(("HOME", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"), "/nowhere")
    with production(project, ENVIRON | nowhere, around=around) as its:
        wait_until_ready(its, its.process)
        assert its.ask("GET", GREETINGS).status == 200
        assert stop(its.process) == 0


def test_without_its_environment_it_says_so_in_a_line(project: Project) -> None:
    done = project.python("-m", f"{project.package}.server", CORS_ORIGINS="")
    assert done.returncode == 4
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["CORS_ORIGINS"]
