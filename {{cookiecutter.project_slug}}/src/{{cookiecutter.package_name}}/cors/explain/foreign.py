"""Answers that something else than the policy has given or changed."""

from werkzeug.sansio.utils import host_is_trusted

from .. import hints
from .case import Case, Cause

ALONE = "let only the application set it: take the CORS headers out of the proxy or middleware"


def multiple(case: Case) -> Cause:
    """Explain two values where one would have done."""
    return (
        f"two layers add Access-Control-Allow-Origin: {hints.quoted(case.failure.parameter)}",
        f"{ALONE} (nginx: the add_header lines)",
    )


def invalid_origin(case: Case) -> Cause:
    """Explain a value that no page has."""
    return (
        f"Access-Control-Allow-Origin is {hints.quoted(case.failure.parameter)}, which is no "
        "origin",
        ALONE,
    )


def mismatch(case: Case) -> Cause:
    """Explain a value that another page has."""
    return (
        f"the answer is meant for {hints.quoted(case.failure.parameter)} and not for "
        f"{case.call.origin}: a cache gave it to the wrong page, or something in front of the "
        "application sets a fixed value",
        f"{ALONE}; caches have to respect Vary: Origin",
    )


def malformed(case: Case) -> Cause:
    """Explain lists that cannot be read."""
    return (
        "the preflight's answer has a malformed list of methods or headers",
        ALONE,
    )


def preflight_status(case: Case) -> Cause:
    """Explain a preflight that is not answered with 2xx."""
    host, trusted = case.call.address.authority, case.app.config["TRUSTED_HOSTS"]
    if case.status == 400 and trusted and not host_is_trusted(host, trusted):
        return (
            f"the API does not answer to the name {case.call.address.host}",
            f"add {case.call.address.host} to TRUSTED_HOSTS, or call one of its names",
        )
    return (
        f"the preflight is answered {case.status}: something in front of the application refuses "
        "it, such as authentication; browsers never send credentials with a preflight",
        "let OPTIONS requests that have Access-Control-Request-Method through to the application",
    )


def preflight_redirect(case: Case) -> Cause:
    """Explain a preflight that is sent elsewhere."""
    target = hints.quoted(case.call.address.join(case.failure.parameter))
    return (
        f"the preflight is redirected to {target}, and browsers follow no redirect there",
        "call that address itself, or let whatever redirects it (proxy, middleware) leave OPTIONS "
        "requests alone",
    )
