"""`tools/new_resource.py` of a generated project: what it writes works, and what it refuses."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from conftest import Bake, Project, run

TOOL = "tools/new_resource.py"
CONTENTS = "src/my_api/api/v1/__init__.py"
NEW = (
    "books",
    "line_items --like books",
    "people --one person --like line_items",
    "categories --like line_items",
    "boxes --like categories",
    "names_that_are_as_long_as_words_can_bees",
)
REFUSED = {
    "class": "'class' is a name of Python",
    "types": "'types' is a name of Python",
    "exceptions": "'exception' is a name of Python",
    "long_names_of_a_resource_that_no_line_can_hold": "'long_names",
    "Books": "'Books' is not 1 to 40 lower-case letters",
    "../books": "'../books' is not 1 to 40 lower-case letters",
    "greetings": "'greetings' or 'greeting' exists",
    "welcomes --one greeting": "'welcomes' or 'greeting' exists",
    "texts": "'Text' is a name in 'src/my_api/api/v1/greetings.py'",
    "sheep": "'sheep' is no plural",
    "books --like none": "'none' has no class 'None'",
    "books --like __init__": "'__init__' has no class",
}


@pytest.fixture
def project(bake: Bake, tmp_path: Path) -> Project:
    return bake().copy(tmp_path)


def add(project: Project, arguments: str) -> str:
    """Add a resource that must be accepted."""
    done = project.python(TOOL, *arguments.split())
    assert done.returncode == 0, done.stderr
    return done.stdout


def check(project: Project, mypy_cache: Path) -> None:
    """Do what `make check test` does."""
    for command in (
        ("ruff", "check", "--no-cache"),
        ("ruff", "format", "--no-cache", "--check"),
        ("mypy", f"--cache-dir={mypy_cache}"),
        ("pytest", "-q", "-p", "no:cacheprovider"),
    ):
        done = project.python("-m", *command)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_new_resource_has_a_table_once_its_commands_have_run(
    bake: Bake, tmp_path: Path, mypy_cache: Path
) -> None:
    project = bake(database="sqlalchemy").copy(tmp_path)
    *_, then = add(project, "books").splitlines()
    for command in then.removeprefix("then: ").split(" && "):
        python, *arguments = shlex.split(command)
        assert python == sys.executable
        done = project.python(*arguments, DATABASE_URL=f"sqlite:///{tmp_path}/db")
        assert done.returncode == 0, done.stderr
    text = project.read("src/my_api/api/v1/books.py")
    assert re.findall(r"\w*[Ii]tem\w*", text) == []
    assert '"""A book, as the database keeps it."""' in text
    check(project, mypy_cache)


def test_new_resources_pass_the_checks_and_their_tests(
    bake: Bake, tmp_path: Path, mypy_cache: Path
) -> None:
    project = bake(cors_policy="mixed").copy(tmp_path)
    for arguments in NEW:
        add(project, arguments)
    assert '"/line-items"' in project.read("src/my_api/api/v1/line_items.py")
    assert "class Person(" in project.read("src/my_api/api/v1/people.py")
    assert "class Category(" in project.read("src/my_api/api/v1/categories.py")
    assert "class Box(" in project.read("src/my_api/api/v1/boxes.py")
    check(project, mypy_cache)


@pytest.mark.parametrize("arguments", REFUSED)
def test_a_refusal_changes_nothing(arguments: str, project: Project) -> None:
    before = project.files()
    done = project.python(TOOL, *arguments.split())
    assert done.returncode == 2
    assert done.stderr.startswith(REFUSED[arguments])
    assert done.stderr.count("\n") == 1
    assert project.files() == before


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("from . import greetings\n", "from .greetings import bp as greetings_bp\n"),
        ("bp.register_blueprint(greetings.bp)\n", "bp.register_blueprint(greetings_bp)\n"),
    ],
)
def test_a_table_of_contents_that_was_rewritten_is_left_alone(
    line: str, becomes: str, project: Project
) -> None:
    text = project.read(CONTENTS)
    assert line in text
    project.write(CONTENTS, text.replace(line, becomes))
    before = project.files()
    done = project.python(TOOL, "books")
    assert (done.returncode, CONTENTS in done.stderr) == (2, True)
    assert project.files() == before


def test_it_works_from_any_folder_and_is_no_part_of_the_package(
    project: Project, tmp_path: Path
) -> None:
    done = run(sys.executable, project.path / TOOL, "books", cwd=tmp_path)
    assert done.stdout.splitlines() == [
        "wrote src/my_api/api/v1/books.py",
        "wrote tests/api/v1/test_books.py",
        "changed src/my_api/api/v1/__init__.py",
        (
            "next: give it fields of its own, in src/my_api/api/v1/books.py and "
            "tests/api/v1/test_books.py"
        ),
    ]
    assert "from . import books, greetings\n" in project.read(CONTENTS)
    assert not list(project.src.rglob("*new_resource*"))
