"""Writing lines to standard error, which never stops a request.

Nothing waits in a buffer. A line that cannot be written is lost, be it that a disk is full or that
whoever should read a pipe does not.
"""

import logging
import os
import select
import sys
from typing import TYPE_CHECKING

from .forms import FORMS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PATIENCE = 0.1  # seconds for a reader that is slow; once it has been in vain, none


class Lines(logging.Handler):
    """Writes lines, each in one piece; where that cannot be, it is as if nothing had been said."""

    # Of the process, as standard error is.
    torn = False  # the last line was not written to its end
    stuck = False  # nobody reads

    def __init__(self, form: str) -> None:
        super().__init__()
        self._form = FORMS[form]()
        # None: closed when the process began, and the number is another file's by now.
        self._file = sys.__stderr__.fileno() if sys.__stderr__ else None

    def emit(self, record: logging.LogRecord) -> None:
        """Write what was logged."""
        try:
            line = self._form.format(record)
        except Exception as error:  # noqa: BLE001 - whatever the arguments of a message can raise
            place = f"{record.pathname}:{record.lineno}"
            record.msg, record.args = "%s: cannot be logged: %r", (place, type(error).__name__)
            record.exc_info = None
            line = self._form.format(record)
        self._write(line)

    def request(
        self, environ: "WSGIEnvironment", status: int, seconds: float, broken: str = ""
    ) -> None:
        """Write what became of a request; `broken` says why its content was not complete."""
        self._write(self._form.request(environ, status, seconds, broken))

    def _write(self, line: str) -> None:
        if self._file is None:
            return
        data = (f"\n{line}\n" if Lines.torn else f"{line}\n").encode(errors="backslashreplace")
        try:
            if sys.platform != "win32":  # which can wait for sockets only
                patience = 0 if Lines.stuck else PATIENCE
                Lines.stuck = not select.select((), (self._file,), (), patience)[1]
            if not Lines.stuck:
                Lines.torn = os.write(self._file, data) < len(data)
        except OSError:
            return
