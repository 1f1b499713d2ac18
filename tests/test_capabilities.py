"""Projects with a database and a login, in pairs: they pass their own tests and checks."""

import pytest

from combinations import PAIRS, Answers
from conftest import Bake

EVERYTHING = [
    {"auth": "session", "cors_supports_credentials": True},
    {"auth": "oidc"},
]


@pytest.mark.parametrize("answers", PAIRS.values(), ids=PAIRS.keys())
def test_it_passes_its_tests_and_checks(
    answers: Answers, bake: Bake, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = tmp_path_factory.getbasetemp() / "mypy"  # one for each worker
    for command in (
        "pytest -q -W error -p no:cacheprovider",
        "ruff check --no-cache",
        "ruff format --no-cache --diff",
        f"mypy --strict --cache-dir {cache}",
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
