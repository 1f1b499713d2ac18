"""The columns of a row apart from who, and what the environment says for rows that say nothing."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..environment import Environment, Source, boolean, whole_number
from .names import read_names

MAX_AGE_LIMIT = 86_400  # seconds; no browser remembers a preflight for longer

#: The columns; the variable of each is its name behind CORS_.
COLUMNS = ("methods", "allow_headers", "expose_headers", "supports_credentials", "max_age")

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
# Forbidden methods and headers are never sent by a page (Fetch, section 2.2), so listing them
# promises what no browser does.
_FORBIDDEN_METHODS = frozenset("CONNECT TRACE TRACK".split())
_FORBIDDEN_REQUEST_HEADERS = frozenset(
    "accept-charset accept-encoding access-control-request-headers access-control-request-method "
    "access-control-request-private-network connection content-length cookie cookie2 date dnt "
    "expect host keep-alive origin referer set-cookie te trailer transfer-encoding upgrade "
    "via".split()
)
_FORBIDDEN_RESPONSE_HEADERS = frozenset(("set-cookie", "set-cookie2"))


@dataclass(frozen=True, eq=False)
class Columns:
    """What the origins of a row may do; the values here are those of an empty environment."""

    methods: tuple[str, ...] = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    allow_headers: tuple[str, ...] = ("Authorization", "Content-Type", "X-Request-ID")
    expose_headers: tuple[str, ...] = ("Location", "X-Request-ID")
    supports_credentials: bool = False
    max_age: int = 7200  # seconds
    #: Where the value of a column was found, for people who ask; origins may have several places.
    sources: Mapping[str, tuple[Source, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def from_env(cls, env: Environment, *, supports_credentials: bool) -> "Columns":
        """Read the variables, whose problems stay with `env`."""
        return cls(
            methods=env.read("CORS_METHODS", methods, cls.methods),
            allow_headers=env.read("CORS_ALLOW_HEADERS", request_headers, cls.allow_headers),
            expose_headers=env.read("CORS_EXPOSE_HEADERS", response_headers, cls.expose_headers),
            supports_credentials=env.read(
                "CORS_SUPPORTS_CREDENTIALS", boolean, supports_credentials
            ),
            max_age=env.read(
                "CORS_MAX_AGE", whole_number(0, MAX_AGE_LIMIT, "seconds"), cls.max_age
            ),
            sources={name: (env.source(f"CORS_{name.upper()}"),) for name in COLUMNS},
        )


def methods(text: str) -> tuple[str, ...]:
    """Read methods, upper-case tokens that a page can send."""
    return _read(text, _mistaken_method)


def request_headers(text: str) -> tuple[str, ...]:
    """Read the names of headers that a page may send, or `none`."""
    return _headers(text, _FORBIDDEN_REQUEST_HEADERS, ("proxy-", "sec-"))


def response_headers(text: str) -> tuple[str, ...]:
    """Read the names of headers that a page may read, or `none`."""
    return _headers(text, _FORBIDDEN_RESPONSE_HEADERS, ())


def _mistaken_method(name: str) -> str | None:
    if name.lower() == "none":
        return "leaves nothing that could be called; list the methods"
    if name.upper() == "OPTIONS":
        return "is the method of preflights; leave it out"
    if name.upper() in _FORBIDDEN_METHODS:
        return "is a method that browsers do not send; leave it out"
    if not _TOKEN.fullmatch(name):
        return "is no method; write names such as 'GET, POST'"
    if "*" in name:
        return "is a wildcard; write each method by its name"
    if name != name.upper():
        return f"is not in upper case; methods are exact, write {name.upper()!r}"
    return None


def _headers(text: str, forbidden: frozenset[str], prefixes: tuple[str, ...]) -> tuple[str, ...]:
    def mistake(name: str) -> str | None:
        if name.lower() == "none":
            return "stands alone, in lower case; write 'none' for no header, or list names"
        if not _TOKEN.fullmatch(name):
            return "is no header; write each header by its exact name"
        if "*" in name:
            return "is a wildcard; write each header by its name"
        if name.lower() in forbidden or name.lower().startswith(prefixes or "\0"):
            return "is a header that browsers keep to themselves; leave it out"
        return None

    return () if text.strip(" \t") == "none" else _read(text, mistake)


def _read(text: str, mistake: Callable[[str], str | None]) -> tuple[str, ...]:
    seen: set[str] = set()

    def mistake_or_twice(name: str) -> str | None:
        twice = name.lower() in seen
        seen.add(name.lower())
        return mistake(name) or ("is listed twice; remove one of the two" if twice else None)

    return read_names(text, mistake_or_twice)
