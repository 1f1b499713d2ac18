"""A call, its end and all that is known about it, for which there are causes and notes."""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from flask import Flask

from .. import _guard
from .._decision import Decision
from .._extension import state_of
from .._problems import quoted
from .._table import Row
from ..cli import place_of
from . import standard
from .browser import HANDSHAKE, PREFLIGHT, Call, Outcome, Response, Sent
from .live import varies_by_origin
from .probe import Place, Probe
from .standard import Failure

AIRPLAY = "airtunes"  # the `Server` of macOS's AirPlay receiver, on the ports 5000 and 7000
NO_PASSAGE = (401, 403, 407, 511)  # statuses of what stands in front and lets nobody pass

_LOGIN = re.compile(
    r"/(?:log-?in|sign-?in|auth|authorize|oauth2?|saml2?|sso)(?=[/?]|\Z)|[?&](?:next|redirect_uri)=",
    re.IGNORECASE,
)


class Cause(NamedTuple):
    """Why a call is refused, and what to change."""

    text: str
    fix: str
    code: str | None = None  # instead of the browser's, where that is none of Chrome's


#: Codes of notes; each has its line in docs/explain.md.
Code = Literal[
    "AssumedMethod",
    "BadRequest",
    "BodyPending",
    "BodyTooLarge",
    "CookieBlocked",
    "CredentialsRemoved",
    "ExtensionOrigin",
    "Forbidden",
    "ForbiddenHeader",
    "HeaderNotExposed",
    "InsecureLocalNetwork",
    "LocalNetworkAccessPermissionDenied",
    "LoginRedirect",
    "MethodNotAllowed",
    "MiddlewareBehind",
    "MiddlewareInFront",
    "MiddlewareLeftOut",
    "NoResponseYet",
    "NotExecuted",
    "NotFound",
    "NotReproduced",
    "PathChanged",
    "Prefix",
    "Redirect",
    "ServerError",
    "StatusRead",
    "Unauthorized",
    "UnknownHost",
    "UnknownRoute",
    "VaryMissing",
    "WildcardAuthorization",
    "WrongContentType",
]


class Note(NamedTuple):
    """A code for machines, and a line for people."""

    code: Code
    text: str


@dataclass(frozen=True)
class Case:
    """A call, its end, and what the application did for it."""

    app: Flask
    probe: Probe
    asked: Call
    outcome: Outcome
    live: bool
    full: bool  # whether the address was given with its host

    @property
    def call(self) -> Call:
        """The last request of the page, after all redirects."""
        return self.outcome.call

    @property
    def step(self) -> str:
        """The step at which the call ends."""
        return self.outcome.step

    @property
    def code(self) -> str:
        """Why the browser refuses; empty if it does not."""
        return self.outcome.failure.code if self.outcome.failure else ""

    @property
    def parameter(self) -> str:
        """The value, name or address at fault."""
        return self.outcome.failure.parameter if self.outcome.failure else ""

    @property
    def place(self) -> Place:
        """Where the last request arrives, or would."""
        return self.probe.place(self.call.address, self.call.method)

    @property
    def sent(self) -> Sent | None:
        """The last request that was sent, if one was."""
        return self.outcome.sent[-1] if self.outcome.sent else None

    @property
    def response(self) -> Response:
        """The last response."""
        return self.sent.response if self.sent else Response(None)

    @property
    def status(self) -> int | None:
        """The status of the last response."""
        return self.response.status

    @property
    def row(self) -> Row | None:
        """What governs the last request: a row, a view's own policy, or nothing."""
        return self.place.row

    @property
    def label(self) -> str:
        """What governs the last request, in words."""
        return label_of(self.row)

    @property
    def server(self) -> str:
        """What the last response says about who gave it."""
        name = standard.field(self.response.headers, "server")
        return f" (Server: {quoted(name)})" if name else ""

    @property
    def exception(self) -> BaseException | None:
        """The exception behind the last response."""
        return None if self.live else self.probe.exception

    @property
    def changed_path(self) -> str | None:
        """The path to which middleware behind the policy has changed that of the last request."""
        dispatched, sent = self.probe.dispatched, self.sent
        if self.live or dispatched is None or sent is None:
            return None
        place = self.probe.place(sent.address, sent.method)
        return dispatched[0] if place.reached and dispatched[0] != place.path else None

    @property
    def is_guarded(self) -> bool:
        """Whether the guard of this project refuses the last request."""
        if self.sent is None or self.response.in_front:
            return False
        return is_guarded(self.app, self.place, self.sent)

    @property
    def predicted(self) -> Failure | None:
        """How the last request ends by the policy of this project alone."""
        call = self.call
        if self.sent is None:
            return None
        if self.step == HANDSHAKE:
            return Failure("WebSocketRefused", "403") if self.is_guarded else None
        decision = decision_on(self.app, self.place, self.sent)
        if self.step == PREFLIGHT:
            response = (204, decision.headers)
            return standard.check_preflight(
                call.origin, call.method, call.unsafe_names, response, credentials=call.credentials
            )
        return standard.check_response(call.origin, decision.headers, credentials=call.credentials)

    @property
    def is_from_policy(self) -> bool:
        """Whether the response looks like one of this project's policy.

        The policy puts `Vary: Origin` on everything under a row with a list of origins, and `*` on
        what a row for every page grants. No other mark is on all of its responses.
        """
        fields, row = self.response.headers, self.row
        if self.response.late:  # a rehearsal of the policy alone
            return True
        if self.response.in_front or (self.exception is not None and not fields):
            return False
        if row is not None and not row.origins.any:
            return varies_by_origin(fields)
        if standard.field(fields, "access-control-allow-origin") == "*" and row is not None:
            return True
        kind = standard.field(fields, "content-type") or ""
        refused = self.status in NO_PASSAGE and "problem+json" not in kind
        server = (standard.field(fields, "server") or "").lower()
        gateway = self.live and self.status in (502, 503, 504)
        return not (refused or gateway or server.startswith(AIRPLAY))


def decision_on(app: Flask, place: Place, sent: Sent) -> Decision:
    """Return what the policy of this project decides about a request."""
    return state_of(app).decisions.decide(place.environ_of(sent))


def is_guarded(app: Flask, place: Place, sent: Sent) -> bool:
    """Return whether the guard of this project refuses a request."""
    decision = decision_on(app, place, sent)
    return not decision.preflight and _guard.refuses(place.environ_of(sent), decision)


def label_of(row: Row | None) -> str:
    """Name what governs a request."""
    if row is None:
        return "no row"
    return row.name if row.own else f"the row {row.name}"


def who(origin: str) -> str:
    """Name the page that calls."""
    return "a page that hides its origin ('null')" if origin == "null" else origin


def is_login(target: str, source: str) -> bool:
    """Whether a redirect seems to lead to a log-in page, by words that only its target has."""
    return not {*_LOGIN.findall(target.lower())} <= {*_LOGIN.findall(source.lower())}


def shown_exception(error: BaseException) -> str:
    """Name an exception, and the line of code that raised it."""
    place = place_of(error)
    where = f" ({place})" if place else ""
    return f"{type(error).__name__}: {quoted(str(error))}{where}"
