"""The log and the header of debug mode tell the code that the command tells."""

import logging
from itertools import product

import pytest

from explain.calls import BOOKS, HERE, PAGE, Setup, explain

EVIL = "https://evil.example"
SOCKETS = ("/api/socket", "/api/socket/own", "/outside/socket")
CALLS = [
    *product(
        ("GET", "POST", "PUT", "PROPFIND"),
        (BOOKS, "/api/open/x", "/api/narrow/x", "/api/own", "/outside", "/api/nothing"),
        (PAGE, EVIL, "null"),
        ((), ("X-Trace",)),
    ),
    *product(("GET",), SOCKETS, (PAGE, EVIL, "https://own.example", "null"), ((),)),
]


def words_of(call: tuple[str, str, str, tuple[str, ...]]) -> list[str]:
    method, path, origin, names = call
    url = f"ws://127.0.0.1:5000{path}" if path in SOCKETS else path
    arguments = [method, url, "--origin", origin]
    for name in names:
        arguments += ["--header", name]
    return arguments


def test_debug_header_and_log_carry_the_code_of_explain(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING, "flask_cors_policy")
    monkeypatch.setenv("FLASK_DEBUG", "1")
    refused = 0
    for call in CALLS:
        app = Setup([], sockets=[*SOCKETS]).build()
        verdict = explain(app, *words_of(call))
        sent = verdict["exchanges"][-1]
        caplog.clear()
        response = app.test_client().open(
            sent["url"].replace("ws:", "http:"),
            method=sent["method"],
            headers=sent["headers"],
            base_url=HERE,
        )
        told = response.headers.get("X-CORS-Explain", "").partition(":")[0]
        logged = [record.getMessage() for record in caplog.records]
        assert [f"({told}):" in line for line in logged] == ([True] if told else []), call
        assert told == (verdict["code"] or ""), call
        refused += bool(told)
    assert refused > 80
