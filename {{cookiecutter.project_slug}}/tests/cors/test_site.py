import pytest

from {{ cookiecutter.package_name }}.cors import site
from {{ cookiecutter.package_name }}.cors.origins import (
    parse_origins,
)


@pytest.mark.parametrize(
    ("page", "host", "same"),
    [
        pytest.param("https://api.example.com", "api.example.com", True, id="same host"),
        pytest.param("https://app.example.com:8443", "api.example.com", True, id="same domain"),
        pytest.param("http://app.example.com", "api.example.com", True, id="the scheme is left"),
        pytest.param("https://*.example.com", "api.example.com", True, id="all of it"),
        pytest.param("https://app.example.org", "api.example.com", False, id="another domain"),
        pytest.param("https://a.github.io", "b.github.io", False, id="below a public suffix"),
        pytest.param("https://app.corp.internal", "corp.internal", True, id="private domain"),
        pytest.param("http://127.0.0.1:3000", "127.0.0.1", True, id="same address"),
        pytest.param("http://127.0.0.1", "127.0.0.2", False, id="another address"),
        pytest.param("http://localhost:3000", "localhost", True, id="own machine"),
        pytest.param("capacitor://localhost", "localhost", False, id="app on a phone"),
    ],
)
def test_what_is_one_site(page: str, host: str, same: bool) -> None:
    assert site.same(parse_origins(page).entries[0], host) is same


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("localhost", True),
        ("app.localhost", True),
        (".localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("0.0.0.0", True),
        ("[::1]", True),
        ("localhost.example.com", False),
        ("192.168.1.7", False),
        ("[fe80::1]", False),
    ],
)
def test_what_is_the_visitors_own_machine(host: str, own: bool) -> None:
    assert site.is_loopback(host) is own
