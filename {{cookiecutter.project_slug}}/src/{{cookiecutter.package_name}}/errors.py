"""Every error as `application/problem+json` (RFC 9457)."""

import traceback
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, current_app, json, request
from pydantic import BaseModel
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError
from werkzeug.wrappers import Response

CONTENT_TYPE = "application/problem+json"


class WrongValue(BaseModel):
    """A value that a request may not have."""

    pointer: str  # to its place in the body, or in the query as an object (RFC 6901)
    parameter: str | None = None  # of the query
    detail: str


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str | None = None
    request_id: str | None = None  # the guard of flask_cors_policy gives none
    errors: list[WrongValue] = []


class Unprocessable(HTTPException):
    """A request that can be read but does not have the form that the operation asks for."""

    code = 422
    description = "The request does not have the form that this operation asks for."

    def __init__(self, errors: list[dict[str, str]]) -> None:
        """Take a WrongValue for each place."""
        super().__init__()
        self.errors = errors


def init_app(app: Flask) -> None:
    """Turn every error, a crash in debug mode too, into a response that a page can read."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.register_error_handler(HTTPException, problem)


def problem(error: HTTPException) -> Response:
    """Describe an error, and keep its headers such as Allow, WWW-Authenticate and Retry-After."""
    response = error.get_response()
    if error.response is not None:  # a view aborted with a response of its own
        return response
    # Outside of debug mode, Flask leaves the reason why JSON is malformed to the cause.
    cause = error.__cause__ if isinstance(error.__cause__, BadRequest) else error
    members: dict[str, Any] = {
        "type": "about:blank",
        "title": error.name,
        "status": error.code,
        "detail": cause.description,
        "request_id": request.headers.get("X-Request-ID"),
    }
    if isinstance(error, Unprocessable):
        members["errors"] = error.errors
    if isinstance(error, InternalServerError) and current_app.debug and error.original_exception:
        members["traceback"] = traceback.format_exception(error.original_exception)
    response.data = json.dumps(members)
    response.content_type = CONTENT_TYPE
    return response


def crashed(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer 500 where Flask itself has failed."""
    members = {"type": "about:blank", "title": "Internal Server Error", "status": 500}
    body = json.dumps(members | {"request_id": environ["HTTP_X_REQUEST_ID"]})
    return Response(body, 500, content_type=CONTENT_TYPE)(environ, start_response)
