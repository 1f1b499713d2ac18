"""Request bodies: how large they may be, and how they are read."""

from threading import BoundedSemaphore
from typing import IO, TYPE_CHECKING, Any, NoReturn

from flask import Flask, Request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)
from werkzeug.wsgi import get_content_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Bytes beyond the limit that are still read, and thrown away.
LEFTOVER = 16 * 1024 * 1024
PART = 64 * 1024
SENT_ELSEWHERE = ("307", "308")  # redirects after which a client sends its body again
NOT_JSON = "The body has to be JSON; send it with the header Content-Type: application/json."


class StrictJSONProvider(DefaultJSONProvider):
    """Reads what RFC 8259 calls JSON; all else is a ValueError, which becomes a 400."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read one document."""
        try:
            return super().loads(s, parse_constant=_refuse_constant, **kwargs)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None


class JSONRequest(Request):
    """A request that says what is wrong with its body."""

    def get_data(self, *args: Any, **kwargs: Any) -> Any:
        """Read the body; one sent in chunks that is too large is refused like any other."""
        data = super().get_data(*args, **kwargs)
        limit = self.max_content_length
        full = self.content_length is None and limit is not None and len(data) >= limit
        if full and self.environ["wsgi.input"].read(1):  # up to here it was cut off in silence
            raise RequestEntityTooLarge
        return data

    def on_json_loading_failed(self, e: ValueError | None) -> NoReturn:
        """Answer a body that cannot be read with 400, and one of another type with 415."""
        if e is None:
            raise UnsupportedMediaType(NOT_JSON)
        raise BadRequest(f"The body is no JSON: {e}.")


def init_app(app: Flask, max_content_length: int) -> None:
    """Read JSON strictly, and at most `max_content_length` bytes of it."""
    app.config["MAX_CONTENT_LENGTH"] = max_content_length
    app.json = StrictJSONProvider(app)
    app.request_class = JSONRequest
    _read_what_is_refused(app, max_content_length + LEFTOVER)


def _read_what_is_refused(app: Flask, most: int) -> None:
    """Read to its end the body of a request that is refused, before the answer is given.

    Servers close a connection that still has something to read on it. A browser or a proxy that is
    sending then sees a broken connection instead of the answer, so that a 413 or a 404 is lost.
    One thread at a time does so: who sends slowly must not keep all of them.
    """
    application = app.wsgi_app
    one = BoundedSemaphore(1)

    def reader(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        sent = environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ
        if not sent or not _can_be_read(environ, most):
            return application(environ, start_response)
        refused = False

        def start(status: str, *rest: Any) -> "Callable[[bytes], object]":
            nonlocal refused
            refused = status >= "400" or status.startswith(SENT_ELSEWHERE)
            return start_response(status, *rest)

        response = application(environ, start)
        if refused and one.acquire(blocking=False):
            try:
                _read(environ["wsgi.input"], most)
            finally:
                one.release()
        return response

    app.wsgi_app = reader  # type: ignore[method-assign]


def _can_be_read(environ: "WSGIEnvironment", most: int) -> bool:
    """Whether a body may be read to its end, of `most` bytes."""
    # Who waits to be told to go on (RFC 9110, section 10.1.1) has not sent anything yet. Without
    # the other key only the server knows where the body ends; Werkzeug's reads it all by itself.
    if "HTTP_EXPECT" in environ or not environ.get("wsgi.input_terminated"):
        return False
    return (get_content_length(environ) or 0) <= most


def _read(stream: IO[bytes], most: int) -> None:
    try:
        while most > 0 and (part := stream.read(PART)):
            most -= len(part)
    except (OSError, ValueError, ClientDisconnected):
        return  # nobody is left to be answered


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
