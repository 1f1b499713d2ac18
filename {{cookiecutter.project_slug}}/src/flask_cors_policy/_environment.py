"""Variables: they are read once, and every problem is kept until all are known."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Literal, NamedTuple, TypeVar

from ._problems import ConfigurationError, Fault, Problem, Refused

T = TypeVar("T")
V = TypeVar("V")

PREFIX = "CORS_"
ALIKE = 0.75  # of the letters of two names, above which one is taken for a misspelt other

#: Options of Flask-CORS that cannot be chosen here, and why; they are no variables either.
FIXED = {
    "send_wildcard": "is not for choice, as '*' is always sent as it is",
    "always_send": "is not for choice, as only '*' is sent to requests without an Origin",
    "vary_header": "is not for choice, as Vary: Origin is sent wherever an answer depends on it",
    "automatic_options": "is not for choice, as every preflight under a row is answered",
    "intercept_exceptions": "is not for choice, as errors always carry the headers",
    "allow_private_network": "is obsolete: browsers ask the user instead (Local Network Access)",
}
# Names that other frameworks and tools have for the same thing.
_ELSEWHERE = {
    "CORS_ALLOW_CREDENTIALS": "CORS_SUPPORTS_CREDENTIALS",
    "CORS_ALLOW_METHODS": "CORS_METHODS",
    "CORS_ALLOW_ORIGIN": "CORS_ORIGINS",
    "CORS_ALLOW_ORIGINS": "CORS_ORIGINS",
    "CORS_ALLOWED_METHODS": "CORS_METHODS",
    "CORS_ALLOWED_ORIGIN": "CORS_ORIGINS",
    "CORS_ALLOWED_ORIGINS": "CORS_ORIGINS",
    "CORS_ORIGIN_WHITELIST": "CORS_ORIGINS",
    "CORS_WHITELIST": "CORS_ORIGINS",
}
# docker --env-file and systemd keep it; python-dotenv does not.
_COMMENT = re.compile(r"\s#")
_BOOLEANS = dict.fromkeys(("true", "1", "yes", "on"), True) | dict.fromkeys(
    ("false", "0", "no", "off"), False
)


class Source(NamedTuple):
    """Where a value comes from: a variable, the default of one, or a place in the code."""

    kind: Literal["variable", "default", "code"]
    name: str
    unset: str = ""  # the variable that would come before the code


class Environment:
    """The variables of a process, the names that were read, and the problems found."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.names: set[str] = set()
        self.problems: list[Problem] = []

    def __contains__(self, name: str) -> bool:
        return name in self._environ

    def __getitem__(self, name: str) -> str:
        return self._environ[name]

    def read(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """Parse a variable; `default` stands in where it is not set or is refused."""
        self.names.add(name)
        if name not in self:
            return default
        value: object = self._environ[name]
        if not isinstance(value, str):
            self.problems.append(Problem(name, value, "is not text", "write it in quotes"))
            return default
        try:
            return parse(value)
        except Refused as error:
            faults: Iterable[Fault] = error.faults
            # These come before whatever else is wrong with the value.
            if not value.strip():
                faults = [Fault(value, "is empty", error.faults[0].fix)]
            elif _COMMENT.search(value):
                reason = "has a comment, which docker --env-file keeps"
                faults = [Fault(value, reason, "write the comment on a line of its own")]
            self.problems += [Problem(name, *fault) for fault in faults]
            return default

    def parse(self, subject: str, parse: Callable[[V], T], value: V, default: T) -> T:
        """Parse what stands in code; `default` stands in where it is refused."""
        try:
            return parse(value)
        except Refused as error:
            self.problems += [Problem(subject, *fault) for fault in error.faults]
            return default

    def source(self, name: str, code: str = "") -> Source:
        """Return where the value of a variable comes from; `code` stands in if it is not set."""
        if name in self:
            return Source("variable", name)
        return Source("code", code, unset=name) if code else Source("default", name)

    def unread(self) -> Iterator[str]:
        """Return the set variables that start with CORS_ and that nothing has read."""
        for name in sorted(self._environ):
            if name.upper().startswith(PREFIX) and name not in self.names:
                yield name

    def misspelt(self) -> Iterator[Problem]:
        """Find variables that nothing reads, and whose name is close to one that is read."""
        for name in sorted(self._environ.keys() - self.names):
            if meant := self._meant(name.upper()):
                fix = f"did you mean {meant}? Rename it, or unset it"
                yield Problem(name, None, "is read by nothing", fix)

    def _meant(self, name: str) -> str | None:
        """Return the variable that was meant by a name in upper case.

        A name without CORS_ may belong to other software, such as COS_ORIGINS or CORE_ORIGINS. So
        it has to have exactly the letters of one that is read: CROS_ORIGINS, CORSORIGINS.
        """
        if (known := _ELSEWHERE.get(name)) in self.names:
            return known
        if name.removeprefix(PREFIX).lower() in FIXED:
            return None
        close = get_close_matches(name, sorted(self.names), n=1, cutoff=ALIKE)
        if not name.startswith(PREFIX):
            close = [one for one in close if one.startswith(PREFIX) and _same_letters(one, name)]
        return close[0] if close else None

    def check(self) -> None:
        """Raise ConfigurationError if there is any problem."""
        if self.problems:
            raise ConfigurationError(self.problems)


def _same_letters(one: str, other: str) -> bool:
    return sorted(filter(str.isalnum, one)) == sorted(filter(str.isalnum, other))


def boolean(text: str) -> bool:
    """Parse true/false, 1/0, yes/no or on/off, in any case."""
    try:
        return _BOOLEANS[text.lower()]
    except KeyError:
        fault = Fault(text, "is neither true nor false", "write 'true' or 'false'")
        raise Refused(fault) from None


def whole_number(low: int, high: int, unit: str) -> Callable[[str], int]:
    """Return a parser of whole numbers in ASCII digits, both bounds included."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]+", text):
            raise Refused(Fault(text, f"is not a whole number of {unit}", f"write {low} to {high}"))
        # The length comes first, as int() takes its time over long texts.
        if len(text) > 18 or not low <= int(text) <= high:
            raise Refused(Fault(text, "is out of range", f"write {low} to {high} {unit}"))
        return int(text)

    return parse
