import pytest

from {{ cookiecutter.package_name }}.cors import paths


@pytest.mark.parametrize(
    ("path", "covered"),
    [
        ("/api", True),
        ("/api/", True),
        ("/api/v1/specimens", True),
        ("/apiary", False),
        ("/api-internal", False),
        ("/API/v1", False),
        ("//api/v1", False),
        ("/v1/api", False),
        ("/", False),
    ],
)
def test_a_subtree_is_its_root_and_what_is_below_it(path: str, covered: bool) -> None:
    base = paths.base_of("/api/*")

    assert paths.covers(base, path) is covered
    assert bool(paths.pattern(base).match(path)) is covered


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/api", "'/api' is no subtree; write '/api/*'"),
        ("/api/", "'/api/' is no subtree; write '/api/*'"),
        ("/api/v*/*", "'/api/v*/*' has a pattern in it; write plain names, such as '/api/v1/*'"),
        (
            "/api/<id>/*",
            "'/api/<id>/*' has a pattern in it; write plain names, such as '/api/v1/*'",
        ),
        (
            "/api/../x/*",
            "'/api/../x/*' has a pattern in it; write plain names, such as '/api/v1/*'",
        ),
        ("/static/*", "'/static/*' is outside /api; write a path below /api/"),
        ("/*", "'/*' is outside /api; write a path below /api/"),
    ],
)
def test_any_other_form_is_refused(path: str, problem: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        paths.base_of(path)

    assert str(error.value) == problem
