"""The application factory."""

import os

from flask import Flask

from . import api, {{ "auth, " if cookiecutter.auth != "none" else "" }}bodies, cors, {{ "database, " if cookiecutter.database != "none" else "" }}docs, errors, health, logs, responses
from .settings import Settings

__all__ = ["Settings", "create_app"]


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application, from the process's environment unless settings are given.

    Raises flask_cors_policy.ConfigurationError with every problem.
    """
    settings = settings or Settings.from_env(os.environ)
    app = Flask(__name__, static_folder=None)
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key,
        # For a front end on another site: "None", with SESSION_COOKIE_PARTITIONED=True.
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=not app.debug,  # Safari takes no Secure cookie from http://localhost
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
    )
    logs.init_app(app, settings.log_level, settings.log_format)
    errors.init_app(app)
# {% if cookiecutter.database == "sqlalchemy" %}
    database.init_app(app, settings.database_url)
# {% endif %}
# {% if cookiecutter.auth == "session" %}
    auth.init_app(app, settings.ratelimit_storage_uri)
# {% endif %}
# {% if cookiecutter.auth == "oidc" %}
    auth.init_app(app, settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks_url)
# {% endif %}
    bodies.init_app(app, settings.max_content_length)
    health.init_app(app)
    api.init_app(app)
    app.register_blueprint(docs.bp)
    cors.cors.init_app(app, policy=settings.cors)  # after the views, whose own policies it checks
    responses.init_app(app, settings.proxy_hops)
    return app
