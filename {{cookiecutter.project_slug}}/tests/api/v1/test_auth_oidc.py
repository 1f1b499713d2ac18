import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from flask.testing import FlaskClient
from flask_cors_policy import ConfigurationError
from werkzeug.test import TestResponse

from {{ cookiecutter.package_name }} import Settings, auth

from ...conftest import ENVIRON, TRUSTED
from ...provider import AUDIENCE, Provider

ME = "/api/v1/auth/me"
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())


def call(client: FlaskClient, token: str) -> TestResponse:
    return client.get(ME, headers={"Authorization": f"Bearer {token}"})


def encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def sign(provider: Provider, key: Any, algorithm: str | None, **header: Any) -> str:
    """Sign the claims of a good token, with a header that names the provider's key."""
    return jwt.encode(provider.claims(), key, algorithm, headers={"kid": "one"} | header)


def sign_with_public_key(provider: Provider) -> str:
    """Sign with what everybody knows, as a verifier that trusts the header would."""
    public = provider.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = encode(b'{"alg":"HS256","kid":"one"}')
    signed = f"{header}.{encode(json.dumps(provider.claims()).encode())}"
    return f"{signed}.{encode(hmac.digest(public, signed.encode(), 'sha256'))}"


def with_other_claims(provider: Provider) -> str:
    header, _, signature = provider.token().split(".")
    claims = encode(json.dumps(provider.claims(sub="root")).encode())
    return f"{header}.{claims}.{signature}"


FORGED: dict[str, Callable[[Provider], str]] = {
    "expired": lambda provider: provider.token(exp=int(time.time()) - 60),
    "not yet valid": lambda provider: provider.token(nbf=int(time.time()) + 60),
    "no expiry": lambda provider: provider.token(exp=None),
    "no subject": lambda provider: provider.token(sub=None),
    "no audience": lambda provider: provider.token(aud=None),
    "another audience": lambda provider: provider.token(aud="another-api"),
    "another issuer": lambda provider: provider.token(iss="https://other.example"),
    "a trailing slash": lambda provider: provider.token(iss=f"{provider.issuer}/"),
    "algorithm none": lambda provider: sign(provider, None, "none"),
    "the public key as a secret": sign_with_public_key,
    "another algorithm": lambda provider: sign(
        provider, rsa.generate_private_key(65537, 2048), "RS256"
    ),
    "another key": lambda provider: sign(provider, OTHER_KEY, "ES256"),
    "an unknown key": lambda provider: sign(provider, OTHER_KEY, "ES256", kid="two"),
    "a key of its own": lambda provider: sign(
        provider, OTHER_KEY, "ES256", jku="https://other.example/keys"
    ),
    "other claims": with_other_claims,
    "a truncated signature": lambda provider: provider.token()[:-4],
    "no signature": lambda provider: provider.token().rpartition(".")[0] + ".",
    "two parts": lambda provider: provider.token().rpartition(".")[0],
    "no token": lambda _: "x",
    "deep JSON": lambda _: encode(b'{"a":' * 3000) + ".e30.AA",
    "a key that is no text": lambda _: encode(b'{"alg":"ES256","kid":[1]}') + ".e30.AA",
}


def test_a_good_token(client: FlaskClient, provider: Provider) -> None:
    response = call(client, provider.token(scope="items:read items:write"))
    assert response.json == {"subject": "ada", "scopes": ["items:read", "items:write"]}


@pytest.mark.parametrize("kind", FORGED)
def test_a_bad_token(kind: str, client: FlaskClient, provider: Provider) -> None:
    response = call(client, FORGED[kind](provider))
    assert (response.status_code, response.mimetype) == (401, "application/problem+json")
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Token x"])
def test_no_token(header: str, client: FlaskClient) -> None:
    response = client.get(ME, headers={"Authorization": header})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"scope": "items:write"}, 200),
        ({"scope": "items:read items:write"}, 200),
        ({"scp": ["items:write"]}, 200),
        ({"scope": "items:writer"}, 403),
        ({"scope": ""}, 403),
        ({"scope": 1}, 403),
        ({}, 403),
    ],
)
def test_scope_required(
    claims: dict[str, Any],
    status: int,
    app: Flask,
    client: FlaskClient,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = auth.scope_required("items:write")(lambda: "ok")
    monkeypatch.setitem(app.view_functions, "v1.auth.show_me", view)
    response = call(client, provider.token(**claims))
    assert response.status_code == status
    if status == 403:
        expected = 'Bearer error="insufficient_scope", scope="items:write"'
        assert response.headers["WWW-Authenticate"] == expected


def test_a_provider_that_is_down(app: Flask, client: FlaskClient, provider: Provider) -> None:
    auth.init_app(app, provider.issuer, AUDIENCE, "http://127.0.0.1:1/keys")
    response = call(client, provider.token())
    assert (response.status_code, response.mimetype) == (503, "application/problem+json")
    assert "Retry-After" in response.headers


def test_keys_outlast_a_provider(client: FlaskClient, provider: Provider) -> None:
    assert call(client, provider.token()).status_code == 200
    provider.shutdown()
    assert call(client, provider.token()).status_code == 200


def test_unknown_keys_do_not_flood_the_provider(client: FlaskClient, provider: Provider) -> None:
    for number in range(20):
        token = sign(provider, OTHER_KEY, "ES256", kid=f"key {number}")
        assert call(client, token).status_code == 401
    assert provider.asked == 1


def test_preflights_are_not_authenticated(client: FlaskClient) -> None:
    headers = {"Origin": TRUSTED, "Access-Control-Request-Method": "GET"}
    assert client.options(ME, headers=headers).status_code == 204


def test_a_start_is_refused_without_a_provider() -> None:
    with pytest.raises(ConfigurationError) as error:
        Settings.from_env({"CORS_ORIGINS": "none"})
    subjects = [problem.subject for problem in error.value.problems]
    assert subjects == ["OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_JWKS_URL"]


@pytest.mark.parametrize("name", ["OIDC_ISSUER", "OIDC_JWKS_URL"])
def test_a_start_is_refused_with_a_provider_that_anybody_can_impersonate(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name}: 'http://id.example.com' is not an"):
        Settings.from_env(ENVIRON | {name: "http://id.example.com"})
