"""The code of a function as a syntax tree: what it does, without calling it."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType


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
