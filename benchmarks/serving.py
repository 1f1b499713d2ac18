"""What the production server carries and how soon it answers, each beside something known.

    python benchmarks/serving.py PROJECT [PACKAGE]

Needs wrk, of Debian's package of that name. Prints medians over rounds that take turns, as ratios
where there are two of a kind. The log goes to a file.
"""

import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

ORIGIN = "https://app.example.com"
PATH = "/api/v1/greetings?name=Ada"
WORKERS, THREADS = "2", "4"
CONNECTIONS = "16"
ROUNDS = 7
SECONDS = 4  # of load in each round

BARE = """
from flask import Flask, request

app = Flask(__name__, static_folder=None)


@app.get("/api/v1/greetings")
def greet():
    return {"name": request.args["name"]}
"""


@contextmanager
def server(project: Path, command: Sequence[str], port: int) -> Iterator[float]:
    """Run a server until the block ends; gives the seconds from its start to its first answer."""
    environ = os.environ | {
        "PYTHONPATH": str(project / "src"),
        "CORS_ORIGINS": ORIGIN,
        "PORT": str(port),
        "WEB_CONCURRENCY": WORKERS,
        "WEB_THREADS": THREADS,
    }
    with tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=project,
            env=environ,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            while not answers(port):
                assert process.poll() is None, "the server did not start"
                time.sleep(0.002)
            yield time.perf_counter() - began
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:  # Granian alone misses a signal in its first moments
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def answers(port: int) -> bool:
    """Ask once, as the front end would."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", PATH, headers={"Origin": ORIGIN})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def requests_per_second(port: int) -> float:
    """Return what wrk counts; an answer other than 200 is an error."""
    load = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-H", f"Origin: {ORIGIN}"]
    done = subprocess.run(
        [*load, f"http://127.0.0.1:{port}{PATH}"], capture_output=True, check=True, text=True
    )
    assert "Non-2xx" not in done.stdout, done.stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


def main(project: Path, package: str = "my_api") -> None:
    """Run every server in turn, round by round, and print the ratios."""
    if not shutil.which("wrk"):
        sys.exit("wrk is not installed; on Debian and Ubuntu: sudo apt install wrk")
    with tempfile.TemporaryDirectory() as folder, socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port: int = holder.getsockname()[1]
        holder.close()
        (Path(folder) / "bare.py").write_text(BARE)
        own = (project, (f"{package}.server",))
        gunicorn = ("gunicorn", "--no-control-socket", "--bind", f"127.0.0.1:{port}")
        gthread = (project, (*gunicorn, "--workers", WORKERS, "--threads", THREADS, "wsgi:app"))
        granian = ("granian", "--interface", "wsgi", "--port", str(port), "--workers", WORKERS)
        bare = (Path(folder), (*granian, "--blocking-threads", THREADS, "bare:app"))
        starts: dict[str, list[float]] = {"own": [], "bare": []}
        ratios = []
        for _ in range(ROUNDS):
            with server(*own, port) as seconds:
                starts["own"].append(seconds)
                carried = requests_per_second(port)
            with server(*gthread, port):
                ratios.append(carried / requests_per_second(port))
            with server(*bare, port) as seconds:
                starts["bare"].append(seconds)
    print(
        f"requests carried, log and all: {statistics.median(ratios):.2f} times "
        f"gunicorn's with threads ({min(ratios):.2f} to {max(ratios):.2f})"
    )
    seconds, bare_seconds = (statistics.median(starts[it]) for it in ("own", "bare"))
    print(
        f"start to first answer: {seconds:.2f} seconds, "
        f"{seconds / bare_seconds:.2f} times bare Flask's under the same server"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), *sys.argv[2:])
