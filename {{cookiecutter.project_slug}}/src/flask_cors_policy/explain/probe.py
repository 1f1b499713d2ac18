"""Sending requests into the application of this process, byte for byte as a server would."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO, StringIO
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote_to_bytes

from flask import Flask, got_request_exception, request, request_started
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as WerkzeugResponse

from flask_cors_policy._coverage import row_at
from flask_cors_policy._extension import state_of
from flask_cors_policy._guard import SAFE_METHODS, is_websocket
from flask_cors_policy._layer import REHEARSAL
from flask_cors_policy._table import Row

from .address import Address
from .browser import ACTUAL, HANDSHAKE, SWITCHING_PROTOCOLS, Fields, Response, Sent
from .deadline import Deadline
from .middleware import is_behind_policy, takes_prefixes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CRASHED = 500  # the status with which a server answers for an exception
PATIENCE = 2.5  # seconds for the start of a response
FIRST_BYTES = 0.5  # seconds for the first bytes of a body, once it has started
REHEARSING = 0.75  # seconds for a rehearsal
MOST_PREFIXES = 8  # path segments that may be a prefix


@dataclass(frozen=True)
class Place:
    """Where a request arrives in the application: its path behind all middleware, and its route."""

    environ: "WSGIEnvironment"  # as the policy sees it, without the headers of a page
    row: Row | None
    endpoint: str | None  # the view
    methods: tuple[str, ...]  # those that some route has at this path
    error: HTTPException | None  # why no view runs, redirects of the router included
    prefix: str  # the part of the address in front of the application's own paths
    reached: bool  # whether middleware passes such requests on to the policy
    catch_all: bool = False  # whether the route is one for any path at all

    @property
    def path(self) -> str:
        """The path as the router sees it."""
        return "/" + _text(self.environ["PATH_INFO"]).lstrip("/")

    @property
    def is_route(self) -> bool:
        """Whether any route is at this path, perhaps for other methods or with another slash."""
        return bool(self.endpoint or self.methods or isinstance(self.error, RequestRedirect))

    def environ_of(self, sent: Sent) -> "WSGIEnvironment":
        """Return the environ of a request here, as the policy sees it."""
        return {**self.environ, **_headers(sent), "REQUEST_METHOD": sent.method}


class Probe:
    """Sends requests into an application; those that may change something are only rehearsed.

    `host` and `headers` are those of the call, which says where it arrives behind middleware.
    `prefix` is the path at which the application is mounted; None leaves it to the application's
    own settings. `anywhere` takes any beginning of a path for a prefix, as for a deployment.
    """

    def __init__(
        self,
        app: Flask,
        deadline: Deadline,
        *,
        host: str,
        headers: Fields = (),
        execute: bool = False,
        prefix: str | None = None,
        anywhere: bool = False,
    ) -> None:
        self._app = app
        self._deadline = deadline
        self._host = host
        self._headers = headers
        self._execute = execute
        self._prefix = prefix
        self._anywhere = anywhere or takes_prefixes(app)
        self._stuck = False  # whether middleware does not respond in time
        self._arrivals: dict[tuple[Address, str], Place] = {}
        self._places: dict[tuple[Address, str], Place] = {}
        #: Whether rehearsals go through middleware; they do not where it would run views.
        self.through_middleware = True
        #: The exception behind the last response, if a view or the application itself has failed.
        self.exception: BaseException | None = None
        #: The path and the endpoint with which the last request came to the application itself.
        self.dispatched: tuple[str, str | None] | None = None

    def send(self, sent: Sent) -> Response:
        """Return the application's response."""
        place = self.place(sent.address, sent.method)
        if sent.address.host != self._host and not (self._has_hosts and place.is_route):
            return Response(0, unreachable=True)
        changing = sent.step == HANDSHAKE or sent.method not in SAFE_METHODS
        if sent.step in (ACTUAL, HANDSHAKE) and changing and not self._execute:
            return self.rehearse(sent, place)
        response = self._run(sent, place, self._deadline.left(PATIENCE, reserve=REHEARSING))
        if response.status is None and response.late:
            return replace(self.rehearse(sent, place), late=True)
        return response

    def rehearse(self, sent: Sent, place: Place) -> Response:
        """Return what the policy and the router answer, without running a view."""
        self.exception, self.dispatched = None, None
        witness = _Witness(self._app, None)
        run = self._call(sent, place.prefix, witness, self._deadline.left(REHEARSING))
        if run.status is None:
            return self._policy_alone(sent, place)
        self.exception = run.error
        return _response(run, rehearsed=True)

    def place(self, address: Address, method: str) -> Place:
        """Find out where a request to an address arrives."""
        known = self._places.get((address, method))
        if known is None:
            places = []
            for prefix in self._prefixes(address):
                arrived = self._arrive(address, prefix)
                places.append(self._route(arrived, method, address.websocket))
                if places[-1].is_route and not places[-1].catch_all:
                    break
            special = [place for place in places if place.is_route and not place.catch_all]
            routes = [place for place in places if place.is_route]
            known = self._places[address, method] = (special or routes or places)[0]
        return known

    def _run(self, sent: Sent, place: Place, seconds: float) -> Response:
        witness = _Witness(self._app, state_of(self._app).layer.application)
        with _Signals(self._app) as signals:
            run = self._call(sent, place.prefix, witness, seconds)
        self.exception = signals.exception or witness.exception or run.error
        self.dispatched = signals.dispatched
        return _response(run, rehearsed=False)

    def _call(self, sent: Sent, prefix: str, witness: "_Witness", seconds: float) -> "_Run":
        called: WSGIApplication = self._app.wsgi_app
        if not self.through_middleware and not self._execute:
            called = state_of(self._app).layer
        run = _Run(called, {**environ_of(sent, prefix), REHEARSAL: witness})
        run.wait(seconds)
        return run

    def _policy_alone(self, sent: Sent, place: Place) -> Response:
        """Rehearse without middleware, which does not respond in time."""
        environ = place.environ_of(sent)
        witness = _Witness(self._app, None)
        run = _Run(state_of(self._app).layer, {**environ, REHEARSAL: witness})
        run.wait(REHEARSING)
        return replace(_response(run, rehearsed=True), late=True)

    def _arrive(self, address: Address, prefix: str) -> Place:
        """Send a GET that no view sees, and note what is left of it behind all middleware."""
        if known := self._arrivals.get((address, prefix)):
            return known
        sent = Sent(ACTUAL, "GET", replace(address, websocket=False), self._headers)
        witness = _Witness(self._app, None)
        run = _Run(self._app.wsgi_app, {**environ_of(sent, prefix), REHEARSAL: witness})
        if not self._stuck:
            with _Signals(self._app) as signals:
                run.wait(self._deadline.left(REHEARSING))
            self._stuck = run.status is None
            if signals.dispatched:  # middleware has dropped the key, so a rehearsal would run views
                self.through_middleware = False
        environ = dict(witness.environ or environ_of(sent, prefix))
        environ.pop(REHEARSAL, None)
        reached = witness.environ is not None
        place = Place(environ, None, None, (), None, prefix, reached)
        self._arrivals[address, prefix] = place
        return place

    def _route(self, place: Place, method: str, websocket: bool) -> Place:  # noqa: FBT001
        """Find the row and the route of a method at a place."""
        endpoint: str | None = None
        methods: tuple[str, ...] = ()
        error: HTTPException | None = None
        catch_all = False
        try:
            adapter = self._app.create_url_adapter(self._app.request_class(dict(place.environ)))
        except HTTPException as found:  # the host is none of the application's
            error = found
            subdomain = None if self._has_hosts else self._app.url_map.default_subdomain
            adapter = self._app.url_map.bind_to_environ(place.environ, subdomain=subdomain)
        if adapter is not None:
            methods = tuple(sorted(set(adapter.allowed_methods()) - {"OPTIONS"}))
            try:
                route, _ = adapter.match(method=method, websocket=websocket, return_rule=True)
                endpoint, catch_all = str(route.endpoint), route.rule.startswith("/<path:")
            except HTTPException as found:
                error = error or found
        return replace(
            place,
            row=row_at(self._app, place.environ, method),
            endpoint=endpoint,
            methods=methods,
            error=error,
            catch_all=catch_all,
        )

    def _prefixes(self, address: Address) -> Iterator[str]:
        """Return the prefixes that an address may have, none of them first."""
        path = address.plain_path
        if self._prefix is not None:
            yield self._prefix.rstrip("/") if is_below(path, self._prefix) else ""
            return
        yield ""
        settings = (os.environ.get("SCRIPT_NAME", ""), self._app.config["APPLICATION_ROOT"])
        for declared in settings:
            if declared.strip("/") and is_below(path, declared):
                yield "/" + declared.strip("/")
        if self._anywhere:
            segments = path.split("/")[1:MOST_PREFIXES]
            for number in range(1, len(segments)):
                yield "/" + "/".join(segments[:number])

    @property
    def _has_hosts(self) -> bool:
        """Whether the application has routes for several hosts."""
        return self._app.url_map.host_matching or self._app.subdomain_matching


class _Witness:
    """Stands behind the policy: notes the request, and passes it on or answers in its place."""

    def __init__(self, app: Flask, application: "WSGIApplication | None") -> None:
        self._app = app
        self._application = application
        self.environ: WSGIEnvironment | None = None
        self.exception: BaseException | None = None

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> "Iterable[bytes]":
        self.environ = environ
        if self._application is None:
            return _rehearsed(self._app, environ)(environ, start_response)
        try:
            return self._application(environ, start_response)
        except Exception as error:
            self.exception = error
            raise


class _Run:
    """One call of a WSGI application in a thread, up to the first bytes of its response."""

    def __init__(self, application: "WSGIApplication", environ: "WSGIEnvironment") -> None:
        self.status: int | None = None
        self.headers: tuple[tuple[str, str], ...] = ()
        self.error: BaseException | None = None
        self._application = application
        self._environ = environ
        self._started, self._answered, self._closed = Event(), Event(), Event()

    @property
    def answered(self) -> bool:
        """Whether the first bytes came, or the end."""
        return self._answered.is_set()

    def wait(self, seconds: float) -> None:
        """Run it, and wait for status and headers, and a little for the first bytes."""
        Thread(target=self._run, daemon=True).start()
        short = min(seconds, FIRST_BYTES)
        if self._started.wait(seconds) and self._answered.wait(short):
            self._closed.wait(short)

    def _run(self) -> None:
        response: Iterable[bytes] = ()
        try:
            response = self._application(self._environ, self._start)
            next((chunk for chunk in response if chunk), None)
        except BaseException as error:  # noqa: BLE001 - a server answers for all of them
            self.error, self.status, self.headers = error, CRASHED, ()
        self._started.set()
        self._answered.set()
        with suppress(BaseException):  # the response is out, and a server only logs what is raised
            getattr(response, "close", bool)()
        self._closed.set()

    def _start(
        self, status: str, headers: list[tuple[str, str]], _error: Any = None, /
    ) -> "Callable[[bytes], object]":
        number = int(status.split()[0])
        self.headers = tuple((str(name), str(value)) for name, value in headers)
        self.status = number
        self._started.set()
        return lambda _: self._answered.set()


def environ_of(sent: Sent, prefix: str = "") -> "WSGIEnvironment":
    """Write a request as a WSGI server does (PEP 3333)."""
    address, body = sent.address, sent.body or b""
    path, _, query = address.path.partition("?")
    decoded = unquote_to_bytes(path).decode("latin-1")
    return {
        "REQUEST_METHOD": sent.method,
        "SCRIPT_NAME": prefix,
        "PATH_INFO": decoded.removeprefix(prefix) if prefix else decoded,
        "QUERY_STRING": query,
        "SERVER_NAME": address.host,
        "SERVER_PORT": str(address.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": address.authority,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": address.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": StringIO(),  # the log; the response says as much
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **({"CONTENT_LENGTH": str(len(body))} if body or sent.method in ("POST", "PUT") else {}),
        **_headers(sent),
    }


def _headers(sent: Sent) -> "WSGIEnvironment":
    environ = {}
    for name, value in sent.headers:
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ


def _rehearsed(app: Flask, environ: "WSGIEnvironment") -> "WSGIApplication":
    """Return what the router answers to a request; a view that did not run answers 200 or 101."""
    instead = WerkzeugResponse(status=SWITCHING_PROTOCOLS if is_websocket(environ) else 200)
    try:
        adapter = app.create_url_adapter(app.request_class(environ))
        if adapter is not None:
            adapter.match()
    except HTTPException as error:
        # Middleware between the policy and the router may change the path.
        unknown = isinstance(error, NotFound) and is_behind_policy(app)
        return instead if unknown else error
    return instead


def _response(run: _Run, *, rehearsed: bool) -> Response:
    if run.status is None:
        return Response(None, error="no response within the time", rehearsed=rehearsed, late=True)
    return Response(run.status, run.headers, rehearsed=rehearsed, pending=not run.answered)


class _Signals:
    """Notes the request that comes to an application itself, and the exception it ends in."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.exception: BaseException | None = None
        self.dispatched: tuple[str, str | None] | None = None

    def __enter__(self) -> Self:
        request_started.connect(self._start, self._app)
        got_request_exception.connect(self._keep, self._app)
        return self

    def __exit__(self, *_: object) -> None:
        request_started.disconnect(self._start, self._app)
        got_request_exception.disconnect(self._keep, self._app)

    def _start(self, _sender: Flask, **_: Any) -> None:
        self.dispatched = self.dispatched or (request.path, request.endpoint)

    def _keep(self, _sender: Flask, exception: BaseException, **_: Any) -> None:
        self.exception = self.exception or exception


def is_below(path: str, prefix: str) -> bool:
    """Whether a path is a prefix, or below it."""
    prefix = "/" + prefix.strip("/")
    return path == prefix or path.startswith(f"{prefix}/")


def _text(path_info: str) -> str:
    return path_info.encode("latin-1", "replace").decode("utf-8", "replace")
