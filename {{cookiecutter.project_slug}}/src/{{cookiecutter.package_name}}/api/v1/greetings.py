"""Greetings: what can be asked for and sent, and the views."""

from typing import Annotated

from flask import Blueprint, url_for
from pydantic import BaseModel, Field

from ...openapi import operation

bp = Blueprint("greetings", __name__, url_prefix="/greetings")

# Without control characters, which some databases refuse.
Text = Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]


class GreetingQuery(BaseModel):
    """What a greeting can be asked for with."""

    name: Text = ""


class NewGreeting(BaseModel):
    """What a new greeting needs."""

    name: Annotated[Text, Field(min_length=1, examples=["Ada"])]


class Greeting(BaseModel):
    """A greeting as it is answered."""

    name: str
    message: str


@bp.get("")
@operation()
def show_greeting(query: GreetingQuery) -> Greeting:
    """Show the greeting for `?name=`, or for the world."""
    name = query.name or "World"
    return Greeting(name=name, message=f"Hello, {name}!")


@bp.post("")
@operation(201)
def create_greeting(body: NewGreeting) -> tuple[Greeting, dict[str, str]]:
    """Create a greeting for the `name` of a JSON body."""
    greeting = Greeting(name=body.name, message=f"Hello, {body.name}!")
    return greeting, {"Location": url_for(".show_greeting", name=body.name)}
