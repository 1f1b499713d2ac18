"""What Flask-CORS is told: every option by name, and compiled, anchored patterns alone.

Left to itself it takes text for regular expressions, and what is not said for permission.
"""

import re
from typing import Any

from flask import Flask, Response
from flask_cors import CORS, cross_origin

from . import headers, paths
from .exchange import Exchange
from .resources import ResourceMap
from .rule import Rule


def options(rule: Rule) -> dict[str, Any]:
    """Say a rule in Flask-CORS's words."""
    return {
        "origins": "*" if rule.origins.any else rule.origins.pattern,
        "methods": rule.methods,
        "allow_headers": [
            re.compile(rf"{re.escape(it)}\Z", re.IGNORECASE) for it in rule.allow_headers
        ],
        "expose_headers": rule.expose_headers,
        "supports_credentials": rule.supports_credentials,
        "max_age": rule.max_age,
        "send_wildcard": rule.origins.any,
        "always_send": rule.origins.any,
        "vary_header": False,
        "automatic_options": False,
        "allow_private_network": False,
    }


class Engine:
    """Flask-CORS, wired once, on an application of its own.

    It is asked about the path of a row, never about that of a request: it decodes a path once more
    than the router does, and so could take the request for one of another row.
    """

    def __init__(self, resources: ResourceMap) -> None:
        self._by_path = resources.by_path
        self._app = Flask(__name__, static_folder=None)
        CORS(
            self._app,
            resources={paths.pattern(rule.base): options(rule) for rule in self._by_path},
        )

    def ask(self, rule: Rule, exchange: Exchange) -> dict[str, str]:
        """Return the headers of a response under this rule."""
        sent = {headers.ORIGIN: exchange.origin}
        method = exchange.method
        if exchange.preflight:
            method, sent[headers.REQUEST_METHOD] = "OPTIONS", method
        response = Response()
        with self._app.test_request_context(rule.base, method=method, headers=sent):
            if rule in self._by_path:
                response = self._app.process_response(response)
            else:  # a view's own rule, or one that speaks for some methods: no path chooses it
                cross_origin(**options(rule))(lambda: response)()
        return dict(response.headers)
