"""Hatchling's hooks: in the repository the package stands in the template, in an sdist in `src`."""

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

HERE = Path(__file__).parent
NAME = "flask_cors_policy"
TEMPLATE = HERE.parent / "{{cookiecutter.project_slug}}" / "src" / NAME
LEFT_OUT = ("README.md", "__pycache__")  # the README is for generated projects


class Version(MetadataHookInterface):
    """Read the version that the package states."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the version of the distribution."""
        file = (TEMPLATE if TEMPLATE.is_dir() else HERE / "src" / NAME) / "__init__.py"
        found = re.search(r'^__version__ = "(.+)"$', file.read_text("utf-8"), re.MULTILINE)
        if not found:
            raise ValueError(f"{file} states no __version__")
        metadata["version"] = found[1]


class Package(BuildHookInterface[Any]):
    """Include the package from the template; `packages` in pyproject.toml finds it in an sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Include a copy, or refer to the template in an editable install."""
        if not TEMPLATE.is_dir():
            return
        if version == "editable":
            self.build_config.target_config["dev-mode-dirs"] = [str(TEMPLATE.parent)]
            return
        target = f"src/{NAME}" if self.target_name == "sdist" else NAME
        for path in sorted(TEMPLATE.iterdir()):
            if path.name not in LEFT_OUT and not path.name.startswith("."):
                build_data["force_include"][str(path)] = f"{target}/{path.name}"
