"""Everything below `/api`."""

from flask import Flask

from . import v1


def init_app(app: Flask) -> None:
    """Add each version of the API."""
    v1.init_app(app)
