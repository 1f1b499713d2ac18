"""The grammar of trusted origins: text is parsed once, here, into values that cannot be wrong.

An origin is what a browser sends in `Origin`: scheme, host and, unless it is the default, port
(RFC 6454, section 6.2, serialised as the URL standard demands). The grammar has these forms:

    https://app.example.com     that origin only
    https://*.example.com       one or more labels in front, never the apex
    http://localhost:*          any port, and none
    none, *                     no origin, any origin; each stands alone

Everything else is refused with its reason and its fix. This file needs the standard library only:
the template checks its answers with it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ._hosts import DEFAULT_PORTS, Mistake, check_host, check_port, is_ipv4, is_port, split_port
from ._problems import Fault, Refused, without_passwords
from ._suffixes import PREVIEWS, is_known_to_be_shared

#: Characters of the longest origin: a scheme, `://`, a host of 253 (RFC 1035, section 2.3.4), a
#: port. Longer values of a client are never analysed.
LONGEST = 300

# Mistakes that show before an entry is taken apart, in the order in which they are looked for.
_MISTAKES = tuple(
    (re.compile(pattern, re.IGNORECASE), reason, fix)
    for pattern, reason, fix in (
        (
            (
                r"[<>]|\$\{?[a-z_]|\{\{|%[a-z_]+%|\b(?:changeme|change-me|placeholder)\b|"
                r"\byour[-_](?:app|company|domain|frontend|name|project|site|team)\b|"
                r"\byourdomain\b"
            ),
            "is a placeholder",
            "write the origin that your front end is served from",
        ),
        (r";", "has a separator other than a comma", "separate origins with commas"),
        # A blank behind `#` is in a fragment, unless another origin follows.
        (r"^[^#]* |\t| .*://", "has a blank inside", "separate origins with commas"),
        (r"[^\S ]", "has a line break or an unusual blank", "write all on one line"),
        (r"^none$", "stands alone, in lower case", "write 'none' for no origin, or list origins"),
        (
            r"^null$",
            "is sent by any local file or sandboxed frame",
            "serve the page over http(s), or let the form of another site come back with GET",
        ),
        (
            (
                r"^(?:true|false|yes|no|on|off|all|any|undefined|get|head|post|put|patch|delete|"
                r"[0-9]+)$"
            ),
            "is a word or a number, not an origin",
            "list the origins you trust, or write 'none' for no origin",
        ),
        (
            r"['\"`\u2018\u2019\u201c-\u201e\u00ab\u00bb]",
            "has quotes",
            "write origins separated by commas, without quotes",
        ),
        (r"://.*://", "has a separator other than a comma", "separate origins with commas"),
        (
            r"[\\^$()|+{}]|(?:^|//)\.\*|\?.*://|\[\w-\w|^/[^/:]+/[a-z]*$",
            "is a regular expression",
            "write each origin, or 'https://*.' and a domain of your own",
        ),
    )
)
# Letters of `https` and the x of `hxxps`, in any order; then one letter more, less or other.
_MISSPELT_HTTP = re.compile(
    r"h+t*p+s*|h+t+p*s*|[htpsx]{2,7}|"
    r".?h?ttps?|h.?t?tps?|ht.?t?ps?|htt.?p?s?|http.?s?|https."
)
_TWO_SCHEMES = re.compile(r"https?:/*(?=https?://)", re.IGNORECASE)
# Pages of these schemes have an opaque origin, which is sent as `null`, or are no pages at all.
_OPAQUE = frozenset("about blob data filesystem ftp javascript mailto".split())
_LOCAL = re.compile(r"localhost\b|127\.|\[::1\]", re.IGNORECASE)
_WEB_HOST = re.compile(r"\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
# The host of an application's own scheme is a name of its choice, such as the dot of `app://.`.
_OPAQUE_HOST = re.compile(r"\.|[a-z0-9_~-]+(?:\.[a-z0-9_~-]+)*|\[[0-9a-f:.]+\]")

_BARE = "write scheme, host and port alone"
_NAME = "write 'https://' and the name of the host"
_WEBVIEW = (
    "serve the page from a scheme or address with an origin, such as 'capacitor://localhost', "
    "'https://localhost' or 'app://.'"
)


@dataclass(frozen=True)
class Origin:
    """One parsed entry: an origin, or the family of origins that a wildcard stands for."""

    scheme: str
    host: str
    port: str = ""
    subdomains: bool = False

    def __str__(self) -> str:
        wildcard = "*." if self.subdomains else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{wildcard}{self.host}{port}"

    @property
    def exact(self) -> bool:
        """Whether this is one origin and not a family."""
        return not self.subdomains and self.port != "*"


@dataclass(frozen=True)
class Origins:
    """A parsed list; `any` stands for `*`, and no entries for `none`."""

    entries: tuple[Origin, ...] = ()
    any: bool = False

    def __str__(self) -> str:
        return "*" if self.any else ",".join(map(str, self.entries)) or "none"

    def __add__(self, other: "Origins") -> "Origins":
        entries = dict.fromkeys(self.entries + other.entries)
        return Origins(tuple(entries), any=self.any or other.any)

    def match(self, origin: str) -> bool:
        """Return whether `origin`, letter for letter as a browser sends it, is trusted.

        The cost does not depend on the number of entries.
        """
        if self.any or origin in self._exact:
            return True
        return self._has_families and len(origin) <= LONGEST and self._match_family(origin)

    def _match_family(self, origin: str) -> bool:
        scheme, separator, rest = origin.partition("://")
        host, colon, port = split_port(rest)
        if not separator or not _WEB_HOST.fullmatch(host) or (colon and not is_port(port)):
            return False
        if (scheme, host) in self._any_port:
            return True
        labels = host.split(".")
        parents = (".".join(labels[i:]) for i in range(1, len(labels)))
        return any((scheme, parent, port) in self._subdomains for parent in parents)

    @cached_property
    def _exact(self) -> frozenset[str]:
        return frozenset(str(origin) for origin in self.entries if origin.exact)

    @cached_property
    def _has_families(self) -> bool:
        return len(self._exact) < len(self.entries)

    @cached_property
    def _any_port(self) -> frozenset[tuple[str, str]]:
        return frozenset((one.scheme, one.host) for one in self.entries if one.port == "*")

    @cached_property
    def _subdomains(self) -> frozenset[tuple[str, str, str]]:
        return frozenset((one.scheme, one.host, one.port) for one in self.entries if one.subdomains)


def parse_origins(
    value: object,
    *,
    any_allowed: bool = False,
    is_shared: Callable[[str], bool] = is_known_to_be_shared,
) -> Origins:
    """Parse origins separated by commas, `none` or, where that is allowed, `*`.

    Raises Refused and nothing else, with a fault for every bad entry; one bad entry refuses the
    whole value. `is_shared` is asked about the domains of wildcards only: whether strangers can
    have names below.
    """
    if not isinstance(value, str):
        raise Refused(Fault(repr(value), "is not text", "write origins between commas"))
    value = without_passwords(value)
    if mistake := _mistake_of_the_whole(
        value.strip(), any_allowed=any_allowed, is_shared=is_shared
    ):
        raise Refused(Fault(value, *mistake))
    entries = [entry.strip(" \t") for entry in value.split(",")]
    if entries == ["none"] or (entries == ["*"] and any_allowed):
        return Origins(any=entries == ["*"])
    origins: dict[Origin, None] = {}
    faults: dict[Fault, None] = {}
    for entry in entries:
        if not entry:
            faults[Fault(value, "has an empty entry", "remove the extra comma")] = None
            continue
        try:
            if entry == "*":
                raise _any_origin(alone=len(entries) == 1, allowed=any_allowed)
            origin = _parse(entry, is_shared)
        except Mistake as error:
            faults[Fault(entry, *_explained(error, is_shared))] = None
        else:
            if origin in origins:
                faults[Fault(entry, "is listed twice", "remove one of the two")] = None
            origins[origin] = None
    if faults:
        raise Refused(*faults)
    return Origins(tuple(origins))


def parse_origin(text: str) -> Origin:
    """Parse the origin of one page.

    Raises Refused for anything else: lists, wildcards, and text longer than an origin can be.
    """
    if len(text) > LONGEST:
        raise Refused(Fault(text, "is longer than an origin can be", "write that of one page"))
    origins = parse_origins(text, any_allowed=True)
    if len(origins.entries) != 1 or not origins.entries[0].exact:
        raise Refused(Fault(text, "is not one origin", "write that of one page"))
    return origins.entries[0]


def _mistake_of_the_whole(
    value: str, *, any_allowed: bool, is_shared: Callable[[str], bool]
) -> tuple[str, str] | None:
    if not value:
        return "is empty", "list the origins you trust, or write 'none' for no origin"
    if re.fullmatch(r"\[\s*\]|\{\s*\}", value):
        return (
            "is an empty JSON list",
            "write 'none' for no origin, or list the origins you trust",
        )
    listed = value[0] in "[{" and ("://" in value or set(value) & set("'\""))
    # Brackets may also be those of an IPv6 address.
    if listed or re.fullmatch(r"\[(?![0-9a-f:.]*[]%]).*\]", value, re.IGNORECASE):
        return "is a JSON list", "write origins separated by commas, without brackets or quotes"
    if value[0] in "'\"" and value[-1] == value[0]:
        inner = value.strip("'\"")
        try:
            inner = f"'{parse_origins(inner, any_allowed=any_allowed, is_shared=is_shared)}'"
        except Refused:
            inner = "origins separated by commas, without quotes"
        return "has quotes, which docker --env-file keeps", f"write {inner}"
    return None


def _any_origin(*, alone: bool, allowed: bool) -> Mistake:
    if alone:
        reason = "is accepted only if the table has it as the default of the variable"
        fix = "list the origins you trust, or open a part of the API with a row of its own"
        return Mistake(reason, fix)
    choice = "write '*' for any origin, or " if allowed else ""
    return Mistake("stands alone", f"{choice}list the origins you trust")


def _explained(error: Mistake, is_shared: Callable[[str], bool]) -> tuple[str, str]:
    """Return reason and fix; a guess may need a second one, as of a path behind port 443.

    Where a wildcard is refused in the end, that is the reason: no other fix would help.
    """
    guess = error.guess
    while guess is not None:
        try:
            return error.reason, f"write '{_parse(guess, is_shared)}'"
        except Mistake as next_error:
            if next_error.guess is None and "://*." in guess:
                return next_error.reason, next_error.fix
            guess = next_error.guess
    return error.reason, error.fix


def _parse(entry: str, is_shared: Callable[[str], bool]) -> Origin:
    if two := _TWO_SCHEMES.match(entry):
        raise Mistake("has two schemes", _NAME, entry[two.end() :])
    scheme, separator, rest = entry.partition("://")
    before, at_sign, _ = entry.partition("@")
    if at_sign and not set(before.removeprefix(f"{scheme}://")) & set("/?#"):
        reason = "has a user name or password, which no origin has"
        raise Mistake(reason, _BARE, entry.replace("***@", ""))
    if not separator and (name := re.match(r"([a-z]+):(?![0-9]*\Z)", entry.lower())):
        _check_page(name[1])
    for pattern, reason, fix in _MISTAKES:
        if pattern.search(entry):
            raise Mistake(reason, fix)
    if not entry.isprintable():
        raise Mistake("has a character that cannot be printed", "type the origin again")
    if not separator or not scheme:
        bare = re.sub(r"^[:/]*(?:https?(?::/*|//+))?/*", "", entry, flags=re.IGNORECASE)
        raise Mistake(
            "has no scheme",
            "write it with its scheme, such as 'https://app.example.com'",
            f"{'http' if _LOCAL.match(bare) else 'https'}://{bare}",
        )
    scheme = scheme.lower()
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme):
        kind = "wildcard for a scheme" if "*" in scheme else "malformed scheme"
        raise Mistake(f"has a {kind}", _NAME, f"https://{rest}")
    _check_scheme(scheme, rest)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if not authority:
        raise Mistake("has no host", f"write '{scheme}://' and the name of the host")
    if rest != authority:
        part = {"/": "path", "?": "query", "#": "fragment"}[rest[len(authority)]]
        raise Mistake(f"has a {part}", _BARE, f"{scheme}://{authority}")
    if scheme not in DEFAULT_PORTS:
        return _parse_opaque(scheme, authority.lower())
    return _parse_authority(scheme, authority.lower(), is_shared)


def _check_page(scheme: str) -> None:
    if scheme == "file":
        raise Mistake("is what local files and some WebViews send, any of them", _WEBVIEW)
    if scheme in _OPAQUE:
        raise Mistake(
            f"is no origin, as pages of {scheme} have none to send", "serve the page over http(s)"
        )


def _check_scheme(scheme: str, rest: str) -> None:
    if scheme in ("ws", "wss"):
        raise Mistake(
            "is the address of a socket, not of a page",
            "write the origin of the page",
            f"{scheme.replace('ws', 'http')}://{rest}",
        )
    _check_page(scheme)
    if scheme == "localhost":
        raise Mistake("has no scheme", "write 'http://localhost:' and the port")
    if scheme not in DEFAULT_PORTS and _MISSPELT_HTTP.fullmatch(scheme):
        plain = "s" not in scheme and _LOCAL.match(rest)
        raise Mistake("has a misspelt scheme", _NAME, f"{'http' if plain else 'https'}://{rest}")


def _parse_opaque(scheme: str, authority: str) -> Origin:
    """Parse the host of a scheme that is not the web's, such as that of an application."""
    host, colon, port = split_port(authority)
    if "*" in authority and scheme in ("moz-extension", "safari-web-extension"):
        raise Mistake(
            "has a wildcard, and each installation of that extension has an id of its own",
            "call the API from its background script with a host permission, which needs no CORS",
        )
    if "*" in authority:
        raise _wildcard_elsewhere()
    if not _OPAQUE_HOST.fullmatch(host):
        raise Mistake("has a malformed host", f"write '{scheme}://' and the name of the host")
    if colon:
        check_port(scheme, host, port)
    return Origin(scheme, host, port)


def _parse_authority(scheme: str, authority: str, is_shared: Callable[[str], bool]) -> Origin:
    host, colon, port = split_port(authority)
    if ":" in host and not host.startswith(("[", "*.[")):
        raise Mistake("has a colon too many", "write an IPv6 address in brackets, 'http://[::1]'")
    domain = host.removeprefix("*.")
    subdomains = domain != host
    _check_wildcards(domain, port, subdomains=subdomains, is_shared=is_shared)
    if not domain:
        raise Mistake("has no host", f"write '{scheme}://' and the name of the host")
    try:
        check_host(domain)
    except Mistake as error:
        wildcard = "*." if subdomains else ""
        guess = f"{scheme}://{wildcard}{error.guess}{colon}{port}" if error.guess else None
        raise Mistake(error.reason, error.fix, guess) from None
    if colon and port != "*":
        check_port(scheme, host, port)
    if subdomains and is_shared(domain):
        raise _shared(domain)
    return Origin(scheme, domain, port, subdomains)


def _check_wildcards(
    domain: str, port: str, *, subdomains: bool, is_shared: Callable[[str], bool]
) -> None:
    if subdomains and port == "*":
        raise Mistake("has two wildcards", "name the port or the host")
    if "*" in domain and not port.strip("0123456789"):
        label, _, parent = domain.partition(".")
        if "*" in label and "*" not in parent and "." in parent and is_shared(parent):
            raise _shared(parent)  # `app-*-team.vercel.app`: strangers choose such names too
    if "*" in domain or ("*" in port and port != "*"):
        raise _wildcard_elsewhere()
    if subdomains and (domain.startswith("[") or is_ipv4(domain)):
        raise Mistake("has a wildcard over an IP address", "write each address")
    if subdomains and "." not in domain.strip("."):
        raise Mistake("has a wildcard over a single label", "write it over a domain of your own")


def _shared(domain: str) -> Mistake:
    return Mistake(f"trusts strangers, who can have names below {domain}", PREVIEWS)


def _wildcard_elsewhere() -> Mistake:
    return Mistake(
        "has a wildcard where none is understood",
        "write 'https://*.example.com', 'http://localhost:*' or each origin by its name",
    )
