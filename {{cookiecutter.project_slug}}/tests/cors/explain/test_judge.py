import pytest

from {{ cookiecutter.package_name }}.cors.explain.judge import (
    check_cors,
    check_preflight,
)

PAGE = "https://app.example.com"
ORIGIN, CREDENTIALS = "Access-Control-Allow-Origin", "access-control-allow-credentials"
METHODS, HEADERS = "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"

Fields = list[tuple[str, str]]


@pytest.mark.parametrize(
    ("fields", "credentials", "code"),
    [
        pytest.param([], False, "MissingAllowOriginHeader", id="nothing"),
        pytest.param([(ORIGIN, "*")], False, None, id="everybody"),
        pytest.param([(ORIGIN, "*")], True, "WildcardOriginNotAllowed", id="everybody's cookies"),
        pytest.param([(ORIGIN, PAGE)], False, None, id="the page"),
        pytest.param([(ORIGIN, f" {PAGE}\t")], False, None, id="the page between blanks"),
        pytest.param([(ORIGIN, PAGE.upper())], False, "AllowOriginMismatch", id="upper case"),
        pytest.param([(ORIGIN, f"{PAGE}/")], False, "AllowOriginMismatch", id="slash"),
        pytest.param([(ORIGIN, "null")], False, "AllowOriginMismatch", id="nobody in particular"),
        pytest.param([(ORIGIN, "")], False, "InvalidAllowOriginValue", id="empty"),
        pytest.param([(ORIGIN, "app.example.com")], False, "InvalidAllowOriginValue", id="host"),
        pytest.param([(ORIGIN, f"{PAGE}, *")], False, "MultipleAllowOriginValues", id="list"),
        pytest.param(
            [(ORIGIN, PAGE), (ORIGIN, PAGE)], False, "MultipleAllowOriginValues", id="twice"
        ),
        pytest.param([(ORIGIN, PAGE)], True, "InvalidAllowCredentials", id="no credentials"),
        pytest.param(
            [(ORIGIN, PAGE), (CREDENTIALS, "True")], True, "InvalidAllowCredentials", id="True"
        ),
        pytest.param([(ORIGIN, PAGE), (CREDENTIALS, "true")], True, None, id="credentials"),
    ],
)
def test_the_cors_check(fields: Fields, credentials: bool, code: str | None) -> None:
    failure = check_cors(PAGE, fields, credentials=credentials)

    assert (failure and failure.code) == code
    if code != "WildcardOriginNotAllowed":
        preflight = check_preflight(PAGE, "GET", [], (204, fields), credentials=credentials)
        assert (preflight and preflight.code) == (code and f"Preflight{code}")


@pytest.mark.parametrize(
    ("status", "fields", "code"),
    [
        pytest.param(204, [(METHODS, "PUT"), (HEADERS, "X-A,x-b")], None, id="granted"),
        pytest.param(299, [(METHODS, "GET, PUT"), (HEADERS, "x-B , X-a")], None, id="other case"),
        pytest.param(204, [(METHODS, "*"), (HEADERS, "*")], None, id="everything"),
        pytest.param(301, [("Location", "/")], "PreflightDisallowedRedirect", id="redirect"),
        pytest.param(304, [], "PreflightInvalidStatus", id="not modified"),
        pytest.param(401, [], "PreflightInvalidStatus", id="not logged in"),
        pytest.param(204, [], "MethodDisallowedByPreflightResponse", id="no methods"),
        pytest.param(
            204, [(METHODS, "put")], "MethodDisallowedByPreflightResponse", id="method, other case"
        ),
        pytest.param(
            204, [(METHODS, "PUT")], "HeaderDisallowedByPreflightResponse", id="no headers"
        ),
        pytest.param(
            204, [(METHODS, "PUT GET")], "InvalidAllowMethodsPreflightResponse", id="no comma"
        ),
        pytest.param(
            204, [(HEADERS, "x-a;x-b")], "InvalidAllowHeadersPreflightResponse", id="semicolon"
        ),
    ],
)
def test_the_preflight(status: int, fields: Fields, code: str | None) -> None:
    answer = (status, [(ORIGIN, PAGE), *fields])
    failure = check_preflight(PAGE, "PUT", ["x-a", "x-b"], answer, credentials=False)

    assert (failure and failure.code) == code


def test_a_wildcard_never_stands_for_authorization_nor_goes_with_credentials() -> None:
    fields = [(ORIGIN, PAGE), (CREDENTIALS, "true"), (METHODS, "*"), (HEADERS, "*")]

    for method, unsafe, credentials, parameter in (
        ("GET", ["authorization"], False, "authorization"),
        ("GET", ["x-a"], True, "x-a"),
        ("PUT", [], True, "PUT"),
    ):
        failure = check_preflight(PAGE, method, unsafe, (204, fields), credentials=credentials)
        assert failure is not None
        assert failure.parameter == parameter


def test_a_safelisted_method_needs_no_listing() -> None:
    for method in ("GET", "HEAD", "POST"):
        answer = (204, [(ORIGIN, PAGE)])
        assert check_preflight(PAGE, method, [], answer, credentials=False) is None
