"""What a page may send without asking first (Fetch, section 2.2)."""

import re
from collections.abc import Iterable

Fields = Iterable[tuple[str, str]]

SIMPLE_METHODS = frozenset(("GET", "HEAD", "POST"))
FORBIDDEN_METHODS = frozenset(("CONNECT", "TRACE", "TRACK"))
# "normalize": browsers correct the case of these, and of no others.
NORMALISED_METHODS = frozenset(("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"))
SIMPLE_TYPES = frozenset(("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"))

LONGEST = 128  # bytes of a value
LONGEST_TOGETHER = 1024  # bytes of all values

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSAFE_BYTES = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@[\\\]{}\x7f]')
_LANGUAGE = re.compile(r"[0-9A-Za-z *,\-.;=]*")
_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]*)")
_FORBIDDEN_HEADERS = frozenset(
    "accept-charset accept-encoding access-control-request-headers access-control-request-method "
    "connection content-length cookie cookie2 date dnt expect host keep-alive origin referer "
    "set-cookie te trailer transfer-encoding upgrade via".split()
)
_OVERRIDES = frozenset(("x-http-method", "x-http-method-override", "x-method-override"))


def normalise(method: str) -> str:
    """Return a method as the browser sends it."""
    return method.upper() if method.upper() in NORMALISED_METHODS else method


def is_forbidden(name: str, value: str) -> bool:
    """Whether the browser leaves out this header, whatever the page says."""
    name = name.lower()
    if name in _OVERRIDES:
        methods = (it.strip(" \t").upper() for it in value.split(","))
        return not FORBIDDEN_METHODS.isdisjoint(methods)
    return name in _FORBIDDEN_HEADERS or name.startswith(("proxy-", "sec-"))


def unsafe_names(headers: Fields) -> list[str]:
    """Return the "CORS-unsafe request-header names", sorted and in lower case."""
    unsafe: set[str] = set()
    maybe: set[str] = set()
    size = 0
    for name, value in headers:
        if _is_safelisted(name.lower(), value):
            maybe.add(name.lower())
            size += len(value.encode())
        else:
            unsafe.add(name.lower())
    return sorted(unsafe | maybe if size > LONGEST_TOGETHER else unsafe)


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
