"""The Dockerfile, carried out in a folder: the image installs, starts, is healthy, and stops."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import dockerfile
from conftest import Bake, Project, downloads, run, tree
from http_server import OWN, Response, Server, wait_until
from production import reserved_port

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the instructions are those of Linux")
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"


def lock(project: Project, *arguments: str) -> None:
    done = run(sys.executable, "-m", "uv", "lock", *arguments, cwd=project.path)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def image(bake: Bake, tmp_path_factory: pytest.TempPathFactory) -> dockerfile.Stage:
    """Build an image with an older version of one package locked."""
    project = bake().copy(tmp_path_factory.mktemp("project"))
    lock(project, "--upgrade-package", "click<8.2")
    stage = dockerfile.build(project.path, tmp_path_factory.mktemp("image"))
    shutil.rmtree(stage.path("/build"))
    return stage


def test_only_what_is_copied_is_sent_to_the_builder(bake: Bake, tmp_path: Path) -> None:
    project = bake().copy(tmp_path)
    cache = project.own / "__pycache__"
    cache.mkdir(exist_ok=True)
    (cache / "x.pyc").touch()
    sent = dockerfile.context(project.path)
    assert {name.partition("/")[0] for name in sent} == {
        *("LICENSE", "README.md", "pyproject.toml", "src", "wsgi.py"),
    }
    assert [name for name in sent if "__pycache__" in name] == []
    assert {"src/my_api/cors.py", "src/flask_cors_policy/__init__.py"} <= set(sent)


@downloads
def test_the_image_holds_what_runs_and_nothing_else(image: dockerfile.Stage) -> None:
    packages = image.path(f"/opt/venv/lib/{PYTHON}/site-packages")
    assert sorted(path.name for path in image.path("/app").iterdir()) == ["wsgi.py"]
    present = ["flask_cors_policy/__init__.py", "granian/__init__.py", "my_api/cors.py"]
    assert [name for name in present if not (packages / name).is_file()] == []
    absent = ["uv", "pip", "setuptools", "hatchling", "pytest", "mypy", "ruff"]
    assert [name for name in absent if (packages / name).exists()] == []
    assert any((packages / "my_api" / "__pycache__").iterdir())  # compiled beforehand


@downloads
def test_the_image_obeys_the_lock(image: dockerfile.Stage) -> None:
    packages = image.path(f"/opt/venv/lib/{PYTHON}/site-packages")
    assert len([*packages.glob("click-8.1*.dist-info")]) == 1


@downloads
def test_a_lock_that_does_not_fit_stops_the_build(bake: Bake, tmp_path: Path) -> None:
    project = bake().copy(tmp_path)
    lock(project)
    text = project.read("pyproject.toml")
    assert '"flask>=3.1"' in text
    project.write("pyproject.toml", text.replace('"flask>=3.1"', '"flask>=3.1.1"'))
    with pytest.raises(RuntimeError, match="lock"):
        dockerfile.build(project.path, tmp_path / "image")


@downloads
def test_the_image_runs_as_nobody(image: dockerfile.Stage) -> None:
    user, _, group = image.settings["USER"].partition(":")
    assert user == group
    assert int(user) > 0


@contextmanager
def running(
    image: dockerfile.Stage, port: int, **environ: str
) -> Iterator["subprocess.Popen[str]"]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(OWN)}
    process = subprocess.Popen(
        image.command("CMD"),
        cwd=image.path(""),
        env=inherited | image.environ() | {"PORT": str(port), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def health(image: dockerfile.Stage, port: int) -> "subprocess.CompletedProcess[str]":
    environ = {"http_proxy": "http://127.0.0.1:9", "PORT": str(port)}  # the proxy does not count
    command = image.command("HEALTHCHECK")
    return run(*command, cwd=image.path(""), environ=image.environ() | environ)


def wait_until_healthy(image: dockerfile.Stage, port: int) -> None:
    wait_until(lambda: health(image, port).returncode == 0)


@pytest.fixture
def port() -> Iterator[int]:
    with reserved_port() as number:
        yield number


PRODUCTION = {"CORS_ORIGINS": "https://app.example.com", "TRUSTED_HOSTS": ".example.com"}


@downloads
@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_starts_answers_and_stops(workers: str, image: dockerfile.Stage, port: int) -> None:
    """A read-only file system will do, and a platform's PORT and WEB_CONCURRENCY count."""
    before = tree(image.root)
    assert health(image, port).returncode == 1
    with running(image, port, WEB_CONCURRENCY=workers, **PRODUCTION) as server:
        wait_until_healthy(image, port)
        response = ask(port, Host="api.example.com", Origin="https://app.example.com")
        assert response.status == 200
        assert response["Access-Control-Allow-Origin"] == "https://app.example.com"
        server.terminate()
        assert server.wait(timeout=60) == 0
    assert tree(image.root) == before


def ask(port: int, **headers: str) -> Response:
    return Server(port, Path()).ask("GET", "/api/v1/greetings?name=Ada", headers)


@downloads
def test_the_servers_own_names_of_port_and_workers_do_nothing(
    image: dockerfile.Stage, port: int
) -> None:
    with reserved_port() as other:
        names = {"GRANIAN_PORT": str(other), "GRANIAN_WORKERS": "0"}
        with running(image, port, **names, **PRODUCTION):
            wait_until_healthy(image, port)


@downloads
@pytest.mark.parametrize(
    ("name", "value", "option"),
    [
        ("PORT", "abc", "--port"),
        ("PORT", "", "--port"),
        ("WEB_CONCURRENCY", "0", "--workers"),
        ("WEB_CONCURRENCY", "", "--workers"),
        ("GRANIAN_BLOCKING_THREADS", "x", "--blocking-threads"),
    ],
)
def test_wrong_options_of_the_server_stop_it(
    name: str, value: str, option: str, image: dockerfile.Stage, port: int
) -> None:
    with running(image, port, **PRODUCTION | {name: value}) as server:
        output, _ = server.communicate(timeout=60)
    assert server.returncode == 2
    assert f"Invalid value for '{option}': " in output


@downloads
def test_wrong_settings_stop_it(image: dockerfile.Stage, port: int) -> None:
    with running(image, port, CORS_ORIGINS="https://app.example.com/") as server:
        output, _ = server.communicate(timeout=60)
    assert server.returncode == 4
    line = "CORS_ORIGINS: 'https://app.example.com/' has a path; write 'https://app.example.com'\n"
    assert output == line
