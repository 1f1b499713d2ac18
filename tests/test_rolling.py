"""Two instances behind nginx, replaced one at a time under load: no request is lost."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path

from conftest import IN_CI, Bake, Project
from production import (
    Front,
    Running,
    linux,
    nginx,
    production,
    readme_location,
    reserved_port,
    stop,
    wait_until_ready,
)

pytestmark = linux

RESTARTS = 6 if IN_CI else 3
CLIENTS = 2
PAUSE = 0.005  # seconds between the requests of a client; without, no new instance could start
ENVIRON = {"CORS_ORIGINS": "https://app.example.com", "PROXY_HOPS": "1"}
ORIGIN = {"Origin": "https://app.example.com"}
GREETINGS = "/api/v1/greetings"


def test_no_request_is_lost(bake: Bake, tmp_path: Path) -> None:
    project = bake()
    with ExitStack() as stack:
        ports = [stack.enter_context(reserved_port()) for _ in range(2)]
        running = [stack.enter_context(instance(project, port)) for port in ports]
        front = stack.enter_context(reserved_port())
        stack.enter_context(nginx(tmp_path, ports, {front: readme_location(project)}))
        with load(Front(front, running[0].log)) as answers:
            for number in range(RESTARTS):
                one = number % len(ports)
                assert stop(running[one].process) == 0
                running[one] = stack.enter_context(instance(project, ports[one]))
    assert set(answers) == {"GET 200", "POST 201"}
    assert min(answers.values()) > RESTARTS * CLIENTS


@contextmanager
def instance(project: Project, port: int) -> Iterator[Running]:
    with production(project, ENVIRON, port=port) as server:
        wait_until_ready(server)
        yield server


@contextmanager
def load(front: Front) -> Iterator[Counter[str]]:
    """Ask again and again, half of it with POST, which nginx never sends a second time."""
    answers: Counter[str] = Counter()
    over = threading.Event()

    def client() -> None:
        body = json.dumps({"name": "Ada"}).encode()
        json_headers = ORIGIN | {"Content-Type": "application/json"}
        while not over.is_set():
            for method, headers, content in (("GET", ORIGIN, None), ("POST", json_headers, body)):
                try:
                    outcome = str(front.ask(method, GREETINGS, headers, content).status)
                except (OSError, HTTPException) as error:
                    outcome = repr(error)
                answers[f"{method} {outcome}"] += 1
                time.sleep(PAUSE)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        over.set()
        for thread in threads:
            thread.join()
