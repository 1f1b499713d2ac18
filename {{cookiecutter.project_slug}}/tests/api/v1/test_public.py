# {% if cookiecutter.cors_policy == "mixed" %}
"""What every page may read: the row for `/api/v1/public/*` in `cors.py`."""

import pytest
from flask.testing import FlaskClient

from ...conftest import EVIL, TRUSTED, app_in, cors_headers, preflight

STATUS = "/api/v1/public/status"


def test_the_status(client: FlaskClient) -> None:
    assert client.get(STATUS).get_json() == {"status": "ok"}


@pytest.mark.parametrize("headers", [{"Origin": TRUSTED}, {"Origin": EVIL}, {"Origin": "null"}, {}])
def test_every_page_may_read_it_without_credentials(headers: dict[str, str]) -> None:
    for credentials in ("true", "false"):
        client = app_in(CORS_SUPPORTS_CREDENTIALS=credentials).test_client()
        response = client.get(STATUS, headers=headers)

        assert cors_headers(response)["Allow-Origin"] == "*"
        assert "Allow-Credentials" not in cors_headers(response)


def test_its_preflight_grants_reading_only(client: FlaskClient) -> None:
    granted = cors_headers(preflight(client, STATUS, EVIL, "GET"))

    assert granted["Allow-Methods"] == "GET, HEAD"
    assert granted["Allow-Headers"] == "Content-Type, X-Request-ID"


def test_other_methods_are_for_trusted_pages(client: FlaskClient) -> None:
    assert client.post(STATUS, headers={"Origin": EVIL}).status_code == 403
    assert client.post(STATUS, headers={"Origin": TRUSTED}).status_code == 405
    assert cors_headers(preflight(client, STATUS, EVIL)) == {}
    assert cors_headers(preflight(client, STATUS))["Allow-Origin"] == TRUSTED


@pytest.mark.parametrize("path", ["/api/v1/publicity", "/api/v1"])
def test_its_neighbours_are_not_public(client: FlaskClient, path: str) -> None:
    assert cors_headers(client.get(path, headers={"Origin": EVIL})) == {}


@pytest.mark.parametrize(
    ("readers", "origin", "allowed"),
    [
        ("https://reader.example", "https://reader.example", True),
        ("https://reader.example", TRUSTED, True),
        ("https://reader.example", EVIL, False),
        ("none", TRUSTED, True),
        ("none", EVIL, False),
    ],
)
def test_readers_may_be_listed(readers: str, origin: str, allowed: bool) -> None:
    client = app_in(CORS_PUBLIC_ORIGINS=readers).test_client()
    response = client.get(STATUS, headers={"Origin": origin})

    assert cors_headers(response).get("Allow-Origin") == (origin if allowed else None)
    assert response.headers["Vary"] == "Origin"
# {% endif %}
