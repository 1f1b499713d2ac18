"""Log lines, to standard error: JSON for machines, or text for people.

One line each, whatever a client sends: what is written of it is escaped, and cut to a length.
Nothing waits in a buffer, which a full disk would jam: lines are lost then, requests are not.
"""

import json
import logging
import os
import sys
import time
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any

from flask import Flask, has_request_context

from .cors.refusals import REFUSAL
from .request_id import name_of, request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Characters. Escaped, a line about a request stays below the 4,096 bytes that a pipe takes as one.
LONGEST_PATH = 240
LONGEST_WORD = 45
LONGEST_TEXT = 10_000

_REQUEST = (
    '{"time": "%s%03dZ", "level": "%s", "method": %s, "path": %s, "status": %d, '
    '"duration_ms": %.3f, "request_id": "%s", "remote": %s%s}'
)
_quoted = encode_basestring_ascii


class Json(logging.Formatter):
    """A JSON object in ASCII, in which not even a terminal finds anything to obey."""

    _date = (0, "")  # a second, and how it is written

    def format(self, record: logging.LogRecord) -> str:
        """Write what was logged."""
        fields = {
            "time": _time(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage()[:LONGEST_TEXT],
        }
        if has_request_context():
            fields["request_id"] = request_id()
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)[-LONGEST_TEXT:]
        return json.dumps(fields)

    def request(self, environ: "WSGIEnvironment", status: int, seconds: float) -> str:
        """Write what became of a request; by hand, as a record costs more than all of the rest."""
        now, refusal = time.time(), environ.get(REFUSAL)
        second, date = self._date
        if second != int(now):
            self._date = second, date = int(now), _time(now)[:-4]
        return _REQUEST % (
            date,
            now % 1 * 1000,
            _level(status),
            _quoted(environ["REQUEST_METHOD"][:LONGEST_WORD]),
            _quoted(_path(environ)),
            status,
            seconds * 1000,
            name_of(environ),
            _quoted(environ.get("REMOTE_ADDR", "")[:LONGEST_WORD]),
            f', "cors_refusal": {_quoted(refusal[:LONGEST_WORD])}' if refusal else "",
        )


class Text(logging.Formatter):
    """A line to read, and below it, indented, what an exception has to say."""

    def format(self, record: logging.LogRecord) -> str:
        """Write what was logged."""
        line = f"{_clock(record.created)} {record.levelname} {record.name}: "
        line += _printable(record.getMessage()[:LONGEST_TEXT])
        if has_request_context():
            line += f" [{request_id()}]"
        if record.exc_info:
            traceback = self.formatException(record.exc_info)
            line += "".join(f"\n    {_printable(it)}" for it in traceback.splitlines())
        return line

    def request(self, environ: "WSGIEnvironment", status: int, seconds: float) -> str:
        """Write what became of a request."""
        words = [_clock(), _level(status), environ["REQUEST_METHOD"], _path(environ), str(status)]
        words += [f"{seconds * 1000:.1f} ms", environ.get("REMOTE_ADDR", "")[:LONGEST_WORD]]
        if refusal := environ.get(REFUSAL):
            words.append(f"refused: {refusal}")
        return _printable(" ".join(words)) + f" [{name_of(environ)}]"


FORMATS: dict[str, type[Json | Text]] = {"json": Json, "text": Text}


class Lines(logging.Handler):
    """Writes lines, each in one piece; where that cannot be, it is as if nothing had been said."""

    torn = False  # of the process, as standard error is

    def __init__(self, form: str) -> None:
        super().__init__()
        self._format = FORMATS[form]()
        # None: closed when the process began, and the number is another file's by now.
        self._file = sys.__stderr__.fileno() if sys.__stderr__ else None

    def emit(self, record: logging.LogRecord) -> None:
        """Write what was logged."""
        try:
            line = self._format.format(record)
        except Exception as error:  # noqa: BLE001 - whatever the arguments of a message can raise
            place = f"{record.pathname}:{record.lineno}"
            record.msg, record.args = "%s: cannot be logged: %r", (place, type(error).__name__)
            record.exc_info = None
            line = self._format.format(record)
        self._write(line)

    def request(self, environ: "WSGIEnvironment", status: int, seconds: float) -> None:
        """Write what became of a request."""
        self._write(self._format.request(environ, status, seconds))

    def _write(self, line: str) -> None:
        if self._file is None:
            return
        data = (f"\n{line}\n" if Lines.torn else f"{line}\n").encode(errors="backslashreplace")
        try:
            Lines.torn = os.write(self._file, data) < len(data)
        except OSError:
            return


def configuration(form: str) -> dict[str, Any]:
    """Return what `logging.config.dictConfig`, and so a server, has to be told."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"lines": {"()": Lines, "form": form}},
        "root": {"handlers": ["lines"]},
        "loggers": {"_granian": {"level": "INFO"}},
    }


def init_app(app: Flask, form: str | None) -> Lines:
    """Write in this form, or in the one that fits: JSON, and text while debugging.

    Where logging is configured already, by a server or a test, the application's lines go there;
    those about requests are returned, to be written apart from it.
    """
    form = form or ("text" if app.debug else "json")
    lines = Lines(form)
    target = logging.getLogger()
    if form == "text":  # for development, whose server has a form of its own for all it says
        target = logging.getLogger(app.name)
        logging.getLogger("werkzeug").addFilter(_is_not_about_a_request)
    if not target.hasHandlers():
        target.addHandler(lines)
    if not app.debug:
        app.logger.setLevel(logging.INFO)
    return lines


def _is_not_about_a_request(record: logging.LogRecord) -> bool:
    """Leave out what the development server says about a request, as there is a line already."""
    return not str(record.msg).endswith('"%s" %s %s')


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:23] + "Z"


def _clock(seconds: float | None = None) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _level(status: int) -> str:
    return "INFO" if status < 500 else "ERROR"


def _path(environ: "WSGIEnvironment") -> str:
    path: str = environ.get("PATH_INFO", "")
    if not path.isascii():  # servers hand over bytes, as Latin-1 (PEP 3333)
        path = path.encode("latin-1", "replace").decode(errors="replace")
    return path[:LONGEST_PATH]


def _printable(text: str) -> str:
    return text if text.isprintable() else repr(text)[1:-1]
