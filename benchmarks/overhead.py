"""What a trusted GET costs: the generated application against bare Flask, in one process.

    python benchmarks/overhead.py PROJECT [PACKAGE] 2>/dev/null    (the log)

Prints ratios alone, each the median over interleaved rounds: seconds differ between machines, and
on one machine from minute to minute.
"""

import importlib
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask_cors import CORS
from werkzeug.test import EnvironBuilder

ORIGIN = "https://app.example.com"
ROUNDS, CALLS = 40, 100

Call = Callable[[], Any]


def origins(number: int) -> list[str]:
    """List origins; the one that asks stands last."""
    return [f"https://tenant-{i}.example.com" for i in range(number - 1)] + [ORIGIN]


def bare_flask() -> Flask:
    """Give the same answer with nothing around it."""
    app = Flask("bare", static_folder=None)

    @app.get("/api/v1/greetings")
    def greet() -> dict[str, str]:
        name = request.args.get("name") or "World"
        return {"name": name, "message": f"Hello, {name}!"}

    return app


def plain_flask_cors(number: int) -> Flask:
    """Add Flask-CORS as its documentation shows."""
    app = bare_flask()
    CORS(app, resources={r"/api/*": {"origins": origins(number)}})
    return app


def generated(package: str, number: int) -> Flask:
    """Build the application of the generated project."""
    module = importlib.import_module(package)
    environ = {"CORS_ORIGINS": ",".join(origins(number))}
    app: Flask = module.create_app(module.Settings.from_env(environ))
    return app


def trusted_get(app: Flask) -> Call:
    """Make the call that is timed: a GET from a trusted page, through the whole application."""
    builder = EnvironBuilder("/api/v1/greetings?name=Ada", headers=[("Origin", ORIGIN)])
    environ = builder.get_environ()
    started: list[str] = []

    def start_response(status: str, *_: object) -> Callable[[bytes], object]:
        started[:] = [status]
        return len

    def call() -> None:
        b"".join(app.wsgi_app(dict(environ), start_response))

    call()
    assert started == ["200 OK"], started
    return call


def main(project: Path, package: str = "my_api") -> None:
    """Time every application in turn, round by round, and print the ratios."""
    sys.path.insert(0, str(project / "src"))
    calls = {
        "bare Flask": trusted_get(bare_flask()),
        "plain Flask-CORS, 2 origins": trusted_get(plain_flask_cors(2)),
        "plain Flask-CORS, 2,000 origins": trusted_get(plain_flask_cors(2000)),
        "generated, 2 origins": trusted_get(generated(package, 2)),
        "generated, 2,000 origins": trusted_get(generated(package, 2000)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            start = time.perf_counter()
            for _ in range(CALLS):
                call()
            seconds[name].append(time.perf_counter() - start)

    def ratio(name: str, to: str) -> None:
        pairs = zip(seconds[name], seconds[to], strict=True)
        print(f"{name}: {statistics.median(a / b for a, b in pairs):.2f} times {to}")

    for name in list(calls)[1:]:
        ratio(name, "bare Flask")
    ratio("generated, 2,000 origins", "generated, 2 origins")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
