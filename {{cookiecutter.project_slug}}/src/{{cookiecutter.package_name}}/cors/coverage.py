"""Which row, or which view's own policy, speaks for which route."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule as Route

from . import paths
from .resources import ResourceMap
from .rule import Rule
from .views import endpoint_at, views_of


@dataclass(frozen=True)
class Coverage:
    """Methods of a route, and what speaks for them; no rows where nothing does."""

    path: str
    methods: tuple[str, ...]
    endpoint: str
    rows: tuple[Rule, ...]  # several where the path has a variable part, the likeliest last
    own: Rule | None  # what the view says itself


def coverage(app: Flask) -> Iterator[Coverage]:
    """Go through the routes in the order of their paths; OPTIONS is left to the preflight."""
    views = views_of(app)
    for route in sorted(app.url_map.iter_rules(), key=lambda route: route.rule):
        by_rows: dict[tuple[Rule, ...], list[str]] = {}
        for method in sorted((route.methods or set()) - {"OPTIONS"}):
            by_rows.setdefault(_rows(route, method, views.resources), []).append(method)
        for rows, methods in by_rows.items():
            own = views.rule_for(route.endpoint, rows[-1]) if rows else None
            own = own if own not in rows else None
            yield Coverage(route.rule, tuple(methods), route.endpoint, rows, own)


def rule_at(app: Flask, path: str, method: str) -> Rule | None:
    """Return what speaks for a method of a path: a view, a row, or nothing."""
    views = views_of(app)
    rule = views.resources.rule_for(path, method) if paths.covers(paths.AREA, path) else None
    if rule is None:
        return None
    endpoint = endpoint_at(app.url_map.bind("localhost"), path, method)
    return views.rule_for(endpoint, rule)


def _rows(route: Route, method: str, resources: ResourceMap) -> tuple[Rule, ...]:
    found: list[Rule] = []
    for rule in resources.rules:
        if rule.only and method not in rule.only:
            continue
        if paths.covers(rule.base, route.rule):
            return (*found, rule)  # the others are less specific
        if paths.may_cover(rule.base, route.rule):
            found.append(rule)
    return tuple(found)
