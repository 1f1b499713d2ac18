"""Asking a running deployment over the network, and what it answers otherwise than this project."""

from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ..csrf import SAFE_METHODS
from .exchange import ACTUAL, PREFLIGHT, Exchange, Received
from .judge import field

TIMEOUT = 10  # seconds
USER_AGENT = "Mozilla/5.0 (compatible; flask cors explain)"
COMPARED = (
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-max-age",
)


class _StayHere(HTTPRedirectHandler):
    """Leaves redirects to the browser model."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


def send(exchange: Exchange, *, execute: bool) -> Received:
    """Return what the address answers.

    A request that could change something is replaced by the preflight that would announce it.
    """
    rehearsed = exchange.step == ACTUAL and exchange.method not in SAFE_METHODS and not execute
    method, headers, body = exchange.method, dict(exchange.headers), exchange.body
    if rehearsed:
        kept = ("Origin", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site")
        headers = {name: headers[name] for name in kept if name in headers}
        headers["Access-Control-Request-Method"] = method
        method, body = "OPTIONS", None
    request = Request(  # noqa: S310 - an Address is http or https
        str(exchange.address),
        data=body,
        headers={"User-Agent": USER_AGENT, **headers},
        method=method,
    )
    try:
        answer = build_opener(_StayHere).open(request, timeout=TIMEOUT)
    except HTTPError as error:
        answer = error
    except (URLError, OSError, ValueError) as error:
        return Received(None, error=str(getattr(error, "reason", error)))
    with answer:
        return Received(answer.status, tuple(answer.headers.items()), rehearsed=rehearsed)


def differences(exchange: Exchange, local: Received) -> Iterator[str]:
    """Say in which CORS headers an answer differs from what this project gives."""
    received = exchange.received
    if received.status is None or received.rehearsed:
        return
    where = f"the {exchange.step} of {exchange.method} {exchange.address.plain_path}"
    if local.status != received.status and not local.rehearsed:
        yield f"{where} is answered {received.status} there and {local.status} here"
    for name in (*COMPARED, "vary"):
        there, here = field(received.headers, name), field(local.headers, name)
        if name == "vary":
            there, here = ("Origin" if _varies(it) else None for it in (there, here))
        if there != here:
            yield f"{where} has {name}: {there or '(none)'} there and {here or '(none)'} here"
    if exchange.step != PREFLIGHT and field(received.headers, "x-request-id") is None:
        yield f"{where} has no x-request-id there: the answer is not this application's"


def _varies(value: str | None) -> bool:
    return "origin" in [it.strip().lower() for it in (value or "").split(",")]
