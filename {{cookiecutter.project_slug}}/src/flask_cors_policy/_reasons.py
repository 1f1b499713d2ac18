"""Why a page may not do what it asked for, in the codes of Chrome's CorsError, and the fix."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import _guard, _hints
from ._decision import Decision
from ._headers import PREFIX
from ._options import parse_methods, parse_request_headers
from ._problems import named, quoted
from ._table import Row

NO_ORIGIN = "MissingAllowOriginHeader"
PREFLIGHT_NO_ORIGIN = "PreflightMissingAllowOriginHeader"
NO_METHOD = "MethodDisallowedByPreflightResponse"
NO_HEADER = "HeaderDisallowedByPreflightResponse"
NO_CREDENTIALS = "InvalidAllowCredentials"
WILDCARD_CREDENTIALS = "WildcardOriginNotAllowed"
# A refusal that Chrome has no code for: the page can read the 403, or it opens a WebSocket.
GUARDED = "RefusedByGuard"

NOT_LISTABLE = "call a method that the row lists; no row can list this one"
MOST_HEADERS = 20  # names of unlisted headers that are looked at


@dataclass(frozen=True)
class Reason:
    """Why a page is refused; equal reasons are one refusal."""

    code: str
    cause: str
    origin: str
    row: Row | None
    remedy: str = ""  # the fix, where it does not depend on the origins that are trusted

    def fix(self, *, name_others: bool = False) -> str:
        """Return what to change; only with `name_others` it names other trusted origins."""
        if self.remedy or self.row is None:
            return self.remedy
        return _hints.trust_origin(self.origin, self.row, name_others=name_others)


def why(environ: Mapping[str, Any], decision: Decision) -> Reason | None:
    """Return why a request is refused, or its response is kept from the page; None if neither."""
    if decision.preflight:
        return _of_preflight(environ, decision)
    if _guard.is_same_origin(environ):
        return None
    if _guard.is_guarded(environ) and not decision.writable:
        return why_refused(environ, decision)
    if not decision.origin or decision.readable:
        return None
    return _of_origin(environ, decision, NO_ORIGIN)


def why_without_credentials(decision: Decision) -> Reason:
    """Return why cookies and HTTP authentication did not reach the view."""
    row = decision.row
    change = None if row is None else _hints.allow_credentials(row)
    leave_out = "leave out credentials: 'include' in the page"
    return Reason(
        WILDCARD_CREDENTIALS if row is not None and row.origins.any else NO_CREDENTIALS,
        "its row takes no credentials, so cookies and HTTP authentication did not reach the view",
        decision.origin,
        row,
        f"{leave_out}, or {change}" if change else leave_out,
    )


def unlisted_headers(environ: Mapping[str, Any], row: Row) -> list[str]:
    """Return the headers that a preflight announces and the row does not list."""
    listed = {name.lower() for name in row.allow_headers}
    announced = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")[:4096].split(",")
    names = dict.fromkeys(name.strip(" \t") for name in announced)
    return [name for name in names if name and name.lower() not in listed][:MOST_HEADERS]


def _of_preflight(environ: Mapping[str, Any], decision: Decision) -> Reason | None:
    row = decision.row
    if row is None or not decision.readable:
        return _of_origin(environ, decision, PREFLIGHT_NO_ORIGIN)
    if decision.method not in row.methods:
        return _of_method(decision, row, NO_METHOD)
    if names := unlisted_headers(environ, row):
        return _of_headers(decision, row, names)
    return None


def _of_origin(environ: Mapping[str, Any], decision: Decision, code: str) -> Reason:
    origin, row = decision.origin, decision.row
    if row is None:
        return _of_path(environ, decision, code)
    if not row.trusts(origin):
        if (problem := row.problem) is None:
            return Reason(code, "its origin is not trusted here", origin, row)
        return Reason(code, problem.cause, origin, row, problem.fix)
    # Browsers send these methods unlisted, so the response itself is kept from the page.
    return _of_method(decision, row, code)


def why_refused(environ: Mapping[str, Any], decision: Decision) -> Reason:
    """Return why the guard refuses a request."""
    origin, row = decision.origin, decision.row
    code = GUARDED if decision.readable or _guard.is_websocket(environ) else NO_ORIGIN
    outcome = "so no view was run and the response is 403"
    if not origin:
        fix = "send the request with fetch(), so that it carries the origin of its page"
        return Reason(code, f"its origin is not known, {outcome}", origin, row, fix)
    reason = _of_origin(environ, decision, code)
    return replace(reason, cause=f"{reason.cause}, {outcome}")


def _of_path(environ: Mapping[str, Any], decision: Decision, code: str) -> Reason:
    """Return why no row is about a request: the path has none, or those of other methods."""
    limited, method = decision.limited, decision.method
    if limited is None:
        cause, fix = "no row covers this path", _hints.add_row(environ.get("PATH_INFO", ""))
    else:
        cause = f"no row covers {named(method)} of this path"
        if not _hints.are_listable(parse_methods, [method.upper()]):
            fix = NOT_LISTABLE
        elif method.upper() != method:
            fix = f"let the page write {method.upper()}, as methods are exact"
        else:
            fix = _hints.add_methods(limited, [method])
    fix = _hints.unlistable_origin(decision.origin) or fix
    return Reason(code, cause, decision.origin, None, fix)


def _of_method(decision: Decision, row: Row, code: str) -> Reason:
    method, upper = decision.method, decision.method.upper()
    if upper in row.methods:
        fix = f"let the page write '{upper}', as methods are exact"
    elif not _hints.are_listable(parse_methods, [upper]):
        fix = NOT_LISTABLE
    else:
        listed = _hints.set_names(row, "methods", (*row.methods, upper))
        fix = listed if upper == method else f"let the page write '{upper}', and {listed}"
    cause = f"the method {named(method)} is not listed"
    return Reason(code, cause, decision.origin, row, fix)


def _of_headers(decision: Decision, row: Row, names: list[str]) -> Reason:
    own = [name for name in names if name.lower().startswith(PREFIX)]
    shown = ", ".join(map(quoted, own or names))
    one = len(own or names) == 1
    cause = (
        f"the request {'header' if one else 'headers'} {shown} {'is' if one else 'are'} not listed"
    )
    fix = "let the page leave it out"
    if own:
        fix = f"{fix}, as such headers belong to responses"
    elif _hints.are_listable(parse_request_headers, names):
        listed = _hints.set_names(row, "allow_headers", (*row.allow_headers, *names))
        fix = f"{listed}, or {fix}"
    return Reason(NO_HEADER, cause, decision.origin, row, fix)
