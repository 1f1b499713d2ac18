"""The promises of this project's own policy: a list, and a public part that anybody may read."""

import pytest

from {{ cookiecutter.package_name }}.cors.policy import TABLE

from ..calls import (
    ENVIRON,
    EVIL,
    SPECIMENS,
    TRUSTED,
    client_of,
    cors_headers,
    preflight,
    problems_of,
)

#: A path without a route here: the table is about paths.
STATUS = "/api/v1/public/status"
READER = "https://reader.example"
ALLOW_ORIGIN = "Access-Control-Allow-Origin"

#: All that this project asks for, without the list.
UNSET = {name: value for name, value in ENVIRON.items() if name != "CORS_ORIGINS"}


def test_the_list_has_to_be_there_and_may_not_be_everybody() -> None:
    anybody = ENVIRON | {"CORS_ORIGINS": "*"}

    assert problems_of(UNSET, TABLE)[0].startswith("CORS_ORIGINS: is not set; ")
    assert problems_of(anybody, TABLE)[0].startswith("CORS_ORIGINS: '*' is not allowed ")


@pytest.mark.parametrize("credentials", ["true", "false"])
@pytest.mark.parametrize("origin", [TRUSTED, EVIL, "null", None])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_anybody_may_read_the_public_part_without_credentials(
    method: str, origin: str | None, credentials: str
) -> None:
    client = client_of(ENVIRON | {"CORS_SUPPORTS_CREDENTIALS": credentials}, TABLE)
    response = client.open(STATUS, method=method, headers={"Origin": origin} if origin else {})

    assert cors_headers(response)[ALLOW_ORIGIN] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Vary" not in response.headers


def test_the_grant_to_read_is_for_reading() -> None:
    granted = cors_headers(preflight(client_of(ENVIRON, TABLE), STATUS, origin=EVIL, method="GET"))

    assert granted[ALLOW_ORIGIN] == "*"
    assert granted["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert granted["Access-Control-Allow-Headers"] == "Content-Type, X-Request-ID"


def test_writing_there_is_for_the_list() -> None:
    client = client_of(ENVIRON, TABLE)

    assert not cors_headers(preflight(client, STATUS, origin=EVIL))
    assert cors_headers(preflight(client, STATUS))[ALLOW_ORIGIN] == TRUSTED
    assert client.post(STATUS, headers={"Origin": EVIL}).status_code == 403
    assert client.post(STATUS, headers={"Origin": TRUSTED}).status_code == 404


@pytest.mark.parametrize("path", [SPECIMENS, "/api/v1/publicity", "/api/v1/public-x", "/api"])
def test_elsewhere_only_listed_pages_are_trusted(path: str) -> None:
    client = client_of(ENVIRON, TABLE)

    assert cors_headers(client.get(path, headers={"Origin": TRUSTED}))
    assert not cors_headers(client.get(path, headers={"Origin": EVIL}))


def test_readers_may_be_listed_and_the_trusted_pages_are_readers_too() -> None:
    client = client_of(ENVIRON | {"CORS_PUBLIC_ORIGINS": READER}, TABLE)

    for origin in (READER, TRUSTED):
        response = client.get(STATUS, headers={"Origin": origin})
        assert cors_headers(response)[ALLOW_ORIGIN] == origin
        assert response.headers["Vary"] == "Origin"
    assert not cors_headers(client.get(STATUS, headers={"Origin": EVIL}))
    assert client.get(STATUS).headers["Vary"] == "Origin"
    assert not cors_headers(client.get(SPECIMENS, headers={"Origin": READER}))


def test_without_readers_the_public_part_is_for_the_trusted_pages() -> None:
    client = client_of(ENVIRON | {"CORS_PUBLIC_ORIGINS": "none"}, TABLE)

    assert not cors_headers(client.get(STATUS, headers={"Origin": EVIL}))
    assert cors_headers(client.get(STATUS, headers={"Origin": TRUSTED}))
