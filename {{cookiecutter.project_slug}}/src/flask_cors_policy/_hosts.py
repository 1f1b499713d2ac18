"""Hosts and ports as browsers write them (URL standard, "host parsing").

This file needs the standard library only: the template checks its answers with it.
"""

import ipaddress
import re
import unicodedata

DEFAULT_PORTS = {"http": "80", "https": "443"}


class Mistake(ValueError):  # noqa: N818 - what an author makes
    """The reason why an entry is refused, and the fix.

    `guess` is what the author may have meant. It becomes the fix if the grammar accepts it.
    """

    def __init__(self, reason: str, fix: str, guess: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.fix, self.guess = reason, fix, guess


def check_host(host: str) -> None:
    """Check a host in lower case; raise Mistake unless browsers would write it just so."""
    labels = host.split(".")
    if host.startswith("["):
        _check_ipv6(host)
    elif not host.isascii():
        raise Mistake("has a host beyond ASCII", "write its ASCII form", punycode(host))
    elif host.endswith("."):
        raise Mistake("has a dot at its end", "leave it out", host.rstrip(".") or None)
    elif "" in labels:
        raise Mistake("has an empty label between its dots", "write the name of the host in full")
    elif len(host) > 253 or not all(re.fullmatch(r"[a-z0-9_-]{1,63}", one) for one in labels):
        raise Mistake("has a malformed host", "write letters, digits and hyphens between its dots")
    elif not all(map(_is_label, labels)):
        raise Mistake("has a label in broken punycode", "write the name as a browser shows it")
    elif re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]) and not is_ipv4(host):
        # The URL standard takes such a host for a number and writes it as four, or fails.
        raise Mistake("has a malformed IPv4 address", "write four decimal numbers up to 255")


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


def split_port(authority: str) -> tuple[str, str, str]:
    """Return the host, the colon and the port of an authority; the last two may be empty."""
    host, colon, port = authority.rpartition(":")
    return (host, colon, port) if colon and "]" not in port else (authority, "", "")


def is_port(port: str) -> bool:
    """Return whether a text is the number of a port, as browsers write it."""
    return bool(re.fullmatch(r"[1-9][0-9]{0,4}", port)) and int(port) <= 65535


def check_port(scheme: str, host: str, port: str) -> None:
    """Check a port; raise Mistake unless browsers would write it."""
    if not is_port(port):
        raise Mistake("has a bad port", "write a number from 1 to 65535, or leave it out")
    if DEFAULT_PORTS.get(scheme) == port:
        reason = "names the default port, which browsers leave out"
        raise Mistake(reason, "leave it out", f"{scheme}://{host}")


def _check_ipv6(host: str) -> None:
    try:
        address = ipaddress.IPv6Address(host[1:-1] if host.endswith("]") else "")
    except ValueError:
        address = None
    if address is None or "%" in host:
        raise Mistake("has a malformed IPv6 address", "write it in brackets, 'http://[::1]:3000'")
    text = str(address)
    if address.ipv4_mapped:  # Python 3.13 writes the last part with dots, browsers never do.
        number = int(address.ipv4_mapped)
        text = f"::ffff:{number >> 16:x}:{number & 0xFFFF:x}"
    if host != f"[{text}]":
        raise Mistake(
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
