"""The CORS headers of every response: computed by Flask-CORS, made exact, and remembered.

What Flask-CORS computes for a rule, an origin and a method never changes. So it is asked once, and
not by Flask after each request, which takes longer to call a function than this one takes.
"""

from http import HTTPStatus

from flask import Flask, Response
from flask_cors.core import FLASK_CORS_EVALUATED
from werkzeug.http import parse_set_header

from . import engine, headers
from .exchange import Exchange, Exchanges
from .refusals import Refusals
from .resources import ResourceMap
from .rule import Rule

REMEMBERED = 1024  # answers at most; there is no end of origins below a wildcard

Fields = list[tuple[str, str]]


def init_app(app: Flask, resources: ResourceMap, exchanges: Exchanges, refusals: Refusals) -> None:
    """Put the CORS headers on every response, errors included."""
    remembered: dict[tuple[Rule | None, str, str, bool], Fields] = {}
    written_by = engine.init_app(app, resources)

    @app.after_request
    def answer(response: Response) -> Response:
        vars(response).pop(FLASK_CORS_EVALUATED, None)  # a view may have kept this response
        _remove(response)  # whatever a view has set: the table is the whole policy
        exchange = exchanges.current()
        fields = remembered.get(_key(exchange))
        if fields is None:
            if exchange.rule is not None and exchange.rule not in resources.by_path:
                engine.write(exchange.rule, response)
            else:
                for write in written_by:
                    write(response)
            fields = _exact(exchange, _remove(response))
            if fields:
                if len(remembered) >= REMEMBERED:
                    remembered.clear()
                remembered[_key(exchange)] = fields
            elif not exchange.preflight:
                refusals.look(exchange, response)
        _add(response, exchange, fields)
        if exchange.preflight and response.status_code == HTTPStatus.NO_CONTENT:
            response.headers.pop("Content-Type", None)  # Flask gives one to what is raised
        # Where somebody has registered Flask-CORS again, it looks once more at answers to crashes.
        setattr(response, FLASK_CORS_EVALUATED, True)
        return response


def _key(exchange: Exchange) -> tuple[Rule | None, str, str, bool]:
    rule = exchange.rule
    origin = "" if rule is None or rule.origins.any else exchange.origin
    return rule, origin, exchange.method, exchange.preflight


def _remove(response: Response) -> dict[str, str]:
    """Take the CORS headers off a response and return them, by lower-case name."""
    found: dict[str, str] = {}
    for name, value in response.headers:
        folded = name.lower()
        if folded.startswith(headers.ANSWER_PREFIX):
            found[folded] = value
    for name in found:
        del response.headers[name]
    return found


def _add(response: Response, exchange: Exchange, fields: Fields) -> None:
    for name, value in fields:
        response.headers.add(name, value)
    if not exchange.varies:
        return
    lines = response.headers.getlist(headers.VARY)
    if not lines:
        response.headers.add(headers.VARY, headers.ORIGIN)
    else:  # `response.vary` would read the first line, and replace all
        vary = parse_set_header(", ".join(lines))
        vary.add(headers.ORIGIN)
        response.headers[headers.VARY] = vary.to_header()


def _exact(exchange: Exchange, computed: dict[str, str]) -> Fields:
    """Make what Flask-CORS computed exact: it neither lists in full nor compares whole names."""
    rule = exchange.rule
    allow_origin = computed.get(headers.ALLOW_ORIGIN.lower())
    if rule is None or not exchange.granted or not allow_origin:
        return []
    fields = {headers.ALLOW_ORIGIN: allow_origin}
    if rule.supports_credentials:
        fields[headers.ALLOW_CREDENTIALS] = "true"
    if not exchange.preflight:
        fields[headers.EXPOSE_HEADERS] = ", ".join(rule.expose_headers)
    elif exchange.method in rule.methods:
        fields[headers.ALLOW_METHODS] = ", ".join(rule.methods)
        fields[headers.ALLOW_HEADERS] = ", ".join(rule.allow_headers)
        fields[headers.MAX_AGE] = str(rule.max_age)
    return [(name, value) for name, value in fields.items() if value]
