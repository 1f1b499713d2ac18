"""Requests that never got to an answer: addresses, schemes and redirects."""

from .. import hints
from .case import Case, Cause
from .exchange import REDIRECT


def mixed_content(case: Case) -> Cause:
    """Explain plain http from a page that is protected."""
    address = case.call.address
    if case.step == REDIRECT:
        return (
            f"the API redirects to {address}, and a page on https may not follow to http: behind "
            "a TLS proxy the application does not know that it is called over https",
            "set PROXY_HOPS to the number of proxies in front, and let the proxy send "
            "X-Forwarded-Proto; or call the address that does not redirect",
        )
    return (
        f"a page on https may not call {address.origin}: the browser sends nothing",
        "serve the API over https and call its https:// address",
    )


def redirect_credentials(case: Case) -> Cause:
    """Explain a password in a redirect."""
    return (
        f"the API redirects to {case.failure.parameter}, an address with a user name or password",
        "redirect to the address without them",
    )


def scheme(case: Case) -> Cause:
    """Explain a redirect to something that is not the web."""
    return (
        f"the API redirects to {hints.quoted(case.failure.parameter)}, which is no http address",
        "redirect to http or https only",
    )


def circle(case: Case) -> Cause:
    """Explain redirects without an end."""
    return ("the API redirects in a circle", f"look at what answers {case.call.address}")


def no_answer(case: Case) -> Cause:
    """Explain a server that is not there."""
    return (
        f"{case.call.address.origin} gives no answer: {case.failure.parameter}",
        "start the server, and check scheme, host and port; localhost and 127.0.0.1 may differ",
    )
