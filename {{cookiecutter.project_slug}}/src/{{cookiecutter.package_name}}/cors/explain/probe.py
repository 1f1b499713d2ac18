"""Asking the application in this process, byte for byte as a browser would ask a server."""

import copy
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask, got_request_exception, request
from werkzeug.test import run_wsgi_app

from ... import cors, gateway
from ...logs import Lines
from ..csrf import SAFE_METHODS
from ..refusals import REHEARSED
from .exchange import ACTUAL, Exchange, Received

CRASHED = 500  # what a server makes of an exception, in an answer of its own


class Probe:
    """Sends requests into an application; unsafe ones are rehearsed unless they may be executed."""

    def __init__(self, app: Flask, host: str, *, execute: bool) -> None:
        self._app = app
        self._host = host
        self._execute = execute
        #: The exception that an answer hides, if a view or the application itself has failed.
        self.exception: BaseException | None = None

    def send(self, exchange: Exchange) -> Received:
        """Return what the application answers."""
        if exchange.address.host != self._host:
            return Received(0, elsewhere=True)
        rehearsed = exchange.step == ACTUAL and exchange.method not in SAFE_METHODS
        rehearsed = rehearsed and not self._execute
        called: Any = rehearsal(self._app).wsgi_app if rehearsed else self._app
        with got_request_exception.connected_to(self._keep):
            try:
                _, status, headers = run_wsgi_app(called, environ_of(exchange), buffered=True)
            except Exception as error:  # noqa: BLE001 - whatever it is, a server answers with 500
                self.exception = error
                return Received(CRASHED, rehearsed=rehearsed)
        return Received(int(status.split()[0]), tuple(headers.items()), rehearsed=rehearsed)

    def _keep(self, _sender: Flask, exception: BaseException, **_: Any) -> None:
        self.exception = exception


def rehearsal(app: Flask) -> Flask:
    """Return the application without anything that could change something.

    Routing, the guard and the headers are the application's own; no view runs, no middleware, and
    no function around a request but theirs.
    """
    twin = copy.copy(app)
    twin.__dict__.pop("wsgi_app", None)
    gateway.init_app(twin, Lines("json"))  # which tells nothing of rehearsals
    twin.view_functions = dict.fromkeys(app.view_functions, _read_body)
    twin.before_request_funcs = {}
    twin.after_request_funcs = {}
    twin.teardown_request_funcs, twin.teardown_appcontext_funcs = {}, []
    twin.url_value_preprocessors = {
        None: [it for it in app.url_value_preprocessors[None] if it.__module__ == cors.__name__]
    }
    return twin


def environ_of(exchange: Exchange) -> dict[str, Any]:
    """Write a request as a WSGI server does (PEP 3333)."""
    address = exchange.address
    path, _, query = address.path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": exchange.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": address.host,
        "SERVER_PORT": str(address.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": address.authority,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": address.scheme,
        "wsgi.input": BytesIO(exchange.body or b""),
        "wsgi.errors": StringIO(),  # the log; what it would say, the answer says
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        REHEARSED: True,
    }
    if exchange.body is not None or exchange.method in ("POST", "PUT"):
        environ["CONTENT_LENGTH"] = str(len(exchange.body or b""))
    for name, value in exchange.headers:
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ


def _read_body(**_: Any) -> str:
    request.get_data()  # a body that is too large is refused where it is read
    return ""
