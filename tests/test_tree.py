"""What is generated: the expected files and no others, without a trace of the template."""

import re
from pathlib import Path

import pytest

from combinations import EVERY, Answers
from conftest import Bake, tree
from cookiecutter_flask_cors import of_the_choice
from cookiecutter_flask_cors.template import PROJECT
from deployments import OPTIONAL, chosen

every_combination = pytest.mark.parametrize("answers", EVERY.values(), ids=EVERY.keys())

PACKAGE = "src/my_api"
EVERY_POLICY = ("locked-down", "mixed", "permissive")

MIXED_ONLY = {f"{PACKAGE}/api/v1/public.py", "tests/api/v1/test_public.py"}
# One of each becomes the name.
VARIANTS = {
    "LICENSE": re.compile(r"LICENSE-.*"),
    f"{PACKAGE}/cors/policy.py": re.compile(rf"{PACKAGE}/cors/policy_.*\.py"),
    "tests/cors/test_policy.py": re.compile(r"tests/cors/test_policy_.*\.py"),
}


def expected_files(answers: Answers) -> set[str]:
    paths = {path.relative_to(PROJECT).as_posix() for path in PROJECT.rglob("*") if path.is_file()}
    names = {path.replace("{{cookiecutter.package_name}}", "my_api") for path in paths}
    if answers.get("cors_policy") != "mixed":
        names -= MIXED_ONLY
    for name, variants in VARIANTS.items():
        names = {it for it in names if not variants.fullmatch(it)} | {name}
    return names - OPTIONAL | chosen(answers) | {".env"}


@every_combination
def test_files(answers: Answers, bake: Bake) -> None:
    project = bake(**answers)
    files = project.files()
    assert set(files) == expected_files(answers)
    for name, content in files.items():
        text = content.decode("utf-8")
        theirs = text.replace("${{", "")  # GitHub's expressions
        traces = [it for it in ("{{", "{%", "%}", "{#", "cookiecutter.") if it in theirs]
        assert (name, traces) == (name, [])
        assert "\r" not in text
        assert text == "" or text.strip("\n") + "\n" == text
    assert sorted(project.path.parent.iterdir()) == [project.path]


@every_combination
def test_the_same_answers_give_the_same_project(answers: Answers, bake: Bake) -> None:
    assert bake(**answers).files() == bake(**answers).files()


def test_the_files_of_one_policy_are_there_to_be_left_out() -> None:
    names = {path.replace("my_api", "{{cookiecutter.package_name}}") for path in MIXED_ONLY}
    assert [name for name in names if not (PROJECT / name).is_file()] == []


@pytest.mark.parametrize(
    ("license_name", "first_line"),
    [
        ("MIT", "MIT License"),
        ("Apache-2.0", "Apache License"),
        ("BSD-3-Clause", "BSD 3-Clause License"),
        ("Proprietary", "Copyright (c) Ada Lovelace. All rights reserved."),
    ],
)
def test_license(license_name: str, first_line: str, bake: Bake) -> None:
    text = bake(license=license_name, author_name="Ada Lovelace").read("LICENSE")
    assert text.strip().splitlines()[0].strip() == first_line
    assert len(re.findall(r"Copyright (?:\(c\) )?Ada Lovelace", text)) == 1


@pytest.mark.parametrize("separator", ["/", "\\"])
@pytest.mark.parametrize(
    ("folder", "name", "becomes"),
    [
        ("", "LICENSE-Apache-2.0", "LICENSE"),
        ("", "LICENSE-MIT", None),
        ("src|{{cookiecutter.package_name}}|cors", "policy_locked_down.py", "policy.py"),
        ("src|{{cookiecutter.package_name}}|cors", "policy_mixed.py", None),
        ("tests|cors", "test_policy_locked_down.py", "test_policy.py"),
        ("tests|cors", "test_policy_permissive.py", None),
        ("src|{{cookiecutter.package_name}}|cors", "paths.py", "paths.py"),
        ("", "README.md", "README.md"),
    ],
)
def test_one_of_many_becomes_the_name(
    folder: str, name: str, becomes: str | None, separator: str, given: Answers
) -> None:
    """Windows separates folders by backslashes."""
    path = f"{folder}|{name}".lstrip("|").replace("|", separator)
    expected = path.removesuffix(name) + becomes if becomes else ""
    assert of_the_choice(given | {"license": "Apache-2.0"}, path) == expected


def test_every_policy_is_a_table_of_its_own(bake: Bake) -> None:
    tables = {bake(cors_policy=it).read("src/my_api/cors/policy.py") for it in EVERY_POLICY}
    assert len(tables) == len(EVERY_POLICY)


@pytest.mark.parametrize("before", EVERY_POLICY)
@pytest.mark.parametrize("after", EVERY_POLICY)
def test_generating_again(before: str, after: str, bake: Bake, tmp_path: Path) -> None:
    """The project is as the new answers say, but for what the template never wrote, and .env."""
    first = bake(into=tmp_path, cors_policy=before, license="MIT")
    mine = {
        ".env": b"CORS_ORIGINS=https://mine.example\n",
        "LICENSE-FONTS": b"Theirs\n",
        f"{PACKAGE}/api/v1/mine.py": b"# Mine\n",
        f"{PACKAGE}/cors/policy_mine.py": b"# Mine\n",
    }
    for name, content in mine.items():
        (first.path / name).write_bytes(content)
    again = bake(into=tmp_path, cors_policy=after, license="Apache-2.0")
    fresh = bake(cors_policy=after, license="Apache-2.0")
    assert again.files() == fresh.files() | mine


def test_generating_again_stops_at_links(bake: Bake, tmp_path: Path) -> None:
    project = bake(into=tmp_path / "out", deploy="kubernetes")
    elsewhere = tmp_path / "elsewhere"
    (project.path / "deploy").rename(elsewhere)
    try:
        (project.path / "deploy").symlink_to(elsewhere, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no symbolic links")
    before = tree(elsewhere)
    bake(into=tmp_path / "out", deploy="none")
    assert (project.path / "deploy").is_symlink()
    assert tree(elsewhere).keys() == before.keys()
    assert not (project.path / "Dockerfile").exists()


def test_env_is_the_example(bake: Bake) -> None:
    project = bake()
    assert project.read(".env") == project.read(".env.example")


def test_an_env_that_points_elsewhere_stays(bake: Bake, tmp_path: Path) -> None:
    project = bake(into=tmp_path)
    env = project.path / ".env"
    env.unlink()
    try:
        env.symlink_to(tmp_path / "secrets" / "env")  # not mounted right now
    except OSError:
        pytest.skip("this system makes no symbolic links")
    bake(into=tmp_path)
    assert env.is_symlink()
    assert not (tmp_path / "secrets").exists()


def test_the_template_stays_clean(bake: Bake) -> None:
    bake()
    assert [path for path in PROJECT.rglob("*") if path.name == "__pycache__"] == []
