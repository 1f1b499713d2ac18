"""Which functions run when one is called, as far as their text shows it."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

from .source import Source

INSTALLED = {"site-packages", "dist-packages"}


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
