"""Views with a policy of their own: `@cross_origin(...)` next to the route."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, TypedDict, TypeVar, Unpack

from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import MapAdapter, RequestRedirect

from ..environment import ConfigurationError
from . import paths
from .resources import ResourceMap
from .rule import Rule, rule_of_view

View = TypeVar("View", bound=Callable[..., Any])

MARK = "cross_origin_options"
FOREIGN = "flask_cors.decorator"


class Options(TypedDict, total=False):
    """What a view may say, in Flask-CORS's names; the row of its path answers the rest."""

    origins: str | Sequence[str]
    methods: str | Sequence[str]
    allow_headers: str | Sequence[str]
    expose_headers: str | Sequence[str]
    supports_credentials: bool
    max_age: int | timedelta


def cross_origin(**options: Unpack[Options]) -> Callable[[View], View]:
    """Give one view a policy of its own; it is checked like a row when the application starts."""

    def mark(view: View) -> View:
        setattr(view, MARK, options)
        return view

    return mark


class Views:
    """The views of an application, and the rules of those that have their own."""

    def __init__(self, app: Flask, resources: ResourceMap) -> None:
        self._app = app
        self.resources = resources
        self._known: dict[tuple[str, Rule], Rule] = {}

    def rule_for(self, endpoint: str | None, rule: Rule) -> Rule:
        """Return the rule of the view behind `endpoint`, whose path has `rule`."""
        if endpoint is None:
            return rule
        if (known := self._known.get((endpoint, rule))) is None:
            problems: list[str] = []
            known = self._resolve(endpoint, rule, problems)
            if problems:
                raise ConfigurationError(problems)
            self._known[endpoint, rule] = known
        return known

    def check(self) -> None:
        """Raise ConfigurationError with every problem of every view."""
        problems: list[str] = []
        for route in self._app.url_map.iter_rules():
            view = self._app.view_functions.get(route.endpoint)
            problems += _misplaced(route.endpoint, view)
            if not hasattr(view, MARK):
                continue
            if not paths.covers(paths.AREA, route.rule):
                problems.append(
                    f"cross_origin on {route.endpoint!r}: '{route.rule}' is outside {paths.AREA}, "
                    f"where nothing is cross-origin; move the route below {paths.AREA}/"
                )
                continue
            fixed = route.rule.partition("<")[0]
            for rule in self.resources.rules:
                if paths.covers(rule.base, route.rule) or rule.base.startswith(fixed):
                    self._resolve(route.endpoint, rule, problems)
        if problems:
            raise ConfigurationError(problems)

    def _resolve(self, endpoint: str, rule: Rule, problems: list[str]) -> Rule:
        options = getattr(self._app.view_functions.get(endpoint), MARK, None)
        if options is None:
            return rule
        where = f"cross_origin on {endpoint!r}"
        known = Options.__annotations__
        problems += [
            f"{where}: {name!r} is no option here; write {', '.join(known)}"
            for name in options
            if name not in known
        ]
        return rule_of_view(options, rule, where, problems)


def endpoint_at(adapter: MapAdapter | None, path: str, method: str) -> str | None:
    """Return the endpoint that answers a path, also where it refuses the method or redirects."""
    if adapter is None:
        return None
    plain = re.sub("/+", "/", path).rstrip("/")
    for variant in (path, plain, f"{plain}/"):
        try:
            return str(adapter.match(variant, method)[0])
        except MethodNotAllowed as error:
            # A method that no view of the path has is none of theirs, unless there is but one.
            others = {endpoint_at(adapter, variant, it) for it in error.valid_methods or ()}
            return others.pop() if len(others) == 1 else None
        except (NotFound, RequestRedirect):
            continue
    return None


def _misplaced(endpoint: str, view: Callable[..., Any] | None) -> Iterator[str]:
    """Find decorators that would be passed over, down to whatever the view wraps."""
    cls = getattr(view, "view_class", None)
    methods = [getattr(cls, name.lower(), None) for name in getattr(cls, "methods", None) or ()]
    for function in (view, *methods):
        layer = function
        while layer is not None:
            if getattr(layer, "__globals__", {}).get("__name__") == FOREIGN:
                yield (
                    f"cross_origin on {endpoint!r}: is Flask-CORS's own, which neither the "
                    f"preflight nor the guard knows; write 'from {__package__} import cross_origin'"
                )
            layer = getattr(layer, "__wrapped__", None)
    if any(hasattr(method, MARK) for method in methods):
        yield (
            f"cross_origin on {endpoint!r}: stands on a method of a class, where it is not seen; "
            "write 'decorators = [cross_origin(...)]' in the class"
        )
