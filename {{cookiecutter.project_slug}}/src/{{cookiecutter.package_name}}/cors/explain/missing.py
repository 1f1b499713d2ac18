"""Answers that let nobody read them: a page that is not trusted, or no answer of the policy's."""

from .. import hints, paths
from . import foreign, judge, routes
from .case import Case, Cause, place_of, shown_exception, who
from .exchange import PREFLIGHT


def missing(case: Case) -> Cause:
    """Find the reason, from the most special to the most general."""
    rule, call, address = case.rule, case.call, case.call.address
    if case.exchange is not None and case.exchange.received.elsewhere:
        return (
            f"the API redirects to {address.origin}, which cannot be asked from here and is taken "
            f"not to trust {who(call.origin)}, as whom the browser goes on",
            f"let the page call {address} itself, or ask both with --live",
        )
    if call.origin == "null" != case.asked.origin:
        return (
            f"the API redirects to {address}, which is another origin; the browser then asks as "
            "'null', which could be anybody",
            "let the API give the answer itself, or let the page call that address",
        )
    if case.exception is not None and not case.fields:
        return (
            f"the application failed with {shown_exception(case.exception)} where no error handler "
            "sees it, so the server sends a bare 500",
            "raise it inside of a view or catch it in the middleware; Flask's errors keep their "
            "CORS headers",
        )
    if not paths.covers(paths.AREA, case.path):
        return _outside(case)
    if rule is None:
        base = case.path.rstrip("/")
        return (
            f"no row of cors/policy.py covers {case.path}, so no page of another origin may read "
            "it",
            f"add a row for it, such as Row('{base}/*', origins=Variable('CORS_ORIGINS'))",
        )
    if not rule.origins.match(call.origin):
        guard = case.status == 403 and case.step != PREFLIGHT
        refused = "; the API refused it with 403 before any view ran" * guard
        return (
            f"{who(call.origin)} is not trusted by {case.speaker}{refused}",
            hints.fix(call.origin, rule),
        )
    if call.method in ("GET", "HEAD", "POST") and call.method not in rule.methods:
        return (
            f"{case.speaker} does not list {call.method}",
            place_of(rule, "methods", (*rule.methods, call.method)),
        )
    return _taken_off(case)


def _outside(case: Case) -> Cause:
    path, near = case.path, routes.closest(case.app, case.path)
    if routes.is_unknown(case.app, path, case.call.method):
        hint = f"call {near}" if near else "look at flask cors show"
        return (f"{path} is no route of this API, and outside {paths.AREA}", hint)
    return (
        f"{path} is outside {paths.AREA}, where no page of another origin may read anything",
        f"call it from the API's own origin, or move the route below {paths.AREA}/",
    )


def _taken_off(case: Case) -> Cause:
    fields = case.fields
    page = who(case.call.origin)
    if judge.field(fields, "x-request-id") is None:
        if case.step == PREFLIGHT and case.status in (401, 403):
            return foreign.preflight_status(case)
        server = judge.field(fields, "server") or ""
        if server.lower().startswith("airtunes"):
            return (
                "macOS's AirPlay receiver answered, which listens on the ports 5000 and 7000",
                "run the API on another port, such as 8000, and call that",
            )
        return (
            f"the answer {case.status} carries no X-Request-ID: something in front of the "
            "application gave it (middleware, a proxy, a gateway)",
            "find it by that status; its limits and timeouts should be wider than the "
            "application's, so that the application answers",
        )
    if case.live:
        return (
            f"{page} is trusted here and not there: the deployment has another CORS policy",
            "compare flask cors show there with the one here",
        )
    return (
        f"the policy lets {page} read the answer, but its header was taken off on the way out",
        "let nothing behind the application remove Access-Control-Allow-Origin (middleware)",
    )
