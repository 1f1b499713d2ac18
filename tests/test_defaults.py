"""Defaults that are derived from another answer are good whatever that answer was."""

import pytest
from hypothesis import given, strategies

from conftest import good_answers
from cookiecutter_flask_cors import checked, defaults, reserved

GIVEN = good_answers()
TAKEN = sorted(
    reserved.DEVICES | reserved.DISTRIBUTIONS | reserved.IMPORT_NAMES | reserved.STANDARD_LIBRARY
)
texts = strategies.text() | strategies.text("aZ9_- .é日", max_size=90)


@pytest.mark.parametrize(
    ("name", "slug", "package"),
    [
        ("My API", "my-api", "my_api"),
        ("Crème Brûlée", "creme-brulee", "creme_brulee"),
        ("Straße & Łódź, Ærø", "strasse-lodz-aero", "strasse_lodz_aero"),
        ("O'Brien’s API", "obriens-api", "obriens_api"),
        ("日本語", "my-api", "my_api"),
        ("Привет API", "api", "api"),
        ("{{ 7*7 }}", "7-7", "api_7_7"),
        ("2FA", "2fa", "api_2fa"),
        ("../../etc", "etc", "etc"),
        ("", "my-api", "my_api"),
        ("Flask", "flask-api", "flask_api"),
        ("Flask CORS", "flask-cors-api", "flask_cors_api"),
        ("Con", "con-api", "con_api"),
        ("Class", "class", "class_api"),
        ("JSON", "json", "json_api"),
        ("Tests", "tests", "tests_api"),
        ("WSGI", "wsgi", "wsgi_api"),
        ("x" * 63 + " y", "x" * 63, "x" * 63),
        ("W" * 300, "w" * 64, "w" * 64),
        ("1" * 64, "1" * 64, "api_" + "1" * 60),
        ("1" * 59 + " 1", "1" * 59 + "-1", "api_" + "1" * 59),
    ],
)
def test_defaults(name: str, slug: str, package: str) -> None:
    assert defaults.slug(name) == slug
    assert defaults.package(slug) == package


@given(texts | strategies.sampled_from(TAKEN))
def test_slug_of_any_name_is_accepted(name: str) -> None:
    given = GIVEN | {"project_slug": defaults.slug(name), "package_name": "x"}
    assert checked(given) == ""


@given(texts | strategies.sampled_from(TAKEN))
def test_package_of_any_slug_is_accepted(name: str) -> None:
    given = GIVEN | {"project_slug": "x", "package_name": defaults.package(name)}
    assert checked(given) == ""


@given(strategies.from_regex(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?", fullmatch=True))
def test_slug_of_a_free_slug_is_unchanged(name: str) -> None:
    assert defaults.slug(name).removesuffix("-api") == name.removesuffix("-api") or "--" in name


@pytest.mark.parametrize("value", [None, True, 5, [], {}, b"bytes"], ids=repr)
def test_defaults_of_another_type(value: object) -> None:
    assert defaults.slug(value) == "my-api"
    assert defaults.package(value) == "my_api"
