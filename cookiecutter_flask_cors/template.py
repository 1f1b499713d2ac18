"""The template itself: its questions, its own Jinja texts, the module it shares with projects."""

import json
import re
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import Environment

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "{{cookiecutter.project_slug}}"
ORIGINS = PROJECT / "src" / "{{cookiecutter.package_name}}" / "cors" / "origins.py"


def questions() -> dict[str, object]:
    """Return the prompts and their defaults; a list holds the choices."""
    return {key: value for key, value in _cookiecutter_json().items() if not key.startswith("_")}


def settings() -> dict[str, Any]:
    """Return the private keys that tell cookiecutter how to render."""
    return {key: it for key, it in _cookiecutter_json().items() if re.match(r"_[^_]", key)}


def syntax() -> dict[str, object]:
    """Return what starts and ends a tag in the template's files, as attributes of Jinja's."""
    environment = Environment(autoescape=False, **settings()["_jinja2_env_vars"])  # noqa: S701
    return {key: it for key, it in vars(environment).items() if re.search("_(string|prefix)$", key)}


def own_texts() -> frozenset[str]:
    """Return the texts that cookiecutter renders without a name and that are the template's."""
    texts = {path.read_text(encoding="utf-8") for path in (ROOT / "hooks").glob("*.py")}
    for value in _cookiecutter_json().values():
        texts.update(
            it for it in (value if isinstance(value, list) else [value]) if isinstance(it, str)
        )
    return frozenset(texts)


def load_origins() -> ModuleType:
    """Import the grammar of origins, the very file that generated projects ship."""
    name = f"{__package__}.origins"
    if name in sys.modules:
        return sys.modules[name]
    module = sys.modules[name] = ModuleType(name)
    writes_none, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:  # a __pycache__ next to the file would be copied into every project
        SourceFileLoader(name, str(ORIGINS)).exec_module(module)
    finally:
        sys.dont_write_bytecode = writes_none
    return module


def _cookiecutter_json() -> dict[str, object]:
    text = (ROOT / "cookiecutter.json").read_text(encoding="utf-8")
    content: dict[str, object] = json.loads(text)
    return content
