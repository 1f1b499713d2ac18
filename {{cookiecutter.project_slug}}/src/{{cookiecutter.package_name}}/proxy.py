"""The proxies in front: what they say about the client is believed, of as many as there are."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


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
    app.wsgi_app = fixed  # type: ignore[method-assign]
