"""`flask cors explain`: the command and its options."""

import json
import logging
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from flask import Flask

from ..cli import echo, load_app_with_policy
from . import devtools, message, review
from .case import Note
from .draft import (
    Draft,
    call_of,
    is_full,
    parse_body,
    parse_headers,
    parse_method,
    parse_page,
    parse_url,
    refuse,
    with_type,
)
from .probe import Probe
from .report import Settings, Verdict, judge
from .routes import base_of
from .wsgi import SECONDS, Deadline

BLOCKED = 1  # the exit status; 2 is click's, for what cannot be understood
LONGEST = 60.0  # seconds for all calls of a HAR file
MANY = 50_000_000  # bytes of a file that is read


@click.command()
@click.argument("method", required=False)
@click.argument("url", required=False)
@click.option("--origin", help="The page's scheme://host[:port], or null.")
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="NAME[: VALUE]",
    help="A header that the page sets.",
)
@click.option("--content-type", metavar="TYPE", help="The type of the body.")
@click.option("--data", metavar="TEXT", help="The body; @FILE reads a file.")
@click.option("--credentials", is_flag=True, help="The page sets credentials: 'include'.")
@click.option("--execute", is_flag=True, help="Carry out methods that may change something.")
@click.option("--live", is_flag=True, help="Call the server at URL instead of this application.")
@click.option("--prefix", metavar="PATH", help="Where the application is mounted, such as /shop.")
@click.option("--message", "text", metavar="TEXT", help="A message of the browser's console.")
@click.option("--curl", metavar="COMMAND", help="A request copied from the network tab as cURL.")
@click.option("--har", metavar="FILE", help="An export of the network tab: each failed call of it.")
@click.option("--all", "everything", is_flag=True, help="Each route and method, for one origin.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
def explain(ctx: click.Context, /, **options: Any) -> None:
    """Tell whether a browser lets a page make a request, and why not.

    URL is a path of this application, such as /api/books, or a full address. TEXT, COMMAND and
    FILE may be - for the standard input; TEXT and COMMAND also @FILE.
    """
    app = load_app_with_policy(ctx)
    _check(options)
    if options["everything"]:
        ctx.exit(_review(app, options))
    if options["har"]:
        ctx.exit(_explain_har(app, options))
    verdict = _explain_one(app, _draft(options), options, Deadline())
    echo(json.dumps(verdict.to_json(), indent=2) if options["as_json"] else verdict.to_text())
    ctx.exit(0 if verdict.allowed else BLOCKED)


def _check(options: Mapping[str, Any]) -> None:
    """Refuse options that do not go together."""
    sources = ("text", "curl", "har", "everything")
    chosen = [name for name in sources if options[name]]
    if len(chosen) > 1:
        names = {"text": "--message", "everything": "--all"}
        listed = " and ".join(names.get(name, f"--{name}") for name in chosen)
        raise click.UsageError(f"{listed} do not go together; write one of them.")
    if options["live"] and (options["har"] or options["everything"]):
        raise click.UsageError("--live calls one address; leave out --har and --all.")
    if (options["everything"] or options["har"]) and (options["method"] or options["url"]):
        raise click.UsageError("--har and --all are about many calls; leave out METHOD and URL.")
    if not chosen and not (options["method"] and options["url"]):
        raise click.UsageError(
            "METHOD and URL are missing; write them, or one of --message, --curl, --har, --all."
        )
    if options["prefix"] is not None and not options["prefix"].startswith("/"):
        refuse("--prefix", options["prefix"], f"is no path; write '/{options['prefix']}'")


def _draft(options: Mapping[str, Any]) -> Draft:
    """Put together what the arguments and a message or command give; arguments come first."""
    draft = Draft()
    if options["text"]:
        draft = message.parse_message(_content(options["text"], message.OPTION))
    elif options["curl"]:
        draft = devtools.parse_curl(_content(options["curl"], devtools.CURL))
    method = options["method"] or draft.method
    url = options["url"] or draft.url
    return _with_options(replace(draft, method=method, url=url), options)


def _with_options(draft: Draft, options: Mapping[str, Any]) -> Draft:
    """Add what the options give to a draft."""
    origin = options["origin"] or draft.origin
    if origin is None:
        raise click.UsageError("--origin is missing: the scheme://host[:port] of the page.")
    body, content_type = draft.body, options["content_type"]
    if options["data"] is not None or content_type is not None:
        body = parse_body(parse_method(draft.method or "GET"), options["data"], content_type)
    headers = (*draft.headers, *parse_headers(options["headers"]))
    return replace(
        draft,
        origin=origin,
        headers=with_type(headers, body, content_type),
        body=body,
        credentials=draft.credentials or options["credentials"],
    )


def _explain_one(
    app: Flask, draft: Draft, options: Mapping[str, Any], deadline: Deadline
) -> Verdict:
    """Explain the call of a draft."""
    url, live = draft.url or "", options["live"]
    if live and not is_full(url):
        refuse("URL", url, "is no full address; with --live write 'https://host/path'")
    address = parse_url(url, base_of(app, url, options["prefix"]))
    with _in_silence():
        if options["text"]:
            probe = Probe(app, deadline, host=address.host, prefix=options["prefix"], anywhere=live)
            place = probe.place(address, "GET")
            draft = message.with_likely_method(draft, list(place.methods))
        settings = Settings(options["execute"], live, options["prefix"])
        verdict = judge(app, call_of(draft, address), settings, deadline, full=is_full(url))
    return replace(verdict, notes=(*_notes_on(draft, verdict), *verdict.notes))


@contextmanager
def _in_silence() -> Iterator[None]:
    """Keep what the application logs, warns of and prints out of the answer.

    A line about a request that nobody made would mislead. Errors are silent too, as the verdict
    names the exception.
    """
    disabled = logging.root.manager.disable
    logging.disable()
    try:
        with warnings.catch_warnings(action="ignore"), redirect_stdout(sys.stderr):
            yield
    finally:
        logging.disable(disabled)


def _notes_on(draft: Draft, verdict: Verdict) -> list[Note]:
    """Tell what was assumed, and where the browser was told otherwise."""
    notes = [Note("AssumedMethod", draft.assumed)] if draft.assumed else []
    if draft.status and verdict.allowed and not verdict.response.status_is_known:
        notes.append(
            Note(
                "StatusRead",
                f"the page has read the status {draft.status}, which is no CORS error; look at the "
                "body of that response",
            )
        )
    if verdict.allowed and draft.refused:
        notes.append(
            Note(
                "NotReproduced",
                "the browser refused this call, and here it would be allowed: restart the server "
                "if its variables or code have changed, add what the page sends with --header and "
                "--credentials, or call the server itself with --live",
            )
        )
    return notes


def _explain_har(app: Flask, options: Mapping[str, Any]) -> int:
    """Explain each failed call of a HAR file; return the exit status."""
    drafts = devtools.parse_har(_content(options["har"], devtools.HAR, file=True))
    whole = Deadline(LONGEST)
    verdicts = [
        _explain_one(app, _with_options(draft, options), options, Deadline(whole.left(SECONDS)))
        for draft in drafts
    ]
    if options["as_json"]:
        echo(json.dumps({"calls": [verdict.to_json() for verdict in verdicts]}, indent=2))
    elif not verdicts:
        echo("no cross-origin call of this file has failed")
    else:
        echo("\n".join(verdict.to_line() for verdict in verdicts))
    return 0 if all(verdict.allowed for verdict in verdicts) else BLOCKED


def _review(app: Flask, options: Mapping[str, Any]) -> int:
    """Print what an origin may do; return the exit status."""
    if options["origin"] is None:
        raise click.UsageError("--origin is missing: the scheme://host[:port] of the page.")
    page = parse_page(options["origin"])
    lines = review.review(app, str(page or "null"), credentials=options["credentials"])
    echo(review.to_json(lines) if options["as_json"] else review.to_text(lines))
    return 0


def _content(value: str, option: str, *, file: bool = False) -> str:
    """Return an option's text, which may stand in a file or come from the standard input."""
    if value == "-":
        return sys.stdin.read(MANY)
    if not file and not value.startswith("@"):
        return value
    path = Path(value if file else value[1:])
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as stream:
            return stream.read(MANY)
    except OSError as error:
        refuse(option, str(path), f"cannot be read: {error.strerror}; name a file")
