"""Log lines, to standard error: JSON for machines, or text for people."""

import logging
import threading
from typing import Any

from flask import Flask

from .forms import FORMS
from .lines import Lines

__all__ = ["FORMS", "Lines", "configuration", "init_app"]


def configuration(form: str) -> dict[str, Any]:
    """Return what `logging.config.dictConfig`, and so a server, has to be told."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"lines": {"()": lines_of_the_process, "form": form}},
        "root": {"handlers": ["lines"]},
        "loggers": {"_granian": {"level": "INFO"}},
    }


def lines_of_the_process(form: str) -> Lines:
    """Return lines in which all else that Python has to say is written too."""
    logging.captureWarnings(capture=True)
    threading.excepthook = _say_that_a_thread_failed
    return Lines(form)


def init_app(app: Flask, form: str | None) -> Lines:
    """Write in this form, or in the one that fits: JSON, and text while debugging.

    Where logging is configured already, by a server or a test, the application's lines go there;
    those about requests are returned, to be written apart from it.
    """
    form = form or ("text" if app.debug else "json")
    # In development the server has a form of its own for all it says.
    target = logging.getLogger(app.name if form == "text" else None)
    logging.getLogger("werkzeug").addFilter(_is_not_about_a_request)
    if not target.hasHandlers():
        target.addHandler(Lines(form) if form == "text" else lines_of_the_process(form))
    if not app.debug:
        app.logger.setLevel(logging.INFO)
    return Lines(form)


def _is_not_about_a_request(record: logging.LogRecord) -> bool:
    """Leave out what the development server says about a request, as there is a line already."""
    return not str(record.msg).endswith('"%s" %s %s')


def _say_that_a_thread_failed(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        name = args.thread.name if args.thread else "?"
        logging.getLogger("threading").error("Thread %r failed", name, exc_info=args.exc_value)
