from collections.abc import Mapping

import pytest
from flask import Flask, request

from .calls import ENVIRON, EVIL, client_of

FORWARDED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "api.example.com",
    "X-Forwarded-Prefix": "/shop",
}
# The first added its word, the second, of another make, replaced it or added its own.
TWICE = {"X-Forwarded-For": "203.0.113.7, 192.0.2.1"}
ADDED = FORWARDED | TWICE | {"X-Forwarded-Proto": "https, http"}
SPOOFED = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7", "X-Forwarded-Proto": "http, https"}

BELIEVED = ["203.0.113.7", "https://api.example.com/shop/api/v1/specimens"]
BARE = ["203.0.113.7", "https://api.example.com/api/v1/specimens"]
PLAIN = ["203.0.113.7", "http://api.example.com/shop/api/v1/specimens"]
IGNORED = ["127.0.0.1", "http://localhost/api/v1/specimens"]


def app_behind(hops: str, **environ: str) -> Flask:
    app = client_of(ENVIRON | {"PROXY_HOPS": hops} | environ).application

    @app.get("/api/seen")
    def seen() -> list[str | None]:
        return [request.remote_addr, request.url_root + "api/v1/specimens"]

    return app


@pytest.mark.parametrize(
    ("hops", "headers", "seen"),
    [
        pytest.param("0", FORWARDED, IGNORED, id="none in front: anybody may have written that"),
        pytest.param("1", FORWARDED, BELIEVED, id="one"),
        pytest.param("1", {}, IGNORED, id="one that says nothing"),
        pytest.param("1", FORWARDED | SPOOFED, BELIEVED, id="one, and a client that lies to it"),
        pytest.param("1", FORWARDED | {"X-Forwarded-Prefix": "//evil.example"}, BARE, id="a host"),
        pytest.param("1", FORWARDED | {"X-Forwarded-Prefix": "https://a.b"}, BARE, id="a URL"),
        pytest.param("1", FORWARDED | {"X-Forwarded-Prefix": "/shop, //a"}, BARE, id="one more"),
        pytest.param("1", FORWARDED | {"X-Forwarded-Prefix": ""}, BARE, id="no prefix"),
        pytest.param("1", FORWARDED | {"X-Forwarded-Prefix": "/../x"}, BARE, id="a way up"),
        pytest.param("1", FORWARDED | {"X-Forwarded-Proto": "javascript"}, PLAIN, id="a scheme"),
        pytest.param("2", FORWARDED | TWICE, BELIEVED, id="two, of which the second replaces"),
        pytest.param("2", ADDED, BELIEVED, id="two that add"),
    ],
)
def test_the_proxies_in_front_are_believed_and_nobody_else(
    hops: str, headers: Mapping[str, str], seen: list[str]
) -> None:
    assert app_behind(hops).test_client().get("/api/seen", headers=headers).get_json() == seen


@pytest.mark.parametrize(("host", "status"), [("api.example.com", 200), ("evil.example", 400)])
def test_the_host_that_counts_is_the_one_that_was_asked_for(host: str, status: int) -> None:
    client = app_behind("1", TRUSTED_HOSTS="api.example.com").test_client()
    headers = FORWARDED | {"X-Forwarded-Host": host, "Host": "10.0.0.1:8000"}

    assert client.get("/api/seen", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://api.example.com", 201),
        ("https://api.example.com:8443", 403),
        ("http://localhost", 403),
        (EVIL, 403),
    ],
)
def test_a_page_of_the_apis_own_host_is_no_stranger(origin: str, status: int) -> None:
    client = app_behind("1").test_client()
    headers = FORWARDED | {"Origin": origin}
    response = client.post("/api/v1/specimens", json={"name": "Ada"}, headers=headers)

    assert response.status_code == status


def test_links_keep_the_prefix() -> None:
    client = app_behind("1").test_client()
    response = client.post("/api/v1/specimens", json={"name": "Ada"}, headers=FORWARDED)

    assert response.headers["Location"] == "/shop/api/v1/specimens?name=Ada"
