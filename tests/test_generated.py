"""Generated projects pass their own tests and checks, all in the one environment of these tests."""

from collections.abc import Callable

import pytest

from combinations import CHOSEN
from conftest import Bake, Project

every_chosen = pytest.mark.parametrize("name", CHOSEN)


@pytest.fixture(scope="session")
def chosen(bake: Bake) -> Callable[[str], Project]:
    """Return the function that gives a CHOSEN project, generated once."""
    projects: dict[str, Project] = {}

    def chosen(name: str) -> Project:
        if name not in projects:
            projects[name] = bake(**CHOSEN[name])
        return projects[name]

    return chosen


@every_chosen
def test_its_tests_pass(name: str, chosen: Callable[[str], Project]) -> None:
    done = chosen(name).python("-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


@every_chosen
def test_it_is_linted(name: str, chosen: Callable[[str], Project]) -> None:
    done = chosen(name).python("-m", "ruff", "check", "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


@every_chosen
def test_it_is_formatted(name: str, chosen: Callable[[str], Project]) -> None:
    done = chosen(name).python("-m", "ruff", "format", "--no-cache", "--diff")
    assert done.returncode == 0, done.stdout + done.stderr


@every_chosen
def test_it_is_typed(
    name: str, chosen: Callable[[str], Project], tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = tmp_path_factory.getbasetemp() / "mypy"  # one for each worker
    done = chosen(name).python("-m", "mypy", "--strict", "--cache-dir", str(cache))
    assert done.returncode == 0, done.stdout + done.stderr
