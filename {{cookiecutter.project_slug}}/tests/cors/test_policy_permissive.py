"""The promises of this project's own policy: any page, and never with credentials."""

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

ALLOW_ORIGIN = "Access-Control-Allow-Origin"


@pytest.mark.parametrize("environ", [{}, {"CORS_ORIGINS": "*"}], ids=["unset", "*"])
@pytest.mark.parametrize("origin", [EVIL, "null", None])
@pytest.mark.parametrize("path", [GREETINGS, "/api/none"])
def test_any_page_may_call(path: str, origin: str | None, environ: dict[str, str]) -> None:
    response = client_of(environ).get(path, headers={"Origin": origin} if origin else {})

    assert cors_headers(response)[ALLOW_ORIGIN] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Vary" not in response.headers


def test_any_page_may_write() -> None:
    client = client_of({})

    assert cors_headers(preflight(client, origin=EVIL))[ALLOW_ORIGIN] == "*"
    headers = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}
    assert client.post(GREETINGS, json={"name": "A"}, headers=headers).status_code == 201


def test_health_is_no_part_of_it() -> None:
    assert cors_headers(client_of({}).get("/healthz", headers={"Origin": EVIL})) == {}


@pytest.mark.parametrize("origins", ["*", TRUSTED])
def test_credentials_are_refused(origins: str) -> None:
    environ = {"CORS_ORIGINS": origins, "CORS_SUPPORTS_CREDENTIALS": "true"}

    assert problems_of(environ) == (
        "CORS_SUPPORTS_CREDENTIALS: 'true' reaches no row of cors/policy.py, as each is open to "
        "every page or says supports_credentials=False; unset it, or list origins in a row that "
        "takes it",
    )


def test_a_list_keeps_everybody_else_out() -> None:
    client = client_of(ENVIRON)
    trusted = client.get(GREETINGS, headers={"Origin": TRUSTED})

    assert cors_headers(trusted)[ALLOW_ORIGIN] == TRUSTED
    assert trusted.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in trusted.headers
    assert not cors_headers(client.get(GREETINGS, headers={"Origin": EVIL}))
    assert client.post(GREETINGS, headers={"Origin": EVIL}).status_code == 403
