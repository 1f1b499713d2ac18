"""The words of the command line, read into values; what cannot be read is a usage error."""

import os
import re
from pathlib import Path
from typing import NoReturn

from click import BadParameter
from flask import Flask

from .. import hints
from ..origins import Origin
from .address import Address, is_loopback, parse_address
from .exchange import Fields
from .safelist import FORBIDDEN_METHODS, TOKEN, normalise

JSON = "application/json"
TEXT = "text/plain;charset=UTF-8"  # what fetch() says of a string that has no type
BODILESS = ("GET", "HEAD")

# What is sent in a header that is named without a value.
_VALUES = {
    "accept": JSON,
    "accept-language": "en",
    "authorization": "Bearer x",
    "content-language": "en",
    "content-type": JSON,
    "range": "bytes=0-0",
}


def method(text: str) -> str:
    """Read a method as fetch() does."""
    if not TOKEN.fullmatch(text):
        _refuse("METHOD", text, "is no method; write one such as GET")
    if text.upper() in FORBIDDEN_METHODS:
        _refuse("METHOD", text, "is a method that no page can send; write one such as GET")
    return normalise(text)


def is_full(url: str) -> bool:
    """Whether this is an address and not a path."""
    return "://" in url


def address(url: str, app: Flask, *, live: bool) -> Address:
    """Read an address, or a path of this API."""
    if not is_full(url):
        if live:
            _refuse("URL", url, "is no full address; with --live write 'https://host/path'")
        if not url.startswith("/"):
            _refuse("URL", url, f"is neither a path nor an address; write '/{url}'")
    try:
        return parse_address(url if is_full(url) else f"{_base(app)}{url}")
    except ValueError as error:
        _refuse("URL", url, str(error))


def page(origin: str) -> Origin | None:
    """Read the origin of a page; None is `null`, that of a page that hides it."""
    if origin == "null":
        return None
    try:
        return hints.parse_origin(origin)
    except ValueError as error:
        raise BadParameter(str(error), param_hint="--origin") from None


def page_address(origin: Origin | None) -> Address | None:
    """Return where a page is, if browsers know sites and schemes for it."""
    known = origin is not None and origin.scheme in ("http", "https")
    return parse_address(str(origin)) if known else None


def headers(texts: tuple[str, ...]) -> Fields:
    """Read `NAME` or `NAME: VALUE`."""
    return tuple(map(_header, texts))


def body(method: str, data: str | None, content_type: str | None) -> bytes | None:
    """Read a text, or the file that `@` stands in front of; a type alone gets something like it."""
    if method in BODILESS and data is not None:
        _refuse("--data", data, f"cannot go with {method}, which has no body; leave it out")
    if method in BODILESS or (data is None and content_type is None):
        return None
    if data is None:
        return b"{}" if str(content_type).lower().startswith(JSON) else b"x"
    if not data.startswith("@"):
        return data.encode()
    try:
        return Path(data[1:]).read_bytes()
    except OSError as error:
        _refuse("--data", data, f"cannot be read: {error.strerror}; name a file")


def typed(fields: Fields, body: bytes | None, content_type: str | None) -> Fields:
    """Say what a body is: what the page says, or else what fetch() says of a string."""
    if content_type is None and any(name.lower() == "content-type" for name, _ in fields):
        return fields
    if content_type is None and body is None:
        return fields
    return (*fields, ("Content-Type", content_type or TEXT))


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    value = value.strip(" \t") if colon else _VALUES.get(name.lower(), "x")
    if not TOKEN.fullmatch(name):
        _refuse("--header", text, "has no name of a header; write 'X-Name: value'")
    if re.search(r"[^\t\x20-\x7e\x80-\xff]", value):
        _refuse("--header", text, "has a character that no header takes; write plain text")
    return name, value


def _base(app: Flask) -> str:
    """Return where a path is asked: the development server, if the application answers to it."""
    names = [name.lstrip(".") for name in app.config["TRUSTED_HOSTS"] or ("127.0.0.1",)]
    local = next((it for it in ("127.0.0.1", *names) if it in names and is_loopback(it)), None)
    port = os.environ.get("FLASK_RUN_PORT", "8000")
    return f"http://{local}:{port}" if local else f"https://{names[0]}"


def _refuse(where: str, value: str, reason_and_fix: str) -> NoReturn:
    raise BadParameter(f"{hints.quoted(value)} {reason_and_fix}", param_hint=where)
