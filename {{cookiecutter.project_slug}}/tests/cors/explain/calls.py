"""How the tests ask for an explanation."""

import json
from typing import Any

from flask import Flask

API = "http://127.0.0.1:8000"


def explain(app: Flask, *words: str) -> dict[str, Any]:
    """Return the answer of the command as data; its exit status has to fit."""
    result = app.test_cli_runner().invoke(args=["cors", "explain", *words, "--json"])
    assert result.exit_code in (0, 1), result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code == (0 if answer["verdict"] == "ALLOWED" else 1)
    return answer


def lines_of(answer: dict[str, Any]) -> list[str]:
    """Return what a reader is told: cause, fix and notes."""
    told = [answer["cause"], answer["fix"], *(note["text"] for note in answer["notes"])]
    return [line for line in told if line]
