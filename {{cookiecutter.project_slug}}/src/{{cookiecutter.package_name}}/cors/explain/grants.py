"""What the row does not grant: a method, a header, credentials."""

from .. import hints
from .case import Case, Cause, place_of
from .safelist import NORMALISED_METHODS

NO_CREDENTIALS = "leave out credentials: 'include' (axios: withCredentials)"


def wildcard(case: Case) -> Cause:
    """Explain credentials where every page is let in."""
    rule = case.rule
    what = case.speaker if rule and rule.origins.any else "the answer"
    return (
        f"{what} is open to every page ('*'), and browsers keep such answers from requests with "
        "credentials",
        f"{NO_CREDENTIALS}; if the call needs cookies, serve it from a row that lists its origins",
    )


def credentials(case: Case) -> Cause:
    """Explain credentials that the row does not take."""
    rule = case.rule
    if rule is None or rule.supports_credentials:
        return (
            f"Access-Control-Allow-Credentials is {hints.quoted(case.failure.parameter)} and has "
            "to be 'true'",
            "let only the application set it: take the CORS headers out of the proxy or middleware",
        )
    (source, *_) = rule.sources["supports_credentials"]
    change = f"set {source.name}=true"
    if source.kind == "code":
        change = f"write supports_credentials=True in {source.name}"
    return (
        f"{case.speaker} takes no credentials (cookies, HTTP authentication)",
        f"{NO_CREDENTIALS}, or {change}",
    )


def method(case: Case) -> Cause:
    """Explain a method that the row does not list."""
    name, rule = case.call.method, case.rule
    if name != name.upper() and name.upper() not in NORMALISED_METHODS:
        return (
            f"method names are exact, and {hints.quoted(name)} is not {name.upper()!r}; browsers "
            "correct the case of GET, HEAD, POST, PUT, DELETE and OPTIONS only",
            f"write method: '{name.upper()}' in the page",
        )
    if name == "OPTIONS":
        return (
            "OPTIONS is the preflight itself, and no row lists it",
            "call a method that the API has; flask cors show lists them",
        )
    if rule is None or name in rule.methods:
        return _foreign_preflight(case)
    return (
        f"{case.speaker} does not list {name}",
        place_of(rule, "methods", (*rule.methods, name)),
    )


def header(case: Case) -> Cause:
    """Explain a header that the row does not list."""
    name, rule = case.failure.parameter, case.rule
    if name.startswith("access-control-"):
        return (
            f"the page sends {name}, which is a header of answers: no page can grant itself "
            "anything",
            f"take {name} out of the page's request",
        )
    if rule is None or name in [it.lower() for it in rule.allow_headers]:
        return _foreign_preflight(case)
    name = next(it for it, _ in case.call.headers if it.lower() == name)
    return (
        f"{case.speaker} does not list the header {name}",
        f"leave {name} out of the page's request, or "
        + place_of(rule, "allow_headers", (*rule.allow_headers, name)),
    )


def _foreign_preflight(case: Case) -> Cause:
    return (
        f"the preflight's answer does not list {case.failure.parameter}, although this project's "
        "policy does: something in front of the application gave it",
        "let OPTIONS requests through to the application, and let only the application set CORS "
        "headers",
    )
