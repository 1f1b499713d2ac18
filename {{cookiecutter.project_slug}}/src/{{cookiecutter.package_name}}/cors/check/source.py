"""The code of functions, as syntax trees: what a view does, without calling it."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

INSTALLED = {"site-packages", "dist-packages"}


@dataclass(frozen=True)
class Source:
    """The code of one function."""

    function: FunctionType
    tree: ast.AST

    @property
    def module(self) -> str:
        """The name of its module."""
        return self.function.__module__

    @property
    def where(self) -> str:
        """Its file and first line."""
        path = Path(self.function.__code__.co_filename)
        shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        return f"{shown.as_posix()}:{self.function.__code__.co_firstlineno}"

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

    def calls(self, method: str) -> Iterator[dict[str | None, object]]:
        """Return the arguments by name of each call to something of this name."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and name_of(node.func) == method:
                arguments: dict[str | None, object] = {
                    it.arg: self.value(it.value) for it in node.keywords
                }
                yield arguments | {str(i): self.value(it) for i, it in enumerate(node.args)}


def name_of(node: ast.AST) -> str:
    """Return the last name of `a`, `x.a` or `x.y.a`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def sources(function: Callable[..., Any] | None, package: str) -> Iterator[Source]:
    """Return the code of a function, of what it wraps, and of the project's own that it calls.

    What is installed is nobody's business here, unless it is `package`.
    """
    waiting: list[object] = [function]
    seen: set[int] = set()
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        waiting += _behind(found)
        if not isinstance(found, FunctionType) or not _own(found, package):
            continue
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(found.__code__)))
        except (OSError, SyntaxError, TypeError):  # made at run time, or a lambda inside a call
            continue
        yield (source := Source(found, tree))
        waiting += _called(source)


def _behind(found: object) -> list[Any]:
    """Return what stands behind a decorated function, a partial one, a method or a class."""
    behind = [getattr(found, "__wrapped__", None), getattr(found, "__func__", None)]
    if isinstance(found, partial):
        behind.append(found.func)
    for cls in getattr(getattr(found, "view_class", None), "__mro__", ()):
        behind += [it for it in vars(cls).values() if isinstance(it, FunctionType)]
    for cell in getattr(found, "__closure__", None) or ():
        try:
            behind.append(cell.cell_contents)
        except ValueError:  # not filled yet
            continue
    return [it for it in behind if isinstance(it, FunctionType) and it is not found]


def _called(source: Source) -> Iterator[FunctionType]:
    package = source.module.partition(".")[0]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            value = source.value(node.func)
            if isinstance(value, FunctionType) and value.__module__.startswith(package):
                yield value


def _own(function: FunctionType, package: str) -> bool:
    installed = INSTALLED & set(Path(function.__code__.co_filename).parts)
    return not installed or function.__module__.partition(".")[0] == package
