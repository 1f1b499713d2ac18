"""Version 1 of the API: its table of contents."""

from flask import Blueprint, Flask

from . import greetings


def init_app(app: Flask) -> None:
    """Register a blueprint for each resource."""
    bp = Blueprint("v1", __name__, url_prefix="/api/v1")
    bp.register_blueprint(greetings.bp)
    # {% if cookiecutter.cors_policy == "mixed" %}
    from . import public

    bp.register_blueprint(public.bp)
    # {% endif %}
    app.register_blueprint(bp)
