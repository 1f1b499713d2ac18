"""What an orchestrator asks: whether the process is alive, and whether it is ready."""

from flask import Flask

PROBES = ("/healthz", "/readyz")


def init_app(app: Flask) -> None:
    """Add both; they lie outside `/api`, so no page can read them."""
    for path, view in zip(PROBES, (live, ready), strict=True):
        app.add_url_rule(path, view_func=view)


def live() -> dict[str, str]:
    """Touches nothing, so that a slow dependency never gets the process killed."""
    return {"status": "ok"}


def ready() -> dict[str, str]:
    """Ask here what a request needs, and answer 503 while it is not there."""
    return {"status": "ok"}
