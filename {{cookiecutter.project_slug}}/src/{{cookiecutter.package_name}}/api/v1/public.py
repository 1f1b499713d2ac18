"""What any page may read: the row for `/api/v1/public/*` in `cors.py` covers it."""

from flask import Blueprint

from ...openapi import operation

bp = Blueprint("public", __name__, url_prefix="/public")


@bp.get("/status")
@operation()
def show_status() -> dict[str, str]:
    """Report that the API is up, for a status page on any domain."""
    return {"status": "ok"}
