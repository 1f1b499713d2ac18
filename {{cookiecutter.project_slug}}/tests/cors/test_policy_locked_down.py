"""The promises of this project's own policy: pages that are listed, and nobody else."""

import pytest

from {{ cookiecutter.package_name }}.cors.policy import TABLE

from ..calls import ENVIRON, EVIL, SPECIMENS, TRUSTED, client_of, cors_headers, problems_of

#: All that this project asks for, without the list.
UNSET = {name: value for name, value in ENVIRON.items() if name != "CORS_ORIGINS"}


def test_the_list_has_to_be_there() -> None:
    assert problems_of(UNSET, TABLE) == (
        "CORS_ORIGINS: is not set; list the origins you trust, such as "
        "'https://app.example.com', or write 'none' for nobody",
    )


def test_the_list_may_not_be_everybody() -> None:
    assert problems_of(ENVIRON | {"CORS_ORIGINS": "*"}, TABLE) == (
        "CORS_ORIGINS: '*' is not allowed by this policy; list the origins you trust",
    )


def test_nothing_is_public() -> None:
    assert problems_of(ENVIRON | {"CORS_PUBLIC_ORIGINS": "*"}, TABLE) == (
        "CORS_PUBLIC_ORIGINS: '*' is read by no row of cors/policy.py; unset it",
    )


@pytest.mark.parametrize("path", [SPECIMENS, "/api/v1/public/status"])
def test_only_listed_pages_are_trusted(path: str) -> None:
    client = client_of(ENVIRON, TABLE)

    assert cors_headers(client.get(path, headers={"Origin": TRUSTED}))
    assert not cors_headers(client.get(path, headers={"Origin": EVIL}))
    assert not cors_headers(client.get(path))


@pytest.mark.parametrize("credentials", ["true", "false"])
def test_credentials_are_granted_if_they_are_configured(credentials: str) -> None:
    client = client_of(ENVIRON | {"CORS_SUPPORTS_CREDENTIALS": credentials}, TABLE)
    granted = cors_headers(client.get(SPECIMENS, headers={"Origin": TRUSTED}))

    assert ("Access-Control-Allow-Credentials" in granted) is (credentials == "true")


def test_nobody_may_be_trusted_at_all() -> None:
    client = client_of(ENVIRON | {"CORS_ORIGINS": "none"}, TABLE)

    assert not cors_headers(client.get(SPECIMENS, headers={"Origin": TRUSTED}))
    assert client.post(SPECIMENS, headers={"Origin": TRUSTED}).status_code == 403
