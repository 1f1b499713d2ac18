"""The options of a row apart from its origins: what the trusted pages may do.

The names are those of Flask-CORS. Their values are checked when the application starts.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, TypeVar

from ._environment import FIXED, Environment, Source, boolean, whole_number
from ._problems import Fault, Problem, Refused, without_passwords

MAX_AGE_LIMIT = 86_400  # seconds; no browser remembers a preflight for longer

#: The options; the variable that supplies one is its name behind CORS_.
OPTIONS = ("methods", "allow_headers", "expose_headers", "supports_credentials", "max_age")

#: Where the arguments of CORS stand, which supply what rows and variables leave out.
CONSTRUCTOR = "CORS(...)"

T = TypeVar("T")
Names = str | Sequence[str] | AbstractSet[str]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
# Pages never send forbidden methods and headers (Fetch, section 2.2), so listing one promises what
# no browser does.
_FORBIDDEN_METHODS = frozenset("CONNECT TRACE TRACK".split())
_FORBIDDEN_REQUEST_HEADERS = frozenset(
    "accept-charset accept-encoding access-control-request-headers access-control-request-method "
    "access-control-request-private-network connection content-length cookie cookie2 date dnt "
    "expect host keep-alive origin referer set-cookie te trailer transfer-encoding upgrade "
    "via".split()
)
_FORBIDDEN_RESPONSE_HEADERS = frozenset(("set-cookie", "set-cookie2"))
# In code, these cannot be chosen; of those in FIXED a variable is refused, too.
_NOT_FOR_CHOICE = FIXED | {"for_methods": "is an option of rows alone"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Options:
    """What trusted origins may do; these values are those of an empty environment."""

    methods: tuple[str, ...] = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    allow_headers: tuple[str, ...] = ("Authorization", "Content-Type")
    expose_headers: tuple[str, ...] = ()
    supports_credentials: bool = False
    max_age: int = 7200  # seconds
    #: Option name -> where its value comes from; origins may come from several places.
    sources: Mapping[str, tuple[Source, ...]] = field(default_factory=dict, repr=False)


def parse_methods(text: str) -> tuple[str, ...]:
    """Parse methods: upper-case tokens that a page can send."""
    return parse_names(text, _mistaken_method)


def parse_request_headers(text: str) -> tuple[str, ...]:
    """Parse the names of headers that a page may send, or `none`."""
    return _parse_headers(text, _FORBIDDEN_REQUEST_HEADERS, ("proxy-", "sec-"))


def parse_response_headers(text: str) -> tuple[str, ...]:
    """Parse the names of headers that a page may read, or `none`."""
    return _parse_headers(text, _FORBIDDEN_RESPONSE_HEADERS, ())


_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "methods": parse_methods,
    "allow_headers": parse_request_headers,
    "expose_headers": parse_response_headers,
    "supports_credentials": boolean,
    "max_age": whole_number(0, MAX_AGE_LIMIT, "seconds"),
}


def options_from_env(env: Environment, defaults: Options) -> Options:
    """Read the variables of the options; their problems stay with `env`."""
    values: dict[str, Any] = {}
    sources = {}
    for name in OPTIONS:
        variable = f"CORS_{name.upper()}"
        values[name] = env.read(variable, _PARSERS[name], getattr(defaults, name))
        sources[name] = (env.source(variable, CONSTRUCTOR if name in defaults.sources else ""),)
    return Options(**values, sources=sources)


def options_from_code(
    given: Mapping[str, Any], inherited: Options, subject: str
) -> tuple[dict[str, Any], list[Problem]]:
    """Parse options written in code; what they leave out, `inherited` supplies.

    Return the values with their sources, ready for `Options`, and the problems.
    """
    values: dict[str, Any] = {name: getattr(inherited, name) for name in OPTIONS}
    sources = dict(inherited.sources)
    problems: list[Problem] = []
    for name in OPTIONS:
        value = given.get(name)
        if value is None:
            continue
        sources[name] = (Source("code", subject),)
        try:
            values[name] = _parse(name, value)
        except Refused as error:
            problems += [Problem(f"{subject} {name}", *fault) for fault in error.faults]
    return values | {"sources": sources}, problems


def mistaken_options(given: Mapping[str, Any], known: Sequence[str], subject: str) -> list[Problem]:
    """Find options that do not exist here, that cannot be chosen, or that are None.

    None is what an unset variable leaves behind. Taken for left out, it could open a row.
    """
    problems = []
    for name, value in given.items():
        if name in known:
            if value is None:
                fix = "leave the option out, or write its value"
                problems.append(Problem(f"{subject} {name}", None, "is None", fix))
        elif reason := _NOT_FOR_CHOICE.get(name):
            problems.append(Problem(f"{subject} {name}", None, reason, "leave it out"))
        else:
            meant = closest(name, known)
            fix = f"write {meant!r}" if meant else f"write one of {', '.join(known)}"
            problems.append(Problem(subject, str(name), "is no option", fix))
    return problems


def closest(name: object, known: Sequence[str]) -> str | None:
    """Return the option that was likely meant by a name."""
    return next(iter(get_close_matches(str(name), known, n=1)), None)


def parse_code(
    value: object, parse: Callable[[str], T], instead: str = "write each by its exact name"
) -> T:
    """Parse a text or a list of texts in code, as a variable would hold it.

    `instead` is the fix for a regular expression. Raises Refused with the faults of every entry.
    """
    if isinstance(value, str):
        return parse(value)
    entries: object = [value] if isinstance(value, re.Pattern) else value
    if isinstance(entries, bytes) or not isinstance(entries, Sequence | AbstractSet):
        fix = "write a string, or a list of strings"
        raise Refused(Fault(value, "is neither text nor a list of texts", fix))
    if isinstance(entries, AbstractSet):
        entries = sorted(entries, key=str)
    texts = [one for one in entries if isinstance(one, str)]
    faults = [_no_text(one, instead) for one in entries if not isinstance(one, str)]
    if not faults:
        return parse(",".join(texts) if texts else "none")
    if texts:
        try:
            parse(",".join(texts))
        except Refused as error:
            faults += error.faults
    raise Refused(*faults)


def _no_text(entry: object, instead: str) -> Fault:
    if isinstance(entry, re.Pattern):
        return Fault(entry.pattern, "is a regular expression", instead)
    return Fault(repr(entry), "is no text", "write a string")


def parse_names(text: str, mistake: Callable[[str], tuple[str, str] | None]) -> tuple[str, ...]:
    """Parse names separated by commas; blanks around a name do not count.

    `mistake` returns reason and fix for a name that is wrong.
    """
    text = without_passwords(text)  # before it is split, as a password may hold commas
    if not text.strip():
        raise Refused(Fault(text, "is empty", "write names separated by commas"))
    names = tuple(name.strip(" \t") for name in text.split(","))
    if any(name[:1] in ("'", '"') or name[-1:] in ("'", '"') for name in names if name):
        reason = "has quotes, which docker --env-file keeps"
        raise Refused(Fault(text, reason, "write it without quotes"))
    seen: set[str] = set()
    faults: dict[Fault, None] = {}
    for name in names:
        if not name:
            faults[Fault(text, "has an empty entry", "remove the extra comma")] = None
        elif wrong := mistake(name):
            faults[Fault(name, *wrong)] = None
        elif name.lower() in seen:
            faults[Fault(name, "is listed twice", "remove one of the two")] = None
        seen.add(name.lower())
    if faults:
        raise Refused(*faults)
    return names


def _parse(name: str, value: object) -> Any:
    if name == "supports_credentials":
        if not isinstance(value, bool):
            quotes = ", without quotes" if isinstance(value, str) else ""
            raise Refused(Fault(value, "is no boolean", f"write True or False{quotes}"))
        return value
    if name == "max_age":
        if isinstance(value, timedelta):
            seconds = value.total_seconds()
            value = int(seconds) if seconds.is_integer() else seconds
        # A boolean is an int, too, and no number of seconds.
        value = value if isinstance(value, str) or type(value) is int else repr(value)
        return _PARSERS[name](str(value))
    return parse_code(value, _PARSERS[name])


def _mistaken_method(name: str) -> tuple[str, str] | None:
    if name.lower() == "none":
        return "leaves nothing that could be called", "list the methods"
    if name.upper() == "OPTIONS":
        return "is the method of preflights", "leave it out"
    if name.upper() in _FORBIDDEN_METHODS:
        return "is a method that browsers do not send", "leave it out"
    if not _TOKEN.fullmatch(name):
        return "is no method", "write names such as 'GET, POST'"
    if "*" in name:
        return "is a wildcard", "write each method by its name"
    if name != name.upper():
        return "is not in upper case", f"methods are exact, write {name.upper()!r}"
    return None


def _parse_headers(
    text: str, forbidden: frozenset[str], prefixes: tuple[str, ...]
) -> tuple[str, ...]:
    def mistake(name: str) -> tuple[str, str] | None:
        if name.lower() == "none":
            return "stands alone, in lower case", "write 'none' for no header, or list names"
        if not _TOKEN.fullmatch(name):
            return "is no header", "write each header by its exact name"
        if "*" in name:
            return "is a wildcard", "write each header by its name"
        if name.lower() in forbidden or name.lower().startswith(prefixes or "\0"):
            return "is a header that browsers keep to themselves", "leave it out"
        return None

    if not text.strip():
        raise Refused(Fault(text, "is empty", "write names separated by commas, or 'none'"))
    return () if text.strip(" \t") == "none" else parse_names(text, mistake)
