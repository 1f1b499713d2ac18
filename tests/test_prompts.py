"""Refused answers: the message, and that refusing leaves nothing behind."""

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from itertools import product
from pathlib import Path

import cookiecutter
import pytest
from cookiecutter.environment import StrictEnvironment
from cookiecutter.exceptions import FailedHookException, UnknownExtension
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from combinations import REFUSED, Answers, Refused
from conftest import Bake, Generate, tree
from cookiecutter_flask_cors import answers, checked, reserved
from cookiecutter_flask_cors.template import EXTENSION, ROOT, questions, settings


def lines(refusal: pytest.ExceptionInfo[FailedHookException]) -> list[str]:
    """Return the lines about problems; below them stands the command to go on with."""
    problems, _, _ = str(refusal.value).partition("\n\n")
    return problems.split("\n")


@pytest.mark.parametrize("row", REFUSED.values(), ids=REFUSED.keys())
def test_refused(row: Refused, generate: Generate, config: Path, tmp_path: Path) -> None:
    home = tree(config.parent)
    with pytest.raises(FailedHookException) as refusal:
        generate(tmp_path / "out", **row.answers)
    assert lines(refusal) == row.message.split("\n")
    assert list(tmp_path.iterdir()) == []
    assert tree(config.parent) == home


@pytest.mark.parametrize("key", questions())
def test_refused_missing_answer(key: str, given: Answers) -> None:
    del given[key]
    with pytest.raises(FailedHookException) as refusal:
        checked(given)
    assert f"{key}: has no answer; give it one" in lines(refusal)


@pytest.mark.parametrize("key", questions())
@pytest.mark.parametrize("value", [None, 1, 0.5, [], ["MIT"], {}, {"a": 1}, b"x"], ids=repr)
def test_refused_answer_of_another_type(key: str, value: object, given: Answers) -> None:
    with pytest.raises(FailedHookException) as refusal:
        checked(given | {key: value})
    (line,) = lines(refusal)
    assert re.fullmatch(rf"{key}: '.*' .*; [^;]+", line)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("license", "license: 'GPL' is no choice; write one of MIT, Apache-2.0, BSD-3-Clause, "),
        ("cors_policy", "cors_policy: 'GPL' is no choice; write one of locked-down, mixed, "),
    ],
)
def test_refused_choice_that_does_not_exist(key: str, message: str, given: Answers) -> None:
    with pytest.raises(FailedHookException) as refusal:
        checked(given | {key: "GPL"})
    assert str(refusal.value).startswith(message)


def test_refused_by_an_old_cookiecutter(bake: Bake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cookiecutter, "__version__", "2.6.0")
    with pytest.raises(FailedHookException) as refusal:
        bake(description="never generated")
    message = "cookiecutter: '2.6.0' is too old for this template; upgrade it to 2.7 or newer"
    assert str(refusal.value) == message


@pytest.mark.parametrize("version", ["2.7.0", "2.10.0.dev1", "3.0"])
def test_accepted_by_newer_versions(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cookiecutter, "__version__", version)
    StrictEnvironment(context={"cookiecutter": settings()})


def test_refused_by_cookiecutter_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """That version imports no extension from the template: its message has the module's name."""
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path not in ("", str(ROOT))])
    message = "Unable to load extension: No module named 'needs_cookiecutter_2_7'"
    with pytest.raises(UnknownExtension, match=f"^{message}$"):
        StrictEnvironment(context={"cookiecutter": settings()})


@pytest.mark.parametrize(
    ("key", "values"),
    [
        (
            "project_name",
            ["x", "W" * 80, "API\u00a0v2", "می\u200cخواهم", "👩\u200d🚀", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "Größe", " x "],
        ),
        ("project_slug", ["x", "0", "a--b", "a" * 64, "flask-api", "con-1", "src", "json"]),
        ("package_name", ["x", "_x", "x_", "a" * 64, "flask_api", "api", "app", "x1", "main"]),
        ("description", ["W" * 300, "é"]),
        ("author_name", ["W" * 100, "O'Brien", "{{ 7*7 }}"]),
        ("author_email", ["a@b.c", "o'brien+x@sub.example.co.uk", "a.b_c-d@xn--mller-kva.de"]),
        ("frontend_origins", ["none", "https://*.example.com,capacitor://localhost"]),
        ("cors_supports_credentials", [True, False]),
    ],
)
def test_accepted(key: str, values: list[object], given: Answers) -> None:
    for value in values:
        assert checked(given | {key: value}) == ""


def test_origins_are_not_used_with_permissive(given: Answers) -> None:
    given |= {"cors_policy": "permissive", "frontend_origins": "not an origin"}
    assert checked(given) == ""
    assert answers.production_origins(given) == "*"


@pytest.mark.parametrize(
    ("origins", "written"),
    [
        ("https://app.example.com", "https://app.example.com"),
        ("none ", "none"),
        (
            "\thttps://*.EXAMPLE.com , http://localhost:*,Capacitor://localhost ",
            "https://*.example.com,http://localhost:*,capacitor://localhost",
        ),
    ],
)
def test_origins_are_written_as_the_grammar_prints_them(
    origins: str, written: str, given: Answers, bake: Bake
) -> None:
    given |= {"frontend_origins": origins}
    assert checked(given) == ""
    assert answers.production_origins(given) == written
    for deploy in ("docker", "kubernetes"):
        files = bake(frontend_origins=origins, deploy=deploy).files()
        line = f"CORS_ORIGINS={written}\n".encode()
        carrying = [name for name, content in files.items() if line in content]
        assert ".env.example" in carrying
        if deploy == "kubernetes":
            assert "deploy/kubernetes/production/settings.env" in carrying


def test_reserved_import_names_are_refused(given: Answers) -> None:
    names = reserved.STANDARD_LIBRARY | reserved.IMPORT_NAMES | reserved.KEYWORDS
    names |= reserved.OWN_MODULES | reserved.DEVICES
    assert [name for name in names if not refused(given | {"package_name": name})] == []


def test_reserved_distributions_are_refused(given: Answers) -> None:
    names = reserved.DISTRIBUTIONS | reserved.DEVICES
    assert [name for name in names if not refused(given | {"project_slug": name})] == []


def test_names_of_dependencies_are_reserved(bake: Bake) -> None:
    """What is installed here shows them: the template's extra `dev` has all of a project's."""
    wanted = ["flask-cors-policy", "pip", "uv"]
    session = {"auth": "session", "cors_supports_credentials": True}
    for auth in (session, {"auth": "oidc"}):
        metadata = tomllib.loads(bake(database="sqlalchemy", **auth).read("pyproject.toml"))
        wanted += [*metadata["build-system"]["requires"], *metadata["project"]["dependencies"]]
        for extra in metadata["project"]["optional-dependencies"].values():
            wanted += [line for line in extra if not line.startswith("my-api[")]
    distributions = requirements(wanted)
    assert {"flask", "flask-cors-policy", "granian", "mypy", "redis"} <= distributions
    assert distributions - reserved.DISTRIBUTIONS == set()
    names = {
        name
        for name, owners in packages_distributions().items()
        if distributions.intersection(map(canonicalize_name, owners))
    }
    assert {"flask", "jwt", "redis"} <= names
    # No project can have the others: a module of mypy has a hash in its name.
    possible = {name for name in names if re.fullmatch(r"_?[a-z][a-z0-9_]*", name)}
    assert possible - reserved.IMPORT_NAMES == set()


def requirements(wanted: list[str]) -> set[str]:
    """Return the distributions that these lead to, on any system and under any Python."""
    met: dict[str, Requirement] = {}
    while wanted:
        requirement = Requirement(wanted.pop())
        if str(requirement) in met:
            continue
        met[str(requirement)] = requirement
        try:
            needs = distribution(requirement.name).requires or []
        except PackageNotFoundError:  # of another system, or not published yet
            continue
        wanted += [need for need in needs if is_needed(Requirement(need), requirement.extras)]
    return {canonicalize_name(requirement.name) for requirement in met.values()}


SYSTEMS = [
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
]
PYTHONS = [
    {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0"}
    for minor in range(11, 15)
]


def is_needed(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(
        marker.evaluate({"extra": extra, **python, **system})
        for extra, python, system in product(["", *extras], PYTHONS, SYSTEMS)
    )


def test_modules_of_this_python_are_reserved() -> None:
    public = {name for name in sys.stdlib_module_names if not name.startswith("_")}
    assert public - reserved.STANDARD_LIBRARY == set()


def test_names_of_the_extension_are_reserved(given: Answers) -> None:
    assert refused(given | {"package_name": EXTENSION.name})
    assert refused(given | {"project_slug": EXTENSION.name.replace("_", "-")})


def refused(given: Answers) -> bool:
    try:
        checked(given)
    except FailedHookException:
        return True
    return False
