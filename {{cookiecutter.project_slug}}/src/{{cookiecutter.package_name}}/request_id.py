"""A name for every request: the caller's, if it has a safe form, or a new one."""

import re
from random import getrandbits
from typing import TYPE_CHECKING

from flask import request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

HEADER = "X-Request-ID"
# With a dot, as some servers hand the process's own variables to the application.
KEY = "request.id"

# What can stand in a header, a log line and a URL without being escaped.
SAFE = re.compile(r"[A-Za-z0-9._-]{1,128}")


def request_id() -> str:
    """Return the name of the current request."""
    return name_of(request.environ)


def name_of(environ: "WSGIEnvironment") -> str:
    """Return the name of a request, which stays the same from the first time it is asked for."""
    name: str | None = environ.get(KEY)
    if name is None:
        name = environ.get("HTTP_X_REQUEST_ID")
        if name is None or not SAFE.fullmatch(name):
            name = f"{getrandbits(128):032x}"
        environ[KEY] = name
    return name
