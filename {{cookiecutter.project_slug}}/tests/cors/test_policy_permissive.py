"""The promises of this project's own policy: any page, and never with credentials."""

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

ALLOW_ORIGIN = "Access-Control-Allow-Origin"

#: All that this project asks for, without the list.
UNSET = {name: value for name, value in ENVIRON.items() if name != "CORS_ORIGINS"}


@pytest.mark.parametrize("environ", [UNSET, ENVIRON | {"CORS_ORIGINS": "*"}], ids=["unset", "*"])
@pytest.mark.parametrize("origin", [EVIL, "null", None])
@pytest.mark.parametrize("path", [SPECIMENS, "/api/none"])
def test_any_page_may_call(path: str, origin: str | None, environ: dict[str, str]) -> None:
    response = client_of(environ, TABLE).get(path, headers={"Origin": origin} if origin else {})

    assert cors_headers(response)[ALLOW_ORIGIN] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Vary" not in response.headers


def test_any_page_may_write() -> None:
    client = client_of(UNSET, TABLE)

    assert cors_headers(preflight(client, origin=EVIL))[ALLOW_ORIGIN] == "*"
    headers = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}
    assert client.post(SPECIMENS, json={"name": "A"}, headers=headers).status_code == 201


def test_health_is_no_part_of_it() -> None:
    assert cors_headers(client_of(UNSET, TABLE).get("/healthz", headers={"Origin": EVIL})) == {}


@pytest.mark.parametrize("origins", ["*", TRUSTED])
def test_credentials_are_refused(origins: str) -> None:
    environ = ENVIRON | {"CORS_ORIGINS": origins, "CORS_SUPPORTS_CREDENTIALS": "true"}

    assert problems_of(environ, TABLE) == (
        "CORS_SUPPORTS_CREDENTIALS: 'true' reaches no row of cors/policy.py, as each is open to "
        "every page or says supports_credentials=False; unset it, or list origins in a row that "
        "takes it",
    )


def test_a_list_keeps_everybody_else_out() -> None:
    client = client_of(ENVIRON, TABLE)
    trusted = client.get(SPECIMENS, headers={"Origin": TRUSTED})

    assert cors_headers(trusted)[ALLOW_ORIGIN] == TRUSTED
    assert trusted.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in trusted.headers
    assert not cors_headers(client.get(SPECIMENS, headers={"Origin": EVIL}))
    assert client.post(SPECIMENS, headers={"Origin": EVIL}).status_code == 403
