import json
import logging
import logging.config
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from {{ cookiecutter.package_name }} import logs
from {{ cookiecutter.package_name }}.cors.refusals import REFUSAL
from {{ cookiecutter.package_name }}.logs.forms import LONGEST_LINE
from {{ cookiecutter.package_name }}.logs.lines import Lines

from .calls import ENVIRON, SPECIMENS, TRUSTED, client_of

FULL = Path("/dev/full")

# With credentials a warning comes first: ENVIRON trusts subdomains.
QUIET = ENVIRON | {"CORS_SUPPORTS_CREDENTIALS": "false"}

HOSTILE = [
    pytest.param("a\nb", id="line break"),
    pytest.param('a", "status": 200, "b": "', id="quotes"),
    pytest.param("a\\", id="backslash"),
    pytest.param("a\x00\x1b[2J\x7f\x9b", id="control characters"),
    pytest.param("a\u2028b\u2029\x85\x0b\x1c", id="what Python takes for line breaks"),
    pytest.param("\u202e\u200b", id="characters that hide others"),
    pytest.param("\ud800", id="half a character"),
    pytest.param("\U0001f600" * 5000, id="more than anybody wants to read"),
]


@pytest.fixture(autouse=True)
def unconfigured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Log as in a process of its own: pytest has configured logging already."""
    monkeypatch.setattr(logging.Logger, "hasHandlers", lambda _: False)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(logging, "captureWarnings", lambda capture: None)
    for name in (None, "{{ cookiecutter.package_name }}"):
        logger = logging.getLogger(name)
        monkeypatch.setattr(logger, "handlers", [])
        monkeypatch.setattr(logger, "level", logger.level)


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Read what was written since last time; text that is no JSON fails."""
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


def app_with_views(**environ: str) -> Flask:
    app = client_of(QUIET | environ).application

    @app.get("/api/say")
    def say() -> str:
        app.logger.warning("said %s", request.args["what"])
        return "said"

    @app.get("/api/crash")
    def crash() -> str:
        raise RuntimeError(request.args["what"])

    return app


def test_a_request_is_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    headers = {"X-Request-ID": "abc", "Origin": TRUSTED}
    client_of(QUIET).get(f"{SPECIMENS}?name=secret", headers=headers)
    (line,) = lines(capfd)

    assert line.pop("time").endswith("Z")
    assert 0 < line.pop("duration_ms") < 10_000
    assert line == {
        "level": "INFO",
        "method": "GET",
        "path": SPECIMENS,
        "status": 200,
        "request_id": "abc",
        "remote": "127.0.0.1",
    }


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_is_none(capfd: pytest.CaptureFixture[str], path: str) -> None:
    client_of(QUIET).get(path)

    assert lines(capfd) == []


def test_why_cors_refused_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    client = client_of(QUIET)
    client.get(SPECIMENS, environ_overrides={REFUSAL: "origin-not-trusted"})

    assert lines(capfd)[0]["cors_refusal"] == "origin-not-trusted"


def test_every_line_has_the_name_of_its_request(capfd: pytest.CaptureFixture[str]) -> None:
    client = app_with_views().test_client()
    client.get("/api/say?what=this", headers={"X-Request-ID": "abc"})
    said, answered = lines(capfd)

    assert (said["level"], said["message"]) == ("WARNING", "said this")
    assert said["request_id"] == answered["request_id"] == "abc"


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("what", HOSTILE)
def test_what_a_client_sends_neither_breaks_nor_forges_a_line(
    capfd: pytest.CaptureFixture[str], what: str, form: str
) -> None:
    client = app_with_views(LOG_FORMAT=form).test_client()
    sent = what.encode("utf-8", "surrogatepass").decode("latin-1")
    overrides = {"PATH_INFO": sent, "REMOTE_ADDR": sent, "HTTP_X_REQUEST_ID": sent}
    client.get("/", environ_overrides=overrides)
    client.get("/api/say", query_string={"what": what.encode(errors="replace")})
    written = capfd.readouterr().err

    assert len(written.splitlines()) == 3
    assert written.replace("\n", "").isprintable()
    assert max(map(len, written.splitlines()[::2])) < LONGEST_LINE
    if form == "json":
        levels = [json.loads(line)["level"] for line in written.splitlines()]
        assert levels == ["INFO", "WARNING", "INFO"]


def test_a_crash_is_told_in_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    app_with_views().test_client().get("/api/crash?what=a%0Ab")
    crashed, answered = lines(capfd)

    assert crashed["exception"].endswith("RuntimeError: a\nb")
    assert crashed["request_id"] == answered["request_id"]
    assert (answered["level"], answered["status"]) == ("ERROR", 500)


def test_text_below_a_line_is_indented(capfd: pytest.CaptureFixture[str]) -> None:
    app_with_views(LOG_FORMAT="text").test_client().get("/api/crash?what=a%0Ab")
    first, *others, last = capfd.readouterr().err.splitlines()

    assert "Exception on /api/crash" in first
    assert all(line.startswith("    ") for line in others)
    assert "GET /api/crash 500 " in last


def test_a_line_that_cannot_be_made_says_where(capfd: pytest.CaptureFixture[str]) -> None:
    record = logging.LogRecord("api", logging.ERROR, "here.py", 7, "%d", ("no number",), None)
    Lines("json").emit(record)

    assert lines(capfd)[0]["message"] == "here.py:7: cannot be logged: 'TypeError'"


def test_debugging_is_for_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    for debug in ("0", "1"):
        monkeypatch.setenv("FLASK_DEBUG", debug)
        monkeypatch.setattr(Lines, "_write", lambda _, line: written.append(line))
        client_of(QUIET).get(SPECIMENS)

    assert written[0].startswith("{")
    assert f"INFO GET {SPECIMENS} 200 " in written[1]


@pytest.mark.parametrize("form", ["json", "text"])
def test_logging_that_is_configured_already_stays(
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
) -> None:
    monkeypatch.undo()
    app_with_views(LOG_FORMAT=form).test_client().get("/api/say?what=this")

    assert caplog.messages == ["said this"]
    assert len(capfd.readouterr().err.splitlines()) == 1


def test_a_server_is_told_to_write_such_lines_too(capfd: pytest.CaptureFixture[str]) -> None:
    logging.config.dictConfig(logs.configuration("json"))
    logging.getLogger("_granian").info("Listening\nat: %s", "http://127.0.0.1:8000")
    logging.getLogger("other").info("chatter")

    assert [line["message"] for line in lines(capfd)] == ["Listening\nat: http://127.0.0.1:8000"]


@pytest.mark.parametrize("form", ["json", "text"])
def test_the_development_server_does_not_say_it_again(
    caplog: pytest.LogCaptureFixture, form: str
) -> None:
    client_of(QUIET | {"LOG_FORMAT": form})
    server = logging.getLogger("werkzeug")
    server.error('127.0.0.1 - - [now] "%s" %s %s', "GET / HTTP/1.1", "200", "-")
    server.error(" * Running on http://127.0.0.1:8000")

    assert "GET" not in caplog.text


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_a_full_disk_costs_lines_and_no_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    with FULL.open("w") as full:
        monkeypatch.setattr(sys, "__stderr__", full)
        client = app_with_views().test_client()

        assert client.get("/api/say?what=this").status_code == 200
        full.close()
        assert client.get("/api/say?what=this").status_code == 200


def test_a_line_that_was_cut_off_does_not_spoil_the_next(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(QUIET)
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:20]))
    client.get(SPECIMENS)
    monkeypatch.undo()
    client.get(SPECIMENS)
    cut, whole = capfd.readouterr().err.splitlines()

    assert len(cut) == 20
    assert json.loads(whole)["status"] == 200


def test_without_a_standard_error_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stderr__", None)
    monkeypatch.setattr(os, "write", None)

    assert client_of(QUIET).get(SPECIMENS).status_code == 200


@pytest.mark.parametrize("text", ["x", '"\\\n', "\U0001f600"], ids=["plain", "escaped", "emoji"])
@pytest.mark.parametrize("times", [1, 1_000, 20_000])
def test_a_line_is_one_piece_to_a_pipe(
    capfd: pytest.CaptureFixture[str], text: str, times: int
) -> None:
    app = app_with_views()

    @app.get("/api/fail")
    def fail() -> str:
        app.logger.warning("%s", text * times)
        raise RuntimeError(text * times)

    app.test_client().get("/api/fail")
    written = capfd.readouterr().err.splitlines()
    said, crashed, _ = map(json.loads, written)

    assert max(map(len, written)) < LONGEST_LINE
    assert said["message"].startswith(text)
    assert crashed["exception"].endswith(text)


def test_a_pipe_that_nobody_reads_costs_lines_and_no_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows can wait for sockets only")
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as output, os.fdopen(writer, "w") as stream:
        monkeypatch.setattr(sys, "__stderr__", stream)
        monkeypatch.setattr(Lines, "stuck", False)
        client = app_with_views().test_client()
        for _ in range(1_000):  # a pipe holds 64 KiB
            assert client.get(SPECIMENS).status_code == 200
        os.set_blocking(reader, False)
        assert all(json.loads(line) for line in output.read().splitlines())
        client.get("/api/none")
        assert json.loads(output.read())["status"] == 404
        assert not Lines.stuck  # the next time it waits a moment again


def test_what_python_says_is_written_in_lines_too(capfd: pytest.CaptureFixture[str]) -> None:
    logging.config.dictConfig(logs.configuration("json"))
    logging.getLogger("py.warnings").warning("%s", 'old\n{"forged": 1}')
    thread = threading.Thread(target=lambda: 1 / 0, name="helper")
    thread.start()
    thread.join()
    warned, failed = lines(capfd)

    assert warned["message"] == 'old\n{"forged": 1}'
    assert failed["message"] == "Thread 'helper' failed"
    assert failed["exception"].endswith("ZeroDivisionError: division by zero")
