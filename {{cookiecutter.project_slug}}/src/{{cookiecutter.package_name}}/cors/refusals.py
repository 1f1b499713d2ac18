"""What a browser hides and a server rarely says: a line for every page that was refused, and why.

An attacker chooses what is refused and how often. So the lines are counted and kept short, and
nothing that came with a request is written as it came.
"""

import re
import time
from collections.abc import Callable
from threading import Lock
from urllib.parse import quote

from flask import Flask, request
from werkzeug.exceptions import SecurityError

from . import hints, reasons
from .exchange import Exchange
from .headers import Fields
from .reasons import Reason
from .resources import ResourceMap
from .rule import Rule

HEADER = "X-CORS-Explain"
REFUSAL = "cors.refusal"  # where a log of requests finds the code of the reason
REHEARSED = "cors.rehearsed"  # set for a request of `flask cors explain`, which tells it itself
REMEMBERED = 100  # refusals, after which the log is left in peace
PEACE = 3600.0  # seconds
LONGEST = 300  # characters of a value in a command; the host of an origin has 253 at most

_NAME = re.compile(r"[A-Za-z][A-Za-z-]{0,29}")  # a method, as pages write them
# What can stand in a log, and between quotes in a shell.
_PLAIN = re.compile(r"[\w!#$%&*+,.:/=?@^`|~\[\]-]*", re.ASCII)


class Refusals:
    """The refusals of an application, each told once."""

    def __init__(
        self, app: Flask, resources: ResourceMap, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._resources = resources
        self._clock = clock
        self._lock = Lock()
        self._told: set[tuple[str, Rule | None, str, str]] = set()
        self._peace_until = 0.0

    def look(self, exchange: Exchange) -> Fields:
        """Tell why nothing was granted, or not all; return what a response says of it.

        That is nothing, unless in debug mode.
        """
        try:
            reason = reasons.find(exchange, self._resources)
        except SecurityError:  # the host is not ours, and the request is answered with 400
            return []
        if reason is None:
            return []
        request.environ[REFUSAL] = reason.code
        number = 0 if REHEARSED in request.environ else self._number(reason)
        if number:
            self._app.logger.warning("%s", _line(exchange, reason))
        if number == REMEMBERED:
            self._app.logger.warning(
                "CORS: that was the %dth refusal; new ones are not logged for %d minutes",
                REMEMBERED,
                PEACE // 60,
            )
        if not self._app.debug:
            return []
        return [(HEADER, f"{reason.code}: {reason.cause}; {reason.fix(name_others=False)}")]

    def _number(self, reason: Reason) -> int:
        """Count a refusal that is to be told; 0 is one that was told, or comes at a bad time."""
        news = (hints.quoted(reason.origin), reason.rule, reason.code, reason.cause)
        with self._lock:
            if news in self._told:
                return 0
            if len(self._told) == REMEMBERED:
                if self._clock() < self._peace_until:
                    return 0
                self._told.clear()
            self._told.add(news)
            self._peace_until = self._clock() + PEACE
            return len(self._told)


def _line(exchange: Exchange, reason: Reason) -> str:
    method = exchange.method
    method = method if _NAME.fullmatch(method) else hints.quoted(method)
    page = f"a page of {hints.quoted(exchange.origin)}" if exchange.origin else "a page"
    return (
        f"CORS: {page} was refused {method} {hints.quoted(request.path)} ({reason.code}): "
        f"{reason.cause}; {reason.fix(name_others=True)}{_command(exchange)}"
    )


def _command(exchange: Exchange) -> str:
    """Return the command that says more, if every part of it can stand in a shell as it is."""
    url = f"{request.scheme}://{request.host}{quote(request.path)}"
    names = reasons.announced_headers() if exchange.preflight else []
    said = [f"'{url}' --origin '{exchange.origin}'", *(f"--header '{it}'" for it in names)]
    if not exchange.origin or not all(map(_stands, (url, exchange.origin, ",".join(names)))):
        return ""
    if not _NAME.fullmatch(exchange.method):
        return ""
    return f"; ask: flask cors explain {exchange.method} {' '.join(said)}"


def _stands(part: str) -> bool:
    return len(part) <= LONGEST and bool(_PLAIN.fullmatch(part))
