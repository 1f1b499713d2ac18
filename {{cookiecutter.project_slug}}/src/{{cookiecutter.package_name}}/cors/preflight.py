"""Preflights, answered before routing, authentication and rate limits can refuse them.

A browser fails a preflight that is redirected or not ok, and shows neither status nor reason
(Fetch, "CORS-preflight fetch"). Answered here, the page gets to read the real 404, 401 or 308.
"""

from flask import Response, request
from werkzeug.exceptions import SecurityError

from . import paths
from .exchange import Exchange


def answer(exchange: Exchange) -> Response | None:
    """Answer a preflight in the area with 204; what it grants is added as to any response."""
    if not exchange.preflight or not paths.covers(paths.AREA, request.path):
        return None
    if isinstance(request.routing_exception, SecurityError):
        return None  # the host is not ours, and neither is the answer
    return Response(status=204)
