"""Greetings: a resource to copy from."""

import re

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from ...errors import Unprocessable

bp = Blueprint("greetings", __name__, url_prefix="/greetings")

LONGEST_NAME = 100  # characters
# JSON can hold halves of characters, which no URL and no database takes.
UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@bp.get("")
def show_greeting() -> dict[str, str]:
    """Greet `?name=`, or the world."""
    return greeting({"name": request.args.get("name") or "World"})


@bp.post("")
def create_greeting() -> ResponseReturnValue:
    """Greet the `name` of a JSON body."""
    created = greeting(request.get_json())
    location = url_for(".show_greeting", name=created["name"])
    return created, 201, {"Location": location}


def greeting(body: object) -> dict[str, str]:
    """Return the greeting of a name. Raises Unprocessable with the place of what is wrong."""
    if not isinstance(body, dict):
        raise Unprocessable([{"pointer": "#", "detail": "has to be an object"}])
    name = body.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME or UNFIT.search(name):
        detail = f"has to be text of 1 to {LONGEST_NAME} characters, none of them a control"
        raise Unprocessable([{"pointer": "#/name", "detail": detail}])
    return {"name": name, "message": f"Hello, {name}!"}
