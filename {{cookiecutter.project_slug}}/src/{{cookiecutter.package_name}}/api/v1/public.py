"""What anybody may read, from any page: the public row of `cors/policy.py` covers it."""

from flask import Blueprint

bp = Blueprint("public", __name__, url_prefix="/public")


@bp.get("/status")
def show_status() -> dict[str, str]:
    """Say whether the API is there, for a status page on any domain."""
    return {"status": "ok"}
