"""Parsers of generated files; each text is parsed once, as most are alike in many projects."""

import ast
import json
import tomllib
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import yaml

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def check_syntax(name: str, text: str) -> None:
    """Parse a text as the name of its file says. Raises what the parser raises."""
    suffix = PurePosixPath(name).suffix
    if suffix == ".py":
        ast.parse(text)
    elif suffix == ".toml":
        tomllib.loads(text)
    elif suffix == ".json":
        json.loads(text)
    elif suffix in (".yaml", ".yml"):
        list(yaml.load_all(text, Loader))
