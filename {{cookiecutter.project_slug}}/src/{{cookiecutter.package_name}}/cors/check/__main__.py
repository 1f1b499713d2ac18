"""The rules over the files that production gets its variables from, whatever this process has."""

import logging
import sys
from pathlib import Path

import click

from ... import create_app
from ...environment import ConfigurationError
from ...server import Server
from ...settings import Settings
from ..console import say
from . import variables
from .finding import Level
from .project import Project
from .rules import look

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option(
    "--fail-level",
    type=click.Choice([str(level) for level in Level]),
    default=str(Level.ERROR),
    show_default=True,
    help="The lowest level that makes the exit status 1.",
)
def main(files: tuple[Path, ...], fail_level: str) -> None:
    """Judge each of FILES as the environment of production.

    They are read as containers read them: names and values, and nothing else.
    The exit status is 0 if nothing is found at --fail-level or above, 1 if something is, and 2 for
    a wrong command line.
    """
    worst = 0
    for file in files:
        findings: list[str] = []
        try:
            for finding in look(_project(file.read_bytes())):
                findings.append(str(finding))
                worst = max(worst, finding.rule.level)
        except ConfigurationError as error:  # the server would not start
            findings += error.problems
            worst = max(Level)
        for line in findings or ["no findings"]:
            say(f"{file.as_posix()}: {line}")
    sys.exit(worst >= Level[fail_level.upper()])


def _project(content: bytes) -> Project:
    environ = variables.read(content)
    Server.from_env(environ)  # the variables of the server are judged with those of the application
    logging.disable(logging.WARNING)  # what a start warns of is a finding here
    try:
        app = create_app(Settings.from_env(environ))
    finally:
        logging.disable(logging.NOTSET)
    app.debug = False
    return Project(app)


if __name__ == "__main__":
    main()
