"""Responses that something other than the policy gave or changed."""

from collections.abc import Callable, Mapping

from .._middleware import mounted_beside
from .._problems import quoted
from . import routes, standard
from .browser import PREFLIGHT
from .case import AIRPLAY, NO_PASSAGE, Case, Cause, is_login, shown_exception, who
from .live import varies_by_origin

ALONE = "let only the application set it: take the CORS headers out of the proxy or middleware"
LET_THROUGH = (
    "let OPTIONS requests that have Access-Control-Request-Method through to the application"
)


def cause_of(case: Case) -> Cause:
    """Return what happened to a response that the policy would not have given."""
    code = case.code
    # Most codes mean for a preflight what they mean for any response.
    return (CAUSES.get(code) or CAUSES[code.removeprefix("Preflight")])(case)


def _missing(case: Case) -> Cause:
    """Explain a response without the policy's headers, from the most special case on."""
    server = (standard.field(case.response.headers, "server") or "").lower()
    if server.startswith(AIRPLAY):
        return Cause(
            "macOS's AirPlay receiver answered, which listens on the ports 5000 and 7000",
            "run the application on another port, such as 8000, and call that",
        )
    if case.exception is not None and not case.response.headers:
        if not isinstance(case.exception, Exception):
            return Cause(
                f"what answers {case.place.path} ended with {shown_exception(case.exception)}, "
                "which ends the worker of a server without a response",
                "let it return a response, or raise another exception",
            )
        return Cause(
            "middleware outside the policy, or a stream that has a Content-Length, failed with "
            f"{shown_exception(case.exception)}, so the server sends a bare 500",
            "catch it there; all other errors keep their CORS headers",
        )
    if case.response.in_front:
        return _in_front(case)
    if varies_by_origin(case.response.headers):
        return _changed(case)
    if case.step == PREFLIGHT:
        return _preflight_status(case)
    bare = f"the response {case.status}{case.server} has none of the headers that the policy sets"
    if target := standard.location_of(case.status, case.response.headers):
        return Cause(
            f"the response {case.status}{case.server} leads to "
            f"{quoted(case.call.address.join(target))} and has none of the headers that the policy "
            "sets: something in front of it answered, such as an authenticating proxy",
            "let it pass the request on to the application",
        )
    if case.status in NO_PASSAGE:
        return Cause(
            f"{bare}: something in front of it answered, such as an authenticating proxy, a "
            "firewall or a CDN",
            "let it pass the request on to the application, or give it what it wants",
        )
    if case.status in (404, 405):
        return Cause(
            f"{bare}: what answers there is not this application",
            "check scheme, host, port and path",
        )
    if case.status is not None and case.status >= 400:
        return Cause(
            f"{bare}: something in front of it answered (middleware, a proxy, a gateway)",
            "find it by that status; make its limits and timeouts wider than the application's, "
            "so that the application answers",
        )
    return _changed(case)


def _in_front(case: Case) -> Cause:
    """Explain a response that comes from middleware, or from an application that it mounts."""
    path = case.place.path
    if mount := mounted_beside(case.app, path):
        return Cause(
            f"an application that is mounted at {mount} answers {path}, in front of the policy",
            "mount it before CORS(...), so that the policy is around it",
        )
    near = routes.closest(case.app, case.place)
    status = "" if case.response.rehearsed else f", with {case.status}"
    return Cause(
        f"middleware in front of the policy answers {path} itself{status}",
        f"call {near}" if near else "let it pass the request on to the application",
    )


def _changed(case: Case) -> Cause:
    page = who(case.call.origin)
    if case.live:
        return Cause(
            f"{page} is trusted here and not there: the deployment has another CORS policy",
            "give the deployment the same variables and code as here; flask cors show lists them",
        )
    return Cause(
        f"the policy lets {page} read the response, but its header was taken off on the way out",
        "let no middleware outside the policy remove Access-Control-Allow-Origin",
    )


def _multiple(case: Case) -> Cause:
    return Cause(
        f"Access-Control-Allow-Origin is set twice: {quoted(case.parameter)}",
        f"{ALONE} (nginx: the add_header lines)",
    )


def _invalid_origin(case: Case) -> Cause:
    return Cause(
        f"Access-Control-Allow-Origin is {quoted(case.parameter)}, which is no origin",
        ALONE,
    )


def _mismatch(case: Case) -> Cause:
    return Cause(
        f"the response is meant for {quoted(case.parameter)} and not for "
        f"{case.call.origin}: a cache gave it to the wrong page, or something in front of the "
        "application sets a fixed value",
        f"{ALONE}; caches have to respect Vary: Origin",
    )


def _wildcard(_case: Case) -> Cause:
    return Cause(
        "the response is open to every page ('*'), which this project's policy does not say, and "
        "browsers keep such responses from requests with credentials",
        ALONE,
    )


def _credentials(case: Case) -> Cause:
    return Cause(
        f"Access-Control-Allow-Credentials is {quoted(case.parameter)} and has to be 'true'",
        ALONE,
    )


def _malformed(_case: Case) -> Cause:
    return Cause("the preflight's response has a malformed list of methods or headers", ALONE)


def _unlisted(case: Case) -> Cause:
    return Cause(
        f"the preflight's response does not list {quoted(case.parameter)}, although this "
        f"project's policy does: something else gave it{case.server}",
        f"{LET_THROUGH}, and let only the application set CORS headers",
    )


def _preflight_status(case: Case) -> Cause:
    if case.status is not None and case.status >= 500:
        return Cause(
            f"the preflight is answered {case.status}{case.server}: something in front of the "
            "policy failed (middleware, a proxy, a gateway)",
            f"mend it, or {LET_THROUGH}",
        )
    if case.status in (404, 405) or (case.live and case.status is not None and case.status < 300):
        return Cause(
            f"the preflight is answered {case.status}{case.server}: what answers there does not "
            "have this policy, which answers each preflight with 204",
            f"check scheme, host, port and path, or {LET_THROUGH}",
        )
    return Cause(
        f"the preflight is answered {case.status}{case.server}: something in front of the policy "
        "answers it, such as authentication; browsers never send credentials with a preflight",
        LET_THROUGH,
    )


def _preflight_redirect(case: Case) -> Cause:
    target = case.call.address.join(case.parameter)
    leave_alone = "let whatever redirects it (proxy, middleware) leave OPTIONS requests alone"
    if is_login(target, case.call.address.path):
        return Cause(
            f"the preflight is redirected to {quoted(target)}, a log-in page, and browsers never "
            "send credentials with a preflight",
            leave_alone,
        )
    return Cause(
        f"the preflight is redirected to {quoted(target)}, and browsers follow no redirect there",
        f"call that address itself, or {leave_alone}",
    )


CAUSES: Mapping[str, Callable[[Case], Cause]] = {
    "MissingAllowOriginHeader": _missing,
    "WildcardOriginNotAllowed": _wildcard,
    "MultipleAllowOriginValues": _multiple,
    "InvalidAllowOriginValue": _invalid_origin,
    "AllowOriginMismatch": _mismatch,
    "InvalidAllowCredentials": _credentials,
    "PreflightInvalidStatus": _preflight_status,
    "PreflightDisallowedRedirect": _preflight_redirect,
    "InvalidAllowMethodsPreflightResponse": _malformed,
    "InvalidAllowHeadersPreflightResponse": _malformed,
    "MethodDisallowedByPreflightResponse": _unlisted,
    "HeaderDisallowedByPreflightResponse": _unlisted,
}
