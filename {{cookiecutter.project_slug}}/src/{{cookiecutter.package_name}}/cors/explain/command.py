"""`flask cors explain`: the command and its options."""

import json

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from ..console import say
from . import words
from .answer import answer
from .exchange import Call
from .safelist import is_forbidden

BLOCKED = 1  # the exit status; 2 is click's, for what cannot be understood


@click.command()
@click.argument("method")
@click.argument("url")
@click.option("--origin", required=True, help="The page's scheme://host[:port], or null.")
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="NAME[: VALUE]",
    help="A header that the page sets.",
)
@click.option("--content-type", metavar="TYPE", help="The type of the body.")
@click.option("--data", metavar="TEXT", help="The body; @FILE reads a file.")
@click.option("--credentials", is_flag=True, help="The page says credentials: 'include'.")
@click.option("--execute", is_flag=True, help="Carry out methods that may change something.")
@click.option("--live", is_flag=True, help="Ask the server at URL instead of this project.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
@with_appcontext
def explain(
    ctx: click.Context,
    method: str,
    url: str,
    *,
    origin: str,
    headers: tuple[str, ...],
    content_type: str | None,
    data: str | None,
    credentials: bool,
    execute: bool,
    live: bool,
    as_json: bool,
) -> None:
    """Say whether a browser lets a page make a request, and why not.

    URL is a path of this API, such as /api/v1/greetings, or a full address.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    page, method = words.page(origin), words.method(method)
    body = words.body(method, data, content_type)
    fields = words.typed(words.headers(headers), body, content_type)
    call = Call(
        method=method,
        address=words.address(url, app, live=live),
        origin=str(page or "null"),
        page=words.page_address(page),
        headers=tuple(it for it in fields if not is_forbidden(*it)),
        left_out=tuple(name for name, value in fields if is_forbidden(name, value)),
        body=body,
        credentials=credentials,
    )
    found = answer(app, call, execute=execute, ask_live=live, known=words.is_full(url))
    say(json.dumps(found.to_json(), indent=2) if as_json else found.to_text())
    ctx.exit(0 if found.allowed else BLOCKED)
