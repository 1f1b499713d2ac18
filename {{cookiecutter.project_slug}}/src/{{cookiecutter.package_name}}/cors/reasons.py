"""Why a page was refused, in the words of Chrome's CorsError, and what to change."""

from dataclasses import dataclass

from flask import request

from . import csrf, headers, hints, paths
from .exchange import Exchange
from .resources import ResourceMap
from .rule import Rule

CLOSED = "no row of cors/policy.py covers this path"
UNTRUSTED = "its origin is not trusted here"
GUARDED = "its origin is not trusted here, so no view was run and the answer is 403"

PREFLIGHT = "Preflight"
NO_ORIGIN = "MissingAllowOriginHeader"
NO_METHOD = "MethodDisallowedByPreflightResponse"
NO_HEADER = "HeaderDisallowedByPreflightResponse"


@dataclass(frozen=True)
class Reason:
    """Why a page may not do what it asked for; equal reasons are one and the same refusal."""

    origin: str
    rule: Rule | None
    code: str
    cause: str
    #: What to change; where the cause is the origin, that hangs on the origins that are trusted.
    remedy: str = ""

    def fix(self, *, name_others: bool) -> str:
        """Say what to change, with other trusted origins or without."""
        if self.remedy or self.rule is None:
            return self.remedy
        return hints.fix(self.origin, self.rule, name_others=name_others)


def find(exchange: Exchange, resources: ResourceMap) -> Reason | None:
    """Return why the current request is refused, and None if it is not."""
    if exchange.preflight:
        return _of_preflight(exchange)
    if csrf.same_origin(exchange.origin):
        return None
    guarded = request.method not in csrf.SAFE_METHODS
    if guarded and not csrf.trusted(exchange, resources):
        return _of_guard(exchange, resources)
    if not exchange.origin or not paths.covers(paths.AREA, request.path):
        return None
    return _of_origin(exchange, NO_ORIGIN)


def announced_headers() -> list[str]:
    """Return the headers that a preflight asks for; those that need no permission are left out."""
    names = request.headers.get(headers.REQUEST_HEADERS, "").split(",")
    return [name for it in names if (name := it.strip(" \t"))]


def _of_origin(exchange: Exchange, code: str) -> Reason | None:
    origin, rule = exchange.origin, exchange.rule
    if rule is None:
        return Reason(origin, rule, code, CLOSED, "add a row that does")
    if not rule.origins.match(origin):
        return Reason(origin, rule, code, UNTRUSTED)
    # Browsers send these unlisted, so the answer itself is kept from the page (Rule.grants).
    return None if exchange.granted else _of_method(exchange, rule, code)


def _of_preflight(exchange: Exchange) -> Reason | None:
    if found := _of_origin(exchange, PREFLIGHT + NO_ORIGIN):
        return found
    rule = exchange.rule
    if rule is None:
        return None
    if exchange.method not in rule.methods:
        return _of_method(exchange, rule, NO_METHOD)
    listed = {name.lower() for name in rule.allow_headers}
    for name in announced_headers():
        if name.lower() not in listed:
            return _of_header(exchange, rule, name)
    return None


def _of_guard(exchange: Exchange, resources: ResourceMap) -> Reason:
    origin, rule = exchange.origin, exchange.rule or csrf.rule_outside(resources)
    remedy = ""
    if not origin:
        remedy = "send the request with fetch(), so that it says from which page it comes"
    elif rule is None:
        remedy = "add a row to cors/policy.py that trusts it"
    elif rule.origins.any:
        remedy = f"move the route below {paths.AREA}/, as nowhere else every page is trusted"
    return Reason(origin, rule, NO_ORIGIN, GUARDED, remedy)


def _of_method(exchange: Exchange, rule: Rule, code: str) -> Reason:
    method, upper = hints.quoted(exchange.method), exchange.method.upper()
    remedy = f"add it to {_place(rule, 'methods')}"
    if upper != exchange.method and upper in rule.methods:
        remedy = f"let the page write '{upper}', as methods are exact"
    return Reason(exchange.origin, rule, code, f"the method {method} is not listed", remedy)


def _of_header(exchange: Exchange, rule: Rule, name: str) -> Reason:
    remedy = f"add it to {_place(rule, 'allow_headers')}, or let the page leave it out"
    if name.lower().startswith(headers.ANSWER_PREFIX):
        remedy = "let the page leave it out, as it belongs to answers"
    cause = f"the request header {hints.quoted(name)} is not listed"
    return Reason(exchange.origin, rule, NO_HEADER, cause, remedy)


def _place(rule: Rule, column: str) -> str:
    kind, name = rule.sources[column][0]
    return f"{column} of {name}" if kind == "code" else name
