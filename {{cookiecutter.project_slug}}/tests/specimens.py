"""A resource of the tests' own, so that they need none of the project's."""

from flask import Blueprint, Flask, request, url_for

from {{ cookiecutter.package_name }}.errors import Unprocessable

LONGEST_NAME = 100  # characters

bp = Blueprint("specimens", __name__, url_prefix="/api/v1/specimens")


def init_app(app: Flask) -> None:
    """Add it, in the place of everything that this project has below `/api`."""
    app.register_blueprint(bp)


@bp.get("")
def show_specimen() -> dict[str, str]:
    name = request.args.get("name", "")
    if len(name) > LONGEST_NAME:
        raise Unprocessable({"#/name": "is too long"})
    return {"name": name}


@bp.post("")
def create_specimen() -> tuple[dict[str, str], int, dict[str, str]]:
    name = request.get_json()["name"]
    return {"name": name}, 201, {"Location": url_for(".show_specimen", name=name)}
