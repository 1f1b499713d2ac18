"""What browsers call a site: that is where cookies live, whatever an origin is."""

import ipaddress

from .origins import Origin
from .suffixes import is_public_suffix


def of(host: str) -> str:
    """Return the registrable domain of a host, which browsers call its site."""
    labels = host.split(".")
    if labels[-1].isdigit() or host.startswith("["):
        return host
    for start in range(1, len(labels)):
        if is_public_suffix(".".join(labels[start:])):
            return ".".join(labels[start - 1 :])
    return ".".join(labels[-2:])


def same(page: Origin, host: str) -> bool:
    """Whether the pages of an origin are on the site of an API that is served at `host`.

    The scheme is part of a site too (HTML, section 7.1.1), and not known of the API here.
    """
    return page.scheme in ("http", "https") and of(page.host) == of(host)


def is_loopback(host: str) -> bool:
    """Whether a host is the visitor's own machine, whoever that is."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return f".{host}".endswith(".localhost")
    return address.is_loopback or address.is_unspecified
