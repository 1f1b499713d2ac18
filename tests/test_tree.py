"""What is generated: the expected files and no others, in the sizes that were promised."""

import re
from functools import cache
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from types import SimpleNamespace

import pytest

from combinations import EVERY, POLICIES, Answers
from conftest import Bake, Generate, Project, tree
from cookiecutter_flask_cors import files as files_of_the_template
from cookiecutter_flask_cors.files import path_in_project
from cookiecutter_flask_cors.template import EXTENSION, PROJECT
from deployments import OPTIONAL, chosen
from syntax import check_syntax

every_combination = pytest.mark.parametrize("answers", EVERY.values(), ids=EVERY.keys())
every_policy = pytest.mark.parametrize("policy", POLICIES)

PACKAGE = "src/my_api"
OURS = f"src/{EXTENSION.name}/"  # the extension's folder, the same in every project
MIXED_ONLY = {f"{PACKAGE}/api/v1/public.py", "tests/api/v1/test_public.py"}


@cache
def owned(project: Project) -> dict[str, str]:
    """Return the files that a project's owner owns, the extension's folder aside."""
    files = project.files().items()
    return {name: text.decode("utf-8") for name, text in files if not name.startswith(OURS)}


def expected_files(answers: Answers, template: Path) -> set[str]:
    names = {
        name.replace("{{cookiecutter.package_name}}", "my_api")
        for name in tree(template / PROJECT.name)
        if not re.search(r"^LICENSE-|_(session|oidc|sqlalchemy)\.", name)  # one of these has a name
    }
    if answers.get("cors_policy") != "mixed":
        names -= MIXED_ONLY
    return names - OPTIONAL | chosen(answers) | {".env", "LICENSE"}


@every_combination
def test_every_combination(answers: Answers, bake: Bake, template: Path) -> None:
    project = bake(**answers)
    assert set(project.files()) == expected_files(answers, template)
    assert [folder for folder in project.path.rglob("*") if is_empty(folder)] == []
    files = owned(project)
    for name, text in files.items():
        assert (name, traces(text)) == (name, [])
        assert "\r" not in text
        assert text == "" or text.strip("\n") + "\n" == text
        check_syntax(name, text)
    # How a project is deployed and checked is no concern of its program.
    program = {key: answers[key] for key in answers.keys() - {"deploy", "ci"}}
    others = owned(bake(**program))
    assert {name for name in files if is_program(name) and files[name] != others[name]} == set()


def is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def traces(text: str) -> list[str]:
    """Return what Jinja has left in a text; GitHub's expressions start with a dollar sign."""
    plain = text.replace("${{", "")
    return [mark for mark in ("{{", "{%", "%}", "{#", "cookiecutter.") if mark in plain]


def is_program(name: str) -> bool:
    return PurePosixPath(name).parts[0] in ("src", "tests", "wsgi.py")


def test_the_extension_is_the_same_in_every_project(bake: Bake, template: Path) -> None:
    original = tree(template / PROJECT.name / "src" / EXTENSION.name)
    for answers in ({}, {"cors_policy": "mixed", "package_name": "other"}):
        assert tree(bake(**answers).src / EXTENSION.name) == original


def test_the_same_answers_give_the_same_project(
    bake: Bake, generate: Generate, tmp_path: Path
) -> None:
    assert generate(tmp_path, cors_policy="mixed").files() == bake(cors_policy="mixed").files()


# SPEC, section 6: at default answers but for the policy, the extension's folder aside.
MOST_FILES = 60
MOST_MODULES = 20
MOST_SOURCE = 900
MOST_TESTS = 900
MOST_README = 130


@every_policy
def test_sizes(policy: str, bake: Bake) -> None:
    files = owned(bake(cors_policy=policy))
    lines = {name: text.count("\n") for name, text in files.items()}
    modules = [name for name in files if name.startswith("src/") and name.endswith(".py")]
    tests = [name for name in files if name.startswith("tests/")]
    assert len(files) <= MOST_FILES
    assert len(modules) <= MOST_MODULES
    assert sum(lines[name] for name in modules) <= MOST_SOURCE
    assert sum(lines[name] for name in tests) <= MOST_TESTS
    assert lines["README.md"] <= MOST_README


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


@pytest.mark.parametrize(
    ("path", "becomes"),
    [
        ("LICENSE-Apache-2.0", "LICENSE"),
        ("LICENSE-MIT", ""),
        ("folder/LICENSE-Apache-2.0", "folder/LICENSE"),
        ("folder\\LICENSE-Apache-2.0", "folder\\LICENSE"),
        ("README.md", "README.md"),
        ("src/my_api/auth_oidc.py", "src/my_api/auth.py"),
        ("src/my_api/auth_session.py", ""),
        ("docs\\auth_oidc.md", "docs\\auth.md"),
        ("deploy/database_sqlalchemy.yaml", ""),
        ("deploy/kubernetes/README.md", ""),
        ("deploy\\kubernetes\\README.md", ""),
        ("src/{{cookiecutter.package_name}}/users.py", ""),
        ("src/{{cookiecutter.package_name}}/cors.py", "src/my_api/cors.py"),
        ("LICENSE-MIT/notes", "LICENSE-MIT/notes"),
        ("{{cookiecutter.project_slug}}", "my-api"),
    ],
)
def test_a_file_gets_its_path_or_none(path: str, becomes: str, given: Answers) -> None:
    chosen = {"license": "Apache-2.0", "auth": "oidc"}
    assert path_in_project(given | chosen, path) == becomes


NAME = "{{cookiecutter.package_name}}"


@pytest.mark.parametrize("system", [PurePosixPath, PureWindowsPath])
@pytest.mark.parametrize(
    ("path", "becomes"),
    [
        (f"out/my-api/./src/{NAME}/api", "out/my-api/./src/my_api/api"),
        (f"{NAME}/my-api/./src/{NAME}", f"{NAME}/my-api/./src/my_api"),
        (f"{NAME}/my-api/src/flask_cors_policy", f"{NAME}/my-api/src/flask_cors_policy"),
        ("LICENSE-MIT/my-api/./tests", "LICENSE-MIT/my-api/./tests"),
        ("LICENSE-MIT", "LICENSE-MIT"),
        ("auth_session.py/my-api/./auth_session.py", "auth_session.py/my-api/./auth_session.py"),
        ("out/my-api/./deploy/README.md", "out/my-api/./deploy/README.md"),
    ],
)
def test_a_folder_gets_names_below_the_project_only(
    path: str,
    becomes: str,
    system: type[PurePath],
    given: Answers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    windows = system is PureWindowsPath
    root, separator = ("C:\\", "\\") if windows else ("/", "/")
    monkeypatch.setattr(files_of_the_template, "Path", system)
    monkeypatch.setattr(files_of_the_template, "os", SimpleNamespace(sep=separator))
    path, becomes = (root + text.replace("/", separator) for text in (path, becomes))
    assert path_in_project(given | {"license": "Apache-2.0"}, path) == becomes


@pytest.mark.parametrize(
    ("before", "after"),
    [(before, after) for before in POLICIES for after in POLICIES if before != after],
)
def test_generating_again(
    before: str, after: str, bake: Bake, generate: Generate, tmp_path: Path
) -> None:
    """The project is as the new answers say; files of the owner and .env stay."""
    first = generate(tmp_path, cors_policy=before, license="MIT")
    mine = {
        ".env": b"CORS_ORIGINS=https://mine.example\n",
        "LICENSE-FONTS": b"Theirs\n",
        f"{PACKAGE}/api/v1/mine.py": b"# Mine\n",
        "deploy/mine.yaml": b"# Mine\n",
    }
    for name, content in mine.items():
        (first.path / name).write_bytes(content)
    again = generate(tmp_path, cors_policy=after, license="Apache-2.0", deploy="none")
    fresh = bake(cors_policy=after, license="Apache-2.0", deploy="none")
    assert again.files() == fresh.files() | mine


EVERYTHING: Answers = {
    "cors_policy": "mixed",
    "cors_supports_credentials": True,
    "database": "sqlalchemy",
    "auth": "session",
    "deploy": "kubernetes",
    "ci": "gitlab",
    "license": "Apache-2.0",
}
NOTHING: Answers = {"deploy": "none", "ci": "none"}
NO_ORIGINS: Answers = {"cors_policy": "permissive", "frontend_origins": "not used"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (EVERYTHING, {}),
        (EVERYTHING, NOTHING | {"cors_policy": "permissive"}),
        (NO_ORIGINS, NO_ORIGINS | NOTHING),
        (EVERYTHING | {"auth": "oidc", "deploy": "docker"}, {"deploy": "kubernetes"}),
        ({}, EVERYTHING),
    ],
)
def test_generating_again_removes_what_nobody_changed(
    before: Answers,
    after: Answers,
    bake: Bake,
    generate: Generate,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    env = generate(tmp_path, **before).read(".env").encode()
    capfd.readouterr()
    again, fresh = generate(tmp_path, **after), bake(**after)
    assert again.files() == fresh.files() | {".env": env}
    assert [folder for folder in again.path.rglob("*") if is_empty(folder)] == []
    printed = capfd.readouterr().out
    assert "Kept, although" not in printed
    assert "Removed, as these answers do not ask for it: " in printed


def test_generating_again_keeps_what_the_owner_has_at_optional_paths(
    generate: Generate, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project = generate(tmp_path, **NOTHING)
    folders = {"Dockerfile", f"{PACKAGE}/auth.py"}
    paths = MIXED_ONLY | OPTIONAL - {".env.production"}
    for name in paths:
        (project.path / name).parent.mkdir(parents=True, exist_ok=True)
        if name in folders:
            (project.path / name).mkdir()
        else:
            (project.path / name).write_bytes(b"\xff mine")
    before = project.files()
    capfd.readouterr()
    assert generate(tmp_path, **NOTHING).files() == before
    (line,) = [line for line in capfd.readouterr().out.splitlines() if " not ask for " in line]
    start, _, names = line.partition(": ")
    assert start == "Kept, although these answers do not ask for it"
    assert set(names.split(", ")) == paths
    assert all((project.path / name).is_dir() for name in folders)


def test_generating_again_stops_at_links(generate: Generate, tmp_path: Path) -> None:
    project = generate(tmp_path / "out", deploy="kubernetes")
    elsewhere = tmp_path / "elsewhere"
    (project.path / "deploy").rename(elsewhere)
    link(project.path / "deploy", elsewhere)
    before = tree(elsewhere)
    generate(tmp_path / "out", deploy="none")
    assert (project.path / "deploy").is_symlink()
    assert tree(elsewhere).keys() == before.keys()
    assert not (project.path / "Dockerfile").exists()


def test_env_is_the_example(bake: Bake) -> None:
    assert bake().read(".env") == bake().read(".env.example")


def test_an_env_that_points_nowhere_stays(generate: Generate, tmp_path: Path) -> None:
    env = generate(tmp_path).path / ".env"
    env.unlink()
    link(env, tmp_path / "secrets" / "env")  # not mounted right now
    generate(tmp_path)
    assert env.is_symlink()
    assert not (tmp_path / "secrets").exists()


def link(path: Path, target: Path) -> None:
    try:
        path.symlink_to(target, target_is_directory=target.is_dir())
    except OSError:
        pytest.skip("this system makes no symbolic links")


@every_policy
def test_each_policy_is_a_table_of_its_own(policy: str, bake: Bake) -> None:
    others = {bake(cors_policy=other).read(f"{PACKAGE}/cors.py") for other in POLICIES}
    assert len(others) == len(POLICIES)
    table = bake(cors_policy=policy).read(f"{PACKAGE}/cors.py")
    assert ("CORS_PUBLIC_ORIGINS" in table) == (policy == "mixed")
