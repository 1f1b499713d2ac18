"""The outermost layer: what every response carries, and the log line of every request."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import getrandbits
from time import perf_counter
from typing import Any

from flask import Flask
from werkzeug.exceptions import ClientDisconnected
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wsgi import get_path_info

from .errors import crashed
from .health import PROBES

Environ = dict[str, Any]

SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
LEFTOVER = 16 * 1024 * 1024  # bytes of a refused body that are read beyond MAX_CONTENT_LENGTH

# What a response gets unless a view has set it. Data loads nothing and stands in no frame.
NOSNIFF = ("X-Content-Type-Options", "nosniff")
NOTHING = ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
DATA = [NOSNIFF, NOTHING, ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer")]
PAGES = [NOSNIFF, ("X-Frame-Options", "SAMEORIGIN"), ("Referrer-Policy", "same-origin")]

logger = logging.getLogger(__name__)


def init_app(app: Flask, hops: int) -> None:
    """Wrap the application in the layer, and that in the proxies that are believed."""
    outermost: Any = Layer(app)
    if hops:
        outermost = ProxyFix(outermost, x_for=hops, x_proto=hops, x_host=hops, x_prefix=hops)
    if hops > 1:  # a proxy may overwrite the other three, which then have a single value
        outermost = ProxyFix(outermost, x_for=0, x_proto=1, x_host=1, x_prefix=1)
    app.wsgi_app = outermost  # type: ignore[method-assign]


class Layer:
    """The WSGI layer. It sees what Flask's hooks do not: preflights, refusals and crashes."""

    def __init__(self, app: Flask) -> None:
        self.application = app.wsgi_app
        self.host = (app.config["TRUSTED_HOSTS"] or [""])[0].lstrip(".")
        self.most = app.config["MAX_CONTENT_LENGTH"] + LEFTOVER

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Handle one request (PEP 3333)."""
        if self.host:  # a probe's Host is an address; Werkzeug's comparison is case-sensitive
            is_probe = environ.get("PATH_INFO") in PROBES
            environ["HTTP_HOST"] = self.host if is_probe else environ.get("HTTP_HOST", "").lower()
        # From here on the header of the request is its id, for views, problems and log lines.
        if not (given := environ.get("HTTP_X_REQUEST_ID")) or not SAFE_ID.fullmatch(given):
            environ["HTTP_X_REQUEST_ID"] = f"{getrandbits(128):032x}"
        response = Response(environ, start_response, perf_counter())
        try:
            response.content = self.application(environ, response.start)
        except StopIteration:  # Flask-Sock raises it to gunicorn, as a WebSocket is over
            log(environ, 101, perf_counter() - response.began)
            raise
        except Exception:
            logger.exception("Exception outside of Flask's error handling")
            response.content = crashed(environ, response.start)
        if response.status >= 300:
            drain(environ, self.most)
        return response


@dataclass(slots=True)
class Response:
    """The response to one request, as the server iterates and closes it."""

    environ: Environ
    start_response: Callable[..., Any]
    began: float
    content: Iterable[bytes] = ()
    status: int = 500

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """Start the response with the headers that it lacks."""
        self.status = int(status[:3])
        given = {name.lower(): value for name, value in headers}
        defaults = DATA if "json" in given.get("content-type", "json") else PAGES
        if "x-request-id" in given:
            headers = [header for header in headers if header[0].lower() != "x-request-id"]
        complete = [*headers, ("X-Request-ID", self.environ["HTTP_X_REQUEST_ID"])]
        complete += [header for header in defaults if header[0].lower() not in given]
        return self.start_response(status, complete, exc_info)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.content)

    def close(self) -> None:
        """Log the request, as its response is over, streamed or not."""
        try:
            if close := getattr(self.content, "close", None):
                close()
        finally:
            log(self.environ, self.status, perf_counter() - self.began)


def drain(environ: Environ, most: int) -> None:
    """Read what is left of a refused body: servers cut connections on which something is left."""
    sent = environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ
    if not sent or "HTTP_EXPECT" in environ or not environ.get("wsgi.input_terminated"):
        return
    with suppress(OSError, ValueError, ClientDisconnected):
        while most > 0 and (part := environ["wsgi.input"].read(64 * 1024)):
            most -= len(part)


def log(environ: Environ, status: int, seconds: float) -> None:
    """Log a request, unless it is a probe that succeeded."""
    path = get_path_info(environ)[:300]
    level = logging.WARNING if status >= 500 else logging.INFO
    if (path in PROBES and status < 400) or not logger.isEnabledFor(level):
        return
    method = environ["REQUEST_METHOD"][:20]
    message = f"{method} {path} {status}"
    # logger.log() would also search for its caller, which takes as long as the rest.
    record = logging.getLogRecordFactory()(logger.name, level, __file__, 0, message, None, None)
    extra = vars(record)
    extra.update(method=method, path=path, status=status, duration_ms=int(seconds * 1e6) / 1e3)
    extra.update(request_id=environ["HTTP_X_REQUEST_ID"], remote=environ.get("REMOTE_ADDR"))
    if refusal := environ.get("flask_cors_policy.refusal"):
        extra["cors_refusal"] = refusal
    logger.handle(record)
