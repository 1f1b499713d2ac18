"""The CORS headers of every response: computed by Flask-CORS, made exact, and remembered.

Functions that run after a request run in the opposite order of their registration. So `finish`,
registered before Flask-CORS, sees its result; `recall`, registered after it, goes ahead of it. What
Flask-CORS computes for a rule, an origin and a method never changes, so it is remembered; it
stands aside where Access-Control-Allow-Origin is set already.
"""

from flask import Flask, Response

from . import engine, headers
from .exchange import Exchange, Exchanges
from .resources import ResourceMap
from .rule import Rule

REMEMBERED = 1024  # answers at most; there is no end of origins below a wildcard
COMPLETE = "_cors_complete"

Fields = list[tuple[str, str]]


def init_app(app: Flask, resources: ResourceMap, exchanges: Exchanges) -> None:
    """Put the CORS headers on every response, errors included."""
    remembered: dict[tuple[Rule | None, str, str, bool], Fields] = {}

    def finish(response: Response) -> Response:
        if getattr(response, COMPLETE, False):
            return response
        exchange = exchanges.current()
        fields = _exact(exchange, _remove(response))
        _add(response, exchange, fields)
        if fields:
            if len(remembered) >= REMEMBERED:
                remembered.clear()
            remembered[_key(exchange)] = fields
        return response

    def recall(response: Response) -> Response:
        _remove(response)  # whatever a view has set: the table is the whole policy
        exchange = exchanges.current()
        fields = remembered.get(_key(exchange))
        setattr(response, COMPLETE, fields is not None)
        if fields is not None:
            _add(response, exchange, fields)
        elif exchange.rule is not None and exchange.rule not in resources.by_path:
            engine.write(exchange.rule, response)
        return response

    app.after_request(finish)
    engine.init_app(app, resources)
    app.after_request(recall)


def _key(exchange: Exchange) -> tuple[Rule | None, str, str, bool]:
    rule = exchange.rule
    origin = "" if rule is None or rule.origins.any else exchange.origin
    return rule, origin, exchange.method, exchange.preflight


def _remove(response: Response) -> dict[str, str]:
    """Take the CORS headers off a response and return them, by lower-case name."""
    found = {
        name.lower(): value
        for name, value in response.headers
        if name.lower().startswith(headers.ANSWER_PREFIX)
    }
    for name in found:
        del response.headers[name]
    return found


def _add(response: Response, exchange: Exchange, fields: Fields) -> None:
    for name, value in fields:
        response.headers.add(name, value)
    if not exchange.varies:
        return
    if headers.VARY in response.headers:
        response.vary.add(headers.ORIGIN)
    else:
        response.headers.add(headers.VARY, headers.ORIGIN)


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
