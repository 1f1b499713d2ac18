import pytest

from flask_cors_policy.explain.address import (
    Address,
    distance,
    is_local,
    parse_address,
)


@pytest.mark.parametrize(
    ("written", "fetched"),
    [
        ("http://Example.COM", "http://example.com/"),
        ("https://example.com:443/a#b", "https://example.com/a"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("http://[::0001]:8000/a", "http://[::1]:8000/a"),
        (
            "http://b\u00fccher.example/\u00fc?q=\u00fc x",
            "http://xn--bcher-kva.example/%C3%BC?q=%C3%BC%20x",
        ),
        ("http://a/b/./c/../d", "http://a/b/d"),
        ("http://a/../../b/", "http://a/b/"),
        ("http://a/b/%2E%2e", "http://a/"),
        ("http://a//b//", "http://a//b//"),
        ("http://a/%2F?a=1&b=%20", "http://a/%2F?a=1&b=%20"),
        (" http://a/x\n ", "http://a/x"),
        ("ws://a/x", "ws://a/x"),
        ("WSS://a:443/x", "wss://a/x"),
        ("http://a:0/x", "http://a:0/x"),
        ("http://localhost.:5000/x", "http://localhost.:5000/x"),
        ("http://127.1:5000/x", "http://127.0.0.1:5000/x"),
        ("http://0x7f000001/", "http://127.0.0.1/"),
        ("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
    ],
)
def test_address_is_parsed_as_browsers_parse_it(written: str, fetched: str) -> None:
    assert str(parse_address(written)) == fetched


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("ftp://a/", "is no http address; write 'http://host:port/path' or '/path'"),
        ("http:///x", "has no host that can be called; write 'http://host:port/path'"),
        (
            "http://a b/",
            "has a malformed host; write letters, digits and hyphens between its dots",
        ),
        ("http://a..b/", "has an empty label between its dots; write the name of the host in full"),
        (
            "http://.:5000/",
            "has an empty label between its dots; write the name of the host in full",
        ),
        ("http://256.1.1.1/", "has a malformed IPv4 address; write four decimal numbers up to 255"),
        ("http://1.2.3.4.5/", "has a malformed IPv4 address; write four decimal numbers up to 255"),
        ("http://xn--a/", "has a label in broken punycode; write the name as a browser shows it"),
        ("http://a:x/", "is no address; write 'http://host:port/path'"),
        (
            f"http://{'a' * 64}.example/",
            "has a malformed host; write letters, digits and hyphens between its dots",
        ),
        ("http://[::g]/", "is no address; write 'http://host:port/path'"),
        (
            "http://user:secret@a/",
            "has a user name or password, which no page can fetch; "  # noqa: ISC004
            "send it in the header Authorization",
        ),
    ],
)
def test_address_that_no_page_can_fetch_is_refused(written: str, reason: str) -> None:
    with pytest.raises(ValueError, match="; ") as error:
        parse_address(written)

    assert str(error.value) == reason


@pytest.mark.parametrize(
    ("page", "target", "site"),
    [
        ("https://a.example.com", "https://a.example.com", "same-origin"),
        ("https://a.example.com", "https://b.example.com:8443", "same-site"),
        ("https://a.example.com", "http://a.example.com", "cross-site"),
        ("https://a.github.io", "https://b.github.io", "cross-site"),
        ("http://localhost:3000", "http://localhost:8000", "same-site"),
        ("http://localhost:3000", "http://127.0.0.1:8000", "cross-site"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:8000", "same-site"),
        ("http://10.0.0.1", "http://10.0.0.2", "cross-site"),
    ],
)
def test_distance_between_page_and_target(page: str, target: str, site: str) -> None:
    assert distance(parse_address(page), parse_address(target)) == site


def test_distance_of_a_page_without_an_origin() -> None:
    assert distance(None, Address("http", "localhost", 80, "/")) == "cross-site"


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("127.8.8.8", True),
        ("[::1]", True),
        ("192.168.1.7", True),
        ("[fe80::1]", True),
        ("printer", True),
        ("nas.local", True),
        ("example.com", False),
        ("8.8.8.8", False),
        ("[2606:4700::1111]", False),
    ],
)
def test_local_hosts_are_known_by_their_names(host: str, local: bool) -> None:
    assert is_local(host) is local
