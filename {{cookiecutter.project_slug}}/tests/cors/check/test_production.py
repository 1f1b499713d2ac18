from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from {{ cookiecutter.package_name }}.cors.check.__main__ import (
    main,
)

GOOD = """
# Comments and empty lines are none of it.
CORS_ORIGINS=https://app.acme.org, https://admin.acme.org
TRUSTED_HOSTS=api.acme.org
WEB_CONCURRENCY=2
"""


def judge(folder: Path, text: str, *words: str) -> Result:
    (folder / "production.env").write_text(text, encoding="utf-8")
    return CliRunner().invoke(main, [*words, "production.env"])


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What this process has is not looked at."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CORS_ORIGINS", "nonsense")
    monkeypatch.setenv("WEB_CONCURRENCY", "none")
    monkeypatch.setenv("FLASK_DEBUG", "1")


def test_nothing_is_found(tmp_path: Path) -> None:
    result = judge(tmp_path, GOOD)

    assert result.output == "production.env: no findings\n"
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        pytest.param(
            'CORS_ORIGINS="https://app.acme.org"',
            "CORS_ORIGINS: '\"https://app.acme.org\"' has quotes",
            id="quotes, which no container takes off",
        ),
        pytest.param(
            "CORS_ORIGINS=https://app.acme.org # main",
            "CORS_ORIGINS: 'https://app.acme.org # main' has a blank inside",
            id="a comment, which no container takes off",
        ),
        pytest.param(
            "export CORS_ORIGINS=https://app.acme.org",
            "line 1: 'export CORS_ORIGINS=https://app.acme.org' sets no variable",
            id="a word of the shell",
        ),
        pytest.param(
            f"{GOOD}CORS_ORIGINS=https://app.acme.org",
            "line 6: 'CORS_ORIGINS' is set twice",
            id="a variable that is set twice",
        ),
        pytest.param(f"{GOOD}PORT=http", "PORT: 'http' is ", id="a variable of the server"),
        pytest.param(
            "CORS_ORIGINS=http://localhost:*", "CORS002 error", id="what belongs to development"
        ),
        pytest.param("TRUSTED_HOSTS=a.b\nPROXY_HOPS=x", "PROXY_HOPS: 'x' is ", id="another one"),
    ],
)
def test_what_would_be_wrong_in_production_is_found(
    tmp_path: Path, text: str, finding: str
) -> None:
    result = judge(tmp_path, text)

    assert f"production.env: {finding}" in result.output
    assert result.exit_code == 1


def test_a_warning_is_told_and_no_failure_unless_it_is_asked_for(tmp_path: Path) -> None:
    text = GOOD.replace("TRUSTED_HOSTS=api.acme.org", "")

    assert "production.env: CORS019 warning" in judge(tmp_path, text).output
    assert judge(tmp_path, text).exit_code == 0
    assert judge(tmp_path, text, "--fail-level", "warning").exit_code == 1


def test_a_file_that_is_not_there_is_a_wrong_command_line(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, [str(tmp_path / "none")]).exit_code == 2
