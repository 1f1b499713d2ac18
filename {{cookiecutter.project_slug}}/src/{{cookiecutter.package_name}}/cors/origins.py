"""The grammar of trusted origins: text is parsed once, here, into values that cannot be wrong.

An origin is what a browser sends in `Origin`: scheme, host and, unless it is the default, port
(RFC 6454 section 6.2, serialised as the URL standard says). What may be written:

    https://app.example.com     that origin only
    https://*.example.com       one or more labels in front, never the apex
    http://localhost:*          any port, and none
    none, *                     nobody, anybody; each stands alone

Everything else is refused with its reason and its fix. This file needs the standard library only:
the template that generated this project checks its answers with it.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

DEFAULT_PORTS = {"http": "80", "https": "443"}

# Anyone can have a name below these. The full list is asked at start-up (suffixes.py); these are
# known without it. Those of the last lines are no public suffixes themselves but have some below.
HOSTING_SUFFIXES = frozenset(
    "vercel.app netlify.app pages.dev workers.dev web.app firebaseapp.com github.io gitlab.io "
    "herokuapp.com onrender.com fly.dev railway.app up.railway.app surge.sh deno.dev run.app "
    "appspot.com azurewebsites.net azurestaticapps.net cloudfront.net amplifyapp.com ngrok.app "
    "ngrok.io ngrok-free.app trycloudflare.com loca.lt replit.app replit.dev repl.co glitch.me "
    "lovable.app co.uk com.au co.jp com.br "
    "amazonaws.com amazonaws.com.cn amazoncognito.com on.aws scw.cloud "
    "azure.com cloudapp.azure.com windows.net core.windows.net "
    "googleapis.com googleusercontent.com".split()
)

# Mistakes that show before an entry is taken apart, in the order in which they are looked for.
_MISTAKES = tuple(
    (re.compile(pattern, re.IGNORECASE), message)
    for pattern, message in (
        (
            r"[<>]|\$\{?[a-z_]|\{\{|%[a-z_]+%|\b(?:changeme|change-me|placeholder)\b|"
            r"\byour[-_](?:app|company|domain|frontend|name|project|site|team)\b|"
            r"\byourdomain\b",
            "is a placeholder; write the origin that your front end is served from",
        ),
        (r";", "has a separator other than a comma; separate origins with commas"),
        (r"[ \t]", "has a blank inside; separate origins with commas"),
        (r"\s", "has a line break or an unusual blank; write all on one line"),
        (r"^none$", "stands alone, in lower case; write 'none' for nobody, or list origins"),
        (r"^null$", "is sent by any local file or sandboxed frame; serve the page over http(s)"),
        (
            r"['\"`\u2018\u2019\u201c-\u201e\u00ab\u00bb]",
            "has quotes; write origins separated by commas, without quotes",
        ),
        (r"://.*://", "has a separator other than a comma; separate origins with commas"),
        (
            r"[\\^$()|+{}]|(?:^|//)\.\*|\?.*://|\[\w-\w",
            "is a regular expression; write each origin, or 'https://*.' and a domain of your own",
        ),
    )
)
_MISSPELT_HTTP = re.compile(r"h+t*p+s*|h+t+p*s*")
# Pages of these schemes have an opaque origin, which is sent as `null`, or are no pages at all.
_NO_ORIGIN = frozenset("about blob data file filesystem ftp javascript mailto".split())
_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_START = re.compile(r"[\s\[{'\"]*" + _SCHEME.pattern, re.IGNORECASE)
_NEXT_ENTRY = re.compile(rf"(,)(?={_SCHEME.pattern})", re.IGNORECASE)
# A host, perhaps a port, and then a path or the like; in `jane:s3/cr3t@` it is a password instead.
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]*\]|[^/?#@:,]+)(:[0-9]*|:\*{3})?([/?#])", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z0-9-]+|localhost|\[::1\]", re.IGNORECASE)

_BARE = "write scheme, host and port alone"
_NAME = "write 'https://' and the name of the host"


class OriginError(ValueError):
    """A text is no list of origins; `problems` says why, a line for each bad entry."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class _EntryError(Exception):
    """Why an entry is refused, and what to write instead: 'reason; fix'.

    `guess` is what may have been meant. Where it would be accepted it goes before the fix.
    """

    def __init__(self, message: str, guess: str | None = None) -> None:
        super().__init__(message)
        self.guess = guess


@dataclass(frozen=True)
class Origin:
    """One parsed entry: an origin, or the family of origins that a wildcard stands for."""

    scheme: str
    host: str
    port: str = ""
    subdomains: bool = False

    def __str__(self) -> str:
        wildcard, port = "*." * self.subdomains, f":{self.port}" if self.port else ""
        return f"{self.scheme}://{wildcard}{self.host}{port}"

    @property
    def exact(self) -> bool:
        """Whether this is one origin and not a family."""
        return not self.subdomains and self.port != "*"

    @property
    def regex(self) -> str:
        """The regular expression of what this entry matches; to be anchored by its user."""
        labels = r"(?:[a-z0-9_-]+\.)+" if self.subdomains else ""
        port = f":{self.port}" if self.port else ""
        port = r"(?::[0-9]{1,5})?" if self.port == "*" else port
        return f"{re.escape(self.scheme)}://{labels}{re.escape(self.host)}{port}"


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
        """Whether `origin`, letter for letter as a browser sends it, is trusted."""
        return self.any or origin in self._exact or bool(self._families.match(origin))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """One anchored pattern for the whole list; of an empty list it matches nothing."""
        return _anchored(self.entries)

    @cached_property
    def _exact(self) -> frozenset[str]:
        return frozenset(str(origin) for origin in self.entries if origin.exact)

    @cached_property
    def _families(self) -> re.Pattern[str]:
        return _anchored(origin for origin in self.entries if not origin.exact)


def _anchored(origins: Iterable[Origin]) -> re.Pattern[str]:
    # `\Z`, as `$` also matches before a line break; `(?!)`, as an empty group matches everything.
    return re.compile(f"(?:{'|'.join(origin.regex for origin in origins) or '(?!)'})\\Z")


def parse_origins(
    value: object,
    *,
    any_allowed: bool = False,
    is_shared: Callable[[str], bool] = HOSTING_SUFFIXES.__contains__,
) -> Origins:
    """Read origins separated by commas, `none` or, where that is allowed, `*`.

    Raises OriginError and nothing else, with a problem for every bad entry; one bad entry
    refuses the whole value. `is_shared` is asked about the domains of wildcards only: whether
    strangers can have names below.
    """
    if not isinstance(value, str):
        raise OriginError([f"{shown(repr(value))} is not text; write origins between commas"])
    value = without_passwords(value)
    if mistake := _mistake_of_the_whole(value.strip(), any_allowed, is_shared):
        raise OriginError([f"{shown(value)} {mistake}"])
    entries = [entry.strip(" \t") for entry in value.split(",")]
    if entries == ["none"] or (entries == ["*"] and any_allowed):
        return Origins(any=entries == ["*"])
    origins: dict[Origin, None] = {}
    problems: dict[str, None] = {}
    for entry in entries:
        if not entry:
            problems[f"{shown(value)} has an empty entry; remove the extra comma"] = None
            continue
        try:
            if entry == "*":
                raise _anybody(alone=len(entries) == 1, allowed=any_allowed)
            origin = _parse(entry, is_shared)
        except _EntryError as error:
            problems[f"{shown(entry)} {_explained(error, is_shared)}"] = None
        else:
            if origin in origins:
                problems[f"{shown(entry)} is listed twice; remove one of the two"] = None
            origins[origin] = None
    if problems:
        raise OriginError(problems)
    return Origins(tuple(origins))


def _mistake_of_the_whole(
    value: str, any_allowed: bool, is_shared: Callable[[str], bool]
) -> str | None:
    if not value:
        return "is empty; list the origins you trust, or write 'none' for nobody"
    if re.fullmatch(r"\[\s*\]|\{\s*\}", value):
        return "is an empty JSON list; write 'none' for nobody, or list the origins you trust"
    listed = value[0] in "[{" and ("://" in value or set(value) & set("'\""))
    # Brackets may also be those of an IPv6 address.
    if listed or re.fullmatch(r"\[(?![0-9a-f:.]*[]%]).*\]", value, re.IGNORECASE):
        return "is a JSON list; write origins separated by commas, without brackets or quotes"
    if value[0] in "'\"" and value[-1] == value[0]:
        inner = value.strip("'\"")
        try:
            inner = f"'{parse_origins(inner, any_allowed=any_allowed, is_shared=is_shared)}'"
        except OriginError:
            inner = "origins separated by commas, without quotes"
        return f"has quotes, which docker --env-file keeps; write {inner}"
    return None


def _anybody(*, alone: bool, allowed: bool) -> _EntryError:
    reason = "is not allowed by this policy" if alone else "stands alone"
    choice = "write '*' for anybody, or " if allowed else ""
    return _EntryError(f"{reason}; {choice}list the origins you trust")


def _explained(error: _EntryError, is_shared: Callable[[str], bool]) -> str:
    """Say why and what to write; a guess may need a second one, as of a path behind port 443."""
    message, guess = str(error), error.guess
    while guess is not None:
        try:
            return f"{message.partition('; ')[0]}; write '{_parse(guess, is_shared)}'"
        except _EntryError as next_error:
            guess = next_error.guess
    return message


def _parse(entry: str, is_shared: Callable[[str], bool]) -> Origin:
    scheme, separator, rest = entry.partition("://")
    before, at_sign, _ = entry.partition("@")
    if at_sign and not set(before.removeprefix(f"{scheme}://")) & set("/?#"):
        reason = "has a user name or password, which no origin has"
        raise _EntryError(f"{reason}; {_BARE}", entry.replace("***@", ""))
    if not separator and (name := re.match(r"([a-z]+):(?![0-9]*\Z)", entry.lower())):
        _check_page(name[1])
    for pattern, message in _MISTAKES:
        if pattern.search(entry):
            raise _EntryError(message)
    if not entry.isprintable():
        raise _EntryError("has a character that cannot be printed; type the origin again")
    if not separator or not scheme:
        bare = re.sub(r"^[:/]*(?:https?(?::/*|//+))?/*", "", entry, flags=re.IGNORECASE)
        local = re.match(r"localhost\b|127\.|\[::1\]", bare)
        raise _EntryError(
            "has no scheme; write it with its scheme, such as 'https://app.example.com'",
            f"http://{bare}" if local else f"https://{bare}",
        )
    scheme = scheme.lower()
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme):
        kind = "wildcard for a scheme" if "*" in scheme else "malformed scheme"
        raise _EntryError(f"has a {kind}; {_NAME}", f"https://{rest}")
    _check_scheme(scheme, rest)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if not authority:
        raise _EntryError(f"has no host; write '{scheme}://' and the name of the host")
    if rest != authority:
        part = {"/": "path", "?": "query", "#": "fragment"}[rest[len(authority)]]
        raise _EntryError(f"has a {part}; {_BARE}", f"{scheme}://{authority}")
    return _parse_authority(scheme, authority.lower(), is_shared)


def _check_page(scheme: str) -> None:
    if scheme in _NO_ORIGIN:
        raise _EntryError(f"is no origin: {scheme} has none to send; serve the page over http(s)")


def _check_scheme(scheme: str, rest: str) -> None:
    if scheme in ("ws", "wss"):
        raise _EntryError(
            "is the address of a socket, not of a page; write the origin of the page",
            f"{scheme.replace('ws', 'http')}://{rest}",
        )
    _check_page(scheme)
    if scheme not in DEFAULT_PORTS and _MISSPELT_HTTP.fullmatch(scheme):
        raise _EntryError(f"has a misspelt scheme; {_NAME}", f"https://{rest}")


def _parse_authority(scheme: str, authority: str, is_shared: Callable[[str], bool]) -> Origin:
    host, colon, port = authority.rpartition(":")
    if not colon or "]" in port:
        host, colon, port = authority, "", ""
    if ":" in host and not host.startswith(("[", "*.[")):
        raise _EntryError("has a colon too many; write an IPv6 address in brackets, 'http://[::1]'")
    domain = host.removeprefix("*.")
    subdomains = domain != host
    _check_wildcards(scheme, domain, port, subdomains)
    _check_host(scheme, host, domain, f"{colon}{port}")
    if colon and port != "*":
        _check_port(scheme, host, port)
    if subdomains and (domain in HOSTING_SUFFIXES or is_shared(domain)):
        raise _EntryError(
            f"covers a public suffix, so strangers can have names below {domain}; list the "
            "origins, or serve previews from a domain of your own and write "
            "'https://*.preview.example.com'"
        )
    return Origin(scheme, domain, port, subdomains)


def _check_wildcards(scheme: str, domain: str, port: str, subdomains: bool) -> None:
    if subdomains and port == "*":
        raise _EntryError("has two wildcards; name the port or the host")
    wild = subdomains or port == "*"
    if "*" in domain or ("*" in port and port != "*") or (wild and scheme not in DEFAULT_PORTS):
        raise _EntryError(
            "has a wildcard where none is understood; write 'https://*.example.com', "
            "'http://localhost:*' or each origin by its name"
        )
    if subdomains and (domain.startswith("[") or _is_ipv4(domain)):
        raise _EntryError("has a wildcard over an IP address; write each address")
    if subdomains and "." not in domain.strip("."):
        raise _EntryError("has a wildcard over a single label; write it over a domain of your own")


def _check_host(scheme: str, host: str, domain: str, port: str) -> None:
    labels = domain.split(".")
    if not domain:
        raise _EntryError(f"has no host; write '{scheme}://' and the name of the host")
    if domain.startswith("["):
        _check_ipv6(scheme, domain, port)
    elif not domain.isascii():
        ascii_host = _punycode(host)
        guess = f"{scheme}://{ascii_host}{port}" if ascii_host else None
        raise _EntryError("has a host beyond ASCII; write its ASCII form", guess)
    elif domain.endswith("."):
        bare = host.rstrip(".")
        raise _EntryError("has a dot at its end; leave it out", f"{scheme}://{bare}{port}")
    elif "" in labels:
        raise _EntryError("has an empty label between its dots; write the name of the host in full")
    elif len(domain) > 253 or not all(re.fullmatch(r"[a-z0-9_-]{1,63}", it) for it in labels):
        raise _EntryError(
            "has a malformed host; write letters, digits and hyphens between its dots"
        )
    elif not all(map(_is_label, labels)):
        raise _EntryError("has a label in broken punycode; write the name as a browser shows it")
    elif re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]) and not _is_ipv4(domain):
        # The URL standard takes such a host for a number and writes it as four, or fails.
        raise _EntryError("has a malformed IPv4 address; write four decimal numbers up to 255")


def _check_ipv6(scheme: str, host: str, port: str) -> None:
    try:
        address = ipaddress.IPv6Address(host[1:-1] if host.endswith("]") else "")
    except ValueError:
        address = None
    if address is None or "%" in host:
        raise _EntryError("has a malformed IPv6 address; write it in brackets, 'http://[::1]:3000'")
    text = str(address)
    if address.ipv4_mapped:  # Python 3.13 writes the last part with dots, browsers never do.
        number = int(address.ipv4_mapped)
        text = f"::ffff:{number >> 16:x}:{number & 0xFFFF:x}"
    if host != f"[{text}]":
        message = "has an IPv6 address that browsers shorten; write it as a browser shows it"
        raise _EntryError(message, f"{scheme}://[{text}]{port}")


def _check_port(scheme: str, host: str, port: str) -> None:
    if not re.fullmatch(r"[1-9][0-9]{0,4}", port) or int(port) > 65535:
        raise _EntryError("has a bad port; write a number from 1 to 65535, or leave it out")
    if DEFAULT_PORTS.get(scheme) == port:
        message = "names the default port, which browsers leave out; leave it out"
        raise _EntryError(message, f"{scheme}://{host}")


def _is_ipv4(host: str) -> bool:
    try:
        return str(ipaddress.IPv4Address(host)) == host
    except ValueError:
        return False


def _is_label(label: str) -> bool:
    if not label.startswith("xn--"):
        return True
    try:
        plain = label[4:].encode().decode("punycode")
    except UnicodeError:
        return False
    visible = re.sub("[\u200c\u200d]", "", plain)  # words of some languages need the joiners
    return not plain.isascii() and visible.isprintable() and _punycode(plain) == label


def _punycode(host: str) -> str | None:
    """Spell a Unicode host as browsers do (UTS 46, without its rare exceptions)."""
    labels = []
    for label in re.split(r"[.\u3002\uff0e\uff61]", host):
        plain = unicodedata.normalize("NFKC", label).lower().replace("\ufe0f", "")
        if set(plain) & set("/?#@:%[]\\"):
            return None  # what looked like a letter would take a URL apart
        encoded = plain.encode("punycode", "replace").decode()
        labels.append(plain if plain.isascii() else f"xn--{encoded}")
    return ".".join(labels)


def without_passwords(value: str) -> str:
    """Mask whatever may be a user name or a password."""
    entries = _NEXT_ENTRY.split(value)
    for i, entry in enumerate(entries):
        # Up to the last @: a password may itself hold commas, slashes and @.
        head, at_sign, tail = entry.rpartition("@")
        if at_sign:
            start = _START.match(head)
            scheme = start[0] if start else ""
            web = i == 0 and (not scheme or scheme.lower().endswith(("http://", "https://")))
            entries[i] = f"{scheme}{_masked(head[len(scheme) :], show_host=web)}@{tail}"
    return "".join(entries)


def _masked(head: str, *, show_host: bool) -> str:
    """Mask what stands before an `@`, but for the host where the `@` belongs to a path.

    What comes behind a colon or a comma could be part of a password, and is never shown.
    """
    authority = _AUTHORITY.match(head)
    if not authority:
        return "***"
    host, port, mark = authority.groups("")
    host = host if show_host and _HOST.fullmatch(host) else "***"
    return f"{host}{':***' if port else ''}{mark}{'***' if head[authority.end() :] else ''}"


def shown(value: str) -> str:
    """Show a value in quotes, escaped, at a length that can be read, and without passwords."""
    value = without_passwords(value)
    value = value if len(value) <= 120 else f"{value[:120]}…"
    return "'" + repr(f'"{value}')[2:]  # a double quote in it keeps Python from quoting with those
