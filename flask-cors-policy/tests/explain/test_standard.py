import pytest

from flask_cors_policy.explain.standard import (
    check_preflight,
    check_response,
    is_forbidden,
    joined,
    leans_on_wildcard,
    normalise,
    unsafe_names,
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
        pytest.param([(ORIGIN, "null")], False, "AllowOriginMismatch", id="null"),
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
def test_response_is_checked(fields: Fields, credentials: bool, code: str | None) -> None:
    failure = check_response(PAGE, fields, credentials=credentials)

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
        pytest.param(302, [("Location", "")], "PreflightInvalidStatus", id="redirect to nothing"),
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
def test_preflight_is_checked(status: int, fields: Fields, code: str | None) -> None:
    response = (status, [(ORIGIN, PAGE), *fields])
    failure = check_preflight(PAGE, "PUT", ["x-a", "x-b"], response, credentials=False)

    assert (failure and failure.code) == code


def test_wildcard_does_not_count_with_credentials() -> None:
    fields = [(ORIGIN, PAGE), (CREDENTIALS, "true"), (METHODS, "*"), (HEADERS, "*")]

    for method, unsafe, credentials, parameter in (
        ("GET", ["x-a"], True, "x-a"),
        ("PUT", [], True, "PUT"),
    ):
        failure = check_preflight(PAGE, method, unsafe, (204, fields), credentials=credentials)
        assert failure is not None
        assert failure.parameter == parameter


def test_safelisted_method_needs_no_listing() -> None:
    for method in ("GET", "HEAD", "POST"):
        response = (204, [(ORIGIN, PAGE)])
        assert check_preflight(PAGE, method, [], response, credentials=False) is None


@pytest.mark.parametrize(
    ("names", "leans"), [("*", True), ("*, Authorization", False), ("Authorization", False)]
)
def test_wildcard_for_authorization_is_accepted_and_detected(names: str, leans: bool) -> None:
    unsafe, response = ["authorization"], [(ORIGIN, PAGE), (HEADERS, names)]

    assert check_preflight(PAGE, "GET", unsafe, (204, response), credentials=False) is None
    assert leans_on_wildcard(unsafe, response) is leans


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Accept", "application/json"),
        ("accept", "x" * 128),
        ("Accept-Language", "en-GB, en;q=0.5, *"),
        ("Content-Language", "de"),
        ("Content-Type", "text/plain"),
        ("Content-Type", "Text/Plain ;charset=utf-8"),
        ("Content-Type", "multipart/form-data; boundary=x"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Range", "bytes=0-"),
        ("Range", "bytes=5-9"),
    ],
)
def test_safelisted_header_needs_no_preflight(name: str, value: str) -> None:
    assert unsafe_names([(name, value)]) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("X-Request-ID", "x", id="name of one's own"),
        pytest.param("Authorization", "Bearer x", id="authorization"),
        pytest.param("Accept", "x" * 129, id="more than 128 bytes"),
        pytest.param("Accept", "\u00fc" * 65, id="more than 128 bytes, fewer characters"),
        pytest.param("Accept", "a(b", id="unsafe byte"),
        pytest.param("Accept-Language", "en@x", id="no language"),
        pytest.param("Content-Type", "application/json", id="JSON"),
        pytest.param("Content-Type", "text/plain; x=(y)", id="unsafe byte in a type"),
        pytest.param("Content-Type", "text/html", id="type that no form has"),
        pytest.param("Range", "bytes=-5", id="range from the end"),
        pytest.param("Range", "bytes=9-5", id="range backwards"),
        pytest.param("Range", "bytes=0-1,3-4", id="two ranges"),
    ],
)
def test_other_header_needs_a_preflight(name: str, value: str) -> None:
    assert unsafe_names([(name, value)]) == [name.lower()]


def test_safelisted_headers_above_1024_bytes_need_a_preflight() -> None:
    many = [("Accept", "x" * 128)] * 8

    assert unsafe_names(many) == []
    assert unsafe_names([*many, ("Content-Language", "d")]) == ["accept", "content-language"]


def test_unsafe_names_are_sorted_and_unique() -> None:
    assert unsafe_names([("X-B", "1"), ("x-a", "2"), ("x-b", "3")]) == ["x-a", "x-b"]


@pytest.mark.parametrize(
    ("headers", "unsafe"),
    [
        pytest.param([("Accept-Language", "a" * 100)] * 2, ["accept-language"], id="202 bytes"),
        pytest.param([("Accept-Language", "a" * 63)] * 2, [], id="128 bytes"),
        pytest.param([("Range", "bytes=0-5"), ("range", "bytes=0-5")], ["range"], id="ranges"),
        pytest.param([("Content-Type", "text/plain")] * 2, ["content-type"], id="types"),
    ],
)
def test_header_that_is_set_twice_is_one(headers: Fields, unsafe: list[str]) -> None:
    (header,) = joined(headers)

    assert header == (headers[0][0], f"{headers[0][1]}, {headers[1][1]}")
    assert unsafe_names(joined(headers)) == unsafe


@pytest.mark.parametrize(
    ("written", "sent"),
    [("get", "GET"), ("Delete", "DELETE"), ("patch", "patch"), ("PATCH", "PATCH"), ("x", "x")],
)
def test_case_of_six_methods_is_corrected(written: str, sent: str) -> None:
    assert normalise(written) == sent


@pytest.mark.parametrize(
    ("name", "value", "forbidden"),
    [
        ("Cookie", "a=b", True),
        ("Sec-Fetch-Site", "none", True),
        ("Proxy-Authorization", "x", True),
        ("X-HTTP-Method-Override", "GET, trace", True),
        ("X-HTTP-Method-Override", "PATCH", False),
        ("User-Agent", "x", False),
        ("Authorization", "x", False),
    ],
)
def test_forbidden_headers(name: str, value: str, forbidden: bool) -> None:
    assert is_forbidden(name, value) is forbidden
