"""Log lines, through `logging` to standard error: JSON for machines, text for people."""

import json
import logging
import time
from logging.config import dictConfig
from textwrap import indent
from typing import Any

from flask import Flask, has_request_context, request
from pydantic_core import to_json

LONGEST_EXCEPTION = 3_000  # characters; the last ones are kept, as they hold the reason
STANDARD = {*vars(logging.makeLogRecord({})), "asctime", "message"}


def init_app(app: Flask, level: str, form: str | None) -> None:
    """Configure logging, unless a test, a server or an agent already has."""
    if logging.getLogger().handlers:
        return
    form = form or ("text" if app.debug else "json")
    # The development server's line for a request would be a second one.
    others = {"propagate": False, "filters": [lambda record: "HTTP/" not in record.getMessage()]}
    dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": JSONFormatter}, "text": {"()": TextFormatter}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
            "root": {"level": level, "handlers": ["stderr"]},
# {% if cookiecutter.database == "sqlalchemy" %}
            "loggers": {"werkzeug": others, "alembic.runtime.plugins": {"level": "WARNING"}},
# {% else %}
            "loggers": {"werkzeug": others},
# {% endif %}
        }
    )
    logging.captureWarnings(capture=True)


class JSONFormatter(logging.Formatter):
    """Writes a record, with its `extra`, as a JSON object: one line of ASCII, whatever it holds."""

    second, clock = 0, ""  # the last second, and how it is written

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        if int(record.created) != self.second:
            self.second = int(record.created)
            self.clock = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(self.second))
        entry: dict[str, Any] = {
            "time": f"{self.clock}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if "request_id" not in entry and has_request_context():
            entry["request_id"] = request.headers.get("X-Request-ID")
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)[-LONGEST_EXCEPTION:]
        try:
            line = to_json(entry, ensure_ascii=True, fallback=str).decode()
            return line.replace("\x7f", "\\u007f")  # ASCII's last control character
        except ValueError:  # half of a surrogate pair, or bytes that are no text
            return json.dumps(entry, default=str)


class TextFormatter(logging.Formatter):
    """Writes a line to read, and a traceback indented below it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Escape what could forge or break a line."""
        line = super().formatMessage(record)
        return line if line.isprintable() else ascii(line)[1:-1]

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Keep a traceback apart from the lines around it."""
        return indent(super().formatException(ei), "    ")
