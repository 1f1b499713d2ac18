"""A refusal of answers: its lines, and the command that repeats the answers that were right."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

import click
import cookiecutter
from cookiecutter.exceptions import FailedHookException

from . import answers, defaults, template

_SHOWN = 120  # characters of a value in a message

# Options that repeated answers do not go with, and how many values follow each.
_LEFT_OUT = {"--no-input": 0, "-y": 0, "--replay": 0} | {
    "--replay-file": 1,
    "--extra-context": 1,
    "--extra-context-file": 1,
    "-E": 1,
}


class Refused(FailedHookException, SystemExit):
    """Everything that is wrong with the answers, one problem a line.

    cookiecutter's command line catches the first base class and prints the message. cruft and
    callers of the Python API do not: there the second one makes Python print the message without a
    traceback and exit with status 1.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.code = message


def refuse(faults: Mapping[str, list[answers.Fault]], given: Mapping[str, object]) -> NoReturn:
    """Raise Refused with a line for each fault, and below them the command to go on with."""
    lines = [_line(key, fault) for key in faults for fault in faults[key]]
    if command := _command(_worth_repeating(faults, given)):
        lines += ["", "To be asked again, with the answers that were right:", f"  {command}"]
    _stop(_for_console("\n".join(lines)))


def unknown_keys() -> dict[str, list[answers.Fault]]:
    """Return a fault for each answer on cookiecutter's command line that answers no question.

    cookiecutter drops these, and generates something else than was asked for.
    """
    context = click.get_current_context(silent=True)
    typed = context.params.get("extra_context") if context else None
    if not isinstance(typed, Mapping):  # cruft's is a text
        return {}
    questions = template.questions()
    faults = {}
    for key, answer in typed.items():
        if key not in questions and not key.startswith("_"):
            near = get_close_matches(key, questions, 1)
            fix = f"write {near[0]}" if near else "leave it out"
            faults[key] = [answers.Fault(answer, "answers no question", fix)]
    return faults


def check_version() -> None:
    """Raise Refused under a cookiecutter that is too old for this template."""
    version = cookiecutter.__version__
    if tuple(map(int, version.split(".")[:2])) < (2, 7):
        reason, fix = "is too old for this template", "upgrade it to 2.7 or newer"
        _stop(_line("cookiecutter", answers.Fault(version, reason, fix)))


def check_folder(given: Mapping[str, object]) -> None:
    """Raise Refused where cookiecutter's command line would stop at a folder that exists."""
    context = click.get_current_context(silent=True)
    if context is None or context.params.get("overwrite_if_exists", True):
        return
    slug, parent = str(given["project_slug"]), str(given.get("_output_dir", ""))
    if parent and Path(parent, slug).exists():
        fault = answers.Fault(
            slug,
            f"is there already, in {parent}",
            "choose another name, or add -f to write over its files (.env is kept)",
        )
        refuse({"project_slug": [fault]}, given)


def _stop(message: str) -> NoReturn:
    """Raise Refused; remove what cookiecutter unpacked from a zip, as it would leave it there.

    It unpacks into `tempfile.mkdtemp()`. A caller of the Python API may have made a folder like
    that, and put a template into it: there nothing is removed.
    """
    context = click.get_current_context(silent=True)
    zipped = context and str(context.params.get("template")).lower().endswith(".zip")
    folder = template.ROOT.parent
    made = re.fullmatch(r"tmp[a-z0-9_]{8}", folder.name)
    if zipped and made and folder.parent == Path(tempfile.gettempdir()).resolve():
        shutil.rmtree(folder, ignore_errors=True)
    raise Refused(message)


def _line(subject: str, fault: answers.Fault) -> str:
    value, reason, fix = fault
    return f"{subject}: {'' if value is None else _shown(value) + ' '}{reason}; {fix}"


def _shown(value: str) -> str:
    """Show a value in single quotes, escaped and shortened."""
    text = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
    return "'" + repr(f'"{text}')[2:]  # the double quote keeps Python from quoting with one


def _worth_repeating(
    faults: Mapping[str, list[answers.Fault]], given: Mapping[str, object]
) -> dict[str, str]:
    """Return the answers that were right and are no defaults, as they are written."""
    offered = {
        key: default[0] if isinstance(default, list) else default
        for key, default in template.questions().items()
    } | {
        "project_slug": defaults.slug(given.get("project_name")),
        "package_name": defaults.package(given.get("project_slug")),
    }
    return {
        key: answers.written(given[key])
        for key, default in offered.items()
        if key in given and key not in faults and given[key] != default
    }


def _command(right: Mapping[str, str]) -> str:
    """Return the command line that was used, with these answers in place of those it had."""
    pairs = [f"{key}={answer}" for key, answer in right.items()]
    path, *arguments = sys.argv
    name = Path(path).stem
    program = [name if shutil.which(name) else path]
    if name == "__main__":
        name = Path(path).parent.name
        program = [sys.executable, "-m", name]
    if name == "cookiecutter":
        command = [*program, *_kept(arguments), *pairs]
    elif name == "cruft" and arguments[:1] == ["create"]:
        extra = json.dumps(right, ensure_ascii=False)
        command = [*program, *_kept(arguments), "--extra-context", extra]
    elif name == "cruft":  # it repeats the answers of an existing project
        return ""
    else:  # a program that calls cookiecutter
        command = ["cookiecutter", str(template.ROOT), *pairs]
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)


def _kept(arguments: list[str]) -> Iterator[str]:
    """Yield the arguments that are no answers and go with answers."""
    keys = {*template.questions(), *unknown_keys(), "checked"}
    rest = iter(arguments)
    for argument in rest:
        name, equals_sign, _ = argument.partition("=")
        if name in _LEFT_OUT:
            if _LEFT_OUT[name] and not equals_sign:
                next(rest, None)
        elif not (equals_sign and name.lstrip("_") in keys):
            yield argument


def _for_console(message: str) -> str:
    """Escape what the console has no characters for, as printing it would fail."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return message.encode(encoding, "backslashreplace").decode(encoding)
