"""What a request is to CORS: who asks, for which method, and which rule answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, Request, request
from werkzeug.exceptions import HTTPException

from . import paths
from .resources import ResourceMap
from .rule import Rule
from .views import Views, endpoint_at

ATTRIBUTE = "cors_exchange"
PUBLIC = "cors.public"


def is_public(environ: Mapping[str, Any]) -> bool:
    """Whether any page may read the answer to a request, which has been worked out by now."""
    return bool(environ.get(PUBLIC))


@dataclass(slots=True)
class Exchange:
    """One request; `method` is what a page wants to use, so a preflight's is the announced one."""

    origin: str
    method: str
    preflight: bool
    rule: Rule | None  # none outside the area, and where no row covers the path
    varies: bool  # whether the headers of the answer depend on Origin

    @property
    def granted(self) -> bool:
        """Whether a page of this origin may read the answer."""
        return self.rule is not None and self.rule.grants(self.origin, self.method)


class Exchanges:
    """The exchanges of an application, each worked out once."""

    def __init__(self, app: Flask, resources: ResourceMap, views: Views) -> None:
        self._app = app
        self._resources = resources
        self._views = views

    def current(self) -> Exchange:
        """Return the exchange of the current request."""
        # Each use of the proxy costs more than the rest of its line.
        actual: Request = request._get_current_object()  # type: ignore[attr-defined]
        # Kept with the request: applications that call each other share its environment, and
        # requests made inside of one application context share `g`.
        exchange: Exchange | None = getattr(actual, ATTRIBUTE, None)
        if exchange is None:
            exchange = self._work_out(actual)
            setattr(actual, ATTRIBUTE, exchange)
        return exchange

    def _work_out(self, request: Request) -> Exchange:
        path, method = request.path, request.method
        origin = request.environ.get("HTTP_ORIGIN", "")
        options, preflight = method == "OPTIONS", False
        if options and origin:
            announced = request.environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD")
            preflight, method = bool(announced), announced or method
        rule = self._resources.rule_for(path, method)
        if rule is None:
            return Exchange(origin, method, preflight, rule, paths.covers(paths.AREA, path))
        endpoint = None if preflight else request.endpoint
        rule = self._views.rule_for(endpoint or self._endpoint_at(request, method), rule)
        # Whether OPTIONS is a preflight hangs on Origin, even where its value does not count.
        varies = options or not rule.origins.any
        return Exchange(origin, method, preflight, rule, varies)

    def _endpoint_at(self, request: Request, method: str) -> str | None:
        try:
            return endpoint_at(self._app.create_url_adapter(request), request.path, method)
        except HTTPException:  # the host is not ours, or none; the request is answered with 400
            return None
