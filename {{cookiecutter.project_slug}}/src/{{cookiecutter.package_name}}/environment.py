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

        For a wrong value `parse` raises ValueError with 'reason; fix', or with whole lines as its
        `problems`.
        """
        if name not in self:
            return default
        value = self._environ[name]
        try:
            return parse(value)
        except ValueError as error:
            from .cors.origins import shown  # late, as that package reads variables itself

            text = "'***'" if secret and value else shown(value)
            reason, _, fix = str(error).partition("; ")
            # Set and empty is rarely meant, and whatever else it is not: that is said first.
            line = f"{text} {reason if value.strip() else 'is empty'}; {fix}"
            self.problems += [f"{name}: {it}" for it in getattr(error, "problems", (line,))]
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
        if not re.fullmatch(r"-?[0-9]+", text):
            raise ValueError(f"is not a whole number of {unit}; write {low} to {high}")
        # The length is looked at first: int() takes its time over long texts, and then refuses.
        if len(text) > 18 or not low <= int(text) <= high:
            raise ValueError(f"is out of range; write {low} to {high} {unit}")
        return int(text)

    return parse


def one_of(*names: str) -> Callable[[str], str]:
    """Make a reader of one of these names."""

    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(f"is not one of the values; write {' or '.join(map(repr, names))}")
        return text

    return parse
