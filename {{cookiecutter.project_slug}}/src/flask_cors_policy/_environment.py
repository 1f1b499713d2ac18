"""Variables: they are read once, and every problem is kept until all are known."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Literal, NamedTuple, TypeVar

from ._problems import ConfigurationError, Fault, Problem, Refused

T = TypeVar("T")

PREFIX = "CORS_"
ALIKE = 0.75  # of the letters of two names, above which one is taken for a misspelt other

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
_BOOLEANS = dict.fromkeys(("true", "1", "yes", "on"), True) | dict.fromkeys(
    ("false", "0", "no", "off"), False
)


class Source(NamedTuple):
    """Where a value comes from: a variable, the default of one, or a place in the code."""

    kind: Literal["variable", "default", "code"]
    name: str


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
            if not value.strip():  # being empty comes before whatever else is wrong with it
                faults = [Fault(value, "is empty", error.faults[0].fix)]
            self.problems += [Problem.from_fault(name, fault) for fault in faults]
            return default

    def source(self, name: str) -> Source:
        """Return where the value of a variable comes from."""
        return Source("variable" if name in self else "default", name)

    def unread(self) -> Iterator[str]:
        """Return the set variables that start with CORS_ and that nothing has read."""
        for name in sorted(self._environ):
            if name.upper().startswith(PREFIX) and name not in self.names:
                yield name

    def misspelt(self) -> Iterator[Problem]:
        """Find unread variables whose name is close to one that is read."""
        for name in self.unread():
            if meant := self._meant(name):
                fix = f"did you mean {meant}? Rename it, or unset it"
                yield Problem(name, None, "is read by nothing", fix)

    def _meant(self, name: str) -> str | None:
        upper = name.upper()
        if (known := _ELSEWHERE.get(upper)) in self.names:
            return known
        close = get_close_matches(upper, sorted(self.names), n=1, cutoff=ALIKE)
        return close[0] if close else None

    def check(self) -> None:
        """Raise ConfigurationError if there is any problem."""
        if self.problems:
            raise ConfigurationError(self.problems)


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
