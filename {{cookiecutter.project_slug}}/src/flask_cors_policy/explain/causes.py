"""Why a call is refused, and what to change: each fix, followed as it stands, solves the call."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from .._extension import state_of
from .._middleware import is_behind_policy, mounted_beside
from .._problems import quoted
from .._reasons import GUARDED
from . import interference, routes
from .address import Address, parse_address
from .browser import BEFORE, HANDSHAKE, REDIRECT, Call
from .case import Case, Cause, is_login, who
from .needs import fix_of, lacks, needs_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


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


def _following(case: Case) -> str:
    """Return what else has to be done once a request gets to the policy."""
    mount = mounted_beside(case.app, case.place.path) if case.response.in_front else ""
    if mount and case.row is None:
        return fix_of(case.app, case.place.environ, mount, case.call)
    return _policy(case).fix


def _policy(case: Case) -> Cause:
    """Explain a refusal of this project's policy."""
    if case.row is None:
        return _no_row(case)
    needs = list(needs_of(case.call, case.row))
    refused = "; the request was refused with 403 before any view" if case.is_guarded else ""
    return Cause(f"{lacks(case.label, needs)}{refused}", _fix(case))


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
    limited = state_of(case.app).policy.row_at(place.route)  # to other methods than this one
    what = f"{call.method} of {place.path}" if limited else place.path
    return Cause(
        f"no row covers {what}, so no other origin may use it{refused}",
        f"call it from a page of the application's own origin, or {_fix(case)}",
    )


def _fix(case: Case) -> str:
    """Return how to supply all that the last request lacks."""
    return fix_of(case.app, case.place.environ, case.place.route, case.call)


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
        add = _fix(case)
        return Cause(
            f"no row covers {place.path}, which is no route of this application: middleware behind "
            "the policy, such as Flask-SocketIO, may answer it",
            f"{fix}, or, if that middleware answers it, {add}" if near else add,
        )
    return Cause(f"{place.path} is no route of this application, and no row covers it", fix)


def _call_instead(case: Case, near: str) -> str:
    """Return the fix that names another path or address, and what its row lacks for the call."""
    place, path = case.place, case.place.route
    other = {}
    if near.startswith("/"):
        path = other["PATH_INFO"] = near.removeprefix(place.prefix)
    else:
        other["HTTP_HOST"] = parse_address(near).authority
    return f"call {near}{_remaining(case, case.call, place.environ | other, path)}"


def _call_at(case: Case, address: Address) -> str:
    """Return the fix that calls another address of the server, and what its row lacks."""
    call, place = replace(case.call, address=address), case.place
    more = "" if call.same_origin else _remaining(case, call, place.environ, place.route)
    return f"call {address}{more}"


def _remaining(case: Case, call: Call, environ: "WSGIEnvironment", route: str) -> str:
    """Return what else has to be done once a call gets to a route."""
    fix = fix_of(case.app, environ, route, call)
    return f"; then {fix}" if fix else ""


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
    add_route = "add a WebSocket route (Flask-Sock: @sock.route)"
    instead = _call_instead(case, near) if near else add_route
    if status == 403 and case.predicted is not None:
        refusal = "a handshake has no preflight, so it was refused with 403 before any view"
        text, fix = f"no row covers {place.path}", _fix(case)
        if case.row is not None:
            text = lacks(case.label, list(needs_of(case.call, case.row)))
        if place.endpoint is None and not case.live and not is_behind_policy(case.app):
            text = f"{text}, and {place.path} is no WebSocket route of this application"
            fix = instead if near else f"{add_route}; then {fix}"
        return Cause(f"{text}; {refusal}", fix, GUARDED)
    if place.error is not None and status == place.error.code:
        return Cause(f"{place.path} is no WebSocket route of this application ({status})", instead)
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
