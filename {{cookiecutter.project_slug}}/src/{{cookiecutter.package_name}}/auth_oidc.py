"""Who is calling: the bearer of an identity provider's access token (RFC 6750, RFC 9068)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from math import inf
from threading import Lock
from time import monotonic
from typing import Any

import jwt
from flask import Blueprint, Flask, current_app, g, request
from pydantic import BaseModel
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import ServiceUnavailable, Unauthorized

from .openapi import View, operation

bp = Blueprint("auth", __name__, url_prefix="/auth")
logger = logging.getLogger(__name__)

ALGORITHMS = ("ES256", "EdDSA", "RS256")  # signed by a key that only the provider has
CLAIMS = ("aud", "exp", "iat", "iss", "sub")
LEEWAY = 30  # seconds by which clocks may differ
KEYS_LAST = 60 * 60  # seconds; so long the provider may be down
NEXT_TRY = 5  # seconds after the provider did not answer
NEXT_LOOK = 30  # seconds after it did: forged tokens that name new keys must not flood it


class Refused(Unauthorized):
    """A 401 with a challenge (RFC 6750, section 3)."""

    def __init__(self, detail: str, **challenge: str) -> None:
        # As parameters, Werkzeug would send single words without quotes (RFC 9110, section 11.5).
        token = ", ".join(f'{name}="{value}"' for name, value in challenge.items())
        super().__init__(detail, www_authenticate=WWWAuthenticate("bearer", None, token))


class Forbidden(Refused):
    """A 403 with a challenge."""

    code = 403


class Me(BaseModel):
    """Whom the access token stands for."""

    subject: str
    scopes: list[str]


class Keys:
    """The public keys of the provider."""

    def __init__(self, url: str) -> None:
        self._client = jwt.PyJWKClient(url, cache_jwk_set=False, timeout=5)
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched = self._next_fetch = -inf
        self._lock = Lock()

    def get(self, name: str | None) -> jwt.PyJWK:
        """Return the key of that name. Raises ServiceUnavailable, or jwt.InvalidKeyError."""
        if not self._has(name):
            with self._lock:
                if not self._has(name) and monotonic() >= self._next_fetch:
                    self._fetch()
        if not self._are_fresh():
            raise ServiceUnavailable("The identity provider does not answer.", retry_after=5)
        if name not in self._keys:
            raise jwt.InvalidKeyError("The provider has no such key")
        return self._keys[name]

    def _has(self, name: str | None) -> bool:
        return self._are_fresh() and name in self._keys

    def _are_fresh(self) -> bool:
        return monotonic() - self._fetched < KEYS_LAST

    def _fetch(self) -> None:
        try:
            keys = self._client.get_signing_keys()
        except (jwt.PyJWTError, OSError, ValueError) as error:
            logger.warning("The identity provider's keys are not available: %s", error)
            self._next_fetch = monotonic() + NEXT_TRY
            return
        self._keys = {key.key_id: key for key in keys}
        self._fetched = monotonic()
        self._next_fetch = self._fetched + NEXT_LOOK


@dataclass(frozen=True)
class Verifier:
    """Verifies tokens that one issuer made out to one audience."""

    issuer: str
    audience: str
    keys: Keys

    def claims(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that is in order. Raises jwt.PyJWTError otherwise."""
        claims: dict[str, Any] = jwt.decode(
            token,
            self.keys.get(jwt.get_unverified_header(token).get("kid")),
            algorithms=ALGORITHMS,
            issuer=self.issuer,
            audience=self.audience,
            leeway=LEEWAY,
            options={"require": list(CLAIMS)},
        )
        return claims


def init_app(app: Flask, issuer: str, audience: str, keys_url: str) -> None:
    """Verify tokens with the provider's keys, which are fetched when they are first needed."""
    app.extensions["security_schemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    app.extensions["verifier"] = Verifier(issuer, audience, Keys(keys_url))


def scope_required(*needed: str) -> Callable[[View], View]:
    """Answer 401 without a good token, and 403 unless it has these scopes.

    In the view, `g.claims` is what the token says; `g.claims["sub"]` is the user.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def protected(**arguments: Any) -> Any:
            g.claims = _claims()
            if not scopes(g.claims).issuperset(needed):
                names = " ".join(needed)
                detail = f"The access token needs these scopes: {names}."
                raise Forbidden(detail, error="insufficient_scope", scope=names)
            return view(**arguments)

        vars(protected)["security"] = {"bearer": list(needed)}
        return protected

    return decorate


login_required = scope_required()


def scopes(claims: dict[str, Any]) -> set[str]:
    """Return the scopes of a token: `scope` (RFC 9068), or `scp`, which some providers write."""
    value = claims.get("scope", claims.get("scp", ""))
    return set(map(str, value) if isinstance(value, list) else str(value).split())


def _claims() -> dict[str, Any]:
    authorization = request.authorization
    if authorization is None or authorization.type != "bearer" or not authorization.token:
        raise Refused("Send an access token, as Authorization: Bearer.", realm="api")
    verifier: Verifier = current_app.extensions["verifier"]
    try:
        return verifier.claims(authorization.token)
    except (jwt.PyJWTError, RecursionError) as error:
        detail = f"The access token is refused: {str(error).rstrip('.')}."
        raise Refused(detail, error="invalid_token") from None


@bp.get("/me")
@login_required
@operation()
def show_me() -> Me:
    """Show whom the access token stands for, and what it is good for."""
    return Me(subject=g.claims["sub"], scopes=sorted(scopes(g.claims)))
