"""The promises of this project's own policy: a list, and a public part that anybody may read."""

import pytest

from ..calls import (
    ENVIRON,
    EVIL,
    GREETINGS,
    TRUSTED,
    client_of,
    cors_headers,
    preflight,
    problems_of,
)

STATUS = "/api/v1/public/status"
READER = "https://reader.example"
ALLOW_ORIGIN = "Access-Control-Allow-Origin"


def test_the_list_has_to_be_there_and_may_not_be_everybody() -> None:
    assert problems_of({})[0].startswith("CORS_ORIGINS: is not set; ")
    assert problems_of({"CORS_ORIGINS": "*"})[0].startswith("CORS_ORIGINS: '*' is not allowed ")


@pytest.mark.parametrize("credentials", ["true", "false"])
@pytest.mark.parametrize("origin", [TRUSTED, EVIL, "null", None])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_anybody_may_read_the_public_part_without_credentials(
    method: str, origin: str | None, credentials: str
) -> None:
    client = client_of(ENVIRON | {"CORS_SUPPORTS_CREDENTIALS": credentials})
    response = client.open(STATUS, method=method, headers={"Origin": origin} if origin else {})

    assert cors_headers(response)[ALLOW_ORIGIN] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Vary" not in response.headers


def test_the_grant_to_read_is_for_reading() -> None:
    granted = cors_headers(preflight(client_of(ENVIRON), STATUS, origin=EVIL, method="GET"))

    assert granted[ALLOW_ORIGIN] == "*"
    assert granted["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert granted["Access-Control-Allow-Headers"] == "Content-Type, X-Request-ID"


def test_writing_there_is_for_the_list() -> None:
    client = client_of(ENVIRON)

    assert not cors_headers(preflight(client, STATUS, origin=EVIL))
    assert cors_headers(preflight(client, STATUS))[ALLOW_ORIGIN] == TRUSTED
    assert client.post(STATUS, headers={"Origin": EVIL}).status_code == 403
    assert client.post(STATUS, headers={"Origin": TRUSTED}).status_code == 405


@pytest.mark.parametrize("path", [GREETINGS, "/api/v1/publicity", "/api/v1/public-x", "/api"])
def test_elsewhere_only_listed_pages_are_trusted(path: str) -> None:
    client = client_of(ENVIRON)

    assert cors_headers(client.get(path, headers={"Origin": TRUSTED}))
    assert not cors_headers(client.get(path, headers={"Origin": EVIL}))


def test_readers_may_be_listed_and_the_trusted_pages_are_readers_too() -> None:
    client = client_of(ENVIRON | {"CORS_PUBLIC_ORIGINS": READER})

    for origin in (READER, TRUSTED):
        response = client.get(STATUS, headers={"Origin": origin})
        assert cors_headers(response)[ALLOW_ORIGIN] == origin
        assert response.headers["Vary"] == "Origin"
    assert not cors_headers(client.get(STATUS, headers={"Origin": EVIL}))
    assert client.get(STATUS).headers["Vary"] == "Origin"
    assert not cors_headers(client.get(GREETINGS, headers={"Origin": READER}))


def test_without_readers_the_public_part_is_for_the_trusted_pages() -> None:
    client = client_of(ENVIRON | {"CORS_PUBLIC_ORIGINS": "none"})

    assert not cors_headers(client.get(STATUS, headers={"Origin": EVIL}))
    assert cors_headers(client.get(STATUS, headers={"Origin": TRUSTED}))
