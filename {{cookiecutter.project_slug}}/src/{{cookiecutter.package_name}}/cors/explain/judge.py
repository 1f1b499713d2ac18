"""Whether a browser accepts an answer: the CORS check, and what a preflight has to grant.

The codes are those of Chrome's `Network.CorsError`.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from .safelist import SIMPLE_METHODS, TOKEN

REDIRECTS = frozenset((301, 302, 303, 307, 308))

Fields = Sequence[tuple[str, str]]


class Failure(NamedTuple):
    """Why a browser refuses; the parameter is the value, name or address that it stumbled over."""

    code: str
    parameter: str = ""


def field(headers: Fields, name: str) -> str | None:
    """Return a header's value; of several, all of them between commas (Fetch, "get")."""
    values = [value.strip(" \t") for key, value in headers if key.lower() == name]
    return ", ".join(values) if values else None


def check_cors(origin: str, headers: Fields, *, credentials: bool) -> Failure | None:
    """Decide whether a page of `origin` may read an answer (Fetch, "CORS check")."""
    allowed = field(headers, "access-control-allow-origin")
    if allowed is None:
        return Failure("MissingAllowOriginHeader")
    if allowed == "*" and not credentials:
        return None
    if allowed == "*":
        return Failure("WildcardOriginNotAllowed")
    if allowed != origin:
        return Failure(_mismatch(allowed), allowed)
    granted = field(headers, "access-control-allow-credentials")
    if credentials and granted != "true":
        return Failure("InvalidAllowCredentials", granted or "")
    return None


def check_preflight(
    origin: str,
    method: str,
    unsafe: Sequence[str],
    answer: tuple[int, Fields],
    *,
    credentials: bool,
) -> Failure | None:
    """Decide whether the request may follow (Fetch, "CORS-preflight fetch", from step 7 on)."""
    status, headers = answer
    if status in REDIRECTS and (location := field(headers, "location")) is not None:
        return Failure("PreflightDisallowedRedirect", location)
    if failure := check_cors(origin, headers, credentials=credentials):
        return Failure(f"Preflight{failure.code}", failure.parameter)
    if not 200 <= status <= 299:
        return Failure("PreflightInvalidStatus", str(status))
    methods = _listed(headers, "access-control-allow-methods")
    names = _listed(headers, "access-control-allow-headers")
    if methods is None:
        return Failure("InvalidAllowMethodsPreflightResponse")
    if names is None:
        return Failure("InvalidAllowHeadersPreflightResponse")
    wild = not credentials
    if method not in SIMPLE_METHODS and method not in methods and not (wild and "*" in methods):
        return Failure("MethodDisallowedByPreflightResponse", method)
    known = {name.lower() for name in names}
    for name in unsafe:
        # `*` never stands for Authorization ("CORS non-wildcard request-header name").
        if name not in known and not (wild and "*" in known and name != "authorization"):
            return Failure("HeaderDisallowedByPreflightResponse", name)
    return None


def _mismatch(allowed: str) -> str:
    if re.search("[ ,]", allowed):
        return "MultipleAllowOriginValues"
    origin = allowed == "null" or re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", allowed)
    return "AllowOriginMismatch" if origin else "InvalidAllowOriginValue"


def _listed(headers: Fields, name: str) -> list[str] | None:
    """Return the names that a header lists, or None if it is malformed."""
    items = [it.strip(" \t") for it in (field(headers, name) or "").split(",")]
    items = [it for it in items if it]
    return items if all(TOKEN.fullmatch(it) for it in items) else None
