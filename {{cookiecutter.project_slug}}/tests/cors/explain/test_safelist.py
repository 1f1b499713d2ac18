import pytest

from {{ cookiecutter.package_name }}.cors.explain.safelist import (
    is_forbidden,
    normalise,
    unsafe_names,
)


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
def test_sent_without_asking(name: str, value: str) -> None:
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
def test_asked_first(name: str, value: str) -> None:
    assert unsafe_names([(name, value)]) == [name.lower()]


def test_too_much_that_is_safe_is_unsafe_together() -> None:
    many = [("Accept", "x" * 128)] * 8

    assert unsafe_names(many) == []
    assert unsafe_names([*many, ("Content-Language", "d")]) == ["accept", "content-language"]


def test_names_are_sorted_and_told_once() -> None:
    assert unsafe_names([("X-B", "1"), ("x-a", "2"), ("x-b", "3")]) == ["x-a", "x-b"]


@pytest.mark.parametrize(
    ("written", "sent"),
    [("get", "GET"), ("Delete", "DELETE"), ("patch", "patch"), ("PATCH", "PATCH"), ("x", "x")],
)
def test_the_case_of_six_methods_is_corrected(written: str, sent: str) -> None:
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
def test_some_headers_are_the_browsers_own(name: str, value: str, forbidden: bool) -> None:
    assert is_forbidden(name, value) is forbidden
