"""Request bodies: how large they may be, and how they are read."""

from typing import Any, NoReturn

from flask import Flask, Request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

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
        if self.content_length is None and limit is not None and len(data) >= limit:
            self.stream.read(1)  # which raises: up to here it was cut off in silence
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


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
