"""What requests cost in process, against bare Flask: the extension, Flask-CORS, a whole project.

    python benchmarks/overhead.py [ROUNDS]

Prints ratios alone, each the median over interleaved rounds: seconds differ between machines, and
on one machine from minute to minute.
"""

import importlib
import io
import logging
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import flask_cors
from flask import Flask, request

ROOT = Path(__file__).parent.parent
ORIGIN = "https://app.example.com"
PREVIEW = "https://pr-7.preview.example.com"
PATH = "/api/v1/greetings"
ROUNDS, CALLS = 60, 60

Call = Callable[[], None]


def exact(number: int) -> list[str]:
    """Return origins of which the last one asks."""
    return [f"https://tenant-{i}.example.com" for i in range(number - 1)] + [ORIGIN]


def wildcards(number: int) -> list[str]:
    """Return wildcards of which the last one covers the origin that asks."""
    return [f"https://*.tenant-{i}.example.com" for i in range(number - 1)] + [
        "https://*.preview.example.com"
    ]


def bare() -> Flask:
    """Build an application that is the same for all."""
    app = Flask("bare", static_folder=None)

    @app.get(PATH)
    def greet() -> dict[str, str]:
        name = request.args.get("name") or "World"
        return {"name": name, "message": f"Hello, {name}!"}

    @app.post(PATH)
    def create() -> dict[str, str]:
        return {"name": request.get_json()["name"]}

    return app


def extension(origins: list[str]) -> Flask:
    """Add the extension."""
    app = bare()
    cors = policy().CORS(resources={"/api/*": {"origins": origins}})
    cors.init_app(app, {})
    return app


def policy() -> Any:
    """Import the extension from where it lives."""
    folder = str(ROOT / "{{cookiecutter.project_slug}}" / "src")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module("flask_cors_policy")


def plain_flask_cors(origins: list[str]) -> Flask:
    """Add Flask-CORS as its documentation shows, with wildcards as its users write them."""
    app = bare()
    patterns = [origin.replace(".", r"\.").replace("*", ".+") for origin in origins]
    listed = patterns if "*" in origins[0] else origins
    flask_cors.CORS(app, resources={r"/api/*": {"origins": listed}})
    return app


def generated(folder: Path, origins: list[str]) -> Flask:
    """Build the application of a project that is generated with the default answers."""
    sys.path.insert(0, str(folder / "my-api" / "src"))
    package: Any = importlib.import_module("my_api")
    settings = package.Settings.from_env({"CORS_ORIGINS": ",".join(origins)})
    app: Flask = package.create_app(settings)
    for handler in logging.getLogger().handlers:  # the line is made, and written to nowhere
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    return app


def environ_of(method: str, origin: str, body: bytes = b"", **more: str) -> dict[str, Any]:
    """Return what a server hands to an application."""
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": PATH,
        "QUERY_STRING": "name=Ada",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost:8000",
        "HTTP_ORIGIN": origin,
        "HTTP_USER_AGENT": "Mozilla/5.0",
        "HTTP_ACCEPT": "*/*",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
    } | more


def calling(app: Flask, status: int | None, environ: Mapping[str, Any], body: bytes = b"") -> Call:
    """Return one request through a whole application, which has to have this status if any."""
    started: list[str] = []

    def start_response(line: str, *_: object) -> Callable[[bytes], object]:
        started[:] = [line]
        return len

    def call() -> None:
        sent = dict(environ)
        sent["wsgi.input"] = io.BytesIO(body)
        response = app.wsgi_app(sent, start_response)
        for _ in response:
            pass
        if close := getattr(response, "close", None):
            close()

    call()
    assert status is None or started[0].startswith(str(status)), started
    return call


def scenarios(project: Path) -> Iterator[tuple[str, Call, dict[str, Call]]]:
    """Return each comparison: its name, what counts as 1, and the others."""
    for kind, origins, origin in (
        ("exact origins", exact, ORIGIN),
        ("wildcards", wildcards, PREVIEW),
    ):
        get = environ_of("GET", origin)
        yield (
            f"trusted GET, {kind}",
            calling(bare(), 200, get),
            {
                f"{name}, {number:,}": calling(build(origins(number)), 200, get)
                for number in (2, 2000)
                for name, build in (("extension", extension), ("Flask-CORS", plain_flask_cors))
            },
        )
    asked = environ_of("OPTIONS", ORIGIN, HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST")
    yield (
        "preflight, against bare Flask's automatic OPTIONS",
        calling(bare(), 200, asked),
        {
            "extension": calling(extension(exact(2)), 204, asked),
            "Flask-CORS": calling(plain_flask_cors(exact(2)), 200, asked),
        },
    )
    body = b'{"name": "Ada"}'
    post = environ_of("POST", "https://evil.example", body)
    yield (
        "POST of another page, against bare Flask, which runs the view",
        calling(bare(), 200, post, body),
        {
            "extension, which refuses it": calling(extension(exact(2)), 403, post, body),
            "Flask-CORS, which runs the view": calling(plain_flask_cors(exact(2)), 200, post, body),
        },
    )
    get = environ_of("GET", ORIGIN)
    yield (
        "trusted GET of a whole generated project, its log line included",
        calling(bare(), 200, get),
        {"generated": calling(generated(project, exact(2)), 200, get)},
    )


def ratios(one: Call, others: dict[str, Call], rounds: int) -> dict[str, float]:
    """Call all in another order each round; return the median ratio of each to the first."""
    calls = {"": one, **others}
    order = random.Random(0)  # noqa: S311
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name in order.sample(list(calls), len(calls)):
            call = calls[name]
            start = time.process_time()
            for _ in range(CALLS):
                call()
            seconds[name].append(time.process_time() - start)
    return {
        name: statistics.median(a / b for a, b in zip(seconds[name], seconds[""], strict=True))
        for name in others
    }


def generate(folder: Path) -> None:
    """Generate a project with the default answers."""
    from cookiecutter.main import cookiecutter

    config = folder / "config.yaml"
    config.write_text(f"replay_dir: {folder / 'replay'}\ncookiecutters_dir: {folder / 'clones'}\n")
    cookiecutter(str(ROOT), no_input=True, output_dir=str(folder), config_file=str(config))


def main(rounds: int = ROUNDS) -> None:
    """Print every ratio."""
    logging.getLogger("flask_cors_policy").setLevel(logging.ERROR)  # a refusal is logged once
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        for name, one, others in scenarios(Path(folder)):
            print(f"\n{name} (bare Flask = 1)")
            for other, ratio in ratios(one, others, rounds).items():
                print(f"  {other:35}{ratio:6.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
