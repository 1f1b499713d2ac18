"""Generated projects pass their own tests and checks, all in the environment of these tests."""

import re

import pytest

from combinations import CHOSEN, POLICIES, Answers
from conftest import Bake, Project

every_chosen = pytest.mark.parametrize("name", CHOSEN)

# SPEC, section 6.
MOST_CASES = 200
MOST_SECONDS = 3


def own_tests(project: Project, *arguments: str) -> str:
    """Run the project's tests, with warnings as errors, and return the closing line."""
    done = project.python("-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[-1]


@every_chosen
def test_its_tests_pass(name: str, bake: Bake) -> None:
    closing = own_tests(bake(**CHOSEN[name]))
    assert re.fullmatch(r"\d+ passed in .*", closing)


@pytest.mark.parametrize("policy", POLICIES)
def test_its_tests_are_few_and_quick(policy: str, bake: Bake) -> None:
    project = bake(cors_policy=policy)
    closing = min(own_tests(project), own_tests(project), key=seconds)  # others run beside it
    assert int(closing.split()[0]) <= MOST_CASES
    assert seconds(closing) <= MOST_SECONDS


def seconds(closing: str) -> float:
    found = re.search(r"in ([0-9.]+)s", closing)
    assert found
    return float(found[1])


@every_chosen
def test_it_is_linted_and_formatted(name: str, bake: Bake) -> None:
    for command in (("check",), ("format", "--diff")):
        done = bake(**CHOSEN[name]).python("-m", "ruff", *command, "--no-cache")
        assert done.returncode == 0, done.stdout + done.stderr


# Types do not depend on texts, nor on how a project is deployed and checked.
TYPED = [*({"cors_policy": policy} for policy in POLICIES), CHOSEN["the longest names"]]


@pytest.mark.parametrize("answers", TYPED, ids=[*POLICIES, "the longest names"])
def test_it_is_typed(
    answers: Answers, bake: Bake, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = tmp_path_factory.getbasetemp() / "mypy"  # one for each worker
    done = bake(**answers).python("-m", "mypy", "--strict", "--cache-dir", str(cache))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["defaults", "mixed with credentials", "permissive"])
def test_its_policy_has_no_error(name: str, bake: Bake) -> None:
    """As `make check` calls it, with the development values."""
    options = ("--app", "wsgi", "--debug", "--env-file", ".env.example")
    command = ("cors", "check", "--fail-level", "error")
    project = bake(**CHOSEN[name])
    done = project.python("-m", "flask", *options, *command, FLASK_SKIP_DOTENV="1")
    assert done.returncode == 0, done.stdout + done.stderr
