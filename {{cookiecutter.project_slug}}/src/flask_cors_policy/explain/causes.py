"""Why a call is refused, and what to change: each fix, followed as it stands, solves the call."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from .._extension import state_of
from .._hints import OTHER_SITE, allow_credentials, set_names, trust_origin
from .._middleware import is_behind_policy, mounted_beside
from .._options import Options, parse_methods, parse_request_headers
from .._paths import plain_beginning
from .._problems import accepts, quoted
from .._reasons import GUARDED
from .._table import Row
from . import interference, routes
from .address import Address
from .browser import BEFORE, HANDSHAKE, REDIRECT, Call
from .case import Case, Cause, is_login, who
from .standard import NORMALISED_METHODS

NO_CREDENTIALS = "leave out credentials: 'include' in the page (axios: withCredentials)"


class Need(NamedTuple):
    """What a row lacks for a call, and how to supply it."""

    text: str
    fix: str


def cause_of(case: Case) -> Cause:
    """Return why a call is refused, and the fix."""
    code = case.code
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
        fix = f"{fix}; then {_following(case)}"
    return Cause(text, fix, code_instead)


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


def _following(case: Case) -> str:
    """Return what else has to be done once a request gets to the policy."""
    mount = mounted_beside(case.app, case.place.path) if case.response.in_front else ""
    return _add_row(case, mount, case.call) if mount else _policy(case).fix


def _policy(case: Case) -> Cause:
    """Explain a refusal of this project's policy."""
    if case.row is None:
        return _no_row(case)
    needs = list(needs_of(case.call, case.row))
    refused = "; the request was refused with 403 before any view" if case.is_guarded else ""
    return Cause(f"{lacks(case.label, needs)}{refused}", _fixes_of(needs))


def _no_row(case: Case) -> Cause:
    place, call = case.place, case.call
    if case.changed_path:
        return Cause(
            f"middleware behind the policy changes the path from {place.path} to "
            f"{case.changed_path}, and no row covers the first",
            "add that middleware after CORS(...), so that the policy sees the changed path",
        )
    if not place.is_route:
        return _no_route(case)
    refused = "; the request was refused with 403 before any view" if case.is_guarded else ""
    what = f"{call.method} of {place.path}" if _limited(case, place.route) else place.path
    add = _add_row(case, place.route, call)
    return Cause(
        f"no row covers {what}, so no other origin may use it{refused}",
        f"call it from a page of the application's own origin, or {add}",
    )


def _no_route(case: Case) -> Cause:
    """Explain a path that is no route, most often because it is mistyped."""
    place = case.place
    near = routes.closest(case.app, place)
    fix = _call_instead(case, near) if near else "look for the route with flask cors show"
    prefix = routes.possible_prefix(case.app, place)
    if prefix and not case.live:
        fix = (
            f"if the application is mounted at {prefix}, ask with --prefix {prefix}; "
            f"otherwise {fix}"
        )
    elif is_behind_policy(case.app):
        add = _add_row(case, place.route, case.call)
        return Cause(
            f"no row covers {place.path}, which is no route of this application: middleware behind "
            "the policy, such as Flask-SocketIO, may answer it",
            f"{fix}, or, if that middleware answers it, {add}" if near else add,
        )
    return Cause(f"{place.path} is no route of this application, and no row covers it", fix)


def _call_instead(case: Case, path: str) -> str:
    """Return the fix that names another path, and what its row lacks for the call."""
    if "<" in path or not path.startswith("/"):
        return f"call {path}"
    own = path.removeprefix(case.place.prefix)
    environ = {**case.place.environ, "PATH_INFO": own}
    row = state_of(case.app).decisions.row_for(environ, case.call.method)
    return f"call {path}{_remaining(case, case.call, row, own)}"


def _call_at(case: Case, address: Address) -> str:
    """Return the fix that calls another address of the server, and what its row lacks."""
    call = replace(case.call, address=address)
    more = "" if call.same_origin else _remaining(case, call, case.row, case.place.route)
    return f"call {address}{more}"


def _remaining(case: Case, call: Call, row: Row | None, path: str) -> str:
    """Return what else has to be done once a call gets to a row."""
    if row is None:
        return f"; then {_add_row(case, path, call)}"
    needs = list(needs_of(call, row))
    return f"; then {_fixes_of(needs)}" if needs else ""


def _websocket(case: Case) -> Cause:
    """Explain a handshake that is not answered with 101."""
    place, status = case.place, case.status
    if case.response.in_front:
        announced = case.live and case.response.rehearsed
        answers = f"refuses {place.path}" if announced else f"answers {place.path} with {status}"
        return Cause(
            f"middleware in front of the policy {answers}, such as Flask-SocketIO; the guard does "
            "not see it",
            f"let that middleware accept {case.call.origin} (Flask-SocketIO: cors_allowed_origins)",
        )
    near = routes.closest(case.app, place, websocket=True)
    add_route = f"call {near}" if near else "add a WebSocket route (Flask-Sock: @sock.route)"
    if status == 403 and case.predicted is not None:
        refusal = "a handshake has no preflight, so it was refused with 403 before any view"
        text, fix = f"no row covers {place.path}", _add_row(case, place.route, case.call)
        if case.row is not None:
            needs = list(needs_of(case.call, case.row))
            text, fix = lacks(case.label, needs), _fixes_of(needs)
        if place.endpoint is None and not case.live and not is_behind_policy(case.app):
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
    return Cause(
        f"a page on https may not call {address}: the browser sends nothing",
        "serve the application over https and "
        + _call_at(case, replace(address, scheme="https", port=443)),
    )


def _unsafe_port(case: Case) -> Cause:
    address = case.call.address
    blocked = f"browsers block port {address.port} (Fetch standard, port blocking)"
    if case.step == REDIRECT:
        return Cause(
            f"the application redirects to {address}, and {blocked}",
            "redirect to an address with another port",
        )
    return Cause(
        f"{blocked}, so the browser sends nothing",
        f"serve the application at another port and {_call_at(case, replace(address, port=8000))}",
    )


def _redirect_credentials(case: Case) -> Cause:
    return Cause(
        f"the application redirects to {case.parameter}, an address with a user name or password",
        "redirect to the address without them",
    )


def _scheme(case: Case) -> Cause:
    return Cause(
        f"the application redirects to {quoted(case.parameter)}, which is no http address",
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
            f"{origin} gives {case.parameter}; a browser would go on waiting",
            "make the server respond: look at its log, its workers and the timeouts in front of it",
        )
    if case.step in (BEFORE, REDIRECT):
        return Cause(
            f"the application answers with {quoted(case.parameter)}",
            "redirect to a valid address",
        )
    return Cause(
        f"{origin} gives no response: {case.parameter}",
        "start the server, and check scheme, host and port; localhost and 127.0.0.1 may differ",
    )


SPECIAL: Mapping[str, Callable[[Case], Cause]] = {
    "MixedContent": _mixed_content,
    "UnsafePort": _unsafe_port,
    "RedirectContainsCredentials": _redirect_credentials,
    "CorsDisabledScheme": _scheme,
    "TooManyRedirects": _circle,
    "InvalidResponse": _no_response,
}


def _fixes_of(needs: Sequence[Need]) -> str:
    """Return how to supply all that a row lacks."""
    return "; ".join(need.fix for need in needs)


def _limited(case: Case, route: str) -> Row | None:
    """Return the row of a route, where it is about other methods than that of the call."""
    return state_of(case.app).policy.row_at(route)


def _add_row(case: Case, route: str, call: Call) -> str:
    """Return the row that a call needs, as it is written in the code.

    `route` is a route as Flask writes it, or a path. Its beginning without variables is covered.
    """
    if call.origin == "null":
        return (
            f"serve the page over http or https and add a row that trusts its origin, {OTHER_SITE}"
        )
    row: dict[str, object] = {"origins": call.origin}
    usual = Options()
    limited = _limited(case, route) if accepts(parse_methods, call.method) else None
    if limited is not None:
        row["for_methods"] = (call.method,)
    elif call.method not in usual.methods and accepts(parse_methods, call.method):
        row["methods"] = (*usual.methods, call.method)
    listed = {name.lower() for name in usual.allow_headers}
    if missing := [name for name in _unsafe_headers(call) if name.lower() not in listed]:
        row["allow_headers"] = (*usual.allow_headers, *missing)
    if call.credentials:
        row["supports_credentials"] = True
    if limited is not None:
        return f"add {row!r} to resources['{limited.base}/*'], which may be a list of rows"
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
    if not accepts(parse_methods, upper):
        return Need(text, "call a method with a plain name")
    listed = set_names(row, "methods", (*row.methods, upper))
    return Need(text, f"{fix} and {listed}" if fix else listed)


def _headers(names: list[str], row: Row) -> Need:
    noun = "header" if len(names) == 1 else "headers"
    leave_out = f"leave {_listing(names)} out of the page's request"
    if all(accepts(parse_request_headers, name) for name in names):
        listed = set_names(row, "allow_headers", (*row.allow_headers, *names))
        leave_out = f"{leave_out}, or {listed}"
    return Need(f"does not list the {noun} {_listing(names)}", leave_out)


def _unsafe_headers(call: Call) -> list[str]:
    """Return the headers for which there is a preflight, each once, as the page writes them."""
    names = [name for name, _ in call.headers if name.lower() in call.unsafe_names]
    return list(dict.fromkeys(names))


def _listing(names: Sequence[str]) -> str:
    return ", ".join(name if len(name) <= 100 else quoted(name) for name in names)
