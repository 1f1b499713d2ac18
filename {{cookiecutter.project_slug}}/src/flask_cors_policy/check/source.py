"""The code of views as syntax trees: what they do, without calling them."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import FunctionType
from typing import Any

from .._decorator import unwrapped

OURS = __package__.partition(".")[0]
_INSTALLED = {"site-packages", "dist-packages"}


@dataclass(frozen=True)
class Source:
    """The code of one function."""

    function: FunctionType
    tree: ast.AST

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.function.__code__.co_name

    @property
    def where(self) -> str:
        """Its file and first line."""
        code = self.function.__code__
        return f"{shown_path(code.co_filename)}:{code.co_firstlineno}"

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree."""
        return tuple(ast.walk(self.tree))

    def value(self, node: ast.AST) -> object:
        """Return what a name of the module, or a literal, stands for; None for anything else."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            code = self.function.__code__
            local = node.id in (*code.co_varnames, *code.co_cellvars, *code.co_freevars)
            return None if local else self.function.__globals__.get(node.id)
        if isinstance(node, ast.Attribute) and inspect.ismodule(module := self.value(node.value)):
            return getattr(module, node.attr, None)
        return None

    def calls(self, name: str) -> Iterator[dict[str | None, object]]:
        """Return the arguments of each call to something of this name, positions as text."""
        for node in self.nodes:
            if isinstance(node, ast.Call) and name_of(node.func) == name:
                arguments: dict[str | None, object] = {
                    keyword.arg: self.value(keyword.value) for keyword in node.keywords
                }
                yield arguments | {str(i): self.value(one) for i, one in enumerate(node.args)}


def sources(function: Callable[..., Any] | None, package: str) -> Iterator[Source]:
    """Return the code of a function, of what it wraps, and of the own functions that it calls.

    What is installed is left out, unless it belongs to `package`.
    """
    waiting: list[object] = [function]
    seen: set[int] = set()
    while waiting:
        first = waiting.pop()
        for found in unwrapped(first, *_methods_of_class(first)):
            if id(found) in seen:
                continue
            seen.add(id(found))
            if not isinstance(found, FunctionType) or not is_own(found, package):
                continue
            source = _source_of(found)
            if source:
                yield source
                waiting += _called(source, package)


def is_own(function: FunctionType, package: str) -> bool:
    """Return whether the application's owner has written a function."""
    top = module_of(function).partition(".")[0]
    if top == OURS or top in sys.stdlib_module_names:
        return False
    return top == package or not is_installed(function.__code__.co_filename)


def is_installed(file: str) -> bool:
    """Return whether a file belongs to an installed distribution."""
    return bool(_INSTALLED & set(Path(file).parts))


def module_of(function: FunctionType) -> str:
    """Return the module of a function's code; `__module__` may be that of what it wraps."""
    return str(function.__globals__.get("__name__", ""))


def name_of(node: ast.AST) -> str:
    """Return the last name of `a`, `x.a` or `x.y.a`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def shown_path(name: str) -> str:
    """Return a file's name, from the current folder where it is below."""
    path = Path(name)
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return shown.as_posix()


def _source_of(function: FunctionType) -> Source | None:
    try:
        text = textwrap.dedent(inspect.getsource(function.__code__))
        return Source(function, ast.parse(text))
    except (OSError, SyntaxError, TypeError):  # made at run time, or a lambda inside a call
        return None


def _methods_of_class(view: object) -> list[FunctionType]:
    """Return the functions of a class of views, as a request may need any of them."""
    classes = getattr(inspect.getattr_static(view, "view_class", None), "__mro__", ())
    return [one for cls in classes for one in vars(cls).values() if isinstance(one, FunctionType)]


def _called(source: Source, package: str) -> Iterator[FunctionType]:
    for node in source.nodes:
        if isinstance(node, ast.Call):
            value = source.value(node.func)
            if isinstance(value, FunctionType) and is_own(value, package):
                yield value
