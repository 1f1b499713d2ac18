"""The outermost layer: the headers that every response carries, and its line in the log.

One layer does all of that, where Flask would run a function after the request for each: it sees
every response, also after such a function has failed, and costs less.
"""

from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.datastructures import HeaderSet
from werkzeug.http import parse_list_header

from . import errors, request_id, security_headers
from .cors.answers import Answers
from .cors.headers import ANSWER_PREFIX, VARY, Fields
from .cors.refusals import REHEARSED
from .health import PROBES
from .logs import Lines
from .streamed import Streamed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

RAISED = "500"  # what servers answer for an application that raises
WITHOUT_CONTENT = ("204", "304")


def init_app(app: Flask, lines: Lines) -> None:
    """Wrap the application, so that answers to what never became a request are seen too."""
    application = app.wsgi_app
    answers: Answers = app.extensions["cors_answers"]

    def gateway(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        began = perf_counter()
        status, complete = RAISED, True
        fields: Fields = []
        ours: Fields | None = None
        if host := environ.get("HTTP_HOST"):  # names have no case (RFC 9110, section 4.2.3)
            environ["HTTP_HOST"] = host.lower()

        def start(line: str, theirs: Fields, *_: Any) -> "Callable[[bytes], object]":
            nonlocal status, complete, fields, ours
            status, complete, fields = line, line.startswith(WITHOUT_CONTENT), theirs
            # Flask starts a response while it still has the request that this is asked about.
            ours = answers.fields(environ) + security_headers.fields(environ)
            ours.append((request_id.HEADER, request_id.name_of(environ)))
            plain = True
            for name, _value in fields:
                folded = name.lower()
                if folded == "content-length":
                    complete = True
                elif folded.startswith(_SAID_BY_US):
                    plain = False
            if plain:
                fields += ours
            else:
                _merge(fields, ours)
            if line.startswith(WITHOUT_CONTENT):  # nor a type, which Flask gives to everything
                fields[:] = [it for it in fields if it[0].lower() != "content-type"]
            return len  # nobody writes: Werkzeug's responses return what they have to say

        def tell(broken: str = "") -> None:
            if REHEARSED not in environ and (
                environ.get("PATH_INFO") not in PROBES or status >= RAISED
            ):
                code = int(status[:3]) if status[:3].isdecimal() else 0
                lines.request(environ, code, perf_counter() - began, broken)

        try:
            response = application(environ, start)
        except BaseException as error:
            status = RAISED
            tell()
            if ours is None or not isinstance(error, Exception):
                raise
            # What runs last of all has failed, such as a function at the end of the request.
            app.logger.exception("Exception behind the response to %r", environ.get("PATH_INFO"))
            return errors.last_resort(environ, ours, start_response)
        start_response(status, fields)
        if not complete:
            return Streamed(response, tell)
        tell()
        return response

    app.wsgi_app = gateway  # type: ignore[method-assign]


# Whatever a view or an extension says about CORS: the table is the whole policy.
_REPLACED = (ANSWER_PREFIX, request_id.HEADER.lower())
_SAID_BY_US = (*_REPLACED, VARY.lower(), *(it.lower() for it, _ in security_headers.TRUSTED))


def _merge(fields: Fields, ours: Fields) -> None:
    """Add what is not said yet, in place of what is not theirs to say."""
    theirs = [it for it in fields if not it[0].lower().startswith(_REPLACED)]
    lines = [value for name, value in theirs + ours if name.lower() == VARY.lower()]
    said = {name.lower() for name, _ in theirs} | {VARY.lower()}
    fields[:] = [it for it in theirs if it[0].lower() != VARY.lower()]
    fields += [it for it in ours if it[0].lower() not in said]
    if lines:  # several are one list (RFC 9110, section 5.3)
        names = HeaderSet()
        names.update(parse_list_header(", ".join(lines)))
        fields.append((VARY, names.to_header()))
