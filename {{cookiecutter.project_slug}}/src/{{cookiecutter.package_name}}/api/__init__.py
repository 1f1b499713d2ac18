"""Everything below `/api`: the table in `cors.py` covers it."""

from flask import Flask

from . import v1


def init_app(app: Flask) -> None:
    """Register each version of the API."""
    app.register_blueprint(v1.bp)
