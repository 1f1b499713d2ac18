"""Sending requests into the application of this process, byte for byte as a server would."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from .._extension import state_of
from .._guard import SAFE_METHODS
from .._layer import REHEARSAL
from .._middleware import is_below, takes_prefixes
from .._paths import plain_beginning
from .._table import Row
from .._views import router_for
from .address import Address
from .browser import (
    ACTUAL,
    HANDSHAKE,
    SWITCHING_PROTOCOLS,
    Fields,
    Response,
    Sent,
    announcement,
)
from .wsgi import CRASHED, Deadline, Run, Signals, Witness, environ_of, headers_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

PATIENCE = 2.5  # seconds for the start of a response
REHEARSING = 0.75  # seconds for a rehearsal
MOST_PREFIXES = 8  # path segments that may be a prefix
SURE = 3  # the likelihood of a place that has a route of its own


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
    rule: str | None = None  # the path of the route, as Flask writes it

    @property
    def path(self) -> str:
        """The path as the router sees it."""
        return "/" + _text(self.environ["PATH_INFO"]).lstrip("/")

    @property
    def is_route(self) -> bool:
        """Whether any route is at this path, perhaps for other methods or with another slash."""
        return bool(self.endpoint or self.methods or isinstance(self.error, RequestRedirect))

    @property
    def route(self) -> str:
        """The path of the route, as far as it begins with fixed segments; else the path itself."""
        return self.rule if self.rule and plain_beginning(self.rule) else self.path

    @property
    def likelihood(self) -> int:
        """How likely a request is meant for this place, compared with others."""
        if self.is_route:
            return SURE - 1 if (self.rule or "").startswith("/<path:") else SURE
        # A mistyped path is below the same row as those that it was meant to be.
        return 1 if self.row is not None and self.row.base else 0

    def environ_of(self, sent: Sent) -> "WSGIEnvironment":
        """Return the environ of a request here, as the policy sees it."""
        return {**self.environ, **headers_of(sent), "REQUEST_METHOD": sent.method}


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
        self.exception, self.dispatched = None, None
        place = self.place(sent.address, sent.method)
        if sent.address.host != self._host and not (self._has_hosts and place.is_route):
            return Response(0, unreachable=True)
        changing = sent.step == ACTUAL and sent.method not in SAFE_METHODS
        # A handshake needs the socket of a server.
        if sent.step == HANDSHAKE or (changing and not self._execute):
            return self.rehearse(sent, place)
        response = self._run(sent, place, self._deadline.left(PATIENCE, reserve=REHEARSING))
        if response.status is None and response.late:
            response = replace(self.rehearse(sent, place), late=True)
        return replace(response, in_front=not place.reached)

    def rehearse(self, sent: Sent, place: Place) -> Response:
        """Return what the policy and the router answer, without running a view.

        What stands in front of the policy would carry out an unsafe method, so it gets the
        preflight that would announce it. A handshake it cannot carry out without a server.
        """
        self.exception, self.dispatched = None, None
        if not place.reached and sent.method not in SAFE_METHODS:
            sent = announcement(sent)
        witness = Witness(self._app, None)
        run = self._call(sent, place.prefix, witness, self._deadline.left(REHEARSING))
        if run.status is None:
            return self._policy_alone(sent, place)
        self.exception = run.error
        response = replace(run.response(rehearsed=True), in_front=not place.reached)
        if response.in_front and sent.step == HANDSHAKE and run.status >= CRASHED:
            return replace(response, status=SWITCHING_PROTOCOLS)
        return response

    def place(self, address: Address, method: str) -> Place:
        """Find out where a request to an address arrives."""
        known = self._places.get((address, method))
        if known is None:
            places = []
            for prefix in self._prefixes(address):
                arrived = self._arrive(address, prefix)
                places.append(self._route(arrived, method, address.websocket))
                if places[-1].likelihood == SURE:
                    break
            known = max(places, key=lambda place: place.likelihood)  # the first of equals
            self._places[address, method] = known
        return known

    def _run(self, sent: Sent, place: Place, seconds: float) -> Response:
        witness = Witness(self._app, state_of(self._app).layer.application)
        with Signals(self._app) as signals:
            run = self._call(sent, place.prefix, witness, seconds)
        self.exception = signals.exception or witness.exception or run.error
        self.dispatched = signals.dispatched
        return run.response(rehearsed=False)

    def _call(self, sent: Sent, prefix: str, witness: "Witness", seconds: float) -> "Run":
        called: WSGIApplication = self._app.wsgi_app
        if not self.through_middleware and not self._execute:
            called = state_of(self._app).layer
        run = Run(called, {**environ_of(sent, prefix), REHEARSAL: witness})
        run.wait(seconds)
        return run

    def _policy_alone(self, sent: Sent, place: Place) -> Response:
        """Rehearse without middleware, which does not respond in time."""
        environ = place.environ_of(sent)
        witness = Witness(self._app, None)
        run = Run(state_of(self._app).layer, {**environ, REHEARSAL: witness})
        run.wait(REHEARSING)
        return replace(run.response(rehearsed=True), late=True)

    def _arrive(self, address: Address, prefix: str) -> Place:
        """Send a GET that no view sees, and note what is left of it behind all middleware."""
        if known := self._arrivals.get((address, prefix)):
            return known
        sent = Sent(ACTUAL, "GET", replace(address, websocket=False), self._headers)
        witness = Witness(self._app, None)
        run = Run(self._app.wsgi_app, {**environ_of(sent, prefix), REHEARSAL: witness})
        if not self._stuck:
            with Signals(self._app) as signals:
                run.wait(self._deadline.left(REHEARSING))
            self._stuck = run.status is None
            if signals.dispatched:  # middleware has dropped the key, so a rehearsal would run views
                self.through_middleware = False
        environ = dict(witness.environ or environ_of(sent, prefix))
        environ.pop(REHEARSAL, None)
        # Without the mark of a rehearsal, requests reach the policy all the same.
        unseen = self._stuck or not self.through_middleware
        reached = witness.environ is not None or unseen
        place = Place(environ, None, None, (), None, prefix, reached)
        self._arrivals[address, prefix] = place
        return place

    def _route(self, place: Place, method: str, websocket: bool) -> Place:  # noqa: FBT001
        """Find the row and the route of a method at a place."""
        endpoint: str | None = None
        error: HTTPException | None = None
        rule: str | None = None
        try:
            adapter = router_for(self._app, place.environ)
        except HTTPException as found:  # the host is none of the application's
            error = found
            subdomain = None if self._has_hosts else self._app.url_map.default_subdomain
            adapter = self._app.url_map.bind_to_environ(place.environ, subdomain=subdomain)
        try:
            route, _ = adapter.match(method=method, websocket=websocket, return_rule=True)
            endpoint, rule = str(route.endpoint), route.rule
        except HTTPException as found:
            error = error or found
        handshake = {"HTTP_CONNECTION": "Upgrade", "HTTP_UPGRADE": "websocket"}
        environ = place.environ | (handshake if websocket else {})  # as the router tells by them
        return replace(
            place,
            environ=environ,
            row=state_of(self._app).decisions.row_for(environ, method),
            endpoint=endpoint,
            methods=tuple(sorted(set(adapter.allowed_methods()) - {"OPTIONS"})),
            error=error,
            rule=rule,
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


def _text(path_info: str) -> str:
    return path_info.encode("latin-1", "replace").decode("utf-8", "replace")
