"""The template itself: its questions, its own Jinja texts, the module it shares with projects."""

import json
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "{{cookiecutter.project_slug}}"
ORIGINS = PROJECT / "src" / "{{cookiecutter.package_name}}" / "cors" / "origins.py"


def questions() -> dict[str, object]:
    """Return the prompts and their defaults; a list holds the choices."""
    return {key: value for key, value in _cookiecutter_json().items() if not key.startswith("_")}


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
