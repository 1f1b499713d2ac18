"""A project as the rules see it: the resource map, the routes, and the code behind them."""

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

from flask import Flask
from werkzeug.routing import Rule as Route

from .. import paths
from ..origins import Origin
from ..rule import Rule
from ..views import views_of
from .reach import sources
from .source import Source

CORS = __package__.removesuffix("check")  # where all that is ours begins

Function = Callable[..., Any]


class Trusted(NamedTuple):
    """An origin, the place where it is listed, and whether it may send credentials anywhere."""

    place: str
    origin: Origin
    credentials: bool


class Project:
    """An application that has been built, and is not running."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.views = views_of(app)
        self.resources = self.views.resources

    @property
    def production(self) -> bool:
        """Whether this is the environment of real users; debug mode says that it is not."""
        return not self.app.debug

    @cached_property
    def routes(self) -> list[Route]:
        """The routes below `/api`; outside of it nothing is cross-origin."""
        return [it for it in self.app.url_map.iter_rules() if paths.covers(paths.AREA, it.rule)]

    @cached_property
    def rules(self) -> list[Rule]:
        """Every rule there is, rows and views, the most general first."""
        rows = list(reversed(self.resources.rules))
        views = [self.views.rule_for(it.endpoint, row) for it in self.routes for row in rows]
        return list(dict.fromkeys(rows + [it for it in views if it not in rows]))

    def rules_of(self, route: Route) -> Iterator[tuple[str, Rule | None]]:
        """Return the methods of a route, each with the rule that speaks for it."""
        for method in sorted(methods(route)):
            row = self.resources.rule_for(route.rule, method)
            yield method, row and self.views.rule_for(route.endpoint, row)

    @cached_property
    def trusted(self) -> list[Trusted]:
        """Every trusted origin, once."""
        found: dict[Origin, Trusted] = {}
        for rule in self.rules:
            for origin in rule.origins.entries:
                place = rule.places[origin]
                before = found.get(origin, Trusted(place, origin, credentials=False))
                credentials = before.credentials or rule.supports_credentials
                found[origin] = before._replace(credentials=credentials)
        return list(found.values())

    def code(self, function: Function | None) -> list[Source]:
        """Return the project's own code that runs when a function is called."""
        if function not in self._code:
            package = self.app.import_name.partition(".")[0]
            self._code[function] = [
                it for it in sources(function, package) if not f"{it.module}.".startswith(CORS)
            ]
        return self._code[function]

    @cached_property
    def all_code(self) -> list[Source]:
        """The project's own code behind every route, and around every request."""
        app = self.app
        before, after = app.before_request_funcs.values(), app.after_request_funcs.values()
        functions: list[Function] = [*app.view_functions.values(), *chain(*before), *chain(*after)]
        return list({it.where: it for function in functions for it in self.code(function)}.values())

    @cached_property
    def _code(self) -> dict[Function | None, list[Source]]:
        return {}


def methods(route: Route) -> set[str]:
    """Return the methods of a route that a page can ask for."""
    return set(route.methods or ()) - {"OPTIONS"}
