"""What an orchestrator asks. Both paths answer whatever the Host, and no page can read them."""

from flask import Flask

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


@operation()
def ready() -> dict[str, str]:
    """Check what requests need, once there is something, and answer 503 while it is missing."""
    return {"status": "ok"}
