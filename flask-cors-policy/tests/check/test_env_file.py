import pytest

from flask_cors_policy import ConfigurationError
from flask_cors_policy.check.command import read_variables


def problems(content: bytes) -> list[str]:
    with pytest.raises(ConfigurationError) as refusal:
        read_variables(content)
    return [str(problem) for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"NAME=value", "value"),
        (b"NAME=", ""),
        (b"NAME=a=b", "a=b"),
        (b'NAME="value"', '"value"'),
        (b"NAME= value # main", " value # main"),
        (b"NAME=${HOME}", "${HOME}"),
        (b"  NAME=value", "value"),
        (b"# a comment\n\n   \nNAME=value\n", "value"),
        (b"NAME=value\r\n", "value"),
        (b"\xef\xbb\xbfNAME=value", "value"),
        ("NAME=a\u2028b\x0bc\x85".encode(), "a\u2028b\x0bc\x85"),
    ],
)
def test_value_stands_as_it_is(content: bytes, value: str) -> None:
    assert read_variables(content) == {"NAME": value}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"A=1\nexport B=2", "line 2: sets no variable; write NAME=value"),
        (b"NAME", "line 1: sets no variable; write NAME=value"),
        (b"NAME: value", "line 1: sets no variable; write NAME=value"),
        (b"NAME =value", "line 1: sets no variable; write NAME=value"),
        (b"A=1\nA=2", "line 2: sets 'A' a second time; remove one of the two"),
        (
            b"NAME=caf\xe9",
            "line 1: sets 'NAME' to what is no text in UTF-8; save the file as UTF-8",
        ),
        (b"A=1\nNAME=a\0b", "line 2: is no text in UTF-8; save the file as UTF-8"),
        ("A=1\nB=2".encode("utf-16"), "line 1: is no text in UTF-8; save the file as UTF-8"),
    ],
)
def test_line_that_sets_no_variable_is_a_problem(content: bytes, problem: str) -> None:
    assert problems(content) == [problem]


def test_every_wrong_line_is_a_problem() -> None:
    assert [line.partition(":")[0] for line in problems(b"x\nA=1\ny\nA=2")] == [
        "line 1",
        "line 3",
        "line 4",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        "SECRET_KEY: {}",
        "?SECRET_KEY={}",
        "export SECRET_KEY={}",
        "\N{SNOWMAN}SECRET_KEY={}",
        "SECRET_KEY={}\0",
        "SECRET_KEY={}\nSECRET_KEY={}",
    ],
)
def test_problem_shows_no_value(line: str) -> None:
    assert "s3cr3t" not in str(problems(line.replace("{}", "s3cr3t" * 8).encode()))
