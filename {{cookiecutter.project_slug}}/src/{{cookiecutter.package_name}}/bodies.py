"""Request bodies: what is no JSON becomes a 400, and what is too large a 413."""

from functools import cached_property
from typing import Any

import flask
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wsgi import LimitedStream


def init_app(app: flask.Flask, max_content_length: int) -> None:
    """Read bodies strictly, and at most `max_content_length` bytes of them."""
    app.config["MAX_CONTENT_LENGTH"] = max_content_length
    app.json = JSONProvider(app)
    app.request_class = Request


class JSONProvider(DefaultJSONProvider):
    """Raises ValueError, which becomes a 400, for everything that RFC 8259 does not call JSON."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read one document."""
        try:
            return super().loads(s, parse_constant=refuse_constant, **kwargs)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity."""
    raise ValueError(f"{name} is not a JSON value")


class ChunkedBody(LimitedStream):
    """A body without Content-Length. Werkzeug would cut it at the limit, in silence."""

    def readall(self) -> bytes:
        """Return all of it; raise RequestEntityTooLarge if that is more than the limit."""
        body = super().readall()
        if self._stream.read(1):
            raise RequestEntityTooLarge
        return body


class Request(flask.Request):
    """A request with the same limit for bodies with and without Content-Length."""

    @cached_property
    def stream(self) -> Any:
        """The body, as views read it."""
        limit = self.max_content_length
        if limit and self.content_length is None and self.environ.get("wsgi.input_terminated"):
            return ChunkedBody(self.environ["wsgi.input"], limit, is_max=True)
        return super().stream
