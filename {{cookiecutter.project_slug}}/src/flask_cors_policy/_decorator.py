"""`cross_origin`, and the places where it has no effect."""

import functools
import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from inspect import getattr_static, unwrap
from types import CellType, FrameType, FunctionType, GeneratorType, MethodType
from typing import Any, TypedDict, TypeVar, Unpack, cast
from weakref import WeakKeyDictionary, WeakSet

from flask import current_app, has_request_context, request
from flask.sansio.scaffold import Scaffold
from werkzeug.local import LocalProxy

from ._guard import is_cross_origin_page
from ._options import Names
from ._problems import Problem

V = TypeVar("V", bound=Callable[..., Any])

NAME = "flask_cors_policy"  # of the extension in app.extensions
FLASK_CORS_DECORATOR = "flask_cors.decorator"
A_ROW = "write a row for its path in its place"
WITHOUT_CORS = "write CORS(app, resources={'/*': {'origins': 'none'}}) behind the last view"


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
# The wrappers by each function in them.
_WRAPPERS: "WeakKeyDictionary[FunctionType, WeakSet[Any]]" = WeakKeyDictionary()
# What `cross_origin(...)` returns, as it stands in lists of decorators.
_DECORATORS: "WeakSet[Callable[..., Any]]" = WeakSet()


def cross_origin(**options: Unpack[ViewOptions]) -> Callable[[V], V]:
    """Give the view of one route a policy of its own.

    Write it directly below the route, above all other decorators; in a class of views last in
    `decorators`. The options are checked like those of a row when the application starts.
    """

    def decorate(view: V) -> V:
        if isinstance(view, type):  # refused at start-up, with the fix
            _OPTIONS[view] = options
            return view

        @functools.wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            _check_is_view(wrapper)
            return current_app.ensure_sync(view)(*args, **kwargs)

        _OPTIONS[wrapper] = options
        inner: object = view
        while isinstance(inner, FunctionType) and wrapper not in _WRAPPERS.get(inner, ()):
            _WRAPPERS.setdefault(inner, WeakSet()).add(wrapper)
            inner = getattr(inner, "__wrapped__", None)
        return cast("V", wrapper)

    _DECORATORS.add(decorate)
    return decorate


def _check_is_view(wrapper: Callable[..., object]) -> None:
    """Raise RuntimeError where a page reaches a decorated function whose policy is not in force.

    The start finds a decorator that another one hides, and not a function in a dictionary; and no
    start looks at all where no CORS is installed.
    """
    if not has_request_context() or not is_cross_origin_page(request.environ):
        return
    views = current_app.view_functions
    if NAME not in current_app.extensions:
        reason, fix = "this application has no CORS(...)", WITHOUT_CORS
    elif not any(one is wrapper for one in views.values()):
        reason, fix = "that is the view of no route", "write it directly below the route"
    else:
        return
    name = getattr(wrapper, "__qualname__", repr(wrapper))
    raise RuntimeError(f"cross_origin on {name} has no effect, as {reason}; {fix}")


def options_of(view: object) -> Mapping[str, Any] | None:
    """Return the options of a view with `cross_origin`, and None for any other object."""
    try:
        return _OPTIONS.get(view)  # type: ignore[call-overload, no-any-return]
    except TypeError:  # it has no weak reference or no hash, so it is none of ours
        return None


def misplaced(subject: str, view: object, registered: set[int]) -> Iterator[Problem]:
    """Find decorators that would have no effect, down to whatever the view wraps.

    `registered` has the identities of all views: each of these has a route of its own.
    """
    if _is_decorated_in_vain(view, registered):
        reason = "stands above the route, where it has no effect"
        yield Problem(subject, None, reason, "write it directly below the route")
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
    hidden = [one for one in outer if id(one) not in registered and options_of(one) is not None]
    if any(options_of(one) is not None for one in classes + inner) or any(
        map(_of_methods, classes)
    ):
        reason = "stands on a class or a method of it, where it has no effect"
        fix = "write 'decorators = [cross_origin(...)]' in the class"
        yield Problem(subject, None, reason, A_ROW if _is_wrapped(view, classes) else fix)
    elif hidden and options_of(view) is not None:
        fix = "write one, with the options of both"
        yield Problem(subject, None, "stands twice on one view", fix)
    elif hidden and any(map(_ends_with_cross_origin, classes)):
        yield Problem(subject, None, "is hidden by what a library wraps around the class", A_ROW)
    elif hidden:
        reason = "stands below another decorator, functools.partial or object, which hides it"
        fix = "write it directly below the route, last in the decorators of a class, or as a row"
        yield Problem(subject, None, reason, fix)


def _is_wrapped(view: object, classes: Sequence[object]) -> bool:
    """Return whether something other than the decorators of a class is around its `as_view()`.

    Flask-RESTful and Flask-RESTX wrap each, so that no decorator of the class is outermost.
    """
    plain = isinstance(view, FunctionType) and view.__globals__.get("__name__") == "flask.views"
    return not plain and not any(getattr(one, "decorators", ()) for one in classes)


def _ends_with_cross_origin(cls: object) -> bool:
    decorators = getattr(cls, "decorators", None)
    return isinstance(decorators, list | tuple) and any(map(_is_ours, decorators[-1:]))


def _of_methods(cls: object) -> bool:
    """Return whether `cross_origin` is among what Flask-RESTful wraps around each method."""
    found = getattr(cls, "method_decorators", None)
    lists = found.values() if isinstance(found, Mapping) else [found]
    return any(any(map(_is_ours, one)) for one in lists if isinstance(one, list | tuple))


def _is_ours(decorator: object) -> bool:
    return isinstance(decorator, FunctionType) and decorator in _DECORATORS


def _is_decorated_in_vain(view: object, registered: set[int]) -> bool:
    """Return whether `cross_origin` has wrapped a view too late for any route.

    In `@cross_origin()` above `@app.route()` the route has got the view before the wrapper is
    made. A module then keeps the wrapper under the name of the view; in a factory nothing does.
    """
    known = _WRAPPERS.get(view) if isinstance(view, FunctionType) else None
    if known is None or any(id(one) in registered for one in known):
        return False
    name, wrappers = getattr(view, "__qualname__", ""), [*known]
    if "<locals>" in name:
        return not any(_is_kept(one, wrappers) for one in wrappers)
    named = getattr(unwrap(view), "__globals__", {}).get(name)  # type: ignore[arg-type]
    return any(one is wrapper for one in unwrapped(named) for wrapper in wrappers)


def _is_kept(wrapper: Any, wrappers: list[Any]) -> bool:
    """Return whether anything keeps a wrapper, other than local variables and itself.

    Another application may have it as a view of its own.
    """
    ours = {id(wrappers), *map(id, wrapper.__closure__)}
    holders = gc.get_referrers(wrapper)
    running = (FrameType, GeneratorType)
    return any(id(one) not in ours and not isinstance(one, running) for one in holders)


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
