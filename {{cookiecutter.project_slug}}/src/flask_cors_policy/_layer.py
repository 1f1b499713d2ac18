"""The WSGI layer: what happens to a request, from top to bottom."""

import json
import sys
import traceback
from collections.abc import Sized
from itertools import chain
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.wsgi import ClosingIterator

from . import _guard, _reasons
from ._decision import Decision, Decisions
from ._headers import VARY_ORIGIN, Fields, replace_cors_headers
from ._refusals import LOGGER, RefusalLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: A WSGI application under this key of the environ is called in place of the one behind the layer,
#: and nothing is logged. So `flask cors explain` asks what would happen, and no view is run.
REHEARSAL = "flask_cors_policy.rehearsal"
#: The code of the reason, for whoever logs requests.
REFUSAL = "flask_cors_policy.refusal"
#: The response header that tells the reason in debug mode.
EXPLAIN = "X-CORS-Explain"

Headers = tuple[tuple[str, str], ...]


class Layer:
    """Answers preflights, refuses what the guard refuses, and adds headers to all the rest."""

    def __init__(
        self, app: Flask, application: "WSGIApplication", decisions: Decisions, log: RefusalLog
    ) -> None:
        self.application = application
        self._app = app
        self._decisions = decisions
        self._log = log

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> "Iterable[bytes]":
        """Handle one request (PEP 3333)."""
        decision = self._decisions.decide(environ)
        if decision.preflight and decision.row is not None:
            # Fetch, "CORS-preflight fetch": any status from 200 to 299 will do. It is answered
            # before routing and authentication, so that the page can read their real answer.
            start_response("204 NO CONTENT", [*decision.headers, *self._note(environ, decision)])
            return []
        if _guard.refuses(environ, decision):
            return self._refuse(environ, start_response, decision)
        headers = decision.headers
        if decision.origin and not decision.readable:
            headers += self._note(environ, decision)
        if "HTTP_COOKIE" in environ or "HTTP_AUTHORIZATION" in environ:
            headers += self._keep_credentials_out(environ, decision)

        # The start waits until the application has returned, so that a crash behind the response,
        # such as in a teardown function, can still become a 500 with our headers.
        begin: tuple[Any, ...] = ()
        started = False
        send: Callable[[bytes], object] | None = None

        def start(status: str, fields: Fields, exc_info: Any = None) -> Any:
            nonlocal begin
            if begin and not exc_info:  # as servers do (PEP 3333, "The start_response() Callable")
                raise AssertionError("start_response was called a second time, without exc_info")
            fields = replace_cors_headers(fields, headers)
            begin = (status, fields, exc_info) if exc_info else (status, fields)
            return start_response(*begin) if started else write

        def write(block: bytes) -> None:  # PEP 3333, "The write() Callable": sent at once
            nonlocal started, send
            if send is None:
                started, send = True, start_response(*begin)
            send(block)

        application = environ.get(REHEARSAL) or self.application
        try:
            response = application(environ, start)
            for name, _ in begin[1] if begin else ():
                if name == "Content-Length":
                    break
            else:
                response = _with_first_block(response)
        except Exception:
            # Without an origin no page waits for a response, and a debugger may want the exception.
            # Behind a handshake it is no HTTP any more: Flask-Sock raises StopIteration there.
            if started or not decision.row or not decision.origin or _guard.is_websocket(environ):
                raise
            return self._crash(environ, start_response, headers)
        if begin and not started:
            start_response(*begin)
        started = True
        return response

    def _refuse(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", decision: Decision
    ) -> "Iterable[bytes]":
        """Answer 403 for a request that the guard refuses."""
        reason = _reasons.why_refused(environ, decision)
        page = f"A page of {decision.origin[:100]!r}" if decision.origin else "A page"
        websocket = _guard.is_websocket(environ)
        use = "open a WebSocket" if websocket else f"send {decision.method[:30]} requests"
        fix = reason.fix()
        detail = f"{page} is not trusted to {use} here, so no view was run. If it is yours, {fix}."
        headers = decision.headers + self._tell(environ, decision, reason)
        return _problem(environ, start_response, "403 FORBIDDEN", headers, {"detail": detail})

    def _crash(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", headers: Headers
    ) -> "Iterable[bytes]":
        """Answer 500 for an exception that nothing else has handled."""
        LOGGER.exception("Exception behind %r", environ.get("PATH_INFO", "")[:200])
        members: dict[str, Any] = {}
        if self._app.debug:
            members["traceback"] = traceback.format_exception(sys.exception())
        return _problem(environ, start_response, "500 INTERNAL SERVER ERROR", headers, members)

    def _keep_credentials_out(self, environ: "WSGIEnvironment", decision: Decision) -> Headers:
        """Remove cookies and HTTP authentication that the row does not take from this page."""
        ambient = _guard.ambient_credentials(environ, decision.row)
        if not ambient:
            return ()
        # Whether the view sees them depends on Origin, so a cache must not mix its answers.
        headers: Headers = () if VARY_ORIGIN in decision.headers else (VARY_ORIGIN,)
        if _guard.is_cross_origin_page(environ):
            for variable in ambient:
                del environ[variable]
            if decision.readable:  # a page that may not read has its reason already
                headers += self._tell(environ, decision, _reasons.why_without_credentials(decision))
        return headers

    def _note(self, environ: "WSGIEnvironment", decision: Decision) -> Headers:
        """Log why something is refused; return the header that tells it in debug mode."""
        reason = _reasons.why(environ, decision)
        return () if reason is None else self._tell(environ, decision, reason)

    def _tell(
        self, environ: "WSGIEnvironment", decision: Decision, reason: _reasons.Reason
    ) -> Headers:
        environ[REFUSAL] = reason.code
        if REHEARSAL not in environ:
            self._log.log(environ, decision, reason)
        if not self._app.debug:
            return ()
        told = f"{reason.code}: {reason.cause}; {reason.fix()}"
        return ((EXPLAIN, told.encode("ascii", "backslashreplace").decode()),)


def _with_first_block(response: "Iterable[bytes]") -> "Iterable[bytes]":
    """Ask a stream for its first block, so that a crash before it can still become a 500.

    Servers send the headers with that block (PEP 3333), so a page waits no longer than before.
    """
    if isinstance(response, Sized):
        return response
    blocks = iter(response)
    close = getattr(response, "close", None)
    try:
        first = next(blocks, b"")
    except Exception:
        if close:
            close()
        raise
    return ClosingIterator(chain((first,), blocks), close)


def _problem(
    environ: "WSGIEnvironment",
    start_response: "StartResponse",
    status: str,
    headers: Headers,
    members: dict[str, Any],
) -> "Iterable[bytes]":
    """Answer with a problem (RFC 9457)."""
    code, _, title = status.partition(" ")
    common = {"type": "about:blank", "title": title.title(), "status": int(code)}
    body = json.dumps(common | members).encode()
    fields = [("Content-Type", "application/problem+json"), ("Content-Length", str(len(body)))]
    start_response(status, [*fields, *headers])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
