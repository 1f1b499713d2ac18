"""What Flask-CORS is told: every option by name, and compiled, anchored patterns alone.

Left to itself it takes text for regular expressions, and what is not said for permission.
"""

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response
from flask_cors import CORS, cross_origin

from . import paths
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
    """Flask-CORS, which is asked when an answer is not known yet, and not after each request."""

    def __init__(self, app: Flask, resources: ResourceMap) -> None:
        self._by_path = resources.by_path
        after_request = app.after_request_funcs.setdefault(None, [])
        others = len(after_request)
        CORS(
            app,
            resources={paths.pattern(rule.base): options(rule) for rule in self._by_path},
            intercept_exceptions=False,  # every error is a response already (errors.py)
        )
        self._functions = after_request[others:]
        del after_request[others:]

    def ask(self, rule: Rule) -> Mapping[str, str]:
        """Return the headers that Flask-CORS writes for the current request under its rule."""
        response = Response()
        if rule in self._by_path:
            for write in self._functions:
                write(response)
        else:  # a view's own rule, or one that speaks for some methods only: no path chooses it
            cross_origin(**options(rule))(lambda: response)()
        return dict(response.headers)
