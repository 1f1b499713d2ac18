"""Whether the time of a refused login tells that its address is a user's.

    python benchmarks/login.py [ROUNDS]

Generates a project with `auth=session`, and interleaves logins with a wrong password: at a user's
address, and at addresses that are nobody's. Prints the ratio of their medians; it exits with 1 if
the two differ by more than 10 %.
"""

import importlib
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from cookiecutter.main import cookiecutter
from overhead import ROOT

LOGIN = "/api/v1/auth/login"
USER = "ada@example.com"
MOST = 0.1  # by which the ratio may differ from 1
ROUNDS = 100


def build(folder: Path) -> Any:
    """Build the application of a project that keeps one user."""
    answers = {"database": "sqlalchemy", "auth": "session", "cors_supports_credentials": True}
    config = folder / "config.yaml"
    config.write_text(f"replay_dir: {folder / 'replay'}\ncookiecutters_dir: {folder / 'clones'}\n")
    cookiecutter(
        str(ROOT),
        no_input=True,
        extra_context=answers,
        output_dir=str(folder),
        config_file=str(config),
    )
    sys.path.insert(0, str(folder / "my-api" / "src"))
    package = importlib.import_module("my_api")
    environ = {
        "CORS_ORIGINS": "none",
        "DATABASE_URL": f"sqlite:///{folder / 'database.sqlite'}",
        "LOG_LEVEL": "ERROR",
        "SECRET_KEY": "k" * 32,
    }
    app = package.create_app(package.Settings.from_env(environ))
    with app.app_context():
        app.extensions["alembic"].upgrade()
    created = ["users", "create", USER, "--password", "correct horse battery"]
    result = app.test_cli_runner().invoke(args=created)
    assert result.exit_code == 0, result.output
    return app


def seconds(app: Any, email: str) -> float:
    """Return the processor time of a login with a wrong password, the first of its minute."""
    app.extensions["throttle"].storage.reset()
    client = app.test_client()
    start = time.process_time()
    response = client.post(LOGIN, json={"email": email, "password": "a wrong guess"})
    took = time.process_time() - start
    assert response.status_code == 401, response.text
    return took


def main(rounds: int = ROUNDS) -> int:
    """Print the ratio, and return the exit status."""
    order = random.Random(0)  # noqa: S311
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    with tempfile.TemporaryDirectory() as folder:
        app = build(Path(folder))
        first = seconds(app, "first@example.com")  # of the process: nothing is warm
        for number in range(rounds):
            for kind in order.sample(list(times), len(times)):
                email = USER if kind == "known" else f"user-{number}@example.com"
                times[kind].append(seconds(app, email))
    medians = {kind: statistics.median(values) for kind, values in times.items()}
    ratio = medians["unknown"] / medians["known"]
    print(f"a refused login, {rounds} of each, interleaved (known address = 1)")
    print(f"  unknown address                    {ratio:6.3f}")
    print(f"  unknown address, the first of all  {first / medians['known']:6.2f}")
    return int(abs(ratio - 1) > MOST)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
