"""The outermost layer: what every answer carries, and the line that tells of it.

It is one layer for all of that, and no function that runs after a request: Flask takes longer to
call one of those than this takes.
"""

from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Flask

from . import request_id, security_headers
from .cors.refusals import REHEARSED
from .health import PROBES
from .logs import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Headers = list[tuple[str, str]]

RAISED = "500"  # what servers answer for an application that raises


def init_app(app: Flask, lines: Lines) -> None:
    """Wrap the application, so that answers to what never became a request are seen too."""
    application = app.wsgi_app

    def gateway(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        began = perf_counter()
        status = RAISED

        def start(line: str, headers: Headers, *exc_info: Any) -> "Callable[[bytes], object]":
            nonlocal status
            status = line
            _complete(headers, environ)
            return start_response(line, headers, *exc_info)

        try:
            return application(environ, start)
        except BaseException:
            status = RAISED
            raise
        finally:
            if _is_told(environ, status):
                lines.request(environ, int(status[:3]), perf_counter() - began)

    app.wsgi_app = gateway  # type: ignore[method-assign]


def _is_told(environ: "WSGIEnvironment", status: str) -> bool:
    """Leave out rehearsals, and probes as long as all is well."""
    if REHEARSED in environ:
        return False
    return environ.get("PATH_INFO") not in PROBES or status >= RAISED


def _complete(headers: Headers, environ: "WSGIEnvironment") -> None:
    """Add what is not there yet; the name of the request is this layer's alone."""
    fields = security_headers.fields(environ)
    present = {name.lower() for name, _ in headers}
    if present.isdisjoint(_NAMES):
        headers += fields
    else:
        headers[:] = [it for it in headers if it[0].lower() != _REQUEST_ID]
        headers += [it for it in fields if it[0].lower() not in present]
    headers.append((request_id.HEADER, request_id.name_of(environ)))


_REQUEST_ID = request_id.HEADER.lower()
_NAMES = {_REQUEST_ID} | {name.lower() for name, _ in security_headers.TRUSTED}
