"""Plain Flask-CORS in an application: what it grants, and how its options are written.

Flask-CORS keeps its resolved options in the function that it registers with `after_request`, and
those of its decorator in the function that it returns. What was misspelt is lost there, so the
calls themselves are read from the application's modules. Options that are built at run time, from
anything but literals and names of the module, cannot be seen there.
"""

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import flask_cors
from flask import Flask
from flask_cors.core import CONFIG_OPTIONS, get_cors_options
from werkzeug.routing import Rule as Route

from .._decorator import FLASK_CORS_DECORATOR, unwrapped
from .source import is_installed, module_of, name_of, shown_path

FLASK_CORS_EXTENSION = "flask_cors.extension"
EVERY_ORIGIN = ".*"  # what Flask-CORS makes of `*`

_CONVERTERS = re.compile(r"<[^>]*>")
_FACTORIES = ("CORS", "cross_origin")
_ENVIRON = ("environ", "os.environ")
_GETTERS = ("environ.get", "os.environ.get", "getenv", "os.getenv")
_READERS = ("get", "pop", "setdefault", "get_namespace")  # of app.config
SPREAD = "**"  # the name of options that are known at run time only


class Unknown(NamedTuple):
    """The value of an expression that is known at run time only."""

    text: str  # the expression
    is_variable: bool  # whether it reads an environment variable, which is always text


@dataclass(frozen=True, eq=False)
class Grant:
    """What Flask-CORS grants at some paths, or at one view."""

    place: str  # of the CORS(...) or cross_origin(...)
    options: Any  # Flask-CORS's own, resolved
    path: object = None  # a pattern or a literal; None for a view
    endpoint: str | None = None  # None for paths
    blueprint: str | None = None

    @property
    def subject(self) -> str:
        """Where its options are written."""
        return self.place if self.endpoint else f"{self.place} {self.pattern!r}"

    @property
    def every_origin(self) -> bool:
        """Whether its origins are `*`."""
        return bool(self.options.allow_all_origins)

    @property
    def patterns(self) -> list[re.Pattern[str]]:
        """Its origins that are regular expressions, `*` left out."""
        found = [one for one in self.options.origins if isinstance(one, re.Pattern)]
        return [one for one in found if one.pattern != EVERY_ORIGIN]

    @property
    def literals(self) -> list[object]:
        """Its origins that are compared as they are."""
        return [one for one in self.options.origins if not isinstance(one, re.Pattern)]

    def matches(self, path: str) -> bool:
        """Return whether Flask-CORS takes a path for one of this grant's."""
        if isinstance(self.path, re.Pattern):
            return bool(self.path.match(path))
        return self.path == path

    def is_about(self, route: Route) -> bool:
        """Return whether this is about a route, whatever other grants are."""
        if self.endpoint is not None:
            return bool(self.endpoint == route.endpoint)
        if self.blueprint and not f"{route.endpoint}.".startswith(f"{self.blueprint}."):
            return False
        return self.matches(sample_of(route))

    @property
    def pattern(self) -> str:
        """The text of its path."""
        return str(getattr(self.path, "pattern", self.path))


class Call(NamedTuple):
    """A call of Flask-CORS in the source: where it stands, and its options as written."""

    where: str
    name: str  # "CORS" or "cross_origin"
    options: Mapping[str, object]
    inert: bool  # a decorator above the route, which registers the view before it


class FlaskCors:
    """Plain Flask-CORS in one application."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    @cached_property
    def registrations(self) -> list[tuple[str, str | None, FunctionType]]:
        """Each CORS(...): its place, the blueprint if there is one, and the function behind it."""
        return [
            (f"CORS(blueprint '{name}')" if name else "CORS(app)", name, one)
            for name, functions in self.app.after_request_funcs.items()
            for one in functions
            if isinstance(one, FunctionType) and module_of(one) == FLASK_CORS_EXTENSION
        ]

    @cached_property
    def grants(self) -> list[Grant]:
        """What is granted: by views first, then by resources in the order of Flask-CORS."""
        found = [
            Grant(f"cross_origin on '{endpoint}'", options, endpoint=endpoint)
            for endpoint, options in self._options_of_views()
        ]
        for place, blueprint, function in self.registrations:
            resources = inspect.getclosurevars(function).nonlocals.get("resources", ())
            found += [Grant(place, options, path, None, blueprint) for path, options in resources]
        return found

    def grants_of(self, route: Route) -> Iterator[Grant]:
        """Return the grants that decide on a route: the first of each CORS(...), or the view's."""
        own = [one for one in self.grants if one.endpoint == route.endpoint]
        yield from own[:1]
        seen: set[str] = set()
        for grant in self.grants if not own else ():
            if grant.place not in seen and grant.is_about(route):
                seen.add(grant.place)
                yield grant

    @cached_property
    def calls(self) -> list[Call]:
        """Every call of Flask-CORS in the application's own modules."""
        return [call for scope in self._scopes for call in scope.calls()]

    @cached_property
    def unread_settings(self) -> list[str]:
        """The CORS_ settings that neither Flask-CORS nor the application's own modules read."""
        read = {name for scope in self._scopes for name in scope.settings()}
        prefixes = tuple(name for name in read if name.endswith("_"))  # of get_namespace()
        return [
            name
            for name in self.app.config
            if name.startswith("CORS_")
            and name not in (*CONFIG_OPTIONS, *read)
            and not name.startswith(prefixes)
        ]

    @property
    def unseen(self) -> list[str]:
        """What could not be read of how the options are written."""
        if self.registrations and not any(call.name == "CORS" for call in self.calls):
            return ["the call of CORS(...), so a misspelt option in it would not be found"]
        return [
            f"{call.where} {'' if name == SPREAD else 'resources='}{value.text}, which is known at "
            "run time only"
            for call in self.calls
            for name, value in call.options.items()
            if isinstance(value, Unknown) and name in ("resources", SPREAD)
        ]

    def _options_of_views(self) -> Iterator[tuple[str, Any]]:
        for endpoint, view in self.app.view_functions.items():
            for function in unwrapped(view):
                if (
                    isinstance(function, FunctionType)
                    and module_of(function) == FLASK_CORS_DECORATOR
                ):
                    given = inspect.getclosurevars(function).nonlocals.get("_options")
                    if given is not None:
                        yield endpoint, get_cors_options(self.app, given)
                        break

    @cached_property
    def _scopes(self) -> list["_Scope"]:
        return [scope for module in self._modules() if (scope := _scope_of(module))]

    def _modules(self) -> Iterator[ModuleType]:
        package = self.app.import_name.partition(".")[0]
        views = {
            module_of(function)
            for view in self.app.view_functions.values()
            for function in unwrapped(view)
            if isinstance(function, FunctionType)
        }
        for name, module in sorted(sys.modules.items()):
            file = getattr(module, "__file__", None)
            own = name == package or name.startswith(f"{package}.")
            if file and (own or (name in views and _is_own_module(name, file))):
                yield module


def sample_of(route: Route) -> str:
    """Return a path that a route takes."""
    return _CONVERTERS.sub("1", route.rule)


def _is_own_module(name: str, file: str) -> bool:
    top = name.partition(".")[0]
    return not is_installed(file) and top not in (*sys.stdlib_module_names, "flask_cors_policy")


def _scope_of(module: ModuleType) -> "_Scope | None":
    try:
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    except (OSError, SyntaxError, UnicodeError):  # compiled, or made at run time
        return None
    return _Scope(module, tree)


class _Scope:
    """The names of a module, with their values where they are known."""

    def __init__(self, module: ModuleType, tree: ast.Module) -> None:
        self.module = module
        self.nodes = list(ast.walk(tree))
        self.aliases: dict[str, str] = {}  # local name -> "flask_cors", "CORS", "cross_origin"
        self.assigned: dict[str, list[ast.expr]] = {}
        for node in self.nodes:
            if isinstance(node, ast.ImportFrom) and node.module == "flask_cors":
                self.aliases |= {one.asname or one.name: one.name for one in node.names}
            elif isinstance(node, ast.Import):
                known = [one for one in node.names if one.name == "flask_cors"]
                self.aliases |= {one.asname or one.name: one.name for one in known}
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    self.assigned.setdefault(name_of(target), []).append(node.value)

    def calls(self) -> Iterator[Call]:
        """Return the calls of Flask-CORS, in the order of the lines."""
        file = shown_path(str(self.module.__file__))
        inert = {id(node) for node in self.inert_decorators()}
        for node in self.nodes:
            if isinstance(node, ast.Call) and (name := self.factory(node.func)):
                yield Call(f"{file}:{node.lineno}", name, self.options(node), id(node) in inert)

    def settings(self) -> Iterator[str]:
        """Return the keys that the module reads of a mapping such as `app.config`, or of a class.

        Variables of the environment are no settings.
        """
        for node in self.nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                yield node.attr
            elif isinstance(node, ast.Call) and self.factory(node.func):
                yield from (one.id for one in ast.walk(node) if isinstance(one, ast.Name))
            elif isinstance(key := _key_read(node), ast.Constant) and not _is_variable(node):
                yield str(key.value)

    def factory(self, function: ast.expr) -> str | None:
        """Return `CORS` or `cross_origin` if that is what a call is of."""
        if isinstance(function, ast.Name):
            name = self.aliases.get(function.id)
            return name if name in _FACTORIES else None
        if not isinstance(function, ast.Attribute):
            return None
        holder = name_of(function.value)
        if function.attr in _FACTORIES and self.aliases.get(holder) == "flask_cors":
            return function.attr
        if function.attr == "init_app" and self._is_extension(holder):
            return "CORS"
        return None

    def options(self, call: ast.Call) -> dict[str, object]:
        """Return the options of a call by name; those of `**options` as far as they are known."""
        found: dict[str, object] = {}
        for keyword in call.keywords:
            value = self.value(keyword.value)
            if keyword.arg:
                found[keyword.arg] = value
            elif isinstance(value, dict):
                found |= value
            else:
                found[SPREAD] = value
        return found

    def value(self, node: ast.expr) -> object:
        """Return the value of an expression, Unknown where it is none of text and names."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            return {self._key(key): self.value(one) for key, one in pairs if key}
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return [self.value(one) for one in node.elts]
        if isinstance(node, ast.Name):
            values = self.assigned.get(node.id, [])
            if len(values) == 1 and not isinstance(values[0], ast.Name):
                return self.value(values[0])
            return getattr(self.module, node.id, Unknown(node.id, is_variable=False))
        if isinstance(node, ast.Call) and name_of(node.func) == "dict" and not node.args:
            return self.options(node)
        return Unknown(ast.unparse(node), _is_variable(node))

    def inert_decorators(self) -> Iterator[ast.expr]:
        """Find `cross_origin` above a route, which then registers the view without it."""
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                decorators = node.decorator_list
                routes = [i for i, one in enumerate(decorators) if _is_route(one)]
                for one in decorators[: routes[-1]] if routes else ():
                    if isinstance(one, ast.Call) and self.factory(one.func) == "cross_origin":
                        yield one

    def _key(self, node: ast.expr) -> object:
        value = self.value(node)
        return value if isinstance(value, str) else ast.unparse(node)

    def _is_extension(self, name: str) -> bool:
        """Return whether a name stands for an instance of Flask-CORS's CORS."""
        if isinstance(getattr(self.module, name, None), flask_cors.CORS):
            return True
        values = self.assigned.get(name, [])
        return any(isinstance(one, ast.Call) and self.factory(one.func) == "CORS" for one in values)


def _key_read(node: ast.AST) -> ast.AST | None:
    """Return the key where something is read out of a mapping."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        return node.slice
    if isinstance(node, ast.Call) and name_of(node.func) in _READERS and node.args:
        return node.args[0]
    return None


def _is_variable(node: ast.AST) -> bool:
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.value) in _ENVIRON
    return isinstance(node, ast.Call) and ast.unparse(node.func) in _GETTERS


def _is_route(decorator: ast.expr) -> bool:
    names = ("route", "get", "post", "put", "patch", "delete")
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in names
    )
