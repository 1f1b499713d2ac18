"""What an orchestrator asks. Both paths answer whatever the Host, and no page can read them."""

from flask import Flask

# {% if cookiecutter.database == "sqlalchemy" %}
from . import database
# {% endif %}
from .openapi import operation

PROBES = ("/healthz", "/readyz")


def init_app(app: Flask) -> None:
    """Add both probes."""
    app.add_url_rule(PROBES[0], view_func=live)
    app.add_url_rule(PROBES[1], view_func=ready)


@operation()
def live() -> dict[str, str]:
    """Touch nothing: a slow dependency must not get the process killed."""
    return {"status": "ok"}


# {% if cookiecutter.database == "sqlalchemy" %}
@operation(problems=(503,))
# {% else %}
@operation()
# {% endif %}
def ready() -> dict[str, str]:
# {% if cookiecutter.database == "sqlalchemy" %}
    """Ask the database, and answer 503 while it does not answer."""
    database.check()
# {% else %}
    """Check what requests need, once there is something, and answer 503 while it is missing."""
# {% endif %}
    return {"status": "ok"}
