"""Greetings: a resource to copy from."""

import re
from dataclasses import dataclass
from typing import Self

from flask import Blueprint, Response, jsonify, request, url_for

from ...errors import Unprocessable

bp = Blueprint("greetings", __name__, url_prefix="/greetings")

LONGEST_NAME = 100  # characters

_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Greeting:
    """A greeting of somebody."""

    name: str

    @classmethod
    def parse(cls, body: object) -> Self:
        """Read `{"name": ...}`; raises Unprocessable, with every problem, for anything else."""
        if not isinstance(body, dict):
            raise Unprocessable({"#": "has to be an object"})
        name = body.get("name")
        if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
            raise Unprocessable({"#/name": f"has to be text of 1 to {LONGEST_NAME} characters"})
        # JSON can hold halves of characters, which no URL and no database takes.
        if _UNFIT.search(name):
            raise Unprocessable({"#/name": "has control characters, or halves of characters"})
        return cls(name)

    def to_json(self) -> dict[str, str]:
        """Return what the API says about it."""
        return {"name": self.name, "message": f"Hello, {self.name}!"}


@bp.get("")
def show_greeting() -> dict[str, str]:
    """Greet `?name=`, or the world."""
    return Greeting.parse({"name": request.args.get("name") or "World"}).to_json()


@bp.post("")
def create_greeting() -> tuple[Response, int, dict[str, str]]:
    """Greet the `name` of a JSON body."""
    greeting = Greeting.parse(request.get_json())
    location = url_for(".show_greeting", name=greeting.name)
    return jsonify(greeting.to_json()), 201, {"Location": location}
