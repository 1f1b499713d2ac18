"""The extension: Flask-CORS's interface, with the strict policy behind it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Never

from flask import Blueprint, Flask
from flask_cors.core import CONFIG_OPTIONS

from ._decision import Decisions
from ._decorator import NAME
from ._environment import FIXED, PREFIX
from ._layer import Layer
from ._options import Names
from ._paths import plain_beginning
from ._problems import ConfigurationError, Problem
from ._refusals import RefusalLog
from ._table import UNRESOLVED, Policy, Resources, resolve
from ._views import Views

# The key of a setting that Flask-CORS reads -> its option. Old versions read CORS_HEADERS.
_SETTINGS = {key: key.removeprefix(PREFIX).lower() for key in CONFIG_OPTIONS} | {
    "CORS_HEADERS": "allow_headers"
}
_MISSPELT = 0.9  # of the letters of two keys; below it, a key is the application's own


@dataclass(frozen=True)
class State:
    """What `init_app` has made of an application."""

    cors: "CORS"
    policy: Policy
    views: Views
    decisions: Decisions
    layer: Layer


class CORS:
    """The policy of cross-origin requests: which origins may call which paths of an application.

    `resources` maps paths to options: `{"/api/*": {"origins": "https://app.example.com"}}`. The
    most specific path wins, and where none covers a path, no other origin may call it. The other
    arguments, and before them the variables `CORS_ORIGINS`, `CORS_METHODS` and so on, supply what
    a row leaves out. `max_age` is in seconds.

    Raises `ConfigurationError`, with every problem, when the policy is resolved.
    """

    def __init__(
        self,
        app: Flask | Blueprint | None = None,
        *,
        resources: Resources = "/*",
        origins: Any = None,
        methods: Names | None = None,
        allow_headers: Names | None = None,
        expose_headers: Names | None = None,
        supports_credentials: bool | None = None,
        max_age: int | timedelta | None = None,
        **others: Any,
    ) -> None:
        self._resources = resources
        self._defaults: dict[str, Any] = {
            "origins": origins,
            "methods": methods,
            "allow_headers": allow_headers,
            "expose_headers": expose_headers,
            "supports_credentials": supports_credentials,
            "max_age": max_age,
            **others,
        }
        if app is not None:
            self.init_app(app)

    def resolve(self, environ: Mapping[str, str]) -> Policy:
        """Return the policy in an environment.

        Raises `ConfigurationError` with every problem of the table and of the variables.
        """
        return resolve(self._resources, self._defaults, environ)

    def init_app(
        self,
        app: Flask | Blueprint,
        environ: Mapping[str, str] | None = None,
        *,
        policy: Policy | None = None,
        **others: Never,
    ) -> None:
        """Install the policy, after the views are registered.

        It is resolved in `environ`, by default the environment of the process, unless `policy` has
        been resolved already. Views that are registered later obey the table too. Middleware that
        is to run outside of the policy, such as ProxyFix, is added after this.

        Raises `ConfigurationError` with every problem of the table and of the views.
        """
        written = ", ".join(f"{name}=..." for name in others)
        fix = f"write one CORS(app, {written}) in its place, with the options of both"
        problems = [Problem("init_app", name, "is no argument of it", fix) for name in others]
        if isinstance(app, Blueprint):
            reason = "is a blueprint, whose 404 and 405 are answered outside of it"
            raise ConfigurationError([Problem("CORS", app.name, reason, _rows_for(app))])
        if NAME in app.extensions:
            fix = "keep one CORS(...), with the rows of both"
            problems.append(Problem("CORS", None, "is installed twice", fix))
        problems += flask_config(app)
        if policy is None:
            try:
                policy = self.resolve(os.environ if environ is None else environ)
            except ConfigurationError as error:
                problems += error.problems
        from ._middleware import links_from, mounts_in  # late: it imports state_of from here

        views = Views(app, policy or UNRESOLVED, mounts_in(links_from(app.wsgi_app)))
        problems += views.check()
        if problems or policy is None:
            raise ConfigurationError(problems)
        decisions = Decisions(policy, views)
        layer = Layer(app, app.wsgi_app, decisions, RefusalLog())
        app.wsgi_app = layer  # type: ignore[method-assign]
        app.extensions[NAME] = State(self, policy, views, decisions, layer)
        _add_commands(app)


def state_of(app: Flask) -> State:
    """Return what `init_app` has made of an application; raise KeyError if it was not called."""
    state: State = app.extensions[NAME]
    return state


def _rows_for(blueprint: Blueprint) -> str:
    """Return how to write the rows for a blueprint.

    Only its own prefix is known, and not the one that it may be registered with.
    """
    prefix = f"/{(blueprint.url_prefix or '').strip('/')}"
    if prefix != "/" and plain_beginning(prefix) == prefix:
        return f"write CORS(app, resources={{'{prefix}/*': ...}})"
    return "write CORS(app, resources=...), with rows for the paths of its views"


def flask_config(app: Flask) -> list[Problem]:
    """Find settings that Flask-CORS reads, and keys that are close to those."""
    problems = []
    for key, value in app.config.items():
        close = get_close_matches(key, _SETTINGS, n=1, cutoff=_MISSPELT)
        if not key.startswith(PREFIX) or not close:
            continue
        option = _SETTINGS[close[0]]
        fix = f"rename it if your code reads it, else write {option}=... in CORS(...) in its place"
        if option in FIXED:
            fix = f"rename it if your code reads it, else take it out, as {option} {FIXED[option]}"
        problems.append(Problem(f"app.config[{key!r}]", value, "is not read here", fix))
    return problems


def _add_commands(app: Flask) -> None:
    from .cli import cors  # late: a server never needs the commands

    app.cli.add_command(cors)
