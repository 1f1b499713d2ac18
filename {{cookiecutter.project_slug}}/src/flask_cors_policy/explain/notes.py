"""What looks like CORS and is not, and what is worth knowing beside the verdict."""

from collections.abc import Iterator

from werkzeug.http import parse_cookie

from .. import _guard
from .._hints import allow_credentials, set_names
from .._layer import EXPLAIN
from .._middleware import is_behind_policy
from . import standard
from .address import distance, is_local, is_loopback
from .browser import ACTUAL, HANDSHAKE, PREFLIGHT, Call, Response, Sent
from .case import Case, Note, is_guarded, label_of
from .probe import Place
from .statuses import body_too_large, notes_on_method, notes_on_status

# "CORS-safelisted response-header name", and what no page misses.
_READABLE = frozenset(
    "cache-control content-language content-length content-type expires last-modified pragma "
    "allow connection content-security-policy cross-origin-resource-policy date keep-alive "
    "referrer-policy server set-cookie strict-transport-security transfer-encoding vary via "
    "x-content-type-options x-frame-options".split()
)


def notes_of(case: Case) -> Iterator[Note]:
    """Return the notes on a call."""
    call, outcome = case.call, case.outcome
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
    if case.full and case.code not in ("MixedContent", "UnsafePort"):
        yield from _local_network(call)
    if not outcome.sent:
        return
    yield from _arrival(case, outcome.sent[-1])
    for sent in outcome.sent:
        if sent.response.late and sent.response.status is not None:
            yield Note(
                "NoResponseYet",
                f"no response to the {sent.step} began in time, so its headers are those of the "
                "policy alone; a browser would go on waiting; look for what it waits for",
            )
        # Where the call is blocked, the cause says why; what the page cannot read is left out.
        if failure:
            continue
        if sent.step == PREFLIGHT:
            yield from _wildcard(sent, call)
            continue
        yield from _credentials(case, sent)
        yield from _not_run(case, sent)
        yield from notes_on_status(case, sent)
        if sent.step == ACTUAL:
            yield from _headers(case, sent)
    if failure and failure.code == "MethodDisallowedByPreflightResponse":
        yield from notes_on_method(case, outcome.sent[-1])


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


def _arrival(case: Case, sent: Sent) -> Iterator[Note]:
    """Tell how the request got to the application, where that is not plain."""
    place = case.probe.place(sent.address, sent.method)
    if place.prefix:
        yield Note(
            "Prefix",
            f"the application is taken to be mounted at {place.prefix}, so that its own path is "
            f"{place.path}; --prefix names another mount, and --prefix / none",
        )
    if case.changed_path:
        yield Note(
            "PathChanged",
            f"middleware behind the policy changes the path from {place.path} to "
            f"{case.changed_path}, and rows are about the first; add that middleware after "
            "CORS(...)",
        )
    if sent.response.in_front and not case.code:
        yield Note(
            "MiddlewareInFront",
            f"middleware in front of the policy answers {place.path}, such as Flask-SocketIO or a "
            "mounted application, so neither rows nor the guard have a part in it",
        )
    elif sent.response.rehearsed and not case.live and is_behind_policy(case.app):
        yield Note(
            "MiddlewareBehind",
            "there is middleware behind the policy, which was not run: it may answer itself; "
            "--execute runs it",
        )
    if sent.response.rehearsed and not case.probe.through_middleware and not case.live:
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


def _credentials(case: Case, sent: Sent) -> Iterator[Note]:
    """Tell what the policy keeps from the view."""
    place = case.probe.place(sent.address, sent.method)
    if sent.response.in_front or is_guarded(case.app, place, sent):
        return
    environ = place.environ_of(sent)
    if case.call.credentials or sent.step == HANDSHAKE:
        environ["HTTP_COOKIE"] = "session=x"
    removed = _guard.ambient_credentials(environ, place.row)
    if place.row is None or not removed or not _guard.is_cross_origin_page(environ):
        return
    names = ["cookies"] if "HTTP_COOKIE" in removed else []
    names += ["Authorization"] if "HTTP_AUTHORIZATION" in removed else []
    change = allow_credentials(place.row)
    fix = f"{change}, or send a token of the scheme Bearer" if change else "send a Bearer token"
    if sent.step == HANDSHAKE:  # pages cannot set its headers
        fix = change or "send a token in the first message"
    yield Note(
        "CredentialsRemoved",
        f"{label_of(place.row)} takes no credentials, so {' and '.join(names)} of this page "
        f"{'do' if names == ['cookies'] or len(names) > 1 else 'does'} not reach the view; {fix}",
    )


def _not_run(case: Case, sent: Sent) -> Iterator[Note]:
    if sent.response.status_is_known or sent.response.late:
        return
    limit = case.app.config["MAX_CONTENT_LENGTH"]
    if limit is not None and len(sent.body or b"") > limit:
        yield body_too_large(case)
    if sent.step == HANDSHAKE and not case.live:
        yield Note(
            "NotExecuted",
            "a handshake needs a running server, so no view was run; --live --execute opens the "
            "connection",
        )
        return
    what = "a handshake opens a connection"
    if sent.step == ACTUAL:
        what = f"{sent.method} may change something"
    if case.live or sent.response.in_front:
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


def _headers(case: Case, sent: Sent) -> Iterator[Note]:
    fields, call = sent.response.headers, case.call
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
    redirected = sent.response.status in standard.REDIRECTS
    if not (sent.response.rehearsed or redirected or sent.response.in_front):
        yield from _hidden_headers(case.probe.place(sent.address, sent.method), sent.response)
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
