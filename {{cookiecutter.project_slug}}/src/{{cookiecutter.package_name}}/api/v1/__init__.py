"""Version 1 of the API: its table of contents."""

from flask import Blueprint

# {% if cookiecutter.auth != "none" %}
from ... import auth
# {% endif %}
from . import greetings{{ ", items" if cookiecutter.database != "none" else "" }}{{ ", public" if cookiecutter.cors_policy == "mixed" else "" }}

bp = Blueprint("v1", __name__, url_prefix="/api/v1")
# {% if cookiecutter.auth != "none" %}
bp.register_blueprint(auth.bp)
# {% endif %}
bp.register_blueprint(greetings.bp)
# {% if cookiecutter.database == "sqlalchemy" %}
bp.register_blueprint(items.bp)
# {% endif %}
# {% if cookiecutter.cors_policy == "mixed" %}
bp.register_blueprint(public.bp)
# {% endif %}
