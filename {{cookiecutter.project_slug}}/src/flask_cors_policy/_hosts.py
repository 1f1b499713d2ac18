"""Hosts as browsers write them (URL standard, "host parsing"): names, IPv4, IPv6 and punycode.

This file needs the standard library only: the template checks its answers with it.
"""

import ipaddress
import re
import unicodedata


class HostError(ValueError):
    """The reason why a host is refused, the fix, and what the author may have meant."""

    def __init__(self, reason: str, fix: str, guess: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.fix, self.guess = reason, fix, guess


def check_host(host: str) -> None:
    """Check a host in lower case; raise HostError unless browsers would write it just so."""
    labels = host.split(".")
    if host.startswith("["):
        _check_ipv6(host)
    elif not host.isascii():
        raise HostError("has a host beyond ASCII", "write its ASCII form", punycode(host))
    elif host.endswith("."):
        raise HostError("has a dot at its end", "leave it out", host.rstrip(".") or None)
    elif "" in labels:
        raise HostError("has an empty label between its dots", "write the name of the host in full")
    elif len(host) > 253 or not all(re.fullmatch(r"[a-z0-9_-]{1,63}", one) for one in labels):
        raise HostError(
            "has a malformed host", "write letters, digits and hyphens between its dots"
        )
    elif not all(map(_is_label, labels)):
        raise HostError("has a label in broken punycode", "write the name as a browser shows it")
    elif re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]) and not is_ipv4(host):
        # The URL standard takes such a host for a number and writes it as four, or fails.
        raise HostError("has a malformed IPv4 address", "write four decimal numbers up to 255")


def is_ipv4(host: str) -> bool:
    """Return whether a host is an IPv4 address in its usual form."""
    try:
        return str(ipaddress.IPv4Address(host)) == host
    except ValueError:
        return False


def punycode(host: str) -> str | None:
    """Spell a Unicode host as browsers do (UTS 46, without its rare exceptions).

    Return None where a character would take the address apart.
    """
    labels = []
    for label in re.split(r"[.\u3002\uff0e\uff61]", host):
        plain = unicodedata.normalize("NFKC", label).lower().replace("\ufe0f", "")
        if set(plain) & set("/?#@:%[]\\"):
            return None
        encoded = plain.encode("punycode", "replace").decode()
        labels.append(plain if plain.isascii() else f"xn--{encoded}")
    return ".".join(labels)


def _check_ipv6(host: str) -> None:
    try:
        address = ipaddress.IPv6Address(host[1:-1] if host.endswith("]") else "")
    except ValueError:
        address = None
    if address is None or "%" in host:
        raise HostError("has a malformed IPv6 address", "write it in brackets, 'http://[::1]:3000'")
    text = str(address)
    if address.ipv4_mapped:  # Python 3.13 writes the last part with dots, browsers never do.
        number = int(address.ipv4_mapped)
        text = f"::ffff:{number >> 16:x}:{number & 0xFFFF:x}"
    if host != f"[{text}]":
        raise HostError(
            "has an IPv6 address that browsers shorten",
            "write it as a browser shows it",
            f"[{text}]",
        )


def _is_label(label: str) -> bool:
    if not label.startswith("xn--"):
        return True
    try:
        plain = label[4:].encode().decode("punycode")
    except UnicodeError:
        return False
    visible = re.sub("[\u200c\u200d]", "", plain)  # some languages need the joiners in words
    return not plain.isascii() and visible.isprintable() and punycode(plain) == label
