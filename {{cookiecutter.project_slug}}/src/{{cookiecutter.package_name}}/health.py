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
    """Report that the process is alive."""
    return {"status": "ok"}  # without a look at anything slow, which must not get it killed


# {% if cookiecutter.database == "sqlalchemy" %}
@operation(problems=(503,))
# {% else %}
@operation()
# {% endif %}
def ready() -> dict[str, str]:
# {% if cookiecutter.database == "sqlalchemy" %}
    """Report that the database answers."""
    database.check()
    return {"status": "ok"}
# {% else %}
    """Report that requests can be served."""
    return {"status": "ok"}  # once requests need something, answer 503 while it is missing
# {% endif %}
