"""How a line is written: as JSON for machines, or as text for people.

One line each, whatever a client sends: what is written of it is escaped, and cut to a length.
"""

import json
import logging
import time
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING

from flask import has_request_context

from ..cors.refusals import REFUSAL
from ..request_id import name_of, request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Bytes. What a pipe takes in one piece (pipe(7), PIPE_BUF), however many processes write to it.
LONGEST_LINE = 4096
LONGEST_FRAME = 600  # of a line, besides its message and its exception
# Characters.
LONGEST_PATH = 240
LONGEST_WORD = 45
LONGEST_TEXT = 10_000

_REQUEST = (
    '{"time": "%s%03dZ", "level": "%s", "method": %s, "path": %s, "status": %d, '
    '"duration_ms": %.3f, "request_id": "%s", "remote": %s%s}'
)


class Json(logging.Formatter):
    """A JSON object in ASCII, in which not even a terminal finds anything to obey."""

    _date = (0, "")  # a second, and how it is written

    def format(self, record: logging.LogRecord) -> str:
        """Write what was logged; of a long exception the end, which says what has happened."""
        room = LONGEST_LINE - LONGEST_FRAME
        text = self.formatException(record.exc_info) if record.exc_info else ""
        message = record.getMessage()[:LONGEST_TEXT]
        while len(_quoted(message)) > (room // 3 if text else room):
            message = message[: len(message) * 3 // 4]
        while len(_quoted(text)) > room - len(_quoted(message)):
            text = text[-(len(text) * 3 // 4) :]
        fields = {
            "time": _time(record.created),
            "level": record.levelname,
            "logger": record.name[:LONGEST_WORD],
            "message": message,
        }
        if has_request_context():
            fields["request_id"] = request_id()
        if text:
            fields["exception"] = text
        return json.dumps(fields)

    def request(
        self, environ: "WSGIEnvironment", status: int, seconds: float, broken: str = ""
    ) -> str:
        """Write what became of a request; by hand, as a record costs more than all of the rest."""
        now, refusal = time.time(), environ.get(REFUSAL)
        second, date = self._date
        if second != int(now):
            self._date = second, date = int(now), _time(now)[:-4]
        more = f', "cors_refusal": {_quoted(refusal[:LONGEST_WORD])}' if refusal else ""
        if broken:
            more += f', "broken_off": {_quoted(broken[:LONGEST_WORD])}'
        return _REQUEST % (
            date,
            now % 1 * 1000,
            _level(status, broken),
            _quoted(environ["REQUEST_METHOD"][:LONGEST_WORD]),
            _quoted(_path(environ)),
            status,
            seconds * 1000,
            name_of(environ),
            _quoted(environ.get("REMOTE_ADDR", "")[:LONGEST_WORD]),
            more,
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

    def request(
        self, environ: "WSGIEnvironment", status: int, seconds: float, broken: str = ""
    ) -> str:
        """Write what became of a request."""
        words = [_clock(), _level(status, broken), environ["REQUEST_METHOD"], _path(environ)]
        words += [str(status), f"{seconds * 1000:.1f} ms"]
        words.append(environ.get("REMOTE_ADDR", "")[:LONGEST_WORD])
        if refusal := environ.get(REFUSAL):
            words.append(f"refused: {refusal}")
        if broken:
            words.append(f"broken off: {broken}")
        return _printable(" ".join(words)) + f" [{name_of(environ)}]"


FORMS: dict[str, type[Json | Text]] = {"json": Json, "text": Text}

_quoted = encode_basestring_ascii


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:23] + "Z"


def _clock(seconds: float | None = None) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _level(status: int, broken: str) -> str:
    return "ERROR" if status >= 500 or broken else "INFO"


def _path(environ: "WSGIEnvironment") -> str:
    path: str = environ.get("PATH_INFO", "")
    if not path.isascii():  # servers hand over bytes, as Latin-1 (PEP 3333)
        path = path.encode("latin-1", "replace").decode(errors="replace")
    return path[:LONGEST_PATH]


def _printable(text: str) -> str:
    return text if text.isprintable() else repr(text)[1:-1]
