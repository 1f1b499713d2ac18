"""The log of refusals: what browsers hide and servers rarely tell.

Anyone may cause a refusal, as often as they like. So each is logged once, their number is bounded,
and nothing that came with a request is logged as it came.
"""

import logging
import re
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from click import BadParameter

from ._decision import Decision
from ._guard import is_websocket
from ._problems import named, quoted
from ._reasons import NO_CREDENTIALS, WILDCARD_CREDENTIALS, Reason

if TYPE_CHECKING:
    from ._table import Row

LOGGER = logging.getLogger("flask_cors_policy")

REMEMBERED = 100  # refusals, after which new ones are not logged for a while
PAUSE = 3600.0  # seconds
LONGEST = 300  # characters of a value in a command

# What can stand between quotes in a shell as it is.
_PLAIN = re.compile(r"[\w!#$%&*+,.:/=?@^`|~\[\]-]*", re.ASCII)


class RefusalLog:
    """Logs each refusal of an application once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._logged: set[tuple[str, Row | None, str, str]] = set()
        self._paused_until = 0.0

    def log(self, environ: Mapping[str, Any], decision: Decision, reason: Reason) -> None:
        """Log a refusal, unless it was logged before or too many were."""
        number = self._number(reason)
        if number:
            LOGGER.warning("%s", _line(environ, decision, reason))
        if number == REMEMBERED:
            minutes = PAUSE // 60
            LOGGER.warning(
                "CORS: that was refusal %d; new ones are not logged for %d minutes", number, minutes
            )

    def _number(self, reason: Reason) -> int:
        """Count a refusal that is to be logged; return 0 for any other."""
        key = (quoted(reason.origin), reason.row, reason.code, reason.cause)
        with self._lock:
            if key in self._logged:
                return 0
            if len(self._logged) == REMEMBERED:
                if self._clock() < self._paused_until:
                    return 0
                self._logged.clear()
            self._logged.add(key)
            self._paused_until = self._clock() + PAUSE
            return len(self._logged)


def _line(environ: Mapping[str, Any], decision: Decision, reason: Reason) -> str:
    page = f"a page of {quoted(decision.origin)}" if decision.origin else "a page"
    path = quoted(environ.get("PATH_INFO", ""))
    what = "a WebSocket" if is_websocket(environ) else named(decision.method)
    return (
        f"CORS: {page} was refused {what} {path} ({reason.code}): "
        f"{reason.cause}; {reason.fix(name_others=True)}{_command(environ, decision, reason)}"
    )


def _command(environ: Mapping[str, Any], decision: Decision, reason: Reason) -> str:
    """Return the command that explains more, if each part of it can stand in a shell as it is.

    It takes what browsers send. Of anything else it would refuse a part, or explain another call.
    """
    scheme = environ.get("wsgi.url_scheme", "http")
    if is_websocket(environ):
        scheme = scheme.replace("http", "ws")
    host = environ.get("HTTP_HOST", "")
    path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}"
    if len(path) > LONGEST:
        return ""
    url = f"{scheme}://{host}{quote(path.encode('latin-1', 'replace'))}"
    announced = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "") if decision.preflight else ""
    values = (url, decision.origin, announced.replace(" ", ""))
    plain = all(len(value) <= LONGEST and _PLAIN.fullmatch(value) for value in values)
    plain = plain and "@" not in f"{host}{decision.origin}{announced}"  # it may be a password
    if not plain or not decision.origin or not host or named(decision.method) != decision.method:
        return ""
    names = tuple(name for name in values[2].split(",") if name)
    if not _is_explained(decision, url, names):
        return ""
    options = "".join(f" --header '{name}'" for name in names)
    if reason.code in (NO_CREDENTIALS, WILDCARD_CREDENTIALS):
        options += " --credentials"
    return (
        f"; ask: flask cors explain {decision.method} '{url}' --origin '{decision.origin}'{options}"
    )


def _is_explained(decision: Decision, url: str, names: tuple[str, ...]) -> bool:
    """Return whether the command takes method, address, origin and headers as they stand."""
    from .explain.draft import Draft, call_of, parse_headers, parse_url  # late: few are refused

    try:
        headers = parse_headers(names)
        call = call_of(Draft(decision.method, url, decision.origin, headers), parse_url(url, ""))
    except BadParameter:
        return False
    taken = (call.method, str(call.address), call.origin, tuple(name for name, _ in headers))
    return taken == (decision.method, url, decision.origin, names)
