"""What is refused, and that refusing leaves nothing behind."""

import sys
from pathlib import Path

import pytest
from cookiecutter.exceptions import FailedHookException

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
    with pytest.raises(FailedHookException, match=rf"^{key}: (['\"]).*\1 .*; [^;]+$"):
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


def test_origins_are_used_otherwise(given: Answers) -> None:
    assert answers.production_origins(given) == "https://app.example.com"


def test_no_package_hides_a_module(given: Answers) -> None:
    names = reserved.STANDARD_LIBRARY | reserved.IMPORT_NAMES | reserved.KEYWORDS
    names |= reserved.OWN_MODULES | reserved.DEVICES
    assert [name for name in names if not refused(given | {"package_name": name})] == []


def test_no_project_is_its_own_dependency(given: Answers) -> None:
    names = reserved.DISTRIBUTIONS | reserved.DEVICES
    assert [name for name in names if not refused(given | {"project_slug": name})] == []


def test_the_modules_of_this_python_are_known() -> None:
    public = {name for name in sys.stdlib_module_names if not name.startswith("_")}
    assert public - reserved.STANDARD_LIBRARY == set()


def refused(given: Answers) -> bool:
    try:
        answers.checked(given)
    except FailedHookException:
        return True
    return False
