"""The CORS headers of every response: computed by Flask-CORS, made exact, and remembered.

What Flask-CORS computes for a rule, an origin and a method never changes, so it is asked once.
"""

from typing import TYPE_CHECKING

from . import headers
from .engine import Engine
from .exchange import PUBLIC, Exchange, Exchanges
from .headers import Fields
from .refusals import Refusals
from .resources import ResourceMap
from .rule import Rule

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Key = tuple[Rule | None, str, str, bool]

REMEMBERED = 1024  # answers at most; there is no end of origins below a wildcard
LONGEST = 300  # characters of an origin that is remembered; a host has 253 at most


class Answers:
    """What the table says in the response to each request of an application."""

    def __init__(self, resources: ResourceMap, exchanges: Exchanges, refusals: Refusals) -> None:
        self._engine = Engine(resources)
        self._exchanges = exchanges
        self._refusals = refusals
        self._remembered: dict[Key, Fields] = {}

    def fields(self, environ: "WSGIEnvironment") -> Fields:
        """Return the CORS headers, and Vary, of the response to the current request."""
        exchange = self._exchanges.current()
        rule = exchange.rule
        # Said again for each response: applications that call each other share an environment.
        environ[PUBLIC] = rule is not None and rule.origins.any
        origin = "" if rule is None or rule.origins.any else exchange.origin
        key = (rule, origin, exchange.method, exchange.preflight)
        if known := self._remembered.get(key):
            return known
        fields = [(headers.VARY, headers.ORIGIN)] if exchange.varies else []
        if rule is not None and exchange.granted:
            fields += _exact(exchange, rule, self._engine.ask(rule, exchange))
            self._remember(key, fields)
        elif not exchange.preflight:
            fields += self._refusals.look(exchange)
        return fields

    def _remember(self, key: Key, fields: Fields) -> None:
        rule, origin, method, _ = key
        # A client may make up methods, of any length and without an end.
        if rule is None or method not in rule.methods or len(origin) > LONGEST:
            return
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = fields


def _exact(exchange: Exchange, rule: Rule, computed: dict[str, str]) -> Fields:
    """Make what Flask-CORS computed exact: it neither lists in full nor compares whole names."""
    allow_origin = computed.get(headers.ALLOW_ORIGIN)
    if not allow_origin:
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
