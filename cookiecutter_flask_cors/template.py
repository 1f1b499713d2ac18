"""The template's own files: its questions, its Jinja texts, the grammar it shares with projects."""

import json
import re
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import Environment

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "{{cookiecutter.project_slug}}"
EXTENSION = PROJECT / "src" / "flask_cors_policy"


def questions() -> dict[str, object]:
    """Return the prompts and their defaults; a list holds the choices."""
    return {key: value for key, value in _cookiecutter_json().items() if not key.startswith("_")}


def settings() -> dict[str, Any]:
    """Return the private keys that configure how cookiecutter renders."""
    content = _cookiecutter_json()
    return {key: value for key, value in content.items() if re.match(r"_[^_]", key)}


def syntax() -> dict[str, object]:
    """Return what starts and ends a tag in the template's files, as attributes of Jinja's."""
    environment = Environment(autoescape=False, **settings()["_jinja2_env_vars"])  # noqa: S701
    attributes = vars(environment)
    return {key: attributes[key] for key in attributes if re.search("_(string|prefix)$", key)}


def hooks() -> frozenset[str]:
    """Return the texts of the hooks."""
    return frozenset(path.read_text(encoding="utf-8") for path in (ROOT / "hooks").glob("*.py"))


def derived_defaults() -> dict[str, tuple[str, str]]:
    """Return the defaults that are Jinja, each with its key and the key asked before it."""
    content = _cookiecutter_json()
    return {
        default: (key, before)
        for before, key in pairwise(content)
        if isinstance(default := content[key], str) and "{{" in default
    }


def load(name: str) -> ModuleType:
    """Import a module of flask_cors_policy, the very file that generated projects get.

    Its package is replaced by an empty one, because the real one imports Flask. No bytecode is
    written, because cookiecutter would copy it into projects.
    """
    package = f"{__package__}.policy"
    if package not in sys.modules:
        stand_in = ModuleType(package)
        stand_in.__path__ = [str(EXTENSION)]
        sys.modules[package] = stand_in
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        return import_module(f"{package}.{name}")
    finally:
        sys.dont_write_bytecode = before


def _cookiecutter_json() -> dict[str, object]:
    text = (ROOT / "cookiecutter.json").read_text(encoding="utf-8")
    content: dict[str, object] = json.loads(text)
    return content
