"""Cross-origin requests: who may call this API from a browser. The table is in `policy.py`."""

from typing import Any

from flask import Flask, abort, request

from . import cli, csrf, preflight
from .answers import Answers
from .exchange import Exchanges, is_public
from .refusals import Refusals
from .resources import ResourceMap
from .views import Views, cross_origin, views_of

__all__ = ["ResourceMap", "check_views", "cross_origin", "init_app", "is_public"]


def init_app(app: Flask, resources: ResourceMap) -> None:
    """Wire the policy; first of all modules, so that nothing refuses a preflight before it."""
    views = Views(app, resources)
    exchanges = Exchanges(app, resources, views)
    refusals = Refusals(app, resources)

    # Flask calls these ahead of all that a blueprint may do before a request, such as to ask who it
    # is. They cannot return an answer, so it is raised.
    @app.url_value_preprocessor
    def before(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
        if request.method == "GET":  # never a preflight, and never refused
            return
        exchange = exchanges.current()
        csrf.refuse(exchange, resources)
        response = preflight.answer(exchange)
        if response is not None:
            response.headers.extend(refusals.look(exchange))
            abort(response)

    app.extensions["cors_answers"] = Answers(resources, exchanges, refusals)
    app.extensions["cors_views"] = views
    cli.init_app(app)
    for trap in resources.traps():
        app.logger.warning("%s", trap)


def check_views(app: Flask) -> None:
    """Check what views say about CORS themselves; last of all, when every view is known.

    Raises ConfigurationError with a line for every problem.
    """
    views_of(app).check()
