"""The template's Jinja extension: refuses bad answers and never executes any."""

import re
import sys
from collections.abc import Mapping

from jinja2 import Environment
from jinja2.ext import Extension

from . import answers, defaults, escapes, refusal, template

_MODULES = (__name__, "needs_cookiecutter_2_7")


class TemplateExtension(Extension):
    """Adds the filters of the template's files, and guards everything that cookiecutter renders."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        refusal.check_version()
        environment.filters.update(
            checked=checked,
            verbatim=self.verbatim,
            production_origins=answers.production_origins,
            compose_origins=answers.compose_origins,
            slug=defaults.slug,
            package=defaults.package,
            dns_label=defaults.dns_label,
            toml=escapes.toml,
            markdown=escapes.markdown,
            yaml=escapes.yaml,
            html=escapes.html,
            text=escapes.text,
        )
        # A replay file may set another syntax, which would keep `preprocess` from being obeyed.
        for name, value in template.syntax().items():
            setattr(environment, name, value)
        self._own_texts = template.own_texts()
        self._good: dict[str, object] = {}  # the answers that were checked last
        # `cruft update` renders two versions of the template in one process: the next rendering
        # must import its own version of these modules.
        for module in [name for name in sys.modules if name.partition(".")[0] in _MODULES]:
            del sys.modules[module]

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Keep answers from being rendered as templates.

        cookiecutter renders answers, names of files, the defaults in cookiecutter.json and hooks
        from strings, which have no name. Only strings that the template itself contains may do
        anything.
        """
        if name is not None or source in self._own_texts:
            return source
        return f"{{{{ cookiecutter | verbatim({source!a}) }}}}"

    def verbatim(self, given: Mapping[str, object], source: str) -> str:
        """Return an answer unchanged, and the path of a file with the project's names filled in.

        The name of the project's folder is the first path of all. Answers are checked here, before
        that folder is made, because nothing else checks those of a replay file.
        """
        if answers.LAST_KEY not in given:  # cookiecutter is still asking
            return source
        if self._good != dict(given):
            checked(given)
            refusal.check_folder(given)
            self._good = dict(given)
        source = chosen_variant(given, source)
        for key in ("project_slug", "package_name"):
            source = source.replace(f"{{{{cookiecutter.{key}}}}}", str(given[key]))
        return source


def checked(given: Mapping[str, object]) -> str:
    """Return an empty text; raise Refused if there is any problem with the answers."""
    if faults := refusal.unknown_keys() | answers.faults(given):
        refusal.refuse(faults, given)
    return ""


_VARIANTS = {
    "license": re.compile(r"((?:.*[/\\])?LICENSE)-(.+)"),
    "auth": re.compile(r"((?:.*[/\\])?(?:test_)?auth)_(session|oidc)(\.py|\.md)"),
    "database": re.compile(r"((?:.*[/\\])?database)_(sqlalchemy)(\.yaml)"),
}


def chosen_variant(given: Mapping[str, object], path: str) -> str:
    """Return the path of a file that exists once for each choice, without the choice's name.

    LICENSE-MIT becomes LICENSE. A variant that was not chosen becomes an empty name, for which
    cookiecutter writes no file.
    """
    for key, pattern in _VARIANTS.items():
        if match := pattern.fullmatch(path):
            name, choice, *suffix = match.groups()
            return "".join([name, *suffix]) if choice == given[key] else ""
    return path
