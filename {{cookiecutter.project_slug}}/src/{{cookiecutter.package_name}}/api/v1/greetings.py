"""Greetings: a resource to copy from."""

from typing import Annotated

from flask import Blueprint, url_for
from pydantic import BaseModel, Field

from ...openapi import operation

bp = Blueprint("greetings", __name__, url_prefix="/greetings")

# Without control characters, which some databases refuse.
Text = Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]


class GreetingQuery(BaseModel):
    """Whom to greet: the world, unless there is a name."""

    name: Text = ""


class NewGreeting(BaseModel):
    """Whom to greet."""

    name: Annotated[Text, Field(min_length=1, examples=["Ada"])]


class Greeting(BaseModel):
    """A greeting, and whom it is for."""

    name: str
    message: str


@bp.get("")
@operation()
def show_greeting(query: GreetingQuery) -> Greeting:
    """Greet `?name=`, or the world."""
    name = query.name or "World"
    return Greeting(name=name, message=f"Hello, {name}!")


@bp.post("")
@operation(201)
def create_greeting(body: NewGreeting) -> tuple[Greeting, dict[str, str]]:
    """Greet the `name` of a JSON body."""
    greeting = Greeting(name=body.name, message=f"Hello, {body.name}!")
    return greeting, {"Location": url_for(".show_greeting", name=body.name)}
