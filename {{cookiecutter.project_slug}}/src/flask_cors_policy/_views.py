"""Views with a policy of their own: `@cross_origin(...)` directly below the route."""

import functools
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from inspect import getattr_static, unwrap
from types import CellType, FunctionType, MethodType
from typing import Any, ParamSpec, TypedDict, TypeVar, Unpack
from weakref import WeakKeyDictionary

from flask import Flask, current_app, has_request_context, request
from flask.sansio.scaffold import Scaffold
from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy
from werkzeug.routing import MapAdapter
from werkzeug.routing import Rule as Route

from ._guard import is_cross_origin_page
from ._options import Names
from ._problems import Problem, quoted
from ._table import Policy, Row, covers, may_cover, plain_beginning, row_of_view

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


# The options by the wrapper itself: a copy by functools.wraps is another function and has none.
_OPTIONS: "WeakKeyDictionary[Callable[..., Any], Mapping[str, Any]]" = WeakKeyDictionary()


def cross_origin(**options: Unpack[ViewOptions]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Give the view of one route a policy of its own.

    Write it directly below the route, above all other decorators; in a class of views last in
    `decorators`. The options are checked like those of a row when the application starts.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        if isinstance(view, type):  # refused at start-up, with the fix
            _OPTIONS[view] = options
            return view

        @functools.wraps(view)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            _check_is_view(wrapper)
            result: R = current_app.ensure_sync(view)(*args, **kwargs)
            return result

        _OPTIONS[wrapper] = options
        return wrapper

    return decorate


def _check_is_view(wrapper: Callable[..., object]) -> None:
    """Raise RuntimeError where a page reaches a decorated function that no route has.

    The start finds a decorator that another one hides, and not a function in a dictionary. The
    policy of such a function is not in force, so the page gets nothing from it.
    """
    views = current_app.view_functions
    if not has_request_context() or views.get(request.endpoint or "") is wrapper:
        return
    if is_cross_origin_page(request.environ) and not any(one is wrapper for one in views.values()):
        name = getattr(wrapper, "__qualname__", repr(wrapper))
        raise RuntimeError(
            f"cross_origin on {name} has no effect, as that is the view of no route; "
            "write it directly below the route"
        )


class Views:
    """The views of an application, and the rows of those that have a policy of their own."""

    def __init__(self, app: Flask, policy: Policy, mounts: Sequence[str] = ()) -> None:
        self.app = app
        self._mounts = mounts  # paths of other applications, whose views are not known
        self.own_paths: tuple[str, ...] = ()  # where views with a policy of their own begin
        self.count = -1  # of the views, when a request last looked at them
        self._policy = policy
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
        for route in self.app.url_map.iter_rules():
            found = list(self._problems_of(route, registered))
            if found:
                problems.setdefault(route.endpoint, []).extend(found)
            if found or _options_of(seen.get(route.endpoint)) is not None:
                own_paths.add(_beginning(route))
        self._problems, self._resolved = problems, {}
        self.own_paths = tuple(own_paths)
        self._seen = seen  # last, as another thread that finds it relies on the rest
        return list(dict.fromkeys(one for found in problems.values() for one in found))

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
            return self._resolve("(unknown)", {"origins": "none"}, row)
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
            return self._resolve(endpoint, {"origins": "none"}, row)
        options = _options_of(self.app.view_functions.get(endpoint))
        return row if options is None else self._resolve(endpoint, options, row)

    def _resolve(self, endpoint: str, options: Mapping[str, Any], row: Row) -> Row:
        known = self._resolved.get((endpoint, row))
        if known is None:
            known, _ = row_of_view(options, row, _subject(endpoint))
            self._resolved[endpoint, row] = known
        return known

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
        yield from _misplaced(route.endpoint, view, registered)
        if _has_a_decorated_copy(view, registered):
            fix = "write it directly below the route"
            reason = "stands above the route, where it has no effect"
            yield Problem(_subject(route.endpoint), None, reason, fix)
        options = _options_of(view)
        if options is None:
            return
        subject = _subject(route.endpoint)
        rows = [row for row in self._policy.rows if may_cover(row.base, route.rule)]
        if not rows:
            fix = f"add a row that does, such as '{plain_beginning(route.rule)}/*'"
            yield Problem(subject, route.rule, "is covered by no row", fix)
        for row in rows:
            yield from row_of_view(options, row, subject)[1]
            if not row.for_methods and covers(row.base, route.rule):
                break  # the others are less specific


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
    except HTTPException:
        return None


def _subject(endpoint: str) -> str:
    return f"cross_origin on {endpoint!r}"


def _options_of(view: object) -> Mapping[str, Any] | None:
    """Return the options of a view with `cross_origin`, and None for any other object."""
    try:
        return _OPTIONS.get(view)  # type: ignore[call-overload, no-any-return]
    except TypeError:  # it has no weak reference or no hash, so it is none of ours
        return None


def _misplaced(endpoint: str, view: object, registered: set[int]) -> Iterator[Problem]:
    """Find decorators that would have no effect, down to whatever the view wraps.

    `registered` has the identities of all views: each of these has a route of its own.
    """
    subject = _subject(endpoint)
    outer = list(unwrapped(view))
    classes = [
        one for one in (_static(holder, "view_class") for holder in outer) if one is not None
    ]
    inner = list(unwrapped(*(method for cls in classes for method in _methods(cls))))
    if any(map(_is_flask_cors, outer + inner)):
        yield Problem(
            subject,
            None,
            "is Flask-CORS's own, which neither the preflight nor the guard knows",
            "write 'from flask_cors_policy import cross_origin'",
        )
    hidden = [one for one in outer if id(one) not in registered and _options_of(one) is not None]
    if any(_options_of(holder) is not None for holder in classes + inner):
        yield Problem(
            subject,
            None,
            "stands on a class or a method of it, where it has no effect",
            "write 'decorators = [cross_origin(...)]' in the class",
        )
    elif hidden and _options_of(view) is not None:
        fix = "write one, with the options of both"
        yield Problem(subject, None, "stands twice on one view", fix)
    elif hidden:
        yield Problem(
            subject,
            None,
            "stands below another decorator, functools.partial or object, which hides it",
            "write it directly below the route, last in the decorators of a class, or as a row",
        )


def _has_a_decorated_copy(view: object, registered: set[int]) -> bool:
    """Return whether the name of a view in its module is the view in a decorator, without a route.

    In `@cross_origin()` above `@app.route()` the route has got the view before the decorator.
    """
    if not isinstance(view, FunctionType):
        return False
    copy = getattr(unwrap(view), "__globals__", {}).get(view.__name__)
    if id(copy) in registered or _options_of(copy) is None:
        return False
    return getattr(copy, "__wrapped__", None) is view


def unwrapped(*views: object) -> Iterator[object]:
    """Return views and all that they wrap, each object once."""
    found = list(views)
    for holder in found:
        yield holder
        found += [one for one in _behind(holder) if not any(one is known for known in found)]


def _behind(holder: object) -> list[object]:
    """Return what an object wraps: as functools records, or else in its closure and attributes."""
    found: list[object] = []
    if _static(holder, "__wrapped__") is not None:
        found.append(getattr(holder, "__wrapped__", None))
    if isinstance(holder, FunctionType):
        found += map(content, holder.__closure__ or ())
        found += (*(holder.__defaults__ or ()), *(holder.__kwdefaults__ or {}).values())
    elif isinstance(holder, MethodType):
        found.append(holder.__func__)
    elif isinstance(holder, functools.partial):
        found += (holder.func, *holder.args, *holder.keywords.values())
    else:
        found += (type(holder).__call__, *getattr(holder, "__dict__", {}).values())
    return [one for one in found if _may_hold(one)]


def _may_hold(one: object) -> bool:
    # An application that a view remembers has views of its own, and a proxy stands for anything.
    if isinstance(one, type | Scaffold | LocalProxy):
        return False
    known = isinstance(one, FunctionType | MethodType | functools.partial)
    call = getattr(type(one), "__call__", None)  # noqa: B004 - it has to be written in Python
    return known or isinstance(call, FunctionType) or _static(one, "__wrapped__") is not None


def content(cell: CellType) -> object:
    """Return what a variable of a closure stands for; None if it has no value yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _methods(cls: object) -> Sequence[object]:
    """Return what a class of views may run for a request."""
    names = ["dispatch_request", *(one.lower() for one in getattr(cls, "methods", None) or ())]
    found = [getattr(cls, name, None) for name in names]
    return [one for one in found if one is not None]


def _static(holder: object, name: str) -> object:
    """Return an attribute that is there; some objects have any that they are asked for."""
    return getattr_static(holder, name, None)


def _is_flask_cors(holder: object) -> bool:
    name = holder.__globals__.get("__name__") if isinstance(holder, FunctionType) else None
    return name == FLASK_CORS_DECORATOR
