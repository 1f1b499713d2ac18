"""Sending requests to a running deployment over the network."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPSConnection,
    LineTooLong,
    RemoteDisconnected,
)
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from .._guard import SAFE_METHODS
from . import standard
from .browser import ACTUAL, HANDSHAKE, SWITCHING_PROTOCOLS, Fields, Response, Sent, announcement
from .wsgi import Deadline

T = TypeVar("T")

PATIENCE = 3.0  # seconds for one response
USER_AGENT = "Mozilla/5.0 (compatible; flask cors explain)"
COMPARED = (
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-max-age",
)


def send(sent: Sent, deadline: Deadline, *, execute: bool) -> Response:
    """Return what the server at the address responds.

    A request that could change something is replaced by the preflight that would announce it.
    """
    changing = sent.step == HANDSHAKE or sent.method not in SAFE_METHODS
    rehearsed = sent.step in (ACTUAL, HANDSHAKE) and changing and not execute
    seconds = deadline.left(PATIENCE)
    request = announcement(sent) if rehearsed else sent
    try:
        status, fields = _within(seconds, lambda: _request(request, seconds))
    except TimeoutError:
        return Response(None, error=f"no response within {seconds:.1f} seconds", late=True)
    except (OSError, HTTPException, ValueError) as error:
        return Response(None, error=_reason(error))
    if rehearsed and sent.step == HANDSHAKE:
        return _handshake(sent, status, fields)
    return Response(status, fields, rehearsed=rehearsed)


def differences(sent: Sent, local: Response) -> Iterator[str]:
    """Return in which CORS headers a response differs from what this project gives."""
    there = sent.response
    if there.status is None or there.rehearsed or sent.step == HANDSHAKE:
        return
    where = f"the {sent.step} {sent.method} {sent.address.plain_path}"
    for name in (*COMPARED, "vary"):
        remote, here = standard.field(there.headers, name), standard.field(local.headers, name)
        if name == "vary":
            remote, here = (_origin_of_vary(value) for value in (remote, here))
        if remote != here:
            yield f"{where} has {name}: {remote or '(none)'} there and {here or '(none)'} here"


def varies_by_origin(fields: standard.Fields) -> bool:
    """Whether a response has `Vary: Origin`, as all have under a row with a list."""
    return _origin_of_vary(standard.field(fields, "vary")) is not None


def _request(sent: Sent, seconds: float) -> tuple[int, Fields]:
    """Send a request, and return status and headers of the response, whose body is not read."""
    address, method, headers, body = sent.address, sent.method, sent.headers, sent.body
    host = address.host.strip("[]")
    connection = HTTPConnection(host, address.port, timeout=seconds)
    if address.scheme == "https":
        context = ssl.create_default_context()
        connection = HTTPSConnection(host, address.port, timeout=seconds, context=context)
    try:
        connection.putrequest(method, address.path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", address.authority)
        if standard.field(headers, "user-agent") is None:
            connection.putheader("User-Agent", USER_AGENT)
        if body is not None or method in ("POST", "PUT"):
            connection.putheader("Content-Length", str(len(body or b"")))
        for name, value in headers:
            connection.putheader(name, value.encode("latin-1", "replace"))
        with suppress(BrokenPipeError, ConnectionResetError):  # it may have responded already
            connection.endheaders(body)
        response = connection.getresponse()
        return response.status, tuple(response.getheaders())
    finally:
        connection.close()


def _within(seconds: float, work: Callable[[], T]) -> T:
    """Return what `work` returns, or raise what it raises.

    Raises TimeoutError after the time. The thread is left behind then, and ends with the process.
    """
    results: SimpleQueue[tuple[T, None] | tuple[None, BaseException]] = SimpleQueue()

    def run() -> None:
        try:
            results.put((work(), None))
        except BaseException as error:  # noqa: BLE001 - it is raised again by who waits
            results.put((None, error))

    Thread(target=run, daemon=True).start()
    try:
        result, error = results.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]


def _handshake(sent: Sent, status: int, fields: Fields) -> Response:
    """Return the response to a handshake of which only the announcement was sent.

    The guard lets those pages pass that may read GET, and those of the server's own origin.
    """
    origin = standard.field(sent.headers, "origin") or ""
    trusted = standard.check_response(origin, fields, credentials=False) is None
    passes = origin == sent.address.origin or (trusted and status < 300)
    return Response(SWITCHING_PROTOCOLS if passes else 403, fields, rehearsed=True)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"TLS fails ({error.reason or error}); perhaps it speaks http and not https"
    if isinstance(error, RemoteDisconnected):
        return "it closes the connection without one"
    if isinstance(error, LineTooLong):
        return "its headers are too long"
    if isinstance(error, HTTPException):
        return f"what it sends is not HTTP ({type(error).__name__}); perhaps it speaks https"
    return str(error.strerror or error) if isinstance(error, OSError) else str(error)


def _origin_of_vary(value: str | None) -> str | None:
    names = [name.strip().lower() for name in (value or "").split(",")]
    return "Origin" if "origin" in names or "*" in names else None
