"""What the tests of the rules share: a row of a table, and what one rule finds in it."""

import re
from collections.abc import Callable, Mapping

from flask import Flask

import flask_cors_policy.check.command  # noqa: F401 - it imports the rules
from flask_cors_policy.check.application import Application
from flask_cors_policy.check.rules import look


class Case:
    """An application, and what one rule finds in it; nothing where the rule is content."""

    def __init__(self, name: str, id_: str, app: Callable[[], Flask], *found: str) -> None:
        self.name, self.id, self.app, self.found = name, id_, app, found


def found(app: Flask, id_: str, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return what one rule finds, without id and level, and without the place in a file."""
    findings = look(Application(app, environ))
    lines = [str(finding.found) for finding in findings if finding.rule.id == id_]
    return tuple(re.sub(r"\S+\.py:\d+", "FILE", line) for line in lines)


def ids(app: Flask) -> list[str]:
    """Return the ids of all rules that find something, each once."""
    return sorted({finding.rule.id for finding in look(Application(app))})
