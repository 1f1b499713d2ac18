"""Fixtures that generate projects, in process and without a trace in the home folder."""

import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir
from dataclasses import dataclass
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Protocol

import pytest
from binaryornot.check import is_binary
from cookiecutter import generate as generating
from cookiecutter import hooks
from cookiecutter.main import cookiecutter
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from jinja2 import Environment

from combinations import Answers
from cookiecutter_flask_cors.template import EXTENSION, PROJECT, ROOT, questions, settings

IN_CI = "CI" in os.environ  # there nothing is skipped, and what is random is tried more often
downloads = pytest.mark.skipif(not IN_CI, reason="it downloads packages: set CI to run it")

# The machine may be busy: no example and no search for examples is too slow.
hypothesis_settings.register_profile(
    "template", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("template")


@dataclass(frozen=True)
class Project:
    """A generated project."""

    path: Path
    package: str

    @property
    def src(self) -> Path:
        return self.path / "src"

    @property
    def own(self) -> Path:
        """The folder of the package that the owner writes."""
        return self.src / self.package

    def read(self, name: str) -> str:
        return (self.path / name).read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        return tree(self.path)

    def copy(self, folder: Path) -> "Project":
        """Copy the project into a folder, for a test that changes it."""
        return Project(shutil.copytree(self.path, folder / self.path.name), self.package)

    def python(self, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run this interpreter in the project's folder, with the package importable."""
        return run(
            sys.executable,
            *arguments,
            cwd=self.path,
            environ={
                "PYTHONPATH": str(self.src),
                "MYPYPATH": str(self.src),
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # an owner has none of ours
                **environ,
            },
        )


def tree(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, bytecode aside, by the path below it."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def run(
    *command: str | Path, cwd: Path, typed: str = "", environ: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, whatever its status."""
    # Without the variables by which `make test` would talk to the makes that tests start.
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("ARGS", "MAKE"))
    }
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        # Projects and copies of the template are compiled once; make has set this to 1.
        env={**inherited, "PYTHONDONTWRITEBYTECODE": "", **(environ or {})},
        input=typed,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


def copy_template(to: Path) -> Path:
    """Copy the template without the caches of tools, which cookiecutter would copy on."""
    caches = shutil.ignore_patterns("__pycache__", ".*_cache")
    for name in ("cookiecutter_flask_cors", "hooks", PROJECT.name):
        shutil.copytree(ROOT / name, to / name, ignore=caches)
    for name in ("cookiecutter.json", "needs_cookiecutter_2_7.py", ".gitattributes"):
        shutil.copy(ROOT / name, to)
    return to


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


class Bake(Protocol):
    """Return the project of these answers; it is shared, so a test that changes it copies it."""

    def __call__(self, **answers: object) -> Project: ...


class Generate(Protocol):
    """Generate a project into a folder, over what is there."""

    def __call__(self, into: Path, **answers: object) -> Project: ...


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the template, which stays the same whatever happens to the original."""
    return copy_template(tmp_path_factory.mktemp("template") / "template")


_compile = Environment.compile
_compiled: dict[tuple[str, ...], CodeType] = {}


def compile_once(environment: Environment, source: str, *names: str | None) -> CodeType:
    """Compile a text of the template once."""
    key = (source, *map(str, names))
    if key not in _compiled:
        _compiled[key] = _compile(environment, source, *names)  # type: ignore[call-overload]
    return _compiled[key]


_source_to_code = SourceFileLoader.source_to_code
_loaded: dict[tuple[bytes, str], CodeType] = {}


def load_once(loader: SourceFileLoader, data: bytes, path: str, **options: int) -> CodeType:
    """Compile a module of the template once, although each generation imports it three times."""
    if (data, path) not in _loaded:
        _loaded[data, path] = _source_to_code(loader, data, path, **options)
    return _loaded[data, path]


def run_here(hook: str, folder: str) -> None:
    """Run a hook in this process; in test_invocations.py each is a process of its own."""
    with chdir(folder):
        runpy.run_path(hook, run_name="__main__")


@pytest.fixture(scope="session")
def generate(template: Path, config: Path) -> Generate:
    is_binary_once = cache(is_binary)  # by the path below the template

    def generate(into: Path, **answers: object) -> Project:
        with pytest.MonkeyPatch.context() as patch:
            # Most of the time of a generation goes into these.
            patch.setattr(Environment, "compile", compile_once)
            patch.setattr(SourceFileLoader, "source_to_code", load_once)
            patch.setattr(hooks, "run_script", run_here)
            patch.setattr(generating, "is_binary", is_binary_once)
            path = cookiecutter(
                str(template),
                no_input=True,
                extra_context=answers,
                output_dir=str(into),
                overwrite_if_exists=True,
                config_file=str(config),
            )
        (package,) = {folder.name for folder in Path(path, "src").iterdir()} - {EXTENSION.name}
        return Project(Path(path), package)

    return generate


@pytest.fixture(scope="session")
def bake(generate: Generate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bake]:
    projects: dict[str, tuple[Project, set[tuple[object, ...]]]] = {}

    defaults = good_answers()

    def bake(**answers: object) -> Project:
        given = {key: value for key, value in answers.items() if value != defaults.get(key)}
        key = repr(sorted(given.items()))
        if key not in projects:
            # One folder for all: cookiecutter compiles its path as a template, many times.
            folder = tmp_path_factory.getbasetemp() / "baking"
            made = generate(folder, **answers)
            assert [*folder.iterdir()] == [made.path]  # nothing is written beside it
            place = tmp_path_factory.mktemp("baked") / made.path.name
            project = Project(made.path.rename(place), made.package)
            projects[key] = project, state(project)
        return projects[key][0]

    yield bake
    changed = [key for key, (project, before) in projects.items() if state(project) != before]
    assert changed == [], "tests changed a project that they share"


def state(project: Project) -> set[tuple[object, ...]]:
    """Return what changes if a file of the project is written, added or removed."""
    paths = [
        path for path in project.path.rglob("*") if not path.is_dir() and path.suffix != ".pyc"
    ]
    return {(path, (stat := path.lstat()).st_mtime_ns, stat.st_size) for path in paths}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that need mypy: they share a worker, and so the cache that it fills."""
    items.sort(key=lambda item: "mypy_cache" not in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for mypy's cache: to read the libraries takes it half a minute."""
    return tmp_path_factory.mktemp("mypy")


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
