"""Addresses as a browser reads them (URL standard), as far as cross-origin requests need it.

This file imports nothing of the policy but how hosts are written.
"""

import ipaddress
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from socket import inet_aton, inet_ntoa
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from .._hosts import Mistake, check_host, punycode

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

PORTS = {"http": 80, "https": 443}
WEBSOCKET_SCHEMES = {"ws": "http", "wss": "https"}

NO_HTTP = "is no http address; write 'http://host:port/path' or '/path'"

LONGEST = 100_000  # characters of an address that is analysed

# What a browser leaves as it is in a path and in a query; anything else is percent-encoded.
_PATH = "/%:@!$&'()*+,;=~[]|^\\"
_QUERY = _PATH + "?`{}"
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DISTANCES = ("same-origin", "same-site", "cross-site")


@dataclass(frozen=True)
class Address:
    """An http(s) address without user, password and fragment; `path` includes the query."""

    scheme: str
    host: str  # IPv6 in brackets
    port: int
    path: str
    websocket: bool = False  # written as ws: or wss:, which is http: or https: underneath

    def __str__(self) -> str:
        scheme = self.scheme.replace("http", "ws") if self.websocket else self.scheme
        return f"{scheme}://{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        """The value of `Host`: the port is left out if it is the scheme's own."""
        return self.host if self.port == PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """The origin, serialised."""
        return f"{self.scheme}://{self.authority}"

    @property
    def plain_path(self) -> str:
        """The path without the query."""
        return self.path.partition("?")[0]

    @property
    def trustworthy(self) -> bool:
        """Whether nobody on the way can change what is sent (Secure Contexts, section 3.1)."""
        return self.scheme == "https" or is_loopback(self.host)

    def join(self, location: str) -> str:
        """Return the target of a redirect to `location`, as text that is still to be parsed."""
        try:
            return urljoin(f"{self.origin}{self.path}", location)
        except ValueError:  # it has brackets that hold no IPv6 address
            return location


def parse_address(text: str) -> Address:
    """Parse an http(s) or ws(s) address.

    Raises ValueError ('reason; fix') for what no page can fetch.
    """
    text = re.sub(r"[\t\r\n]", "", text.strip())
    if len(text) > LONGEST:
        raise ValueError(f"has more than {LONGEST} characters; write a shorter one")
    try:
        parts = urlsplit(text)
        port, name = parts.port, (parts.hostname or "").lower()
    except ValueError:
        raise ValueError("is no address; write 'http://host:port/path'") from None
    websocket = parts.scheme in WEBSOCKET_SCHEMES
    scheme = WEBSOCKET_SCHEMES.get(parts.scheme, parts.scheme)
    if scheme not in PORTS:
        raise ValueError(NO_HTTP)
    if not name:
        raise ValueError("has no host that can be called; write 'http://host:port/path'")
    if "@" in parts.netloc:
        raise ValueError(
            "has a user name or password, which no page can fetch; "
            "send it in the header Authorization"
        )
    try:
        host = _host(name)
    except Mistake as mistake:
        raise ValueError(f"{mistake.reason}; {mistake.fix}") from None
    query = f"?{quote(parts.query, _QUERY)}" if parts.query else ""
    path = _without_dots(quote(parts.path, _PATH)) or "/"
    port = PORTS[scheme] if port is None else port
    return Address(scheme, host, port, f"{path}{query}", websocket)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _ip(host)
    return address is not None and address.is_loopback


def is_local(host: str) -> bool:
    """Whether a host is on this machine or its own network, as far as its name shows."""
    address = _ip(host)
    if address is not None:
        return address.is_private or address.is_link_local
    return is_loopback(host) or "." not in host or host.endswith((".local", ".internal", ".lan"))


def distance(page: Address | None, *targets: Address) -> str:
    """Return the value of Sec-Fetch-Site: the longest distance from a page to its targets."""
    return max((_distance(page, target) for target in targets), key=_DISTANCES.index)


def _host(text: str) -> str:
    """Return a host in lower case as a browser writes it; raise Mistake for what is none."""
    host = text if text.isascii() else punycode(text) or text
    name = host.removesuffix(".")  # which a name in full may have
    if ":" in host:
        host = name = f"[{host}]"
    elif _NUMBER.fullmatch(name.rpartition(".")[2]):
        with suppress(OSError):
            host = name = inet_ntoa(inet_aton(name))  # 127.1 and 0x7f000001 are 127.0.0.1
    try:
        check_host(name)
    except Mistake as mistake:
        if host.startswith("[") and mistake.guess:
            return mistake.guess
        raise
    return host


def _distance(page: Address | None, target: Address) -> str:
    if page is None or page.scheme != target.scheme:
        return "cross-site"
    if page.origin == target.origin:
        return "same-origin"
    if page.host == target.host:
        return "same-site"
    domain = _registrable(page.host)
    return "same-site" if domain and domain == _registrable(target.host) else "cross-site"


def _registrable(host: str) -> str | None:
    return None if _ip(host) else _suffixes().privatesuffix(host)


@cache
def _suffixes() -> "PublicSuffixList":
    # Imported here, as reading the list takes longer than all the rest.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _without_dots(path: str) -> str:
    kept: list[str] = []
    plain = ""
    for part in path.split("/"):
        plain = re.sub("%2e", ".", part, flags=re.IGNORECASE)
        if plain == ".." and len(kept) > 1:
            kept.pop()
        elif plain not in (".", ".."):
            kept.append(part)
    return "/".join([*kept, ""] if plain in (".", "..") else kept)
