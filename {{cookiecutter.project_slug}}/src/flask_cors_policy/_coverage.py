"""Which row, or which view's own policy, governs which route."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule as Route

from ._extension import state_of
from ._table import Policy, Row, covers, may_cover


@dataclass(frozen=True)
class Coverage:
    """Methods of a route, and what governs them; no rows where nothing does."""

    path: str  # as Flask writes it, with its variables
    host: str  # that the route is limited to, if it is; without SERVER_NAME it ends in a dot
    methods: tuple[str, ...]  # GET alone for a WebSocket
    endpoint: str
    websocket: bool
    rows: tuple[Row, ...]  # several where the path has a variable part, the likeliest last
    own: Row | None  # the view's own policy

    @property
    def label(self) -> str:
        """What the route takes, for people."""
        return "WebSocket" if self.websocket else ", ".join(self.methods)

    @property
    def governing(self) -> tuple[Row, ...]:
        """The view's own policy, or else the rows that may cover its path."""
        return (self.own,) if self.own else self.rows


def coverage(app: Flask) -> Iterator[Coverage]:
    """Return the routes in the order of their paths; OPTIONS is left to the preflight."""
    state = state_of(app)
    state.views.check()  # also what came after the start
    for route in sorted(app.url_map.iter_rules(), key=lambda route: route.rule):
        by_rows: dict[tuple[Row, ...], list[str]] = {}
        for method in methods_of(route):
            by_rows.setdefault(_rows(route, method, state.policy), []).append(method)
        for rows, methods in by_rows.items():
            own = state.views.row_for(route.endpoint, rows[-1]) if rows else None
            yield Coverage(
                path=route.rule,
                host=_host(app, route),
                methods=tuple(methods),
                endpoint=route.endpoint,
                websocket=route.websocket,
                rows=rows,
                own=own if own not in rows else None,
            )


def methods_of(route: Route) -> list[str]:
    """Return the methods of a route that a page can ask for."""
    if route.websocket:  # a handshake is a GET, whichever methods the route lists
        return ["GET"]
    return sorted((route.methods or {"GET"}) - {"OPTIONS"})


def _rows(route: Route, method: str, policy: Policy) -> tuple[Row, ...]:
    found: list[Row] = []
    for row in policy.rows:
        if row.for_methods and method not in row.for_methods:
            continue
        if covers(row.base, route.rule):
            return (*found, row)  # the others are less specific
        if may_cover(row.base, route.rule):
            found.append(row)
    return tuple(found)


def _host(app: Flask, route: Route) -> str:
    if app.url_map.host_matching or not route.subdomain:
        return route.host or ""
    return f"{route.subdomain}.{app.config['SERVER_NAME'] or ''}"
