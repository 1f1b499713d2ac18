"""Writing lines to standard error, which never stops a request.

Nothing waits in a buffer. A line that cannot be written is lost, be it that a disk is full or that
whoever should read a pipe does not.
"""

import logging
import os
import select
import stat
import sys
from typing import TYPE_CHECKING

from .forms import FORMS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

CLOSED = -1
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
        self._file = sys.__stderr__.fileno() if sys.__stderr__ else CLOSED
        kind = os.fstat(self._file).st_mode if self._is_open() else 0
        self._is_pipe = stat.S_ISFIFO(kind) and sys.platform == "linux"
        # Windows can tell of sockets only whether somebody reads.
        self._may_wait = sys.platform != "win32" and (
            stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or os.isatty(self._file)
        )

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

    def _is_open(self) -> bool:
        try:
            os.fstat(self._file)
        except OSError:
            return False
        return True

    def _write(self, line: str) -> None:
        if self._file == CLOSED:
            return
        data = (f"\n{line}\n" if Lines.torn else f"{line}\n").encode(errors="backslashreplace")
        try:
            if self._is_pipe:
                try:
                    Lines.torn = self._put(data) < len(data)
                    Lines.stuck = False
                except BlockingIOError:  # it is full, or others are filling it
                    if self._is_read():
                        Lines.torn = self._put(data) < len(data)
            elif not self._may_wait or self._is_read():
                Lines.torn = os.write(self._file, data) < len(data)
        except (OSError, ValueError):  # a full disk or pipe; a file that is closed
            return

    def _put(self, data: bytes) -> int:
        if sys.platform != "linux":  # for type checkers there: no other system has the flag
            return os.write(self._file, data)
        return os.pwritev(self._file, [data], -1, os.RWF_NOWAIT)

    def _is_read(self) -> bool:
        """Wait a moment for somebody who reads, but not again and again."""
        Lines.stuck = not select.select((), (self._file,), (), 0 if Lines.stuck else PATIENCE)[1]
        return not Lines.stuck
