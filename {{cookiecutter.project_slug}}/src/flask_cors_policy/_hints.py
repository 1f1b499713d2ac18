"""Fixes: what to change so that a page is trusted, with the place and the value to write."""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

from ._environment import Source
from ._origins import LONGEST, Origin, parse_origin
from ._problems import QUOTED, Refused, shown
from ._table import Row
from ._views import ViewRow

OTHER_SITE = "or, if it is a form of another site, let it come back with GET"
ALIKE = 0.9  # of all letters: a slip of the finger, and not another name

_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")
# Names that can stand in a variable, in a shell and in code as they are; those in use can.
_PLAIN_NAME = re.compile(rf"[\w.+-]{{1,{QUOTED}}}", re.ASCII)
_PLAIN_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~@:-]{1,40}(?![^/])){0,3}")


def trust_origin(origin: str, row: Row, *, name_others: bool = False) -> str:
    """Return what to change so that `row` trusts a page of `origin`.

    The line is printable ASCII, whatever the origin is. With `name_others` it names the listed
    origin that the page was likely meant to have; without, a response may carry it.
    """
    if origin == "null":
        return (
            f"serve the page over http or https and add the origin it then has to {_place(row)}, "
            f"{OTHER_SITE}; 'null' is any local file, sandboxed frame, cross-origin redirect or "
            "form without a referrer"
        )
    page = _read(origin)
    if isinstance(page, str):
        return page
    if row.remedy not in row.places.values():
        none = Source("variable", row.remedy) in row.sources["origins"]
        kept = "in place of 'none'" if none else "where no origin is listed"
        return f"write {page} in {_place(row)}, {kept}"
    found = next(_near(page, row.origins.entries), None) if name_others else None
    default = Source("default", row.remedy) in row.sources["origins"]
    kept = ", beside the origins of its default" if default else ""
    return f"add {page} to {_place(row)}{kept}" + (f"; you have {found}" if found else "")


def are_listable(parse: Callable[[str], Sequence[str]], names: Sequence[str]) -> bool:
    """Return whether an option takes each name of a client; only plain ones are analysed."""
    try:
        return all(_PLAIN_NAME.fullmatch(name) and parse(name) == (name,) for name in names)
    except Refused:
        return False


def set_names(row: Row, option: str, names: Sequence[str]) -> str:
    """Return how to make `names`, each of them once, the value of a row's option."""
    unique = tuple({name.lower(): name for name in reversed(names)}.values())[::-1]
    (source, *_) = row.sources[option]
    if source.kind == "code":
        # What a view inherits is changed at the view, as the row stands for others too. Of a view
        # below several rows it would replace what the others supply, so the row is changed there.
        at_view = isinstance(row, ViewRow) and not row.others
        return _in_code(row.subject if at_view else source.name, option, unique)
    return f"set {source.name}={','.join(unique)}"


def allow_credentials(row: Row) -> str | None:
    """Return how to let a row take credentials; None where it is open to every page."""
    if row.origins.any:
        return None
    option = "supports_credentials"
    (source, *_) = row.sources[option]
    if isinstance(row, ViewRow):
        if _is_given(row, "origins") or not any(other.origins.any for other in row.others):
            return _in_code(row.subject, option, value=True)
        # The start refuses that at a view that inherits the origins of an open row as well.
        take_out = f"take {option} out of {row.subject}"
        if row.inherited.supports_credentials:
            return take_out
        change = allow_credentials(row.inherited)
        return f"{take_out} and {change}" if _is_given(row, option) else change
    if source.kind == "code":
        return _in_code(source.name, option, value=True)
    return f"set {source.name}=true"


def unlistable_origin(origin: str) -> str:
    """Return what to do about an origin that no row can list, and nothing for any other."""
    if origin == "null":
        return (
            f"serve the page over http or https and add a row that trusts its origin, {OTHER_SITE}"
        )
    page = _read(origin)
    return page if isinstance(page, str) else ""


def add_row(path: str) -> str:
    """Return the row that would cover a path, with its first segments as far as they are plain."""
    plain = _PLAIN_PATH.match("/" + path.lstrip("/"))
    base = plain[0] if plain else ""
    return f"add a row that covers it, such as resources={{'{base}/*': {{'origins': ...}}}}"


def add_methods(row: Row, methods: Sequence[str]) -> str:
    """Return how to cover more methods of a path, whose row stays as open as it is."""
    new = f"{{'origins': ..., 'for_methods': {[*methods]!r}}}"
    return f"add {new} to resources['{row.base}/*'], which may be a list of rows"


def _in_code(place: str, option: str, value: object) -> str:
    """Return what to write for an option: in the dictionary of a row, or as an argument."""
    written = f"{option!r}: {value!r}" if place.startswith("resources") else f"{option}={value!r}"
    return f"write {written} in {place}"


def _is_given(row: Row, option: str) -> bool:
    """Return whether a view gives an option itself."""
    return any(source.name == row.subject for source in row.sources[option])


def _read(origin: str) -> Origin | str:
    """Parse an origin, other than `null`; return how to send one that is none as it stands."""
    if len(origin) > LONGEST:
        return f"send the origin as browsers do; none has more than {LONGEST} characters"
    try:
        page = parse_origin(origin)
    except Refused as error:
        value, reason, fix = error.faults[0]
        return _printable(f"send the origin as browsers do; {shown(value)} {reason}; {fix}")
    if str(page) != origin:
        return f"send the origin as browsers do, in lower case; write '{page}'"
    return page


def _printable(text: str) -> str:
    text = text.replace("\N{HORIZONTAL ELLIPSIS}", "...")
    return text.encode("ascii", "backslashreplace").decode()


def _place(row: Row) -> str:
    return row.remedy if row.remedy.isidentifier() else f"the origins of {row.remedy}"


def _near(page: Origin, entries: tuple[Origin, ...]) -> Iterator[str]:
    """Name the listed origins and in what a page differs, the likeliest mistake first."""
    for compare in (_port, _scheme, _loopback, _www, _apex, _subdomain, _look_alike, _spelling):
        for entry in entries:
            if difference := compare(page, entry):
                yield f"{entry}, {difference}"


def _port(page: Origin, entry: Origin) -> str | None:
    same = page.scheme == entry.scheme and _covers_host(page, entry)
    return "which differs in the port" if same else None


def _scheme(page: Origin, entry: Origin) -> str | None:
    if not _covers_host(page, entry):
        return None
    if _covers_port(page, entry):
        return "which differs in the scheme"
    web = {page.scheme, entry.scheme} == {"http", "https"}
    return "which differs in the scheme and the port" if web else None


def _loopback(page: Origin, entry: Origin) -> str | None:
    both = page.host in _THIS_MACHINE and entry.host in _THIS_MACHINE
    same = both and _same_but_host(page, entry)
    return (
        "the same machine by another name, which to a browser is another origin" if same else None
    )


def _www(page: Origin, entry: Origin) -> str | None:
    alike = page.host.removeprefix("www.") == entry.host.removeprefix("www.")
    same = alike and not entry.subdomains and _same_but_host(page, entry)
    return "which differs in 'www.'" if same else None


def _apex(page: Origin, entry: Origin) -> str | None:
    same = entry.subdomains and page.host == entry.host and _same_but_host(page, entry)
    if not same:
        return None
    return f"which covers the names below {entry.host} and not {entry.host} itself"


def _subdomain(page: Origin, entry: Origin) -> str | None:
    below = page.host.endswith(f".{entry.host}") and not entry.subdomains
    same = below and _same_but_host(page, entry)
    return "which does not cover the names below it" if same else None


def _look_alike(page: Origin, entry: Origin) -> str | None:
    alike = page.host.startswith(f"{entry.host}.") or page.host.endswith(entry.host)
    other = alike and page.host != entry.host and not page.host.endswith(f".{entry.host}")
    return (
        "which looks alike and is another site: make sure that the page is yours" if other else None
    )


def _spelling(page: Origin, entry: Origin) -> str | None:
    letters = SequenceMatcher(None, str(page), str(entry), autojunk=False)
    # From the quickest to the slowest: there may be thousands of entries.
    bounds = (letters.real_quick_ratio, letters.quick_ratio, letters.ratio)
    alike = all(ratio() >= ALIKE for ratio in bounds)
    return "which is spelt almost like it" if alike else None


def _same_but_host(page: Origin, entry: Origin) -> bool:
    return page.scheme == entry.scheme and _covers_port(page, entry)


def _covers_host(page: Origin, entry: Origin) -> bool:
    if entry.subdomains:
        return page.host.endswith(f".{entry.host}")
    return page.host == entry.host


def _covers_port(page: Origin, entry: Origin) -> bool:
    return entry.port in ("*", page.port)
