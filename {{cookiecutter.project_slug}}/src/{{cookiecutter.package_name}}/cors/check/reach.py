"""Which functions run when one is called, as far as their text shows it."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

from ..layers import behind, static
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
        waiting += behind(found) + _methods(found)
        if not isinstance(found, FunctionType) or not _own(found, package):
            continue
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(found.__code__)))
        except (OSError, SyntaxError, TypeError):  # made at run time, or a lambda inside a call
            continue
        yield (source := Source(found, tree))
        waiting += _called(source)


def _methods(found: object) -> list[object]:
    """Return the functions of a class of views, whichever of them a request needs."""
    classes = getattr(static(found, "view_class"), "__mro__", ())
    return [it for cls in classes for it in vars(cls).values() if isinstance(it, FunctionType)]


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
