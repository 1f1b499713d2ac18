"""What is known of a call so far, and its making into one that a browser could send.

Arguments, console messages, curl commands and HAR files all become drafts.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from click import BadParameter

from .._origins import Origin, parse_origin
from .._problems import Refused, quoted, shown, without_passwords
from . import standard
from .address import NO_HTTP, Address, parse_address
from .browser import Call, Fields

JSON = "application/json"
TEXT = "text/plain;charset=UTF-8"  # the type of a string that fetch() sends
BODILESS = ("GET", "HEAD")

_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_FULL = re.compile(rf"{_SCHEME.pattern}//", re.IGNORECASE)
_WITHOUT_SLASHES = re.compile(r"\s*(https?|wss?):/*(?=[^/])", re.IGNORECASE)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?=[:/])|localhost(?=[:/])|\[")

# The likely value of a header that is named without one.
_VALUES = {
    "accept": JSON,
    "accept-language": "en",
    "authorization": "Bearer x",
    "content-language": "en",
    "content-type": JSON,
    "range": "bytes=0-0",
}


@dataclass(frozen=True)
class Draft:
    """The parts of a call that a command line, a message or a file gives."""

    method: str | None = None
    url: str | None = None
    origin: str | None = None
    headers: Fields = ()
    body: bytes | None = None
    credentials: bool = False
    preflighted: bool = False  # the browser sent a preflight, for whatever reason
    assumed: str = ""  # what the source leaves open, and how it was filled in
    refused: bool = field(default=False, compare=False)  # by the browser, for a reason of CORS
    status: int = field(default=0, compare=False)  # that the page has read


def call_of(draft: Draft, address: Address) -> Call:
    """Make a call of a draft whose address has been found.

    Raises BadParameter for a method or an origin that no page has.
    """
    method, page = parse_method(draft.method or "GET"), parse_page(draft.origin or "")
    if address.websocket and method != "GET":
        refuse("METHOD", method, "cannot go with a WebSocket, which starts with GET; write GET")
    sent = standard.joined([pair for pair in draft.headers if not standard.is_forbidden(*pair)])
    return Call(
        method=method,
        address=address,
        origin=str(page or "null"),
        page=_address_of(page),
        headers=() if address.websocket else sent,
        left_out=tuple(name for name, value in draft.headers if standard.is_forbidden(name, value)),
        body=draft.body,
        credentials=draft.credentials,
    )


def parse_method(text: str) -> str:
    """Parse a method as fetch() does."""
    if not standard.TOKEN.fullmatch(text):
        refuse("METHOD", text, "is no method; write one such as GET")
    if text.upper() in standard.FORBIDDEN_METHODS:
        refuse("METHOD", text, "is a method that no page can send; write one such as GET")
    return standard.normalise(text)


def is_full(url: str) -> bool:
    """Whether this is an address and not a path."""
    return bool(_FULL.match(url))


def parse_url(url: str, base: str) -> Address:
    """Parse an address, or a path at `base`."""
    if not is_full(url) and not url.startswith("/"):
        refuse("URL", without_passwords(url), _no_address(url))
    text = url if is_full(url) else f"{base}{url}"
    try:
        return parse_address(text)
    except ValueError as error:
        refuse("URL", text, str(error))


def parse_page(origin: str) -> Origin | None:
    """Parse the origin of a page; None is `null`, that of a page that hides it."""
    if origin == "null":
        return None
    try:
        return parse_origin(origin)
    except Refused as error:
        value, reason, fix = error.faults[0]
        raise BadParameter(f"{quoted(str(value))} {reason}; {fix}", param_hint="--origin") from None


def origin_of(url: str | None) -> str | None:
    """Return the origin of an address, as far as it has one."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else None


def parse_headers(texts: tuple[str, ...]) -> Fields:
    """Parse headers written as `NAME` or `NAME: VALUE`."""
    return tuple(map(_parse_header, texts))


def likely(name: str) -> tuple[str, str]:
    """Return a header with a value that pages send in it."""
    return name, _VALUES.get(name.lower(), "x")


def parse_body(method: str, data: str | None, content_type: str | None) -> bytes | None:
    """Parse a text, or the file behind an `@`; a type alone gets a body that fits."""
    if method in BODILESS and data is not None:
        refuse("--data", data, f"cannot go with {method}, which has no body; leave it out")
    if method in BODILESS or (data is None and content_type is None):
        return None
    if data is None:
        return b"{}" if str(content_type).lower().startswith(JSON) else b"x"
    if not data.startswith("@"):
        return data.encode()
    try:
        return Path(data[1:]).read_bytes()
    except OSError as error:
        refuse("--data", data, f"cannot be read: {error.strerror}; name a file")


def with_type(headers: Fields, body: bytes | None, content_type: str | None) -> Fields:
    """Add the type of a body: the one that the page names, or that of a string in fetch()."""
    if content_type is None and standard.field(headers, "content-type") is not None:
        return headers
    if content_type is None and body is None:
        return headers
    others = (pair for pair in headers if pair[0].lower() != "content-type")
    return (*others, ("Content-Type", content_type or TEXT))


def refuse(where: str, value: str, reason_and_fix: str) -> NoReturn:
    """End the command with a usage error about one of its parameters."""
    raise BadParameter(f"{quoted(value)} {reason_and_fix}", param_hint=where)


def _no_address(url: str) -> str:
    """Return why a text is no address, and the fix."""
    slashed = url.replace("\\", "/")
    if web := _WITHOUT_SLASHES.match(slashed):
        meant = f"{web[1]}://{slashed[web.end() :]}"
        return f"has no '//' behind '{web[1]}:'; write {shown(meant)}"
    if _HOST.match(slashed):
        return f"is neither a path nor an address; write {shown(f'http://{slashed}')}"
    if _SCHEME.match(slashed):
        return NO_HTTP
    return f"is neither a path nor an address; write {shown('/' + slashed.lstrip('/'))}"


def _parse_header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    value = value.strip(" \t") if colon else likely(name)[1]
    if not standard.TOKEN.fullmatch(name):
        refuse("--header", text, "has no name of a header; write 'X-Name: value'")
    if re.search(r"[^\t\x20-\x7e\x80-\xff]", value):
        refuse("--header", text, "has a character that no header takes; write plain text")
    return name, value


def _address_of(origin: Origin | None) -> Address | None:
    """Return the address of a page, if browsers know sites and schemes for it."""
    known = origin is not None and origin.scheme in ("http", "https")
    return parse_address(str(origin)) if known else None
