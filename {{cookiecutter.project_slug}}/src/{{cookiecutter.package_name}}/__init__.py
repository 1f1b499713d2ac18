"""The application factory."""

import os

from flask import Flask

from . import api, body, cookies, cors, errors, gateway, health, logs, proxy
from .environment import ConfigurationError
from .settings import Settings

__all__ = ["ConfigurationError", "Settings", "create_app"]


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application, from the process environment unless settings are given.

    Raises ConfigurationError with a line for every problem.
    """
    settings = settings or Settings.from_env(os.environ)
    app = Flask(__name__, static_folder=None)
    app.config["TRUSTED_HOSTS"] = list(settings.trusted_hosts) or None
    app.config["SECRET_KEY"] = settings.secret_key
    lines = logs.init_app(app, settings.log_format)
    cors.init_app(app, settings.cors)
    gateway.init_app(app, lines)
    proxy.init_app(app, settings.proxy_hops)
    cookies.init_app(app, settings)
    errors.init_app(app)
    body.init_app(app, settings.max_content_length)
    health.init_app(app)
    api.init_app(app)
    cors.check_views(app)
    return app
