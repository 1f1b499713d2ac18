"""The distribution: it builds, installs, and works in a plain Flask application."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

import flask_cors_policy

pytestmark = pytest.mark.wheel

HERE = Path(__file__).parent.parent
VERSION = flask_cors_policy.__version__
PACKAGE = Path(flask_cors_policy.__file__).parent

APP = """
from flask import Flask
from flask_cors_policy import CORS

app = Flask(__name__)
CORS(app, resources={"/api/*": {"origins": ["https://app.example.com"]}})


@app.route("/api/v1/users", methods=["GET", "POST"])
def list_users():
    print("view")
    return "user example"
"""

CALL = """
import sys
from app import app

method, origin, *more = sys.argv[1:]
headers = {"Origin": origin} | dict(zip(*[iter(more)] * 2))
response = app.test_client().open("/api/v1/users", method=method, headers=headers)
print(response.status_code, response.headers.get("Access-Control-Allow-Origin"))
"""


def run(
    *command: str | Path, cwd: Path, environ: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; nothing of this environment reaches it but PATH."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP") if name in os.environ}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=kept | {"PYTHONDONTWRITEBYTECODE": "1"} | dict(environ or {}),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the distribution as `make wheel` does; return the folder with the files."""
    folder = tmp_path_factory.mktemp("dist")
    done = run(sys.executable, "-m", "hatchling", "build", "-d", folder, cwd=HERE)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def python(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a new environment, without the network; return its Python.

    The dependencies are those of this environment, behind those of the new one.
    """
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, symlinks=os.name != "nt")
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    interpreter = scripts / ("python.exe" if os.name == "nt" else "python")
    (wheel,) = built.glob("*.whl")
    pip = (sys.executable, "-m", "pip", "--python", interpreter, "install", "--no-index")
    done = run(*pip, "--no-deps", wheel, cwd=folder)
    assert done.returncode == 0, done.stderr
    script = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = Path(run(interpreter, "-c", script, cwd=folder).stdout.strip())
    dependencies = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (own / "dependencies.pth").write_text("\n".join(dependencies), encoding="utf-8")
    return interpreter


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Write a plain Flask application."""
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    (tmp_path / "call.py").write_text(CALL, encoding="utf-8")
    return tmp_path


def modules(folder: Path) -> set[str]:
    """Return the files of the package that a distribution has to hold."""
    return {
        f"flask_cors_policy/{path.relative_to(folder).as_posix()}"
        for path in folder.rglob("*")
        if path.suffix == ".py" or path.name == "py.typed"
    }


def test_wheel_holds_the_package_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    assert wheel.name == f"flask_cors_policy-{VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        metadata = archive.read(f"flask_cors_policy-{VERSION}.dist-info/METADATA").decode()
    assert names == modules(PACKAGE)
    assert "flask_cors_policy/py.typed" in names
    assert "Requires-Dist: flask-cors<7,>=6.0.5" in metadata
    assert "Requires-Python: >=3.11" in metadata


def contents(wheel: Path) -> dict[str, bytes]:
    """Return what a wheel holds, but for the order of its list of files."""
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    (record,) = (name for name in files if name.endswith("/RECORD"))
    return files | {record: b"\n".join(sorted(files[record].splitlines()))}


def test_sdist_builds_the_same_wheel(built: Path, tmp_path: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    assert not (folder / "tests").exists()
    out = tmp_path / "out"
    done = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out, cwd=folder)
    assert done.returncode == 0, done.stderr
    (first,), (second,) = built.glob("*.whl"), out.glob("*.whl")
    assert contents(first) == contents(second)


# What it is: the method, the origin, more headers, and what the page gets.
CALLS = {
    "trusted page reads": (["GET", "https://app.example.com"], "200 https://app.example.com"),
    "other page does not": (["GET", "https://evil.example"], "200 None"),
    "trusted page writes": (["POST", "https://app.example.com"], "200 https://app.example.com"),
    "other page does not write": (["POST", "https://evil.example"], "403 None"),
    "preflight": (
        ["OPTIONS", "https://app.example.com", "Access-Control-Request-Method", "PUT"],
        "204 https://app.example.com",
    ),
}


@pytest.mark.parametrize(("arguments", "answer"), CALLS.values(), ids=CALLS.keys())
def test_policy_and_guard_work(
    arguments: list[str], answer: str, python: Path, project: Path
) -> None:
    done = run(python, "call.py", *arguments, cwd=project)
    lines = done.stdout.splitlines()
    assert lines[-1] == answer, done.stderr
    assert ("view" in lines) is answer.startswith("200")


def test_refused_configuration_stops_the_start(python: Path, project: Path) -> None:
    (project / "app.py").write_text(APP.replace("example.com", "example.com/"), encoding="utf-8")
    done = run(python, "call.py", "GET", "https://app.example.com", cwd=project)
    assert done.returncode != 0
    assert (
        "resources['/api/*'] origins: 'https://app.example.com/' has a path; "
        "write 'https://app.example.com'"
    ) in done.stderr


def test_package_is_the_installed_one(python: Path, project: Path) -> None:
    script = "import flask_cors_policy as f; print(f.__file__, f.__version__)"
    file, version = run(python, "-c", script, cwd=project).stdout.split()
    assert Path(file).is_relative_to(python.parent.parent)
    assert version == VERSION


def flask(python: Path, project: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return run(python, "-m", "flask", "--app", "app", "cors", *arguments, cwd=project)


def test_show_works(python: Path, project: Path) -> None:
    done = flask(python, project, "show", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"][0]["path"] == "/api/*"


@pytest.mark.parametrize(
    ("origin", "verdict", "status"),
    [("https://app.example.com", "ALLOWED", 0), ("https://evil.example", "BLOCKED", 1)],
)
def test_explain_works(origin: str, verdict: str, status: int, python: Path, project: Path) -> None:
    done = flask(python, project, "explain", "POST", "/api/v1/users", "--origin", origin)
    assert (done.returncode, done.stdout.split()[0]) == (status, verdict), done.stderr


def test_check_works(python: Path, project: Path) -> None:
    done = flask(python, project, "check", "--json")
    assert done.returncode in (0, 1), done.stderr
    assert isinstance(json.loads(done.stdout), dict | list)


def test_command_is_listed_once_beside_those_of_flask(python: Path, project: Path) -> None:
    done = run(python, "-m", "flask", "--app", "app", "--help", cwd=project)
    assert done.stdout.count("  cors ") == 1


def test_command_in_an_application_without_a_policy_says_so(python: Path, project: Path) -> None:
    (project / "app.py").write_text("from flask import Flask\napp = Flask('x')", encoding="utf-8")
    done = flask(python, project, "show")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "CORS" in done.stderr
