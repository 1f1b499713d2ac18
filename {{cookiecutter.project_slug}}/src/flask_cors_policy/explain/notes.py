"""What looks like CORS and is not, and what is worth knowing beside the verdict."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from flask import Flask
from werkzeug.exceptions import SecurityError
from werkzeug.http import parse_cookie

from .. import _guard
from .._hints import allow_credentials, set_names
from .._layer import EXPLAIN
from .._middleware import is_behind_policy
from .._problems import quoted
from . import routes, standard
from .address import distance, is_local, is_loopback
from .browser import ACTUAL, HANDSHAKE, PREFLIGHT, Call, Outcome, Response, Sent
from .case import is_guarded, label_of, shown_exception
from .causes import is_login
from .probe import Place, Probe

# "CORS-safelisted response-header name", and what no page misses.
_READABLE = frozenset(
    "cache-control content-language content-length content-type expires last-modified pragma "
    "allow connection content-security-policy cross-origin-resource-policy date keep-alive "
    "referrer-policy server set-cookie strict-transport-security transfer-encoding vary via "
    "x-content-type-options x-frame-options".split()
)


#: Each has its line in docs/explain.md.
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
    "MiddlewareLeftOut",
    "NoResponseYet",
    "NotExecuted",
    "NotFound",
    "NotReproduced",
    "PathChanged",
    "Prefix",
    "Redirect",
    "ServerError",
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
class Facts:
    """A call, its end, and what the application did for it."""

    app: Flask
    probe: Probe
    asked: Call
    outcome: Outcome
    live: bool
    full: bool  # whether the address was given with its host

    @property
    def exception(self) -> BaseException | None:
        """The exception behind the last response."""
        return None if self.live else self.probe.exception

    @property
    def changed_path(self) -> str | None:
        """The path to which middleware behind the policy has changed that of the last request."""
        dispatched = self.probe.dispatched
        if self.live or dispatched is None or not self.outcome.sent:
            return None
        sent = self.outcome.sent[-1]
        place = self.probe.place(sent.address, sent.method)
        return dispatched[0] if place.reached and dispatched[0] != place.path else None


def notes_of(facts: Facts) -> Iterator[Note]:
    """Return the notes on a call."""
    call, outcome = facts.outcome.call, facts.outcome
    failure = outcome.failure
    if call.left_out:
        names = ", ".join(call.left_out)
        yield Note(
            "ForbiddenHeader",
            f"browsers keep {names} to themselves, whatever a page sets; take it out of the page",
        )
    if call.origin.startswith(("moz-extension:", "safari-web-extension:")):
        yield Note(
            "ExtensionOrigin",
            "each installation of this extension has another origin; call from its background "
            "script with a host permission, which needs no CORS",
        )
    # What the browser does not send comes to no network.
    if facts.full and not (failure and failure.code == "MixedContent"):
        yield from _local_network(call)
    if not outcome.sent:
        return
    yield from _arrival(facts, outcome.sent[-1])
    for sent in outcome.sent:
        if sent.response.late and sent.response.status is not None:
            yield Note(
                "NoResponseYet",
                f"no response to the {sent.step} began in time, so its headers are those of the "
                "policy alone; a browser would go on waiting; look for what it waits for",
            )
        if sent.step == PREFLIGHT and not failure:
            yield from _wildcard(sent, call)
        if sent.step in (ACTUAL, HANDSHAKE):
            yield from _credentials(facts, sent)
        # Where the call is blocked, the cause says why; what the page cannot read is left out.
        if sent.step in (ACTUAL, HANDSHAKE) and not failure:
            yield from _not_run(facts, sent)
            yield from _status(facts, sent)
        if sent.step == ACTUAL and not failure:
            yield from _headers(facts, sent)


def _local_network(call: Call) -> Iterator[Note]:
    page, target = call.page, call.address.host
    if page is None or is_local(page.host) or not is_local(target):
        return
    where = "this machine" if is_loopback(target) else "a private network"
    if page.scheme == "https":
        yield Note(
            "LocalNetworkAccessPermissionDenied",
            f"a page on the internet calls {where}: Chrome asks the user for permission, and shows "
            "a CORS error if they refuse; headers of the application cannot prevent that, but "
            f"pages that are served from {where} are not asked",
        )
    else:
        yield Note(
            "InsecureLocalNetwork",
            f"a page on the internet calls {where}, and Chrome lets only pages on https do so; "
            f"serve the page over https, or from {where}",
        )


def _arrival(facts: Facts, sent: Sent) -> Iterator[Note]:
    """Tell how the request got to the application, where that is not plain."""
    place = facts.probe.place(sent.address, sent.method)
    if place.prefix:
        yield Note(
            "Prefix",
            f"the application is taken to be mounted at {place.prefix}, so that its own path is "
            f"{place.path}; --prefix names another mount, and --prefix / none",
        )
    if facts.changed_path:
        yield Note(
            "PathChanged",
            f"middleware behind the policy changes the path from {place.path} to "
            f"{facts.changed_path}, and rows are about the first; add that middleware after "
            "CORS(...)",
        )
    if sent.response.rehearsed and not facts.live and is_behind_policy(facts.app):
        yield Note(
            "MiddlewareBehind",
            "there is middleware behind the policy, which was not run: it may answer itself; "
            "--execute runs it",
        )
    if sent.response.rehearsed and not facts.probe.through_middleware and not facts.live:
        yield Note(
            "MiddlewareLeftOut",
            "middleware keeps the mark of a rehearsal from the policy, so it was left out; "
            "--execute sends the request through it",
        )
    if sent.response.pending:
        yield Note(
            "BodyPending",
            "the body did not begin in time; servers send the headers with its first bytes, and "
            "the page waits until then",
        )


def _wildcard(sent: Sent, call: Call) -> Iterator[Note]:
    if standard.leans_on_wildcard(call.unsafe_names, sent.response.headers):
        yield Note(
            "WildcardAuthorization",
            "the preflight's response lists '*' and not Authorization, which by the standard is "
            "not enough, although Chrome and Firefox accept it; let the application answer, which "
            "lists names",
        )


def _credentials(facts: Facts, sent: Sent) -> Iterator[Note]:
    """Tell what the policy keeps from the view."""
    place = facts.probe.place(sent.address, sent.method)
    if is_guarded(facts.app, place, sent):
        return
    environ = place.environ_of(sent)
    if facts.outcome.call.credentials or sent.step == HANDSHAKE:
        environ["HTTP_COOKIE"] = "session=x"
    removed = _guard.ambient_credentials(environ, place.row)
    if place.row is None or not removed or not _guard.is_cross_origin_page(environ):
        return
    names = ["cookies"] if "HTTP_COOKIE" in removed else []
    names += ["Authorization"] if "HTTP_AUTHORIZATION" in removed else []
    change = allow_credentials(place.row)
    fix = f"{change}, or send a token of the scheme Bearer" if change else "send a Bearer token"
    yield Note(
        "CredentialsRemoved",
        f"{label_of(place.row)} takes no credentials, so {' and '.join(names)} of this page "
        f"{'do' if names == ['cookies'] or len(names) > 1 else 'does'} not reach the view; {fix}",
    )


def _not_run(facts: Facts, sent: Sent) -> Iterator[Note]:
    if sent.response.status_is_known or sent.response.late:
        return
    limit = facts.app.config["MAX_CONTENT_LENGTH"]
    if limit is not None and len(sent.body or b"") > limit:
        yield _too_large(facts, sent, facts.probe.place(sent.address, sent.method))
    what = (
        "a handshake opens a connection"
        if sent.step == HANDSHAKE
        else (f"{sent.method} may change something")
    )
    if facts.live:
        yield Note(
            "NotExecuted",
            f"{what}, so it was not sent, and the verdict is that of the preflight which would "
            "announce it; --execute sends it",
        )
    else:
        yield Note(
            "NotExecuted",
            f"{what}, so no view was run and the status is not the view's; --execute runs it",
        )


def _status(facts: Facts, sent: Sent) -> Iterator[Note]:
    status = sent.response.status or 0
    place = facts.probe.place(sent.address, sent.method)
    if status in standard.REDIRECTS:
        yield _redirect(sent, status)
    elif status >= 500:
        error = facts.exception
        what = f"raised {shown_exception(error)}" if error else "failed"
        yield Note(
            "ServerError",
            f"what answers {place.path} {what} ({status}); mend that, CORS is not at fault",
        )
    elif explained := _STATUSES.get(status):
        yield explained(facts, sent, place)


def _redirect(sent: Sent, status: int) -> Note:
    target = sent.address.join(standard.field(sent.response.headers, "location") or "")
    path = sent.address.plain_path
    if is_login(target, sent.address.path):
        return Note(
            "LoginRedirect",
            f"{path} is redirected ({status}) to {quoted(target)}, so the page reads the log-in "
            "page; answer 401 instead (Flask-Login: @login_manager.unauthorized_handler)",
        )
    return Note("Redirect", f"{path} is redirected ({status}) to {quoted(target)}; call that")


def _bad_request(facts: Facts, sent: Sent, place: Place) -> Note:
    host = sent.address.host
    if isinstance(place.error, SecurityError) and not facts.live:
        return Note(
            "UnknownHost",
            f"the application does not answer to the name {host} (400); add it to TRUSTED_HOSTS, "
            "or call one of its names",
        )
    return Note(
        "BadRequest",
        f"{place.path} does not accept the request as it is (400); look at its query and body",
    )


def _unauthorized(_facts: Facts, _sent: Sent, _place: Place) -> Note:
    return Note(
        "Unauthorized",
        "the application wants to know who calls (401), which is no CORS error; log in, or send "
        "the header Authorization",
    )


def _forbidden(_facts: Facts, _sent: Sent, place: Place) -> Note:
    return Note(
        "Forbidden",
        f"{place.path} refuses the caller (403), which is no CORS error; look for permissions, or "
        "for a CSRF token that it wants",
    )


def _not_found(facts: Facts, _sent: Sent, place: Place) -> Note:
    if place.is_route:
        return Note("NotFound", f"the view of {place.path} found nothing (404); look at its id")
    near = routes.closest(facts.app, place)
    fix = f"the closest is {near}" if near else "flask routes lists them"
    return Note("UnknownRoute", f"{place.path} is no route of this application (404); {fix}")


def _method_not_allowed(_facts: Facts, sent: Sent, place: Place) -> Note:
    allowed = ", ".join(place.methods) or "no other"
    return Note(
        "MethodNotAllowed",
        f"{place.path} does not take {sent.method} (405); it takes {allowed}",
    )


def _too_large(facts: Facts, _sent: Sent, _place: Place) -> Note:
    limit = facts.app.config.get("MAX_CONTENT_LENGTH")
    size = f"more than {limit} bytes" if limit is not None else "too many bytes"
    return Note(
        "BodyTooLarge",
        f"the body has {size}, and a view that reads it answers 413; send less, or raise "
        "MAX_CONTENT_LENGTH",
    )


def _wrong_type(_facts: Facts, sent: Sent, place: Place) -> Note:
    given = standard.field(sent.headers, "content-type") or "none"
    return Note(
        "WrongContentType",
        f"{place.path} does not take a body of the type {quoted(given)} (415); for JSON send the "
        "header Content-Type: application/json",
    )


_STATUSES: Mapping[int, Callable[[Facts, Sent, Place], Note]] = {
    400: _bad_request,
    401: _unauthorized,
    403: _forbidden,
    404: _not_found,
    405: _method_not_allowed,
    413: _too_large,
    415: _wrong_type,
}


def _headers(facts: Facts, sent: Sent) -> Iterator[Note]:
    fields, call = sent.response.headers, facts.outcome.call
    if call.same_origin:
        return
    allowed = standard.field(fields, "access-control-allow-origin")
    vary = (standard.field(fields, "vary") or "").lower()
    if allowed != "*" and "origin" not in vary:
        yield Note(
            "VaryMissing",
            "the response names the page and has no Vary: Origin, so a cache may give it to "
            "another page; let only the application set CORS headers",
        )
    # A rehearsal may be the response to another request, the preflight; redirects are followed.
    if not sent.response.rehearsed and sent.response.status not in standard.REDIRECTS:
        yield from _hidden_headers(facts.probe.place(sent.address, sent.method), sent.response)
    if call.credentials and distance(call.page, call.address) == "cross-site":
        yield from _cookies(fields)


def _hidden_headers(place: Place, response: Response) -> Iterator[Note]:
    exposed = (standard.field(response.headers, "access-control-expose-headers") or "").lower()
    readable = _READABLE | {name.strip() for name in exposed.split(",")} | {EXPLAIN.lower()}
    hidden = {
        name.lower(): name
        for name, _ in response.headers
        if name.lower() not in readable and not name.lower().startswith("access-control-")
    }
    if hidden and place.row and "*" not in readable:
        names = tuple(hidden.values())
        change = set_names(place.row, "expose_headers", (*place.row.expose_headers, *names))
        yield Note(
            "HeaderNotExposed",
            f"scripts cannot read {', '.join(names)}, although developer tools show it; {change}",
        )


def _cookies(fields: standard.Fields) -> Iterator[Note]:
    for name, value in fields:
        plain = value.lower().replace(" ", "")
        if name.lower() == "set-cookie" and not (";samesite=none" in plain and ";secure" in plain):
            cookie = next(iter(parse_cookie(value)), "")
            yield Note(
                "CookieBlocked",
                f"the cookie {cookie} does not travel to another site; give it SameSite=None and "
                "Secure, or serve page and application on one site",
            )
