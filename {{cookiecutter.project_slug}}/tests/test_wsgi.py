import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from .calls import ENVIRON

ROOT = Path(__file__).parent.parent


def start(
    command: list[str], environ: Mapping[str, str], cwd: Path = ROOT
) -> "subprocess.CompletedProcess[str]":
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("CORS_", "FLASK_"))}
    path = {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env=inherited | path | dict(environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_any_server_finds_the_application() -> None:
    result = start(["-c", "import flask, wsgi; assert isinstance(wsgi.app, flask.Flask)"], ENVIRON)

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "command",
    [["-c", "import wsgi"], ["-m", "flask", "run"], ["-m", "flask", "routes"]],
    ids=["import", "flask run", "flask routes"],
)
def test_a_wrong_environment_stops_the_start_with_a_line_for_each_problem(
    command: list[str],
) -> None:
    wrong = ENVIRON | {"FLASK_APP": "wsgi", "FLASK_SKIP_DOTENV": "1"}
    wrong |= {"CORS_ORIGINS": "https://app.example.com/", "CORS_MAX_AGE": "soon"}

    result = start(command, wrong)

    assert (result.returncode, result.stdout) == (4, "")
    assert result.stderr.splitlines() == [
        "CORS_MAX_AGE: 'soon' is not a whole number of seconds; write 0 to 86400",
        "CORS_ORIGINS: 'https://app.example.com/' has a path; write 'https://app.example.com'",
    ]
