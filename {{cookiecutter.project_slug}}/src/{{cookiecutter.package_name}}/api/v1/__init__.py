"""Version 1 of the API: its table of contents."""

from flask import Blueprint

# {% if cookiecutter.cors_policy == "mixed" %}
from . import greetings, public
# {% else %}
from . import greetings
# {% endif %}

bp = Blueprint("v1", __name__, url_prefix="/api/v1")
bp.register_blueprint(greetings.bp)
# {% if cookiecutter.cors_policy == "mixed" %}
bp.register_blueprint(public.bp)
# {% endif %}
