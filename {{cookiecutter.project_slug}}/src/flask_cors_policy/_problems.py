"""Problems: what is wrong with a configuration, why, and what to write instead.

This file needs the standard library only: the template checks its answers with it.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

SHOWN = 120  # characters of a configured value in a message
QUOTED = 100  # characters of a value that a client sent

_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_START = re.compile(r"[\s\[{'\"]*" + _SCHEME.pattern, re.IGNORECASE)
_NEXT_ENTRY = re.compile(rf",(?={_SCHEME.pattern})", re.IGNORECASE)
# A host, perhaps a port, then a path or query. In `jane:s3/cr3t@` the same form is a password.
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]*\]|[^/?#@:,]+)(:[0-9]*|:\*{3})?([/?#])", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z0-9-]+|localhost|\[::1\]", re.IGNORECASE)
_PASSWORD = re.compile(r"://[^/?#\s]*@")


class Fault(NamedTuple):
    """Why a parser refuses a value, and what to write instead."""

    value: object
    reason: str
    fix: str


class Refused(ValueError):  # noqa: N818 - what a value is, not what an error is
    """A value that a parser refuses, with one fault for each mistake."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{shown(value)} {reason}" for value, reason, _ in faults))


class Problem(str):  # noqa: SLOT000 - it has parts
    """One line of a refusal, `subject: 'value' reason; fix`, and its parts.

    `subject` is what has to be changed: a variable, an option, a prompt. The value is quoted and
    shortened, and passwords in it are masked. Without a value the line goes on with the reason.
    """

    subject: str
    value: str | None
    reason: str
    fix: str

    def __new__(cls, subject: str, value: object, reason: str, fix: str) -> "Problem":  # noqa: PYI034 - Python 3.10
        """Write the line; `value` is any object, of which None is left out."""
        text = None if value is None else shown(value)
        shown_value = "" if text is None else f"{text} "
        problem = super().__new__(cls, f"{subject}: {shown_value}{reason}; {fix}")
        problem.subject, problem.value, problem.reason, problem.fix = subject, text, reason, fix
        return problem

    @property
    def cause(self) -> str:
        """The line without its fix."""
        return self.removesuffix(f"; {self.fix}")


class ConfigurationError(Exception):
    """The application must not start; `problems` has a line for each reason."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(self.problems))


def shown(value: object) -> str:
    """Show a configured value in quotes: escaped, shortened, passwords masked."""
    text = without_passwords(value if isinstance(value, str) else repr(value))
    text = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    return repr(text)


def accepts(parse: Callable[[str], object], text: str) -> bool:
    """Return whether a parser takes a text."""
    try:
        parse(text)
    except Refused:
        return False
    return True


def quoted(text: str) -> str:
    """Show what a client sent in quotes, as printable ASCII of bounded length."""
    longer = len(text) > QUOTED
    return ascii(_PASSWORD.sub("://***@", text[: QUOTED * 2])[:QUOTED] + ("..." if longer else ""))


def named(text: str) -> str:
    """Show a method or header of a client: as it is if it is a plain name, else in quotes."""
    return text if re.fullmatch(r"[A-Za-z][A-Za-z-]{0,29}", text) else quoted(text)


def without_passwords(value: str) -> str:
    """Mask whatever may be a user name or a password in a list of addresses.

    A password may hold commas, slashes and @. So an entry ends at a comma with a scheme behind it,
    and everything up to its last @ is masked. Behind such a comma may stand the rest of a password
    still, so a host is shown in the first entry alone.
    """
    first, *others = _NEXT_ENTRY.split(value)
    masked = [_without_password(first, first=True)]
    return ",".join(masked + [_without_password(entry, first=False) for entry in others])


def _without_password(entry: str, *, first: bool) -> str:
    head, at_sign, tail = entry.rpartition("@")
    if not at_sign:
        return entry
    start = _START.match(head)
    scheme = start[0] if start else ""
    web = not scheme or scheme.lower().endswith(("http://", "https://"))
    return f"{scheme}{_masked(head[len(scheme) :], show_host=first and web)}@{tail}"


def _masked(head: str, *, show_host: bool) -> str:
    """Mask what stands before an `@`, except a host where the `@` belongs to a path.

    What follows a colon or a comma could be part of a password and is never shown.
    """
    authority = _AUTHORITY.match(head)
    if not authority:
        return "***"
    host, port, mark = authority.groups("")
    host = host if show_host and _HOST.fullmatch(host) else "***"
    port = ":***" if port else ""
    rest = "***" if head[authority.end() :] else ""
    return f"{host}{port}{mark}{rest}"
