"""Statuses that look like CORS errors and are none: what a page reads, why, and what to do."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from werkzeug.exceptions import SecurityError
from werkzeug.routing import WebsocketMismatch

from .._guard import SAFE_METHODS
from .._problems import quoted
from . import routes, standard
from .browser import HANDSHAKE, Sent
from .case import Case, Note, is_login, shown_exception
from .probe import Place

#: The codes of these notes.
CODES = (
    "BadRequest",
    "BodyTooLarge",
    "Forbidden",
    "LoginRedirect",
    "MethodNotAllowed",
    "NotFound",
    "Redirect",
    "ServerError",
    "Unauthorized",
    "UnknownHost",
    "UnknownRoute",
    "WrongContentType",
)


def notes_on_status(case: Case, sent: Sent) -> Iterator[Note]:
    """Explain what a page reads that is no success."""
    status = sent.response.status or 0
    place = case.probe.place(sent.address, sent.method)
    if sent.response.in_front:  # what it has is not known
        return
    if sent.step == HANDSHAKE:
        if case.live and place.endpoint is None:
            near = routes.closest(case.app, place, websocket=True)
            fix = f"the closest is {near}" if near else "flask routes lists them"
            yield Note(
                "UnknownRoute", f"{place.path} is no WebSocket route of this application; {fix}"
            )
    elif status in standard.REDIRECTS:
        yield _redirect(sent, status)
    elif status >= 500:
        error = case.exception
        what = f"raised {shown_exception(error)}" if error else "failed"
        yield Note(
            "ServerError",
            f"what answers {place.path} {what} ({status}); mend that, CORS is not at fault",
        )
    elif explained := _EXPLAINED.get(status):
        yield explained(case, sent, place)


def notes_on_method(case: Case, sent: Sent) -> Iterator[Note]:
    """Tell that a method is not the route's either, which the page would learn next."""
    method = case.call.method.upper()
    place = case.probe.place(sent.address, method)
    if place.methods and method not in (*place.methods, "OPTIONS"):  # which Flask answers itself
        yield _method_not_allowed(case, replace(sent, method=method), place)


def body_too_large(case: Case) -> Note:
    """Tell that a body is larger than the application takes."""
    limit = case.app.config.get("MAX_CONTENT_LENGTH")
    size = f"more than {limit} bytes" if limit is not None else "too many bytes"
    return Note(
        "BodyTooLarge",
        f"the body has {size}, and a view that reads it answers 413; send less, or raise "
        "MAX_CONTENT_LENGTH",
    )


def _redirect(sent: Sent, status: int) -> Note:
    path = sent.address.plain_path
    location = standard.location_of(status, sent.response.headers)
    if location is None:
        return Note(
            "Redirect",
            f"{path} answers {status} and names no address in Location, so the page reads the "
            f"{status} itself; name one, or answer 200",
        )
    target = sent.address.join(location)
    if is_login(target, sent.address.path):
        return Note(
            "LoginRedirect",
            f"{path} is redirected ({status}) to {quoted(target)}, so the page reads the log-in "
            "page; answer 401 instead (Flask-Login: @login_manager.unauthorized_handler)",
        )
    redirected = f"{path} is redirected ({status}) to {quoted(target)}"
    if sent.method not in SAFE_METHODS and status in (301, 302, 303):
        return Note("Redirect", f"{redirected}, which the page then reads with GET")
    return Note("Redirect", f"{redirected}; call that")


def _bad_request(case: Case, sent: Sent, place: Place) -> Note:
    host = sent.address.host
    if isinstance(place.error, SecurityError) and not case.live:
        return Note(
            "UnknownHost",
            f"the application does not answer to the name {host} (400); add it to TRUSTED_HOSTS, "
            "or call one of its names",
        )
    if isinstance(place.error, WebsocketMismatch):
        address = replace(sent.address, websocket=True)
        return Note(
            "BadRequest",
            f"{place.path} is the route of a WebSocket (400); open it with new WebSocket("
            f"'{address}')",
        )
    return Note(
        "BadRequest",
        f"{place.path} does not accept the request as it is (400); look at its query and body",
    )


def _unauthorized(_case: Case, _sent: Sent, _place: Place) -> Note:
    return Note(
        "Unauthorized",
        "the application wants to know who calls (401), which is no CORS error; log in, or send "
        "the header Authorization",
    )


def _forbidden(_case: Case, _sent: Sent, place: Place) -> Note:
    return Note(
        "Forbidden",
        f"{place.path} refuses the caller (403), which is no CORS error; look for permissions, or "
        "for a CSRF token that it wants",
    )


def _not_found(case: Case, _sent: Sent, place: Place) -> Note:
    if place.is_route:
        return Note("NotFound", f"the view of {place.path} found nothing (404); look at its id")
    near = routes.closest(case.app, place)
    fix = f"the closest is {near}" if near else "flask routes lists them"
    return Note("UnknownRoute", f"{place.path} is no route of this application (404); {fix}")


def _method_not_allowed(_case: Case, sent: Sent, place: Place) -> Note:
    allowed = ", ".join(place.methods) or "no other"
    return Note(
        "MethodNotAllowed",
        f"{place.path} does not take {sent.method} (405); it takes {allowed}",
    )


def _too_large(case: Case, _sent: Sent, _place: Place) -> Note:
    return body_too_large(case)


def _wrong_type(_case: Case, sent: Sent, place: Place) -> Note:
    given = standard.field(sent.headers, "content-type")
    body = f"a body of the type {quoted(given)}" if given else "a request without a Content-Type"
    return Note(
        "WrongContentType",
        f"{place.path} does not take {body} (415); for JSON send the header Content-Type: "
        "application/json",
    )


_EXPLAINED: Mapping[int, Callable[[Case, Sent, Place], Note]] = {
    400: _bad_request,
    401: _unauthorized,
    403: _forbidden,
    404: _not_found,
    405: _method_not_allowed,
    413: _too_large,
    415: _wrong_type,
}
