"""`flask cors check`: the findings, for people or for machines, and an exit status for CI."""

import json

import click
from flask import current_app
from flask.cli import with_appcontext

from ..console import say
from .finding import Finding, Level
from .project import Project
from .rules import RULES, look


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option(
    "--fail-level",
    type=click.Choice([str(level) for level in Level]),
    default=str(Level.WARNING),
    show_default=True,
    help="The lowest level that makes the exit status 1.",
)
@with_appcontext
@click.pass_context
def check(context: click.Context, as_json: bool, fail_level: str) -> None:
    """Look for what is wrong with the policy in this environment.

    The environment counts as production, unless it is in debug mode (flask --debug cors check).
    The exit status is 0 if nothing of this level is found, 1 if something is, and 2 for a wrong
    command line.
    """
    project = Project(current_app._get_current_object())  # type: ignore[attr-defined]
    findings = look(project)
    say(_json(project, findings) if as_json else _text(project, findings))
    if any(it.rule.level >= Level[fail_level.upper()] for it in findings):
        context.exit(1)


def _json(project: Project, findings: list[Finding]) -> str:
    report = {
        "environment": _environment(project),
        "findings": [it.to_json() for it in findings],
    }
    return json.dumps(report, indent=2)


def _text(project: Project, findings: list[Finding]) -> str:
    number = f"{len(findings) or 'no'} finding{'s' * (len(findings) != 1)}"
    summary = f"{number}; {len(RULES)} rules, judged as {_environment(project)} (docs/check.md)"
    return "\n".join([*map(str, findings), summary])


def _environment(project: Project) -> str:
    return "production" if project.production else "development"
