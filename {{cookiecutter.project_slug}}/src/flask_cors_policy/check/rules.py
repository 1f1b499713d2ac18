"""What a rule is, and the list of all: each has an id, which never changes its meaning."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from .application import Application, Kind

#: Rules that are gone, and why. Their ids are never given to another rule.
RETIRED = {
    "CORS016": "a public row beside rows with credentials is a choice, and no mistake",
    "CORS020": "bodies of any type reach the views; the guard looks at who sends them",
}


class Level(IntEnum):
    """How much a finding weighs."""

    WARNING = 1  # it works, and is rarely what was meant
    ERROR = 2  # an origin is trusted that should not be, or a browser will refuse a trusted one

    def __str__(self) -> str:
        return self.name.lower()


class Found(NamedTuple):
    """A place, the cause and the fix."""

    subject: str
    cause: str
    fix: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.cause}; {self.fix}"


Look = Callable[[Application], Iterator[Found]]


@dataclass(frozen=True)
class Rule:
    """A rule, and the function that looks for what it is about."""

    id: str
    level: Level
    title: str
    about: str
    kinds: tuple[Kind, ...]
    look: Look


@dataclass(frozen=True)
class Finding:
    """What a rule found in an application."""

    rule: Rule
    found: Found

    def __str__(self) -> str:
        return f"{self.rule.id} {self.rule.level} {self.found}"

    def to_json(self) -> dict[str, str]:
        """Return the finding for programs."""
        rule = {"id": self.rule.id, "level": str(self.rule.level), "title": self.rule.title}
        return rule | self.found._asdict()


#: All rules by their ids; the modules of rules fill it when they are imported.
RULES: dict[str, Rule] = {}


def rule(
    id_: str, level: Level, title: str, *, about: str, kinds: tuple[Kind, ...] = (Kind.POLICY,)
) -> Callable[[Look], Look]:
    """Register a function as a rule for some kinds of applications.

    `title` names what is found; `about` explains it to readers, with its fix.
    """

    def register(look: Look) -> Look:
        RULES[id_] = Rule(id_, level, title, " ".join(about.split()), kinds, look)
        return look

    return register


def rules_for(kind: Kind) -> list[Rule]:
    """Return the rules for a kind of application, in the order of their ids."""
    return [one for _, one in sorted(RULES.items()) if kind in one.kinds]


def look(application: Application) -> list[Finding]:
    """Return what the rules find, each thing once."""
    findings = (
        Finding(one, found)
        for one in rules_for(application.kind)
        for found in one.look(application)
    )
    return list(dict.fromkeys(findings))
