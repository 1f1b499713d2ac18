"""A small identity provider, for the tests and for the development server.

`python -m tests.provider` runs it on the port that .env.example names.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

AUDIENCE = "{{ cookiecutter.project_slug }}"


class Provider(ThreadingHTTPServer):
    """Signs access tokens, and publishes the key that verifies them."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.keys_url = f"{self.issuer}/keys"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.asked = 0

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of a good token, with changes; None leaves a claim out."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 3600}
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def token(self, **changes: Any) -> str:
        """Sign a token."""
        return jwt.encode(self.claims(**changes), self.key, "ES256", headers={"kid": "one"})

    def keys(self) -> bytes:
        """Return the JWK set (RFC 7517)."""
        self.asked += 1
        key = jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return json.dumps({"keys": [key | {"kid": "one", "use": "sig", "alg": "ES256"}]}).encode()


class Handler(BaseHTTPRequestHandler):
    """Answers with the keys, whatever the path."""

    server: Provider

    def do_GET(self) -> None:
        body = self.server.keys()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def running(port: int = 0) -> Iterator[Provider]:
    """Run a provider until the block ends; 0 is any free port."""
    with Provider(port) as provider:
        thread = Thread(target=provider.serve_forever, args=[0.01])
        thread.start()
        try:
            yield provider
        finally:
            provider.shutdown()
            thread.join()


if __name__ == "__main__":
    with running(8001) as provider:
        token = provider.token(scope="items:write")
        print("A token for an hour:", token, "", "Enter ends the provider.", sep="\n")  # noqa: T201
        input()
