"""What the tests of the rules share: a row of a table, and what a rule says about it."""

import re
from collections.abc import Callable
from typing import NamedTuple

from flask import Flask

from {{ cookiecutter.package_name }}.cors.check import (
    project,
    rules,
)


class Case(NamedTuple):
    """An application, and what one rule finds in it; nothing where it has nothing to say."""

    name: str
    id: str
    app: Callable[[], Flask]
    found: tuple[str, ...] = ()


def found(app: Flask, id_: str) -> tuple[str, ...]:
    """Return what one rule finds, without its id and level, and without the place in a file."""
    lines = [str(it.found) for it in rules.look(project.Project(app)) if it.rule.id == id_]
    return tuple(re.sub(r"\S+\.py:\d+", "FILE", line) for line in lines)
