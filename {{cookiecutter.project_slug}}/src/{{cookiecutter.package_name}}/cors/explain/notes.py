"""What looks like CORS and is not, and what is worth knowing beside the verdict."""

from collections.abc import Iterator
from typing import NamedTuple

from flask import Flask
from werkzeug.http import parse_cookie
from werkzeug.sansio.utils import host_is_trusted

from .. import hints
from ..coverage import rule_at
from . import judge, routes
from .address import is_local, is_loopback, site_of
from .case import place_of, shown_exception
from .exchange import ACTUAL, PREFLIGHT, Call, Exchange, Outcome

# "CORS-safelisted response-header name", and what no page misses.
_READABLE = frozenset(
    "cache-control content-language content-length content-type expires last-modified pragma "
    "allow connection content-security-policy cross-origin-resource-policy date keep-alive "
    "referrer-policy server set-cookie strict-transport-security transfer-encoding vary via "
    "x-content-type-options x-frame-options".split()
)


class Note(NamedTuple):
    """A code for machines, and a line for people."""

    code: str
    text: str


def notes(
    app: Flask, outcome: Outcome, exception: BaseException | None, *, known: bool
) -> Iterator[Note]:
    """Go through what was asked and answered; `known` says that the address was given in full."""
    if outcome.call.left_out:
        names = ", ".join(outcome.call.left_out)
        yield Note(
            "ForbiddenHeader",
            f"browsers keep {names} to themselves, whatever a page says; take it out of the page",
        )
    # What the browser does not send comes to no network.
    if known and not (outcome.failure and outcome.failure.code == "MixedContent"):
        yield from _local_network(outcome.call)
    for exchange in outcome.exchanges:
        if exchange.step == PREFLIGHT and not outcome.failure:
            yield from _wildcard(exchange, outcome.call)
        # Where it was blocked, the cause has said why; what the page cannot read is left out.
        if exchange.step == ACTUAL and not outcome.failure:
            yield from _rehearsed(exchange)
            yield from _status(app, exchange, exception)
            yield from _headers(app, exchange, outcome.call)


def _local_network(call: Call) -> Iterator[Note]:
    page, target = call.page, call.address.host
    if page is None or is_local(page.host) or not is_local(target):
        return
    where = "this machine" if is_loopback(target) else "a private network"
    if page.scheme == "https":
        yield Note(
            "LocalNetworkAccessPermissionDenied",
            f"a page on the internet calls {where}: Chrome asks the user for permission, and shows "
            f"a CORS error if they refuse; headers of the API cannot prevent that, but pages that "
            f"are served from {where} are not asked",
        )
    else:
        yield Note(
            "InsecureLocalNetwork",
            f"a page on the internet calls {where}, and Chrome lets only pages on https do so; "
            f"serve the page over https, or from {where}",
        )


def _wildcard(exchange: Exchange, call: Call) -> Iterator[Note]:
    if judge.leans_on_wildcard(call.unsafe_names, exchange.received.headers):
        yield Note(
            "WildcardAuthorization",
            "the preflight's answer lists '*' and not Authorization, which by the standard is not "
            "enough, although Chrome and Firefox take it; let the application answer, which lists "
            "names",
        )


def _rehearsed(exchange: Exchange) -> Iterator[Note]:
    if exchange.received.pretended:
        yield Note(
            "NotExecuted",
            f"{exchange.method} may change something, so no view ran and the status is not the "
            "view's; --execute carries it out",
        )


def _status(app: Flask, exchange: Exchange, exception: BaseException | None) -> Iterator[Note]:
    status, path = exchange.received.status, exchange.address.decoded_path
    match status:
        case 301 | 302 | 303 | 307 | 308:
            location = judge.field(exchange.received.headers, "location") or ""
            target = hints.quoted(exchange.address.join(location))
            yield Note("Redirect", f"{path} is redirected ({status}) to {target}; call that")
        case 400:
            trusted = app.config["TRUSTED_HOSTS"]
            host = exchange.address.authority
            if trusted and not host_is_trusted(host, trusted):
                yield Note(
                    "UnknownHost",
                    f"the API does not answer to the name {exchange.address.host} (400); add it to "
                    "TRUSTED_HOSTS, or call one of its names",
                )
        case 401:
            yield Note(
                "Unauthorized",
                "the API wants to know who calls (401), which is no CORS error; log in, or send "
                "the header Authorization",
            )
        case 404:
            if routes.is_unknown(app, path, exchange.method):
                near = routes.closest(app, path)
                fix = f"the closest is {near}" if near else "flask routes lists them"
                yield Note("UnknownRoute", f"{path} is no route of this API (404); {fix}")
            else:
                yield Note("NotFound", f"the view of {path} found nothing (404); look at its id")
        case 405:
            allowed = ", ".join(routes.methods_of(app, path))
            yield Note(
                "MethodNotAllowed",
                f"{path} does not take {exchange.method} (405); it takes {allowed}",
            )
        case 413:
            limit = app.config["MAX_CONTENT_LENGTH"]
            yield Note(
                "BodyTooLarge",
                f"the body has more than {limit} bytes (413); send less, or raise "
                "MAX_CONTENT_LENGTH",
            )
        case 415:
            given = judge.field(exchange.headers, "content-type") or "none"
            yield Note(
                "WrongContentType",
                f"the body is sent as {given} and has to be JSON (415); send the header "
                "Content-Type: application/json",
            )
        case int() if status >= 500:
            what = f"raised {shown_exception(exception)}" if exception else "failed"
            yield Note(
                "ServerError",
                f"the view of {path} {what} ({status}); mend that, CORS is not at fault",
            )


def _headers(app: Flask, exchange: Exchange, call: Call) -> Iterator[Note]:
    fields = exchange.received.headers
    if call.same_origin:
        return
    allowed = judge.field(fields, "access-control-allow-origin")
    vary = (judge.field(fields, "vary") or "").lower()
    if allowed != "*" and "origin" not in vary:
        yield Note(
            "VaryMissing",
            "the answer names the page and has no Vary: Origin, so a cache may give it to another "
            "page; let only the application set CORS headers",
        )
    exposed = (judge.field(fields, "access-control-expose-headers") or "").lower()
    readable = _READABLE | {name.strip() for name in exposed.split(",")}
    hidden = {
        name.lower(): name
        for name, _ in fields
        if name.lower() not in readable and not name.lower().startswith("access-control-")
    }
    rule = rule_at(app, exchange.address.decoded_path, exchange.method)
    # A rehearsal may be the answer to another request, the preflight.
    if hidden and rule and "*" not in readable and not exchange.received.rehearsed:
        names = tuple(hidden.values())
        yield Note(
            "HeaderNotExposed",
            f"scripts cannot read {', '.join(names)}, although developer tools show it; "
            + place_of(rule, "expose_headers", (*rule.expose_headers, *names)),
        )
    if call.credentials and site_of(call.page, call.address) == "cross-site":
        yield from _cookies(fields)


def _cookies(fields: judge.Fields) -> Iterator[Note]:
    for name, value in fields:
        plain = value.lower().replace(" ", "")
        if name.lower() == "set-cookie" and not (";samesite=none" in plain and ";secure" in plain):
            cookie = next(iter(parse_cookie(value)), "")
            yield Note(
                "CookieBlocked",
                f"the cookie {cookie} does not travel to another site; give it SameSite=None and "
                "Secure, or serve page and API on one site",
            )
