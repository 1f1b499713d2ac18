"""Every error as `application/problem+json` (RFC 9457)."""

import traceback
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, json
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError
from werkzeug.wrappers import Response

from .request_id import name_of, request_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CONTENT_TYPE = "application/problem+json"


class Unprocessable(HTTPException):
    """A body that is JSON but not what the operation asks for; `errors` points at each place."""

    code = 422
    description = "The request does not have the form that this operation asks for."

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__()
        #: JSON pointer -> what is wrong there.
        self.errors = errors


def init_app(app: Flask) -> None:
    """Answer with a problem wherever the application fails, also where a debugger would step in."""
    # Left to its default, a crash in debug mode never becomes a response: the browser, finding no
    # CORS header on the debugger's page, would hide it from the page that asked.
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.register_error_handler(HTTPException, _problem)


def last_resort(
    environ: "WSGIEnvironment", fields: list[tuple[str, str]], start_response: "StartResponse"
) -> "Iterable[bytes]":
    """Answer 500 where the application, which answers everything else, is out of the way."""
    members = {"type": "about:blank", "title": "Internal Server Error", "status": 500}
    body = json.dumps(members | {"request_id": name_of(environ)}).encode()
    own = [("Content-Type", CONTENT_TYPE), ("Content-Length", str(len(body)))]
    start_response("500 INTERNAL SERVER ERROR", own + fields)
    return [body]


def _problem(error: HTTPException) -> Response:
    response = error.get_response()  # keeps Allow, WWW-Authenticate and Retry-After
    if error.response is not None:
        return response
    members: dict[str, Any] = {
        "type": "about:blank",
        "title": error.name,
        "status": error.code,
        "detail": error.description,
        "request_id": request_id(),
    }
    if isinstance(error, SecurityError):
        members["detail"] = f"{error.description} Names to answer to are listed in TRUSTED_HOSTS."
    if isinstance(error, Unprocessable):
        members["errors"] = [
            {"pointer": pointer, "detail": detail} for pointer, detail in error.errors.items()
        ]
    if isinstance(error, InternalServerError) and current_app.debug and error.original_exception:
        members["traceback"] = traceback.format_exception(error.original_exception)
    response.data = json.dumps(members)
    response.content_type = CONTENT_TYPE
    return response
