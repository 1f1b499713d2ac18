"""Reading variables: each problem is kept until all are known, and none is passed over."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple, TypeVar

T = TypeVar("T")

BOOLEANS = dict.fromkeys(("true", "1", "yes", "on"), True) | dict.fromkeys(
    ("false", "0", "no", "off"), False
)


class Source(NamedTuple):
    """Where a value was found: in a variable, as the default of one, or at a place in the code."""

    kind: Literal["variable", "default", "code"]
    name: str


class ConfigurationError(Exception):
    """The application must not start; `problems` says why, a line for each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(self.problems))


class Environment:
    """The variables of a process, and the problems found while reading them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def __contains__(self, name: str) -> bool:
        return name in self._environ

    def read(self, name: str, parse: Callable[[str], T], default: T, *, secret: bool = False) -> T:
        """Parse a variable; where it is not set, or is wrong, `default` stands in for it.

        `parse` raises ValueError with a line 'reason; fix', or several, for a wrong value.
        """
        if name not in self:
            return default
        value = self._environ[name]
        try:
            return parse(value)
        except ValueError as error:
            shown = "'***'" if secret else repr(value)
            lines = getattr(error, "problems", (f"{shown} {error}",))
            self.problems += [f"{name}: {line}" for line in lines]
            return default

    def source(self, name: str) -> Source:
        """Return where the value of a variable comes from."""
        return Source("variable" if name in self else "default", name)

    def check(self) -> None:
        """Raise ConfigurationError if there is any problem."""
        if self.problems:
            raise ConfigurationError(self.problems)


def boolean(text: str) -> bool:
    """Read true/false, 1/0, yes/no or on/off, in any case."""
    try:
        return BOOLEANS[text.lower()]
    except KeyError:
        raise ValueError("is neither true nor false; write 'true' or 'false'") from None


def whole_number(low: int, high: int, unit: str) -> Callable[[str], int]:
    """Make a reader of whole numbers in ASCII digits, both bounds included."""

    def parse(text: str) -> int:
        # The length is looked at first: int() takes its time over long texts, and then refuses.
        if not re.fullmatch(r"[0-9]{1,18}", text) or not low <= int(text) <= high:
            raise ValueError(f"is no whole number of {unit}; write {low} to {high}")
        return int(text)

    return parse


def one_of(*names: str) -> Callable[[str], str]:
    """Make a reader of one of these names."""

    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(f"is unknown; write {' or '.join(map(repr, names))}")
        return text

    return parse


def comma_separated(text: str) -> list[str]:
    """Split at commas; blanks around an entry do not count, an empty entry is refused."""
    entries = [entry.strip(" \t") for entry in text.split(",")]
    if "" in entries:
        raise ValueError("has an empty entry; write names separated by single commas")
    return entries
