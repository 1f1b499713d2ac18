"""Views with a policy of their own: `@cross_origin(...)` directly below the route."""

import functools
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from inspect import getattr_static
from types import CellType, FunctionType, MethodType
from typing import Any, NamedTuple, ParamSpec, TypedDict, TypeVar, Unpack
from weakref import WeakKeyDictionary

from flask import Flask, current_app
from flask.sansio.scaffold import Scaffold
from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy
from werkzeug.routing import MapAdapter
from werkzeug.routing import Rule as Route

from ._options import Names
from ._problems import Problem
from ._table import Policy, Row, covers, may_cover, row_of_view

LOGGER = logging.getLogger("flask_cors_policy")

P = ParamSpec("P")
R = TypeVar("R")

FLASK_CORS_DECORATOR = "flask_cors.decorator"


class ViewOptions(TypedDict, total=False):
    """What a view may say, in Flask-CORS's names; the row of its path supplies the rest."""

    origins: Names
    methods: Names
    allow_headers: Names
    expose_headers: Names
    supports_credentials: bool
    max_age: int | timedelta


class _Mark(NamedTuple):
    options: Mapping[str, Any]
    twice: bool


# Keyed by the wrapper itself: a copy by functools.wraps is another function and has no mark.
_MARKS: "WeakKeyDictionary[Callable[..., Any], _Mark]" = WeakKeyDictionary()


def cross_origin(**options: Unpack[ViewOptions]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Give the view of one route a policy of its own.

    Write it directly below the route, above all other decorators; in a class of views last in
    `decorators`. The options are checked like those of a row when the application starts.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        mark = _Mark(options, twice=view in _MARKS)
        if isinstance(view, type):  # refused at start-up, with the fix
            _MARKS[view] = mark
            return view

        @functools.wraps(view)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            result: R = current_app.ensure_sync(view)(*args, **kwargs)
            return result

        _MARKS[wrapper] = mark
        return wrapper

    return decorate


class Views:
    """The views of an application, and the rows of those that have a policy of their own."""

    def __init__(self, app: Flask, policy: Policy) -> None:
        self._app = app
        self._policy = policy
        self._resolved: dict[tuple[str, Row], Row] = {}
        self._problems: dict[str, list[Problem]] = {}
        self._seen: dict[str, object] = {}
        self._any_own = False
        self._counts = (0, 0)

    @property
    def any_own(self) -> bool:
        """Whether any view has a policy of its own, so that routing has to be asked."""
        if self._counts != (len(self._app.view_functions), len(_MARKS)):
            self._look_again()
        return self._any_own

    def check(self) -> list[Problem]:
        """Look at all views once more, and return the problems of their policies."""
        self._seen = dict(self._app.view_functions)
        self._counts = (len(self._seen), len(_MARKS))
        self._resolved.clear()
        self._problems = {}
        for route in self._app.url_map.iter_rules():
            found = list(self._problems_of(route))
            if found:
                self._problems.setdefault(route.endpoint, []).extend(found)
        self._any_own = bool(self._problems) or bool(self.own_endpoints())
        return list(dict.fromkeys(one for found in self._problems.values() for one in found))

    def _look_again(self) -> None:
        """Check views that came, or were replaced, after the start."""
        for problem in self.check():
            LOGGER.error("%s", problem)

    def own_row(self, environ: Mapping[str, Any], method: str, row: Row) -> Row:
        """Return the row of the view that a request is for, given the row of its path."""
        endpoint = self.endpoint_of(environ, method)
        if endpoint and self._app.view_functions.get(endpoint) is not self._seen.get(endpoint):
            self._look_again()
        return self.row_for(endpoint, row)

    def row_for(self, endpoint: str | None, row: Row) -> Row:
        """Return the row of the view behind `endpoint`, whose path has `row`.

        A view whose policy has a problem, and that came after the start, trusts no origin.
        """
        if endpoint is None:
            return row
        mark, wrong = self._mark(endpoint), endpoint in self._problems
        if mark is None and not wrong:
            return row
        known = self._resolved.get((endpoint, row))
        if known is None:
            options = {"origins": "none"} if wrong or mark is None else mark.options
            known, _ = row_of_view(options, row, _subject(endpoint))
            self._resolved[endpoint, row] = known
        return known

    def own_endpoints(self) -> list[str]:
        """Return the endpoints whose views have a policy of their own."""
        return [endpoint for endpoint in self._app.view_functions if self._mark(endpoint)]

    def endpoint_of(self, environ: Mapping[str, Any], method: str) -> str | None:
        """Return the endpoint for `method` at the path of a request, if there is one.

        So it is also where the router refuses the method, or redirects to the path with or
        without a slash.
        """
        try:
            request = self._app.request_class(dict(environ))
            adapter = self._app.create_url_adapter(request)
            path = request.path
        except HTTPException:  # the host is none of the application's
            return None
        return endpoint_at(adapter, path, method)

    def _problems_of(self, route: Route) -> Iterator[Problem]:
        view = self._app.view_functions.get(route.endpoint)
        own = {id(known) for known in self._app.view_functions.values()}
        yield from _misplaced(route.endpoint, view, own)
        mark = self._mark(route.endpoint)
        if mark is None:
            return
        subject = _subject(route.endpoint)
        if mark.twice:
            fix = "write one, with the options of both"
            yield Problem(subject, None, "stands twice on one view", fix)
        rows = [row for row in self._policy.rows if may_cover(row.base, route.rule)]
        if not rows:
            base = re.match(r"(?:/[A-Za-z0-9_~-]+)*", route.rule)
            fix = f"add a row that does, such as '{base[0] if base else ''}/*'"
            yield Problem(subject, route.rule, "is covered by no row", fix)
        for row in rows:
            yield from row_of_view(mark.options, row, subject)[1]
            if not row.for_methods and covers(row.base, route.rule):
                break  # the others are less specific

    def _mark(self, endpoint: str) -> _Mark | None:
        view = self._app.view_functions.get(endpoint)
        return None if view is None else _mark_of(view)


def endpoint_at(adapter: MapAdapter | None, path: str, method: str) -> str | None:
    """Return the endpoint that a router has for a method of a path, redirects aside."""
    if adapter is None:
        return None
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
        return str(adapter.match(path, method, websocket=False)[0])
    except HTTPException:
        return None


def _subject(endpoint: str) -> str:
    return f"cross_origin on {endpoint!r}"


def _mark_of(view: object) -> _Mark | None:
    try:
        return _MARKS.get(view)  # type: ignore[call-overload, no-any-return]
    except TypeError:  # it has no weak reference or no hash, so it is none of ours
        return None


def _misplaced(endpoint: str, view: object, own: set[int]) -> Iterator[Problem]:
    """Find decorators that would have no effect, down to whatever the view wraps.

    `own` has the identities of all registered views: a marked one among them has its own route.
    """
    subject = _subject(endpoint)
    outer = list(layers(view))
    classes = [one for one in (_static(layer, "view_class") for layer in outer) if one is not None]
    inner = list(layers(*(method for cls in classes for method in _methods(cls))))
    if any(map(_is_flask_cors, outer + inner)):
        yield Problem(
            subject,
            None,
            "is Flask-CORS's own, which neither the preflight nor the guard knows",
            "write 'from flask_cors_policy import cross_origin'",
        )
    if any(_mark_of(layer) for layer in classes + inner):
        yield Problem(
            subject,
            None,
            "stands on a class or a method of it, where it has no effect",
            "write 'decorators = [cross_origin(...)]' in the class",
        )
    elif _mark_of(view) is None and any(_mark_of(one) for one in outer if id(one) not in own):
        yield Problem(
            subject,
            None,
            "stands below another decorator, functools.partial or object, which hides it",
            "write it directly below the route, or last in the decorators of a class",
        )


def layers(*views: object) -> Iterator[object]:
    """Return views and all that they wrap, each layer once."""
    found = list(views)
    for layer in found:
        yield layer
        found += [one for one in _behind(layer) if not any(one is known for known in found)]


def _behind(layer: object) -> list[object]:
    """Return what a layer wraps: as functools records, or else in its closure and attributes."""
    found: list[object] = []
    if _static(layer, "__wrapped__") is not None:
        found.append(getattr(layer, "__wrapped__", None))
    if isinstance(layer, FunctionType):
        found += map(_content, layer.__closure__ or ())
        found += (*(layer.__defaults__ or ()), *(layer.__kwdefaults__ or {}).values())
    elif isinstance(layer, MethodType):
        found.append(layer.__func__)
    elif isinstance(layer, functools.partial):
        found += (layer.func, *layer.args, *layer.keywords.values())
    else:
        found += (type(layer).__call__, *getattr(layer, "__dict__", {}).values())
    return [one for one in found if _is_layer(one)]


def _is_layer(one: object) -> bool:
    # An application that a view remembers has views of its own, and a proxy stands for anything.
    if isinstance(one, type | Scaffold | LocalProxy):
        return False
    known = isinstance(one, FunctionType | MethodType | functools.partial)
    call = getattr(type(one), "__call__", None)  # noqa: B004 - it has to be written in Python
    return known or isinstance(call, FunctionType) or _static(one, "__wrapped__") is not None


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


def _methods(cls: object) -> Sequence[object]:
    """Return what a class of views may run for a request."""
    names = ["dispatch_request", *(one.lower() for one in getattr(cls, "methods", None) or ())]
    found = [getattr(cls, name, None) for name in names]
    return [one for one in found if one is not None]


def _static(layer: object, name: str) -> object:
    """Return an attribute that is there; some objects have any that they are asked for."""
    return getattr_static(layer, name, None)


def _is_flask_cors(layer: object) -> bool:
    name = layer.__globals__.get("__name__") if isinstance(layer, FunctionType) else None
    return name == FLASK_CORS_DECORATOR
