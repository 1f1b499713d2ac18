"""Recognises the files that earlier answers have left in a project: nothing else is removed."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from itertools import product
from pathlib import Path

import click
from jinja2 import Environment, pass_environment

from . import files, template


@pass_environment
def leftovers(environment: Environment, given: Mapping[str, object]) -> dict[str, list[str]]:
    """Return the files that only other answers ask for, each with digests of its texts.

    A file with one of these digests is as the template wrote it for some other choices. Any other
    file at its path is the owner's. With `--skip-if-file-exists` every file is.
    """
    digests: dict[str, set[str]] = {path: set() for path in files.unwanted(given)}
    context = click.get_current_context(silent=True)
    if context and context.params.get("skip_if_file_exists"):
        return {path: [] for path in digests}
    for file in sorted(template.PROJECT.rglob("*")):
        path, _ = files.variant(given, file.relative_to(template.PROJECT).as_posix())
        if path in digests and _may_exist(given, path):
            source = file.read_text(encoding="utf-8")
            texts = _texts(environment, given, source)
            digests[path].update(sha256(text.encode()).hexdigest() for text in texts)
    return {path: sorted(found) for path, found in digests.items()}


def _may_exist(given: Mapping[str, object], path: str) -> bool:
    """Return whether a file is in the project; True under cruft, which does not name its folder."""
    folder = given.get("_output_dir")
    return folder is None or Path(str(folder), str(given["project_slug"]), path).is_file()


def _texts(environment: Environment, given: Mapping[str, object], source: str) -> Iterator[str]:
    """Yield the text of a file for each combination of the choices that occur in it."""
    compiled = Environment.from_string(environment, source)
    named = {*re.findall(r"cookiecutter\.(\w+)", source), "cors_policy"}  # filters read that one
    choices = {
        key: default if isinstance(default, list) else [False, True]
        for key, default in template.questions().items()
        if key in named and isinstance(default, (list, bool))
    }
    for values in product(*choices.values()):
        earlier = {**given, **dict(zip(choices, values, strict=True))}
        with suppress(template.load("_problems").Refused):  # permissive uses no frontend_origins
            yield compiled.render(cookiecutter=earlier)
