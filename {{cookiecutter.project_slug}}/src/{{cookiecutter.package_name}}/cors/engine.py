"""What Flask-CORS is told: every option by name, and compiled, anchored patterns alone.

Left to itself it takes text for regular expressions, and what is not said for permission.
"""

import re
from collections.abc import Callable, Sequence
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


def init_app(app: Flask, resources: ResourceMap) -> Sequence[Callable[[Response], object]]:
    """Hand over the rows that a path alone can choose, and return what writes their headers."""
    after_request = app.after_request_funcs.setdefault(None, [])
    others = len(after_request)
    CORS(
        app,
        resources={paths.pattern(rule.base): options(rule) for rule in resources.by_path},
        intercept_exceptions=False,  # every error is a response already (errors.py)
    )
    functions = after_request[others:]
    del after_request[others:]  # answers.py calls them
    return functions


def write(rule: Rule, response: Response) -> None:
    """Write the headers of a rule that a path alone cannot choose."""

    @cross_origin(**options(rule))
    def passed_through() -> Response:
        return response

    passed_through()
