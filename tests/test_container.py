"""What the Dockerfile says, done in a folder: it installs, starts, is found healthy, and stops."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

import dockerfile
from conftest import Bake, Project, run, tree

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the instructions are those of Linux")
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"


def build(project: Project, folder: Path) -> dockerfile.Stage:
    """Build where packages can be had."""
    if not os.environ.get("CI"):
        lock(project, "--dry-run")
    return dockerfile.build(project.path, folder)


@pytest.fixture(scope="module")
def project(bake: Bake) -> Project:
    return bake()


@pytest.fixture(scope="module")
def image(project: Project, tmp_path_factory: pytest.TempPathFactory) -> dockerfile.Stage:
    stage = build(project, tmp_path_factory.mktemp("image"))
    shutil.rmtree(stage.path("/build"))
    return stage


def test_nothing_else_is_sent_to_the_builder(project: Project) -> None:
    (project.path / "src" / "my_api" / "__pycache__").mkdir(exist_ok=True)
    (project.path / "src" / "my_api" / "__pycache__" / "x.pyc").touch()
    sent = [it for it in dockerfile.context(project.path) if not it.startswith("src/my_api/")]
    assert sent == ["LICENSE", "README.md", "deploy/healthcheck.py", "pyproject.toml", "wsgi.py"]
    assert "src/my_api/__pycache__/x.pyc" not in dockerfile.context(project.path)
    assert "src/my_api/cors/origins.py" in dockerfile.context(project.path)


def test_the_image_holds_what_runs_and_nothing_else(image: dockerfile.Stage) -> None:
    packages = image.path(f"/opt/venv/lib/{PYTHON}/site-packages")
    assert sorted(it.name for it in image.path("/app").iterdir()) == ["wsgi.py"]
    assert (packages / "my_api" / "cors" / "policy.py").is_file()
    assert (packages / "granian").is_dir()
    absent = ["uv", "pip", "setuptools", "pytest", "mypy", "ruff"]
    assert [name for name in absent if (packages / name).exists()] == []
    assert sorted((packages / "my_api" / "__pycache__").iterdir()) != []  # compiled beforehand


def test_the_image_runs_as_nobody(image: dockerfile.Stage) -> None:
    user, _, group = image.said["USER"].partition(":")
    assert user == group
    assert int(user) > 0


@contextmanager
def running(
    image: dockerfile.Stage, port: int, **environ: str
) -> Iterator["subprocess.Popen[str]"]:
    foreign = ("CORS_", "FLASK_")
    known = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    process = subprocess.Popen(
        image.command("CMD"),
        cwd=image.path(""),
        env=known | image.environ() | {"PORT": str(port), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def health(
    image: dockerfile.Stage, port: int, **environ: str
) -> "subprocess.CompletedProcess[str]":
    proxy = {"http_proxy": "http://127.0.0.1:9", "PORT": str(port)}  # does not count
    return run(
        *image.command("HEALTHCHECK"), cwd=image.path(""), environ=image.environ() | proxy | environ
    )


def until_healthy(image: dockerfile.Stage, port: int, **environ: str) -> None:
    until = time.monotonic() + 30
    while (done := health(image, port, **environ)).returncode:
        assert time.monotonic() < until, done.stderr
        time.sleep(0.1)


@pytest.fixture
def port() -> int:
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        number: int = it.getsockname()[1]
        return number


PRODUCTION = {"CORS_ORIGINS": "https://app.example.com", "TRUSTED_HOSTS": ".example.com, localhost"}


def test_it_starts_answers_and_stops(image: dockerfile.Stage, port: int) -> None:
    before = tree(image.root)
    assert health(image, port, **PRODUCTION).returncode == 1
    with running(image, port, **PRODUCTION) as server:
        until_healthy(image, port, **PRODUCTION)
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        headers = {"Host": "api.example.com", "Origin": "https://app.example.com"}
        connection.request("GET", "/api/v1/greetings?name=Ada", headers=headers)
        response = connection.getresponse()
        assert response.status == 200
        assert response.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
        connection.close()
        server.terminate()
        assert server.wait(timeout=10) == 0
    assert tree(image.root) == before  # a read-only file system will do


def test_a_server_that_answers_otherwise_is_not_healthy(image: dockerfile.Stage, port: int) -> None:
    with running(image, port, **PRODUCTION):
        until_healthy(image, port, **PRODUCTION)
        done = health(image, port, TRUSTED_HOSTS="other.example")
    assert (done.returncode, done.stderr) == (1, "/healthz: answered 400 to Host 'other.example'\n")


def test_a_wrong_environment_stops_it(image: dockerfile.Stage, port: int) -> None:
    with running(image, port, CORS_ORIGINS="https://app.example.com/") as server:
        said, _ = server.communicate(timeout=30)
    assert server.returncode != 0
    assert "CORS_ORIGINS: 'https://app.example.com/' has a path; write" in said


def lock(project: Project, *arguments: str) -> None:
    done = run(sys.executable, "-m", "uv", "lock", *arguments, cwd=project.path)
    if done.returncode and not os.environ.get("CI"):
        pytest.skip("packages cannot be had from here")
    assert done.returncode == 0, done.stderr


def test_a_lock_is_obeyed(bake: Bake, tmp_path: Path) -> None:
    project = bake()
    lock(project, "--upgrade-package", "click<8.2")
    stage = build(project, tmp_path)
    packages = stage.path(f"/opt/venv/lib/{PYTHON}/site-packages")
    assert [it.name for it in packages.glob("click-8.1*.dist-info")] != []


def test_a_lock_that_does_not_fit_stops_the_build(bake: Bake, tmp_path: Path) -> None:
    project = bake()
    lock(project)
    text = project.read("pyproject.toml").replace('"flask>=3.1"', '"flask>=3.1.1"')
    (project.path / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RuntimeError, match="lock"):
        build(project, tmp_path)
