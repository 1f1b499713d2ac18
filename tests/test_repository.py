"""The repository itself: one environment serves both products."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from cookiecutter_flask_cors.template import ROOT


def requirements(*lines: str) -> set[str]:
    return {Requirement(line).name for line in lines}


def project(path: Path) -> dict[str, list[str]]:
    """Return the requirements that a pyproject.toml states, by the name of their extra."""
    metadata = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    return {"": metadata["dependencies"], **metadata["optional-dependencies"]}


def test_make_installs_what_the_extension_needs() -> None:
    ours = project(ROOT / "pyproject.toml")
    extension = project(ROOT / "flask-cors-policy" / "pyproject.toml")
    needed = requirements(*extension[""], *extension["dev"])
    assert needed - requirements(*ours[""], *ours["dev"]) == set()


def test_ci_calls_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert targets >= {"new", "test", "check", "wheel", "format", "clean"}
    for name in (".ci/run", ".github/workflows/ci.yml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        called = re.findall(r"make ([a-z]+)", text)
        assert called
        assert set(called) <= targets
