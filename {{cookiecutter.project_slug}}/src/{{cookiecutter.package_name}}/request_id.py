"""A name for every request: the caller's, if it has a safe form, or a new one."""

import re
from random import getrandbits

from flask import Flask, Response, request

HEADER = "X-Request-ID"
KEY = "request_id"

# What can stand in a header, a log line and a URL without being escaped.
SAFE = re.compile(r"[A-Za-z0-9._-]{1,128}")


def init_app(app: Flask) -> None:
    """Put the name of the request on every response."""

    @app.after_request
    def add_header(response: Response) -> Response:
        if HEADER in response.headers:
            del response.headers[HEADER]
        response.headers.add(HEADER, request_id())
        return response


def request_id() -> str:
    """Return the name of the current request."""
    environ = request.environ
    if KEY not in environ:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        environ[KEY] = given if SAFE.fullmatch(given) else f"{getrandbits(128):032x}"
    name: str = environ[KEY]
    return name
