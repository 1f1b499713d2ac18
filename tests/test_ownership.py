"""Owners do what the README invites them to, and the tests of their project go on passing."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Bake, Project

PARTNER = "https://partner.example.org"


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file}: {old}"
    file.write_text(text.replace(old, new), encoding="utf-8")


def told(project: Project, start: str, end: str) -> str:
    """Return what the README says between two marks."""
    return project.read("README.md").partition(start)[2].partition(end)[0]


def named(project: Project, text: str) -> list[str]:
    """Return the files of the project that a text names."""
    words = re.findall(r"`([^`\s]+)`", text)
    return [it for it in words if (project.path / it).is_file()]


def v1(project: Project) -> Path:
    return project.src / project.package / "api" / "v1"


def add_row(project: Project, row: str) -> None:
    policy = project.src / project.package / "cors" / "policy.py"
    edit(policy, "TABLE = (\n", f"TABLE = (\n    {row},\n")


def add_a_resource(project: Project) -> None:
    tests = project.path / "tests" / "api" / "v1"
    for folder, prefix in ((v1(project), ""), (tests, "test_")):
        text = (folder / f"{prefix}greetings.py").read_text(encoding="utf-8")
        for old, new in (("greeting", "book"), ("Greeting", "Book"), ("GREETING", "BOOK")):
            text = text.replace(old, new)
        (folder / f"{prefix}books.py").write_text(text, encoding="utf-8")
    init = v1(project) / "__init__.py"
    edit(init, "from . import greetings\n", "from . import books, greetings\n")
    registered = "    bp.register_blueprint(greetings.bp)\n"
    edit(init, registered, registered.replace("greetings", "books") + registered)


def decorate_a_view(project: Project) -> None:
    example = told(project, "**One view:**", "```\n").partition("```python\n")[2]
    imported, view = example.split("\n\n\n")
    module = v1(project) / "greetings.py"
    edit(module, "from ...errors", f"{imported}\nfrom ...errors")
    with module.open("a", encoding="utf-8") as file:
        file.write(f"\n\n{view}")


def name_a_variable(project: Project) -> None:
    add_row(project, 'Row("/api/v1/partners/*", origins=Variable("PARTNER_ORIGINS"))')
    files = named(project, told(project, "a variable of your own.", "\n\n"))
    assert files == [".env", ".env.example", ".env.production", "compose.yaml", "tests/calls.py"]
    *environments, compose, calls = (project.path / it for it in files)
    for environment in environments:
        with environment.open("a", encoding="utf-8") as file:
            file.write(f"PARTNER_ORIGINS={PARTNER}\n")
    hosts = "      TRUSTED_HOSTS:"
    edit(compose, hosts, f"      PARTNER_ORIGINS: {PARTNER}\n{hosts}")
    edit(calls, "ENVIRON = {", f'ENVIRON = {{"PARTNER_ORIGINS": "{PARTNER}", ')


def name_a_variable_with_a_default(project: Project) -> None:
    origins = 'Variable("PARTNER_ORIGINS", default="none")'
    assert origins in told(project, "a variable of your own.", "\n\n")
    add_row(project, f'Row("/api/v1/partners/*", origins={origins})')


def narrow_the_sample(project: Project) -> None:
    options = f'origins="{PARTNER}", methods=("GET", "HEAD")'
    assert options in told(project, "TABLE = (\n", "\n)")
    add_row(project, f'Row("/api/v1/greetings/*", {options})')


def remove_the_sample(project: Project) -> None:
    steps = re.findall(r"(?m)^[12]\. (.*)$", told(project, "## Remove the sample", "\n## "))
    deleted, (init,) = (named(project, step) for step in steps)
    for name in deleted:
        (project.path / name).unlink()
    text = project.read(init)
    for part in (
        "from . import greetings\n",
        ", greetings",
        "    bp.register_blueprint(greetings.bp)\n",
    ):
        text = text.replace(part, "")
    (project.path / init).write_text(text, encoding="utf-8")
    assert "greetings" not in text
    assert [*project.path.rglob("*greetings.py")] == []


OWNERS: list[tuple[str, str, tuple[Callable[[Project], None], ...]]] = [
    (
        "adds a resource, decorates a view, names a variable",
        "locked-down",
        (add_a_resource, decorate_a_view, name_a_variable),
    ),
    ("removes the sample", "locked-down", (remove_the_sample,)),
    (
        "replaces the sample, names a variable with a default",
        "locked-down",
        (add_a_resource, remove_the_sample, name_a_variable_with_a_default),
    ),
    ("adds a resource, narrows the sample", "mixed", (add_a_resource, narrow_the_sample)),
]


@pytest.mark.parametrize(
    ("policy", "edits"),
    [pytest.param(policy, edits, id=f"{policy}: {name}") for name, policy, edits in OWNERS],
)
def test_its_tests_still_pass(
    bake: Bake, policy: str, edits: tuple[Callable[[Project], None], ...]
) -> None:
    project = bake(cors_policy=policy)
    for change in edits:
        change(project)

    done = project.python("-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
