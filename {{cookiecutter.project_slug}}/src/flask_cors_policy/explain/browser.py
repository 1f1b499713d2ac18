"""A browser's `fetch()` and `WebSocket()`, in the order of the Fetch standard.

This file imports nothing of the policy but how hosts are written, so that the two can be compared.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from . import standard
from .address import Address, distance, parse_address
from .standard import Failure, unsafe_names

PREFLIGHT = "preflight"
ACTUAL = "actual request"
REDIRECT = "redirect"
HANDSHAKE = "WebSocket handshake"
BEFORE = "before anything is sent"

REDIRECTS_FOLLOWED = 20
SWITCHING_PROTOCOLS = 101

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Call:
    """A request that a page makes; `page` is its address, unless its origin is opaque."""

    method: str
    address: Address
    origin: str
    page: Address | None
    headers: Fields = ()
    body: bytes | None = None
    credentials: bool = False
    left_out: tuple[str, ...] = ()  # headers that the browser does not send for a page
    passed: tuple[Address, ...] = ()  # the addresses that redirected it here

    @property
    def same_origin(self) -> bool:
        """Whether CORS has no part in it."""
        return self.page is not None and self.page.origin == self.address.origin

    @property
    def unsafe_names(self) -> list[str]:
        """The headers for which the browser sends a preflight."""
        return unsafe_names(self.headers)

    @property
    def needs_preflight(self) -> bool:
        """Whether the browser sends a preflight first, where the call is cross-origin."""
        if self.address.websocket:
            return False
        return self.method not in standard.SIMPLE_METHODS or bool(self.unsafe_names)


@dataclass(frozen=True)
class Response:
    """A response; without a status there is none, and `error` is the reason."""

    status: int | None
    headers: Fields = ()
    error: str = ""
    rehearsed: bool = False  # no view was run
    late: bool = False  # no response has begun in time; with a status, this is a rehearsal
    pending: bool = False  # the body has not begun in time
    unreachable: bool = False  # another server, which cannot be called from here
    in_front: bool = False  # of what stands in front of the policy

    @property
    def status_is_known(self) -> bool:
        """Whether the page will read this status: a view that did not run has one of its own."""
        return self.status is not None and not (self.rehearsed and self.status < 400)


@dataclass(frozen=True)
class Sent:
    """One request that the browser sends, and its response."""

    step: str
    method: str
    address: Address
    headers: Fields
    body: bytes | None = None
    response: Response = Response(None)


Send = Callable[[Sent], Response]


@dataclass
class Outcome:
    """The end of a call; `call` is its last form, after all redirects."""

    call: Call
    step: str = BEFORE
    failure: Failure | None = None
    sent: list[Sent] = field(default_factory=list)


def announcement(sent: Sent) -> Sent:
    """Return the preflight that would announce a request, to be sent in its place."""
    kept = ("origin", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site")
    headers = tuple(pair for pair in sent.headers if pair[0].lower() in kept)
    asked = (*headers, ("Access-Control-Request-Method", sent.method))
    return Sent(PREFLIGHT, "OPTIONS", sent.address, asked)


def fetch(call: Call, send: Send) -> Outcome:
    """Send what the browser would send, one after the other, up to the response or the failure."""
    outcome = Outcome(call)
    if call.address.websocket:
        return _open_websocket(outcome, send)
    cross_origin = not call.same_origin
    for _ in range(REDIRECTS_FOLLOWED + 1):
        outcome.call = call
        if failure := _check_address(call):
            return _end(outcome, outcome.step, failure)
        if cross_origin and call.needs_preflight:
            response = _send(outcome, _preflight(call), send)
            if failure := _check_preflight(call, response):
                return _end(outcome, PREFLIGHT, failure)
        response = _send(outcome, _actual(call, cross_origin=cross_origin), send)
        if failure := _check_actual(call, response, cross_origin=cross_origin):
            return _end(outcome, ACTUAL, failure)
        location = standard.location_of(response.status, response.headers)
        if response.status is None or location is None:
            return _end(outcome, ACTUAL, None)
        following = _follow(call, response.status, location, cross_origin=cross_origin)
        if isinstance(following, Failure):
            return _end(outcome, REDIRECT, following)
        cross_origin = cross_origin or following.address.origin != call.address.origin
        outcome.step, call = REDIRECT, following
    return _end(outcome, REDIRECT, Failure("TooManyRedirects", str(call.address)))


def _open_websocket(outcome: Outcome, send: Send) -> Outcome:
    """Send a handshake: no preflight, no redirect, and no CORS check of the response."""
    call = outcome.call
    if failure := _check_address(call):
        return _end(outcome, BEFORE, failure)
    headers = (
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Origin", call.origin),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),  # the one of RFC 6455
    )
    response = _send(outcome, Sent(HANDSHAKE, "GET", call.address, headers), send)
    if response.status is None:
        return _end(outcome, HANDSHAKE, Failure("InvalidResponse", response.error))
    if response.status != SWITCHING_PROTOCOLS:
        return _end(outcome, HANDSHAKE, Failure("WebSocketRefused", str(response.status)))
    return _end(outcome, HANDSHAKE, None)


def _check_address(call: Call) -> Failure | None:
    """Decide whether anything is sent to an address (Fetch, "main fetch")."""
    secure = call.page is not None and call.page.scheme == "https"
    if secure and not call.address.trustworthy:
        return Failure("MixedContent", str(call.address))
    if call.address.port in standard.BAD_PORTS:
        return Failure("UnsafePort", str(call.address.port))
    return None


def _check_preflight(call: Call, response: Response) -> Failure | None:
    if response.status is None:
        return Failure("InvalidResponse", response.error)
    return standard.check_preflight(
        call.origin,
        call.method,
        call.unsafe_names,
        (response.status, response.headers),
        credentials=call.credentials,
    )


def _check_actual(call: Call, response: Response, *, cross_origin: bool) -> Failure | None:
    if response.status is None:
        return Failure("InvalidResponse", response.error)
    if not cross_origin:
        return None
    return standard.check_response(call.origin, response.headers, credentials=call.credentials)


def _follow(call: Call, status: int, location: str, *, cross_origin: bool) -> Call | Failure:
    """Return the request that follows a redirect (Fetch, "HTTP-redirect fetch")."""
    text = call.address.join(location)
    scheme = text.partition(":")[0].lower()
    if scheme not in ("http", "https"):
        return Failure("CorsDisabledScheme", text)
    authority = re.split("[/?#]", text.partition("://")[2], maxsplit=1)[0]
    if "@" in authority:
        host = authority.rpartition("@")[2]
        if cross_origin or call.page is None or call.page.authority != host:
            return Failure("RedirectContainsCredentials", f"{scheme}://***@{host}")
        text = text.replace(authority, host, 1)
    try:
        target = parse_address(text)
    except ValueError:
        return Failure("InvalidResponse", f"a redirect to no address ({text})")
    elsewhere = target.origin != call.address.origin
    # "Request's redirect-taint": from here on the request could be anybody's.
    origin = "null" if elsewhere and cross_origin else call.origin
    headers, method, body = call.headers, call.method, call.body
    if elsewhere:
        headers = tuple(pair for pair in headers if pair[0].lower() != "authorization")
    to_get = status == 303 and method not in ("GET", "HEAD")
    if to_get or (status in (301, 302) and method == "POST"):
        method, body = "GET", None
        headers = tuple(pair for pair in headers if not pair[0].lower().startswith("content-"))
    return replace(
        call,
        method=method,
        address=target,
        origin=origin,
        headers=headers,
        body=body,
        passed=(*call.passed, call.address),
    )


def _send(outcome: Outcome, request: Sent, send: Send) -> Response:
    response = send(request)
    outcome.sent.append(replace(request, response=response))
    return response


def _end(outcome: Outcome, step: str, failure: Failure | None) -> Outcome:
    outcome.step, outcome.failure = step, failure
    return outcome


def _preflight(call: Call) -> Sent:
    announced: Fields = (
        ("Accept", "*/*"),
        ("Access-Control-Request-Method", call.method),
    )
    if call.unsafe_names:
        announced += (("Access-Control-Request-Headers", ",".join(call.unsafe_names)),)
    headers = (*announced, ("Origin", call.origin), *_fetch_metadata(call))
    return Sent(PREFLIGHT, "OPTIONS", call.address, headers)


def _actual(call: Call, *, cross_origin: bool) -> Sent:
    headers = call.headers
    if standard.field(headers, "accept") is None:
        headers = (("Accept", "*/*"), *headers)
    if cross_origin or call.method not in ("GET", "HEAD"):
        headers = (*headers, ("Origin", call.origin))
    headers = (*headers, *_fetch_metadata(call))
    return Sent(ACTUAL, call.method, call.address, headers, call.body)


def _fetch_metadata(call: Call) -> Fields:
    if not call.address.trustworthy:  # browsers send none where others could read along
        return ()
    site = distance(call.page, *call.passed, call.address)
    return (("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Site", site))
