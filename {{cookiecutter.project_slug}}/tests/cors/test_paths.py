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
    ("base", "route", "covered"),
    [
        pytest.param("/api", "/api/v1/specimens", True, id="above"),
        pytest.param("/api/v1/specimens", "/api/v1/specimens", True, id="the same"),
        pytest.param("/api/v1/specimens-public", "/api/v1/specimens", False, id="goes on"),
        pytest.param("/api/v1/specimens/7", "/api/v1/specimens", False, id="below"),
        pytest.param("/api/v1/specimens/7", "/api/v1/specimens/<id>", True, id="a value"),
        pytest.param("/api/v7/books", "/api/<version>/books", True, id="a value in the middle"),
        pytest.param("/api/books/7", "/api/films/<id>", False, id="a value elsewhere"),
    ],
)
def test_a_variable_of_a_route_may_stand_for_anything(base: str, route: str, covered: bool) -> None:
    assert paths.may_cover(base, route) is covered


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
