"""What a browser does with a page's `fetch()`, in the order of the Fetch standard."""

from dataclasses import replace

from . import judge
from .address import site_of
from .exchange import ACTUAL, PREFLIGHT, REDIRECT, Call, Exchange, Fields, Outcome, Received, Send
from .judge import Failure
from .redirect import RedirectError, follow
from .safelist import SIMPLE_METHODS

REDIRECTS_FOLLOWED = 20


def fetch(call: Call, send: Send) -> Outcome:
    """Send what the browser would send, one after the other, up to the answer or the failure."""
    outcome = Outcome(call)
    cross_origin = not call.same_origin
    for _ in range(REDIRECTS_FOLLOWED + 1):
        outcome.call = call
        if failure := _mixed_content(call):
            return _end(outcome, outcome.step, failure)
        if cross_origin and needs_preflight(call):
            received = _ask(outcome, _preflight(call), send)
            if failure := _judge_preflight(call, received):
                return _end(outcome, PREFLIGHT, failure)
        received = _ask(outcome, _actual(call, cross_origin=cross_origin), send)
        if failure := _judge_actual(call, received, cross_origin=cross_origin):
            return _end(outcome, ACTUAL, failure)
        location = judge.field(received.headers, "location")
        if received.status not in judge.REDIRECTS or location is None:
            return _end(outcome, ACTUAL, None)
        try:
            following = follow(call, received.status, location, cross_origin=cross_origin)
        except RedirectError as error:
            return _end(outcome, REDIRECT, error.failure)
        cross_origin = cross_origin or following.address.origin != call.address.origin
        outcome.step, call = REDIRECT, following
    return _end(outcome, REDIRECT, Failure("TooManyRedirects", str(call.address)))


def needs_preflight(call: Call) -> bool:
    """Whether the browser asks first."""
    return call.method not in SIMPLE_METHODS or bool(call.unsafe_names)


def _mixed_content(call: Call) -> Failure | None:
    secure = call.page is not None and call.page.scheme == "https"
    if secure and not call.address.trustworthy:
        return Failure("MixedContent", str(call.address))
    return None


def _judge_preflight(call: Call, received: Received) -> Failure | None:
    if received.status is None:
        return Failure("InvalidResponse", received.error)
    answer = received.status, received.headers
    return judge.check_preflight(
        call.origin, call.method, call.unsafe_names, answer, credentials=call.credentials
    )


def _judge_actual(call: Call, received: Received, *, cross_origin: bool) -> Failure | None:
    if received.status is None:
        return Failure("InvalidResponse", received.error)
    if not cross_origin:
        return None
    return judge.check_cors(call.origin, received.headers, credentials=call.credentials)


def _ask(outcome: Outcome, exchange: Exchange, send: Send) -> Received:
    received = send(exchange)
    outcome.exchanges.append(replace(exchange, received=received))
    return received


def _end(outcome: Outcome, step: str, failure: Failure | None) -> Outcome:
    outcome.step, outcome.failure = step, failure
    return outcome


def _preflight(call: Call) -> Exchange:
    asked: Fields = (
        ("Accept", "*/*"),
        ("Access-Control-Request-Method", call.method),
    )
    if call.unsafe_names:
        asked += (("Access-Control-Request-Headers", ",".join(call.unsafe_names)),)
    headers = (*asked, ("Origin", call.origin), *_fetch_metadata(call))
    return Exchange(PREFLIGHT, "OPTIONS", call.address, headers)


def _actual(call: Call, *, cross_origin: bool) -> Exchange:
    headers = call.headers
    if judge.field(headers, "accept") is None:
        headers = (("Accept", "*/*"), *headers)
    if cross_origin or call.method not in ("GET", "HEAD"):
        headers = (*headers, ("Origin", call.origin))
    headers = (*headers, *_fetch_metadata(call))
    return Exchange(ACTUAL, call.method, call.address, headers, call.body)


def _fetch_metadata(call: Call) -> Fields:
    if not call.address.trustworthy:  # browsers say nothing where others could listen
        return ()
    site = site_of(call.page, call.address) if call.origin != "null" else "cross-site"
    return (("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Site", site))
