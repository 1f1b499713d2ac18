"""What schemathesis sends with each call to a project, and checks of each response to it."""

import os
from itertools import cycle
from typing import Any

import schemathesis

ORIGINS = cycle(os.environ["ORIGINS"].split() or [""])  # of the pages that call, in turn
TRUSTED = "https://app.example.com"


@schemathesis.hook
def before_call(_context: Any, case: schemathesis.Case[Any], _kwargs: dict[str, Any]) -> None:
    if origin := next(ORIGINS):
        case.headers["Origin"] = origin


@schemathesis.check
def cors_headers(
    _context: Any, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """Compare the CORS headers of a mixed project's response with what its policy promises."""
    headers = response.headers
    origins = headers.get("access-control-allow-origin", [])
    asked = response.request.headers.get("Origin")
    covered = case.formatted_path.startswith("/api/")
    public = case.formatted_path.startswith("/api/v1/public/") and case.method == "GET"
    expected = []
    if public:
        expected = ["*"]
    elif covered and asked == TRUSTED:
        expected = [TRUSTED]
    assert origins == expected, f"{origins} instead of {expected}"
    if covered and not public:
        assert "Origin" in ", ".join(headers["vary"]), "Vary lacks Origin"
