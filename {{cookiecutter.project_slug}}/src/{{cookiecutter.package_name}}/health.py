"""What an orchestrator asks. Both paths answer whatever the Host, and no page can read them."""

from flask import Flask

from .openapi import operation

PROBES = ("/healthz", "/readyz")


def init_app(app: Flask) -> None:
    """Add both probes."""
    for path, view in zip(PROBES, (live, ready), strict=True):
        app.add_url_rule(path, view_func=view)


@operation()
def live() -> dict[str, str]:
    """Touch nothing: a slow dependency must not get the process killed."""
    return {"status": "ok"}


@operation()
def ready() -> dict[str, str]:
    """Check what requests need, once there is something, and answer 503 while it is missing."""
    return {"status": "ok"}
