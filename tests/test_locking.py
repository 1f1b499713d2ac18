"""uv.lock: written by make where uv is and can, obeyed by pip wherever it is, needed nowhere."""

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import Bake, Project, run

if TYPE_CHECKING:
    import subprocess

pytestmark = pytest.mark.skipif(
    os.name == "nt" or not shutil.which("make"), reason="make and a POSIX shell are needed"
)

UV_LOCK = (sys.executable, "-m", "uv", "lock")
UV = """#!/bin/sh
{}
"""
LOCK = """
version = 1
requires-python = ">=3.11"

[[package]]
name = "flask"
version = "3.1.1"
source = { registry = "https://index.example/simple" }

[[package]]
name = "numpy"
version = "2.3.0"
source = { registry = "https://index.example/simple" }
resolution-markers = ["python_full_version >= '3.12'", "sys_platform == 'win32'"]

[[package]]
name = "numpy"
version = "2.2.0"
source = { registry = "https://index.example/simple" }
resolution-markers = ["python_full_version < '3.12' and sys_platform != 'win32'"]

[[package]]
name = "my-api"
version = "0.1.0"
source = { editable = "." }
"""


@pytest.fixture
def project(bake: Bake) -> Project:
    """Return a project whose virtual environment is taken for made."""
    project = bake()
    (project.path / ".venv").mkdir()
    (project.path / ".venv" / "venv.stamp").touch()
    return project


def locked(project: Project, path: str) -> "subprocess.CompletedProcess[str]":
    target = (".venv/locked.txt", f"BIN={Path(sys.executable).parent}")
    return run("make", *target, cwd=project.path, environ={"PATH": f"{path}:/usr/bin:/bin"})


def with_uv(folder: Path, script: str) -> str:
    uv = folder / "uv"
    uv.write_text(UV.format(script), encoding="utf-8")
    uv.chmod(0o755)
    return str(folder)


def test_without_uv_nothing_is_locked(project: Project, tmp_path: Path) -> None:
    done = locked(project, str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert project.read(".venv/locked.txt") == ""
    assert not (project.path / "uv.lock").exists()


def test_with_uv_the_first_make_locks(project: Project, tmp_path: Path) -> None:
    (tmp_path / "lock").write_text(LOCK, encoding="utf-8")
    done = locked(project, with_uv(tmp_path, f'[ "$*" = lock ] && cp "{tmp_path}/lock" uv.lock'))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert project.read("uv.lock") == LOCK
    assert project.read(".venv/locked.txt").splitlines() == [
        "flask==3.1.1",
        "numpy==2.3.0 ; python_full_version >= '3.12' or sys_platform == 'win32'",
        "numpy==2.2.0 ; python_full_version < '3.12' and sys_platform != 'win32'",
    ]
    assert run("make", "--question", ".venv/locked.txt", cwd=project.path).returncode == 0


def test_a_lock_is_left_as_it_is(project: Project, tmp_path: Path) -> None:
    (project.path / "uv.lock").write_text(LOCK, encoding="utf-8")
    done = locked(project, with_uv(tmp_path, "echo changed > uv.lock"))
    assert done.returncode == 0
    assert project.read("uv.lock") == LOCK
    assert "flask==3.1.1" in project.read(".venv/locked.txt")


def test_a_uv_that_cannot_is_no_obstacle(project: Project, tmp_path: Path) -> None:
    done = locked(project, with_uv(tmp_path, "echo trouble >&2; exit 2"))
    message = "uv.lock: not written, as uv cannot resolve it from here; make lock says why\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, message, "")
    assert project.read(".venv/locked.txt") == ""


def test_offline_nothing_is_left_half_written(bake: Bake, tmp_path: Path) -> None:
    project = bake()
    before = project.files()
    environ = {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path)}
    assert run(*UV_LOCK, cwd=project.path, environ=environ).returncode != 0
    assert project.files() == before


def test_pip_obeys_what_it_is_told(project: Project) -> None:
    """The constraints are what pip takes for such: each line is a requirement with `==`."""
    from pip._vendor.packaging.requirements import Requirement

    (project.path / "uv.lock").write_text(LOCK, encoding="utf-8")
    assert locked(project, "/nowhere").returncode == 0
    lines = [Requirement(line) for line in project.read(".venv/locked.txt").splitlines()]
    here = {it.name: str(it.specifier) for it in lines if not it.marker or it.marker.evaluate()}
    numpy = "==2.3.0" if sys.version_info >= (3, 12) else "==2.2.0"
    assert here == {"flask": "==3.1.1", "numpy": numpy}
    text = project.read("Makefile")
    installs = [line for line in text.splitlines() if "--editable" in line]
    assert [line for line in installs if "--constraint $<" not in line] == []


def test_generating_writes_no_lock(bake: Bake) -> None:
    assert "uv.lock" not in bake().files()
