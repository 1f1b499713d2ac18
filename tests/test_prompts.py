"""What is refused, and that refusing leaves nothing behind."""

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from itertools import product
from pathlib import Path

import pytest
from cookiecutter.exceptions import FailedHookException
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from combinations import REFUSED, Answers, Refused
from conftest import Bake, tree
from cookiecutter_flask_cors import answers, reserved
from cookiecutter_flask_cors.template import questions


@pytest.mark.parametrize("row", REFUSED.values(), ids=REFUSED.keys())
def test_refused(row: Refused, bake: Bake, config: Path, tmp_path: Path) -> None:
    home = tree(config.parent)
    with pytest.raises(FailedHookException) as refusal:
        bake(into=tmp_path / "out", **row.answers)
    assert str(refusal.value) == row.message
    assert list(tmp_path.iterdir()) == []
    assert tree(config.parent) == home


@pytest.mark.parametrize("key", questions())
def test_an_answer_that_is_missing(key: str, given: Answers) -> None:
    del given[key]
    with pytest.raises(FailedHookException) as refusal:
        answers.checked(given)
    assert f"{key}: has no answer; give it one" in str(refusal.value).splitlines()


@pytest.mark.parametrize("key", questions())
@pytest.mark.parametrize("value", [None, 1, 0.5, [], ["MIT"], {}, {"a": 1}, b"x"], ids=repr)
def test_an_answer_of_another_type(key: str, value: object, given: Answers) -> None:
    with pytest.raises(FailedHookException, match=rf"^{key}: '.*' .*; [^;]+$"):
        answers.checked(given | {key: value})


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("license", "license: 'GPL' is no choice; write one of MIT, Apache-2.0, BSD-3-Clause, "),
        ("cors_policy", "cors_policy: 'GPL' is no choice; write one of locked-down, mixed, "),
    ],
)
def test_a_choice_that_does_not_exist(key: str, message: str, given: Answers) -> None:
    with pytest.raises(FailedHookException) as refusal:
        answers.checked(given | {key: "GPL"})
    assert str(refusal.value).startswith(message)


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
        assert answers.checked(given | {key: value}) == ""


def test_origins_are_not_used_with_permissive(given: Answers) -> None:
    given |= {"cors_policy": "permissive", "frontend_origins": "not an origin"}
    assert answers.checked(given) == ""
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
    assert answers.checked(given) == ""
    assert answers.production_origins(given) == written
    files = bake(frontend_origins=origins, deploy="kubernetes").files()
    files |= bake(frontend_origins=origins).files()
    carrying = [name for name, it in files.items() if f"CORS_ORIGINS={written}\n".encode() in it]
    assert sorted(carrying) == [
        ".env",
        ".env.example",
        ".env.production",
        "README.md",
        "deploy/kubernetes/production/settings.env",
        "deploy/kubernetes/staging/settings.env",
    ]


def test_no_package_hides_a_module(given: Answers) -> None:
    names = reserved.STANDARD_LIBRARY | reserved.IMPORT_NAMES | reserved.KEYWORDS
    names |= reserved.OWN_MODULES | reserved.DEVICES
    assert [name for name in names if not refused(given | {"package_name": name})] == []


def test_no_project_is_its_own_dependency(given: Answers) -> None:
    names = reserved.DISTRIBUTIONS | reserved.DEVICES
    assert [name for name in names if not refused(given | {"project_slug": name})] == []


def test_what_a_project_depends_on_is_reserved(bake: Bake) -> None:
    """By way of what is installed here: the extra `dev` of the template has all of it."""
    wanted = ["uv", "pip"]
    for ci in ("github", "gitlab"):
        metadata = tomllib.loads(bake(deploy="kubernetes", ci=ci).read("pyproject.toml"))
        wanted += [*metadata["build-system"]["requires"], *metadata["project"]["dependencies"]]
        for extra in metadata["project"]["optional-dependencies"].values():
            wanted += [it for it in extra if not it.startswith("my-api[")]
    distributions = requirements(wanted)
    assert {"flask", "granian", "mypy", "regress", "zizmor"} <= distributions
    assert distributions - reserved.DISTRIBUTIONS == set()
    names = {
        name
        for name, owners in packages_distributions().items()
        if distributions.intersection(map(canonicalize_name, owners))
    }
    assert {"flask", "yaml", "regress"} <= names
    # The others cannot be had: mypy's name has a hash in it.
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
        except PackageNotFoundError:  # of another system
            continue
        wanted += [it for it in needs if is_needed(Requirement(it), requirement.extras)]
    return {canonicalize_name(it.name) for it in met.values()}


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


def test_the_modules_of_this_python_are_known() -> None:
    public = {name for name in sys.stdlib_module_names if not name.startswith("_")}
    assert public - reserved.STANDARD_LIBRARY == set()


def refused(given: Answers) -> bool:
    try:
        answers.checked(given)
    except FailedHookException:
        return True
    return False
