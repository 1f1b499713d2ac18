"""The template's Jinja extension: refuses bad answers and never executes any."""

import sys
from collections.abc import Mapping
from typing import NamedTuple

from jinja2 import Environment
from jinja2.ext import Extension

from . import answers, defaults, escapes, files, leftovers, refusal, template

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
            leftovers=leftovers.leftovers,
            toml=escapes.toml,
            markdown=escapes.markdown,
            yaml=escapes.yaml,
            html=escapes.html,
            text=escapes.text,
        )
        for name, value in template.syntax().items():  # a replay file may have set another
            setattr(environment, name, value)
        self._hooks = template.hooks()
        self._defaults = template.derived_defaults()
        self._compile = environment.from_string
        environment.from_string = self.from_string  # type: ignore[assignment, method-assign]
        self._good: dict[str, object] = {}  # the answers that were checked last
        # `cruft update` renders two versions of the template in one process: the next rendering
        # must import its own version of these modules.
        for module in [name for name in sys.modules if name.partition(".")[0] in _MODULES]:
            del sys.modules[module]

    def from_string(self, source: str) -> "Text":
        """Return what cookiecutter renders in place of a template.

        cookiecutter renders answers, paths of files, the defaults in cookiecutter.json and hooks
        from strings. Jinja never sees one that a user may have written.
        """
        return Text(self, source)

    def rendered(self, given: Mapping[str, object], source: str) -> str:
        """Return an answer unchanged, the path of a file in the project, or a hook rendered.

        The name of the project's folder is the first path of all. Answers are checked here, before
        that folder is made, because nothing else checks those of a replay file.
        """
        if answers.LAST_KEY not in given:  # cookiecutter is still asking
            return self._asked(given, source)
        if source in self._hooks:
            return self._compile(source).render(cookiecutter=given)
        if self._good != dict(given):
            checked(given)
            refusal.check_folder(given)
            self._good = dict(given)
        return files.path_in_project(given, source)

    def _asked(self, given: Mapping[str, object], source: str) -> str:
        """Return the default of the very question that is asked, or an answer unchanged."""
        if source in self._defaults:
            key, before = self._defaults[source]
            if before in given and key not in given:
                return self._compile(source).render(cookiecutter=given)
        return source


class Text(NamedTuple):
    """Stands in for the template of a string."""

    extension: TemplateExtension
    source: str

    def render(self, cookiecutter: Mapping[str, object], **_context: object) -> str:
        """Return what the extension makes of the string."""
        return self.extension.rendered(cookiecutter, self.source)


def checked(given: Mapping[str, object]) -> str:
    """Return an empty text; raise Refused if there is any problem with the answers."""
    if faults := refusal.unknown_keys() | answers.faults(given):
        refusal.refuse(faults, given)
    return ""
