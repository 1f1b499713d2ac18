"""The template's Jinja extension: refuses bad answers and never executes any."""

import re
import sys
from collections.abc import Mapping

from jinja2 import Environment
from jinja2.ext import Extension

from . import answers, defaults, escapes, template


class TemplateExtension(Extension):
    """Filters for the template's files, and a guard around everything cookiecutter renders."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters.update(
            checked=answers.checked,
            production_origins=answers.production_origins,
            compose_origins=answers.compose_origins,
            verbatim=verbatim,
            slug=defaults.slug,
            package=defaults.package,
            dns_label=defaults.dns_label,
            toml=escapes.toml,
            markdown=escapes.markdown,
            yaml=escapes.yaml,
            html=escapes.html,
            text=escapes.text,
        )
        # A replay file may name another syntax, in which `preprocess` would ask for nothing.
        for name, value in template.syntax().items():
            setattr(environment, name, value)
        self._own_texts = template.own_texts()
        # `cruft update` renders two versions of the template in one process: import the next anew.
        for name in [name for name in sys.modules if name.partition(".")[0] == __name__]:
            del sys.modules[name]

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Let only the template's own texts be templates.

        cookiecutter renders answers and the names of files as it renders a template's text. Both
        come without a name, and so do the defaults in cookiecutter.json and the hooks.
        """
        if name is not None or source in self._own_texts:
            return source
        return f"{{{{ cookiecutter | verbatim({source!a}) }}}}"


def verbatim(given: Mapping[str, object], source: str) -> str:
    """Return an answer as it is, and the name of a file with the two folder names filled in.

    The first name of all is that of the project's folder. Checking the answers here means that
    nothing is created before, whichever road they came by: a replay file is checked nowhere else.
    """
    if answers.LAST_KEY not in given:  # cookiecutter is still asking
        return source
    _check_once(given)
    source = of_the_choice(given, source)
    for key in ("project_slug", "package_name"):
        source = source.replace(f"{{{{cookiecutter.{key}}}}}", str(given[key]))
    return source


_checked: list[dict[str, object]] = []  # the answers that were found good last


def _check_once(given: Mapping[str, object]) -> None:
    if _checked != [dict(given)]:
        answers.checked(given)
        _checked[:] = [dict(given)]


_ONE_OF_MANY = re.compile(r"((?:.*[/\\])?(?:LICENSE|(?:test_)?policy))[-_](.+?)(\.py)?")


def of_the_choice(given: Mapping[str, object], path: str) -> str:
    """Return the path of a file of which there is one for each choice, without the choice's name.

    LICENSE-MIT becomes LICENSE, and policy_locked_down.py policy.py; what was not chosen becomes
    nothing, and cookiecutter writes no file without a name.
    """
    if not (match := _ONE_OF_MANY.fullmatch(path)):
        return path
    name, choice, ending = match.groups(default="")
    chosen = (given["license"], str(given["cors_policy"]).replace("-", "_"))
    return name + ending if choice in chosen else ""
