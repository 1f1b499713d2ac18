from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from {{ cookiecutter.package_name }}.cors.check import (
    __main__ as command,
)

from ...calls import ENVIRON

GOOD = ENVIRON | {
    "CORS_ORIGINS": "https://app.acme.org, https://admin.acme.org",
    "TRUSTED_HOSTS": "api.acme.org",
    "WEB_CONCURRENCY": "2",
}
COMMENTED = "\n# Comments and empty lines are none of it.\n"


def text_of(**variables: str | None) -> str:
    """Write a good file, with these variables in it or, where they are None, without them."""
    said = {name: value for name, value in (GOOD | variables).items() if value is not None}
    return COMMENTED + "".join(f"{name}={value}\n" for name, value in said.items())


def judge(text: str, *words: str) -> Result:
    Path("production.env").write_text(text, encoding="utf-8")
    return CliRunner().invoke(command.main, [*words, "production.env"])


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What this process has is not looked at."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CORS_ORIGINS", "nonsense")
    monkeypatch.setenv("WEB_CONCURRENCY", "none")
    monkeypatch.setenv("FLASK_DEBUG", "1")


def test_a_good_file_has_no_errors() -> None:
    result = judge(text_of())

    assert " error " not in result.output
    assert (result.exit_code, result.exception) == (0, None)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        pytest.param(
            text_of(CORS_ORIGINS='"https://app.acme.org"'),
            "CORS_ORIGINS: '\"https://app.acme.org\"' has quotes",
            id="quotes, which no container takes off",
        ),
        pytest.param(
            text_of(CORS_ORIGINS="https://app.acme.org # main"),
            "CORS_ORIGINS: 'https://app.acme.org # main' has a blank inside",
            id="a comment, which no container takes off",
        ),
        pytest.param(
            text_of() + "export PORT=8000",
            "sets no variable; write NAME=value",
            id="a word of the shell",
        ),
        pytest.param(text_of() + "PORT=1\nPORT=2", "'PORT' is set twice", id="a variable twice"),
        pytest.param(text_of(PORT="http"), "PORT: 'http' is ", id="a variable of the server"),
        pytest.param(text_of(PROXY_HOPS="x"), "PROXY_HOPS: 'x' is ", id="one of the application"),
        pytest.param(
            text_of(CORS_ORIGINS="http://localhost:*"), "CORS002 error", id="a development value"
        ),
    ],
)
def test_what_would_be_wrong_in_production_is_found(text: str, finding: str) -> None:
    result = judge(text)

    assert finding in result.output
    assert all(line.startswith("production.env: ") for line in result.output.splitlines())
    assert result.exit_code == 1


def test_a_warning_is_told_and_no_failure_unless_it_is_asked_for() -> None:
    text = text_of(TRUSTED_HOSTS=None)

    assert "production.env: CORS019 warning" in judge(text).output
    assert judge(text).exit_code == 0
    assert judge(text, "--fail-level", "warning").exit_code == 1


def test_a_file_that_is_not_there_is_a_wrong_command_line() -> None:
    assert CliRunner().invoke(command.main, ["none.env"]).exit_code == 2


@pytest.mark.parametrize("line", ["export {}", "{}: {}", "?{}", "{}", "\N{SNOWMAN}{}={}"])
def test_no_value_is_shown(line: str) -> None:
    secret = "s3cr3t" * 8

    assert "s3cr3t" not in judge(text_of() + line.format("SECRET_KEY=" + secret, secret)).output


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + text_of().encode(), id="a byte order mark"),
        pytest.param(text_of().replace("\n", "\r\n").encode(), id="line ends of Windows"),
        pytest.param(text_of().encode().replace(b"\n", b"\n  "), id="indented"),
        pytest.param(text_of(TEXT="a\u2028b\x0bc\x85").encode(), id="odd line breaks in a value"),
    ],
)
def test_what_containers_read_is_read(content: bytes) -> None:
    Path("production.env").write_bytes(content)
    result = CliRunner().invoke(command.main, ["production.env"])

    assert " error " not in result.output
    assert result.exit_code == 0


@pytest.mark.parametrize("value", [b"caf\xe9", b"a\0b"])
def test_what_is_no_text_is_refused(value: bytes) -> None:
    Path("production.env").write_bytes(text_of().encode() + b"TEXT=" + value)
    result = CliRunner().invoke(command.main, ["production.env"])

    assert "'TEXT' is no text in UTF-8; save the file as UTF-8" in result.output
    assert result.exit_code == 1


def test_a_folder_is_a_wrong_command_line() -> None:
    assert CliRunner().invoke(command.main, ["."]).exit_code == 2
