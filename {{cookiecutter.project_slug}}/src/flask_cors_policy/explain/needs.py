"""What a row lacks for a call, and how to supply it: by an option, or by a row that is added."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Flask

from .._extension import state_of
from .._headers import PREFIX
from .._hints import (
    allow_credentials,
    are_listable,
    set_names,
    trust_origin,
    unlistable_origin,
)
from .._options import OPTIONS, parse_methods, parse_request_headers
from .._paths import plain_beginning
from .._problems import quoted
from .._table import Row, resolve
from .browser import Call
from .case import who
from .standard import NORMALISED_METHODS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

NO_CREDENTIALS = "leave out credentials: 'include' in the page (axios: withCredentials)"


class Need(NamedTuple):
    """What a row lacks for a call, and how to supply it."""

    text: str
    fix: str


def needs_of(call: Call, row: Row) -> Iterator[Need]:
    """Return all that a row lacks for a call, in the order in which browsers check it."""
    if row.problem is not None:  # what the view asks for is not in force
        yield Need(f"trusts no origin, as {row.problem.cause}", row.problem.fix)
        return
    if not row.trusts(call.origin):
        yield Need(
            f"does not trust {who(call.origin)}", trust_origin(call.origin, row, name_others=True)
        )
    if call.credentials and not call.address.websocket:
        yield from _credentials(row)
    if call.method not in row.methods:
        yield _method(call.method, row)
    missing = _missing_headers(call, row.allow_headers)
    own = [name for name in missing if name.lower().startswith(PREFIX)]
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


def fix_of(app: Flask, environ: "WSGIEnvironment", route: str, call: Call) -> str:
    """Return how to supply all that a call lacks, and nothing where it lacks nothing.

    `environ` is that of the call, and `route` its route as Flask writes it, or its path.
    """
    decisions, method = state_of(app).decisions, call.method.upper()
    row = decisions.row_for(environ, call.method)
    if method != call.method and row is not decisions.row_for(environ, method):
        fix = fix_of(app, environ, route, replace(call, method=method))
        written = f"write method: '{method}' in the page"
        return f"{written}; {fix}" if fix else written
    return _fixes_of(needs_of(call, row)) if row else _add_row(app, environ, route, call)


def _add_row(app: Flask, environ: "WSGIEnvironment", route: str, call: Call) -> str:
    """Return the row that a call needs, as it is written in the code, and what it needs besides.

    The beginning of the route without variables is covered.
    """
    method = call.method.upper()
    if not are_listable(parse_methods, [method]):
        return _instead_of(method)
    if instead := unlistable_origin(call.origin):
        return instead
    state = state_of(app)
    usual, limited = state.policy.inherited, state.policy.row_at(route)
    row: dict[str, Any] = {"origins": call.origin}
    if limited is not None:
        row["for_methods"] = (method,)
    elif method not in usual.methods:
        row["methods"] = (*usual.methods, method)
    missing = _missing_headers(call, usual.allow_headers)
    others = [name for name in missing if not name.lower().startswith(PREFIX)]
    if names := [name for name in others if are_listable(parse_request_headers, [name])]:
        row["allow_headers"] = (*usual.allow_headers, *names)
    if call.credentials and not usual.supports_credentials:
        row["supports_credentials"] = True
    path = f"{plain_beginning(route) if limited is None else limited.base}/*"
    defaults = {name: getattr(usual, name) for name in OPTIONS}
    (added,) = resolve({path: row}, defaults, {}).rows
    own = state.views.own_row(environ, method, added)
    if own.sources["origins"] != added.sources["origins"]:
        row["origins"] = "none"  # as the view lists its own, and others are to stay closed
    add = f"add the row {path!r}: {row!r} to resources"
    if limited is not None:
        add = f"add {row!r} to resources[{path!r}], which may be a list of rows"
    needs = _fixes_of(needs_of(call, own))
    return f"{add}; {needs}" if needs else add


def _fixes_of(needs: Iterable[Need]) -> str:
    return "; ".join(need.fix for need in needs)


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
        return Need("does not list OPTIONS, which is the method of preflights", _instead_of(upper))
    text, fix = f"does not list {method}", ""
    if upper != method and upper not in NORMALISED_METHODS:
        text = (
            f"does not list {quoted(method)} (methods are exact: browsers correct the case of GET, "
            "HEAD, POST, PUT, DELETE and OPTIONS only)"
        )
        fix = f"write method: '{upper}' in the page"
    if upper in row.methods:
        return Need(text, fix)
    if not are_listable(parse_methods, [upper]):
        return Need(text, _instead_of(upper))
    listed = set_names(row, "methods", (*row.methods, upper))
    return Need(text, f"{fix} and {listed}" if fix else listed)


def _instead_of(method: str) -> str:
    """Return what to do in place of a method that no row can list."""
    if method == "OPTIONS":
        return "call a method that the application has; flask cors show lists them"
    return "call a method with a plain name"


def _headers(names: list[str], row: Row) -> Need:
    noun = "header" if len(names) == 1 else "headers"
    leave_out = f"leave {_listing(names)} out of the page's request"
    if are_listable(parse_request_headers, names):
        listed = set_names(row, "allow_headers", (*row.allow_headers, *names))
        leave_out = f"{leave_out}, or {listed}"
    return Need(f"does not list the {noun} {_listing(names)}", leave_out)


def _missing_headers(call: Call, listed: Sequence[str]) -> list[str]:
    """Return the headers that need a preflight and are not listed, as the page writes them."""
    known = {name.lower() for name in listed}
    names = [name for name, _ in call.headers if name.lower() in call.unsafe_names]
    return [name for name in dict.fromkeys(names) if name.lower() not in known]


def _listing(names: Sequence[str]) -> str:
    return ", ".join(name if len(name) <= 100 else quoted(name) for name in names)
