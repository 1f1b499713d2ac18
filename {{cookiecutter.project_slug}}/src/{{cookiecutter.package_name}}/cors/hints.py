"""What to do so that a page is trusted: one line, which names the place and the value to write."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from .origins import Origin, OriginError, parse_origins, shown
from .rule import Rule

SHOWN = 100  # characters of a value, which may be as long as a header
ALIKE = 0.9  # of all letters; a slip of the finger, and not another name

_PASSWORD = re.compile(r"://[^/?#\s]*@")
_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")


def fix(origin: str, rule: Rule, *, name_others: bool = True) -> str:
    """Say what to change so that `rule` trusts a page of `origin`.

    The line is printable ASCII, whatever the origin is. Other origins that the rule trusts are
    named where they explain what happened, and never without `name_others`.
    """
    if origin == "null":
        return (
            "serve the page over http or https and add the origin it then has to "
            f"{_place(rule)}; 'null' is any local file, sandboxed frame or cross-origin redirect"
        )
    try:
        page = parse_origin(origin)
    except ValueError as error:
        return f"send the origin as browsers do; {_printable(str(error))}"
    if str(page) != origin:
        return f"send the origin as browsers do, in lower case; write '{page}'"
    if rule.origins.match(origin):
        return f"nothing; {page} is trusted by {_place(rule)}"
    if not rule.origins.entries:
        return f"write {page} in {_place(rule)}, where nobody is listed"
    found = next(_near(page, rule.origins.entries), None) if name_others else None
    return f"add {page} to {_place(rule)}" + (f"; you have {found}" if found else "")


def parse_origin(text: str) -> Origin:
    """Read the origin of one page.

    Raises ValueError ('value reason; fix') for anything else, lists and wildcards included.
    """
    try:
        origins = parse_origins(text, any_allowed=True)  # `*` is no page, whatever a policy says
    except OriginError as error:
        raise ValueError(error.problems[0]) from None
    if len(origins.entries) != 1 or not origins.entries[0].exact:
        raise ValueError(f"{shown(text)} is not one origin; write that of one page")
    return origins.entries[0]


def quoted(text: str) -> str:
    """Show any text in quotes, in printable ASCII, short enough to read, and without passwords.

    Unlike a list of origins, for which there is `origins.shown`, it may hold an @ anywhere.
    """
    text = _PASSWORD.sub("://***@", text)
    return ascii(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")


def _printable(text: str) -> str:
    text = text.replace("\N{HORIZONTAL ELLIPSIS}", "...")
    return text.encode("ascii", "backslashreplace").decode()


def _place(rule: Rule) -> str:
    return rule.remedy if rule.remedy.isidentifier() else f"the origins of {rule.remedy}"


def _near(page: Origin, entries: tuple[Origin, ...]) -> Iterator[str]:
    """Say in what the listed origins differ from a page, the likeliest mistake first."""
    for compare in (_port, _scheme, _loopback, _www, _apex, _subdomain, _look_alike, _spelling):
        for entry in entries:
            if difference := compare(page, entry):
                yield f"{entry}, {difference}"


def _port(page: Origin, entry: Origin) -> str:
    alike = page.scheme == entry.scheme and _covers_host(page, entry)
    return "which differs in the port" if alike else ""


def _scheme(page: Origin, entry: Origin) -> str:
    alike = _covers_host(page, entry) and _covers_port(page, entry)
    if not alike and _covers_host(page, entry) and {page.scheme, entry.scheme} == {"http", "https"}:
        return "which differs in the scheme and the port"
    return "which differs in the scheme" if alike else ""


def _loopback(page: Origin, entry: Origin) -> str:
    alike = page.host in _THIS_MACHINE and entry.host in _THIS_MACHINE
    same = alike and page.scheme == entry.scheme and _covers_port(page, entry)
    return "the same machine by another name, which to a browser is another origin" * same


def _www(page: Origin, entry: Origin) -> str:
    alike = page.host.removeprefix("www.") == entry.host.removeprefix("www.")
    same = alike and not entry.subdomains and _same_but_host(page, entry)
    return "which differs in 'www.'" * same


def _apex(page: Origin, entry: Origin) -> str:
    same = entry.subdomains and page.host == entry.host and _same_but_host(page, entry)
    return f"which covers the names below {entry.host} and not {entry.host} itself" if same else ""


def _subdomain(page: Origin, entry: Origin) -> str:
    below = page.host.endswith(f".{entry.host}") and not entry.subdomains
    same = below and _same_but_host(page, entry)
    return "which does not cover the names below it" * same


def _look_alike(page: Origin, entry: Origin) -> str:
    same = page.host.startswith(f"{entry.host}.") or page.host.endswith(entry.host)
    other = same and not page.host.endswith(f".{entry.host}") and page.host != entry.host
    return "which looks alike and is another site: make sure that the page is yours" * other


def _spelling(page: Origin, entry: Origin) -> str:
    letters = SequenceMatcher(None, str(page), str(entry), autojunk=False)
    # From the quickest to the slowest: there may be thousands of entries.
    bounds = (letters.real_quick_ratio, letters.quick_ratio, letters.ratio)
    return "which is spelt almost like it" * all(ratio() >= ALIKE for ratio in bounds)


def _same_but_host(page: Origin, entry: Origin) -> bool:
    return page.scheme == entry.scheme and _covers_port(page, entry)


def _covers_host(page: Origin, entry: Origin) -> bool:
    if entry.subdomains:
        return page.host.endswith(f".{entry.host}")
    return page.host == entry.host


def _covers_port(page: Origin, entry: Origin) -> bool:
    return entry.port in ("*", page.port)
