"""The cross-origin guard: a page that is not trusted must not change anything.

CORS keeps an answer from a page, but by then the request has been carried out. So unsafe methods
have to pass the rules of CrossOriginProtection, in Go's net/http, in their order; and a body has
to be JSON, which unlike a form no page can send to another origin without a preflight.
"""

from typing import NoReturn

from flask import abort, request

from ..body import NOT_JSON
from . import paths
from .exchange import Exchange
from .resources import ResourceMap
from .rule import Rule

SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
SHOWN = 100  # characters of an origin, which may be as long as a header


def refuse(exchange: Exchange, resources: ResourceMap) -> None:
    """Refuse what forged requests are made of, with 403 or 415, before the view runs."""
    if request.method in SAFE_METHODS:
        return
    if not same_origin(exchange.origin) and not trusted(exchange, resources):
        _refuse_other_origin(exchange, resources)
    if request.routing_exception is None and _has_body() and not request.is_json:
        abort(415, NOT_JSON)


def same_origin(origin: str) -> bool:
    """Whether the current request comes from a page of the API's own, or from no page."""
    if site := request.environ.get("HTTP_SEC_FETCH_SITE"):
        return site in ("same-origin", "none")
    # No browser at all; or one without Sec-Fetch-Site, on a page of the API's own host. The header
    # counts as it is, since Werkzeug takes hosts with an underscore for none; and `null` has none.
    host = origin.partition("://")[2]
    own = request.environ.get("HTTP_HOST", "").lower()
    return not origin or (host != "" and (host == own or host == request.host))


def trusted(exchange: Exchange, resources: ResourceMap) -> bool:
    """Whether a page of this origin may change something with this request."""
    rule = exchange.rule or rule_outside(resources)
    if rule is None or (rule.origins.any and exchange.rule is None):
        return False
    return rule.origins.match(exchange.origin)


def rule_outside(resources: ResourceMap) -> Rule | None:
    """Return whom the API trusts where no row speaks: the list of it all, and never `*`."""
    return resources.rule_for(paths.AREA, "POST")


def _refuse_other_origin(exchange: Exchange, resources: ResourceMap) -> NoReturn:
    origin, rule = exchange.origin, exchange.rule or rule_outside(resources)
    page = f"from {origin[:SHOWN]!r}" if origin else "of another origin"
    place = rule.remedy if rule else "a row of cors/policy.py"
    fix = f"add its origin to {place}"
    if origin == "null":
        fix = (
            "serve it over http(s) and outside of sandboxed frames, and add the origin that it "
            f"then has to {place}"
        )
    abort(
        403,
        f"A page {page} is not trusted to send {request.method} requests here; "
        f"if it is yours, {fix}.",
    )


def _has_body() -> bool:
    environ = request.environ
    length = environ.get("CONTENT_LENGTH") or "0"
    return length != "0" or "HTTP_TRANSFER_ENCODING" in environ
