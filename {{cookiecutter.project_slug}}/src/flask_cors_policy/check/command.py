"""`flask cors check`: the findings, for people or for programs, and an exit status for CI."""

import json
import os
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from flask import Flask

from .. import __version__
from .._environment import PREFIX
from .._problems import ConfigurationError, Problem
from ..cli import echo, load_app, printable
from . import (
    rules_code,
    rules_cookies,
    rules_plain_options,
    rules_plain_origins,
    rules_policy,
)
from .application import Application, Kind
from .rules import RETIRED, RULES, Finding, Level, look, rules_for

#: The modules of rules; importing them fills RULES.
MODULES = (rules_policy, rules_code, rules_cookies, rules_plain_origins, rules_plain_options)

SECTION = "flask-cors-policy"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True)
class Report:
    """What was found in one environment: that of the process, or that of a file."""

    file: Path | None
    production: bool
    problems: tuple[Problem, ...] = ()  # why it does not start there, or what it has passed over
    findings: tuple[Finding, ...] = ()
    silenced: tuple[Finding, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The lines that people read."""
        prefix = f"{self.file.as_posix()}: " if self.file else ""
        return [f"{prefix}{one}" for one in (*self.problems, *self.findings)]

    def fails(self, level: Level) -> bool:
        """Return whether anything of a level was found."""
        return bool(self.problems) or any(one.rule.level >= level for one in self.findings)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option(
    "--fail-level",
    type=click.Choice([str(level) for level in Level]),
    default=str(Level.WARNING),
    show_default=True,
    help="The lowest level that makes the exit status 1.",
)
@click.option("--ignore", "ignored", multiple=True, metavar="ID", help="Silence a rule.")
@click.option(
    "--env-file",
    "files",
    multiple=True,
    type=FILE,
    help="Judge the policy with the variables of FILE alone, as production.",
)
@click.option("--explain", "explained", metavar="ID", help="Print what a rule is about.")
@click.pass_context
def check(
    context: click.Context,
    *,
    as_json: bool,
    fail_level: str,
    ignored: tuple[str, ...],
    files: tuple[Path, ...],
    explained: str | None,
) -> None:
    """Look for what is wrong with the policy in this environment.

    The environment counts as production, unless it is in debug mode (flask --debug cors check). An
    application that uses plain Flask-CORS is judged as well.

    The exit status is 0 if nothing of this level is found, 1 if something is, and 2 for a wrong
    command line.
    """
    if explained is not None:
        echo(_explanation(explained))
        return
    reasons = _reasons(ignored)
    kind, unseen = Kind.POLICY, []
    app, refused = _application(context, files)
    if app is None:
        reports = [
            Report(file, production=True, problems=refused[file]) for file in files or (None,)
        ]
    else:
        kind = Application(app).kind
        if files and kind is not Kind.POLICY:
            raise click.UsageError("--env-file judges a policy of flask_cors_policy; install one")
        reports = [_report(app, file, reasons) for file in files or (None,)]
        unseen = Application(app).flask_cors.unseen if kind is Kind.FLASK_CORS else []
    echo(
        _json(kind, reports, reasons, unseen) if as_json else _text(kind, reports, reasons, unseen)
    )
    if any(report.fails(Level[fail_level.upper()]) for report in reports):
        context.exit(1)


def read_variables(content: bytes) -> dict[str, str]:
    """Return the variables of a file, whose values stand as they are.

    So read docker and kustomize; in a `.env` python-dotenv strips quotes and comments.

    Raises ConfigurationError with a problem for every wrong line. No value is shown, as any of
    them may be a secret.
    """
    variables: dict[str, str] = {}
    problems = []
    before, null, _ = content.partition(b"\0")
    if null:  # Windows PowerShell writes UTF-16
        number = before.count(b"\n") + 1
        problem = Problem(f"line {number}", None, "is no text in UTF-8", "save the file as UTF-8")
        raise ConfigurationError([problem])
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        line = raw.decode(errors="surrogateescape").removesuffix("\r").lstrip()
        if not line or line.startswith("#"):
            continue
        name, separator, value = line.partition("=")
        if not separator or not _NAME.fullmatch(name):
            mistake = ("sets no variable", "write NAME=value")
        elif _is_broken(value):
            mistake = (f"sets {name!r} to what is no text in UTF-8", "save the file as UTF-8")
        elif name in variables:
            mistake = (f"sets {name!r} a second time", "remove one of the two")
        else:
            variables[name] = value
            continue
        problems.append(Problem(f"line {number}", None, *mistake))
    if problems:
        raise ConfigurationError(problems)
    return variables


def _application(
    context: click.Context, files: Sequence[Path]
) -> tuple[Flask | None, dict[Path | None, tuple[Problem, ...]]]:
    """Return the application, and why it does not start in an environment.

    That is the environment of the process. Where the application does not start in it, the files
    stand in for its CORS_ variables, one by one.
    """
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    refused: dict[Path | None, tuple[Problem, ...]] = {}
    for file in (None, *files):
        try:
            if file:
                variables = read_variables(file.read_bytes())
                os.environ.clear()
                os.environ.update(others | variables)
            return load_app(context), refused
        except ConfigurationError as error:
            refused[file] = error.problems
    return None, refused


def _report(app: Flask, file: Path | None, reasons: Mapping[str, str]) -> Report:
    """Judge an application in the environment of the process, or in that of a file."""
    try:
        application = Application(app, read_variables(file.read_bytes()) if file else None)
    except ConfigurationError as error:
        return Report(file, production=True, problems=error.problems)
    findings = look(application)
    return Report(
        file,
        application.production,
        problems=() if file else tuple(application.late_problems()),
        findings=tuple(one for one in findings if one.rule.id not in reasons),
        silenced=tuple(one for one in findings if one.rule.id in reasons),
    )


def _reasons(ignored: tuple[str, ...]) -> dict[str, str]:
    """Return the silenced rules, each with the reason: those of pyproject.toml, and `ignored`."""
    reasons = _ignored_for_good() | dict.fromkeys(ignored, "--ignore")
    unknown = [id_ for id_ in reasons if id_ not in RULES and id_ not in RETIRED]
    if unknown:
        raise click.UsageError(f"{unknown[0]!r} is no rule; write one such as CORS006")
    return reasons


def _ignored_for_good() -> dict[str, str]:
    """Read the `ignore` of the nearest pyproject.toml, from the current folder upwards."""
    files = (folder / "pyproject.toml" for folder in (Path.cwd(), *Path.cwd().parents))
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        return {}
    try:
        tools = tomllib.loads(file.read_text("utf-8")).get("tool")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file}: {error}; correct the file") from None
    options = tools.get(SECTION, {}) if isinstance(tools, dict) else {}
    where = f"pyproject.toml [tool.{SECTION}]"
    fix = 'write ignore = { CORS006 = "why this is meant" }'
    if not isinstance(options, dict):
        raise click.UsageError(f"{where}: is no table; {fix}")
    if unknown := [name for name in options if name != "ignore"]:
        raise click.UsageError(f"{where}: {unknown[0]!r} is no option; {fix}")
    ignore = options.get("ignore", {})
    if not isinstance(ignore, dict):
        raise click.UsageError(f"{where} ignore: has no reasons; {fix}")
    for id_, reason in ignore.items():
        if not isinstance(reason, str) or not reason.strip():
            raise click.UsageError(f"{where} ignore: {id_!r} has no reason; {fix}")
    return ignore


def _explanation(id_: str) -> str:
    if reason := RETIRED.get(id_):
        return f"{id_} is retired: {reason}."
    if id_ not in RULES:
        raise click.BadParameter(f"{id_!r} is no rule; write one such as CORS006", param_hint="ID")
    rule = RULES[id_]
    return f"{id_} {rule.level}: {rule.title}\n\n{click.wrap_text(rule.about, width=78)}"


def _silenced(reports: list[Report]) -> Counter[str]:
    return Counter(one.rule.id for report in reports for one in report.silenced)


def _text(kind: Kind, reports: list[Report], reasons: Mapping[str, str], unseen: list[str]) -> str:
    lines = [printable(line) for report in reports for line in report.lines]
    number = f"{len(lines) or 'no'} finding{'' if len(lines) == 1 else 's'}"
    lines += [f"not seen: {printable(one)}" for one in unseen]
    lines += [
        f"silenced: {count} of {id_} ({printable(reasons[id_])})"
        for id_, count in sorted(_silenced(reports).items())
    ]
    judged = "production" if reports[0].production else "development"
    if kind is Kind.NONE and not any(report.problems for report in reports):
        lines.append("this application uses neither flask_cors_policy nor Flask-CORS")
    rules = (
        f"{len(rules_for(kind))} rules for {kind.value}" if kind is not Kind.NONE else "no rules"
    )
    lines.append(f"{number}; {rules}, judged as {judged}; flask-cors-policy {__version__}")
    return "\n".join(lines)


def _json(kind: Kind, reports: list[Report], reasons: Mapping[str, str], unseen: list[str]) -> str:
    silenced = _silenced(reports)
    report = {
        "version": __version__,
        "policy": None if kind is Kind.NONE else kind.value,
        "environment": "production" if reports[0].production else "development",
        "problems": [
            _in_file(one.file, {"line": str(problem)})
            for one in reports
            for problem in one.problems
        ],
        "findings": [
            _in_file(one.file, finding.to_json()) for one in reports for finding in one.findings
        ],
        "silenced": {
            id_: {"count": silenced[id_], "reason": reasons[id_]} for id_ in sorted(silenced)
        },
        "unseen": unseen,
    }
    return json.dumps(report, indent=2)


def _in_file(file: Path | None, values: dict[str, str]) -> dict[str, str]:
    return values | ({"file": file.as_posix()} if file else {})


def _is_broken(value: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in value)
