"""What a row lacks for a call, and how to supply it: each fix, followed as it stands, does so."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from .._hints import allow_credentials, set_names, trust_origin
from .._options import Options, parse_methods, parse_request_headers
from .._problems import Refused, quoted
from .._table import Row, plain_beginning
from .browser import Call
from .case import who
from .standard import NORMALISED_METHODS

NO_CREDENTIALS = "leave out credentials: 'include' in the page (axios: withCredentials)"


class Need(NamedTuple):
    """What a row lacks for a call, and how to supply it."""

    text: str
    fix: str


def needs_of(call: Call, row: Row) -> Iterator[Need]:
    """Return all that a row lacks for a call, in the order in which browsers check it."""
    if not row.trusts(call.origin):
        yield Need(
            f"does not trust {who(call.origin)}", trust_origin(call.origin, row, name_others=True)
        )
    if call.credentials and not call.address.websocket:
        yield from _credentials(row)
    if call.method not in row.methods:
        yield _method(call.method, row)
    listed = {name.lower() for name in row.allow_headers}
    missing = [name for name in _unsafe_headers(call) if name.lower() not in listed]
    own = [name for name in missing if name.lower().startswith("access-control-")]
    if own:
        yield Need(
            f"does not list {_listing(own)}, a header of responses with which no page can grant "
            "itself anything",
            f"take {_listing(own)} out of the page's request",
        )
    if others := [name for name in missing if name not in own]:
        yield _headers(others, row)


def lacks(label: str, needs: Sequence[Need]) -> str:
    """Return what a row lacks, as a sentence."""
    *texts, last = [need.text for need in needs]
    return f"{label} {', '.join(texts)} and {last}" if texts else f"{label} {last}"


def fixes_of(needs: Sequence[Need]) -> str:
    """Return how to supply all that a row lacks."""
    return "; ".join(need.fix for need in needs)


def add_row(route: str, call: Call) -> str:
    """Return the row that a call needs, as it is written in the code.

    `route` is a route as Flask writes it, or a path. Its beginning without variables is covered.
    """
    if call.origin == "null":
        return "serve the page over http or https and add a row that trusts its origin"
    row: dict[str, object] = {"origins": call.origin}
    usual = Options()
    if call.method not in usual.methods and _is_accepted(parse_methods, call.method):
        row["methods"] = (*usual.methods, call.method)
    listed = {name.lower() for name in usual.allow_headers}
    if missing := [name for name in _unsafe_headers(call) if name.lower() not in listed]:
        row["allow_headers"] = (*usual.allow_headers, *missing)
    if call.credentials:
        row["supports_credentials"] = True
    return f"add the row '{plain_beginning(route)}/*': {row!r} to resources"


def _credentials(row: Row) -> Iterator[Need]:
    if row.origins.any:
        yield Need(
            "is open to every page ('*'), and browsers keep such responses from requests with "
            "credentials",
            f"{NO_CREDENTIALS}, or serve the call from a row that lists its origins",
        )
    elif not row.supports_credentials:
        yield Need(
            "takes no credentials (cookies, HTTP authentication)",
            f"{NO_CREDENTIALS}, or {allow_credentials(row)}",
        )


def _method(method: str, row: Row) -> Need:
    upper = method.upper()
    if upper == "OPTIONS":
        return Need(
            "does not list OPTIONS, which is the method of preflights",
            "call a method that the application has; flask cors show lists them",
        )
    text, fix = f"does not list {method}", ""
    if upper != method and upper not in NORMALISED_METHODS:
        text = (
            f"does not list {quoted(method)} (methods are exact: browsers correct the case of GET, "
            "HEAD, POST, PUT, DELETE and OPTIONS only)"
        )
        fix = f"write method: '{upper}' in the page"
    if upper in row.methods:
        return Need(text, fix)
    if not _is_accepted(parse_methods, upper):
        return Need(text, "call a method with a plain name")
    listed = set_names(row, "methods", (*row.methods, upper))
    return Need(text, f"{fix} and {listed}" if fix else listed)


def _headers(names: list[str], row: Row) -> Need:
    noun = "header" if len(names) == 1 else "headers"
    leave_out = f"leave {_listing(names)} out of the page's request"
    if all(_is_accepted(parse_request_headers, name) for name in names):
        listed = set_names(row, "allow_headers", (*row.allow_headers, *names))
        leave_out = f"{leave_out}, or {listed}"
    return Need(f"does not list the {noun} {_listing(names)}", leave_out)


def _unsafe_headers(call: Call) -> list[str]:
    """Return the headers for which there is a preflight, each once, as the page writes them."""
    names = [name for name, _ in call.headers if name.lower() in call.unsafe_names]
    return list(dict.fromkeys(names))


def _is_accepted(parse: Callable[[str], object], name: str) -> bool:
    """Whether a policy can list a name."""
    try:
        parse(name)
    except Refused:
        return False
    return True


def _listing(names: Sequence[str]) -> str:
    return ", ".join(name if len(name) <= 100 else quoted(name) for name in names)
