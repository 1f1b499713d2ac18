"""Calls of WSGI applications as a server makes them, with an end to each."""

import time
from collections.abc import Sized
from contextlib import suppress
from io import BytesIO, StringIO
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote_to_bytes

from flask import Flask, got_request_exception, request, request_started
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from .._guard import is_websocket
from .._middleware import is_behind_policy
from .._views import router_for
from .browser import SWITCHING_PROTOCOLS, Response, Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SECONDS = 3.5  # for all requests of one call
FIRST_BYTES = 0.5  # seconds for the first bytes of a body, once it has started
CRASHED = 500  # the status with which a server answers for an exception


class Deadline:
    """The end of the time for one call, or for several."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._end = time.monotonic() + seconds

    def left(self, most: float, *, reserve: float = 0.0) -> float:
        """Return the seconds that a step may take: at most `most`, and `reserve` for later ones."""
        return max(0.05, min(most, self._end - time.monotonic() - reserve))


class Witness:
    """Stands behind the policy: notes the request, and passes it on or answers in its place."""

    def __init__(self, app: Flask, application: "WSGIApplication | None") -> None:
        self._app = app
        self._application = application
        self.environ: WSGIEnvironment | None = None
        self.exception: BaseException | None = None

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> "Iterable[bytes]":
        """Note a request, and pass it on or answer it."""
        self.environ = environ
        if self._application is None:
            return _rehearsed(self._app, environ)(environ, start_response)
        try:
            response = self._application(environ, start_response)
        except Exception as error:
            self.exception = error
            raise
        return response if isinstance(response, Sized) else self._stream(response)

    def _stream(self, response: "Iterable[bytes]") -> "Iterator[bytes]":
        """Pass a stream on, and note the exception that ends it."""
        try:
            yield from response
        except Exception as error:
            self.exception = error
            raise
        finally:
            getattr(response, "close", bool)()


class Run:
    """One call of a WSGI application in a thread, up to the first bytes of its response."""

    def __init__(self, application: "WSGIApplication", environ: "WSGIEnvironment") -> None:
        self.status: int | None = None
        self.headers: tuple[tuple[str, str], ...] = ()
        self.error: BaseException | None = None
        self._application = application
        self._environ = environ
        self._started, self._answered, self._closed = Event(), Event(), Event()

    @property
    def answered(self) -> bool:
        """Whether the first bytes came, or the end."""
        return self._answered.is_set()

    def wait(self, seconds: float) -> None:
        """Run it, and wait for status and headers, and a little for the first bytes."""
        Thread(target=self._run, daemon=True).start()
        short = min(seconds, FIRST_BYTES)
        if self._started.wait(seconds) and self._answered.wait(short):
            self._closed.wait(short)

    def response(self, *, rehearsed: bool) -> Response:
        """Return what has come of it so far."""
        if self.status is None:
            error = "no response within the time"
            return Response(None, error=error, rehearsed=rehearsed, late=True)
        return Response(self.status, self.headers, rehearsed=rehearsed, pending=not self.answered)

    def _run(self) -> None:
        response: Iterable[bytes] = ()
        try:
            response = self._application(self._environ, self._start)
            next((chunk for chunk in response if chunk), None)
        except BaseException as error:  # noqa: BLE001 - a server answers for all of them
            self.error, self.status, self.headers = error, CRASHED, ()
        self._started.set()
        self._answered.set()
        with suppress(BaseException):  # the response is out, and a server only logs what is raised
            getattr(response, "close", bool)()
        self._closed.set()

    def _start(
        self, status: str, headers: list[tuple[str, str]], _error: Any = None, /
    ) -> "Callable[[bytes], object]":
        number = int(status.split()[0])
        self.headers = tuple((str(name), str(value)) for name, value in headers)
        self.status = number
        self._started.set()
        return lambda _: self._answered.set()


def environ_of(sent: Sent, prefix: str = "") -> "WSGIEnvironment":
    """Write a request as a WSGI server does (PEP 3333)."""
    address, body = sent.address, sent.body or b""
    path, _, query = address.path.partition("?")
    decoded = unquote_to_bytes(path).decode("latin-1")
    return {
        "REQUEST_METHOD": sent.method,
        "SCRIPT_NAME": prefix,
        "PATH_INFO": decoded.removeprefix(prefix) if prefix else decoded,
        "QUERY_STRING": query,
        "SERVER_NAME": address.host,
        "SERVER_PORT": str(address.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": address.authority,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": address.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": StringIO(),  # the log; the response says as much
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **({"CONTENT_LENGTH": str(len(body))} if body or sent.method in ("POST", "PUT") else {}),
        **headers_of(sent),
    }


def headers_of(sent: Sent) -> "WSGIEnvironment":
    """Write the headers of a request as keys of an environ."""
    environ = {}
    for name, value in sent.headers:
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ


def _rehearsed(app: Flask, environ: "WSGIEnvironment") -> "WSGIApplication":
    """Return what the router answers to a request; a view that did not run answers 200 or 101."""
    instead = WerkzeugResponse(status=SWITCHING_PROTOCOLS if is_websocket(environ) else 200)
    try:
        router_for(app, environ).match()
    except HTTPException as error:
        # Middleware between the policy and the router may change the path.
        unknown = isinstance(error, NotFound) and is_behind_policy(app)
        return instead if unknown else error
    return instead


class Signals:
    """Notes the request that comes to an application itself, and the exception it ends in."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.exception: BaseException | None = None
        self.dispatched: tuple[str, str | None] | None = None

    def __enter__(self) -> Self:
        request_started.connect(self._start, self._app)
        got_request_exception.connect(self._keep, self._app)
        return self

    def __exit__(self, *_: object) -> None:
        request_started.disconnect(self._start, self._app)
        got_request_exception.disconnect(self._keep, self._app)

    def _start(self, _sender: Flask, **_: Any) -> None:
        self.dispatched = self.dispatched or (request.path, request.endpoint)

    def _keep(self, _sender: Flask, exception: BaseException, **_: Any) -> None:
        self.exception = self.exception or exception
