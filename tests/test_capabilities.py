"""Projects with a database or a login: they pass their own tests and checks."""

from pathlib import Path

import pytest

from combinations import DEFAULTS, PAIRS, SINGLES, Answers
from conftest import IN_CI, Bake

EVERYTHING = [
    {"auth": "session", "cors_supports_credentials": True},
    {"auth": "oidc"},
]


# Those without a database and a login are in test_generated.py.
CAPABLE = {
    name: answers
    for name, answers in (PAIRS if IN_CI else SINGLES).items()
    if answers not in DEFAULTS
}


@pytest.mark.parametrize("answers", CAPABLE.values(), ids=CAPABLE.keys())
def test_it_passes_its_tests_and_checks(answers: Answers, bake: Bake, mypy_cache: Path) -> None:
    for command in (
        "pytest -q -W error -p no:cacheprovider",
        f"mypy --strict --cache-dir {mypy_cache}",
        "flask --app wsgi --debug --env-file .env.example cors check",
    ):
        done = bake(**answers).python("-m", *command.split(), SECRET_KEY="k" * 32)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("auth", EVERYTHING, ids=["session", "oidc"])
def test_with_everything_it_is_read_in_one_sitting(auth: Answers, bake: Bake) -> None:
    project = bake(cors_policy="mixed", database="sqlalchemy", **auth)
    modules = [path.read_text("utf-8") for path in project.own.rglob("*.py")]
    assert len(modules) <= 28
    assert sum(module.count("\n") for module in modules) <= 1400
    assert project.read("README.md").count("\n") <= 130
