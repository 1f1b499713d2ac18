"""The proxies in front: what they say about the client is believed, of as many as there are."""

import re
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PREFIX = "HTTP_X_FORWARDED_PREFIX"
PROTO = "HTTP_X_FORWARDED_PROTO"
# A proxy that does not set one passes on what a client wrote: `//evil.example` would lead away.
_SAFE = {
    PREFIX: re.compile(r"(?:/[\w~-][\w.~-]*)*/?", re.ASCII),
    PROTO: re.compile("https?"),
}


def init_app(app: Flask, hops: int) -> None:
    """Read X-Forwarded-For, -Proto, -Host and -Prefix as `hops` proxies wrote them.

    Most proxies add to the first and replace the others, some add to each. So the value that
    stands for the outermost proxy counts where there is one, and else the only one.
    """
    if hops == 0:
        return
    fixed = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=hops)
    if hops > 1:
        fixed = ProxyFix(fixed, x_for=0, x_proto=1, x_host=1, x_prefix=1)

    def proxied(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        for name, safe in _SAFE.items():
            values = environ[name].split(",") if name in environ else []
            if not all(safe.fullmatch(it.strip()) for it in values):
                del environ[name]
        return fixed(environ, start_response)

    app.wsgi_app = proxied  # type: ignore[method-assign]
