"""Fixtures: `bake` writes a project, in process and without a trace in the home folder."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from cookiecutter.main import cookiecutter
from hypothesis import settings as hypothesis_settings

from combinations import Answers
from cookiecutter_flask_cors.template import ROOT, questions, settings

hypothesis_settings.register_profile("template", deadline=None)
hypothesis_settings.load_profile("template")


@dataclass(frozen=True)
class Project:
    """A generated project."""

    path: Path
    package: str

    @property
    def src(self) -> Path:
        return self.path / "src"

    def read(self, name: str) -> str:
        return (self.path / name).read_text(encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        return tree(self.path)

    def python(self, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run this interpreter in the project's folder, with the package importable."""
        return run(
            sys.executable,
            *arguments,
            cwd=self.path,
            environ={"PYTHONPATH": str(self.src), "MYPYPATH": str(self.src), **environ},
        )


def tree(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder, by the path below it."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _inherited() -> dict[str, str]:
    """Leave out what `make test` tells the makes below it: these are nobody's children."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}


def run(
    *command: str | Path, cwd: Path, typed: str = "", environ: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, whatever that is."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**_inherited(), "PYTHONDONTWRITEBYTECODE": "1", **(environ or {})},
        input=typed,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cookiecutter configuration of our own: the home folder stays as it is."""
    folder = tmp_path_factory.mktemp("config")
    file = folder / "config.yaml"
    file.write_text(
        f"cookiecutters_dir: {folder / 'templates'}\nreplay_dir: {folder / 'replay'}\n",
        encoding="utf-8",
    )
    return file


Bake = Callable[..., Project]


@pytest.fixture(scope="session")
def bake(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Bake:
    """Return the function that generates a project from answers, into a folder of its own."""

    def bake(into: Path | None = None, **answers: object) -> Project:
        path = Path(
            cookiecutter(
                str(ROOT),
                no_input=True,
                extra_context=answers,
                output_dir=str(into or tmp_path_factory.mktemp("out")),
                overwrite_if_exists=into is not None,
                config_file=str(config),
            )
        )
        (package,) = (path / "src").iterdir()
        return Project(path, package.name)

    return bake


def good_answers() -> Answers:
    """Return a full set of good answers, as cookiecutter has them before it writes."""
    answers: Answers = {
        key: value[0] if isinstance(value, list) else value for key, value in questions().items()
    }
    names = {"project_slug": "my-api", "package_name": "my_api"}
    return answers | names | settings() | {"__checked": ""}


@pytest.fixture
def given() -> Answers:
    return good_answers()
