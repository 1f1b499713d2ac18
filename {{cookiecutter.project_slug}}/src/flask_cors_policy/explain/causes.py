"""Why a call is refused, and what to change: each fix, followed as it stands, solves the call."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from .._coverage import row_at
from .._hints import allow_credentials, set_names, trust_origin
from .._options import Options, parse_methods, parse_request_headers
from .._problems import Refused, quoted
from .._reasons import GUARDED
from .._table import Row
from . import interference, routes
from .browser import BEFORE, HANDSHAKE, REDIRECT, Call
from .case import Case, Cause, who
from .standard import NORMALISED_METHODS

NO_CREDENTIALS = "leave out credentials: 'include' in the page (axios: withCredentials)"

_SEGMENTS = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
_LOGIN = re.compile(
    r"/(?:log-?in|sign-?in|auth|authorize|oauth2?|saml2?|sso)(?=[/?]|\Z)|[?&](?:next|redirect_uri)=",
    re.IGNORECASE,
)


class Need(NamedTuple):
    """What a row lacks for a call, and how to supply it."""

    text: str
    fix: str
    hint: str = ""


def cause_of(case: Case) -> Cause:
    """Return why a call is refused, and the fix."""
    code = case.failure.code
    if special := SPECIAL.get(code):
        return special(case)
    if case.step == HANDSHAKE:
        return _websocket(case)
    if case.call.passed and (found := _after_redirect(case)):
        return found
    predicted = case.predicted
    if predicted is not None and predicted.code == code and case.is_from_policy:
        return _policy(case)
    text, fix, code_instead = interference.cause_of(case)
    if predicted is not None:
        fix = f"{fix}; then {_policy(case).fix}"
    return Cause(text, fix, code_instead)


def is_login(target: str, source: str) -> bool:
    """Whether a redirect seems to lead to a log-in page, by words that only its target has."""
    return not {*_LOGIN.findall(target.lower())} <= {*_LOGIN.findall(source.lower())}


def needs_of(call: Call, row: Row) -> Iterator[Need]:
    """Return all that a row lacks for a call, in the order in which browsers check it."""
    if not row.trusts(call.origin):
        short = trust_origin(call.origin, row)
        hint = trust_origin(call.origin, row, name_others=True).removeprefix(short)
        yield Need(f"does not trust {who(call.origin)}", short, hint)
    if call.credentials and not call.address.websocket:
        yield from _credentials(row)
    if call.method not in row.methods:
        yield _method(call.method, row)
    listed = {name.lower() for name in row.allow_headers}
    names = [name for name, _ in call.headers if name.lower() in call.unsafe_names]
    missing = [name for name in dict.fromkeys(names) if name.lower() not in listed]
    own = [name for name in missing if name.lower().startswith("access-control-")]
    if own:
        yield Need(
            f"does not list {_listing(own)}, a header of responses with which no page can grant "
            "itself anything",
            f"take {_listing(own)} out of the page's request",
        )
    if others := [name for name in missing if name not in own]:
        yield _headers(others, row)


def _policy(case: Case) -> Cause:
    """Explain a refusal of this project's policy."""
    if case.row is None:
        return _no_row(case)
    needs = list(needs_of(case.call, case.row))
    refused = "; the request was refused with 403 before any view" if case.is_guarded else ""
    return Cause(f"{lacks(case.label, needs)}{refused}", _fixes(needs))


def lacks(label: str, needs: Sequence[Need]) -> str:
    """Return what a row lacks, as a sentence."""
    *texts, last = [need.text for need in needs]
    return f"{label} {', '.join(texts)} and {last}" if texts else f"{label} {last}"


def _fixes(needs: Sequence[Need]) -> str:
    return "; ".join(need.fix for need in needs) + "".join(need.hint for need in needs)


def _no_row(case: Case) -> Cause:
    place, call = case.place, case.call
    if case.changed_path:
        return Cause(
            f"middleware behind the policy changes the path from {place.path} to "
            f"{case.changed_path}, and no row covers the first",
            "add that middleware after CORS(...), so that the policy sees the changed path",
        )
    if not place.is_route:
        near = routes.closest(case.app, place)
        fix = _call_instead(case, near) if near else "look for the route with flask cors show"
        prefix = routes.possible_prefix(case.app, place)
        if prefix and not case.live:
            fix = (
                f"if the application is mounted at {prefix}, ask with --prefix {prefix}; "
                f"otherwise {fix}"
            )
        return Cause(f"{place.path} is no route of this application, and no row covers it", fix)
    refused = "; the request was refused with 403 before any view" if case.is_guarded else ""
    return Cause(
        f"no row covers {place.path}, so no other origin may use it{refused}",
        f"call it from a page of the application's own origin, or {_add_row(place.path, call)}",
    )


def _call_instead(case: Case, path: str) -> str:
    """Return the fix that names another path, and what its row lacks for the call."""
    if "<" in path or not path.startswith("/"):
        return f"call {path}"
    environ = {**case.place.environ, "PATH_INFO": path}
    return f"call {path}" + _remaining(case.call, row_at(case.app, environ, case.call.method), path)


def _remaining(call: Call, row: Row | None, path: str) -> str:
    """Return what else has to be done once a call gets to a row."""
    if row is None:
        return f"; then {_add_row(path, call)}"
    needs = list(needs_of(call, row))
    return f"; then {_fixes(needs)}" if needs else ""


def _add_row(path: str, call: Call) -> str:
    """Return the row that a call needs, as it is written in the code."""
    if call.origin == "null":
        return "serve the page over http or https and add a row that trusts its origin"
    plain = _SEGMENTS.match(path)
    row: dict[str, object] = {"origins": call.origin}
    usual = Options()
    if call.method not in usual.methods and _is_accepted(parse_methods, call.method):
        row["methods"] = (*usual.methods, call.method)
    listed = {name.lower() for name in usual.allow_headers}
    names = [name for name, _ in call.headers if name.lower() in call.unsafe_names]
    if missing := [name for name in dict.fromkeys(names) if name.lower() not in listed]:
        row["allow_headers"] = (*usual.allow_headers, *missing)
    if call.credentials:
        row["supports_credentials"] = True
    return f"add the row '{plain[0].rstrip('/') if plain else ''}/*': {row!r} to resources"


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


def _websocket(case: Case) -> Cause:
    """Explain a handshake that is not answered with 101."""
    place, status = case.place, case.status
    if not place.reached and not case.live:
        return Cause(
            f"middleware in front of the policy answers {place.path} with {status}, such as "
            "Flask-SocketIO; the guard does not see it",
            f"let that middleware accept {case.call.origin} (Flask-SocketIO: cors_allowed_origins)",
        )
    near = routes.closest(case.app, place, websocket=True)
    add_route = f"call {near}" if near else "add a WebSocket route (Flask-Sock: @sock.route)"
    if status == 403 and case.predicted is not None:
        refusal = "a handshake has no preflight, so it was refused with 403 before any view"
        text, fix = f"no row covers {place.path}", _add_row(place.path, case.call)
        if case.row is not None:
            needs = list(needs_of(case.call, case.row))
            text, fix = lacks(case.label, needs), _fixes(needs)
        if place.endpoint is None and not case.live:
            text = f"{text}, and {place.path} is no WebSocket route of this application"
            fix = f"{add_route}; then {fix}"
        return Cause(f"{text}; {refusal}", fix, GUARDED)
    if place.error is not None and status == place.error.code:
        return Cause(
            f"{place.path} is no WebSocket route of this application ({status})", add_route
        )
    return Cause(
        f"the handshake is answered {status}{case.server} and not 101",
        "let the proxy pass the headers Upgrade and Connection on, and run a server that speaks "
        "WebSocket",
    )


def _after_redirect(case: Case) -> Cause | None:
    """Explain a redirect to a place from which the page may read nothing."""
    asked, call, address = case.asked, case.call, case.call.address
    redirected = f"{asked.address.plain_path} is redirected to {address}"
    if is_login(address.path, asked.address.path):
        return Cause(
            f"{redirected}, a log-in page, which no page of another origin can read",
            "answer 401 in place of that redirect, which the page can read (Flask-Login: "
            "@login_manager.unauthorized_handler)",
        )
    if case.response.unreachable:
        return Cause(
            f"{redirected}, which cannot be called from here and is taken not to trust "
            f"{who(call.origin)}, as the browser then calls itself",
            f"let the page call {address} itself, or ask both with --live",
        )
    if call.origin == "null" != asked.origin:
        return Cause(
            f"{redirected}, another origin, and the browser then sends the origin 'null', which "
            "could be anybody",
            f"answer without the redirect, or let the page call {address} itself",
        )
    return None


def _mixed_content(case: Case) -> Cause:
    address = case.call.address
    if case.step == REDIRECT:
        return Cause(
            f"the application redirects to {address}, and a page on https may not follow to http: "
            "behind a TLS proxy it does not know that it is called over https",
            "let the proxy send X-Forwarded-Proto and the application believe it (werkzeug's "
            "ProxyFix), or call the address that does not redirect",
        )
    secure = replace(case.call, address=replace(address, scheme="https", port=443))
    more = "" if secure.same_origin else _remaining(secure, case.row, case.place.path)
    return Cause(
        f"a page on https may not call {address}: the browser sends nothing",
        f"serve the application over https and call {secure.address}{more}",
    )


def _redirect_credentials(case: Case) -> Cause:
    return Cause(
        f"the application redirects to {case.failure.parameter}, an address with a user name or "
        "password",
        "redirect to the address without them",
    )


def _scheme(case: Case) -> Cause:
    return Cause(
        f"the application redirects to {quoted(case.failure.parameter)}, which is no http address",
        "redirect to http or https only",
    )


def _circle(case: Case) -> Cause:
    return Cause(
        "the application redirects in a circle",
        f"let {case.call.address} answer without a redirect",
    )


def _no_response(case: Case) -> Cause:
    origin = case.call.address.origin
    if case.response.late:
        return Cause(
            f"{origin} gives {case.failure.parameter}; a browser would go on waiting",
            "make the server respond: look at its log, its workers and the timeouts in front of it",
        )
    if case.step in (BEFORE, REDIRECT):
        return Cause(
            f"the application answers with {quoted(case.failure.parameter)}",
            "redirect to a valid address",
        )
    return Cause(
        f"{origin} gives no response: {case.failure.parameter}",
        "start the server, and check scheme, host and port; localhost and 127.0.0.1 may differ",
    )


SPECIAL: Mapping[str, Callable[[Case], Cause]] = {
    "MixedContent": _mixed_content,
    "RedirectContainsCredentials": _redirect_credentials,
    "CorsDisabledScheme": _scheme,
    "TooManyRedirects": _circle,
    "InvalidResponse": _no_response,
}


def _is_accepted(parse: Callable[[str], object], name: str) -> bool:
    """Whether a policy can list a name."""
    try:
        parse(name)
    except Refused:
        return False
    return True


def _listing(names: Sequence[str]) -> str:
    return ", ".join(name if len(name) <= 100 else quoted(name) for name in names)
