"""Where a redirect leads a browser (Fetch, "HTTP-redirect fetch")."""

import re
from dataclasses import replace

from .address import parse_address
from .exchange import Call
from .judge import Failure


class RedirectError(Exception):
    """A redirect that the browser does not follow, and why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


def follow(call: Call, status: int | None, location: str, *, cross_origin: bool) -> Call:
    """Return the request that follows an answer with this status and Location.

    Raises RedirectError where no request follows.
    """
    text = call.address.join(location)
    scheme = text.partition(":")[0].lower()
    if scheme not in ("http", "https"):
        raise RedirectError(Failure("CorsDisabledScheme", text))
    authority = re.split("[/?#]", text.partition("://")[2], maxsplit=1)[0]
    if "@" in authority:
        host = authority.rpartition("@")[2]
        if cross_origin or call.page is None or call.page.authority != host:
            raise RedirectError(Failure("RedirectContainsCredentials", f"{scheme}://***@{host}"))
        text = text.replace(authority, host, 1)
    try:
        target = parse_address(text)
    except ValueError:
        raise RedirectError(Failure("InvalidResponse", text)) from None
    elsewhere = target.origin != call.address.origin
    # "Request's redirect-taint": from here on it could be anybody's request.
    origin = "null" if elsewhere and cross_origin else call.origin
    headers, method, body = call.headers, call.method, call.body
    if elsewhere:
        headers = tuple(it for it in headers if it[0].lower() != "authorization")
    if (status in (301, 302) and method == "POST") or (
        status == 303 and method not in ("GET", "HEAD")
    ):
        method, body = "GET", None
        headers = tuple(it for it in headers if not it[0].lower().startswith("content-"))
    return replace(call, method=method, address=target, origin=origin, headers=headers, body=body)
