"""The Fetch standard's tests: what needs a preflight, and which responses a page may read.

The codes are those of Chrome's `Network.CorsError`. This file imports nothing of the policy.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

Fields = Sequence[tuple[str, str]]

SIMPLE_METHODS = frozenset(("GET", "HEAD", "POST"))
FORBIDDEN_METHODS = frozenset(("CONNECT", "TRACE", "TRACK"))
# "normalize": browsers correct the case of these, and of no others.
NORMALISED_METHODS = frozenset(("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"))
SIMPLE_TYPES = frozenset(("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"))
# "Port blocking" (https://fetch.spec.whatwg.org/#port-blocking); Chrome lets 4190 and 6679 pass.
BAD_PORTS = frozenset(
    int(port)
    for port in (
        "0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 "
        "111 113 115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 "
        "532 540 548 554 556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 "
        "5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080"
    ).split()
)
REDIRECTS = frozenset((301, 302, 303, 307, 308))

LONGEST = 128  # bytes of a safelisted value
LONGEST_TOGETHER = 1024  # bytes of all safelisted values

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

_UNSAFE_BYTES = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@[\\\]{}\x7f]')
_LANGUAGE = re.compile(r"[0-9A-Za-z *,\-.;=]*")
_RANGE = re.compile(r"bytes=([0-9]{1,19})-([0-9]{0,19})")
_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_FORBIDDEN_HEADERS = frozenset(
    "accept-charset accept-encoding access-control-request-headers access-control-request-method "
    "connection content-length cookie cookie2 date dnt expect host keep-alive origin referer "
    "set-cookie te trailer transfer-encoding upgrade via".split()
)
_OVERRIDES = frozenset(("x-http-method", "x-http-method-override", "x-method-override"))


class Failure(NamedTuple):
    """Why a browser refuses; the parameter is the value, name or address at fault."""

    code: str
    parameter: str = ""


def field(headers: Fields, name: str) -> str | None:
    """Return a header's value; of several, all of them between commas (Fetch, "get")."""
    values = [value.strip(" \t") for key, value in headers if key.lower() == name]
    return ", ".join(values) if values else None


def joined(headers: Fields) -> tuple[tuple[str, str], ...]:
    """Return headers as browsers send them: each name once, its values between commas."""
    names = {name.lower(): name for name, _ in reversed(headers)}  # as it is written first
    return tuple(
        (names[key], field(headers, key) or "")
        for key in dict.fromkeys(name.lower() for name, _ in headers)
    )


def location_of(status: int | None, headers: Fields) -> str | None:
    """Return where a response redirects to, or None.

    To Chrome an empty `Location` is none. By the standard it leads to the same address again.
    """
    return (field(headers, "location") or None) if status in REDIRECTS else None


def normalise(method: str) -> str:
    """Return a method as the browser sends it."""
    return method.upper() if method.upper() in NORMALISED_METHODS else method


def is_forbidden(name: str, value: str) -> bool:
    """Whether the browser leaves out this header when a page sets it (Fetch, section 2.2.2)."""
    name = name.lower()
    if name in _OVERRIDES:
        methods = (part.strip(" \t").upper() for part in value.split(","))
        return not FORBIDDEN_METHODS.isdisjoint(methods)
    return name in _FORBIDDEN_HEADERS or name.startswith(("proxy-", "sec-"))


def unsafe_names(headers: Iterable[tuple[str, str]]) -> list[str]:
    """Return the "CORS-unsafe request-header names", sorted and in lower case."""
    unsafe: set[str] = set()
    safelisted: set[str] = set()
    size = 0
    for name, value in headers:
        if _is_safelisted(name.lower(), value):
            safelisted.add(name.lower())
            size += len(value.encode())
        else:
            unsafe.add(name.lower())
    return sorted(unsafe | safelisted if size > LONGEST_TOGETHER else unsafe)


def check_response(origin: str, headers: Fields, *, credentials: bool) -> Failure | None:
    """Decide whether a page of `origin` may read a response (Fetch, "CORS check")."""
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
    response: tuple[int, Fields],
    *,
    credentials: bool,
) -> Failure | None:
    """Decide whether the request may follow (Fetch, "CORS-preflight fetch", from step 7 on)."""
    status, headers = response
    if location := location_of(status, headers):
        return Failure("PreflightDisallowedRedirect", location)
    if failure := check_response(origin, headers, credentials=credentials):
        return Failure(f"Preflight{failure.code}", failure.parameter)
    if not 200 <= status <= 299:
        return Failure("PreflightInvalidStatus", str(status))
    methods = _listed(headers, "access-control-allow-methods")
    names = _listed(headers, "access-control-allow-headers")
    if methods is None:
        return Failure("InvalidAllowMethodsPreflightResponse")
    if names is None:
        return Failure("InvalidAllowHeadersPreflightResponse")
    any_method = "*" in methods and not credentials
    if method not in SIMPLE_METHODS and method not in methods and not any_method:
        return Failure("MethodDisallowedByPreflightResponse", method)
    known = {name.lower() for name in names}
    any_header = "*" in known and not credentials
    for name in unsafe:
        # That `*` never covers Authorization ("CORS non-wildcard request-header name") is left to
        # a note: Chrome and Firefox accept it.
        if name not in known and not any_header:
            return Failure("HeaderDisallowedByPreflightResponse", name)
    return None


def leans_on_wildcard(unsafe: Sequence[str], headers: Fields) -> bool:
    """Whether a preflight grants Authorization by a `*` alone, which the standard refuses."""
    names = {name.lower() for name in _listed(headers, "access-control-allow-headers") or ()}
    return "authorization" in unsafe and "*" in names and "authorization" not in names


def _is_safelisted(name: str, value: str) -> bool:
    if len(value.encode()) > LONGEST:
        return False
    match name:
        case "accept":
            return not _UNSAFE_BYTES.search(value)
        case "accept-language" | "content-language":
            return bool(_LANGUAGE.fullmatch(value))
        case "content-type":
            essence = value.partition(";")[0].strip(" \t").lower()
            return not _UNSAFE_BYTES.search(value) and essence in SIMPLE_TYPES
        case "range":
            found = _RANGE.fullmatch(value)
            return found is not None and (not found[2] or int(found[1]) <= int(found[2]))
    return False


def _mismatch(allowed: str) -> str:
    if re.search("[ ,]", allowed):
        return "MultipleAllowOriginValues"
    origin = allowed == "null" or _ORIGIN.fullmatch(allowed)
    return "AllowOriginMismatch" if origin else "InvalidAllowOriginValue"


def _listed(headers: Fields, name: str) -> list[str] | None:
    """Return the names that a header lists, or None if it is malformed."""
    parts = [part.strip(" \t") for part in (field(headers, name) or "").split(",")]
    names = [part for part in parts if part]
    return names if all(TOKEN.fullmatch(part) for part in names) else None
