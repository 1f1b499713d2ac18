"""What a rule finds: like every message of this project subject, cause and fix."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from .project import Project


class Level(IntEnum):
    """How much a finding weighs."""

    WARNING = 1  # works, and is rarely what was meant
    ERROR = 2  # somebody is trusted who should not be, or a browser will refuse

    def __str__(self) -> str:
        return self.name.lower()


class Found(NamedTuple):
    """A place, what is wrong there, and what to do."""

    subject: str
    cause: str
    fix: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.cause}; {self.fix}"


@dataclass(frozen=True)
class Rule:
    """A rule of `check`; its id never changes, and is never given to another."""

    id: str
    level: Level
    what: str
    look: Callable[[Project], Iterator[Found]]


@dataclass(frozen=True)
class Finding:
    """What a rule has found in a project."""

    rule: Rule
    found: Found

    def __str__(self) -> str:
        return f"{self.rule.id} {self.rule.level} {self.found}"

    def to_json(self) -> dict[str, str]:
        """Return the finding for machines."""
        rule = {"id": self.rule.id, "level": str(self.rule.level), "what": self.rule.what}
        return rule | self.found._asdict()


def rule(id_: str, level: Level, what: str) -> Callable[[Callable[..., Iterator[Found]]], Rule]:
    """Make a rule of a function that looks at a project; `what` is what it finds, in few words."""

    def make(look: Callable[[Project], Iterator[Found]]) -> Rule:
        return Rule(id_, level, what, look)

    return make
