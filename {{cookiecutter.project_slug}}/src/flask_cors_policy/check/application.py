"""An application as the rules see it: its policy, its routes, and the code behind them."""

import os
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

from flask import Flask
from werkzeug.routing import Rule as Route

from .._coverage import methods_of
from .._decorator import NAME, WITHOUT_CORS, options_of
from .._extension import State, flask_config
from .._middleware import Link, links_from
from .._origins import Origin
from .._problems import ConfigurationError, Problem
from .._table import Policy, Row, may_cover
from .._views import Views, subject_of
from . import plain
from .source import Source, sources

HOSTS = "TRUSTED_HOSTS"

Function = Callable[..., Any]


class Kind(Enum):
    """What an application has its CORS headers from."""

    POLICY = "flask_cors_policy"
    FLASK_CORS = "Flask-CORS"
    NONE = "any application"  # it has none


CORS_KINDS = (Kind.POLICY, Kind.FLASK_CORS)
PLAIN = (Kind.FLASK_CORS,)


class Trusted(NamedTuple):
    """An origin, the place where it is listed, and whether it may send credentials anywhere."""

    place: str
    origin: Origin
    credentials: bool


class Application:
    """An application that is built, and not running."""

    def __init__(self, app: Flask, environ: Mapping[str, str] | None = None) -> None:
        """Look at `app`, with the policy that it would have in production under `environ`.

        Raises ConfigurationError if the application would not start there. Without `environ` the
        policy is the installed one.
        """
        self.app = app
        self.environ = environ
        self.state: State | None = app.extensions.get(NAME)
        self.policy = self.state.policy if self.state else Policy(())
        self.views = self.state.views if self.state else Views(app, self.policy)
        if self.state and environ is not None:
            self.policy = self.state.cors.resolve(environ)
            self.views = Views(app, self.policy)
            if problems := self.views.check():
                raise ConfigurationError(problems)

    def late_problems(self) -> list[Problem]:
        """Return what the start could not refuse: it came later, or there was no CORS(...)."""
        if self.state:
            return flask_config(self.app) + self.views.check()
        reason = "has no effect, as this application has no CORS(...)"
        return [
            Problem(subject_of(name), None, reason, WITHOUT_CORS)
            for name, view in self.app.view_functions.items()
            if options_of(view) is not None
        ]

    @property
    def production(self) -> bool:
        """Whether real users are served here; debug mode means that none are."""
        return self.environ is not None or not self.app.debug

    @property
    def kind(self) -> Kind:
        """What this application has its CORS headers from."""
        if self.state:
            return Kind.POLICY
        # A call may have no effect, such as that of a decorator above the route.
        used = self.flask_cors.grants or self.flask_cors.calls
        return Kind.FLASK_CORS if used else Kind.NONE

    @cached_property
    def routes(self) -> list[Route]:
        """All routes, in the order of their paths."""
        return sorted(self.app.url_map.iter_rules(), key=lambda route: route.rule)

    @cached_property
    def rows(self) -> list[Row]:
        """Every row, the most general first, and those of views behind them."""
        rows = list(reversed(self.policy.rows))
        own = [
            self.row_of_view(route, row)
            for route in self.routes
            for row in rows
            if may_cover(row.base, route.rule)
        ]
        return list(dict.fromkeys(rows + own))

    def rows_of(self, route: Route) -> Iterator[tuple[str, Row | None]]:
        """Return the methods of a route, each with the row that decides on it."""
        for method in methods_of(route):
            row = self.policy.row_for(route.rule, method)
            yield method, row and self.row_of_view(route, row)

    def row_of_view(self, route: Route, row: Row) -> Row:
        """Return the policy of a route's view, which is `row` unless it has one of its own."""
        return self.views.row_for(route.endpoint, row)

    @cached_property
    def trusted(self) -> list[Trusted]:
        """Every trusted origin, once."""
        found: dict[Origin, Trusted] = {}
        for row in self.rows:
            for origin in row.origins.entries:
                known = found.get(origin, Trusted(row.places[origin], origin, credentials=False))
                credentials = known.credentials or row.supports_credentials
                found[origin] = known._replace(credentials=credentials)
        return list(found.values())

    @cached_property
    def cross_origin_routes(self) -> list[Route]:
        """The routes that pages of other origins may call."""
        if self.state:
            return [one for one in self.routes if any(row for _, row in self.rows_of(one))]
        return [one for one in self.routes if any(self.flask_cors.grants_of(one))]

    @cached_property
    def hosts(self) -> list[str]:
        """The hosts that the application answers to; none: any.

        With a file of variables that file decides, unless no variable is behind the setting.
        """
        hosts = self.app.config.get(HOSTS) or []
        if self.environ is not None and (HOSTS in self.environ or HOSTS in os.environ):
            hosts = self.environ.get(HOSTS, "").split(",")
        hosts = [hosts] if isinstance(hosts, str) else hosts
        return [host.strip() for host in hosts if host.strip()]

    @cached_property
    def flask_cors(self) -> plain.FlaskCors:
        """What plain Flask-CORS does in this application."""
        return plain.FlaskCors(self.app)

    @cached_property
    def package(self) -> str:
        """The name of the application's own package."""
        return self.app.import_name.partition(".")[0]

    def code(self, function: Function | None) -> list[Source]:
        """Return the owner's code that runs when a function is called."""
        if function not in self._code:
            self._code[function] = list(sources(function, self.package))
        return self._code[function]

    @cached_property
    def all_code(self) -> list[Source]:
        """The owner's code behind every route, and around every request."""
        app = self.app
        before, after = app.before_request_funcs.values(), app.after_request_funcs.values()
        functions: list[Function] = [*app.view_functions.values(), *chain(*before), *chain(*after)]
        return list({one.where: one for each in functions for one in self.code(each)}.values())

    @property
    def leads_to_policy(self) -> bool:
        """Whether `app.wsgi_app` has the policy's layer behind it."""
        layer = self.state.layer if self.state else None
        return any(link.application is layer for link in self.links)

    @cached_property
    def links(self) -> list[Link]:
        """The WSGI applications from `app.wsgi_app` inwards, the application itself left out."""
        return links_from(self.app.wsgi_app)

    @cached_property
    def _code(self) -> dict[Function | None, list[Source]]:
        return {}
