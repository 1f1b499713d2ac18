"""Views with a policy of their own: `@cross_origin(...)` next to the route."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from types import FunctionType
from typing import Any, TypedDict, TypeVar, Unpack

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from ..environment import ConfigurationError
from . import paths
from .layers import layers, static
from .origins import Origins
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
            # A view that came after `check`, or a path that only redirects to its own: nobody is
            # trusted.
            if problems:
                self._app.logger.error("%s", "\n".join(problems))
                known = replace(known, origins=Origins())
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
            for rule in self.resources.rules:
                if paths.may_cover(rule.base, route.rule):
                    self._resolve(route.endpoint, rule, problems)
                if not rule.only and paths.covers(rule.base, route.rule):
                    break  # the others are less specific
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


def views_of(app: Flask) -> Views:
    """Return what `init_app` has made of an application."""
    views: Views = app.extensions["cors_views"]
    return views


def endpoint_at(adapter: MapAdapter | None, path: str, method: str) -> str | None:
    """Return the endpoint that answers a path, also where it refuses the method or redirects."""
    if adapter is None:
        return None
    plain = re.sub("/+", "/", path).rstrip("/")
    for variant in (path, plain, f"{plain}/"):
        if endpoint := _match(adapter, variant, method):
            return endpoint
        # A method that no view of the path has is none of theirs, unless there is but one.
        others = {_match(adapter, variant, it) for it in adapter.allowed_methods(variant)} - {None}
        if others:
            return others.pop() if len(others) == 1 else None
    return None


def _match(adapter: MapAdapter, path: str, method: str) -> str | None:
    try:
        return str(adapter.match(path, method, websocket=False)[0])
    except HTTPException:  # whatever keeps the router from a view, it is not for here to say
        return None


def _misplaced(endpoint: str, view: object) -> Iterator[str]:
    """Find decorators that would be passed over, down to whatever the view wraps."""
    outer = list(layers(view))
    classes = [it for it in (static(layer, "view_class") for layer in outer) if it is not None]
    inner = list(layers(*(it for cls in classes for it in _methods(cls))))
    if any(map(_is_foreign, outer + inner)):
        yield (
            f"cross_origin on {endpoint!r}: is Flask-CORS's own, which neither the preflight nor "
            f"the guard knows; write 'from {__package__} import cross_origin'"
        )
    if any(map(_is_marked, classes + inner)):
        yield (
            f"cross_origin on {endpoint!r}: stands on a class or a method of it, where it is not "
            "seen; write 'decorators = [cross_origin(...)]' in the class"
        )
    elif not hasattr(view, MARK) and any(map(_is_marked, outer)):
        yield (
            f"cross_origin on {endpoint!r}: is hidden by a decorator that does not use "
            "functools.wraps, by functools.partial or by an object; write cross_origin around that"
        )


def _methods(cls: object) -> list[object]:
    """Return what a class of views may run for a request."""
    names = ["dispatch_request", *(it.lower() for it in getattr(cls, "methods", None) or ())]
    return [it for it in (getattr(cls, name, None) for name in names) if it is not None]


def _is_foreign(layer: object) -> bool:
    return isinstance(layer, FunctionType) and layer.__globals__.get("__name__") == FOREIGN


def _is_marked(layer: object) -> bool:
    return static(layer, MARK) is not None
