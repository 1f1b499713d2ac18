"""Generated projects pass their own tests and checks, all in the environment of these tests."""

import re
import sys
from pathlib import Path

import pytest

from combinations import CHOSEN, POLICIES, PROGRAMS, Answers
from conftest import Bake, run

every_policy = pytest.mark.parametrize("policy", POLICIES)

# SPEC, section 6: at default answers but for the policy.
MOST_CASES = 200
# The program depends on the policy and on names alone: test_tree.py compares them. With
# credentials, a database or a login it is tested in test_capabilities.py.
NAMED: dict[str, Answers] = {
    "the longest names": CHOSEN["the longest names"],
    "the oddest names": CHOSEN["the oddest names"],
    "a package called like a variable, and no front end yet": {
        **CHOSEN["a package called like a variable"],
        **CHOSEN["no front end yet"],
    },
}


@every_policy
def test_its_tests_pass_and_are_few(policy: str, bake: Bake) -> None:
    cases = re.search(r"^(\d+) passed in ", passed({"cors_policy": policy}, bake), re.MULTILINE)
    assert cases
    assert int(cases[1]) <= MOST_CASES


@pytest.mark.parametrize("answers", NAMED.values(), ids=NAMED.keys())
def test_its_tests_pass_whatever_its_names(answers: Answers, bake: Bake) -> None:
    assert " passed in " in passed(answers, bake)


def passed(answers: Answers, bake: Bake) -> str:
    done = bake(**answers).python(*"-m pytest -q -W error -p no:cacheprovider".split())
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_program_is_linted_and_formatted(bake: Bake) -> None:
    """Ruff reads many projects in one process, each with the configuration of its own."""
    projects = [bake(**answers) for answers in (*CHOSEN.values(), *PROGRAMS.values())]
    paths = [project.path for project in projects]
    for command in (("check",), ("format", "--diff")):
        done = run(sys.executable, "-m", "ruff", *command, "--no-cache", *paths, cwd=paths[0])
        assert done.returncode == 0, done.stdout + done.stderr


# Types do not depend on texts, nor on how a project is deployed and checked.
TYPED = [*({"cors_policy": policy} for policy in POLICIES), CHOSEN["the longest names"]]


@pytest.mark.parametrize("answers", TYPED, ids=[*POLICIES, "the longest names"])
def test_it_is_typed(answers: Answers, bake: Bake, mypy_cache: Path) -> None:
    done = bake(**answers).python("-m", "mypy", "--strict", "--cache-dir", str(mypy_cache))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["defaults", "mixed with credentials", "permissive"])
def test_its_policy_has_no_error(name: str, bake: Bake) -> None:
    """As `make check` calls it, with the development values."""
    options = ("--app", "wsgi", "--debug", "--env-file", ".env.example")
    command = ("cors", "check", "--fail-level", "error")
    project = bake(**CHOSEN[name])
    done = project.python("-m", "flask", *options, *command, FLASK_SKIP_DOTENV="1")
    assert done.returncode == 0, done.stdout + done.stderr
