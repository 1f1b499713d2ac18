"""Generated projects pass their own tests and checks, all in the environment of these tests."""

import re

import pytest

from combinations import CHOSEN, POLICIES, Answers
from conftest import Bake

every_chosen = pytest.mark.parametrize("name", CHOSEN)
# The program depends on the policy and on names alone: test_tree.py compares them.
TESTED = [name for name in CHOSEN if not {"deploy", "ci"} & CHOSEN[name].keys()]

# SPEC, section 6. Time is that of the processor: other tests run beside these.
MOST_CASES = 200
MOST_SECONDS = 3
TIMED = """
import sys, time, pytest
class Clock:
    def pytest_sessionstart(self): self.start = time.process_time()
    def pytest_sessionfinish(self): print("\\nseconds", time.process_time() - self.start)
sys.exit(pytest.main(sys.argv[1:], plugins=[Clock()]))
"""


@pytest.mark.parametrize("name", TESTED)
def test_its_tests_pass_and_are_few_and_quick(name: str, bake: Bake) -> None:
    options = ("-q", "-W", "error", "-p", "no:cacheprovider")
    done = bake(**CHOSEN[name]).python("-c", TIMED, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    cases = re.search(r"^(\d+) passed in ", done.stdout, re.MULTILINE)
    seconds = re.search(r"^seconds (.*)$", done.stdout, re.MULTILINE)
    assert cases
    assert seconds
    assert int(cases[1]) <= MOST_CASES
    assert float(seconds[1]) <= MOST_SECONDS


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
