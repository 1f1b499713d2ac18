"""One record is one line, whatever a client sends."""

import json
import logging
from typing import Any

import pytest

from {{ cookiecutter.package_name }} import logs

from .conftest import app_in

JSON, TEXT = logs.JSONFormatter(), logs.TextFormatter()

HOSTILE = [
    pytest.param("a\nb", id="a line break"),
    pytest.param('a", "level": "DEBUG', id="quotes"),
    pytest.param("a\x00\x1b[2J\x7f\x9b", id="control characters"),
    pytest.param("a\u2028b\u2029\x85\x0b\x1c", id="what Python takes for line breaks"),
    pytest.param("\u202e\u200b", id="characters that hide others"),
    pytest.param("\ud800", id="half a character"),
]


def record(message: str, **extra: Any) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "api", "levelname": "INFO", "msg": message, **extra})


@pytest.mark.parametrize("text", HOSTILE)
def test_no_value_forges_or_breaks_a_line(text: str) -> None:
    for formatter in (JSON, TEXT):
        assert formatter.format(record(text, path=text)).isprintable()


@pytest.mark.parametrize("text", HOSTILE)
def test_json_keeps_every_value(text: str) -> None:
    line = json.loads(JSON.format(record(text, path=text, status=200)))

    assert (line["level"], line["logger"], line["message"]) == ("INFO", "api", text)
    assert (line["path"], line["status"]) == (text, 200)


def test_an_exception_stays_with_its_line() -> None:
    error = ValueError("a\nb" + "x" * 4_000)
    failed = record("failed", exc_info=(ValueError, error, None))
    line = json.loads(JSON.format(failed))
    _, *below = TEXT.format(failed).splitlines()

    assert len(line["exception"]) == 3_000
    assert below == [f"    {part}" for part in f"ValueError: {error}".splitlines()]


def test_lines_of_a_view_carry_the_request_id() -> None:
    app = app_in()

    @app.get("/logged")
    def logged() -> str:
        return JSON.format(record("in the view"))

    response = app.test_client().get("/logged", headers={"X-Request-ID": "abc"})

    assert json.loads(response.text)["request_id"] == "abc"
