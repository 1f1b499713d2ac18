"""The views of an application, and the rows of those that have a policy of their own."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect
from werkzeug.routing import Rule as Route

from ._decorator import misplaced, options_of
from ._origins import Origins
from ._paths import plain_beginning
from ._problems import Problem, quoted
from ._table import Policy, Row, covers, may_cover, row_of_view

LOGGER = logging.getLogger("flask_cors_policy")


@dataclass(frozen=True, eq=False, kw_only=True)
class ViewRow(Row):
    """A view's own policy below a row of its path."""

    inherited: Row  # supplies what the view leaves out
    others: tuple[Row, ...]  # under which the view stands too, for other methods or paths


class Views:
    """Resolves the policies of an application's views, and finds the view of a request."""

    def __init__(self, app: Flask, policy: Policy, mounts: Sequence[str] = ()) -> None:
        self.app = app
        self._mounts = mounts  # paths of other applications, whose views are not known
        self.own_paths: tuple[str, ...] = ()  # where views with a policy of their own begin
        self.count = -1  # of the views, when a request last looked at them
        self._policy = policy
        self._rows: dict[str, dict[Row, None]] = {}  # of each view with a policy of its own
        self._resolved: dict[tuple[str, Row], Row] = {}
        self._problems: dict[str, list[Problem]] = {}
        self._logged: set[Problem] = set()
        self._seen: Mapping[str, object] = {}

    def check(self) -> list[Problem]:
        """Look at all views once more, and return the problems of their policies."""
        seen = dict(self.app.view_functions)
        registered = {id(view) for view in seen.values()}
        problems: dict[str, list[Problem]] = {}
        own_paths: set[str] = set()
        rows: dict[str, dict[Row, None]] = {}
        for route in self.app.url_map.iter_rules():
            found = list(self._problems_of(route, registered))
            if found:
                problems.setdefault(route.endpoint, []).extend(found)
            if found or options_of(seen.get(route.endpoint)) is not None:
                own_paths.add(_beginning(route))
                rows.setdefault(route.endpoint, {}).update(dict.fromkeys(self._rows_of(route)))
        self._problems, self._rows, self._resolved = problems, rows, {}
        self.own_paths = tuple(own_paths)
        self._seen = seen  # last, as another thread that finds it relies on the rest
        of_views = (one for found in problems.values() for one in found)
        return list(dict.fromkeys([*of_views, *_problems_of_hooks(self.app, registered)]))

    def _look_again(self) -> None:
        """Check the views and routes that came, or were replaced, after the start; log problems.

        That is at the first request, when the set-up is over, and whenever a view was added.
        """
        number = len(self.app.view_functions)
        for problem in self.check():
            if problem not in self._logged:
                self._logged.add(problem)
                LOGGER.error("%s", problem)
        self.count = number

    def own_row(self, environ: Mapping[str, Any], method: str, row: Row) -> Row:
        """Return the row of the view that a request is for, given the row of its path."""
        if self.count != len(self.app.view_functions):
            self._look_again()
        given = environ.get("PATH_INFO", "")
        path = "/" + given.lstrip("/")
        if not path.startswith(self.own_paths) and "//" not in path:  # the router merges slashes
            return row
        if any(covers(mount, given) for mount in self._mounts):
            return row
        try:
            endpoint = self.endpoint_of(environ, method)
        except Exception as error:  # noqa: BLE001 - a converter may raise anything
            # Most likely the router is going to fail as well, and then no view is run.
            where, kind = quoted(path), type(error).__name__
            LOGGER.error("CORS: the router failed with %s at %s; no page is trusted", kind, where)  # noqa: TRY400
            fix = "mend the URL converter that raises it"
            problem = Problem("the router", None, f"failed with {kind}", fix)
            return self._close("the router", row, problem)
        if endpoint and self.app.view_functions.get(endpoint) is not self._seen.get(endpoint):
            self._look_again()
        return self.row_for(endpoint, row)

    def row_for(self, endpoint: str | None, row: Row) -> Row:
        """Return the row of the view behind `endpoint`, whose path has `row`.

        A view whose policy has a problem, and that came after the start, trusts no origin.
        """
        if endpoint is None:
            return row
        if endpoint in self._problems:
            return self._close(subject_of(endpoint), row, self._problems[endpoint][0])
        options = options_of(self.app.view_functions.get(endpoint))
        return row if options is None else self._resolve(endpoint, options, row)

    def _resolve(self, endpoint: str, options: Mapping[str, Any], row: Row) -> Row:
        known = self._resolved.get((endpoint, row))
        if known is None:
            own, _ = row_of_view(options, row, subject_of(endpoint))
            others = tuple(one for one in self._rows.get(endpoint, ()) if one is not row)
            known = ViewRow(**vars(own), inherited=row, others=others)
            self._resolved[endpoint, row] = known
        return known

    def _close(self, subject: str, row: Row, problem: Problem) -> Row:
        """Return the row of a view that trusts no origin, because of a problem."""
        if (subject, row) not in self._resolved:
            own = replace(row, subject=subject, remedy=subject, own=True, problem=problem)
            self._resolved[subject, row] = replace(own, origins=Origins(), places={})
        return self._resolved[subject, row]

    def endpoint_of(self, environ: Mapping[str, Any], method: str) -> str | None:
        """Return the endpoint for `method` at the path of a request, if there is one.

        So it is also where the router refuses the method, or redirects to the path with or
        without a slash. Raises what converters raise.
        """
        try:
            adapter = router_for(self.app, environ)
        except HTTPException:  # the host is none of the application's
            return None
        try:
            return _endpoint_at(adapter, method)
        except Exception:  # noqa: BLE001 - a converter may need the context that Flask routes in
            with self.app.app_context():
                return _endpoint_at(adapter, method)

    def _problems_of(self, route: Route, registered: set[int]) -> Iterator[Problem]:
        view = self.app.view_functions.get(route.endpoint)
        subject = subject_of(route.endpoint)
        yield from misplaced(subject, view, registered)
        options = options_of(view)
        if options is None:
            return
        rows = list(self._rows_of(route))
        if not rows:
            closed = f"'{plain_beginning(route.rule)}/*': {{'origins': 'none'}}"
            fix = f"add a row that does, such as {closed}"
            yield Problem(subject, route.rule, "is covered by no row", fix)
        for row in rows:
            yield from row_of_view(options, row, subject)[1]

    def _rows_of(self, route: Route) -> Iterator[Row]:
        """Return the rows that a route stands under, for some of its methods or paths."""
        for row in self._policy.rows:
            if may_cover(row.base, route.rule):
                yield row
                if not row.for_methods and covers(row.base, route.rule):
                    return  # the others are less specific


def _problems_of_hooks(app: Flask, registered: set[int]) -> Iterator[Problem]:
    """Find `cross_origin` on functions that Flask calls before, after or in place of views."""
    by_codes = chain.from_iterable(one.values() for one in app.error_handler_spec.values())
    hooks: list[object] = list(chain.from_iterable(one.values() for one in by_codes))
    for lists in (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs):
        hooks += chain.from_iterable(lists.values())
    for hook in hooks:
        if options_of(hook) is not None and id(hook) not in registered:
            reason = "has no effect there, as the function is no view"
            fix = "take it out; the row of a path covers errors too"
            yield Problem(subject_of(getattr(hook, "__qualname__", "")), None, reason, fix)


def _beginning(route: Route) -> str:
    """Return what every path of a route begins with, as WSGI servers hand it over (PEP 3333)."""
    if type(route) is not Route:  # a rule of its own kind may match in its own way
        return ""
    return route.rule.partition("<")[0].rstrip("/").encode().decode("latin-1")


def router_for(app: Flask, environ: Mapping[str, Any]) -> MapAdapter:
    """Return the router as it is bound to a request; raise HTTPException for a strange host."""
    return app.create_url_adapter(app.request_class(dict(environ)))  # type: ignore[return-value] # None is for no request


def _endpoint_at(adapter: MapAdapter, method: str) -> str | None:
    """Return the endpoint that a router has for a method of its path, redirects aside."""
    path = "/" + adapter.path_info.lstrip("/")
    plain = re.sub("/+", "/", path).rstrip("/")
    for variant in (path, plain, f"{plain}/"):
        if endpoint := _match(adapter, variant, method):
            return endpoint
        # A method that no view of the path has belongs to none of them, unless there is but one.
        others = {_match(adapter, variant, one) for one in adapter.allowed_methods(variant)}
        others -= {None}
        if others:
            return others.pop() if len(others) == 1 else None
    return None


def _match(adapter: MapAdapter, path: str, method: str) -> str | None:
    try:
        return str(adapter.match(path, method)[0])
    except RequestRedirect as redirect:  # from a path that names a default, or to one with a slash
        target = unquote(urlsplit(redirect.new_url).path)
        path = f"/{target.removeprefix(adapter.script_name)}"
    except HTTPException:
        return None
    try:
        return str(adapter.match(path, method)[0])
    except HTTPException:
        return None


def subject_of(endpoint: str) -> str:
    return f"cross_origin on {endpoint!r}"
