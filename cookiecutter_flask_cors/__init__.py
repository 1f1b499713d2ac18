"""The template's Jinja extension: refuses bad answers and never executes any."""

import sys
from collections.abc import Mapping
from typing import NamedTuple

from jinja2 import Environment, Template
from jinja2.ext import Extension

from . import answers, defaults, escapes, files, refusal, template

_MODULES = (__name__, "needs_cookiecutter_2_7")


class TemplateExtension(Extension):
    """Adds the filters of the template's files, and guards everything that cookiecutter renders."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        refusal.check_version()
        environment.filters.update(
            checked=checked,
            production_origins=answers.production_origins,
            compose_origins=answers.compose_origins,
            slug=defaults.slug,
            package=defaults.package,
            dns_label=defaults.dns_label,
            unwanted=files.unwanted,
            toml=escapes.toml,
            markdown=escapes.markdown,
            yaml=escapes.yaml,
            html=escapes.html,
            text=escapes.text,
        )
        for name, value in template.syntax().items():  # a replay file may have set another
            setattr(environment, name, value)
        self._own_texts = template.own_texts()
        self._compile = environment.from_string
        environment.from_string = self.from_string  # type: ignore[assignment, method-assign]
        self._good: dict[str, object] = {}  # the answers that were checked last
        # `cruft update` renders two versions of the template in one process: the next rendering
        # must import its own version of these modules.
        for module in [name for name in sys.modules if name.partition(".")[0] in _MODULES]:
            del sys.modules[module]

    def from_string(self, source: str) -> "Template | Verbatim":
        """Return a template of a text that the template itself contains, and of no other.

        cookiecutter renders answers, names of files, the defaults in cookiecutter.json and hooks
        from strings. Jinja never sees one that a user may have written.
        """
        if source in self._own_texts:
            return self._compile(source)
        return Verbatim(self, source)

    def verbatim(self, given: Mapping[str, object], source: str) -> str:
        """Return an answer unchanged, and the path of a file as it is in the project.

        The name of the project's folder is the first path of all. Answers are checked here, before
        that folder is made, because nothing else checks those of a replay file.
        """
        if answers.LAST_KEY not in given:  # cookiecutter is still asking
            return source
        if self._good != dict(given):
            checked(given)
            refusal.check_folder(given)
            self._good = dict(given)
        return files.path_in_project(given, source)


class Verbatim(NamedTuple):
    """Stands in for the template of a string that is rendered as it is."""

    extension: TemplateExtension
    source: str

    def render(self, cookiecutter: Mapping[str, object], **_context: object) -> str:
        """Return what the extension makes of the string."""
        return self.extension.verbatim(cookiecutter, self.source)


def checked(given: Mapping[str, object]) -> str:
    """Return an empty text; raise Refused if there is any problem with the answers."""
    if faults := refusal.unknown_keys() | answers.faults(given):
        refusal.refuse(faults, given)
    return ""
